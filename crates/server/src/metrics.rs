//! What `/metrics` tells, in Prometheus's text form.
//!
//! HOW DATA FLOWS
//!   1. What happens at the front door is counted as it happens: `statement`, `error`, `connection`, `refused`.
//!   2. What the node knows is asked for when somebody looks, at most every `FRESH`, and told through a registry of its own: `told`.
//! INVARIANTS
//!   The number of series is bounded: kinds of statements, classes of errors, kinds and states of jobs are few, and of backups the node
//!   tells the newest only. No label is a client's text, but for what was backed up.
//!   No secret: none comes here.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cairn_sql::{Node, SqlError, Vitals};
use prometheus::{
    Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry,
    TextEncoder, core::Collector,
};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::cancel::Sessions;
use crate::error::Result;
use crate::lobby::Lobby;

/// The node is not asked more often.
const FRESH: Duration = Duration::from_secs(2);

/// It has this long to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// In seconds: from a look-up of one row to a query over everything.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0,
];

/// What is counted as it happens.
pub struct Metrics {
    registry: Registry,
    statements: HistogramVec,
    errors: IntCounterVec,
    connections: IntCounter,
    refused: IntCounter,
}

impl Metrics {
    pub fn new() -> Result<Metrics> {
        let metrics = Metrics {
            registry: Registry::new(),
            statements: HistogramVec::new(
                HistogramOpts::new(
                    "cairn_statement_seconds",
                    "How long statements took, from their arrival until their answer was complete, by kind.",
                )
                .buckets(BUCKETS.to_vec()),
                &["kind"],
            )?,
            errors: IntCounterVec::new(
                Opts::new(
                    "cairn_errors_total",
                    "Errors told to clients, by class of SQLSTATE (its first two characters).",
                ),
                &["class"],
            )?,
            connections: IntCounter::new(
                "cairn_connections_total",
                "Connections that were taken, whatever became of them.",
            )?,
            refused: IntCounter::new(
                "cairn_connections_refused_total",
                "Connections that were closed without a session: failed logins, no room, a broken protocol.",
            )?,
        };
        let all: [Box<dyn Collector>; 4] = [
            Box::new(metrics.statements.clone()),
            Box::new(metrics.errors.clone()),
            Box::new(metrics.connections.clone()),
            Box::new(metrics.refused.clone()),
        ];
        for collector in all {
            metrics.registry.register(collector)?;
        }
        Ok(metrics)
    }

    /// A statement has been answered.
    pub fn statement(&self, kind: &'static str, began: Instant) {
        self.statements
            .with_label_values(&[kind])
            .observe(began.elapsed().as_secs_f64());
    }

    /// A client is told of an error.
    pub fn error(&self, error: &SqlError) {
        let class = error.sqlstate.code().get(..2).unwrap_or_default();
        self.errors.with_label_values(&[class]).inc();
    }

    /// Somebody connects.
    pub fn connection(&self) {
        self.connections.inc();
    }

    /// He goes without a session.
    pub fn refused(&self) {
        self.refused.inc();
    }
}

/// What answers those who look.
pub struct Exposition {
    pub metrics: Arc<Metrics>,
    pub node: Arc<Node>,
    pub sessions: Arc<Sessions>,
    pub lobby: Arc<Lobby>,
    /// Where the store is.
    pub store: PathBuf,
    /// When the process started, in seconds since 1970.
    pub started: f64,
    last: Mutex<Option<(Instant, Option<Vitals>)>>,
}

impl Exposition {
    pub fn new(
        metrics: Arc<Metrics>,
        node: Arc<Node>,
        sessions: Arc<Sessions>,
        lobby: Arc<Lobby>,
        store: PathBuf,
    ) -> Exposition {
        let started = node.now_seconds();
        Exposition {
            metrics,
            node,
            sessions,
            lobby,
            store,
            started,
            last: Mutex::default(),
        }
    }

    /// How it stands with the node; `None`: its store does not answer.
    pub async fn vitals(&self) -> Option<Vitals> {
        let mut last = self.last.lock().await;
        if let Some((asked, vitals)) = &*last
            && asked.elapsed() < FRESH
        {
            return vitals.clone();
        }
        let vitals = match tokio::time::timeout(PATIENCE, self.node.vitals()).await {
            Ok(Ok(vitals)) => Some(vitals),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the store does not say how it is");
                None
            }
            Err(_late) => {
                tracing::warn!("the store does not answer in time");
                None
            }
        };
        *last = Some((Instant::now(), vitals.clone()));
        vitals
    }

    /// The text.
    pub async fn text(&self) -> Result<String> {
        let vitals = self.vitals().await;
        let mut families = self.metrics.registry.gather();
        families.extend(self.told(vitals.as_ref())?.gather());
        Ok(TextEncoder::new().encode_to_string(&families)?)
    }

    fn told(&self, vitals: Option<&Vitals>) -> Result<Registry> {
        let now = Now(Registry::new());
        now.labelled(
            "cairn_build_info",
            "Always 1; the label is the version.",
            "version",
            [(env!("CARGO_PKG_VERSION"), 1.0)],
        )?;
        now.gauge(
            "cairn_start_time_seconds",
            "When the server started, in seconds since 1970.",
            self.started,
        )?;
        now.gauge(
            "cairn_sessions",
            "Sessions that are open.",
            self.sessions.open() as f64,
        )?;
        now.gauge(
            "cairn_sessions_limit",
            "How many sessions may be open at once (--max-connections).",
            self.sessions.room() as f64,
        )?;
        now.gauge(
            "cairn_connections_waiting",
            "Connections that have not logged in yet.",
            self.lobby.waiting() as f64,
        )?;
        self.tell_process(&now)?;
        now.gauge(
            "cairn_store_readable",
            "Whether the store answered a moment ago: 1, or 0.",
            f64::from(u8::from(vitals.is_some())),
        )?;
        if let Some(vitals) = vitals {
            tell_store(&now, vitals)?;
            tell_jobs(&now, vitals)?;
        }
        Ok(now.0)
    }

    fn tell_process(&self, now: &Now) -> Result<()> {
        if let Some(bytes) = resident_bytes() {
            now.gauge(
                "process_resident_memory_bytes",
                "Memory that the process holds.",
                bytes,
            )?;
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            now.gauge(
                "process_open_fds",
                "Files and connections that the process has open.",
                files.count() as f64,
            )?;
        }
        if let Ok(disk) = rustix::fs::statvfs(&self.store) {
            now.gauge(
                "cairn_store_disk_free_bytes",
                "What is free on the disk of the store.",
                (disk.f_bavail * disk.f_frsize) as f64,
            )?;
            now.gauge(
                "cairn_store_disk_bytes",
                "The size of the disk of the store.",
                (disk.f_blocks * disk.f_frsize) as f64,
            )?;
        }
        Ok(())
    }
}

fn tell_store(now: &Now, vitals: &Vitals) -> Result<()> {
    let counters = vitals.counters;
    for (name, help, value) in [
        (
            "cairn_commits_total",
            "Commits since the server started.",
            counters.commits,
        ),
        (
            "cairn_commit_conflicts_total",
            "Commits refused because what they had read was changed meanwhile (40001); single statements are run again.",
            counters.conflicts,
        ),
        (
            "cairn_store_syncs_total",
            "Times the journal was made durable; a group of commits shares one.",
            counters.syncs,
        ),
        (
            "cairn_store_versions_examined_total",
            "Stored versions looked at.",
            counters.keys_examined,
        ),
        (
            "cairn_store_read_bytes_total",
            "Bytes of keys and values given to readers.",
            counters.bytes_read,
        ),
        (
            "cairn_store_rows_ingested_total",
            "Rows written in bulk, by COPY, RESTORE and new indexes.",
            counters.rows_ingested,
        ),
        (
            "cairn_store_versions_collected_total",
            "Old versions dropped because their time was over.",
            counters.versions_collected,
        ),
    ] {
        now.counter(name, help, value)?;
    }
    Ok(())
}

fn tell_jobs(now: &Now, vitals: &Vitals) -> Result<()> {
    let jobs = GaugeVec::new(
        Opts::new(
            "cairn_jobs",
            "Jobs in the store's records, by type and status.",
        ),
        &["type", "status"],
    )?;
    for ((kind, status), count) in &vitals.jobs {
        let labels = [&kind.to_string(), &status.to_string()];
        jobs.with_label_values(&labels).set(*count as f64);
    }
    now.0.register(Box::new(jobs))?;
    now.labelled(
        "cairn_backup_last_success_seconds",
        "When the newest successful backup of a target ended, in seconds since 1970; the hundred newest targets.",
        "target",
        vitals
            .backups
            .iter()
            .map(|(target, time)| (target.as_str(), *time)),
    )?;
    now.gauge(
        "cairn_protected_age_seconds",
        "Age of the oldest instant that a job keeps from being collected; 0 when none does.",
        vitals.protected_age_seconds,
    )
}

/// A registry of what is so at this moment.
struct Now(Registry);

impl Now {
    fn gauge(&self, name: &str, help: &str, value: f64) -> Result<()> {
        let gauge = Gauge::new(name, help)?;
        gauge.set(value);
        Ok(self.0.register(Box::new(gauge))?)
    }

    fn counter(&self, name: &str, help: &str, value: u64) -> Result<()> {
        let counter = IntCounter::new(name, help)?;
        counter.inc_by(value);
        Ok(self.0.register(Box::new(counter))?)
    }

    fn labelled<'a>(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<()> {
        let gauges = GaugeVec::new(Opts::new(name, help), &[label])?;
        for (of, value) in values {
            gauges.with_label_values(&[of]).set(value);
        }
        Ok(self.0.register(Box::new(gauges))?)
    }
}

/// From a line such as `VmRSS:     24316 kB`.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib * 1024) as f64)
}
