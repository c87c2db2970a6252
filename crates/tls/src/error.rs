//! What can be wrong with certificates, and with the files that hold them.

use std::path::PathBuf;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path} is there already, and is not overwritten; remove it, or name another folder")]
    Exists { path: PathBuf },

    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },

    #[error("cannot write {path}: {source}")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },

    #[error("{path} can be read by others than its owner (mode {mode:04o}); chmod 600 it")]
    OpenKey { path: PathBuf, mode: u32 },

    #[error("{path} holds no {what} in PEM form")]
    Empty { path: PathBuf, what: &'static str },

    #[error("{path}: {problem}")]
    Unusable { path: PathBuf, problem: String },

    #[error("{name:?} cannot be the name of a {what}: {problem}")]
    Name {
        name: String,
        what: &'static str,
        problem: &'static str,
    },

    #[error("no certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
}
