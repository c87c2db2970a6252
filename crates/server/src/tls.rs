//! Encryption of connections: the handshake, and what it proves of the client.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::error::{Error, Result};

/// What a server encrypts with.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    end_point: Option<Arc<[u8]>>,
}

impl Tls {
    /// From a folder of certificates.
    pub fn read(folder: &Path) -> Result<Tls> {
        let (config, certificate) = cairn_tls::server_config(folder)?;
        Ok(Tls {
            acceptor: TlsAcceptor::from(config),
            end_point: cairn_tls::end_point(&certificate).map(Arc::from),
        })
    }

    pub async fn accept(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await.map_err(Error::Handshake)
    }

    /// What a login can be bound to, so that nobody in between can pass it on.
    pub fn end_point(&self) -> Option<Arc<[u8]>> {
        self.end_point.clone()
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

/// Whose certificate the client has shown. It was checked in the handshake.
pub fn shown_by(stream: &TlsStream<TcpStream>) -> Option<Shown> {
    let (_, connection) = stream.get_ref();
    let certificate = connection.peer_certificates()?.first()?;
    Some(Shown {
        name: cairn_tls::common_name(certificate),
    })
}

/// A client's certificate.
#[derive(Debug, Clone)]
pub struct Shown {
    /// `None`: it names nobody.
    pub name: Option<String>,
}
