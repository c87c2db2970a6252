//! A place in a bucket: paths below it, and errors as they may be shown.

use std::io;

use object_store::Error as StoreError;
use object_store::path::Path;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, Result};
use crate::name;

#[derive(Debug)]
pub(super) struct Place {
    /// Clean path below the bucket, without slashes at its ends; empty for the bucket itself.
    base: String,
    /// The redacted URL.
    pub(super) location: String,
    /// Values that must not be seen, should a server repeat them.
    secrets: Secrets,
}

/// Printed by nobody.
struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("redacted")
    }
}

impl Place {
    pub(super) fn new(base: &str, location: String, secrets: Vec<String>) -> Place {
        let encoded: Vec<String> = secrets
            .iter()
            .map(|secret| utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string())
            .collect();
        let shown = secrets.into_iter().chain(encoded);
        Place {
            base: base.trim_matches('/').to_owned(),
            location,
            secrets: Secrets(shown.filter(|secret| !secret.is_empty()).collect()),
        }
    }

    pub(super) fn path(&self, name: &str) -> Result<Path> {
        name::check(name)?;
        let path = match self.base.as_str() {
            "" => Path::parse(name),
            base => Path::parse(format!("{base}/{name}")),
        };
        path.map_err(|_| Error::Malformed {
            reason: "its path has an empty component, '.' or '..'",
        })
    }

    /// Says what an error of the client means here.
    pub(super) fn error(&self, action: &'static str, name: &str, error: StoreError) -> Error {
        let (location, name) = (self.location.clone(), name.to_owned());
        let source = io::Error::other(self.without_secrets(&chain(&error)));
        match error {
            StoreError::NotFound { .. } => Error::NotFound { location, name },
            StoreError::AlreadyExists { .. } => Error::AlreadyExists { location, name },
            StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
                Error::Denied {
                    location,
                    action,
                    name,
                    source,
                }
            }
            _ => Error::Io {
                location,
                action,
                name,
                source,
            },
        }
    }

    pub(super) fn already_exists(&self, name: &str) -> Error {
        Error::AlreadyExists {
            location: self.location.clone(),
            name: name.to_owned(),
        }
    }

    fn without_secrets(&self, text: &str) -> String {
        let Secrets(secrets) = &self.secrets;
        secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret, "redacted")
        })
    }
}

/// An error with its causes, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
