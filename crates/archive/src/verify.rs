//! Proving that a backup is whole, and naming every object that is not.
//!
//! HOW DATA FLOWS
//!   `verify`: the manifest, then its parts and lock, then each data file, several at a time. Damage is noted and the rest goes
//!   on, so that one report names all. With `Depth::Content` each file is fetched, hashed and decoded as a restore would.
//!
//! LEFT OUT
//!   Fingerprints: they are compared by a restore and by `SHOW BACKUP … WITH check_files`, which encode the rows.

use std::collections::HashSet;
use std::fmt;

use cairn_blob::Store;
use futures::StreamExt;

use crate::data::{Scratch, look_at, open_verified};
use crate::envelope::{self, Form};
use crate::error::{Error, Fault, Result};
use crate::manifest::seal::{assemble, read_stored};
use crate::manifest::{ArchivedTable, DataFile, Manifest, ObjectRef};
use crate::names::MANIFEST;

/// Data files looked at at the same time, which costs a small request each.
const LOOKS_AT_ONCE: usize = 16;

/// Which of the data files are not there, or not with their length. A store that does not tell (403) is believed to have them.
///
/// # Errors
/// Of the store, naming the file.
pub async fn missing(store: &dyn Store, files: &[&DataFile]) -> Result<HashSet<String>> {
    let mut looks = Vec::with_capacity(files.len());
    for file in files {
        looks.push(missed(store, file));
    }
    let mut looks = futures::stream::iter(looks).buffer_unordered(LOOKS_AT_ONCE);
    let mut missing = HashSet::new();
    while let Some(missed) = looks.next().await {
        missing.extend(missed?);
    }
    Ok(missing)
}

/// The file's name if it is missing.
async fn missed(store: &dyn Store, file: &DataFile) -> Result<Option<String>> {
    match look_at(store, file).await {
        Err(Error::Damaged { .. }) => Ok(Some(file.path.clone())),
        Err(Error::Store(error)) if error.kind() == cairn_blob::Kind::Denied => Ok(None),
        looked => looked.map(|()| None),
    }
}

/// Data files under examination at the same time.
const AT_ONCE: usize = 4;

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Data files are there and have their length.
    Presence,
    /// Every byte is what was written, and decodes to as many rows in order.
    Content,
}

/// What [`verify`] found. `Display` prints it, one line per problem.
#[derive(Clone, Debug)]
pub struct Report {
    pub location: String,
    /// Objects examined, the manifest included.
    pub objects: u64,
    /// Bytes of the data files examined.
    pub bytes: u64,
    /// Rows of the data files found sound.
    pub rows: u64,
    pub problems: Vec<Problem>,
}

/// One object that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub object: String,
    /// `database.table`, when the object belongs to one.
    pub table: Option<String>,
    pub fault: Fault,
}

impl Report {
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Takes damage into the report; gives back what is not damage.
    fn note(&mut self, error: Error, table: Option<String>) -> Result<()> {
        let (object, fault) = match error {
            Error::Damaged { object, fault, .. } => (object, fault),
            Error::Store(
                error @ (cairn_blob::Error::Io { .. } | cairn_blob::Error::Denied { .. }),
            ) => {
                let object = error.object().unwrap_or("?").to_owned();
                (object, Fault::Unreadable(error.to_string()))
            }
            other => return Err(other),
        };
        self.problems.push(Problem {
            object,
            table,
            fault,
        });
        Ok(())
    }
}

/// Examines a backup.
///
/// # Errors
/// `NoBackup`; kind `Unsupported`; of the store when it fails altogether, and `Scratch`. Damage is not an error: it is in the report.
pub async fn verify(store: &dyn Store, depth: Depth, scratch: &Scratch) -> Result<Report> {
    verify_but(store, depth, &HashSet::new(), scratch).await
}

/// The same without the data files of these names: somebody has just read them, every byte.
///
/// # Errors
/// As [`verify`].
pub async fn verify_but(
    store: &dyn Store,
    depth: Depth,
    read: &HashSet<String>,
    scratch: &Scratch,
) -> Result<Report> {
    let mut report = Report {
        location: store.to_string(),
        objects: 1,
        bytes: 0,
        rows: 0,
        problems: Vec::new(),
    };
    let stored = match read_stored(store).await {
        Ok(stored) => stored,
        Err(error) => {
            report.note(error, None)?;
            return Ok(report);
        }
    };
    let mut known = vec![];
    known.extend(stored.backup.lock.clone());
    known.extend_from_slice(stored.databases.parts());
    known.extend_from_slice(stored.tables.parts());
    known.extend_from_slice(stored.files.parts());
    report.objects += known.len() as u64;
    let manifest = match assemble(store, stored, &mut |error| report.note(error, None)).await {
        Ok(manifest) => manifest,
        Err(error) => {
            report.note(error, None)?;
            return Ok(report);
        }
    };
    if let Some(lock) = &manifest.lock
        && let Err(error) = envelope::check_ref(store, Form::Lock, lock).await
    {
        report.note(error, None)?;
    }
    verify_files(store, &manifest, depth, read, scratch, &mut report).await?;
    known.extend(
        manifest
            .tables
            .iter()
            .flat_map(|table| &table.files)
            .map(described),
    );
    for problem in &mut report.problems {
        name_swapped(store, &known, problem).await;
    }
    Ok(report)
}

async fn verify_files(
    store: &dyn Store,
    manifest: &Manifest,
    depth: Depth,
    read: &HashSet<String>,
    scratch: &Scratch,
    report: &mut Report,
) -> Result<()> {
    let mut examinations = Vec::new();
    for table in &manifest.tables {
        let left = table.files.iter().filter(|file| !read.contains(&file.path));
        for file in left {
            examinations.push(examine(store, table, file, depth, scratch));
        }
    }
    let mut examined = futures::stream::iter(examinations).buffered(AT_ONCE);
    while let Some((table, file, outcome)) = examined.next().await {
        report.objects += 1;
        report.bytes += file.file_bytes;
        match outcome {
            Ok(()) => report.rows += file.rows,
            Err(error) => {
                let name = format!("{}.{}", manifest.database_name(table.database), table.name);
                report.note(error, Some(name))?;
            }
        }
    }
    Ok(())
}

async fn examine<'a>(
    store: &dyn Store,
    table: &'a ArchivedTable,
    file: &'a DataFile,
    depth: Depth,
    scratch: &Scratch,
) -> (&'a ArchivedTable, &'a DataFile, Result<()>) {
    let outcome = match depth {
        Depth::Presence => look_at(store, file).await,
        Depth::Content => read_through(store, table, file, scratch).await,
    };
    (table, file, outcome)
}

async fn read_through(
    store: &dyn Store,
    table: &ArchivedTable,
    file: &DataFile,
    scratch: &Scratch,
) -> Result<()> {
    let mut reader = open_verified(store, file, &table.primary_key, scratch).await?;
    while reader.next().await?.is_some() {}
    Ok(())
}

fn described(file: &DataFile) -> ObjectRef {
    ObjectRef {
        path: file.path.clone(),
        bytes: file.file_bytes,
        blake3: file.blake3.clone(),
    }
}

/// Looks whether a damaged object holds what another one should hold.
async fn name_swapped(store: &dyn Store, known: &[ObjectRef], problem: &mut Problem) {
    let length = match &problem.fault {
        Fault::Length { found, .. } => Some(*found),
        Fault::Checksum { .. } => None,
        _ => return,
    };
    let candidates: Vec<&ObjectRef> = known
        .iter()
        .filter(|other| {
            other.path != problem.object && length.is_none_or(|length| length == other.bytes)
        })
        .collect();
    let found = match &problem.fault {
        Fault::Checksum { found, .. } => Some(found.clone()),
        _ if candidates.is_empty() => None,
        _ => hash(store, &problem.object).await,
    };
    if let Some(other) = candidates
        .iter()
        .find(|other| Some(&other.blake3) == found.as_ref())
    {
        problem.fault = Fault::Swapped {
            with: other.path.clone(),
        };
    }
}

/// The object's hash; `None` when it cannot be read, which has been reported otherwise.
async fn hash(store: &dyn Store, object: &str) -> Option<String> {
    const PART: u64 = 8 << 20;
    let mut hasher = blake3::Hasher::new();
    let mut at = 0;
    loop {
        let part = store.get(object, at..at + PART).await.ok()?;
        hasher.update(&part);
        at += part.len() as u64;
        if (part.len() as u64) < PART {
            return Some(hasher.finalize().to_hex().to_string());
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            location,
            objects,
            bytes,
            rows,
            problems,
        } = self;
        if self.is_sound() {
            return writeln!(
                f,
                "{location}: sound: {objects} objects, {bytes} bytes of data, {rows} rows"
            );
        }
        writeln!(
            f,
            "{location}: DAMAGED: {} of {objects} objects",
            problems.len()
        )?;
        for problem in problems {
            write!(f, "  {}", problem.object)?;
            if let Some(table) = &problem.table {
                write!(f, " ({table})")?;
            }
            writeln!(f, ": {}", problem.fault)?;
        }
        if problems.iter().any(|problem| problem.object == MANIFEST) {
            writeln!(
                f,
                "  without its manifest, nothing else of the backup can be examined"
            )?;
        }
        Ok(())
    }
}
