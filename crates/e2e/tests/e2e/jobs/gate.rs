//! A service of Amazon's protocol whose requests a test can hold back: a job stands still at the one that was chosen, for as long as
//! it takes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// As it stands in a URL, and as whoever shows it would print it.
pub const SECRET: &str = "sEcReT%2Fkey%2B1";
pub const SECRET_PLAIN: &str = "sEcReT/key+1";

/// Which requests are counted, and held back.
#[derive(Debug, Clone, Copy)]
pub enum Held {
    Writes,
    /// Reads of data files; manifests are read before there is a job.
    DataReads,
}

impl Held {
    fn contains(self, request: &Request) -> bool {
        match self {
            Held::Writes => [Method::PUT, Method::POST].contains(request.method()),
            Held::DataReads => {
                request.method() == Method::GET && request.uri().path().contains("/data/")
            }
        }
    }
}

/// A bucket `backups` in a folder, and the gate in front of it.
#[derive(Clone)]
pub struct Gate {
    port: u16,
    held: Held,
    permits: Arc<Semaphore>,
    passed: Arc<watch::Sender<usize>>,
    waiting: Arc<watch::Sender<usize>>,
}

/// A job that is to be held back gets there within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// More requests than any test makes.
const ALL: usize = 1 << 20;

impl Gate {
    /// So many requests of a kind pass; the next ones wait.
    pub async fn after(requests: usize, held: Held, folder: &Path) -> Gate {
        std::fs::create_dir_all(folder.join("backups")).expect("a bucket");
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder).expect("a folder"));
        service.set_auth(SimpleAuth::from_single("AKIA", SECRET_PLAIN));
        let service = HandleError::new(service.build(), |error: s3s::HttpError| async move {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gate = Gate {
            port: listener.local_addr().expect("an address").port(),
            held,
            permits: Arc::new(Semaphore::new(requests)),
            passed: Arc::default(),
            waiting: Arc::default(),
        };
        let porter = gate.clone();
        let pass = move |request: Request, next: Next| {
            let porter = porter.clone();
            async move {
                if porter.held.contains(&request) {
                    porter.pass().await;
                }
                next.run(request).await
            }
        };
        let router = Router::new().fallback_service(service).layer(from_fn(pass));
        tokio::spawn(async move { axum::serve(listener, router).await });
        gate
    }

    /// One that holds nothing back.
    pub async fn open_at(held: Held, folder: &Path) -> Gate {
        Gate::after(ALL, held, folder).await
    }

    async fn pass(&self) {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_none_left) => {
                self.waiting.send_modify(|waiting| *waiting += 1);
                self.permits.acquire().await.expect("a gate")
            }
        };
        permit.forget();
        self.passed.send_modify(|passed| *passed += 1);
    }

    /// Returns when a request is held back.
    pub async fn holds(&self) {
        let mut waiting = self.waiting.subscribe();
        let held = waiting.wait_for(|waiting| *waiting > 0);
        let held = tokio::time::timeout(PATIENCE, held).await;
        held.expect("fewer requests than the gate lets pass")
            .expect("a gate");
    }

    pub fn open(&self) {
        self.permits.add_permits(ALL);
    }

    pub fn passed(&self) -> usize {
        *self.passed.borrow()
    }

    /// A place in the bucket.
    pub fn url(&self, place: &str) -> String {
        format!(
            "s3://backups/{place}?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY={SECRET}&AWS_ENDPOINT=http%3A%2F%2F127.0.0.1%3A{}",
            self.port
        )
    }
}
