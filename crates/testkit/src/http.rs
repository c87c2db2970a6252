//! The least of an HTTP client: one question, one answer.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use cairn_tls::{CA_CERTIFICATE, Trust};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The whole answer to a GET, from its status line on; encrypted where there is a folder of certificates.
pub async fn get(
    address: SocketAddr,
    path: &str,
    certificates: Option<&Path>,
) -> io::Result<String> {
    let stream = TcpStream::connect(address).await?;
    let Some(folder) = certificates else {
        return ask(stream, path).await;
    };
    let trust = Trust::AuthorityAndName(folder.join(CA_CERTIFICATE));
    let config = cairn_tls::client_config(&trust, None).map_err(io::Error::other)?;
    let name = ServerName::from(address.ip());
    ask(
        TlsConnector::from(config).connect(name, stream).await?,
        path,
    )
    .await
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
