//! Every kind of location against a real server: the contract of a store, then BACKUP, SHOW BACKUP and RESTORE by SQL.
//!
//! What could go wrong: a provider's dialect differs from what its client expects, a secret is shown, a restore on another
//! server does not find what the backup wrote.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use cairn_blob::testing::conformance;
use cairn_blob::{Location, Settings};
use cairn_testkit::CairnProcess;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::tools;

/// As Azurite documents them.
const ACCOUNT: &str = "devstoreaccount1";
const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const CREATE_CONTAINER: &str = "
import sys
from azure.storage.blob import BlobServiceClient
client = BlobServiceClient(account_url=sys.argv[1], credential=sys.argv[2])
client.create_container('backups')
";

#[tokio::test(flavor = "multi_thread")]
async fn s3() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("backups")).expect("a bucket");
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).expect("a folder"));
    service.set_auth(SimpleAuth::from_single("AKIA", "sEcReT/key+1"));
    let service = HandleError::new(service.build(), |error: s3s::HttpError| async move {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let router = Router::new().fallback_service(service);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let parameters = format!(
        "AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=sEcReT%2Fkey%2B1&AWS_ENDPOINT=http%3A%2F%2F127.0.0.1%3A{port}"
    );
    statements(&format!("s3://backups/sql?{parameters}"), "sEcReT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn azure() {
    let Some(azurite) = tools::find("azurite-blob") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Azurite::start(&azurite, folder.path());
    let key = ACCOUNT_KEY.replace('/', "%2F").replace('+', "%2B");
    let endpoint = server.endpoint.replace(':', "%3A").replace('/', "%2F");
    let parameters =
        format!("AZURE_ACCOUNT_NAME={ACCOUNT}&AZURE_ACCOUNT_KEY={key}&AZURE_ENDPOINT={endpoint}");
    let location = Location::parse(&format!("azure://backups/store?{parameters}"));
    let store = location.expect("a location").open(&Settings::default());
    conformance::check(store.expect("a store")).await;
    statements(&format!("azure://backups/sql?{parameters}"), ACCOUNT_KEY).await;
}

/// A backup by one server, restored by another that has nothing but the URL.
async fn statements(url: &str, secret: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = CairnProcess::builder(tools::CAIRN, folder.path().join("first"));
    let first = first.start().await;
    let client = first.connect().await;
    let shown = answers(
        &client,
        &[
            "CREATE TABLE t (k INT PRIMARY KEY, v STRING)",
            "CREATE INDEX t_v ON t (v)",
            "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL)",
            &format!("BACKUP TABLE t TO '{url}'"),
            &format!("SELECT \"table\", rows FROM [SHOW BACKUP '{url}']"),
            "SELECT description, status FROM [SHOW JOBS]",
        ],
    )
    .await;
    assert!(shown.contains("\nt|3\n"), "{shown}");
    assert!(shown.contains("=redacted"), "{shown}");
    assert!(!shown.contains(secret), "{shown}");
    let again = format!("BACKUP TABLE t TO '{url}'");
    let refused = client.simple_query(&again).await;
    let refused = format!("{:?}", refused.expect_err("a place in use"));
    assert!(refused.contains("already contains a"), "{refused}");
    assert!(!refused.contains(secret), "{refused}");
    first.stop().await;

    let second = CairnProcess::builder(tools::CAIRN, folder.path().join("second"));
    let second = second.start().await;
    let client = second.connect().await;
    let restored = answers(
        &client,
        &[
            &format!("RESTORE TABLE defaultdb.t FROM '{url}'"),
            "SELECT count(*), sum(k), max(v) FROM t",
            "SELECT k FROM t WHERE v = 'two'",
        ],
    )
    .await;
    assert!(restored.ends_with("\n3|6|two\n2\n"), "{restored}");
    second.stop().await;
}

/// The rows of all answers, a line each.
async fn answers(client: &Client, statements: &[&str]) -> String {
    let mut lines = String::new();
    for statement in statements {
        let messages = client.simple_query(statement).await;
        for message in messages.unwrap_or_else(|error| panic!("{statement}: {error:?}")) {
            if let SimpleQueryMessage::Row(row) = message {
                let cells = (0..row.len()).map(|place| row.get(place).unwrap_or_default());
                lines.push_str(&cells.collect::<Vec<_>>().join("|"));
                lines.push('\n');
            }
        }
    }
    lines
}

/// Microsoft's emulator, with a container `backups`. Dropping it stops it.
struct Azurite {
    process: Child,
    endpoint: String,
}

impl Azurite {
    fn start(program: &Path, folder: &Path) -> Azurite {
        let mut command = Command::new(program);
        command
            .args([
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                "0",
                "--silent",
                "--disableTelemetry",
                "--skipApiVersionCheck",
            ])
            .arg("--location")
            .arg(folder);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("azurite");
        let said = BufReader::new(process.stdout.take().expect("a pipe"));
        let address = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("listens on ")?.1.to_owned()))
            .expect("azurite says where it listens");
        let endpoint = format!("{}/{ACCOUNT}", address.trim());
        let mut create = Command::new(tools::python());
        tools::run(create.args(["-c", CREATE_CONTAINER, &endpoint, ACCOUNT_KEY]));
        Azurite { process, endpoint }
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It ends with the test at the latest.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
