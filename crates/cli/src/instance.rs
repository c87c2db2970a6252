//! A store, the node on it and its listeners, inside this process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use cairn_server::{Limits, LoginRule};
use cairn_server::{Server, ServerOptions};
pub use cairn_sql::Node;
use cairn_sql::NodeOptions;
use cairn_storage::Engine;
use cairn_storage::clock::Clock;
use cairn_storage::lsm::{Lsm, LsmOptions};

use crate::failure::{Failure, Outcome};

/// What the queries of one server may hold in memory before they spill or fail: a quarter of the machine's, and at least this.
const LEAST_QUERY_MEMORY_BYTES: usize = 256 * 1024 * 1024;

/// Running statements get this long to finish when the server stops.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct InstanceOptions {
    pub store: PathBuf,
    pub listen: SocketAddr,
    pub http: Option<SocketAddr>,
    /// Where `nodelocal:` URLs point; `None`: they are refused.
    pub external_io_dir: Option<PathBuf>,
    pub accept_clock: bool,
    pub login: LoginRule,
    /// For root, when it has none yet.
    pub first_password: Option<String>,
    /// The folder of certificates; `None`: nothing is encrypted.
    pub certificates: Option<PathBuf>,
    /// Whether addresses that others can reach are fine although nothing is encrypted.
    pub accept_insecure_network: bool,
    pub limits: Limits,
    /// What one query may hold in memory, in bytes; `None`: half of what all may hold.
    pub statement_memory: Option<usize>,
}

pub struct Instance {
    node: Arc<Node>,
    server: Server,
}

impl Instance {
    /// Opens the store in its directory and serves it.
    pub async fn start(options: InstanceOptions) -> Outcome<Instance> {
        let engine = open_store(&options, Clock::system())?;
        Instance::start_on(engine, options).await
    }

    /// Serves an engine that is open already; the store's directory is used for temporary files and the key of secrets.
    pub async fn start_on(engine: Arc<dyn Engine>, options: InstanceOptions) -> Outcome<Instance> {
        let temporary_dir = options.store.join("tmp");
        make_directory(&temporary_dir)?;
        options
            .external_io_dir
            .as_deref()
            .map_or(Ok(()), make_directory)?;
        let query_memory = query_memory_bytes();
        let node = Node::start(NodeOptions {
            engine,
            external_io_dir: options.external_io_dir,
            secret_key: Some(options.store.join("secret.key")),
            temporary_dir,
            query_memory,
            statement_memory: options.statement_memory.unwrap_or(query_memory / 2),
        })
        .await?;
        // Who has a certificate needs no password.
        let needs_password = options.login == LoginRule::Password && options.certificates.is_none();
        if let Err(failure) = prepare_login(&node, needs_password, options.first_password).await {
            node.shutdown().await;
            return Err(failure);
        }
        let listening = ServerOptions {
            listen: options.listen,
            http: options.http,
            login: options.login,
            certificates: options.certificates,
            accept_insecure_network: options.accept_insecure_network,
            limits: options.limits,
            store: options.store,
        };
        match Server::start(node.clone(), listening).await {
            Ok(server) => Ok(Instance { node, server }),
            Err(error) => {
                node.shutdown().await;
                Err(error.into())
            }
        }
    }

    /// What the server serves.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub fn http_address(&self) -> Option<SocketAddr> {
        self.server.http_address()
    }

    /// The URL that clients connect to.
    pub fn url(&self) -> String {
        format!("postgres://root@{}/defaultdb", self.address())
    }

    /// Ends the sessions, then the background work, then closes the store. Statements that run get a little time to finish.
    pub async fn stop(self) {
        self.stop_after(GRACE).await;
    }

    /// The same; statements that run get this long.
    pub async fn stop_after(self, grace: Duration) {
        self.server.stop(grace).await;
        self.node.shutdown().await;
    }
}

/// A server that asks everybody for a password is of use only if there is one.
async fn prepare_login(
    node: &Node,
    needs_password: bool,
    first_password: Option<String>,
) -> Outcome {
    if let Some(password) = first_password {
        let taken = node.set_first_password(&password).await?;
        tracing::info!(taken, "a first password for root was given");
    }
    if needs_password && !node.has_passwords().await? {
        return Err(Failure::usage(
            "ERROR:  no user has a password, so nobody could log in\n\
             HINT:  give root its first one in the environment variable CAIRN_ROOT_PASSWORD, or start once with --insecure and \
             ALTER USER root PASSWORD '…'",
        ));
    }
    Ok(())
}

fn make_directory(directory: &Path) -> Outcome {
    std::fs::create_dir_all(directory).map_err(|error| {
        Failure::failed(format!(
            "ERROR:  cannot make the directory {}: {error}",
            directory.display()
        ))
    })
}

/// Opens the store in its directory, which is made when absent.
pub fn open_store(options: &InstanceOptions, clock: Clock) -> Outcome<Arc<dyn Engine>> {
    let directory = &options.store;
    make_directory(directory)?;
    let options = LsmOptions {
        clock,
        accept_clock: options.accept_clock,
        ..LsmOptions::default()
    };
    let lsm = Lsm::open(directory, options).map_err(|error| {
        Failure::failed(format!(
            "ERROR:  cannot open the store {}: {error}",
            directory.display()
        ))
    })?;
    Ok(Arc::new(lsm))
}

fn query_memory_bytes() -> usize {
    let machine = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| total_kibibytes(&text))
        .unwrap_or(0);
    (machine.saturating_mul(1024) / 4).max(LEAST_QUERY_MEMORY_BYTES)
}

/// From a line such as `MemTotal:       24588316 kB`.
fn total_kibibytes(text: &str) -> Option<usize> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
