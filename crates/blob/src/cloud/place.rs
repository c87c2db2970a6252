//! A place in a bucket: paths below it, and errors as they may be shown.

use std::io;

use object_store::Error as StoreError;
use object_store::path::Path;

use super::store::WRITE;
use crate::create::{Condition, Knowledge};
use crate::error::{Error, Result, chain};
use crate::name;
use crate::secrets::Secrets;

#[derive(Debug)]
pub(super) struct Place {
    /// Clean path below the bucket, without slashes at its ends; empty for the bucket itself.
    base: String,
    /// The redacted URL.
    pub(super) location: String,
    /// Values that must not be seen, should a server repeat them.
    secrets: Secrets,
    pub(super) condition: Condition,
}

impl Place {
    pub(super) fn new(
        base: &str,
        location: String,
        secrets: Vec<String>,
        condition: Knowledge,
    ) -> Place {
        Place {
            base: base.trim_matches('/').to_owned(),
            location,
            secrets: Secrets::new(secrets),
            condition: Condition::new(condition),
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
        let source = io::Error::other(self.secrets.hide(&chain(&error)));
        match error {
            // While writing, it is the bucket that is missing.
            StoreError::NotFound { .. } if action != WRITE => Error::NotFound { location, name },
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
}
