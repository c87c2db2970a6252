//! Writing a manifest, which makes the backup, and reading it.
//!
//! HOW DATA FLOWS
//!   `Manifest::seal`: check, cut the lists, write the parts under new names, then create `manifest.json`.
//!   `Manifest::read`: `read_stored`, `assemble` (parts), check. The lock has served once there is a manifest: only `verify` compares it.
//!
//! ERRORS, RETRIES
//!   A seal whose outcome is unknown is repeated as a whole: it finds its own manifest and says so.

use std::collections::HashMap;

use cairn_blob::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::check::check;
use super::stored::{List, Stored, StoredFile};
use super::{Manifest, ObjectRef};
use crate::envelope::{self, Form, Source};
use crate::error::{Error, Fault, Result};
use crate::names::{self, MANIFEST};

/// How large a list may be inside `manifest.json`, and about how large its parts are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) inline_bytes: usize,
    pub(crate) part_bytes: usize,
    /// How large a list may be in all.
    pub(crate) list_bytes: u64,
}

const CUT: Cut = Cut {
    inline_bytes: 1 << 20,
    part_bytes: 8 << 20,
    list_bytes: MAX_LIST_BYTES,
};

/// Largest list that is written or read: a bound on what a hostile location can make us hold. Room for some three million files.
pub(crate) const MAX_LIST_BYTES: u64 = 1 << 30;

/// What [`Manifest::seal`] found.
#[derive(Debug)]
pub enum Sealed {
    /// The manifest was written now.
    Now,
    /// An earlier attempt of the same job had written this one, and it stays.
    Before(Box<Manifest>),
}

impl Manifest {
    /// Makes the backup: writes the manifest, unless the location has one.
    ///
    /// All that it names must be durable before. Sealing again after an unknown outcome is allowed.
    ///
    /// # Errors
    /// `InUse` when another job's backup is there; `Inconsistent` when the manifest contradicts itself; `TooLarge` when no reader
    /// would take it.
    pub async fn seal(&self, store: &dyn Store) -> Result<Sealed> {
        self.seal_cut(store, CUT).await
    }

    pub(crate) async fn seal_cut(&self, store: &dyn Store, cut: Cut) -> Result<Sealed> {
        check(self).map_err(|reason| Error::Inconsistent {
            job: self.job,
            reason,
        })?;
        let stored = Stored {
            backup: self.clone(),
            databases: cut_list(store, Form::Databases, self.databases.clone(), cut).await?,
            tables: cut_list(store, Form::Tables, self.tables.clone(), cut).await?,
            files: cut_list(store, Form::Files, self.stored_files(), cut).await?,
        };
        if envelope::create(store, Form::Manifest, MANIFEST, &stored)
            .await?
            .is_some()
        {
            return Ok(Sealed::Now);
        }
        let there = Manifest::read(store).await?;
        if (there.cluster, there.job) == (self.cluster, self.job) {
            return Ok(Sealed::Before(Box::new(there)));
        }
        Err(Error::InUse {
            location: store.to_string(),
            what: format!("backup, made by job {}", there.job),
        })
    }

    fn stored_files(&self) -> Vec<StoredFile> {
        let of_table = |table: &super::ArchivedTable| {
            let id = table.id;
            table
                .files
                .clone()
                .into_iter()
                .map(move |file| StoredFile { table: id, file })
        };
        self.tables.iter().flat_map(of_table).collect()
    }

    /// Reads a backup's manifest, with all its parts.
    ///
    /// # Errors
    /// `NoBackup`; kinds `Damaged` and `Unsupported`, naming the object.
    pub async fn read(store: &dyn Store) -> Result<Manifest> {
        let stored = read_stored(store).await?;
        assemble(store, stored, &mut Err).await
    }
}

/// Writes a list's parts if it is large.
async fn cut_list<T: Serialize + Send + Sync>(
    store: &dyn Store,
    form: Form,
    entries: Vec<T>,
    cut: Cut,
) -> Result<List<T>> {
    let mut texts = Vec::with_capacity(entries.len());
    for entry in &entries {
        texts.push(envelope::to_json(form.name(), entry)?);
    }
    if texts.iter().map(String::len).sum::<usize>() <= cut.inline_bytes {
        return Ok(List::Inline(entries));
    }
    let mut parts = Vec::new();
    let mut content = String::new();
    for text in texts {
        if !content.is_empty() && content.len() + text.len() > cut.part_bytes {
            parts.push(write_part(store, form, parts.len() + 1, &content).await?);
            content.clear();
        }
        if !content.is_empty() {
            content.push(',');
        }
        content.push_str(&text);
    }
    parts.push(write_part(store, form, parts.len() + 1, &content).await?);
    limit_list(store, form, &parts, cut.list_bytes)?;
    Ok(List::Parts(parts))
}

/// Refuses a list that no reader would take.
fn limit_list(store: &dyn Store, form: Form, parts: &[ObjectRef], limit: u64) -> Result<()> {
    let sizes = parts.iter().map(|part| part.bytes);
    let bytes = sizes.fold(0, u64::saturating_add);
    if bytes <= limit {
        return Ok(());
    }
    Err(Error::TooLarge {
        location: store.to_string(),
        object: format!("list of {}", form.name()),
        bytes,
        limit,
    })
}

async fn write_part(
    store: &dyn Store,
    form: Form,
    number: usize,
    entries: &str,
) -> Result<ObjectRef> {
    let path = names::part_path(form.name(), number);
    let created = envelope::create_from_json(store, form, &path, &format!("[{entries}]")).await?;
    created.ok_or_else(|| Error::InUse {
        location: store.to_string(),
        what: format!("object {path}"),
    })
}

/// Reads `manifest.json` alone.
pub(crate) async fn read_stored(store: &dyn Store) -> Result<Stored> {
    match envelope::read(store, Form::Manifest, MANIFEST).await? {
        Some((stored, _)) => Ok(stored),
        None => Err(Error::NoBackup {
            location: store.to_string(),
        }),
    }
}

/// Joins the lists. `on_damage` decides whether to go on without a damaged object.
pub(crate) async fn assemble(
    store: &dyn Store,
    stored: Stored,
    on_damage: &mut (dyn FnMut(Error) -> Result<()> + Send),
) -> Result<Manifest> {
    let Stored {
        backup: mut manifest,
        databases,
        tables,
        files,
    } = stored;
    let refs = [databases.parts(), tables.parts(), files.parts()].concat();
    check_names(store, manifest.lock.iter().chain(&refs).map(|it| &it.path))?;
    let mut complete = true;
    let mut on_damage = |error| {
        complete = false;
        on_damage(error)
    };
    manifest.databases = join(store, Form::Databases, databases, &mut on_damage).await?;
    manifest.tables = join(store, Form::Tables, tables, &mut on_damage).await?;
    let files = join(store, Form::Files, files, &mut on_damage).await?;
    check_names(store, files.iter().map(|stored| &stored.file.path))?;
    let positions: HashMap<u32, usize> = manifest
        .tables
        .iter()
        .enumerate()
        .map(|(at, table)| (table.id, at))
        .collect();
    for StoredFile { table, file } in files {
        match positions
            .get(&table)
            .and_then(|at| manifest.tables.get_mut(*at))
        {
            Some(table) => table.files.push(file),
            None if !complete => {}
            None => {
                return Err(content(
                    store,
                    format!("{} is of table {table}, which is not listed", file.path),
                ));
            }
        }
    }
    // What is known to be incomplete need not agree with itself.
    if complete {
        check(&manifest).map_err(|reason| content(store, reason))?;
    }
    Ok(manifest)
}

/// Refuses names that no object can have, before one of them is asked for.
fn check_names<'a>(store: &dyn Store, names: impl Iterator<Item = &'a String>) -> Result<()> {
    for name in names {
        cairn_blob::check_name(name).map_err(|error| content(store, error.to_string()))?;
    }
    Ok(())
}

fn content(store: &dyn Store, reason: String) -> Error {
    Source {
        store,
        object: MANIFEST,
    }
    .damaged(Fault::Content(reason))
}

async fn join<T: DeserializeOwned + Send>(
    store: &dyn Store,
    form: Form,
    list: List<T>,
    on_damage: &mut (dyn FnMut(Error) -> Result<()> + Send),
) -> Result<Vec<T>> {
    let parts = match list {
        List::Inline(entries) => return Ok(entries),
        List::Parts(parts) => parts,
    };
    limit_list(store, form, &parts, MAX_LIST_BYTES)?;
    let mut entries = Vec::new();
    for part in parts {
        match envelope::read_ref::<Vec<T>>(store, form, &part).await {
            Ok(more) => entries.extend(more),
            Err(error) => on_damage(error)?,
        }
    }
    Ok(entries)
}
