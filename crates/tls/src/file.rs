//! The files of a folder of certificates.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{Error, Result};

/// Who is trusted.
pub const CA_CERTIFICATE: &str = "ca.crt";
pub const NODE_CERTIFICATE: &str = "node.crt";
pub const NODE_KEY: &str = "node.key";

/// Where a user's certificate lies.
pub fn client_certificate(folder: &Path, user: &str) -> PathBuf {
    folder.join(format!("client.{user}.crt"))
}

/// Where the key of a user's certificate lies.
pub fn client_key(folder: &Path, user: &str) -> PathBuf {
    folder.join(format!("client.{user}.key"))
}

/// Writes a file that was not there; `mode` says who may read it.
pub fn write_new(path: &Path, text: &str, mode: u32) -> Result<()> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::AlreadyExists => Error::Exists {
            path: path.to_owned(),
        },
        _ => Error::Write {
            path: path.to_owned(),
            source,
        },
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    let mut file: File = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)
}

pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

/// The certificates of a file, at least one.
pub fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let empty = || Error::Empty {
        path: path.to_owned(),
        what: "certificate",
    };
    let bytes = read(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| empty())?;
    match certificates.is_empty() {
        true => Err(empty()),
        false => Ok(certificates),
    }
}

/// The key of a file that nobody but its owner can read.
pub fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let metadata = std::fs::metadata(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::OpenKey {
            path: path.to_owned(),
            mode,
        });
    }
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|_| Error::Empty {
        path: path.to_owned(),
        what: "private key",
    })
}
