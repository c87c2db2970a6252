//! TPC-H: loaded by COPY through `psql`, backed up, restored on an empty store; the 22 queries answer the same before and after,
//! DuckDB reads the backup's Parquet as it is and answers the same, and at scale 1 the answers are the official ones.
//!
//! The scale is 0.01, or what the variable `CAIRN_TPCH_SCALE` says.

mod answers;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use cairn_cli::tpch_queries;
use cairn_testkit::CairnProcess;
use tpchgen::csv::*;
use tpchgen::generators::*;

use crate::tools;
use answers::Answer;

const TABLES: [&str; 8] = [
    "region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tpch_survives_a_backup() {
    let (Some(psql), Some(python)) = (tools::find("psql"), tools::find("duckdb")) else {
        return;
    };
    let scale: f64 =
        std::env::var("CAIRN_TPCH_SCALE").map_or(0.01, |text| text.parse().expect("a scale"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let extern_dir = folder.path().join("extern");
    let csv = folder.path().join("csv");
    generate(&csv, scale);
    let queries = queries(scale);

    let source = CairnProcess::builder(tools::measured(), folder.path().join("source"))
        .external_io_dir(&extern_dir)
        .start()
        .await;
    timed("COPY", || load(&psql, source.port(), &csv));
    let before = timed("22 queries", || all_answers(&psql, source.port(), &queries));
    timed("BACKUP", || {
        sql(
            &psql,
            source.port(),
            "defaultdb",
            "BACKUP DATABASE tpch TO 'nodelocal:///tpch'",
        )
    });
    println!(
        "peak memory of the source: {} MiB",
        source.peak_memory_mib()
    );
    source.stop().await;

    let target = CairnProcess::builder(tools::measured(), folder.path().join("target"))
        .external_io_dir(&extern_dir)
        .start()
        .await;
    timed("RESTORE", || {
        sql(
            &psql,
            target.port(),
            "defaultdb",
            "RESTORE DATABASE tpch FROM 'nodelocal:///tpch'",
        )
    });
    println!(
        "peak memory after the restore: {} MiB",
        target.peak_memory_mib()
    );
    let after = all_answers(&psql, target.port(), &queries);
    target.stop().await;

    for (number, (before, after)) in (1..).zip(before.iter().zip(&after)) {
        assert_eq!(
            before, after,
            "query {number} answers otherwise after the restore"
        );
    }
    let duckdb = duckdb_answers(&python, &extern_dir.join("tpch"), folder.path(), &queries);
    for (number, (ours, duckdb)) in (1..).zip(before.iter().zip(&duckdb)) {
        ours.assert_matches(
            duckdb,
            &format!("query {number} against DuckDB on the backup"),
        );
    }
    if scale == 1.0 {
        for (number, ours) in (1..).zip(&before) {
            ours.assert_official(number);
        }
    }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let result = work();
    println!("{what}: {:.2} s", began.elapsed().as_secs_f64());
    result
}

fn generate(folder: &Path, scale: f64) {
    std::fs::create_dir_all(folder).expect("the folder of the CSV files");
    write_csv(
        folder,
        "region",
        RegionGenerator::new(scale, 1, 1).iter().map(RegionCsv::new),
    );
    write_csv(
        folder,
        "nation",
        NationGenerator::new(scale, 1, 1).iter().map(NationCsv::new),
    );
    write_csv(
        folder,
        "supplier",
        SupplierGenerator::new(scale, 1, 1)
            .iter()
            .map(SupplierCsv::new),
    );
    write_csv(
        folder,
        "customer",
        CustomerGenerator::new(scale, 1, 1)
            .iter()
            .map(CustomerCsv::new),
    );
    write_csv(
        folder,
        "part",
        PartGenerator::new(scale, 1, 1).iter().map(PartCsv::new),
    );
    write_csv(
        folder,
        "partsupp",
        PartSuppGenerator::new(scale, 1, 1)
            .iter()
            .map(PartSuppCsv::new),
    );
    write_csv(
        folder,
        "orders",
        OrderGenerator::new(scale, 1, 1).iter().map(OrderCsv::new),
    );
    write_csv(
        folder,
        "lineitem",
        LineItemGenerator::new(scale, 1, 1)
            .iter()
            .map(LineItemCsv::new),
    );
}

fn write_csv(folder: &Path, table: &str, rows: impl Iterator<Item = impl std::fmt::Display>) {
    let mut file =
        BufWriter::new(File::create(folder.join(format!("{table}.csv"))).expect("a CSV file"));
    for row in rows {
        writeln!(file, "{row}").expect("a CSV row");
    }
    file.into_inner()
        .expect("all rows")
        .sync_all()
        .expect("all rows");
}

fn load(psql: &Path, port: u16, csv: &Path) {
    sql(psql, port, "defaultdb", "CREATE DATABASE tpch");
    let mut script = include_str!("tpch/schema.sql").to_owned();
    for table in TABLES {
        let file = csv.join(format!("{table}.csv"));
        writeln!(
            script,
            "\\copy {table} FROM '{}' WITH (FORMAT csv)",
            file.display()
        )
        .expect("a String");
    }
    sql_script(psql, port, "tpch", &script);
}

fn queries(scale: f64) -> Vec<String> {
    let query = |number| tpch_queries::query(number, scale).expect("queries 1 to 22");
    (1..=22).map(query).collect()
}

fn all_answers(psql: &Path, port: u16, queries: &[String]) -> Vec<Answer> {
    queries
        .iter()
        .map(|query| {
            let mut command = tools::psql(psql, port);
            command.args(["-A", "-t", "-d", "tpch", "-c", query]);
            Answer::from_psql(&String::from_utf8_lossy(&tools::run(&mut command).stdout))
        })
        .collect()
}

fn sql(psql: &Path, port: u16, database: &str, statement: &str) {
    tools::run(tools::psql(psql, port).args(["-d", database, "-c", statement]));
}

fn sql_script(psql: &Path, port: u16, database: &str, script: &str) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), script).expect("the script");
    tools::run(
        tools::psql(psql, port)
            .args(["-d", database, "-f"])
            .arg(file.path()),
    );
}

/// DuckDB over the Parquet files as they lie in the backup, found through its manifest.
fn duckdb_answers(python: &Path, backup: &Path, scratch: &Path, queries: &[String]) -> Vec<Answer> {
    let program: PathBuf = scratch.join("answer.py");
    std::fs::write(&program, include_str!("tpch/answer.py")).expect("the program");
    queries
        .iter()
        .map(|query| {
            let output = tools::run(Command::new(python).arg(&program).arg(backup).arg(query));
            Answer::from_psql(&String::from_utf8_lossy(&output.stdout))
        })
        .collect()
}
