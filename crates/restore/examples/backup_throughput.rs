//! Measures BACKUP and RESTORE: `cargo run --release -p cairn-restore --example backup_throughput [DIR] [ROWS] [LAYERS]`.
//!
//! Rows have 80 bytes in 5 columns and one secondary index. Prints rows per second of the clock and
//! of the processor, and the most memory the process held. With LAYERS also a chain of so many incrementals on the full backup, each
//! with a changed row in a thousand: what the last of them cost, and what the whole chain's RESTORE costs beside the full one's.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cairn_backup::BackupDuty;
use cairn_blob::{Location, Settings};
use cairn_catalog::{
    Catalog, ColumnDescriptor, ColumnId, ColumnType, Direction, IndexColumn, StepState,
    TableDescriptor, create_database, create_table,
};
use cairn_jobs::{JobResult, Kind, Registry};
use cairn_restore::{Options, RestoreDuty};
use cairn_rows::{Datum, TableCodec, primary_span};
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::{Engine, Revisions, Snapshot, Transaction, Version};
use cairn_syntax::{Name, Targets};
use futures::{StreamExt, stream};
use uuid::Uuid;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const ROWS_PER_BATCH: i64 = 8192;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(
        || std::env::temp_dir().join("cairn-backup-throughput"),
        PathBuf::from,
    );
    let rows: i64 = arguments
        .next()
        .map_or(Ok(2_000_000), |rows| rows.parse())?;
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let engine: Arc<dyn Engine> =
        Arc::new(Lsm::open(&folder.join("store"), LsmOptions::default())?);
    cairn_rows::users::bootstrap(&engine).await?;
    let mut clock = Stopwatch {
        engine: engine.clone(),
        wall: Duration::ZERO,
        processor: 0.0,
    };
    clock.start();
    fill(&engine, rows).await?;
    clock.stop("load", rows);
    let layers: i64 = arguments.next().map_or(Ok(0), |layers| layers.parse())?;
    let bench = Bench::new(&engine, &folder)?;
    let full = vec!["nodelocal:///full".to_owned()];
    clock.start();
    let made = bench.backup(&full).await?;
    clock.stop("backup", rows);
    println!("{made:?}");
    clock.start();
    let back = bench.restore(&full, "again").await?;
    clock.stop("restore", rows);
    println!("{back:?}");
    if layers == 0 {
        return Ok(());
    }
    let table = bench.table().await?;
    let mut chain = full;
    for layer in 1..=layers {
        change(&engine, &table, rows, layer).await?;
        chain.push(format!("nodelocal:///{layer}"));
        clock.start();
        let before = engine.counters().keys_examined;
        let made = bench.backup(&chain).await?;
        if layer == layers {
            clock.stop("last incremental", i64::try_from(made.rows)?);
            let examined = engine.counters().keys_examined - before;
            println!("{examined} keys examined; {made:?}");
        }
    }
    clock.start();
    let back = bench.restore(&chain, "chained").await?;
    clock.stop(&format!("restore of {} layers", chain.len()), rows);
    println!("{back:?}");
    Ok(())
}

/// Changes a row in a thousand, others in each layer.
async fn change(
    engine: &Arc<dyn Engine>,
    table: &TableDescriptor,
    rows: i64,
    layer: i64,
) -> Result<()> {
    let codec = TableCodec::new(table)?;
    let ids: Vec<i64> = (layer..rows).step_by(1000).collect();
    for ids in ids.chunks(ROWS_PER_BATCH as usize) {
        let txn = Transaction::begin(engine.clone()).await?;
        for id in ids {
            // The owner stays, so the index does.
            let mut row = row(*id);
            row[2] = Datum::Decimal(i128::from(layer));
            let (key, value) = codec.encode(&row)?;
            txn.put(key, value)?;
        }
        txn.commit().await?;
    }
    Ok(())
}

/// A node without SQL.
struct Bench {
    backup: Arc<cairn_backup::Context>,
    restore: Arc<cairn_restore::Context>,
}

impl Bench {
    fn new(engine: &Arc<dyn Engine>, folder: &Path) -> Result<Self> {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let settings = Settings::new(Some(folder.join("extern")));
        let (scratch, cluster) = (folder.join("tmp"), Uuid::from_u128(1));
        let catalog = Arc::new(Catalog::new(engine.clone()));
        let jobs = Registry::new(engine.clone());
        std::fs::create_dir_all(folder.join("extern"))?;
        let backup = Arc::new(cairn_backup::Context {
            engine: engine.clone(),
            catalog: catalog.clone(),
            jobs: jobs.clone(),
            settings: settings.clone(),
            cluster,
            workers,
        });
        let restore = Arc::new(cairn_restore::Context {
            engine: engine.clone(),
            catalog,
            jobs: jobs.clone(),
            settings,
            scratch,
            workers,
        });
        jobs.register(Kind::Backup, BackupDuty::of(&backup));
        jobs.register(Kind::Restore, RestoreDuty::of(&restore));
        Ok(Bench { backup, restore })
    }

    /// To the last location, on those before it if it is not the first.
    async fn backup(&self, chain: &[String]) -> Result<JobResult> {
        let (to, from) = chain.split_last().ok_or("no location")?;
        let request = cairn_backup::Request {
            targets: Targets::Databases(vec![Name::new("bank")]),
            current_database: None,
            to: Location::parse(to)?,
            end: None,
            incremental_from: parse(from)?,
            revision_history: false,
            description: "BACKUP".to_owned(),
            user: "root".to_owned(),
        };
        let started = cairn_backup::start(&self.backup, request).await?;
        Ok(started.running.wait().await?)
    }

    async fn restore(&self, chain: &[String], name: &str) -> Result<JobResult> {
        let request = cairn_restore::Request {
            targets: Targets::Databases(vec![Name::new("bank")]),
            current_database: None,
            from: parse(chain)?,
            as_of: None,
            options: Options {
                new_db_name: Some(name.to_owned()),
                ..Options::default()
            },
            description: "RESTORE".to_owned(),
            user: "root".to_owned(),
        };
        let running = cairn_restore::start(&self.restore, request).await?;
        Ok(running.wait().await?)
    }

    async fn table(&self) -> Result<TableDescriptor> {
        let read = Snapshot::now(self.backup.engine.clone()).await?;
        let view = self.backup.catalog.view(&read).await?;
        let database = view.database("bank").ok_or("no database")?;
        let table = view.table(database.id, "accounts").ok_or("no table")?;
        Ok(table.as_ref().clone())
    }
}

fn parse(locations: &[String]) -> Result<Vec<Location>> {
    let locations = locations.iter().map(|location| Location::parse(location));
    Ok(locations.collect::<Result<_, cairn_blob::Error>>()?)
}

async fn fill(engine: &Arc<dyn Engine>, rows: i64) -> Result<()> {
    let txn = Transaction::begin(engine.clone()).await?;
    let database = create_database(&txn, "bank").await?;
    let column = |id, name: &str, ty| ColumnDescriptor::new(ColumnId(id), name, ty);
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "owner", ColumnType::String { max: None }),
        column(
            3,
            "balance",
            ColumnType::Decimal {
                precision: 18,
                scale: 2,
            },
        ),
        column(4, "opened", ColumnType::Timestamp),
        column(5, "note", ColumnType::String { max: None }),
    ];
    let part = |id| {
        vec![IndexColumn {
            column: ColumnId(id),
            direction: Direction::Ascending,
        }]
    };
    let mut table = TableDescriptor::new(database.id, "accounts", columns, part(1));
    table.push_index("by_owner", false, part(2), StepState::Public)?;
    let table = create_table(&txn, table).await?;
    let version = txn.commit().await?;
    let codec = TableCodec::new(&table)?;
    let batches = (0..rows).step_by(ROWS_PER_BATCH as usize);
    let batches =
        batches.map(|first| encode(&codec, first..rows.min(first + ROWS_PER_BATCH), version));
    let ingested = engine
        .ingest(&primary_span(&table), stream::iter(batches).boxed())
        .await?;
    println!("{} bytes a row", ingested.bytes / ingested.rows.max(1));
    Ok(())
}

fn encode(
    codec: &TableCodec,
    rows: std::ops::Range<i64>,
    version: Version,
) -> cairn_storage::Result<Revisions> {
    let mut revisions = Revisions::new();
    for id in rows {
        let (key, value) = codec
            .encode(&row(id))
            .map_err(cairn_storage::Error::source)?;
        revisions.push(&key, version, Some(&value));
    }
    Ok(revisions)
}

fn row(id: i64) -> [Datum; 5] {
    let mixed = (id as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    [
        Datum::Int8(id),
        Datum::String(format!("owner {:012x}", mixed >> 16)),
        Datum::Decimal(i128::from(mixed % 100_000_000)),
        Datum::Timestamp(1_700_000_000_000_000 + id * 1_000_003),
        Datum::String(format!("opened in branch {:04}", mixed % 9973)),
    ]
}

/// Time of the clock and of the processor.
struct Stopwatch {
    engine: Arc<dyn Engine>,
    wall: Duration,
    processor: f64,
}

impl Stopwatch {
    fn start(&mut self) {
        (self.wall, self.processor) = (self.engine.timeline().running(), processor());
    }

    fn stop(&self, what: &str, rows: i64) {
        let wall = (self.engine.timeline().running() - self.wall).as_secs_f64();
        let processor = processor() - self.processor;
        println!(
            "{what}: {:.0} rows/s, {:.0} rows/s per core ({wall:.2} s, processor {processor:.2} s); peak memory {} MiB",
            rows as f64 / wall,
            rows as f64 / processor,
            peak_kib() / 1024,
        );
    }
}

/// Seconds of processor time of this process, from its accounts in hundredths.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
