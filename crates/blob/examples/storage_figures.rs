//! Measures backups to an S3 server against those to local files, and what a slow store costs in time and memory.
//!
//! ```text
//! cargo build --release && cargo run --release -p cairn-blob --example storage_figures -- target/release/cairn [ROWS]
//! ```
//!
//! Server, proxy and plain client are in this process. The goals: through 40 MB/s at most 1.2 times as long as the bytes need; without a
//! limit, over the time to local files, at most as long as a plain client uploads the same files; at 5 MB/s within 256 MiB of memory.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement by hand, which may stop with a word"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use cairn_faultproxy::{Plan, Proxy};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStoreExt, WriteMultipart};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio_postgres::{Client, NoTls};

const ROUNDS: usize = 5;
const MIB: u64 = 1 << 20;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let binary = PathBuf::from(arguments.next().expect("the path of cairn"));
    let rows = arguments
        .next()
        .map_or(2_000_000, |rows| rows.parse().expect("a number"));
    cairn_tls::install_provider();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let s3 = serve(folder.path()).await;
    let mut cairn = Cairn::start(&binary, folder.path()).await;
    fill(&cairn.client, rows).await;

    let (mut local, mut remote, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    let mut bytes = 0;
    for round in 0..ROUNDS {
        local.push(cairn.backup(&format!("nodelocal:///r{round}")).await);
        remote.push(cairn.backup(&url(&format!("r{round}"), s3)).await);
        let files = files(&folder.path().join(format!("store/extern/r{round}")));
        bytes = files.iter().map(|(_, bytes)| bytes).sum();
        plain.push(upload(&files, round, s3).await);
    }
    println!(
        "{rows} rows, {} MB in files; seconds of {ROUNDS} alternating runs",
        bytes / 1_000_000
    );
    for (what, seconds) in [
        ("nodelocal", &local),
        ("s3", &remote),
        ("plain client", &plain),
    ] {
        println!("  {what}: {:.2?}, median {:.2}", seconds, median(seconds));
    }
    let extra = median(&remote) - median(&local);
    println!(
        "extra over nodelocal: {extra:.2} s; the goal: at most {:.2} s",
        median(&plain)
    );

    let proxy = Proxy::start(s3, limited(40_000_000)).await.expect("a port");
    let took = cairn.backup(&url("limited", proxy.address())).await;
    let least = bytes as f64 / 40e6;
    let again = files(&folder.path().join("store/extern/r0"));
    let plain = upload(&again, ROUNDS, proxy.address()).await;
    println!(
        "at 40 MB/s: {took:.2} s, {:.2} of what the bytes need; the goal: at most 1.2; the plain client: {:.2}",
        took / least,
        plain / least
    );

    cairn = cairn.again(&binary, folder.path()).await;
    let idle = cairn.peak_mib();
    proxy.set_plan(limited(5_000_000));
    let took = cairn.backup(&url("slow", proxy.address())).await;
    println!(
        "at 5 MB/s: {took:.1} s, {} MiB over the {idle} MiB of an idle server; the goal: at most 256 MiB",
        cairn.peak_mib() - idle
    );
}

fn limited(bytes_per_second: u64) -> Plan {
    Plan {
        bytes_per_second: Some(bytes_per_second),
        ..Plan::default()
    }
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn url(path: &str, address: SocketAddr) -> String {
    format!(
        "s3://backups/{path}?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=secret&AWS_ENDPOINT=http://{address}"
    )
}

async fn serve(folder: &Path) -> SocketAddr {
    let buckets = folder.join("s3");
    std::fs::create_dir_all(buckets.join("backups")).expect("a bucket");
    let mut service = S3ServiceBuilder::new(FileSystem::new(buckets).expect("a folder"));
    service.set_auth(SimpleAuth::from_single("AKIA", "secret"));
    let service = HandleError::new(service.build(), |error: s3s::HttpError| async move {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback_service(service);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Rows of 80 bytes in 5 columns, which compress as real ones do: somewhat.
async fn fill(client: &Client, rows: u64) {
    let create = "CREATE TABLE t (k INT PRIMARY KEY, a INT, b DECIMAL, c STRING, d TIMESTAMP)";
    client.batch_execute(create).await.expect("a table");
    for from in (0..rows).step_by(100_000) {
        let upto = (from + 100_000).min(rows) - 1;
        let insert = format!(
            "INSERT INTO t SELECT n, n * 7919 % 1000003, n % 10007, md5(n::STRING), '2026-01-01'::TIMESTAMP \
             FROM generate_series({from}, {upto}) AS g (n)"
        );
        client.batch_execute(&insert).await.expect("rows");
    }
}

/// All files below a folder, with their lengths.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => {
                let bytes = path.metadata().expect("a file").len();
                found.push((path, bytes));
            }
        }
    }
    found
}

/// Seconds that a plain client needs for the files, two at a time, in parts of 8 MiB.
async fn upload(files: &[(PathBuf, u64)], round: usize, address: SocketAddr) -> f64 {
    let store = AmazonS3Builder::new()
        .with_bucket_name("backups")
        .with_region("us-east-1")
        .with_endpoint(format!("http://{address}"))
        .with_allow_http(true)
        .with_access_key_id("AKIA")
        .with_secret_access_key("secret")
        .build();
    let store = Arc::new(store.expect("a client"));
    let began = Instant::now();
    let uploads = files.iter().enumerate().map(|(number, (file, _))| {
        let store = Arc::clone(&store);
        async move {
            let path = ObjectPath::from(format!("plain/{round}/{number}"));
            let bytes = tokio::fs::read(file).await.expect("a file");
            let upload = store.put_multipart(&path).await?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, 8 << 20);
            for part in bytes.chunks(8 << 20) {
                upload.wait_for_capacity(2).await?;
                upload.write(part);
            }
            upload.finish().await
        }
    });
    let uploads = stream::iter(uploads).buffer_unordered(2);
    uploads
        .try_for_each(|_| std::future::ready(Ok(())))
        .await
        .expect("uploads");
    began.elapsed().as_secs_f64()
}

/// A running server.
struct Cairn {
    process: Child,
    client: Client,
}

impl Cairn {
    async fn start(binary: &Path, folder: &Path) -> Cairn {
        let notice = folder.join("store/listening");
        // Left by the server before.
        std::fs::remove_file(&notice).unwrap_or_default();
        let mut command = Command::new(binary);
        command.args([
            "start",
            "--insecure",
            "--listen",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
            "--store",
        ]);
        let process = command
            .arg(folder.join("store"))
            .stderr(Stdio::null())
            .spawn()
            .expect("cairn");
        let url = loop {
            let said = std::fs::read_to_string(&notice).unwrap_or_default();
            if let Some(address) = said.lines().find_map(|line| line.strip_prefix("sql="))
                && said.contains("pid=")
            {
                break format!("postgres://root@{address}/defaultdb");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connect");
        tokio::spawn(connection);
        Cairn { process, client }
    }

    /// Seconds that a backup takes.
    async fn backup(&self, url: &str) -> f64 {
        let began = Instant::now();
        let backup = format!("BACKUP TABLE t TO '{url}'");
        self.client.simple_query(&backup).await.expect("a backup");
        began.elapsed().as_secs_f64()
    }

    /// Another process on the same store.
    async fn again(mut self, binary: &Path, folder: &Path) -> Cairn {
        let pid = self.process.id().to_string();
        Command::new("kill").arg(pid).status().expect("kill");
        self.process.wait().expect("its end");
        let started = Cairn::start(binary, folder).await;
        started
            .client
            .batch_execute("SELECT 1")
            .await
            .expect("an answer");
        started
    }

    fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("its status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        kib.expect("VmHWM") * 1024 / MIB
    }
}

impl Drop for Cairn {
    fn drop(&mut self) {
        // It ends with this process at the latest.
        self.process.kill().unwrap_or_default();
        let _ = self.process.wait();
    }
}
