//! The open fjall database: its keyspaces, and which prefix lives in which.
//!
//! INVARIANTS
//!   A route changes in the same durable batch that moves the rows, and under the write lock that
//!   `view` takes for reading: no reader pairs an old snapshot with a new route.
//!   The floors held here are those on disk: loaded at open, changed by the committer before it
//!   answers. A reader asks after it has its rows: `check_floor`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use fjall::config::BlockSizePolicy;
use fjall::{
    Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Readable, Snapshot,
};
use parking_lot::RwLock;

use super::layout::{self, Epoch};
use super::parts::Cuts;
use super::space::Space;
use crate::{Counters, Error, Limits, Prefix, Result, TableId, Timeline, Version, floor};

const MEMTABLE_BYTES: u64 = 16 << 20;
/// All journals together: what a start has to read.
const JOURNAL_BYTES: u64 = 64 << 20;
const BLOCK_BYTES: u32 = 16 << 10;
/// Half of what a process may commonly open: the rest is for clients and backups.
const OPEN_FILES: usize = 512;
/// Tables below this are the system's, and share a keyspace that stays small.
pub(super) const FIRST_USER_TABLE: u32 = 100;

pub(super) struct Store {
    pub(super) database: Database,
    /// High water, tick, routes, outcomes.
    pub(super) meta: Keyspace,
    pub(super) changes: Keyspace,
    pub(super) cuts: Cuts,
    system: Keyspace,
    shared: Keyspace,
    routes: RwLock<HashMap<Prefix, Keyspace>>,
    floors: RwLock<HashMap<TableId, Version>>,
    pub(super) timeline: Timeline,
    pub(super) limits: Limits,
    pub(super) space: Space,
    pub(super) counts: Counts,
    /// The first epoch of which every outcome is still there.
    outcomes_since: AtomicU64,
}

/// A prefix's keyspace and a snapshot that belong together.
pub(super) struct View {
    pub(super) snapshot: Snapshot,
    pub(super) rows: Keyspace,
}

#[derive(Default)]
pub(super) struct Counts {
    pub(super) keys_examined: AtomicU64,
    pub(super) bytes_read: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) syncs: AtomicU64,
    pub(super) conflicts: AtomicU64,
    pub(super) rows_ingested: AtomicU64,
    pub(super) versions_collected: AtomicU64,
}

/// The database's files and what they say about the past.
pub(super) struct Opened {
    pub(super) database: Database,
    meta: Keyspace,
    pub(super) newest: Version,
    pub(super) last_tick: Option<u64>,
}

/// Makes a new database with the keyspaces that every store has.
pub(super) fn create_database(path: &Path, cache_bytes: u64) -> Result<()> {
    let database = database(path, cache_bytes)?;
    database.keyspace(META, small)?;
    database.keyspace(CHANGES, small)?;
    database.keyspace(SYSTEM, small)?;
    database.keyspace(SHARED, large)?;
    Ok(())
}

fn database(path: &Path, cache_bytes: u64) -> Result<Database> {
    Ok(Database::builder(path)
        .cache_size(cache_bytes)
        .max_cached_files(Some(OPEN_FILES))
        .max_journaling_size(JOURNAL_BYTES)
        .worker_threads(2)
        .manual_journal_persist(true)
        .open()?)
}

/// A keyspace that must be there: fjall would make it anew, and everything in it were lost without a
/// word.
fn existing(
    database: &Database,
    name: &str,
    options: fn() -> KeyspaceCreateOptions,
) -> Result<Keyspace> {
    if !database.keyspace_exists(name) {
        return Err(Error::Damaged {
            what: format!("keyspace {name} is missing"),
        });
    }
    Ok(database.keyspace(name, options)?)
}

pub(super) fn open_database(path: &Path, cache_bytes: u64) -> Result<Opened> {
    let database = database(path, cache_bytes)?;
    let meta = existing(&database, META, small)?;
    let number = |key| {
        meta.get(key)?
            .map(|stored| layout::decode_u64(&stored))
            .transpose()
    };
    let newest = Version(number(layout::HIGH_WATER)?.unwrap_or(0));
    let last_tick = number(layout::LAST_TICK)?;
    Ok(Opened {
        database,
        meta,
        newest,
        last_tick,
    })
}

impl Store {
    pub(super) fn new(
        opened: Opened,
        timeline: Timeline,
        limits: Limits,
        space: Space,
    ) -> Result<Store> {
        let outcomes_since = oldest_outcomes(opened.newest);
        let Opened { database, meta, .. } = opened;
        let store = Store {
            changes: existing(&database, CHANGES, small)?,
            cuts: Cuts::default(),
            system: existing(&database, SYSTEM, small)?,
            shared: existing(&database, SHARED, large)?,
            routes: RwLock::default(),
            floors: RwLock::default(),
            counts: Counts::default(),
            outcomes_since: AtomicU64::new(outcomes_since.0),
            database,
            meta,
            timeline,
            limits,
            space,
        };
        store.load_routes()?;
        store.load_floors()?;
        Ok(store)
    }

    /// Reads which prefixes have a keyspace of their own, and removes keyspaces that no prefix has:
    /// a crash came between making one and its first commit, or between giving it up and deleting it.
    fn load_routes(&self) -> Result<()> {
        let mut routes = HashMap::new();
        let mut named = HashSet::new();
        for guard in self.meta.prefix(layout::ROUTES) {
            let (stored, name) = guard.into_inner()?;
            let name = String::from_utf8_lossy(&name).into_owned();
            routes.insert(
                layout::split_route(&stored)?,
                existing(&self.database, &name, large)?,
            );
            named.insert(name);
        }
        for name in self.database.list_keyspace_names() {
            if name.starts_with(OWN) && !named.contains(&*name) {
                tracing::info!(
                    keyspace = &*name,
                    "removing a keyspace that nothing refers to"
                );
                self.database
                    .delete_keyspace(self.database.keyspace(&name, large)?)?;
            }
        }
        *self.routes.write() = routes;
        Ok(())
    }

    fn load_floors(&self) -> Result<()> {
        let newest = self.timeline.readable();
        let limit = crate::ScanLimit {
            rows: usize::MAX,
            bytes: usize::MAX,
        };
        let mut rest = Some(floor::floors_span());
        while let Some(span) = rest {
            let stored = super::read::scan(self, &span, newest, limit)?;
            let floors = stored
                .items
                .iter()
                .filter_map(|row| floor::floor_write(row.key, Some(row.value)));
            self.floors.write().extend(floors);
            rest = stored.resume.map(|start| span.from(start));
        }
        Ok(())
    }

    /// A batch that is durable when it is written. There is no other kind: see `journal`.
    pub(super) fn batch(&self) -> OwnedWriteBatch {
        self.database
            .batch()
            .durability(Some(PersistMode::SyncData))
    }

    /// A fresh snapshot and the keyspace that has the prefix's rows in it.
    pub(super) fn view(&self, prefix: Prefix) -> View {
        let routes = self.routes.read();
        let rows = routes
            .get(&prefix)
            .unwrap_or_else(|| self.default_keyspace(prefix))
            .clone();
        View {
            snapshot: self.database.snapshot(),
            rows,
        }
    }

    /// Where a prefix's rows are written. Only the committer may ask: routes change under it alone.
    pub(super) fn rows(&self, prefix: Prefix) -> Keyspace {
        self.routes
            .read()
            .get(&prefix)
            .unwrap_or_else(|| self.default_keyspace(prefix))
            .clone()
    }

    pub(super) fn own(&self, prefix: Prefix) -> Option<Keyspace> {
        self.routes.read().get(&prefix).cloned()
    }

    fn default_keyspace(&self, prefix: Prefix) -> &Keyspace {
        if prefix.table.0 < FIRST_USER_TABLE {
            &self.system
        } else {
            &self.shared
        }
    }

    /// Gives a prefix a keyspace of its own and moves its rows there. `None` when it has so many rows
    /// that moving would hold up everybody, or when there are enough keyspaces: then it stays.
    pub(super) fn separate(&self, prefix: Prefix) -> Result<Option<Keyspace>> {
        const MOVED_AT_MOST: usize = 20_000;
        const MOVED_BYTES: usize = 8 << 20;
        if let Some(own) = self.own(prefix) {
            return Ok(Some(own));
        }
        if self.routes.read().len() >= OWN_AT_MOST {
            return Ok(None);
        }
        let from = self.default_keyspace(prefix);
        let (start, end) = layout::row_range(&prefix.span());
        let mut rows = Vec::new();
        let mut bytes = 0;
        for guard in self.database.snapshot().range(from, (start, end)) {
            let row = guard.into_inner()?;
            bytes += row.0.len() + row.1.len();
            if layout::split_row_key(&row.0)?
                .0
                .starts_with(&prefix.to_bytes())
            {
                rows.push(row);
            }
            if rows.len() > MOVED_AT_MOST || bytes > MOVED_BYTES {
                return Ok(None);
            }
        }
        let name = format!("{OWN}{prefix}").replace('/', "-");
        let own = self.database.keyspace(&name, large)?;
        let mut batch = self.batch();
        for (key, value) in rows {
            batch.remove(from, key.clone());
            batch.insert(&own, key, value);
        }
        batch.insert(&self.meta, layout::route_key(prefix), name.as_bytes());
        let mut routes = self.routes.write();
        batch.commit()?;
        routes.insert(prefix, own.clone());
        Ok(Some(own))
    }

    /// Gives up a prefix's own keyspace with all its rows, if it has one.
    pub(super) fn give_up(&self, prefix: Prefix) -> Result<()> {
        let Some(own) = self.own(prefix) else {
            return Ok(());
        };
        let mut batch = self.batch();
        batch.remove(&self.meta, layout::route_key(prefix));
        let mut routes = self.routes.write();
        batch.commit()?;
        routes.remove(&prefix);
        drop(routes);
        Ok(self.database.delete_keyspace(own)?)
    }

    pub(super) fn floor(&self, table: TableId) -> Version {
        self.floors.read().get(&table).copied().unwrap_or_default()
    }

    pub(super) fn set_floor(&self, table: TableId, floor: Version) {
        self.floors.write().insert(table, floor);
    }

    /// Called after the rows are in hand: what was dropped before then was dropped under a floor
    /// that is visible now.
    pub(super) fn check_floor(&self, table: TableId, at: Version) -> Result<()> {
        let floor = self.floor(table);
        if at < floor {
            Err(Error::BelowFloor { table, at, floor })
        } else {
            Ok(())
        }
    }

    /// The version a transaction of the last day committed at.
    pub(super) fn outcome(
        &self,
        id: crate::TransactionId,
        read_at: Version,
    ) -> Result<Option<Version>> {
        let newest = Epoch::of(self.timeline.newest());
        let known = self.outcomes_since.load(Ordering::Acquire);
        let begun = Epoch::of(read_at).0;
        for epoch in (known.max(begun)..=newest.0).rev() {
            if let Some(stored) = self.meta.get(layout::outcome_key(Epoch(epoch), id))? {
                return Ok(Some(Version(layout::decode_u64(&stored)?)));
            }
        }
        match begun < known {
            true => Err(Error::OutcomeUnknown { transaction: id }),
            false => Ok(None),
        }
    }

    /// Forgets outcomes of more than a day ago, some at a time.
    pub(super) fn forget_outcomes(&self) -> Result<()> {
        const AT_MOST: usize = 200_000;
        let oldest = oldest_outcomes(self.timeline.newest());
        let range = layout::outcomes_of(Epoch(0))..layout::outcomes_of(oldest);
        let mut batch = self.batch();
        for guard in self.meta.range(range).take(AT_MOST) {
            let stored = guard.key()?;
            let since = layout::outcome_epoch(&stored)?.next();
            self.outcomes_since.fetch_max(since.0, Ordering::AcqRel);
            batch.remove(&self.meta, stored);
        }
        Ok(batch.commit()?)
    }
}

const META: &str = "meta";
const CHANGES: &str = "changes";
const SYSTEM: &str = "system";
const SHARED: &str = "rows";
const OWN: &str = "own-";
/// fjall hangs on opening when more than a thousand keyspaces wait for compaction: it queues them
/// all before it starts the threads that take them. And each costs time at start.
const OWN_AT_MOST: usize = 500;
/// A day, and the epoch that is not over yet.
const OUTCOME_EPOCHS: u64 = 145;

/// The first epoch whose outcomes are kept, when this is the newest version.
fn oldest_outcomes(newest: Version) -> Epoch {
    Epoch(Epoch::of(newest).0.saturating_sub(OUTCOME_EPOCHS))
}

fn small() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES)
}

/// Rows are scanned in bulk more often than looked up: larger blocks.
fn large() -> KeyspaceCreateOptions {
    small().data_block_size_policy(BlockSizePolicy::all(BLOCK_BYTES))
}

impl Counts {
    pub(super) fn add(counter: &AtomicU64, by: usize) {
        counter.fetch_add(by as u64, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counters {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            keys_examined: load(&self.keys_examined),
            bytes_read: load(&self.bytes_read),
            commits: load(&self.commits),
            syncs: load(&self.syncs),
            conflicts: load(&self.conflicts),
            rows_ingested: load(&self.rows_ingested),
            versions_collected: load(&self.versions_collected),
        }
    }
}

impl From<fjall::Error> for Error {
    fn from(error: fjall::Error) -> Error {
        match error {
            fjall::Error::Io(source) | fjall::Error::Storage(fjall::LsmError::Io(source)) => {
                source.into()
            }
            other => Error::Damaged {
                what: other.to_string(),
            },
        }
    }
}
