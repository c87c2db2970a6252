//! Against a server of the test's own, with manners good and bad.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, IF_NONE_MATCH, RANGE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use cairn_faultproxy::{Fault, Faults, Operation, Plan, Proxy, Trap};
use parking_lot::Mutex;
use tokio::net::TcpListener;

use crate::testing::conformance;
use crate::{Error, Kind, Location, Put, Result, Settings, Store};

/// What the server does otherwise than it should.
#[derive(Clone, Copy, Default)]
struct Manners {
    ignores_conditions: bool,
    refuses_conditions: bool,
    ignores_ranges: bool,
    /// So many requests are answered by 503 before one is done.
    busy: usize,
    /// Everything is answered so, with what came along.
    answers: Option<StatusCode>,
}

#[derive(Default)]
struct Server {
    objects: Mutex<BTreeMap<String, Bytes>>,
    manners: Manners,
    requests: Mutex<Vec<String>>,
}

async fn serve(manners: Manners) -> (Arc<Server>, String) {
    let server = Arc::new(Server {
        manners,
        ..Server::default()
    });
    let router = Router::new()
        .fallback(answer)
        .with_state(Arc::clone(&server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server, address)
}

fn status(status: StatusCode) -> Response {
    said(status, "")
}

fn said(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}

async fn answer(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let name = parts.uri.to_string();
    let busy = {
        let mut requests = server.requests.lock();
        requests.push(format!("{} {name}", parts.method));
        requests.len() % (server.manners.busy + 1) != 0
    };
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return status(StatusCode::BAD_REQUEST);
    };
    if let Some(answer) = server.manners.answers {
        let key = parts.headers.get(AUTHORIZATION);
        return said(answer, &format!("what is {name} with {key:?}?"));
    }
    if busy {
        return status(StatusCode::SERVICE_UNAVAILABLE);
    }
    let mut objects = server.objects.lock();
    let object = objects.get(&name).cloned();
    match (parts.method, object) {
        (Method::PUT, object) => {
            if parts.headers.contains_key(IF_NONE_MATCH) {
                if server.manners.refuses_conditions {
                    return status(StatusCode::NOT_IMPLEMENTED);
                }
                if object.is_some() && !server.manners.ignores_conditions {
                    return status(StatusCode::PRECONDITION_FAILED);
                }
            }
            objects.insert(name, body);
            status(StatusCode::CREATED)
        }
        (Method::HEAD, Some(object)) => {
            let mut response = status(StatusCode::OK);
            let length = HeaderValue::from(object.len());
            response.headers_mut().insert(CONTENT_LENGTH, length);
            response
        }
        (Method::GET, Some(object)) => read(&server, &object, parts.headers.get(RANGE)),
        (Method::DELETE, Some(_)) => {
            objects.remove(&name);
            status(StatusCode::NO_CONTENT)
        }
        _ => status(StatusCode::NOT_FOUND),
    }
}

fn read(server: &Server, object: &Bytes, range: Option<&HeaderValue>) -> Response {
    let range = range.filter(|_| !server.manners.ignores_ranges);
    let Some(range) = range.and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")) else {
        return Response::new(Body::from(object.clone()));
    };
    let (start, last) = range.split_once('-').unwrap();
    let start: usize = start.parse().unwrap();
    let end = last.parse::<usize>().map_or(object.len(), |last| last + 1);
    if start >= object.len() {
        return status(StatusCode::RANGE_NOT_SATISFIABLE);
    }
    let mut response = Response::new(Body::from(object.slice(start..end.min(object.len()))));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let shown = HeaderValue::try_from(format!("bytes {start}-{}/{}", end - 1, object.len()));
    response.headers_mut().insert(CONTENT_RANGE, shown.unwrap());
    response
}

fn open(url: &str) -> Arc<dyn Store> {
    let location = Location::parse(url).unwrap();
    location.open(&Settings::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_all_manners_keep_the_contract() {
    let good = Manners::default();
    for manners in [
        good,
        Manners {
            ignores_conditions: true,
            ..good
        },
        Manners {
            refuses_conditions: true,
            ..good
        },
        Manners {
            ignores_ranges: true,
            ..good
        },
    ] {
        let (_, address) = serve(manners).await;
        let store = open(&format!("http://{address}/a/deep%20place?token=x"));
        conformance::check_alone(&store).await;
        let lacks = manners.ignores_conditions || manners.refuses_conditions;
        assert_eq!(store.caution().is_some(), lacks);
    }
    let (_, address) = serve(good).await;
    let store = open(&format!("http://{address}"));
    assert_eq!(
        store.put_if_absent("first", Bytes::new()).await.unwrap(),
        Put::Created
    );
    conformance::check(store).await;
}

/// All objects of several hosts are found again, and each host has its part.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_spread_over_hosts() {
    let (first, one) = serve(Manners::default()).await;
    let (second, two) = serve(Manners::default()).await;
    let store = open(&format!("http://{one},{two}/x"));
    conformance::check(Arc::clone(&store)).await;
    for number in 0..20 {
        let name = format!("part-{number}");
        let put = store.put_if_absent(&name, Bytes::new()).await;
        assert_eq!(put.unwrap(), Put::Created);
    }
    for server in [first, second] {
        assert!(server.objects.lock().len() > 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_busy_is_asked_again() {
    let (_, address) = serve(Manners {
        busy: 2,
        ..Manners::default()
    })
    .await;
    let store = open(&format!("http://{address}/x"));
    let put = store.put_if_absent("a", Bytes::from_static(b"1")).await;
    assert_eq!(put.unwrap(), Put::Created);
    assert_eq!(*store.get("a", 0..9).await.unwrap(), *b"1");
}

/// More than is sent in one piece; the bytes come in order, and the name is not taken twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_object_is_one_body() {
    let (server, address) = serve(Manners::default()).await;
    let store = open(&format!("http://{address}/x"));
    for round in 0..2 {
        let mut upload = store.upload("large").await.unwrap();
        let mut written = Ok(());
        for number in 0..9 {
            written = upload.write(Bytes::from(vec![number; 3 << 20])).await;
            if written.is_err() {
                break;
            }
        }
        match round {
            0 => upload.finish().await.unwrap(),
            _ => assert_eq!(written.unwrap_err().kind(), Kind::AlreadyExists),
        }
    }
    assert_eq!(store.size("large").await.unwrap(), Some(27 << 20));
    let seam = store.get("large", (9 << 20) - 1..(9 << 20) + 1).await;
    assert_eq!(*seam.unwrap(), [2, 3]);
    let puts = server.requests.lock();
    assert_eq!(
        puts.iter()
            .filter(|request| request.starts_with("PUT"))
            .count(),
        1
    );
}

// A long body cannot be sent again, but under another name the object can.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_object_that_does_not_arrive_went_astray() {
    let (server, address) = serve(Manners::default()).await;
    for fault in [
        Fault::Reset,
        Fault::LostAnswer,
        Fault::Storm,
        Fault::IdlePut,
    ] {
        let trap = Trap {
            operation: Operation::Put,
            target: "/first",
            skip: 0,
            times: 1,
            fault,
        };
        let plan = Plan {
            faults: Faults::Traps(vec![trap]),
            ..Plan::default()
        };
        let proxy = Proxy::start(address.parse().unwrap(), plan).await.unwrap();
        let store = open(&format!("http://{}/{fault:?}", proxy.address()));
        let error = write_large(&*store, "first").await.unwrap_err();
        assert!(matches!(error, Error::Astray { .. }), "{fault:?}: {error}");
        write_large(&*store, "second").await.unwrap();
        let second = format!("/{fault:?}/second");
        assert_eq!(server.objects.lock()[&second].len(), 12 << 20);
    }
}

async fn write_large(store: &dyn Store, name: &str) -> Result<()> {
    let mut upload = store.upload(name).await?;
    for number in 0..4 {
        upload.write(Bytes::from(vec![number; 3 << 20])).await?;
    }
    upload.finish().await
}

/// A body that was given up never ends well: the server would take what it got for the whole.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let (server, address) = serve(Manners::default()).await;
    let store = open(&format!("http://{address}/x"));
    for finish in ["abort", "drop"] {
        let mut upload = store.upload(finish).await.unwrap();
        upload.write(Bytes::from(vec![1; 9 << 20])).await.unwrap();
        match finish {
            "abort" => upload.abort().await.unwrap(),
            _ => drop(upload),
        }
    }
    // Another upload ends after them.
    let put = store.put_if_absent("other", Bytes::new()).await;
    assert_eq!(put.unwrap(), Put::Created);
    let names: Vec<String> = server.objects.lock().keys().cloned().collect();
    assert_eq!(names, ["/x/other"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_said_without_the_secrets() {
    for (answer, kind) in [
        (StatusCode::FORBIDDEN, Kind::Denied),
        (StatusCode::UNAUTHORIZED, Kind::Denied),
        (StatusCode::INSUFFICIENT_STORAGE, Kind::Full),
        (StatusCode::METHOD_NOT_ALLOWED, Kind::Io),
        // Of a server that wants its folders made first.
        (StatusCode::CONFLICT, Kind::Io),
        (StatusCode::FOUND, Kind::Io),
    ] {
        let (_, address) = serve(Manners {
            answers: Some(answer),
            ..Manners::default()
        })
        .await;
        let store = open(&format!("http://user:pa%40ssw0rd@{address}/x?sig=tok%2Fen"));
        let error = store.put_if_absent("a", Bytes::new()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let shown = format!("{error} {error:?} {store} {store:?}");
        for secret in ["ssw0rd", "tok%2Fen", "tok/en", "dXNlcjp"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let expected = format!("error response from server: {answer}");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}
