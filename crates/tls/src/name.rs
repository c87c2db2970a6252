//! What a certificate says of itself.

use ring::digest::{self, Algorithm, SHA256, SHA384, SHA512};
use x509_certificate::{SignatureAlgorithm, X509Certificate};

/// The common name of a certificate's subject: the user, for a client's.
pub fn common_name(certificate: &[u8]) -> Option<String> {
    X509Certificate::from_der(certificate)
        .ok()?
        .subject_common_name()
}

/// The key in a certificate, as it stands there.
pub fn public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let parsed = X509Certificate::from_der(certificate).ok()?;
    Some(parsed.public_key_data().to_vec())
}

/// What identifies a server by its certificate (`tls-server-end-point`, RFC 5929): the certificate's hash, made as its signature was, and
/// with SHA-256 where that was SHA-1. `None`: there is no rule for this kind of signature.
pub fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let parsed = X509Certificate::from_der(certificate).ok()?;
    let algorithm: &Algorithm = match parsed.signature_algorithm()? {
        SignatureAlgorithm::RsaSha1
        | SignatureAlgorithm::RsaSha256
        | SignatureAlgorithm::EcdsaSha256 => &SHA256,
        SignatureAlgorithm::RsaSha384 | SignatureAlgorithm::EcdsaSha384 => &SHA384,
        SignatureAlgorithm::RsaSha512 => &SHA512,
        _ => return None,
    };
    Some(digest::digest(algorithm, certificate).as_ref().to_vec())
}
