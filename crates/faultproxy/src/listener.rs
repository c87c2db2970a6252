//! The proxy, and its connections.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use futures::future::poll_fn;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::passage::{Broken, Passage};
use crate::plan::Plan;
use crate::tally::Tally;

/// A running proxy. Dropping it ends it; requests under way are served to their end.
pub struct Proxy {
    address: SocketAddr,
    passage: Arc<Passage>,
    task: JoinHandle<Infallible>,
}

impl Proxy {
    /// Listens on a port of its own choosing, in front of `server`.
    ///
    /// # Errors
    /// Of the system, when there is no port.
    pub async fn start(server: SocketAddr, plan: Plan) -> io::Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let passage = Arc::new(Passage::new(server, plan));
        let task = tokio::spawn(accept(listener, Arc::clone(&passage)));
        Ok(Proxy {
            address,
            passage,
            task,
        })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does so from the next request on.
    pub fn set_plan(&self, plan: Plan) {
        *self.passage.plan.lock() = plan;
    }

    #[must_use]
    pub fn tally(&self) -> Tally {
        self.passage.tally.lock().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, passage: Arc<Passage>) -> Infallible {
    loop {
        // Without a connection there is nobody to tell of an error.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&passage)));
        }
    }
}

async fn serve(stream: TcpStream, passage: Arc<Passage>) {
    // Only speed is lost.
    stream.set_nodelay(true).unwrap_or_default();
    let service = service_fn(move |request| {
        let passage = Arc::clone(&passage);
        // The connection is polled where it stands, so its service must not be pinned.
        Box::pin(async move { passage.serve(request).await })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|context| Pin::new(&mut connection).poll_without_shutdown(context)).await;
    let broken = ended.err().and_then(|error| {
        let cause = error.source()?;
        cause.downcast_ref::<Broken>().copied()
    });
    let stream = connection.into_parts().io.into_inner();
    if broken == Some(Broken::Reset) {
        // Closing it then resets it; otherwise the client sees an orderly end.
        stream.set_zero_linger().unwrap_or_default();
    }
}
