//! Small JSON objects that carry their own checksum: manifests, their parts, locks.
//!
//! WHAT
//!   The object is valid JSON of two lines:
//!   ```text
//!   {"cairn":"manifest","format_version":1,"blake3":"<64 hexadecimal digits>",
//!   "content":{ … }}
//!   ```
//!   The checksum is BLAKE3 over `cairn manifest 1\n` (the kind and version of the first line) and then every byte after the
//!   first line. The first line has one right form, so that a change of any byte of the object is found.
//!
//! INVARIANTS
//!   This frame is the same in all format versions, so that an older reader can tell a newer object from a damaged one.

use cairn_blob::{Put, Store, agreed};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::{Error, Fault, Result, mismatch};
use crate::manifest::{FORMAT_VERSION, ObjectRef};

/// Largest object of this form, written or read: a bound on what a hostile location can make us hold.
pub(crate) const MAX_BYTES: u64 = 64 << 20;

/// What an object is for. Written into it, so that one kind is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Manifest,
    Databases,
    Tables,
    Files,
    Lock,
}

impl Form {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Form::Manifest => "manifest",
            Form::Databases => "databases",
            Form::Tables => "tables",
            Form::Files => "files",
            Form::Lock => "lock",
        }
    }
}

/// Where an object is, for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) object: &'a str,
}

impl Source<'_> {
    pub(crate) fn damaged(&self, fault: Fault) -> Error {
        Error::Damaged {
            location: self.store.to_string(),
            object: self.object.to_owned(),
            fault,
        }
    }

    fn unknown(&self, reason: impl ToString) -> Error {
        Error::Unknown {
            location: self.store.to_string(),
            object: self.object.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// The bytes of an object with this content, given as JSON.
pub(crate) fn wrap(form: Form, content: &str) -> Vec<u8> {
    let body = format!("\"content\":{content}}}\n");
    let mut bytes = header(
        form,
        FORMAT_VERSION,
        &checksum(form, FORMAT_VERSION, body.as_bytes()),
    )
    .into_bytes();
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

/// The content of an object, after its checksum was compared.
pub(crate) fn unwrap<T: DeserializeOwned>(
    form: Form,
    source: Source<'_>,
    bytes: &[u8],
) -> Result<T> {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |at| at + 1);
    let (first, body) = bytes.split_at(end);
    let sound =
        |version: u32| first == header(form, version, &checksum(form, version, body)).as_bytes();
    match parse_header(form, first) {
        Some((version, _)) if (1..=FORMAT_VERSION).contains(&version) && sound(version) => {}
        _ => return Err(why_not(form, source, first, body)),
    }
    let content = body
        .strip_prefix(b"\"content\":")
        .and_then(|rest| rest.strip_suffix(b"}\n"));
    let content = content.ok_or_else(|| source.unknown("its second line is not \"content\""))?;
    serde_json::from_slice(content).map_err(|error| source.unknown(error))
}

/// Tells a newer object from a damaged one.
fn why_not(form: Form, source: Source<'_>, first: &[u8], body: &[u8]) -> Error {
    let Some((version, written)) = parse_header(form, first) else {
        let reason = format!("its first line is not that of a cairn {}", form.name());
        return source.damaged(Fault::Content(reason));
    };
    let found = checksum(form, version, body);
    if found == written && version > FORMAT_VERSION {
        return Error::Newer {
            location: source.store.to_string(),
            object: source.object.to_owned(),
            found: version,
            supported: FORMAT_VERSION,
        };
    }
    source.damaged(Fault::Checksum {
        expected: written,
        found,
    })
}

fn header(form: Form, version: u32, checksum: &str) -> String {
    format!(
        "{{\"cairn\":\"{}\",\"format_version\":{version},\"blake3\":\"{checksum}\",\n",
        form.name()
    )
}

/// Version and checksum of a first line.
fn parse_header(form: Form, line: &[u8]) -> Option<(u32, String)> {
    let line = std::str::from_utf8(line).ok()?;
    let rest = line.strip_prefix(&format!(
        "{{\"cairn\":\"{}\",\"format_version\":",
        form.name()
    ))?;
    let (version, rest) = rest.split_once(",\"blake3\":\"")?;
    let checksum = rest.strip_suffix("\",\n")?;
    Some((version.parse().ok()?, checksum.to_owned()))
}

fn checksum(form: Form, version: u32, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("cairn {} {version}\n", form.name()).as_bytes());
    hasher.update(body);
    hasher.finalize().to_hex().to_string()
}

/// Writes an object that must not be there yet. `None` when it is.
pub(crate) async fn create(
    store: &dyn Store,
    form: Form,
    object: &str,
    content: &(impl Serialize + Sync),
) -> Result<Option<ObjectRef>> {
    create_from_json(store, form, object, &to_json(object, content)?).await
}

/// The same for content that is JSON already.
pub(crate) async fn create_from_json(
    store: &dyn Store,
    form: Form,
    object: &str,
    content: &str,
) -> Result<Option<ObjectRef>> {
    let bytes = wrap(form, content);
    let length = bytes.len() as u64;
    if length > MAX_BYTES {
        let location = store.to_string();
        return Err(Error::TooLarge {
            location,
            object: object.to_owned(),
            bytes: length,
            limit: MAX_BYTES,
        });
    }
    let created = reference(object, &bytes);
    match store.put_if_absent(object, bytes.into()).await? {
        Put::Created => Ok(Some(created)),
        Put::AlreadyThere => Ok(None),
    }
}

fn reference(object: &str, bytes: &[u8]) -> ObjectRef {
    ObjectRef {
        path: object.to_owned(),
        bytes: bytes.len() as u64,
        blake3: blake3::hash(bytes).to_hex().to_string(),
    }
}

pub(crate) fn to_json(object: &str, content: &impl Serialize) -> Result<String> {
    serde_json::to_string(content).map_err(|source| Error::Json {
        object: object.to_owned(),
        source,
    })
}

/// Reads an object that nothing else describes, and describes it. `None` when it is not there.
pub(crate) async fn read<T: DeserializeOwned>(
    store: &dyn Store,
    form: Form,
    object: &str,
) -> Result<Option<(T, ObjectRef)>> {
    agreed(|| read_once(store, form, object), mismatch).await
}

async fn read_once<T: DeserializeOwned>(
    store: &dyn Store,
    form: Form,
    object: &str,
) -> Result<Option<(T, ObjectRef)>> {
    let bytes = match store.get(object, 0..MAX_BYTES + 1).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == cairn_blob::Kind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if bytes.len() as u64 > MAX_BYTES {
        let location = store.to_string();
        let found = bytes.len() as u64;
        return Err(Error::TooLarge {
            location,
            object: object.to_owned(),
            bytes: found,
            limit: MAX_BYTES,
        });
    }
    let content = unwrap(form, Source { store, object }, &bytes)?;
    Ok(Some((content, reference(object, &bytes))))
}

/// Reads an object that the manifest describes, and compares it with that.
pub(crate) async fn read_ref<T: DeserializeOwned>(
    store: &dyn Store,
    form: Form,
    wanted: &ObjectRef,
) -> Result<T> {
    agreed(|| read_ref_once(store, form, wanted), mismatch).await
}

async fn read_ref_once<T: DeserializeOwned>(
    store: &dyn Store,
    form: Form,
    wanted: &ObjectRef,
) -> Result<T> {
    let source = Source {
        store,
        object: &wanted.path,
    };
    if wanted.bytes > MAX_BYTES {
        let (location, object) = (store.to_string(), wanted.path.clone());
        return Err(Error::TooLarge {
            location,
            object,
            bytes: wanted.bytes,
            limit: MAX_BYTES,
        });
    }
    let bytes = match store.get(&wanted.path, 0..wanted.bytes + 1).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == cairn_blob::Kind::NotFound => {
            return Err(source.damaged(Fault::Missing));
        }
        Err(error) => return Err(error.into()),
    };
    if bytes.len() as u64 != wanted.bytes {
        let found = store
            .size(&wanted.path)
            .await
            .ok()
            .flatten()
            .unwrap_or(bytes.len() as u64);
        return Err(source.damaged(Fault::Length {
            expected: wanted.bytes,
            found,
        }));
    }
    let found = blake3::hash(&bytes).to_hex().to_string();
    if found != wanted.blake3 {
        return Err(source.damaged(Fault::Checksum {
            expected: wanted.blake3.clone(),
            found,
        }));
    }
    unwrap(form, source, &bytes)
}

/// Compares an object with what the manifest says, whatever it holds.
pub(crate) async fn check_ref(store: &dyn Store, form: Form, wanted: &ObjectRef) -> Result<()> {
    read_ref::<IgnoredAny>(store, form, wanted)
        .await
        .map(|_| ())
}
