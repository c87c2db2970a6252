//! How the clients of all providers connect and wait. They try once: `crate::patience` decides on more.

use object_store::multipart::MultipartStore;
use object_store::{Certificate, ClientOptions, ObjectStore, RetryConfig};
use std::time::Duration;

use crate::error::Result;
use crate::settings::{Settings, bad_certificates};

/// What is needed of a provider's client.
pub(crate) trait Provider: ObjectStore + MultipartStore {}

impl<T: ObjectStore + MultipartStore> Provider for T {}

/// For a provider's own service, or for the compatible one at `endpoint`: there the custom authorities are trusted, too.
pub(crate) fn options(settings: &Settings, endpoint: Option<&str>) -> Result<ClientOptions> {
    cairn_tls::install_provider();
    let patience = settings.patience;
    let mut options = ClientOptions::new()
        .with_allow_http(is_plain_http(endpoint))
        .with_connect_timeout(patience.connect)
        .with_read_timeout(patience.silence)
        .with_timeout(patience.request);
    if let (Some(pem), Some(_)) = (settings.custom_ca(), endpoint) {
        let certificates = Certificate::from_pem_bundle(pem.as_bytes());
        for certificate in certificates.map_err(|_| bad_certificates())? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

pub(crate) fn is_plain_http(endpoint: Option<&str>) -> bool {
    endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"))
}

pub(crate) fn once() -> RetryConfig {
    RetryConfig {
        max_retries: 0,
        retry_timeout: Duration::ZERO,
        ..RetryConfig::default()
    }
}
