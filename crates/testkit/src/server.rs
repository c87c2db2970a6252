//! A server inside this process, on a port of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cairn_cli::client::Client;
use cairn_cli::failure::Failure;
use cairn_cli::instance::{Instance, InstanceOptions, Limits, LoginRule};
use cairn_storage::Engine;
use cairn_storage::clock::{Clock, Hand};
use cairn_storage::memory::Memory;
use tempfile::TempDir;

/// 2026-01-01 00:00:00 UTC, in microseconds: when a clock that a test turns begins.
const BEGINNING: u64 = 1_767_225_600_000_000;

/// A running server and the directories it uses, which go with it.
pub struct TestServer {
    instance: Instance,
    engine: Arc<dyn Engine>,
    hand: Arc<Hand>,
    store: TempDir,
    external: Arc<TempDir>,
}

impl TestServer {
    /// Over the memory engine, with an external I/O directory of its own.
    pub async fn start() -> TestServer {
        let external = Arc::new(TempDir::new().expect("a directory for backups"));
        TestServer::start_with(external, LoginRule::Trust, None).await
    }

    /// One that asks for passwords; root has this one.
    pub async fn start_with_passwords(password: &str) -> TestServer {
        let external = Arc::new(TempDir::new().expect("a directory for backups"));
        TestServer::start_with(external, LoginRule::Password, Some(password)).await
    }

    /// Another server on an empty store that sees the same external I/O directory.
    pub async fn start_beside(&self) -> TestServer {
        let next = TestServer::start_with(self.external.clone(), LoginRule::Trust, None).await;
        // Time goes on: what the first one wrote lies in the second one's past.
        next.hand.set(self.engine.timeline().now().0);
        next
    }

    async fn start_with(
        external: Arc<TempDir>,
        login: LoginRule,
        first_password: Option<&str>,
    ) -> TestServer {
        let (clock, hand) = Clock::manual(BEGINNING);
        let engine: Arc<dyn Engine> = Arc::new(Memory::new(clock));
        let store = TempDir::new().expect("a directory for temporary files");
        let options = options(store.path(), external.path(), login, first_password);
        let instance = open(engine.clone(), options).await;
        TestServer {
            instance,
            engine,
            hand,
            store,
            external,
        }
    }

    /// Stops the server and starts another on the same store.
    pub async fn restart(self) -> TestServer {
        let TestServer {
            instance,
            engine,
            hand,
            store,
            external,
        } = self;
        instance.stop().await;
        let options = options(store.path(), external.path(), LoginRule::Trust, None);
        let instance = open(engine.clone(), options).await;
        TestServer {
            instance,
            engine,
            hand,
            store,
            external,
        }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.hand.advance(by);
    }

    /// Does now what the server does in the background every minute.
    pub async fn tidy(&self) {
        let tidied = self.instance.node().tidy().await;
        tidied.unwrap_or_else(|error| panic!("{error}"));
    }

    /// What runs behind the listeners.
    pub fn node(&self) -> &Arc<cairn_cli::instance::Node> {
        self.instance.node()
    }

    /// The store itself, to be looked into.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// Where `nodelocal:` URLs point.
    pub fn external_io_dir(&self) -> &Path {
        self.external.path()
    }

    pub fn url(&self) -> String {
        self.instance.url()
    }

    /// Where SQL clients connect.
    pub fn address(&self) -> SocketAddr {
        self.instance.address()
    }

    /// The same for another user than root.
    pub async fn connect_as(&self, user: &str) -> Result<Client, Failure> {
        Client::connect(&format!("postgres://{user}@{}/defaultdb", self.address())).await
    }

    /// A client that shows tags, types and notices.
    pub async fn connect(&self) -> Client {
        Client::connect(&self.url())
            .await
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// A driver.
    pub async fn driver(&self) -> tokio_postgres::Client {
        crate::process::driver(self.instance.address()).await
    }

    pub async fn stop(self) {
        self.instance.stop().await;
    }
}

fn options(
    store: &Path,
    external: &Path,
    login: LoginRule,
    first_password: Option<&str>,
) -> InstanceOptions {
    InstanceOptions {
        store: PathBuf::from(store),
        listen: ([127, 0, 0, 1], 0).into(),
        http: None,
        external_io_dir: Some(PathBuf::from(external)),
        accept_clock: false,
        login,
        first_password: first_password.map(str::to_owned),
        certificates: None,
        accept_insecure_network: false,
        limits: Limits::default(),
        statement_memory: None,
    }
}

async fn open(engine: Arc<dyn Engine>, options: InstanceOptions) -> Instance {
    Instance::start_on(engine, options)
        .await
        .unwrap_or_else(|failure| panic!("{failure}"))
}
