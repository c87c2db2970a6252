//! The proxy between a client and a server that keeps what it is given.
//!
//! What could go wrong: a fault that does nothing would let the tests that lean on it pass for ever; one that does more than it
//! says would blame the product.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::{Fault, Faults, Operation, Plan, Proxy, Refusal, Trap};

/// Objects by path, and how often the server was asked.
#[derive(Default)]
struct Kept {
    objects: HashMap<String, Bytes>,
    asked: usize,
    last_host: String,
    chunked: usize,
}

type Keeper = Arc<Mutex<Kept>>;

async fn keep(
    State(keeper): State<Keeper>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let mut kept = keeper.lock();
    kept.asked += 1;
    kept.last_host = headers["host"].to_str().unwrap().to_owned();
    kept.chunked += usize::from(headers.contains_key("transfer-encoding"));
    let path = uri.path().to_owned();
    match method {
        Method::PUT => {
            kept.objects.insert(path, body);
            (StatusCode::CREATED, Bytes::new())
        }
        Method::DELETE => {
            kept.objects.remove(&path);
            (StatusCode::NO_CONTENT, Bytes::new())
        }
        _ => match kept.objects.get(&path) {
            Some(object) => (StatusCode::OK, object.clone()),
            None => (StatusCode::NOT_FOUND, Bytes::new()),
        },
    }
}

/// A server that keeps objects, behind a proxy.
struct Bench {
    keeper: Keeper,
    proxy: Proxy,
}

/// An answer, or what went wrong with it and the status that came before.
type Answer = Result<(StatusCode, Bytes), (Option<StatusCode>, hyper::Error)>;

impl Bench {
    async fn new(plan: Plan) -> Bench {
        let keeper = Keeper::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        let router = Router::new().fallback(keep).with_state(Arc::clone(&keeper));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let proxy = Proxy::start(server, plan).await.unwrap();
        Bench { keeper, proxy }
    }

    async fn trap(operation: Operation, fault: Fault) -> Bench {
        let trap = Trap {
            operation,
            target: "/a",
            skip: 0,
            times: 1,
            fault,
        };
        let bench = Bench::new(Plan::default()).await;
        bench.ask("PUT", "/a", &numbers()).await.unwrap();
        bench.keeper.lock().asked = 0;
        bench.proxy.set_plan(Plan {
            faults: Faults::Traps(vec![trap]),
            storm: 1,
            ..Plan::default()
        });
        bench
    }

    async fn ask(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        self.ask_with(method, target, body, &[]).await
    }

    async fn ask_with(
        &self,
        method: &str,
        target: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Answer {
        let address = self.proxy.address();
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "the-store");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::copy_from_slice(body));
        let answer = sender.send_request(request.body(body).unwrap()).await;
        let answer = answer.map_err(|error| (None, error))?;
        let status = answer.status();
        match answer.into_body().collect().await {
            Ok(body) => Ok((status, body.to_bytes())),
            Err(error) => Err((Some(status), error)),
        }
    }

    fn asked(&self) -> usize {
        self.keeper.lock().asked
    }

    fn kept(&self, path: &str) -> Option<Bytes> {
        self.keeper.lock().objects.get(path).cloned()
    }
}

fn numbers() -> Vec<u8> {
    (0..200_000_u32).map(|number| number as u8).collect()
}

fn differences(one: &[u8], other: &[u8]) -> usize {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).filter(|(a, b)| a != b).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_plan_everything_passes() {
    let bench = Bench::new(Plan::default()).await;
    let (status, _) = bench.ask("PUT", "/a", &numbers()).await.unwrap();
    assert_eq!(status, StatusCode::CREATED);
    let (status, body) = bench.ask("GET", "/a", b"").await.unwrap();
    assert_eq!((status, body), (StatusCode::OK, numbers().into()));
    assert_eq!(bench.keeper.lock().last_host, "the-store");
    let (status, _) = bench.ask("HEAD", "/a", b"").await.unwrap();
    assert_eq!(status, StatusCode::OK);
    let (status, _) = bench.ask("DELETE", "/a", b"").await.unwrap();
    assert_eq!((status, bench.kept("/a")), (StatusCode::NO_CONTENT, None));
    assert_eq!(
        bench.keeper.lock().chunked,
        0,
        "bodies and none stay what they are"
    );
    let tally = bench.proxy.tally();
    assert_eq!((tally.all_requests(), tally.all_faults()), (4, 0));
    assert_eq!(tally.requests(Operation::Head), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_comes_before_the_work_and_a_lost_answer_after_it() {
    let bench = Bench::trap(Operation::Put, Fault::Reset).await;
    let (status, _) = bench.ask("PUT", "/a", b"new").await.unwrap_err();
    assert_eq!((status, bench.asked()), (None, 0));
    let bench = Bench::trap(Operation::Put, Fault::LostAnswer).await;
    let (status, _) = bench.ask("PUT", "/a", b"new").await.unwrap_err();
    assert_eq!((status, bench.asked()), (None, 1));
    assert_eq!(bench.kept("/a"), Some("new".into()));
    // It was one request only.
    bench.ask("PUT", "/a", b"newer").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_lasts_a_while() {
    let storm = Trap {
        operation: Operation::Get,
        target: "/",
        skip: 1,
        times: 3,
        fault: Fault::Storm,
    };
    let bench = Bench::new(Plan {
        faults: Faults::Traps(vec![storm]),
        storm: 1,
        ..Plan::default()
    })
    .await;
    let mut said = Vec::new();
    for _ in 0..6 {
        said.push(bench.ask("GET", "/a", b"").await.unwrap().0.as_u16());
    }
    assert_eq!(said, [404, 503, 503, 503, 404, 404]);
    assert_eq!(bench.asked(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_lost_or_changed_on_either_way() {
    let bench = Bench::trap(Operation::Get, Fault::Truncated).await;
    let (status, _) = bench.ask("GET", "/a", b"").await.unwrap_err();
    assert_eq!(status, Some(StatusCode::OK), "the header was there");

    let bench = Bench::trap(Operation::Get, Fault::WrongBytes).await;
    let (_, body) = bench.ask("GET", "/a", b"").await.unwrap();
    assert_eq!(differences(&body, &numbers()), 1);

    let bench = Bench::trap(Operation::Put, Fault::WrongUpload).await;
    bench.ask("PUT", "/a", &numbers()).await.unwrap();
    assert_eq!(differences(&bench.kept("/a").unwrap(), &numbers()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_delivered_twice_or_never() {
    let bench = Bench::trap(Operation::Put, Fault::Twice).await;
    bench.ask("PUT", "/a", b"new").await.unwrap();
    assert_eq!(bench.asked(), 2);

    let bench = Bench::trap(Operation::Delete, Fault::IdleDelete).await;
    let (status, _) = bench.ask("DELETE", "/a", b"").await.unwrap();
    assert!(status.is_success() && bench.kept("/a").is_some());

    let bench = Bench::trap(Operation::Put, Fault::IdlePut).await;
    let (status, _) = bench.ask("PUT", "/a", b"new").await.unwrap();
    assert!(status.is_success() && bench.asked() == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_not_asked_for() {
    let bench = Bench::new(Plan {
        refusals: vec![Refusal::All(Operation::Head), Refusal::Overwrite],
        refusal_text: "for KEY".to_owned(),
        ..Plan::default()
    })
    .await;
    assert_eq!(bench.ask("HEAD", "/a", b"").await.unwrap().0, 403);
    assert_eq!(bench.ask("PUT", "/a", b"1").await.unwrap().0, 201);
    let (status, said) = bench.ask("PUT", "/a", b"2").await.unwrap();
    assert_eq!(status, 403);
    assert!(String::from_utf8_lossy(&said).contains("for KEY"));
    let conditional = [("if-none-match", "*")];
    let passed = bench.ask_with("PUT", "/a", b"3", &conditional).await;
    assert_eq!(passed.unwrap().0, 201);
    assert_eq!(bench.proxy.tally().refused(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_meets_the_same_faults() {
    async fn outcomes(seed: u64) -> Vec<Result<u16, ()>> {
        let bench = Bench::new(Plan {
            faults: Faults::Random {
                seed,
                one_in: 3,
                kinds: vec![Fault::Reset, Fault::Storm, Fault::Truncated],
            },
            ..Plan::default()
        })
        .await;
        bench
            .keeper
            .lock()
            .objects
            .insert("/a".to_owned(), numbers().into());
        let mut outcomes = Vec::new();
        for _ in 0..60 {
            let outcome = bench.ask("GET", "/a", b"").await;
            outcomes.push(outcome.map(|(status, _)| status.as_u16()).map_err(|_| ()));
        }
        outcomes
    }
    let first = outcomes(7).await;
    assert_eq!(first, outcomes(7).await);
    assert_ne!(first, outcomes(8).await);
    for outcome in [Ok(200), Ok(503), Err(())] {
        assert!(first.contains(&outcome), "{outcome:?} is not in {first:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_pass_no_faster_than_they_may() {
    let bench = Bench::new(Plan {
        bytes_per_second: Some(2_000_000),
        ..Plan::default()
    })
    .await;
    let began = Instant::now();
    bench.ask("PUT", "/a", &numbers()).await.unwrap();
    bench.ask("GET", "/a", b"").await.unwrap();
    let took = began.elapsed();
    // 200,000 bytes each way.
    assert!(took >= Duration::from_millis(200), "{took:?}");
}
