//! What a client needs: whom it trusts, and what it shows of itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::server::roots;
use crate::{Error, Result, file, install_provider};

/// What a server must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Anything: eavesdroppers are kept out, impostors are not.
    Anyone,
    /// A certificate of an authority in this file.
    Authority(PathBuf),
    /// A certificate of an authority in this file, for the name that was connected to.
    AuthorityAndName(PathBuf),
}

/// What a client shows: a certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A client's rules.
pub fn client_config(trust: &Trust, identity: Option<&Identity>) -> Result<Arc<ClientConfig>> {
    install_provider();
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Anyone => Arc::new(Lenient::new(None)),
        Trust::Authority(path) => Arc::new(Lenient::new(Some(roots(path)?))),
        Trust::AuthorityAndName(path) => strict(path)?,
    };
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match identity {
        None => config.with_no_client_auth(),
        Some(Identity { certificate, key }) => {
            let chain = file::read_certificates(certificate)?;
            let unusable = |error: rustls::Error| Error::Unusable {
                path: certificate.clone(),
                problem: format!("it does not go with {}: {error}", key.display()),
            };
            config
                .with_client_auth_cert(chain, file::read_key(key)?)
                .map_err(unusable)?
        }
    };
    Ok(Arc::new(config))
}

fn strict(path: &Path) -> Result<Arc<dyn ServerCertVerifier>> {
    let verifier = WebPkiServerVerifier::builder(Arc::new(roots(path)?)).build();
    Ok(verifier.map_err(|error| Error::Unusable {
        path: path.to_owned(),
        problem: error.to_string(),
    })?)
}

/// Checks less than the standard rules: no name, and without authorities no chain. Signatures are checked always.
#[derive(Debug)]
struct Lenient {
    roots: Option<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Lenient {
    fn new(roots: Option<RootCertStore>) -> Lenient {
        let provider: CryptoProvider = ring::default_provider();
        Lenient {
            roots,
            algorithms: provider.signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                roots,
                intermediates,
                now,
                self.algorithms.all,
            )?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
