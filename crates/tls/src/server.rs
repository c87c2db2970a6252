//! What a server needs of its folder.

use std::path::Path;
use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::file::{self, CA_CERTIFICATE, NODE_CERTIFICATE, NODE_KEY};
use crate::{Error, Result, install_provider};

/// A server's rules: TLS 1.2 and 1.3; a client without a certificate is heard, one with a certificate that is expired or not of our
/// authority is not. Also the server's own certificate, for logins that are bound to it.
pub fn server_config(folder: &Path) -> Result<(Arc<ServerConfig>, Vec<u8>)> {
    install_provider();
    let roots = Arc::new(roots(&folder.join(CA_CERTIFICATE))?);
    let authority = folder.join(CA_CERTIFICATE);
    let clients = WebPkiClientVerifier::builder(roots)
        .allow_unauthenticated()
        .build()
        .map_err(|error| Error::Unusable {
            path: authority,
            problem: error.to_string(),
        })?;
    let certificate = folder.join(NODE_CERTIFICATE);
    let chain = file::read_certificates(&certificate)?;
    let own = chain.first().map(|first| first.to_vec());
    let key = file::read_key(&folder.join(NODE_KEY))?;
    let config = ServerConfig::builder()
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .map_err(|error| Error::Unusable {
            path: certificate,
            problem: format!("it does not go with {NODE_KEY}: {error}"),
        })?;
    Ok((Arc::new(config), own.unwrap_or_default()))
}

/// Those who are trusted, from a file of their certificates.
pub fn roots(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in file::read_certificates(path)? {
        roots.add(certificate).map_err(|error| Error::Unusable {
            path: path.to_owned(),
            problem: format!("it cannot be trusted: {error}"),
        })?;
    }
    Ok(roots)
}
