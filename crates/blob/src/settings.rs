//! What the node's operator and the cluster's settings decide about storage.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::gs;
use crate::patience::Patience;
use crate::vault::Vault;

/// Cluster settings that act here. Their stored values are the key sealed, PEM, and whole seconds.
pub const GS_DEFAULT_KEY: &str = "cloudstorage.gs.default.key";
pub const HTTP_CUSTOM_CA: &str = "cloudstorage.http.custom_ca";
pub const TIMEOUT: &str = "cloudstorage.timeout";

#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The directory of `--external-io-dir`; `None` when it is `disabled`.
    pub external_io_dir: Option<PathBuf>,
    /// Seals what is stored of locations and settings.
    pub vault: Arc<Vault>,
    pub(crate) patience: Patience,
    /// PEM of authorities that are trusted beside the system's.
    custom_ca: Option<String>,
    /// The JSON key for `gs`, sealed.
    gs_default_key: Option<String>,
}

impl Settings {
    /// With a vault in memory.
    #[must_use]
    pub fn new(external_io_dir: Option<PathBuf>) -> Settings {
        Settings {
            external_io_dir,
            ..Settings::default()
        }
    }

    #[must_use]
    pub fn with_vault(self, vault: Vault) -> Settings {
        Settings {
            vault: Arc::new(vault),
            ..self
        }
    }

    #[must_use]
    pub fn with_custom_ca(self, pem: String) -> Settings {
        Settings {
            custom_ca: Some(pem),
            ..self
        }
    }

    /// For a look whether a place answers at all.
    #[must_use]
    pub fn impatient(self) -> Settings {
        Settings {
            patience: Patience::LITTLE,
            ..self
        }
    }

    #[cfg(test)]
    pub(crate) fn with_patience(self, patience: Patience) -> Settings {
        Settings { patience, ..self }
    }

    /// With what is stored of the cluster's settings.
    #[must_use]
    pub fn with_stored(&self, stored: &BTreeMap<String, String>) -> Settings {
        let given = |name: &str| stored.get(name).filter(|value| !value.is_empty()).cloned();
        let mut settings = self.clone();
        settings.custom_ca = given(HTTP_CUSTOM_CA);
        settings.gs_default_key = given(GS_DEFAULT_KEY);
        if let Some(seconds) = given(TIMEOUT).and_then(|seconds| seconds.parse().ok()) {
            settings.patience.request = Duration::from_secs(seconds);
        }
        settings
    }

    /// A key for `gs` as it may be stored.
    ///
    /// # Errors
    /// [`Error::Setting`] when it is none, those of [`Vault::seal`].
    pub fn seal_gs_key(&self, json: &str) -> Result<String> {
        gs::check_key(json)?;
        self.vault.seal(GS_DEFAULT_KEY, json)
    }

    pub(crate) fn gs_key(&self) -> Result<Option<String>> {
        let sealed = self.gs_default_key.as_deref();
        sealed
            .map(|sealed| self.vault.unseal(GS_DEFAULT_KEY, sealed))
            .transpose()
    }

    pub(crate) fn custom_ca(&self) -> Option<&str> {
        self.custom_ca.as_deref()
    }
}

/// Whether certificates are there that clients can trust.
///
/// # Errors
/// [`Error::Setting`].
pub fn check_certificates(pem: &str) -> Result<()> {
    let certificates = certificates(pem)?;
    cairn_tls::install_provider();
    let client = reqwest::Client::builder().tls_certs_merge(certificates);
    client.build().map(|_| ()).map_err(|_| bad_certificates())
}

pub(crate) fn certificates(pem: &str) -> Result<Vec<reqwest::Certificate>> {
    match reqwest::Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(bad_certificates()),
    }
}

pub(crate) fn bad_certificates() -> Error {
    Error::Setting {
        problem: format!(
            "failed to parse root CA certificate from {HTTP_CUSTOM_CA:?}: give certificates in PEM, from BEGIN to END"
        ),
    }
}
