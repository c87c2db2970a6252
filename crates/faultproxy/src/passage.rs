//! One request on its way to the server, and its answer on the way back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{CONTENT_LENGTH, ETAG, HeaderMap};
use hyper::http::request;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpStream;

use crate::plan::{Drawn, Fault, Operation, Plan};
use crate::tally::Tally;
use crate::throttle::Throttle;

type PassedBody = UnsyncBoxBody<Bytes, io::Error>;

/// How a connection ends whose request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Closed,
    Reset,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is broken on purpose")
    }
}

impl std::error::Error for Broken {}

/// What is decided of a request.
enum Verdict {
    Pass,
    Refuse(Bytes),
    Spoil(Drawn),
}

/// All that the connections share.
pub(crate) struct Passage {
    server: SocketAddr,
    pub(crate) plan: Mutex<Plan>,
    pub(crate) tally: Mutex<Tally>,
    /// Requests that the storm of 503 still lasts.
    storm: Mutex<u64>,
    upwards: Arc<Throttle>,
    downwards: Arc<Throttle>,
}

impl Passage {
    pub(crate) fn new(server: SocketAddr, plan: Plan) -> Passage {
        Passage {
            server,
            plan: Mutex::new(plan),
            tally: Mutex::default(),
            storm: Mutex::new(0),
            upwards: Arc::default(),
            downwards: Arc::default(),
        }
    }

    /// Serves one request, or breaks its connection.
    pub(crate) async fn serve(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<PassedBody>, Broken> {
        match self.judge(&request) {
            Verdict::Pass => self.pass(request).await,
            Verdict::Refuse(text) => {
                drain(request.into_body()).await;
                Ok(answer(StatusCode::FORBIDDEN, text))
            }
            Verdict::Spoil(drawn) => self.spoil(request, drawn).await,
        }
    }

    fn judge(&self, request: &Request<Incoming>) -> Verdict {
        let operation = Operation::of(request.method(), request.uri());
        let (mut plan, mut tally) = (self.plan.lock(), self.tally.lock());
        let number = tally.begin(operation);
        if plan.refuses(
            operation,
            request.headers(),
            tally.written.contains(request.uri().path()),
        ) {
            tally.refuse();
            return Verdict::Refuse(plan.refusal());
        }
        let mut storm = self.storm.lock();
        let drawn = if *storm > 0 {
            *storm -= 1;
            Some(Drawn::of(Fault::Storm))
        } else {
            let target = request.uri().to_string();
            let drawn = plan.judge(number, operation, &target);
            if let Some(drawn) = drawn.filter(|drawn| drawn.fault == Fault::Storm) {
                *storm = drawn.number % plan.storm.max(1);
            }
            drawn
        };
        match drawn {
            Some(drawn) => {
                tally.spoil(drawn.fault);
                Verdict::Spoil(drawn)
            }
            None => Verdict::Pass,
        }
    }

    async fn spoil(
        &self,
        request: Request<Incoming>,
        Drawn { fault, number }: Drawn,
    ) -> Result<Response<PassedBody>, Broken> {
        match fault {
            Fault::Delay => {
                let late = self
                    .plan
                    .lock()
                    .delay
                    .mul_f64((number % 1000) as f64 / 1000.0);
                tokio::time::sleep_until(tokio::time::Instant::now() + late).await;
                self.pass(request).await
            }
            Fault::Reset => Err(Broken::Reset),
            Fault::LostAnswer => {
                let answered = self.pass(request).await?;
                drain(answered.into_body()).await;
                Err(match number % 2 {
                    0 => Broken::Closed,
                    _ => Broken::Reset,
                })
            }
            Fault::Storm => {
                drain(request.into_body()).await;
                let text = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>";
                Ok(answer(StatusCode::SERVICE_UNAVAILABLE, text.into()))
            }
            Fault::Truncated => {
                let (head, body) = self.pass(request).await?.into_parts();
                let kept = place(&head.headers, number);
                Ok(Response::from_parts(head, truncate(body, kept)))
            }
            Fault::Twice => {
                let (head, body) = request.into_parts();
                let body = body.collect().await.map_err(|_| Broken::Closed)?.to_bytes();
                let whole = || Full::new(body.clone()).map_err(|never| match never {});
                let first = self.send(head.clone(), whole().boxed_unsync()).await;
                drain(first.into_body()).await;
                Ok(self.send(head, whole().boxed_unsync()).await)
            }
            Fault::WrongBytes => {
                let (head, body) = self.pass(request).await?.into_parts();
                let wrong = change(body.into_data_stream(), place(&head.headers, number));
                Ok(Response::from_parts(head, as_body(wrong)))
            }
            Fault::WrongUpload => {
                let (head, body) = request.into_parts();
                let wrong = change(self.upwards(body), place(&head.headers, number));
                Ok(self.send(head, as_body(wrong)).await)
            }
            Fault::IdleDelete => {
                drain(request.into_body()).await;
                Ok(answer(StatusCode::NO_CONTENT, Bytes::new()))
            }
            Fault::IdlePut => {
                drain(request.into_body()).await;
                let mut taken = answer(StatusCode::OK, Bytes::new());
                let tag = hyper::header::HeaderValue::from_static("\"taken\"");
                taken.headers_mut().insert(ETAG, tag);
                Ok(taken)
            }
        }
    }

    async fn pass(&self, request: Request<Incoming>) -> Result<Response<PassedBody>, Broken> {
        let (head, body) = request.into_parts();
        let body = match body.is_end_stream() {
            // One without a body has none behind the proxy, either: not an empty one in chunks.
            true => empty(),
            false => as_body(self.upwards(body)),
        };
        Ok(self.send(head, body).await)
    }

    fn upwards(&self, body: Incoming) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        self.upwards.pieces(body, self.plan.lock().bytes_per_second)
    }

    /// The server's answer, or 502.
    async fn send(&self, head: request::Parts, body: PassedBody) -> Response<PassedBody> {
        let written = written_by(&head);
        let answered = match self.ask(Request::from_parts(head, body)).await {
            Ok(answered) => answered,
            Err(error) => return answer(StatusCode::BAD_GATEWAY, error.to_string().into()),
        };
        if let Some(path) = written.filter(|_| answered.status().is_success()) {
            self.tally.lock().written.insert(path);
        }
        let rate = self.plan.lock().bytes_per_second;
        let (head, body) = answered.into_parts();
        Response::from_parts(head, as_body(self.downwards.pieces(body, rate)))
    }

    async fn ask(&self, request: Request<PassedBody>) -> io::Result<Response<Incoming>> {
        let stream = TcpStream::connect(self.server).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        // It ends with the answer; what goes wrong with it, the sender is told.
        tokio::spawn(async move { connection.await.unwrap_or_default() });
        sender.send_request(request).await.map_err(io::Error::other)
    }
}

/// The path of the object that a success of this request makes.
fn written_by(head: &request::Parts) -> Option<String> {
    let query = head.uri.query().unwrap_or("");
    let has = |wanted: &str| query.split('&').any(|pair| pair.starts_with(wanted));
    let is_part = has("partNumber=") || query.split('&').any(|pair| pair == "comp=block");
    let makes = match Operation::of(&head.method, &head.uri) {
        Operation::Put => !is_part,
        Operation::Post => has("uploadId="),
        _ => false,
    };
    makes.then(|| head.uri.path().to_owned())
}

fn empty() -> PassedBody {
    Full::default()
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn answer(status: StatusCode, text: Bytes) -> Response<PassedBody> {
    let body = Full::new(text).map_err(|never| match never {});
    let mut answer = Response::new(body.boxed_unsync());
    *answer.status_mut() = status;
    answer
}

/// Reads a body to its end, so that whoever sends it hears the answer.
async fn drain<B: Body + Unpin>(mut body: B) {
    while let Some(Ok(_)) = body.frame().await {}
}

fn as_body(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> PassedBody {
    StreamBody::new(pieces.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

/// A place in a body of the length that its headers say.
fn place(headers: &HeaderMap, number: u64) -> u64 {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    number % length.unwrap_or(1).max(1)
}

/// The first `kept` bytes, and then an error, by which the connection ends.
fn truncate(body: PassedBody, kept: u64) -> PassedBody {
    let mut left = usize::try_from(kept).unwrap_or(usize::MAX);
    let front = body.into_data_stream().map(move |piece| {
        piece.map(|mut piece| {
            let front = piece.split_to(left.min(piece.len()));
            left -= front.len();
            front
        })
    });
    let ends = stream::once(async {
        // What came before is sent first.
        tokio::task::yield_now().await;
        Err(io::Error::other("the answer is broken off on purpose"))
    });
    as_body(front.chain(ends))
}

/// The same bytes, but the one at `place`.
fn change<S>(pieces: S, place: u64) -> impl Stream<Item = io::Result<Bytes>> + Send
where
    S: Stream<Item = io::Result<Bytes>> + Send,
{
    let mut passed = 0;
    pieces.map(move |piece| {
        let piece = piece?;
        let at = place.checked_sub(passed).map(|at| at as usize);
        passed += piece.len() as u64;
        let mut bytes = piece.to_vec();
        if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
            *byte ^= 0x20;
        }
        Ok(bytes.into())
    })
}
