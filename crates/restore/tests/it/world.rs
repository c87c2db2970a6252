//! A node without SQL: a store, a catalog, jobs, and the contexts of backup and restore.

use std::path::Path;
use std::sync::Arc;

use cairn_backup::BackupDuty;
use cairn_blob::{Location, Settings, Store};
use cairn_catalog::{
    Catalog, DatabaseDescriptor, TableDescriptor, View, create_database, create_table,
};
use cairn_jobs::{JobResult, Kind, Record, Registry, transact};
use cairn_restore::{Options, RestoreDuty};
use cairn_rows::{Datum, TableCodec, index_span, primary_span};
use cairn_storage::clock::Clock;
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::memory::Memory;
use cairn_storage::{
    Closed, Engine, Error as StorageError, Prefix, Read, Snapshot, Version, floor,
};
use cairn_syntax::{Statement, parse_one};
use tempfile::TempDir;
use uuid::Uuid;

/// Enough for a few hundred rows of a test: pieces so small that there are many.
pub const SMALL_PIECE: u64 = 2 << 10;

pub struct World {
    pub engine: Arc<dyn Engine>,
    pub catalog: Arc<Catalog>,
    pub jobs: Arc<Registry>,
    pub backup: Arc<cairn_backup::Context>,
    pub restore: Arc<cairn_restore::Context>,
    pub folder: Arc<TempDir>,
}

impl World {
    pub async fn memory() -> World {
        World::memory_by(Clock::system()).await
    }

    pub async fn memory_by(clock: Clock) -> World {
        World::over(
            Arc::new(Memory::new(clock)),
            Arc::new(tempfile::tempdir().unwrap()),
        )
        .await
    }

    pub async fn lsm() -> World {
        World::lsm_by(Clock::system()).await
    }

    pub async fn lsm_by(clock: Clock) -> World {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let options = LsmOptions {
            clock,
            ..LsmOptions::default()
        };
        let engine = Lsm::open(&folder.path().join("store"), options).unwrap();
        World::over(Arc::new(engine), folder).await
    }

    /// Another process on a store, as far as jobs can tell.
    pub async fn over(engine: Arc<dyn Engine>, folder: Arc<TempDir>) -> World {
        cairn_rows::users::bootstrap(&engine).await.unwrap();
        let settings = Settings::new(Some(folder.path().join("extern")));
        std::fs::create_dir_all(folder.path().join("extern")).unwrap();
        let (cluster, scratch) = (Uuid::from_u128(7), folder.path().join("tmp"));
        let catalog = Arc::new(Catalog::new(engine.clone()));
        let jobs = Registry::new(engine.clone());
        let backup = Arc::new(cairn_backup::Context {
            engine: engine.clone(),
            catalog: catalog.clone(),
            jobs: jobs.clone(),
            settings: settings.clone(),
            cluster,
            workers: 2,
        });
        let restore = Arc::new(cairn_restore::Context {
            engine: engine.clone(),
            catalog: catalog.clone(),
            jobs: jobs.clone(),
            settings,
            scratch,
            workers: 2,
        });
        jobs.register(Kind::Backup, BackupDuty::of(&backup));
        jobs.register(Kind::Restore, RestoreDuty::of(&restore));
        World {
            engine,
            catalog,
            jobs,
            backup,
            restore,
            folder,
        }
    }

    /// The next start on the same store: whatever ran before is an orphan now.
    pub async fn restart(&self) -> World {
        let world = World::over(self.engine.clone(), self.folder.clone()).await;
        world.jobs.adopt_orphans().await.unwrap();
        world
    }

    /// The same process.
    pub fn again(&self) -> World {
        World {
            engine: self.engine.clone(),
            catalog: self.catalog.clone(),
            jobs: self.jobs.clone(),
            backup: self.backup.clone(),
            restore: self.restore.clone(),
            folder: self.folder.clone(),
        }
    }

    pub fn extern_dir(&self, location: &str) -> std::path::PathBuf {
        self.folder.path().join("extern").join(location)
    }

    pub async fn database(&self, name: &str) -> DatabaseDescriptor {
        self.commit(async |txn| create_database(txn, name).await.unwrap())
            .await
    }

    pub async fn table(&self, table: &TableDescriptor) -> TableDescriptor {
        self.commit(async |txn| create_table(txn, table.clone()).await.unwrap())
            .await
    }

    pub async fn commit<T>(&self, body: impl AsyncFn(&cairn_storage::Transaction) -> T) -> T {
        let body = &body;
        let (answer, _) =
            transact::<_, StorageError, _>(&self.engine, |txn| async move { Ok(body(&txn).await) })
                .await
                .unwrap();
        answer
    }

    /// Drops a database as if every read that could want it were long over.
    pub async fn drop_for_good(&self, database: &str) {
        let id = self.view().await.database(database).unwrap().id;
        self.commit(async |txn| cairn_catalog::drop_database(txn, id).await.unwrap())
            .await;
        for removal in cairn_catalog::removals(&self.now().await).await.unwrap() {
            self.commit(async |txn| cairn_catalog::finish_removal(txn, &removal).await.unwrap())
                .await;
        }
    }

    /// Writes rows with their index entries, and no check of anything.
    pub async fn insert(&self, table: &TableDescriptor, rows: &[Vec<Datum>]) {
        let codec = TableCodec::new(table).unwrap();
        for rows in rows.chunks(500) {
            self.commit(async |txn| {
                for row in rows {
                    let (key, value) = codec.encode(row).unwrap();
                    txn.put(key, value).unwrap();
                    for index in &table.indexes {
                        let (key, value) = codec.index_entry(index, row).unwrap();
                        txn.put(key, value).unwrap();
                    }
                }
            })
            .await;
        }
    }

    pub async fn now(&self) -> Snapshot {
        Snapshot::now(self.engine.clone()).await.unwrap()
    }

    pub async fn view(&self) -> Arc<View> {
        self.catalog.view(&self.now().await).await.unwrap()
    }

    pub async fn find(&self, database: &str, table: &str) -> Option<TableDescriptor> {
        let view = self.view().await;
        let table = view.table(view.database(database)?.id, table)?;
        Some(table.as_ref().clone())
    }

    pub async fn rows(&self, table: &TableDescriptor) -> Vec<Vec<Datum>> {
        self.rows_at(table, &self.now().await).await
    }

    pub async fn rows_at(&self, table: &TableDescriptor, read: &dyn Read) -> Vec<Vec<Datum>> {
        let codec = TableCodec::new(table).unwrap();
        let rows = read.scan_all(&primary_span(table)).await.unwrap();
        rows.iter()
            .map(|(key, found)| codec.decode(key, &found.value).unwrap())
            .collect()
    }

    /// The entries of all secondary indexes, without the table's id.
    pub async fn entries(&self, table: &TableDescriptor) -> Vec<(u32, Vec<u8>, Vec<u8>)> {
        let read = self.now().await;
        let mut entries = Vec::new();
        for index in &table.indexes {
            for (key, found) in read
                .scan_all(&index_span(table.id, index.id))
                .await
                .unwrap()
            {
                entries.push((
                    index.id.0,
                    key[Prefix::LEN..].to_vec(),
                    found.value.to_vec(),
                ));
            }
        }
        entries
    }

    pub fn backup_request(&self, statement: &str) -> cairn_backup::Request {
        let Statement::Backup(backup) = parse_one(statement).unwrap().unwrap().statement else {
            panic!("{statement}")
        };
        cairn_backup::Request {
            targets: backup.targets.clone(),
            current_database: Some("defaultdb".into()),
            to: location(&backup.to),
            end: None,
            incremental_from: backup.incremental_from.iter().map(location).collect(),
            revision_history: backup
                .options
                .iter()
                .any(|option| option.key == "revision_history"),
            description: statement.to_owned(),
            user: "root".into(),
        }
    }

    pub async fn backup(&self, statement: &str) -> Result<JobResult, cairn_backup::Error> {
        cairn_backup::start(&self.backup, self.backup_request(statement))
            .await?
            .running
            .wait()
            .await
    }

    pub async fn backup_at(
        &self,
        statement: &str,
        end: Closed,
    ) -> Result<JobResult, cairn_backup::Error> {
        let request = cairn_backup::Request {
            end: Some(end),
            ..self.backup_request(statement)
        };
        cairn_backup::start(&self.backup, request)
            .await?
            .running
            .wait()
            .await
    }

    /// To a store that is not at any URL, in small pieces.
    pub async fn backup_to(
        &self,
        store: Arc<dyn Store>,
        statement: &str,
    ) -> Result<JobResult, cairn_backup::Error> {
        let request = self.backup_request(statement);
        let running = cairn_backup::start_at(&self.backup, request, store, SMALL_PIECE).await?;
        running.wait().await
    }

    pub fn restore_request(&self, statement: &str) -> cairn_restore::Request {
        let Statement::Restore(restore) = parse_one(statement).unwrap().unwrap().statement else {
            panic!("{statement}")
        };
        let option = |key: &str| {
            let found = restore.options.iter().find(|option| option.key == key)?;
            match &found.value {
                Some(cairn_syntax::OptionValue::Text(text)) => Some(text.clone()),
                other => panic!("{other:?}"),
            }
        };
        cairn_restore::Request {
            targets: restore.targets.clone(),
            current_database: Some("defaultdb".into()),
            from: restore.from.iter().map(location).collect(),
            as_of: None,
            options: Options {
                into_db: option("into_db"),
                new_db_name: option("new_db_name"),
                ..Options::default()
            },
            description: statement.to_owned(),
            user: "root".into(),
        }
    }

    pub async fn restore(&self, statement: &str) -> Result<JobResult, cairn_restore::Error> {
        cairn_restore::start(&self.restore, self.restore_request(statement))
            .await?
            .wait()
            .await
    }

    pub async fn restore_at(
        &self,
        statement: &str,
        as_of: Version,
    ) -> Result<JobResult, cairn_restore::Error> {
        let request = cairn_restore::Request {
            as_of: Some(as_of),
            ..self.restore_request(statement)
        };
        cairn_restore::start(&self.restore, request)
            .await?
            .wait()
            .await
    }

    pub async fn restore_from(
        &self,
        store: Arc<dyn Store>,
        statement: &str,
    ) -> Result<JobResult, cairn_restore::Error> {
        let request = self.restore_request(statement);
        cairn_restore::start_from(&self.restore, request, vec![store])
            .await?
            .wait()
            .await
    }

    pub async fn job_records(&self) -> Vec<Record> {
        self.jobs.list(&self.now().await).await.unwrap()
    }

    /// Nothing is protected, offline or waiting to be removed, and no scratch file is left.
    pub async fn assert_clean(&self) {
        let read = self.now().await;
        assert_eq!(floor::protections(&read).await.unwrap(), []);
        assert_eq!(cairn_catalog::removals(&read).await.unwrap(), []);
        let view = self.view().await;
        assert_eq!(view.offline_tables().count(), 0);
        assert_eq!(view.offline_databases().count(), 0);
        assert_eq!(files_below(&self.restore.scratch), Vec::<String>::new());
        assert!(
            self.job_records()
                .await
                .iter()
                .all(|job| job.status.is_terminal() && !job.debris)
        );
    }
}

fn location(expression: &cairn_syntax::LocationExpr) -> Location {
    match expression {
        cairn_syntax::LocationExpr::Text(url) => Location::parse(url).unwrap(),
        other => panic!("{other:?}"),
    }
}

pub fn files_below(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<String> = entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path.display().to_string()]
            }
        })
        .collect();
    files.sort();
    files
}
