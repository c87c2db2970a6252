//! One running Cairn: the store, the catalog, the jobs, and what runs in the background.
//!
//! HOW DATA FLOWS
//!   1. `start` makes the first databases in an empty store, ends what a crash left half-done, empties the temporary folder.
//!   2. Sessions come and go; each holds the node.
//!   3. `background` collects old versions, removes dropped tables and finishes ended jobs, every minute.

use std::{path::PathBuf, sync::Arc};

use cairn_backup::BackupDuty;
use cairn_blob::{Settings, Vault};
use cairn_catalog::{Catalog, View};
use cairn_jobs::{Kind, Registry};
use cairn_restore::RestoreDuty;
use cairn_rows::RowIds;
use cairn_storage::{Engine, Read, Transaction, Version};
use datafusion::execution::SessionState;
use futures::future::BoxFuture;
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

use crate::{
    Login, Result, Session, SqlError, SqlState,
    activity::Activity,
    admin::settings::{self, ClusterSettings},
    background, query,
    schema::online::Abandon,
    sequence::Reserve,
};

/// What a node is started with.
pub struct NodeOptions {
    pub engine: Arc<dyn Engine>,
    /// Where `nodelocal:` URLs point; `None`: they are refused.
    pub external_io_dir: Option<PathBuf>,
    /// Holds the key of stored secrets, made when the first is stored; `None`: the key is in memory.
    pub secret_key: Option<PathBuf>,
    /// For spilled sorts and COPY runs; emptied at start.
    pub temporary_dir: PathBuf,
    /// What queries may hold in memory, in bytes, before they spill or fail.
    pub query_memory: usize,
    /// What one of them may hold; above it, it spills or fails.
    pub statement_memory: usize,
}

pub struct Node {
    engine: Arc<dyn Engine>,
    catalog: Arc<Catalog>,
    jobs: Arc<Registry>,
    state: Arc<SessionState>,
    row_ids: Arc<RowIds>,
    reserve: Arc<Reserve>,
    cluster: Uuid,
    login_secret: Uuid,
    backups: Arc<cairn_backup::Context>,
    restores: Arc<cairn_restore::Context>,
    temporary_dir: PathBuf,
    stop: watch::Sender<bool>,
    background: parking_lot::Mutex<Option<JoinHandle<()>>>,
    activity: Arc<Activity>,
    tidying: tokio::sync::Mutex<()>,
}

impl Node {
    /// Opens the catalog (creating the first databases and users in an empty store), adopts what a crash left, starts background work.
    pub async fn start(options: NodeOptions) -> Result<Arc<Node>> {
        let NodeOptions {
            engine,
            external_io_dir,
            secret_key,
            temporary_dir,
            query_memory,
            statement_memory,
        } = options;
        empty(&temporary_dir)?;
        let workers = std::thread::available_parallelism().map_or(1, |count| count.get());
        let state = Arc::new(query::engine::state(
            query_memory,
            statement_memory,
            workers,
            &temporary_dir,
        )?);
        let (stop, stopped) = watch::channel(false);
        cairn_rows::users::bootstrap(&engine).await?;
        let cluster = background::cluster_id(&engine).await?;
        let login_secret = background::login_secret(&engine).await?;
        let catalog = Arc::new(Catalog::new(engine.clone()));
        let jobs = Registry::new(engine.clone());
        let vault = secret_key.map_or_else(Vault::in_memory, Vault::at);
        let settings = Settings::new(external_io_dir).with_vault(vault);
        let backups = Arc::new(cairn_backup::Context {
            engine: engine.clone(),
            catalog: catalog.clone(),
            jobs: jobs.clone(),
            settings: settings.clone(),
            cluster,
            workers,
        });
        let restores = Arc::new(cairn_restore::Context {
            engine: engine.clone(),
            catalog: catalog.clone(),
            jobs: jobs.clone(),
            settings,
            scratch: temporary_dir.join("restore"),
            workers,
        });
        jobs.register(Kind::Backup, BackupDuty::of(&backups));
        jobs.register(Kind::Restore, RestoreDuty::of(&restores));
        jobs.register(
            Kind::SchemaChange,
            Arc::new(Abandon {
                engine: engine.clone(),
            }),
        );
        let node = Arc::new(Node {
            backups,
            restores,
            reserve: Arc::new(Reserve::new(engine.clone())),
            catalog,
            jobs,
            engine,
            state,
            row_ids: Arc::new(RowIds::new()),
            cluster,
            login_secret,
            temporary_dir,
            stop,
            background: parking_lot::Mutex::new(None),
            activity: Arc::default(),
            tidying: tokio::sync::Mutex::default(),
        });
        background::recover(&node).await?;
        let task = tokio::spawn(background::run(Arc::downgrade(&node), stopped));
        *node.background.lock() = Some(task);
        Ok(node)
    }

    /// A session of `user`, with `database` as the current one.
    pub async fn session(self: &Arc<Self>, user: &str, database: &str) -> Result<Session> {
        let user = user.to_lowercase();
        if self.login(&user).await? == Login::Unknown {
            return Err(SqlError::new(
                SqlState::InvalidAuthorization,
                format!("user {user} does not exist"),
            ));
        }
        let snapshot = cairn_storage::Snapshot::now(self.engine.clone()).await?;
        let view = self.view(&snapshot).await?;
        let database = if database.is_empty() {
            "defaultdb"
        } else {
            database
        };
        if view.database(database).is_none() {
            return Err(crate::schema::missing_database(&view, database));
        }
        Ok(Session::new(self.clone(), user, database.to_owned()))
    }

    /// Does now what the background does every minute: ends jobs, collects old versions, removes what was dropped.
    pub async fn tidy(self: &Arc<Self>) -> Result<()> {
        background::round(self).await
    }

    /// Stops the background work and waits for it.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let task = self.background.lock().take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the background work ended badly");
        }
    }

    /// Held by whoever does the background's work.
    pub(crate) fn tidying(&self) -> &tokio::sync::Mutex<()> {
        &self.tidying
    }

    /// The open sessions.
    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    pub(crate) fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    pub(crate) fn jobs(&self) -> &Arc<Registry> {
        &self.jobs
    }

    pub(crate) fn state(&self) -> &Arc<SessionState> {
        &self.state
    }

    pub(crate) fn row_ids(&self) -> &Arc<RowIds> {
        &self.row_ids
    }

    /// The values of sequences.
    pub(crate) fn reserve(&self) -> &Arc<Reserve> {
        &self.reserve
    }

    /// The store's own id, which its backups carry.
    pub(crate) fn cluster(&self) -> Uuid {
        self.cluster
    }

    pub(crate) fn backups(&self) -> &Arc<cairn_backup::Context> {
        &self.backups
    }

    /// Known to this store alone.
    pub fn login_secret(&self) -> &[u8] {
        self.login_secret.as_bytes()
    }

    pub(crate) fn restores(&self) -> &Arc<cairn_restore::Context> {
        &self.restores
    }

    pub(crate) fn temporary_dir(&self) -> &PathBuf {
        &self.temporary_dir
    }

    /// The catalog at the reader's instant. Boxed, so that the futures of sessions stay plain enough to be sent.
    pub(crate) fn view<'a>(&'a self, read: &'a dyn Read) -> BoxFuture<'a, Result<Arc<View>>> {
        Box::pin(async move {
            self.catalog.view(read).await.map_err(|error| match error {
                cairn_catalog::Error::Storage(error) => {
                    SqlError::of_past(error, self.engine.timeline(), "the catalog")
                }
                error => error.into(),
            })
        })
    }

    /// The catalog as it is now.
    pub(crate) async fn today(&self) -> Result<Arc<View>> {
        let snapshot = cairn_storage::Snapshot::now(self.engine.clone()).await?;
        self.view(&snapshot).await
    }

    /// The catalog as a transaction sees it, its own changes included.
    pub(crate) fn view_in<'a>(
        &'a self,
        transaction: &'a Transaction,
    ) -> BoxFuture<'a, Result<Arc<View>>> {
        Box::pin(async move { Ok(self.catalog.view_in(transaction).await?) })
    }

    /// # Errors
    /// 54000 for a transaction above `kv.transaction.max_commit_bytes`.
    async fn check_size(&self, transaction: &Transaction) -> Result<()> {
        let bytes = transaction.bytes();
        if (bytes as u64) < settings::LEAST_COMMIT_BYTES {
            return Ok(());
        }
        let limit = ClusterSettings::of(self.today().await?.as_ref()).max_commit_bytes();
        if bytes as u64 > limit {
            return Err(cairn_storage::Error::TooLarge {
                what: "transaction",
                bytes,
                limit: usize::try_from(limit).unwrap_or(usize::MAX),
            }
            .into());
        }
        Ok(())
    }

    /// Commits, and finds out how it ended when the answer was lost.
    pub(crate) async fn commit(&self, committing: &Transaction) -> Result<Version> {
        self.check_size(committing).await?;
        match committing.commit().await {
            Err(cairn_storage::Error::OutcomeUnknown { transaction }) => {
                let unknown = cairn_storage::Error::OutcomeUnknown { transaction };
                let read_at = cairn_storage::Read::at(committing).version();
                match self.engine.outcome(transaction, read_at).await {
                    Ok(Some(version)) => Ok(version),
                    Ok(None) => Err(cairn_storage::Error::Conflict.into()),
                    Err(_) => Err(unknown.into()),
                }
            }
            other => Ok(other?),
        }
    }
}

/// Makes the folder, and removes what an earlier process left in it.
fn empty(folder: &std::path::Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        SqlError::new(
            SqlState::IoError,
            format!("temporary folder {}: {error}", folder.display()),
        )
    };
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    std::fs::create_dir_all(folder).map_err(failed)
}
