//! Two dialects of S3: `s3s-fs`, which verifies signatures, and moto, over TLS of a private authority.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use cairn_blob::testing::conformance;
use cairn_blob::{Location, Settings};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::http::Authority;
use super::{Place, look, suite};
use crate::tools;

pub(super) const SECRET: &str = "sEcReT/key+1";

/// Prints its port, once it has a bucket `backups`.
const MOTO: &str = "
import sys
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
s3_backends['123456789012']['aws'].create_bucket('backups', 'us-east-1')
app = DomainDispatcherApplication(create_backend_app)
server = make_server('127.0.0.1', 0, app, threaded=True, ssl_context=(sys.argv[1], sys.argv[2]))
print(server.server_port, flush=True)
server.serve_forever()
";

pub(super) fn place(endpoint: &str) -> Place {
    let endpoint = endpoint.replace(':', "%3A").replace('/', "%2F");
    let secret = SECRET.replace('/', "%2F").replace('+', "%2B");
    Place {
        front: "s3://backups/sql".to_owned(),
        behind: format!(
            "?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY={secret}&AWS_ENDPOINT={endpoint}"
        ),
        secrets: vec![SECRET.to_owned(), secret],
        settings: Vec::new(),
        is_cautioned: false,
        custom_ca: None,
        environment: Vec::new(),
    }
}

/// `s3s-fs` with a bucket `backups`, and its endpoint; `None`: who asks is not looked at.
pub(super) async fn s3s(folder: &TempDir, auth: Option<SimpleAuth>) -> Router {
    std::fs::create_dir(folder.path().join("backups")).expect("a bucket");
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).expect("a folder"));
    if let Some(auth) = auth {
        service.set_auth(auth);
    }
    let service = HandleError::new(service.build(), |error: s3s::HttpError| async move {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
    });
    Router::new().fallback_service(service)
}

/// Serves until the test ends; the endpoint.
pub(super) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn s3s_fs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let router = s3s(&folder, Some(SimpleAuth::from_single("AKIA", SECRET))).await;
    let endpoint = serve(router).await;
    let mut place = place(&endpoint);
    suite(&place).await;
    // The same without a key in the URL.
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ];
    place.environment = variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let endpoint = endpoint.replace(':', "%3A").replace('/', "%2F");
    place.behind = format!("?AUTH=implicit&AWS_ENDPOINT={endpoint}");
    assert!(look(&place, &["ls"], &[&place.url("full")]).contains("defaultdb.t"));
}

#[tokio::test(flavor = "multi_thread")]
async fn moto() {
    if tools::find("moto").is_none() {
        return;
    }
    let authority = Authority::new();
    let server = Moto::start(&authority);
    let mut place = place(&server.endpoint);
    place.settings = authority.settings();
    place.custom_ca = Some(authority.path("ca.crt"));
    let settings = Settings::default().with_custom_ca(authority.certificate());
    let location = Location::parse(&place.url("store")).expect("a location");
    let store = location.open(&settings).expect("a store");
    conformance::check_alone(&store).await;
    suite(&place).await;
    // Without the authority's certificate nobody is trusted.
    let untrusting = location
        .open(&Settings::default().impatient())
        .expect("a store");
    let error = untrusting.size("a").await.expect_err("an unknown issuer");
    assert!(error.to_string().contains("certificate"), "{error}");
}

/// AWS's emulator in Python. Dropping it stops it.
struct Moto {
    process: Child,
    endpoint: String,
}

impl Moto {
    fn start(authority: &Authority) -> Moto {
        let mut command = Command::new(tools::python());
        command.args(["-c", MOTO]);
        command
            .arg(authority.path("node.crt"))
            .arg(authority.path("node.key"));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("moto");
        let mut port = String::new();
        let mut said = BufReader::new(process.stdout.take().expect("a pipe"));
        said.read_line(&mut port)
            .expect("moto says where it listens");
        let endpoint = format!("https://127.0.0.1:{}", port.trim());
        Moto { process, endpoint }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It ends with the test at the latest.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
