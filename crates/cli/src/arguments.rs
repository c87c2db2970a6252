//! The command line's whole surface.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::address::with_certificates;
use crate::failure::Outcome;

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
    /// Print databases as SQL text, for PostgreSQL and for Cairn.
    Dump(Dump),
    /// Show backup and restore at work, on temporary stores.
    Demo,
    /// Load a data set, or put load on one.
    Workload(Workload),
    /// Look into a backup; no server is needed.
    Backup(Backup),
    /// Make certificates, for servers and users.
    Cert(Cert),
}

#[derive(Debug, Args)]
pub struct Start {
    /// Directory of the store; made when absent.
    #[arg(long, value_name = "DIR", default_value = "./cairn-data")]
    pub store: PathBuf,
    /// Where SQL clients connect; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:26257")]
    pub listen: String,
    /// Where /health is served over HTTP; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub http: String,
    /// Directory that nodelocal URLs point into, or "disabled" [default: <store>/extern]
    #[arg(long, value_name = "DIR|disabled")]
    pub external_io_dir: Option<PathBuf>,
    /// Ask nobody for a password: whoever reaches the server is who he says.
    #[arg(long)]
    pub insecure: bool,
    /// Directory of certificates (ca.crt, node.crt, node.key): with it everything is encrypted.
    #[arg(long, value_name = "DIR", conflicts_with = "insecure")]
    pub certs_dir: Option<PathBuf>,
    /// Listen where others on the network can read along and pass themselves off as anyone.
    #[arg(long)]
    pub accept_insecure_network: bool,
    /// How many sessions may be open at once; three more are for root.
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,
    /// The longest statement that is taken.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, value_parser = clap::value_parser!(u32).range(1024..=64 << 20))]
    pub max_statement_bytes: u32,
    /// What one query may hold in memory before it spills or fails [default: an eighth of the machine's]
    #[arg(long, value_name = "BYTES")]
    pub max_statement_memory_bytes: Option<usize>,
    /// How long statements may go on when the server is told to stop.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub shutdown_grace_seconds: u32,
    /// In which form the log is written.
    #[arg(long, value_enum, default_value_t)]
    pub log_format: LogFormat,
    /// Go on although the clock is far ahead of what the store has seen.
    #[arg(long)]
    pub accept_clock: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object in a line.
    Json,
}

#[derive(Debug, Args)]
pub struct Cert {
    #[command(subcommand)]
    pub verb: CertVerb,
}

#[derive(Debug, Subcommand)]
pub enum CertVerb {
    /// Make an authority: ca.crt, and its key.
    #[command(name = "create-ca")]
    Authority {
        #[command(flatten)]
        issue: Issue,
    },
    /// Make a server's certificate: node.crt and node.key.
    #[command(name = "create-node")]
    Node {
        /// All names and addresses that clients know the server by.
        #[arg(required = true, value_name = "HOST")]
        hosts: Vec<String>,
        #[command(flatten)]
        issue: Issue,
    },
    /// Make a user's certificate: client.USER.crt and client.USER.key.
    #[command(name = "create-client")]
    Client {
        user: String,
        #[command(flatten)]
        issue: Issue,
    },
}

#[derive(Debug, Args)]
pub struct Issue {
    /// Directory of certificates.
    #[arg(long, value_name = "DIR")]
    pub certs_dir: PathBuf,
    /// The authority's key; keep it where no server is.
    #[arg(long, value_name = "FILE")]
    pub ca_key: PathBuf,
    /// For how many days the certificate is good.
    #[arg(long, value_name = "DAYS", default_value_t = 1825)]
    pub lifetime_days: u32,
}

#[derive(Debug, Args)]
pub struct Sql {
    /// Statements to run; without it they are read from standard input.
    #[arg(short, long, value_name = "STATEMENTS")]
    pub execute: Vec<String>,
    /// How answers are printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns side by side, as psql prints them.
    #[default]
    Table,
    /// A header and lines with commas between values.
    Csv,
}

#[derive(Debug, Args)]
pub struct Dump {
    /// Which databases; without one, that of the URL.
    #[arg(value_name = "DATABASE")]
    pub databases: Vec<String>,
    /// The instant: a timestamp, or an interval before now such as -10s [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub as_of: Option<String>,
    /// Definitions alone.
    #[arg(short, long, conflicts_with = "data_only")]
    pub schema_only: bool,
    /// Rows and values of sequences alone.
    #[arg(short = 'a', long)]
    pub data_only: bool,
    /// Only this table, view or sequence; may be given several times.
    #[arg(short, long, value_name = "NAME")]
    pub table: Vec<String>,
    /// Begin with CREATE DATABASE; with several databases it always does.
    #[arg(short = 'C', long)]
    pub create: bool,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Clone, Args)]
pub struct Server {
    /// Which server; sslmode, sslrootcert, sslcert and sslkey as libpq knows them.
    #[arg(long, default_value = "postgres://root@127.0.0.1:26257/defaultdb")]
    url: String,
    /// Directory of certificates: the server must show one of its authority, and the user shows client.USER.crt if there is one.
    #[arg(long, value_name = "DIR")]
    certs_dir: Option<PathBuf>,
}

impl Server {
    /// The server's whole address, certificates included.
    pub fn url(&self) -> Outcome<String> {
        match &self.certs_dir {
            Some(folder) => with_certificates(&self.url, folder),
            None => Ok(self.url.clone()),
        }
    }
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
    Ls {
        /// Location of the backup, such as nodelocal:///full
        url: Option<String>,
        #[command(flatten)]
        places: Places,
    },
    /// Read all of a backup and check it; exits with 1 when something is damaged or missing.
    Verify {
        /// Location of the backup, and of the incremental ones made on it, oldest first: they are read, too, and must join.
        #[arg(value_name = "URL")]
        urls: Vec<String>,
        #[command(flatten)]
        places: Places,
    },
    /// Print the rows of a table as CSV.
    Cat {
        /// Location of the backup, unless --url-file has it; then the table, as database.table, if there are several.
        #[arg(value_name = "URL|TABLE", num_args = 0..=2)]
        what: Vec<String>,
        #[command(flatten)]
        places: Places,
    },
}

/// Where backups are, and how they are reached.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// File with the URLs, one in a line, or "-" for standard input: so no list of processes shows their secrets.
    #[arg(long, value_name = "FILE|-")]
    pub url_file: Option<PathBuf>,
    /// File with certificates (PEM) that are trusted beside the system's.
    #[arg(long, value_name = "FILE")]
    pub custom_ca: Option<PathBuf>,
    /// Directory that nodelocal URLs point into.
    #[arg(long, value_name = "DIR", default_value = "./cairn-data/extern")]
    pub external_io_dir: PathBuf,
}
