//! The command line's whole surface.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A SQL database whose tables can be backed up, and brought back to any instant.
#[derive(Debug, Parser)]
#[command(name = "cairn", version)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a server.
    Start(Start),
    /// Run statements on a server and print what it answers.
    Sql(Sql),
    /// Show backup and restore at work, on temporary stores.
    Demo,
    /// Load a data set, or put load on one.
    Workload(Workload),
    /// Look into a backup; no server is needed.
    Backup(Backup),
}

#[derive(Debug, Args)]
pub struct Start {
    /// Directory of the store; made when absent.
    #[arg(long, value_name = "DIR", default_value = "./cairn-data")]
    pub store: PathBuf,
    /// Where SQL clients connect; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:26257")]
    pub listen: String,
    /// Where /health is served; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub http: String,
    /// Directory that nodelocal URLs point into, or "disabled" [default: <store>/extern]
    #[arg(long, value_name = "DIR|disabled")]
    pub external_io_dir: Option<PathBuf>,
    /// Ask nobody for a password: whoever reaches the server is who he says.
    #[arg(long)]
    pub insecure: bool,
    /// Go on although the clock is far ahead of what the store has seen.
    #[arg(long)]
    pub accept_clock: bool,
}

#[derive(Debug, Args)]
pub struct Sql {
    /// Statements to run; without it they are read from standard input.
    #[arg(short, long, value_name = "STATEMENTS")]
    pub execute: Vec<String>,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Clone, Args)]
pub struct Server {
    /// Which server.
    #[arg(long, default_value = "postgres://root@127.0.0.1:26257/defaultdb")]
    pub url: String,
}

#[derive(Debug, Args)]
pub struct Workload {
    #[command(subcommand)]
    pub verb: WorkloadVerb,
}

#[derive(Debug, Subcommand)]
pub enum WorkloadVerb {
    /// Create the tables and load them.
    Init(Load),
    /// Run it: bank moves money between accounts, tpch asks its 22 queries.
    Run(Load),
}

#[derive(Debug, Args)]
pub struct Load {
    #[arg(value_enum)]
    pub name: WorkloadName,
    /// How much data; may be a fraction. bank: thousands of accounts, tpch: about GB.
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// bank: how long to run.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub seconds: u64,
    /// bank: how many clients move money at the same time.
    #[arg(long, default_value_t = 4)]
    pub clients: u32,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WorkloadName {
    Bank,
    Tpch,
}

#[derive(Debug, Args)]
pub struct Backup {
    #[command(subcommand)]
    pub verb: BackupVerb,
}

#[derive(Debug, Subcommand)]
pub enum BackupVerb {
    /// List what a backup holds.
    Ls(Place),
    /// Read all of a backup and check it; exits with 1 when something is damaged or missing.
    Verify {
        #[command(flatten)]
        place: Place,
        /// The incremental backups made on it, oldest first: they are read, too, and must join.
        #[arg(value_name = "INCREMENTAL")]
        more: Vec<String>,
    },
    /// Print the rows of a table as CSV.
    Cat {
        #[command(flatten)]
        place: Place,
        /// Which table, as database.table; needed when there are several.
        table: Option<String>,
    },
}

#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Location of the backup, such as nodelocal:///full
    pub url: String,
    /// Directory that nodelocal URLs point into.
    #[arg(long, value_name = "DIR", default_value = "./cairn-data/extern")]
    pub external_io_dir: PathBuf,
}
