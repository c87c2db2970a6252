//! The least that a bucket must allow: PUT alone for a full backup, GET of the manifests besides for an incremental one, GET alone
//! for a restore, and never a list, an overwrite or a delete.
//!
//! What could go wrong: 403 for an object that is not there is taken for an object, or for the end; a job that goes on wants to write
//! what is there already.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use cairn_testkit::CairnProcess;
use s3s::auth::SimpleAuth;
use tempfile::TempDir;
use tokio::sync::watch;

use super::s3::{SECRET, place, s3s, serve};
use super::{Place, answers};
use crate::tools;

/// What may be done with an object of this path.
type Allows = fn(&Method, &str) -> bool;

/// A bucket that allows little, and remembers what it was asked.
struct Bucket {
    folder: TempDir,
    allows: Mutex<Allows>,
    asked: Mutex<Vec<String>>,
    /// While it is shut, data files wait in front of it.
    gate: watch::Sender<Gate>,
}

#[derive(Clone, Copy, PartialEq)]
enum Gate {
    Open,
    Shut,
    /// Shut, and somebody waits.
    Besieged,
}

impl Bucket {
    async fn start() -> (Arc<Bucket>, Place) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let router = s3s(&folder, Some(SimpleAuth::from_single("AKIA", SECRET))).await;
        let bucket = Arc::new(Bucket {
            folder,
            allows: Mutex::new(|_, _| false),
            asked: Mutex::default(),
            gate: watch::Sender::new(Gate::Open),
        });
        let judged = router.layer(from_fn_with_state(Arc::clone(&bucket), judge));
        let endpoint = serve(judged).await;
        (bucket, place(&endpoint))
    }

    fn allow(&self, allows: Allows) {
        *self.allows.lock().expect("a rule") = allows;
        self.asked.lock().expect("requests").clear();
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    /// What was asked and allowed since the last rule.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("requests").clone()
    }

    /// Until a data file waits in front of the gate.
    async fn besieged(&self) {
        let mut gate = self.gate.subscribe();
        let besieged = gate.wait_for(|gate| *gate == Gate::Besieged).await;
        besieged.expect("a gate");
    }
}

async fn judge(State(bucket): State<Arc<Bucket>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let allows = *bucket.allows.lock().expect("a rule");
    let overwrites = method == Method::PUT && bucket.file(&path).exists();
    if overwrites || !allows(&method, &path) {
        let mut refused = Response::new(Body::from("<Error><Code>AccessDenied</Code></Error>"));
        *refused.status_mut() = StatusCode::FORBIDDEN;
        return refused;
    }
    bucket
        .asked
        .lock()
        .expect("requests")
        .push(format!("{method} {path}"));
    if method == Method::PUT && path.contains("/data/") {
        bucket.gate.send_if_modified(|gate| {
            let shut = *gate == Gate::Shut;
            if shut {
                *gate = Gate::Besieged;
            }
            shut
        });
        let mut gate = bucket.gate.subscribe();
        let open = gate.wait_for(|gate| *gate == Gate::Open).await;
        open.expect("a gate");
    }
    next.run(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_needs_the_least() {
    let (bucket, place) = Bucket::start().await;
    let (full, incremental) = (place.url("full"), place.url("incremental"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"));
    let server = server.start().await;
    let client = server.connect().await;
    let backup = format!("BACKUP TABLE t TO '{full}'");
    bucket.allow(|method, _| method == Method::PUT);
    answers(
        &client,
        &[
            "CREATE TABLE t (k INT PRIMARY KEY)",
            "INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n",
            &backup,
        ],
    )
    .await;
    let refused = client.simple_query(&backup).await;
    refused.expect_err("the place is in use, which only a refused write tells");

    bucket.allow(|method, path| {
        let is_of_manifest =
            ["/full/manifest.json", "/full/parts/"].map(|part| path.contains(part));
        method == Method::PUT || method == Method::GET && is_of_manifest.contains(&true)
    });
    let statement = format!("BACKUP TABLE t TO '{incremental}' INCREMENTAL FROM '{full}'");
    answers(&client, &["INSERT INTO t VALUES (1001)", &statement]).await;
    assert!(
        bucket
            .asked()
            .contains(&"GET /backups/sql/full/manifest.json".to_owned())
    );

    bucket.allow(|method, path| method == Method::GET && path.contains("/sql/"));
    let restore = format!("RESTORE TABLE t FROM '{full}', '{incremental}'");
    let rows = answers(
        &client,
        &["DROP TABLE t", &restore, "SELECT count(*) FROM t"],
    )
    .await;
    assert!(rows.ends_with("\n1001\n"), "{rows}");
    server.stop().await;
}

/// Nothing is overwritten or deleted, whatever a job has been through.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_keeps_everything() {
    let (bucket, place) = Bucket::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"));
    let server = server.start().await;
    let client = server.connect().await;
    bucket.allow(|method, _| method != Method::DELETE);
    let backup = |name: &str, rest: &str| format!("BACKUP TABLE t TO '{}'{rest}", place.url(name));
    answers(
        &client,
        &[
            "CREATE TABLE t (k INT PRIMARY KEY)",
            "INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n",
        ],
    )
    .await;

    bucket.gate.send_replace(Gate::Shut);
    let job = answers(&client, &[backup("through", " WITH detached")]).await;
    let job = job.trim();
    bucket.besieged().await;
    answers(&client, &[format!("PAUSE JOB {job}")]).await;
    let server = server.restart().await;
    bucket.gate.send_replace(Gate::Open);
    let client = server.connect().await;
    answers(&client, &[format!("RESUME JOB {job}")]).await;
    assert_eq!(ended(&client, job).await, "succeeded");

    bucket.gate.send_replace(Gate::Shut);
    let job = answers(&client, &[backup("again", " WITH detached")]).await;
    let job = job.trim();
    bucket.besieged().await;
    answers(&client, &[format!("CANCEL JOB {job}")]).await;
    bucket.gate.send_replace(Gate::Open);
    assert_eq!(ended(&client, job).await, "canceled");
    answers(&client, &[backup("again", "")]).await;

    for name in ["through", "again"] {
        let restore = format!("RESTORE TABLE t FROM '{}'", place.url(name));
        let rows = answers(
            &client,
            &["DROP TABLE t", &restore, "SELECT count(*) FROM t"],
        )
        .await;
        assert!(rows.ends_with("\n1000\n"), "{rows}");
    }
    server.stop().await;
}

/// How a job ends.
async fn ended(client: &tokio_postgres::Client, job: &str) -> String {
    let status = format!("SELECT status FROM [SHOW JOB {job}]");
    loop {
        let status = answers(client, &[&status]).await;
        if !matches!(status.trim(), "pending" | "running" | "paused") {
            return status.trim().to_owned();
        }
        tokio::task::yield_now().await;
    }
}
