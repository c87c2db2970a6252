//! Against a server that speaks S3 and checks signatures.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::error_handling::HandleError;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::IF_NONE_MATCH;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use bytes::Bytes;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::place::Place;
use super::store::WRITE;
use crate::create::Knowledge;
use crate::patience::Met;
use crate::testing::conformance;
use crate::{Kind, Location, Put, Settings, Store};

pub(super) const SECRET: &str = "wJalr/XUtnFEMI+K7MDENG";

/// A server with a bucket `backups`, as long as it lives.
pub(super) struct Server {
    _folder: TempDir,
    pub(super) address: SocketAddr,
}

pub(super) async fn server() -> Server {
    server_that(|router| router).await
}

/// The same with manners of its own.
async fn server_that(behaves: impl FnOnce(Router) -> Router) -> Server {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("backups")).unwrap();
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
    service.set_auth(SimpleAuth::from_single("AKIA", SECRET));
    let service = HandleError::new(service.build(), |error: s3s::HttpError| async move {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = behaves(Router::new().fallback_service(service));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server {
        _folder: folder,
        address,
    }
}

impl Server {
    pub(super) fn open(&self, bucket_and_path: &str, secret: &str) -> Arc<dyn Store> {
        let secret = secret.replace('/', "%2F").replace('+', "%2B");
        let url = format!(
            "s3://{bucket_and_path}?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY={secret}&AWS_ENDPOINT=http://{}",
            self.address
        );
        let location = Location::parse(&url).unwrap();
        location.open(&Settings::default()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_contract() {
    let server = server().await;
    for place in ["backups/a/deep/place", "backups"] {
        conformance::check_alone(&server.open(place, SECRET)).await;
    }
}

/// More than one part; the bytes come back in order, and the name is not taken twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_object_goes_in_parts() {
    let server = server().await;
    let store = server.open("backups/x", SECRET);
    let chunk = |number: u8| Bytes::from(vec![number; 3 << 20]);
    for round in 0..2 {
        let mut upload = store.upload("data/large").await.unwrap();
        let mut written = Ok(());
        for number in 0..9 {
            written = upload.write(chunk(number)).await;
            if written.is_err() {
                break;
            }
        }
        match round {
            0 => {
                written.unwrap();
                assert_eq!(store.size("data/large").await.unwrap(), None);
                upload.finish().await.unwrap();
            }
            _ => assert_eq!(written.unwrap_err().kind(), Kind::AlreadyExists),
        }
    }
    assert_eq!(store.size("data/large").await.unwrap(), Some(27 << 20));
    let seam = store.get("data/large", (8 << 20) - 1..(9 << 20) + 1).await;
    let seam = seam.unwrap();
    assert_eq!((seam.first(), seam.last()), (Some(&2), Some(&3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_said_without_the_secret() {
    let server = server().await;
    let wrong = server.open("backups/x", "wrong/secret+0123456789");
    let error = wrong.put_if_absent("a", Bytes::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied, "{error}");
    let shown = format!("{error} {error:?} {wrong} {wrong:?}");
    assert!(shown.contains("AWS_SECRET_ACCESS_KEY=redacted"), "{shown}");
    assert!(!shown.contains("wrong"), "{shown}");
}

/// The same bytes again are still a second object: only a lost answer makes them ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_create_is_not_success_unless_the_server_said_so() {
    let server = server().await;
    let store = server.open("backups/x", SECRET);
    let put = store.put_if_absent("a", Bytes::from_static(b"1")).await;
    assert_eq!(put.unwrap(), Put::Created);
    let put = store.put_if_absent("a", Bytes::from_static(b"1")).await;
    assert_eq!(put.unwrap(), Put::AlreadyThere);
}

async fn knows_no_condition(request: Request, next: Next) -> Response {
    if request.headers().contains_key(IF_NONE_MATCH) {
        let mut refused = Response::new(Body::from("<Error><Code>NotImplemented</Code></Error>"));
        *refused.status_mut() = StatusCode::NOT_IMPLEMENTED;
        return refused;
    }
    next.run(request).await
}

/// Who answers 501 to the condition is looked at, written to and read back, and not asked for it again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_conditions_is_written_to_all_the_same() {
    let server = server_that(|router| router.layer(from_fn(knows_no_condition))).await;
    let store = server.open("backups/x", SECRET);
    assert_eq!(store.caution(), None);
    let began = tokio::time::Instant::now();
    conformance::check_alone(&store).await;
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "501 was repeated"
    );
    let caution = store.caution().expect("a caution");
    assert!(caution.starts_with(&store.to_string()), "{caution}");
}

/// While writing, it is not the object that is missing.
#[test]
fn a_bucket_that_is_not_there_is_no_missing_object() {
    let location = Location::parse("s3://nowhere/x?AUTH=implicit").expect("a location");
    let settings = Settings::new(None);
    let met = Arc::new(Met::default());
    let place = Place::new(&location, &settings, met, Vec::new(), Knowledge::Keeps);
    for (action, kind) in [(WRITE, Kind::Io), ("read", Kind::NotFound)] {
        let missing = object_store::Error::NotFound {
            path: "x/a".to_owned(),
            source: "NoSuchBucket".into(),
        };
        assert_eq!(place.error(action, "a", missing).kind(), kind);
    }
}
