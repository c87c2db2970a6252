//! What can go wrong with a location or a store, and what the user must do about it.

use std::io;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a storage URL or an object store. Messages name locations in their redacted form only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("invalid storage URL: {reason}")]
    Malformed { reason: &'static str },
    #[error("unsupported storage scheme: {scheme:?}")]
    UnsupportedScheme { scheme: String },
    #[error("{scheme} uri missing {parameter:?} parameter")]
    MissingParameter {
        scheme: &'static str,
        parameter: &'static str,
    },
    #[error("{scheme} uri does not take a parameter {parameter:?}")]
    UnknownParameter {
        scheme: &'static str,
        parameter: String,
    },
    #[error("{message}")]
    Parameter { message: String },
    #[error("{problem}")]
    Setting { problem: String },
    #[error("{location}: {what} is not supported yet")]
    Unsupported { location: String, what: String },
    #[error("local file access to paths outside of external-io-dir is not allowed: {location}")]
    Outside { location: String },
    #[error("local file access is disabled: this node was started with --external-io-dir=disabled")]
    Disabled,
    #[error("invalid object name {name:?}: {reason}")]
    ObjectName { name: String, reason: &'static str },
    #[error("{location}: object {name:?} not found")]
    NotFound { location: String, name: String },
    #[error("{location}: object {name:?} already exists and is never overwritten")]
    AlreadyExists { location: String, name: String },
    #[error("{location}: no permission to {action} {name:?}: {source}")]
    Denied {
        location: String,
        action: &'static str,
        name: String,
        source: io::Error,
    },
    #[error("{location}: no space left to {action} {name:?}: {source}")]
    Full {
        location: String,
        action: &'static str,
        name: String,
        source: io::Error,
    },
    #[error("{location}: cannot {action} {name:?}: {source}")]
    Io {
        location: String,
        action: &'static str,
        name: String,
        source: io::Error,
    },
    /// It may pass: the store is busy, or its answer did not come, or not whole.
    #[error("{location}: cannot {action} {name:?}: {source}")]
    Unavailable {
        location: String,
        action: &'static str,
        name: String,
        source: io::Error,
    },
    /// The object is not there as it was sent, or that cannot be told. Under another name it can be written again.
    #[error("{location}: cannot {action} {name:?}: {source}")]
    Astray {
        location: String,
        action: &'static str,
        name: String,
        source: io::Error,
    },
    #[error("secret key {file}: {problem}")]
    SecretKey { file: String, problem: String },
    #[error("a thread of {pool} panicked; this is a bug in Cairn")]
    Panicked { pool: &'static str },
}

/// What the user must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Correct the URL or the name.
    Invalid,
    /// Use another scheme: this one is known, but not yet built.
    Unsupported,
    /// Ask whoever runs the server: its settings forbid the location.
    Refused,
    /// Nothing is there: look for the right location.
    NotFound,
    /// Something is there already: choose another name or location.
    AlreadyExists,
    /// Get permission from the store.
    Denied,
    /// Free space in the store.
    Full,
    /// The store or the way to it failed: look at it, then try again.
    Io,
    /// Put the file with the secret key back, or give the statement again.
    Key,
    /// Report a bug.
    Internal,
}

impl Error {
    /// The object whose reading or writing failed.
    #[must_use]
    pub fn object(&self) -> Option<&str> {
        match self {
            Error::ObjectName { name, .. }
            | Error::NotFound { name, .. }
            | Error::AlreadyExists { name, .. }
            | Error::Denied { name, .. }
            | Error::Full { name, .. }
            | Error::Io { name, .. }
            | Error::Unavailable { name, .. }
            | Error::Astray { name, .. } => Some(name),
            _ => None,
        }
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Error::Malformed { .. }
            | Error::UnsupportedScheme { .. }
            | Error::MissingParameter { .. }
            | Error::UnknownParameter { .. }
            | Error::Parameter { .. }
            | Error::Setting { .. }
            | Error::ObjectName { .. } => Kind::Invalid,
            Error::Unsupported { .. } => Kind::Unsupported,
            Error::Outside { .. } | Error::Disabled => Kind::Refused,
            Error::NotFound { .. } => Kind::NotFound,
            Error::AlreadyExists { .. } => Kind::AlreadyExists,
            Error::Denied { .. } => Kind::Denied,
            Error::Full { .. } => Kind::Full,
            Error::Io { .. } | Error::Unavailable { .. } | Error::Astray { .. } => Kind::Io,
            Error::SecretKey { .. } => Kind::Key,
            Error::Panicked { .. } => Kind::Internal,
        }
    }
}

/// What was to be done with an object, for the errors that may come of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// Redacted.
    pub(crate) location: &'a str,
    pub(crate) action: &'static str,
    pub(crate) name: &'a str,
}

/// A function for each kind of error that has the same fields.
macro_rules! failures {
    ($($function:ident $variant:ident),*) => {
        $(pub(crate) fn $function(self, source: io::Error) -> Error {
            Error::$variant {
                location: self.location.to_owned(),
                action: self.action,
                name: self.name.to_owned(),
                source,
            }
        })*
    };
}

impl Call<'_> {
    failures!(denied Denied, full Full, failed Io, unavailable Unavailable, astray Astray);

    pub(crate) fn not_found(self) -> Error {
        Error::NotFound {
            location: self.location.to_owned(),
            name: self.name.to_owned(),
        }
    }

    pub(crate) fn already_exists(self) -> Error {
        Error::AlreadyExists {
            location: self.location.to_owned(),
            name: self.name.to_owned(),
        }
    }
}

/// An error with its causes, each said once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
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
