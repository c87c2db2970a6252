//! Where a server is and how it is spoken to: a `postgres://` URL with libpq's parameters `sslmode`, `sslrootcert`, `sslcert` and `sslkey`.
//!
//! The URL is the whole address: `--certs-dir` only adds parameters to it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use cairn_tls::{CA_CERTIFICATE, Identity, Trust, client_certificate, client_key};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::config::{Host, SslMode};
use tokio_rustls::TlsConnector;

use crate::failure::{Failure, Outcome};

const PORT: u16 = 26257;

/// What asks a server whether it encrypts.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// How much a client insists on encryption; libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

#[derive(Debug, Clone)]
pub struct Address {
    /// All but encryption, which is done before the driver begins.
    pub config: tokio_postgres::Config,
    mode: Mode,
    authority: Option<PathBuf>,
    identity: Option<Identity>,
}

/// A connection on which nothing has been said yet.
pub struct Dialed {
    pub stream: Box<dyn Transport>,
    /// What a login can be bound to.
    pub end_point: Option<Vec<u8>>,
}

pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

impl Address {
    /// Reads a `postgres://` URL. The password in it, if any, is not repeated in errors.
    pub fn read(url: &str) -> Outcome<Address> {
        let (plain, parameters) = split(url)?;
        let mut config = tokio_postgres::Config::from_str(&plain).map_err(|error| {
            Failure::usage(format!(
                "ERROR:  the URL cannot be read: {error}\nHINT:  postgres://root@HOST:PORT/DATABASE"
            ))
        })?;
        config.ssl_mode(SslMode::Disable);
        let value = |name: &str| {
            let found = parameters.iter().rev().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let authority = value("sslrootcert").map(PathBuf::from);
        let mode = match (value("sslmode").as_deref(), &authority) {
            (None, None) => Mode::Prefer,
            (None, Some(_)) => Mode::VerifyFull,
            (Some("disable"), _) => Mode::Disable,
            (Some("prefer"), _) => Mode::Prefer,
            (Some("require"), _) => Mode::Require,
            (Some("verify-ca"), _) => Mode::VerifyCa,
            (Some("verify-full"), _) => Mode::VerifyFull,
            (Some(other), _) => {
                return Err(Failure::usage(format!(
                    "ERROR:  unknown sslmode {other:?}\nHINT:  disable, prefer, require, verify-ca or verify-full"
                )));
            }
        };
        if authority.is_none() && matches!(mode, Mode::VerifyCa | Mode::VerifyFull) {
            return Err(Failure::usage(
                "ERROR:  verify-ca and verify-full need to know whom to trust\nHINT:  sslrootcert=ca.crt in the URL, or --certs-dir",
            ));
        }
        let identity = match (value("sslcert"), value("sslkey")) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(Identity {
                certificate: certificate.into(),
                key: key.into(),
            }),
            _ => {
                return Err(Failure::usage(
                    "ERROR:  sslcert and sslkey go together in the URL",
                ));
            }
        };
        Ok(Address {
            config,
            mode,
            authority,
            identity,
        })
    }

    /// Connects, and encrypts as far as the URL demands it and the server can.
    pub async fn dial(&self) -> Outcome<Dialed> {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            _ => "127.0.0.1".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(PORT);
        let mut stream = TcpStream::connect((host.as_str(), port))
            .await
            .map_err(|error| {
                Failure::failed(format!(
                    "ERROR:  cannot connect to {host}:{port}: {error}\nHINT:  is `cairn start` running?"
                ))
            })?;
        stream.set_nodelay(true)?;
        if self.mode == Mode::Disable || !self.encrypts(&mut stream).await? {
            return Ok(Dialed {
                stream: Box::new(stream),
                end_point: None,
            });
        }
        let failed = |error: &dyn std::fmt::Display| {
            Failure::failed(format!(
                "ERROR:  no encrypted connection to {host}:{port}: {error}"
            ))
        };
        let config = cairn_tls::client_config(&self.trust(), self.identity.as_ref())
            .map_err(|error| failed(&error))?;
        let name = ServerName::try_from(host.clone()).map_err(|error| failed(&error))?;
        let stream = TlsConnector::from(config).connect(name, stream).await;
        let stream = stream.map_err(|error| failed(&error))?;
        let shown = stream.get_ref().1.peer_certificates();
        let end_point = shown
            .and_then(<[_]>::first)
            .and_then(|certificate| cairn_tls::end_point(certificate));
        Ok(Dialed {
            stream: Box::new(stream),
            end_point,
        })
    }

    /// Asks the server.
    async fn encrypts(&self, stream: &mut TcpStream) -> Outcome<bool> {
        stream.write_all(&SSL_REQUEST).await?;
        match (stream.read_u8().await?, self.mode) {
            (b'S', _) => Ok(true),
            (b'N', Mode::Prefer) => Ok(false),
            (b'N', _) => Err(Failure::failed(
                "ERROR:  the server does not encrypt\nHINT:  it has no certificates; sslmode=disable does without",
            )),
            _ => Err(Failure::failed(
                "ERROR:  this is no server of PostgreSQL's protocol",
            )),
        }
    }

    fn trust(&self) -> Trust {
        match (&self.authority, self.mode) {
            (Some(authority), Mode::VerifyFull) => Trust::AuthorityAndName(authority.clone()),
            // As in libpq: whoever has named an authority wants it.
            (Some(authority), Mode::VerifyCa | Mode::Require) => {
                Trust::Authority(authority.clone())
            }
            _ => Trust::Anyone,
        }
    }
}

/// The URL with what a folder of certificates has for its user; what the URL says itself stays.
pub fn with_certificates(url: &str, folder: &Path) -> Outcome<String> {
    let address = Address::read(url)?;
    let (_, given) = split(url)?;
    let is_given = |name: &str| given.iter().any(|(known, _)| known == name);
    let mut full = url.to_owned();
    let mut add = |name: &str, value: &str| {
        let separator = if full.contains('?') { '&' } else { '?' };
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        full.push_str(&format!("{separator}{name}={value}"));
    };
    if !is_given("sslmode") {
        add("sslmode", "verify-full");
    }
    if !is_given("sslrootcert") {
        add("sslrootcert", path(&folder.join(CA_CERTIFICATE))?);
    }
    let user = address.config.get_user().unwrap_or("root");
    let (certificate, key) = (client_certificate(folder, user), client_key(folder, user));
    // Who has no certificate has a password.
    if !is_given("sslcert") && !is_given("sslkey") && certificate.exists() {
        add("sslcert", path(&certificate)?);
        add("sslkey", path(&key)?);
    }
    Ok(full)
}

fn path(path: &Path) -> Outcome<&str> {
    path.to_str()
        .ok_or_else(|| Failure::usage(format!("ERROR:  {} is not UTF-8", path.display())))
}

/// The URL without what is for encryption, and that.
fn split(url: &str) -> Outcome<(String, Vec<(String, String)>)> {
    let Some((before, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), Vec::new()));
    };
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some((name @ ("sslmode" | "sslrootcert" | "sslcert" | "sslkey"), value)) => {
                let value = percent_decode_str(value).decode_utf8().map_err(|_| {
                    Failure::usage(format!("ERROR:  the URL's {name} is not UTF-8"))
                })?;
                ours.push((name.to_owned(), value.into_owned()));
            }
            _ => others.push(pair),
        }
    }
    let plain = match others.is_empty() {
        true => before.to_owned(),
        false => format!("{before}?{}", others.join("&")),
    };
    Ok((plain, ours))
}

#[cfg(test)]
mod tests {
    use super::{Address, Mode, with_certificates};
    use std::path::Path;

    #[test]
    fn a_url_says_how_much_encryption_it_wants() {
        let mode = |query: &str| {
            let url = format!("postgres://amy:secret@localhost:5/bank{query}");
            Address::read(&url).map(|address| address.mode).ok()
        };
        assert_eq!(mode(""), Some(Mode::Prefer));
        assert_eq!(mode("?sslmode=disable"), Some(Mode::Disable));
        assert_eq!(
            mode("?sslmode=require&application_name=x"),
            Some(Mode::Require)
        );
        assert_eq!(mode("?sslrootcert=ca.crt"), Some(Mode::VerifyFull));
        assert_eq!(
            mode("?sslrootcert=c%2Fa&sslmode=verify-ca"),
            Some(Mode::VerifyCa)
        );
        for wrong in [
            "?sslmode=maybe",
            "?sslmode=verify-full",
            "?sslcert=a",
            "?sslkey=%ff",
        ] {
            assert_eq!(mode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_folder_adds_what_the_url_does_not_say() {
        let url = with_certificates("postgres://amy@localhost/bank", Path::new("/a b")).unwrap();
        let address = Address::read(&url).unwrap();
        assert_eq!(address.mode, Mode::VerifyFull);
        assert_eq!(address.authority.as_deref(), Some(Path::new("/a b/ca.crt")));
        assert_eq!(address.config.get_user(), Some("amy"));
        assert!(address.identity.is_none());
        let url = "postgres://localhost/?sslmode=require&sslrootcert=x";
        let address = Address::read(&with_certificates(url, Path::new("c")).unwrap()).unwrap();
        assert_eq!(address.mode, Mode::Require);
        assert_eq!(address.authority.as_deref(), Some(Path::new("x")));
    }
}
