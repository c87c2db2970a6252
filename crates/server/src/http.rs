//! The HTTP listener, for those who watch over the server.
//!
//!   `/health`   200 while the process takes statements, 503 while it stops
//!   `/ready`    200 while its store answers, too, and jobs of an earlier run have been taken over
//!   `/metrics`  `metrics`, in Prometheus's text form
//!
//! INVARIANTS
//!   At most `ROOM` connections are open; when another comes, the oldest goes. So those who say nothing are no obstacle.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::complaints::Complaints;
use crate::error::Result;
use crate::listener::{breathe, keep_alive};
use crate::lobby::{Lobby, Seat};
use crate::metrics::Exposition;
use crate::tls::Tls;

const ROOM: usize = 64;

/// Serves until `stop`, which comes after `stopping`; an error here leaves SQL running.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    exposition: Arc<Exposition>,
    stopping: CancellationToken,
    stop: CancellationToken,
) {
    let watched = Watched {
        exposition,
        stopping,
    };
    let lobby = Lobby::new(ROOM);
    let guests = lobby.clone();
    let stopped = async move {
        stop.cancelled().await;
        guests.clear();
    };
    let router = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(watched);
    let door = Door {
        listener,
        tls,
        lobby,
        complaints: Complaints::default(),
        arriving: JoinSet::new(),
    };
    if let Err(error) = axum::serve(door, router)
        .with_graceful_shutdown(stopped)
        .await
    {
        tracing::error!(%error, "the HTTP listener stopped");
    }
}

#[derive(Clone)]
struct Watched {
    exposition: Arc<Exposition>,
    /// Sessions are being ended.
    stopping: CancellationToken,
}

async fn health(State(watched): State<Watched>) -> (StatusCode, &'static str) {
    match watched.stopping.is_cancelled() {
        true => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        false => (StatusCode::OK, "ok\n"),
    }
}

async fn ready(State(watched): State<Watched>) -> (StatusCode, &'static str) {
    if watched.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match watched.exposition.vitals().await {
        Some(_) => (StatusCode::OK, "ready\n"),
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store does not answer\n",
        ),
    }
}

async fn metrics(State(watched): State<Watched>) -> Response {
    match watched.exposition.text().await {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Takes connections and, where that is the rule, encrypts them; a handshake keeps nobody else waiting.
struct Door {
    listener: TcpListener,
    tls: Option<Tls>,
    lobby: Arc<Lobby>,
    complaints: Complaints,
    arriving: JoinSet<Option<(Guest, SocketAddr)>>,
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        loop {
            tokio::select! {
                Some(arrived) = self.arriving.join_next() => {
                    if let Ok(Some(guest)) = arrived {
                        return guest;
                    }
                }
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        keep_alive(&stream, peer);
                        let (tls, seat) = (self.tls.clone(), self.lobby.enter());
                        self.arriving.spawn(async move {
                            let sent_away = seat.sent_away();
                            let greeted = sent_away.run_until_cancelled(greet(stream, tls)).await?;
                            match greeted {
                                Ok(stream) => Some((Guest::new(stream, seat), peer)),
                                Err(error) => {
                                    tracing::debug!(%peer, %error, "an HTTP connection is closed");
                                    None
                                }
                            }
                        });
                    }
                    Err(error) => {
                        if self.complaints.may_be_written() {
                            tracing::warn!(%error, "cannot accept an HTTP connection");
                        }
                        // Out of file descriptors, most likely.
                        breathe().await;
                    }
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn greet(stream: TcpStream, tls: Option<Tls>) -> Result<Box<dyn Transport>> {
    Ok(match tls {
        Some(tls) => Box::new(tls.accept(stream).await?),
        None => Box::new(stream),
    })
}

trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// A connection that ends when its seat is given to another.
struct Guest {
    stream: Box<dyn Transport>,
    sent_away: Pin<Box<WaitForCancellationFutureOwned>>,
    _seat: Seat,
}

impl Guest {
    fn new(stream: Box<dyn Transport>, seat: Seat) -> Guest {
        Guest {
            stream,
            sent_away: Box::pin(seat.sent_away().cancelled_owned()),
            _seat: seat,
        }
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.sent_away.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.sent_away.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
