//! A place in a bucket: paths below it, and errors as they may be shown.

use std::io;
use std::sync::Arc;

use object_store::Error as StoreError;
use object_store::path::Path;

use super::lanes::Lanes;
use super::store::WRITE;
use super::watch::may_pass;
use crate::create::{Condition, Knowledge};
use crate::error::{Call, Error, Result, chain};
use crate::kept::Sight;
use crate::location::Location;
use crate::name;
use crate::patience::{Met, Patience, Trial};
use crate::secrets::Secrets;
use crate::settings::Settings;

#[derive(Debug)]
pub(super) struct Place {
    /// Clean path below the bucket, without slashes at its ends; empty for the bucket itself.
    base: String,
    /// The redacted URL.
    pub(super) location: String,
    /// Values that must not be seen, should a server repeat them.
    secrets: Secrets,
    pub(super) condition: Condition,
    pub(super) sight: Sight,
    pub(super) lanes: Lanes,
    patience: Patience,
    met: Arc<Met>,
}

impl Place {
    pub(super) fn new(
        location: &Location,
        settings: &Settings,
        met: Arc<Met>,
        secrets: Vec<String>,
        condition: Knowledge,
    ) -> Place {
        Place {
            base: location.path.trim_matches('/').to_owned(),
            location: location.to_string(),
            secrets: Secrets::new(secrets),
            condition: Condition::new(condition),
            sight: Sight::default(),
            lanes: Lanes::default(),
            patience: settings.patience,
            met,
        }
    }

    /// Begins a call.
    pub(super) fn begin(&self) -> Trial<'_> {
        self.patience.begin(&self.met)
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

    pub(super) fn call<'a>(&'a self, action: &'static str, name: &'a str) -> Call<'a> {
        Call {
            location: &self.location,
            action,
            name,
        }
    }

    /// Says what an error of the client means here.
    pub(super) fn error(&self, action: &'static str, name: &str, error: StoreError) -> Error {
        let call = self.call(action, name);
        let source = io::Error::other(self.secrets.hide(&chain(&error)));
        let passes = may_pass(&error);
        match error {
            // While writing, it is the bucket that is missing.
            StoreError::NotFound { .. } if action != WRITE => call.not_found(),
            StoreError::AlreadyExists { .. } => call.already_exists(),
            StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
                call.denied(source)
            }
            _ if passes => call.unavailable(source),
            _ => call.failed(source),
        }
    }
}
