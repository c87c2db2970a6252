//! `cairn start`: a server in the foreground, until it is told to stop.
//!
//! While it runs, `<store>/listening` says where: lines `sql=HOST:PORT`, `http=HOST:PORT` and `pid=NUMBER`. With port
//! 0 that is how scripts find it.

use std::env::VarError;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::Surroundings;
use crate::arguments::Start;
use crate::failure::{Failure, Outcome};
use crate::instance::{Instance, InstanceOptions, Limits, LoginRule, open_store};

/// Where `first_password` looks.
const FIRST_PASSWORD: &str = "CAIRN_ROOT_PASSWORD";

pub async fn run(arguments: Start, surroundings: Surroundings) -> Outcome {
    let others_may_listen = arguments.certs_dir.is_some() || arguments.accept_insecure_network;
    let listen = address(&arguments.listen, "--listen", others_may_listen).await?;
    let http = address(&arguments.http, "--http", others_may_listen).await?;
    if arguments.accept_insecure_network && arguments.certs_dir.is_none() {
        tracing::warn!("nothing is encrypted: whoever is on the network can read along");
    }
    raise_file_limit(arguments.max_connections);
    let external_io_dir = match arguments.external_io_dir {
        None => Some(arguments.store.join("extern")),
        Some(directory) if directory == Path::new("disabled") => None,
        Some(directory) => Some(directory),
    };
    // Asked for before the store is opened: a signal that comes early must not kill the process half-way.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let options = InstanceOptions {
        store: arguments.store.clone(),
        listen,
        http: Some(http),
        external_io_dir: external_io_dir.clone(),
        accept_clock: arguments.accept_clock,
        login: match arguments.insecure {
            true => LoginRule::Trust,
            false => LoginRule::Password,
        },
        first_password: first_password()?,
        certificates: arguments.certs_dir.clone(),
        accept_insecure_network: arguments.accept_insecure_network,
        limits: Limits {
            connections: arguments.max_connections as usize,
            statement_bytes: arguments.max_statement_bytes as usize,
        },
        statement_memory: arguments.max_statement_memory_bytes,
    };
    let engine = open_store(&options, surroundings.clock)?;
    let instance = Instance::start_on(engine.clone(), options).await?;
    (surroundings.beside)(instance.node(), &engine);
    let notice = Notice::put(&arguments.store, &instance)?;
    tracing::info!(
        sql = %instance.address(),
        http = %instance.http_address().map(|address| address.to_string()).unwrap_or_default(),
        store = %arguments.store.display(),
        external_io_dir = %external_io_dir.map_or("disabled".to_owned(), |path| path.display().to_string()),
        certificates = %arguments.certs_dir.map_or("none".to_owned(), |path| path.display().to_string()),
        "ready; connect with: psql {}", instance.url()
    );
    let grace = Duration::from_secs(arguments.shutdown_grace_seconds.into());
    let reason = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(reason, "stopping; a second signal stops at once");
    tokio::select! {
        () = instance.stop_after(grace) => {}
        _ = terminate.recv() => return Err(Failure::failed("ERROR:  stopped at once, by a second signal")),
        _ = interrupt.recv() => return Err(Failure::failed("ERROR:  stopped at once, by a second signal")),
    }
    drop(notice);
    tracing::info!("stopped");
    Ok(())
}

/// Root's first password comes in the environment: a command line can be seen by everyone on the machine.
fn first_password() -> Outcome<Option<String>> {
    match std::env::var(FIRST_PASSWORD) {
        Ok(password) => Ok(Some(password)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!(
            "ERROR:  {FIRST_PASSWORD} is not UTF-8"
        ))),
    }
}

/// The address that `HOST:PORT` means: one of this machine, unless others may listen.
async fn address(text: &str, option: &str, others_may_listen: bool) -> Outcome<SocketAddr> {
    let mut addresses = tokio::net::lookup_host(text).await.map_err(|error| {
        Failure::usage(format!(
            "ERROR:  {option} {text}: {error}\nHINT:  give it as HOST:PORT"
        ))
    })?;
    let address = addresses.next().ok_or_else(|| {
        Failure::usage(format!("ERROR:  {option} {text}: the host has no address"))
    })?;
    if address.ip().is_loopback() || others_may_listen {
        return Ok(address);
    }
    Err(Failure::usage(format!(
        "ERROR:  {option} {text}: without certificates only addresses of this machine are allowed\n\
         HINT:  127.0.0.1 or ::1; or --certs-dir (see cairn cert --help); or --accept-insecure-network"
    )))
}

/// Files that the store and the listeners have open beside the sessions' connections.
const OTHER_FILES: u64 = 2048;

/// Connections and the store's files need more than the 1024 open files that processes begin with.
fn raise_file_limit(connections: u32) {
    // As many sessions, and as many that wait for one.
    let wanted = 2 * u64::from(connections) + OTHER_FILES;
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) if allowed < wanted => tracing::warn!(
            allowed,
            wanted,
            "the limit of open files (ulimit -n) is below what --max-connections may need"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "cannot raise the limit of open files"),
    }
}

/// The file that says where the server listens; it goes with the server.
struct Notice {
    path: PathBuf,
}

impl Notice {
    fn put(store: &Path, instance: &Instance) -> Outcome<Notice> {
        let path = store.join("listening");
        let mut text = format!("sql={}\n", instance.address());
        if let Some(address) = instance.http_address() {
            text.push_str(&format!("http={address}\n"));
        }
        text.push_str(&format!("pid={}\n", std::process::id()));
        let unfinished = store.join("listening.new");
        std::fs::write(&unfinished, text)?;
        std::fs::rename(&unfinished, &path)?;
        Ok(Notice { path })
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "cannot remove");
        }
    }
}
