//! The SQL and HTTP listeners, and one task per connection.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cairn_sql::{Node, SqlError, SqlState};
use futures::FutureExt;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cancel::Sessions;
use crate::channel::Channel;
use crate::complaints::Complaints;
use crate::conversation::Conversation;
use crate::error::{Error, Result};
use crate::lobby::Lobby;
use crate::login::{Doorkeeper, LoginRule};
use crate::metrics::{Exposition, Metrics};
use crate::tls::Tls;
use crate::workers::Workers;
use crate::{fault, http, startup};

/// A client has this long to open its session.
const STARTUP_LIMIT: Duration = Duration::from_secs(60);

/// So many connections at least may wait for their session to be opened; as many as there may be sessions, who may all come at once.
const LOBBY_ROOM: usize = 256;

/// Who is told that the server stops has this long to hear it.
const FAREWELL: Duration = Duration::from_secs(2);

/// When no connection can be accepted, the next try comes after this time, or when one has ended.
const BREATH: Duration = Duration::from_millis(100);

/// A client that says nothing for this long is asked whether it is there, so often, this many times: after four minutes without an answer
/// it is gone, and with it its session and the transaction that it left open.
const SILENCE: Duration = Duration::from_secs(120);
const ASKING: Duration = Duration::from_secs(30);
const TIMES: u32 = 4;

#[derive(Debug)]
pub struct ServerOptions {
    /// Where SQL clients connect; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where HTTP is served; `None`: nowhere.
    pub http: Option<SocketAddr>,
    /// How clients show who they are.
    pub login: LoginRule,
    /// The folder of certificates; `None`: nothing is encrypted.
    pub certificates: Option<PathBuf>,
    /// Whether addresses that others can reach are fine although nothing is encrypted.
    pub accept_insecure_network: bool,
    pub limits: Limits,
    /// Where the store is, for those who watch its disk.
    pub store: PathBuf,
}

/// What clients may take, each with an error of its own above it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Sessions at once; a few more are for root.
    pub connections: usize,
    /// The longest statement, in bytes.
    pub statement_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1000,
            statement_bytes: 16 << 20,
        }
    }
}

/// What all connections share.
pub struct House {
    pub node: Arc<Node>,
    pub sessions: Arc<Sessions>,
    pub doorkeeper: Doorkeeper,
    pub tls: Option<Tls>,
    pub metrics: Arc<Metrics>,
    lobby: Arc<Lobby>,
    limits: Limits,
    complaints: Complaints,
}

/// A running server. Dropping it abandons its connections; [`Server::stop`] is the orderly way.
pub struct Server {
    address: SocketAddr,
    http_address: Option<SocketAddr>,
    stop: CancellationToken,
    /// Statements that still run are ended.
    closing: CancellationToken,
    accepting: JoinHandle<JoinSet<()>>,
    /// Held as long as sessions run.
    _workers: Workers,
    http: Option<JoinHandle<()>>,
    /// HTTP is the last to go: it tells that the server stops.
    http_stop: CancellationToken,
}

impl Server {
    /// Listens, and serves `node` to whoever connects.
    pub async fn start(node: Arc<Node>, options: ServerOptions) -> Result<Server> {
        let tls = options.certificates.as_deref().map(Tls::read).transpose()?;
        let others_may_listen = tls.is_some() || options.accept_insecure_network;
        let listener = bind(options.listen, others_may_listen).await?;
        let http_listener = match options.http {
            Some(address) => Some(bind(address, others_may_listen).await?),
            None => None,
        };
        let workers = Workers::start().map_err(Error::Workers)?;
        let stop = CancellationToken::new();
        let closing = CancellationToken::new();
        let http_stop = CancellationToken::new();
        let address = local_address(&listener)?;
        let http_address = http_listener.as_ref().map(local_address).transpose()?;
        let end_point = tls.as_ref().and_then(Tls::end_point);
        let house = Arc::new(House {
            node,
            sessions: Sessions::new(options.limits.connections, closing.clone()),
            doorkeeper: Doorkeeper::new(options.login, end_point),
            tls,
            metrics: Arc::new(Metrics::new()?),
            lobby: Lobby::new(options.limits.connections.max(LOBBY_ROOM)),
            limits: options.limits,
            complaints: Complaints::default(),
        });
        let exposition = Arc::new(Exposition::new(
            house.metrics.clone(),
            house.node.clone(),
            house.sessions.clone(),
            house.lobby.clone(),
            options.store,
        ));
        let http = http_listener.map(|listener| {
            let (tls, stop) = (house.tls.clone(), stop.clone());
            tokio::spawn(http::serve(
                listener,
                tls,
                exposition,
                stop,
                http_stop.clone(),
            ))
        });
        let serving = accept(listener, house, workers.handle().clone(), stop.clone());
        let accepting = tokio::spawn(serving);
        Ok(Server {
            address,
            http_address,
            stop,
            closing,
            accepting,
            _workers: workers,
            http,
            http_stop,
        })
    }

    /// Where SQL clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http_address
    }

    /// Takes no more connections, ends idle sessions, gives running statements `grace` to finish, then ends those, too, and tells them.
    pub async fn stop(self, grace: Duration) {
        self.stop.cancel();
        match self.accepting.await {
            Ok(mut connections) => {
                let finished = async { while connections.join_next().await.is_some() {} };
                if tokio::time::timeout(grace, finished).await.is_err() {
                    let left = connections.len();
                    tracing::warn!(left, "ending statements that still run");
                    self.closing.cancel();
                }
                let heard = async { while connections.join_next().await.is_some() {} };
                if tokio::time::timeout(FAREWELL, heard).await.is_err() {
                    let left = connections.len();
                    tracing::warn!(left, "dropping connections that do not listen");
                    connections.abort_all();
                }
                let dropped = async { while connections.join_next().await.is_some() {} };
                if tokio::time::timeout(FAREWELL, dropped).await.is_err() {
                    let left = connections.len();
                    tracing::warn!(
                        left,
                        "leaving statements behind that compute without a pause"
                    );
                }
            }
            Err(error) => tracing::error!(%error, "the SQL listener had failed"),
        }
        self.http_stop.cancel();
        if let Some(http) = self.http
            && tokio::time::timeout(FAREWELL, http).await.is_err()
        {
            tracing::warn!("the HTTP listener did not stop in time");
        }
    }
}

/// Binds an address, one that nobody outside this machine can reach unless `others_may_listen`.
async fn bind(address: SocketAddr, others_may_listen: bool) -> Result<TcpListener> {
    if !address.ip().is_loopback() && !others_may_listen {
        return Err(Error::NotLoopback { address });
    }
    TcpListener::bind(address)
        .await
        .map_err(|source| Error::Listen { address, source })
}

fn local_address(listener: &TcpListener) -> Result<SocketAddr> {
    Ok(listener.local_addr()?)
}

/// Accepts until `stop`; gives back the connections that are still open then.
async fn accept(
    listener: TcpListener,
    house: Arc<House>,
    workers: Handle,
    stop: CancellationToken,
) -> JoinSet<()> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return connections,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let serving = serve(stream, peer, house.clone(), stop.clone());
                    connections.spawn_on(serving, &workers);
                }
                Err(error) => {
                    if house.complaints.may_be_written() {
                        tracing::warn!(%error, "cannot accept a connection");
                    }
                    // Out of file descriptors, most likely: the ones that end make room.
                    tokio::select! {
                        Some(_ended) = connections.join_next() => {}
                        () = breathe() => {}
                    }
                }
            },
        }
    }
}

/// Until the next try to accept a connection.
pub async fn breathe() {
    tokio::time::sleep_until(Instant::now() + BREATH).await;
}

/// Has the system ask a silent peer whether it is still there, so that what vanished without a farewell ends.
pub fn keep_alive(stream: &TcpStream, peer: SocketAddr) {
    let asking = TcpKeepalive::new()
        .with_time(SILENCE)
        .with_interval(ASKING)
        .with_retries(TIMES);
    if let Err(error) = SockRef::from(stream).set_tcp_keepalive(&asking) {
        tracing::debug!(%peer, %error, "cannot set SO_KEEPALIVE");
    }
}

/// Serves one connection.
async fn serve(stream: TcpStream, peer: SocketAddr, house: Arc<House>, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    keep_alive(&stream, peer);
    let mut channel = Channel::new(stream, house.limits.statement_bytes);
    let ended = until_the_end(talk(&mut channel, &house, peer, &stop)).await;
    if let Some(error) = farewell(ended, peer, &house.complaints) {
        channel.discard();
        if let Err(error) = channel.put(fault::fatal(&error)) {
            tracing::debug!(%peer, %error, "a farewell could not be written");
        } else if !matches!(
            tokio::time::timeout(FAREWELL, channel.send()).await,
            Ok(Ok(()))
        ) {
            tracing::debug!(%peer, "a farewell was not heard");
        }
    }
    if tokio::time::timeout(FAREWELL, channel.close())
        .await
        .is_err()
    {
        tracing::debug!(%peer, "a connection was dropped without a farewell");
    }
}

/// How a connection's talk ended.
enum End {
    Talked(Result<()>),
    Panicked,
}

/// Talks to the end. A panic ends this connection, and nothing else.
async fn until_the_end(talk: impl Future<Output = Result<()>>) -> End {
    match AssertUnwindSafe(talk).catch_unwind().await {
        Ok(result) => End::Talked(result),
        // The panic hook has logged where it came from.
        Err(_panic) => End::Panicked,
    }
}

/// What a client is told at the end, if anything.
fn farewell(end: End, peer: SocketAddr, complaints: &Complaints) -> Option<SqlError> {
    let error = match end {
        End::Talked(Ok(())) => return None,
        End::Talked(Err(error @ Error::Connection(_))) => {
            tracing::debug!(%peer, %error, "a connection broke");
            return None;
        }
        End::Talked(Err(error)) => error,
        End::Panicked => {
            tracing::debug!(%peer, "a session panicked; it is closed, the others go on");
            return Some(SqlError::internal(
                "internal error: the session is closed; the server's log has the reason",
            ));
        }
    };
    if complaints.may_be_written() {
        tracing::warn!(%peer, %error, "a connection is closed");
    }
    match error {
        // There is no stream left to tell it on.
        Error::Handshake(_) => None,
        Error::SentAway => Some(SqlError::new(
            SqlState::TooManyConnections,
            error.to_string(),
        )),
        Error::Wire(wire) => {
            fault::of_message(&wire).or_else(|| Some(fault::protocol_violation(wire.to_string())))
        }
        _ => Some(fault::protocol_violation(error.to_string())),
    }
}

async fn talk(
    channel: &mut Channel,
    house: &House,
    peer: SocketAddr,
    stop: &CancellationToken,
) -> Result<()> {
    house.metrics.connection();
    let seat = house.lobby.enter();
    let sent_away = seat.sent_away();
    let opening = startup::open(channel, house, peer);
    let opened = tokio::select! {
        biased;
        () = sent_away.cancelled() => Err(Error::SentAway),
        () = stop.cancelled() => Ok(None),
        opened = tokio::time::timeout(STARTUP_LIMIT, opening) => opened.unwrap_or_else(|_late| {
            Err(Error::Protocol("no session was opened in time".to_owned()))
        }),
    };
    drop(seat);
    if !matches!(opened, Ok(Some(_))) {
        house.metrics.refused();
    }
    match opened? {
        Some(opened) => {
            let metrics = house.metrics.clone();
            Conversation::new(channel, opened, metrics).run(stop).await
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{End, farewell, until_the_end};
    use crate::complaints::Complaints;

    /// A panic ends the session that it happened in, with an error that is not the client's fault.
    #[tokio::test]
    async fn a_panic_ends_its_session_only() {
        let end = until_the_end(async { panic!("on purpose") }).await;
        assert!(matches!(end, End::Panicked));
        let peer = ([127, 0, 0, 1], 1).into();
        let told = farewell(end, peer, &Complaints::default());
        let told = told.map(|error| error.sqlstate.code());
        assert_eq!(told, Some("XX000"));
    }
}
