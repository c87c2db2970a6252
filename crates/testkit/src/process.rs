//! The real binary as a process of its own, which can be killed.
//!
//! It listens on ports of its own choosing and tells them in `<store>/listening`, next to its process id, which is
//! not that of the wrapper it may run under.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tempfile::NamedTempFile;
use tokio::process::{Child, Command};
use tokio_postgres::NoTls;

use crate::http::get;

/// A server must be ready, or gone, within this time.
const PATIENCE: Duration = Duration::from_secs(120);

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Builder {
    binary: PathBuf,
    store: PathBuf,
    wrapper: Option<(OsString, Vec<OsString>)>,
    external_io_dir: Option<PathBuf>,
    /// With one, the server asks for passwords.
    first_password: Option<String>,
    /// With them, everything is encrypted.
    certificates: Option<PathBuf>,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct CairnProcess {
    builder: Builder,
    child: Child,
    sql: SocketAddr,
    http: SocketAddr,
    pid: u32,
    log: NamedTempFile,
}

impl Builder {
    /// Runs the server under a program such as strace, given that program's own arguments.
    pub fn under<S: AsRef<OsStr>>(
        mut self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Builder {
        let arguments = arguments
            .into_iter()
            .map(|argument| argument.as_ref().to_owned())
            .collect();
        self.wrapper = Some((program.as_ref().to_owned(), arguments));
        self
    }

    pub fn external_io_dir(mut self, directory: impl AsRef<Path>) -> Builder {
        self.external_io_dir = Some(directory.as_ref().to_owned());
        self
    }

    /// Has the server ask for passwords; root's first one is this.
    pub fn first_password(mut self, password: &str) -> Builder {
        self.first_password = Some(password.to_owned());
        self
    }

    /// Has the server encrypt, with a folder of certificates.
    pub fn certificates(mut self, folder: impl AsRef<Path>) -> Builder {
        self.certificates = Some(folder.as_ref().to_owned());
        self
    }

    /// A further argument of `cairn start`.
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Builder {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// A variable of the server's environment.
    pub fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Builder {
        let variable = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.variables.push(variable);
        self
    }

    /// Starts the server and waits until it is healthy.
    pub async fn start(self) -> CairnProcess {
        self.try_start()
            .await
            .unwrap_or_else(|(status, said)| panic!("the server ended with {status}:\n{said}"))
    }

    /// Starts the server; when it refuses, its exit status and what it printed to standard error.
    pub async fn try_start(self) -> Result<CairnProcess, (ExitStatus, String)> {
        let notice = self.store.join("listening");
        if notice.exists() {
            // Left by a server that was killed.
            std::fs::remove_file(&notice).expect("remove an old notice");
        }
        let log = NamedTempFile::new().expect("a file for standard error");
        let mut child = self.command(log.path()).spawn().expect("start the server");
        let started = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(status) = child.try_wait().expect("wait for the server") {
                    return Err((
                        status,
                        std::fs::read_to_string(log.path()).unwrap_or_default(),
                    ));
                }
                if let Some((sql, http, pid)) = read_notice(&notice)
                    && is_healthy(http, self.certificates.as_deref()).await
                {
                    return Ok((sql, http, pid));
                }
                pause().await;
            }
        });
        let (sql, http, pid) = started
            .await
            .expect("the server did not become ready in time")?;
        Ok(CairnProcess {
            builder: self,
            child,
            sql,
            http,
            pid,
            log,
        })
    }

    fn command(&self, errors: &Path) -> Command {
        let errors = std::fs::File::create(errors).expect("a file for standard error");
        let mut command = match &self.wrapper {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command.args([
            "start",
            "--listen",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
            "--store",
        ]);
        command.arg(&self.store).args(&self.arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(password) = &self.first_password {
            command.env("CAIRN_ROOT_PASSWORD", password);
        }
        match &self.certificates {
            Some(folder) => {
                command.arg("--certs-dir").arg(folder);
            }
            None if self.first_password.is_none() => {
                command.arg("--insecure");
            }
            None => {}
        }
        if let Some(directory) = &self.external_io_dir {
            command.arg("--external-io-dir").arg(directory);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .kill_on_drop(true);
        command
    }
}

impl CairnProcess {
    /// A server of this binary on this store.
    pub fn builder(binary: impl AsRef<Path>, store: impl AsRef<Path>) -> Builder {
        Builder {
            binary: binary.as_ref().to_owned(),
            store: store.as_ref().to_owned(),
            wrapper: None,
            external_io_dir: None,
            first_password: None,
            certificates: None,
            arguments: Vec::new(),
            variables: Vec::new(),
        }
    }

    pub fn port(&self) -> u16 {
        self.sql.port()
    }

    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).expect("read the log")
    }

    /// What it answers to a GET, from the status line on.
    pub async fn http_get(&self, path: &str) -> String {
        let answer = get(self.http, path, self.builder.certificates.as_deref()).await;
        answer.expect("an answer over HTTP")
    }

    /// The server's own process, not its wrapper's.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub fn url(&self) -> String {
        format!("postgres://root@{}/defaultdb", self.sql)
    }

    pub async fn connect(&self) -> tokio_postgres::Client {
        driver(self.sql).await
    }

    /// Stops it the orderly way, and expects it to end well.
    pub async fn stop(mut self) {
        signal(self.pid, "TERM").await;
        let status = self.wait().await;
        assert!(status.success(), "the server ended with {status}");
    }

    /// Asks it to stop, and does not wait.
    pub async fn terminate(&self) {
        signal(self.pid, "TERM").await;
    }

    /// kill -9, at most once.
    pub async fn kill(&mut self) {
        if self
            .child
            .try_wait()
            .expect("wait for the server")
            .is_none()
        {
            signal(self.pid, "KILL").await;
            self.wait().await;
        }
    }

    /// Kills it if it still runs, and starts it again on the same store.
    pub async fn restart(mut self) -> CairnProcess {
        self.kill().await;
        self.builder.clone().start().await
    }

    /// The most memory it has held so far.
    pub fn peak_memory_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid));
        let status = status.expect("read the status of the process");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        kib.expect("VmHWM in the status of the process") / 1024
    }

    /// Waits until it has ended by itself.
    pub async fn wait(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended
            .expect("the server did not end in time")
            .expect("wait for the server")
    }
}

/// Connects a driver, whose own half runs beside.
pub async fn driver(address: SocketAddr) -> tokio_postgres::Client {
    let url = format!("postgres://root@{address}/defaultdb");
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connect");
    // The connection fails when a test kills the server; the statements under way tell of it.
    tokio::spawn(async move { connection.await.unwrap_or_default() });
    client
}

/// Addresses and process id, once the server has written them.
fn read_notice(path: &Path) -> Option<(SocketAddr, SocketAddr, u32)> {
    let text = std::fs::read_to_string(path).ok()?;
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    Some((
        value("sql=")?.parse().ok()?,
        value("http=")?.parse().ok()?,
        value("pid=")?.parse().ok()?,
    ))
}

async fn is_healthy(http: SocketAddr, certificates: Option<&Path>) -> bool {
    let answer = get(http, "/health", certificates).await;
    answer.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

async fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .await;
    assert!(
        sent.expect("run kill").success(),
        "cannot send SIG{name} to {pid}"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server is waited for, and it has no other way to tell"
)]
pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}
