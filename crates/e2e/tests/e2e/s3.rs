//! An S3 server inside the test's process, which checks signatures.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// With the bucket `backups`, as long as it lives.
pub struct S3 {
    folder: TempDir,
    pub address: SocketAddr,
    secret: String,
}

impl S3 {
    pub async fn start(secret: &str) -> S3 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("backups")).expect("a bucket");
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).expect("a folder"));
        service.set_auth(SimpleAuth::from_single("AKIA", secret));
        let service = HandleError::new(service.build(), |error: s3s::HttpError| async move {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback_service(service);
        tokio::spawn(async move { axum::serve(listener, router).await });
        S3 {
            folder,
            address,
            secret: secret.to_owned(),
        }
    }

    /// Where the bucket's objects are files.
    pub fn bucket(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    /// A place in the bucket, reached at `address`: the server's own, or that of a proxy before it.
    pub fn url(&self, path: &str, address: SocketAddr) -> String {
        let secret = encoded(&self.secret);
        let endpoint = encoded(&format!("http://{address}"));
        format!(
            "s3://backups/{path}?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY={secret}&AWS_ENDPOINT={endpoint}"
        )
    }
}

/// A parameter's value as a URL takes it.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => (byte as char).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
