//! The sqllogictest files below `tests/slt`: statements and their answers, by subject.
//!
//! The answers of the `pg_*` files are PostgreSQL's: they run against Cairn and against PostgreSQL 15. The others hold what Cairn has of
//! its own. With `CAIRN_SLT_COMPLETE=1` the files are written anew: `pg_*` from what PostgreSQL answers, the others from Cairn.
//!
//! A file has a database of its own and one session. Letters of columns: B a boolean, I an integer, R any other number, T a text,
//! Y bytes, D a date, M a time, P a timestamp, Z one with a zone, V an interval, U a UUID, J JSON, N an INET, A an array.

use std::fmt;
use std::path::{Path, PathBuf};

use cairn_cli::client::{Client, Event, Fault};
use cairn_testkit::CairnProcess;
use sqllogictest::{AsyncDB, ColumnType, DBOutput, Record, Runner};

use crate::postgres::Postgres;
use crate::tools;

/// So many records there are at least; half of them with PostgreSQL's answers.
const RECORDS: usize = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cairn_gives_the_answers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .start()
        .await;
    let url = format!("postgres://root@127.0.0.1:{}", cairn.port());
    let count = check(files(""), &url, "defaultdb", |name| {
        !name.starts_with("pg_")
    })
    .await;
    cairn.stop().await;
    assert!(count >= RECORDS, "{count} records");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_gives_the_same() {
    let Some(programs) = tools::find("postgres") else {
        return;
    };
    let server = Postgres::start(&programs);
    let url = format!("postgres://postgres@127.0.0.1:{}", server.port);
    let count = check(files("pg_"), &url, "postgres", |_| true).await;
    assert!(count * 2 >= RECORDS, "{count} records");
}

fn files(prefix: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let entries = std::fs::read_dir(folder).expect("the folder of files");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| name(file).starts_with(prefix));
    files.sort();
    files
}

fn name(file: &Path) -> String {
    let stem = file.file_stem().expect("a name");
    stem.to_string_lossy().into_owned()
}

/// Runs files side by side; the records that they have.
async fn check(
    files: Vec<PathBuf>,
    url: &str,
    first: &str,
    completes: impl Fn(&str) -> bool,
) -> usize {
    let complete = std::env::var_os("CAIRN_SLT_COMPLETE").is_some();
    let mut maker = Client::connect(&format!("{url}/{first}"))
        .await
        .expect("a session");
    let mut running = Vec::new();
    for file in files {
        let name = name(&file);
        run(&mut maker, &format!("CREATE DATABASE {name}"))
            .await
            .expect("a database");
        let url = format!("{url}/{name}");
        let complete = complete && completes(&name);
        running.push(tokio::spawn(async move {
            check_file(&file, &url, complete).await
        }));
    }
    let (mut records, mut failures) = (0, Vec::new());
    for file in running {
        let (count, failed) = file.await.expect("a file");
        records += count;
        failures.extend(failed);
    }
    for failure in failures.iter().take(30) {
        println!("{failure}\n");
    }
    assert!(
        failures.is_empty(),
        "{} of {records} records differ",
        failures.len()
    );
    records
}

/// Runs all records of a file; how many there are, and those that differ.
async fn check_file(file: &Path, url: &str, complete: bool) -> (usize, Vec<String>) {
    let mut runner = Runner::new(|| async move {
        let client = Client::connect(url).await.map_err(|failure| Refusal {
            code: "08006".to_owned(),
            message: failure.to_string(),
        })?;
        Ok(Session(client))
    });
    runner.with_column_validator(sqllogictest::strict_column_validator);
    if complete {
        let written = runner
            .update_test_file(
                file,
                " ",
                sqllogictest::default_validator,
                sqllogictest::default_normalizer,
                sqllogictest::strict_column_validator,
            )
            .await;
        written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    let records = sqllogictest::parse_file::<Letter>(file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let (mut count, mut failures) = (0, Vec::new());
    for record in records {
        if matches!(record, Record::Statement { .. } | Record::Query { .. }) {
            count += 1;
        }
        if let Err(error) = runner.run_async(record).await {
            failures.push(error.to_string());
        }
    }
    (count, failures)
}

/// One session with either server.
struct Session(Client);

/// An error that a server answered.
#[derive(Debug)]
struct Refusal {
    code: String,
    message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}

impl From<Box<Fault>> for Refusal {
    fn from(fault: Box<Fault>) -> Refusal {
        Refusal {
            code: fault.sqlstate,
            message: fault.message,
        }
    }
}

async fn run(client: &mut Client, sql: &str) -> Result<DBOutput<Letter>, Refusal> {
    let (mut types, mut rows) = (None, Vec::new());
    let answer = client
        .run(sql, |event| {
            match event {
                Event::Columns(columns) => {
                    types = Some(columns.iter().map(|column| letter(column.kind)).collect());
                }
                Event::Row(row) => rows.push(row.iter().map(shown).collect()),
                _ => {}
            }
            Ok(())
        })
        .await
        .unwrap_or_else(|failure| panic!("{sql}: {failure}"));
    answer?;
    Ok(match types {
        Some(types) => DBOutput::Rows { types, rows },
        None => DBOutput::StatementComplete(0),
    })
}

#[async_trait::async_trait]
impl AsyncDB for Session {
    type Error = Refusal;
    type ColumnType = Letter;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Letter>, Refusal> {
        run(&mut self.0, sql).await
    }

    async fn shutdown(&mut self) {}

    fn error_sql_state(error: &Refusal) -> Option<String> {
        Some(error.code.clone())
    }
}

/// A value as a file has it: on one line, and never nothing.
fn shown(value: &Option<String>) -> String {
    match value.as_deref() {
        None => "NULL".to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(text) => text
            .replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('\t', "\\t")
            .replace('\r', "\\r"),
    }
}

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Letter(char);

impl ColumnType for Letter {
    fn from_char(value: char) -> Option<Letter> {
        Some(Letter(value))
    }

    fn to_char(&self) -> char {
        self.0
    }
}

fn letter(oid: u32) -> Letter {
    Letter(match oid {
        16 => 'B',
        20 | 21 | 23 | 26 => 'I',
        700 | 701 | 1700 => 'R',
        18 | 19 | 25 | 705 | 1042 | 1043 => 'T',
        17 => 'Y',
        1082 => 'D',
        1083 | 1266 => 'M',
        1114 => 'P',
        1184 => 'Z',
        1186 => 'V',
        2950 => 'U',
        114 | 3802 => 'J',
        650 | 869 => 'N',
        199 | 651 | 1000..=1028 | 1041 | 1115 | 1182..=1185 | 1187 | 1231 | 2951 | 3807 => 'A',
        _ => '?',
    })
}
