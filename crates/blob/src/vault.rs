//! The vault: secrets at rest, sealed with a key that lies beside the store and in no backup.
//!
//! WHAT
//!   Whatever is stored of a location or of a setting and holds a secret goes through [`Vault::seal`]. The key is 256 random bits in
//!   a file of its own (`<store>/secret.key`, mode 0600), made when the first secret is sealed; a vault without a file keeps its key
//!   in memory.
//!
//! INVARIANTS
//!   The key file is created exclusively, whole and synced before anything sealed with it leaves this room: `create`. A key that is
//!   lost is never replaced for unsealing: [`Vault::unseal`] reads the file and makes none.
//!   Each text is sealed under a nonce of its own, for one purpose: what was sealed for another does not open.
//!
//! BYTES
//!   Key file: `cairn secret key 1 `, 64 hexadecimal digits, a line feed. Sealed text: `sealed-1:`, the key's id (8 digits, of its
//!   SHA-256), `:`, then in hexadecimal 12 bytes of nonce, the AES-256-GCM ciphertext and 16 bytes of tag. The purpose is the
//!   associated data. `docs/storage-engine.md` has the same.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::location::{Location, redact};

const KEY_LEN: usize = 32;
const KEY_TEXT: &str = "cairn secret key 1 ";
const SEALED_TEXT: &str = "sealed-1:";

/// Seals and unseals; shared by all who store secrets.
#[derive(Default)]
pub struct Vault {
    /// `None`: the key is in memory only.
    file: Option<PathBuf>,
    key: Mutex<Option<Arc<Key>>>,
}

struct Key {
    id: String,
    cipher: LessSafeKey,
}

impl Vault {
    /// With its key in a file, which is read or made when it is first needed.
    #[must_use]
    pub fn at(file: PathBuf) -> Vault {
        Vault {
            file: Some(file),
            key: Mutex::default(),
        }
    }

    /// With its key in memory: for stores that are gone with their process.
    #[must_use]
    pub fn in_memory() -> Vault {
        Vault::default()
    }

    /// A text that may be stored anywhere.
    ///
    /// # Errors
    /// [`Error::SecretKey`] when there is no key and none can be made.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<String> {
        let key = self.key(true)?;
        let mut bytes = vec![0; NONCE_LEN];
        self.fill(&mut bytes)?;
        let nonce = Nonce::try_assume_unique_for_key(&bytes);
        let nonce = nonce.map_err(|_| self.failed("a nonce has the wrong length"))?;
        let mut text = secret.as_bytes().to_vec();
        key.cipher
            .seal_in_place_append_tag(nonce, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| self.failed("a secret is too long to be sealed"))?;
        bytes.extend_from_slice(&text);
        Ok(format!("{SEALED_TEXT}{}:{}", key.id, hex::encode(&bytes)))
    }

    /// What was sealed for the same purpose.
    ///
    /// # Errors
    /// [`Error::SecretKey`], naming the key file: it is lost, it is another one, or the text is damaged.
    pub fn unseal(&self, purpose: &str, sealed: &str) -> Result<String> {
        let damaged = || self.failed("a sealed secret is damaged");
        let (id, text) = sealed
            .strip_prefix(SEALED_TEXT)
            .and_then(|rest| rest.split_once(':'))
            .ok_or_else(damaged)?;
        let key = self.key(false)?;
        if key.id != id {
            let problem = format!(
                "a secret was sealed with another key ({id}, this one is {}): put that key file back",
                key.id
            );
            return Err(self.failed(&problem));
        }
        let mut bytes = hex::decode(text).map_err(|_| damaged())?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let opened = key
            .cipher
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), text);
        let opened = opened.map_err(|_| damaged())?;
        String::from_utf8(opened.to_vec()).map_err(|_| damaged())
    }

    fn key(&self, may_create: bool) -> Result<Arc<Key>> {
        let mut held = self.key.lock();
        if let Some(key) = &*held {
            return Ok(Arc::clone(key));
        }
        let bytes = match &self.file {
            Some(file) => self.read_or_create(file, may_create)?,
            None => self.draw()?,
        };
        let cipher = UnboundKey::new(&AES_256_GCM, &bytes);
        let cipher = cipher.map_err(|_| self.failed("it does not hold a key"))?;
        let id = digest(&SHA256, &bytes);
        let key = Arc::new(Key {
            id: hex::encode(id.as_ref().get(..4).unwrap_or_default()),
            cipher: LessSafeKey::new(cipher),
        });
        *held = Some(Arc::clone(&key));
        Ok(key)
    }

    fn read_or_create(&self, file: &Path, may_create: bool) -> Result<[u8; KEY_LEN]> {
        match fs::read_to_string(file) {
            Ok(text) => parse(&text).ok_or_else(|| self.failed("it does not hold a key")),
            Err(error) if error.kind() == ErrorKind::NotFound && may_create => {
                let bytes = self.draw()?;
                create(file, &bytes).map_err(|error| self.failed(&error.to_string()))?;
                Ok(bytes)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(self.failed("it is missing, and secrets were sealed with it: put it back"))
            }
            Err(error) => Err(self.failed(&error.to_string())),
        }
    }

    fn draw(&self) -> Result<[u8; KEY_LEN]> {
        let mut bytes = [0; KEY_LEN];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        let filled = SystemRandom::new().fill(bytes);
        filled.map_err(|_| self.failed("the system gives no random bytes"))
    }

    fn failed(&self, problem: &str) -> Error {
        let file = self.file.as_ref();
        Error::SecretKey {
            file: file.map_or("in memory".to_owned(), |file| file.display().to_string()),
            problem: problem.to_owned(),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({:?})", self.file)
    }
}

/// Writes the key under another name, syncs it, and links it to its own: nobody sees half a key, and a key is never replaced.
fn create(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let unfinished = file.with_extension("key.new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.open(&unfinished)?;
    new.write_all(format!("{KEY_TEXT}{}\n", hex::encode(bytes)).as_bytes())?;
    new.sync_all()?;
    fs::hard_link(&unfinished, file)?;
    fs::remove_file(&unfinished)?;
    File::open(folder)?.sync_all()
}

fn parse(text: &str) -> Option<[u8; KEY_LEN]> {
    let digits = text.strip_prefix(KEY_TEXT)?.trim_end();
    hex::decode(digits).ok()?.try_into().ok()
}

/// A location as it is stored: its secrets sealed, the rest readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedLocation {
    /// As anyone may see it.
    pub shown: String,
    /// The whole URL, sealed; `None` when nothing of it is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

const LOCATION: &str = "location";

impl SealedLocation {
    /// # Errors
    /// Those of [`Vault::seal`].
    pub fn new(location: &Location, vault: &Vault) -> Result<SealedLocation> {
        let url = location.to_url_with_secrets();
        let shown = redact(url);
        let sealed = match shown == url {
            true => None,
            false => Some(vault.seal(LOCATION, url)?),
        };
        Ok(SealedLocation { shown, sealed })
    }

    /// # Errors
    /// Those of [`Vault::unseal`] and [`Location::parse`].
    pub fn unseal(&self, vault: &Vault) -> Result<Location> {
        match &self.sealed {
            Some(sealed) => Location::parse(&vault.unseal(LOCATION, sealed)?),
            None => Location::parse(&self.shown),
        }
    }
}

#[cfg(test)]
mod tests;
