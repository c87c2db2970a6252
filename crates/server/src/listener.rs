//! The SQL and HTTP listeners, and one task per connection.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use cairn_sql::{Node, SqlError};
use futures::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::cancel::Sessions;
use crate::channel::Channel;
use crate::conversation::Conversation;
use crate::error::{Error, Result};
use crate::login::{Doorkeeper, LoginRule};
use crate::{fault, health, startup};

/// A client has this long to open its session.
const STARTUP_LIMIT: Duration = Duration::from_secs(60);

pub struct ServerOptions {
    /// Where SQL clients connect; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where `/health` is served; `None`: nowhere.
    pub http: Option<SocketAddr>,
    /// How clients show who they are.
    pub login: LoginRule,
}

/// What all connections share.
pub struct House {
    pub node: Arc<Node>,
    pub sessions: Arc<Sessions>,
    pub doorkeeper: Doorkeeper,
}

/// A running server. Dropping it abandons its connections; [`Server::stop`] is the orderly way.
pub struct Server {
    address: SocketAddr,
    http_address: Option<SocketAddr>,
    stop: CancellationToken,
    accepting: JoinHandle<JoinSet<()>>,
    http: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens, and serves `node` to whoever connects.
    pub async fn start(node: Arc<Node>, options: ServerOptions) -> Result<Server> {
        let listener = bind(options.listen).await?;
        let http_listener = match options.http {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let stop = CancellationToken::new();
        let address = local_address(&listener)?;
        let http_address = http_listener.as_ref().map(local_address).transpose()?;
        let http =
            http_listener.map(|listener| tokio::spawn(health::serve(listener, stop.clone())));
        let accepting = tokio::spawn(accept(listener, node, options.login, stop.clone()));
        Ok(Server {
            address,
            http_address,
            stop,
            accepting,
            http,
        })
    }

    /// Where SQL clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http_address
    }

    /// Takes no more connections, ends idle sessions, gives running statements `grace` to finish, then drops them.
    pub async fn stop(self, grace: Duration) {
        self.stop.cancel();
        match self.accepting.await {
            Ok(mut connections) => {
                let finished = async { while connections.join_next().await.is_some() {} };
                if tokio::time::timeout(grace, finished).await.is_err() {
                    tracing::warn!(
                        connections = connections.len(),
                        "ending connections that are still at work"
                    );
                    connections.shutdown().await;
                }
            }
            Err(error) => tracing::error!(%error, "the SQL listener had failed"),
        }
        if let Some(http) = self.http
            && tokio::time::timeout(grace, http).await.is_err()
        {
            tracing::warn!("the HTTP listener did not stop in time");
        }
    }
}

/// Binds an address that nobody outside this machine can reach.
async fn bind(address: SocketAddr) -> Result<TcpListener> {
    if !address.ip().is_loopback() {
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
    node: Arc<Node>,
    login: LoginRule,
    stop: CancellationToken,
) -> JoinSet<()> {
    let house = Arc::new(House {
        node,
        sessions: Arc::default(),
        doorkeeper: Doorkeeper::new(login),
    });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return connections,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let serving = serve(stream, peer, house.clone(), stop.clone());
                    connections.spawn(serving);
                }
                Err(error) => {
                    // Out of file descriptors, most likely: the ones that end make room.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::task::yield_now().await;
                }
            },
        }
    }
}

/// Serves one connection. A panic in it ends this connection, and nothing else.
async fn serve(stream: TcpStream, peer: SocketAddr, house: Arc<House>, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let mut channel = Channel::new(stream);
    let talk = AssertUnwindSafe(talk(&mut channel, &house, &stop)).catch_unwind();
    let farewell = match talk.await {
        Ok(Ok(())) => None,
        Ok(Err(error @ Error::Connection(_))) => {
            tracing::debug!(%peer, %error, "a connection broke");
            None
        }
        Ok(Err(error)) => {
            tracing::warn!(%peer, %error, "a connection is closed");
            Some(fault::protocol_violation(error.to_string()))
        }
        Err(_panic) => {
            // The panic hook has printed where it came from.
            tracing::error!(%peer, "a session panicked; it is closed, the others go on");
            Some(SqlError::internal(
                "internal error: the session is closed; the server's log has the reason",
            ))
        }
    };
    if let Some(error) = farewell {
        channel.discard();
        if let Err(error) = channel.put(fault::fatal(&error)) {
            tracing::debug!(%peer, %error, "a farewell could not be written");
        } else if let Err(error) = channel.send().await {
            tracing::debug!(%peer, %error, "a farewell was not heard");
        }
    }
    channel.close().await;
}

async fn talk(channel: &mut Channel, house: &House, stop: &CancellationToken) -> Result<()> {
    let opened = tokio::time::timeout(STARTUP_LIMIT, startup::open(channel, house)).await;
    let Ok(opened) = opened else {
        return Err(Error::Protocol("no session was opened in time".to_owned()));
    };
    match opened? {
        Some(opened) => Conversation::new(channel, opened).run(stop).await,
        None => Ok(()),
    }
}
