//! What selected objects need of others: all of it is restored together, left out by an option, or refused by name.
//!
//! Only what the same statement restores counts: an object of the same name that is there already may be another one. The exception is
//! `system.users` for a view: unless its copy is restored as well, the view reads the users that are here.
//! After `settle` every reference of a selected object leads to a selected object, and texts name it by its new place;
//! `offline` gives the references their new ids.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cairn_catalog::{ObjectKind, TableDescriptor, TableId, USERS_TABLE};
use cairn_faults::{Fault, is_planted};

use crate::chain::Chain;
use crate::context::Options;
use crate::error::{Error, Result};
use crate::select::{SelectedTable, Selection};

/// The full name of the one table that every cluster has.
const USERS: [&str; 3] = ["system", "public", "users"];

/// One thing that a selected object needs and that is not selected. Names are `database.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    Referenced { table: String, referenced: String },
    Sequence { table: String, sequence: String },
    Read { view: String, relation: String },
    Parent { table: String, parent: String },
    Child { table: String, child: String },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Referenced { table, referenced } => write!(
                f,
                "cannot restore table {table:?} without referenced table {referenced:?} (or \"skip_missing_foreign_keys\" option)"
            ),
            Missing::Sequence { table, sequence } => write!(
                f,
                "cannot restore table {table:?} without referenced sequence {sequence:?} (or \"skip_missing_sequences\" option)"
            ),
            Missing::Read { view, relation } => write!(
                f,
                "cannot restore view {view:?} without restoring referenced table {relation:?} (or \"skip_missing_views\" option)"
            ),
            Missing::Parent { table, parent } => write!(
                f,
                "cannot restore table {table:?} without interleave parent {parent:?}"
            ),
            Missing::Child { table, child } => write!(
                f,
                "cannot restore table {table:?} without interleave child table {child:?}"
            ),
        }
    }
}

/// All that is missing in one message.
pub(crate) fn listed(missing: &[Missing]) -> String {
    let missing: Vec<String> = missing.iter().map(Missing::to_string).collect();
    missing.join("; ")
}

/// Leaves out what the options say, and rewrites the names in views and DEFAULTs.
///
/// # Errors
/// [`Error::Dependencies`] with everything that is missing.
pub fn settle(selection: &mut Selection, chain: &Chain, options: &Options) -> Result<()> {
    for table in &mut selection.tables {
        // What a schema change was still trying is not the backup's.
        let descriptor = &mut table.descriptor;
        descriptor.checks.retain(|check| check.state.is_declared());
        descriptor
            .foreign_keys
            .retain(|key| key.state.is_declared() && !is_planted(Fault::ForeignKeyDropped));
    }
    if options.skip_missing_views {
        leave_out_views(selection);
    }
    let selected = Selected::of(selection);
    if options.skip_missing_foreign_keys {
        for table in &mut selection.tables {
            let keys = &mut table.descriptor.foreign_keys;
            keys.retain(|key| selected.has(key.referenced));
        }
    }
    if options.skip_missing_sequences {
        for column in selection
            .tables
            .iter_mut()
            .flat_map(|table| &mut table.descriptor.columns)
        {
            if !column.uses_sequences.iter().all(|id| selected.has(*id)) {
                column.forget_sequences();
            }
        }
    }
    forget_users(selection);
    forget_referrers(selection);
    let mut missing = Vec::new();
    for table in &selection.tables {
        find(table, &selected, chain, &mut missing)?;
    }
    if !missing.is_empty() {
        return Err(Error::Dependencies(missing));
    }
    for table in &mut selection.tables {
        rename(&mut table.descriptor, &selected)?;
    }
    Ok(())
}

/// The objects of a selection, by old id and by old name.
struct Selected {
    ids: BTreeSet<TableId>,
    /// `[database, public, name]` to the same with the new database.
    places: BTreeMap<Vec<String>, Vec<String>>,
}

impl Selected {
    fn of(selection: &Selection) -> Self {
        let place = |database: &str, table: &SelectedTable| {
            vec![
                database.to_owned(),
                "public".to_owned(),
                table.archived.name.clone(),
            ]
        };
        let tables = selection.tables.iter();
        Selected {
            ids: tables.clone().map(|table| table.descriptor.id).collect(),
            places: tables
                .map(|table| {
                    (
                        place(&table.source_database, table),
                        place(&table.into, table),
                    )
                })
                .collect(),
        }
    }

    fn has(&self, id: TableId) -> bool {
        self.ids.contains(&id)
    }
}

/// Sequences forget tables whose DEFAULTs do not use them, such as one whose column was still being added.
fn forget_users(selection: &mut Selection) {
    let mut uses: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
    for table in selection.tables.iter().map(|table| &table.descriptor) {
        if !table.is_view() {
            let columns = table.columns.iter();
            let used = columns.flat_map(|column| column.uses_sequences.iter().copied());
            uses.insert(table.id, used.collect());
        }
    }
    for sequence in selection
        .tables
        .iter_mut()
        .map(|table| &mut table.descriptor)
    {
        if matches!(sequence.kind, ObjectKind::Sequence(_)) {
            let id = sequence.id;
            let depends = |user: TableId| uses.get(&user).is_none_or(|used| used.contains(&id));
            sequence.dependents.retain(|user| depends(user.relation));
        }
    }
}

/// Tables forget those that have no foreign key to them, such as one whose key was still being added.
fn forget_referrers(selection: &mut Selection) {
    let tables = selection.tables.iter().map(|table| &table.descriptor);
    let keys = tables.flat_map(|table| {
        let keys = table.foreign_keys.iter();
        keys.map(move |key| (table.id, key.referenced))
    });
    let keys: BTreeSet<(TableId, TableId)> = keys.collect();
    for table in &mut selection.tables {
        let referenced = table.descriptor.id;
        let referrers = &mut table.descriptor.referenced_by;
        referrers.retain(|referrer| keys.contains(&(*referrer, referenced)));
    }
}

/// Removes views that read something missing, also through a view that is removed.
fn leave_out_views(selection: &mut Selection) {
    loop {
        let ids = Selected::of(selection).ids;
        let is_whole = |table: &mut SelectedTable| {
            let definition = table.descriptor.view_definition();
            let mut reads = definition.into_iter().flat_map(|view| &view.reads);
            reads.all(|read| read.relation == USERS_TABLE || ids.contains(&read.relation))
        };
        let all = &mut selection.tables;
        let gone: Vec<SelectedTable> = all.extract_if(.., |table| !is_whole(table)).collect();
        if gone.is_empty() {
            return;
        }
        let names = gone.iter().map(SelectedTable::qualified_name);
        selection.left_out.extend(names);
    }
}

/// Adds what one object lacks.
fn find(
    table: &SelectedTable,
    selected: &Selected,
    chain: &Chain,
    missing: &mut Vec<Missing>,
) -> Result<()> {
    let name = || plain(&[table.source_database.clone(), table.archived.name.clone()]);
    let descriptor = &table.descriptor;
    let mut absent: Vec<TableId> = descriptor
        .foreign_keys
        .iter()
        .map(|key| key.referenced)
        .filter(|id| !selected.has(*id))
        .collect();
    absent.sort();
    absent.dedup();
    missing.extend(absent.into_iter().map(|id| Missing::Referenced {
        table: name(),
        referenced: name_of(chain, id),
    }));
    for sequence in unknown_sequences(descriptor, selected)? {
        missing.push(Missing::Sequence {
            table: name(),
            sequence: plain(&sequence),
        });
    }
    if let Some(definition) = descriptor.view_definition() {
        for relation in unknown_relations(&definition.query, selected)? {
            missing.push(Missing::Read {
                view: name(),
                relation: plain(&relation),
            });
        }
    }
    if let Some(interleave) = &descriptor.interleave
        && !selected.has(interleave.parent)
    {
        missing.push(Missing::Parent {
            table: name(),
            parent: name_of(chain, interleave.parent),
        });
    }
    let children = descriptor.interleaved_children.iter();
    missing.extend(
        children
            .filter(|child| !selected.has(**child))
            .map(|child| Missing::Child {
                table: name(),
                child: name_of(chain, *child),
            }),
    );
    Ok(())
}

/// The names of a view's relations that are neither selected nor the system's own table, which is there always. A name of the
/// system's schemas has two parts.
fn unknown_relations(query: &str, selected: &Selected) -> Result<BTreeSet<Vec<String>>> {
    let mut unknown = BTreeSet::new();
    let mut query = cairn_syntax::parse_query(query)?;
    cairn_syntax::visit_relations(&mut query, |relation| {
        let parts = cairn_syntax::parts(relation.name);
        if parts.len() == 3 && parts != USERS && !selected.places.contains_key(&parts) {
            unknown.insert(parts);
        }
        Ok::<_, Error>(())
    })?;
    Ok(unknown)
}

/// The names of the sequences in a table's DEFAULTs that are not selected.
fn unknown_sequences(
    table: &TableDescriptor,
    selected: &Selected,
) -> Result<BTreeSet<Vec<String>>> {
    let unknown = std::cell::RefCell::new(BTreeSet::new());
    for column in &table.columns {
        if let Some(default) = &column.default
            && !column.uses_sequences.iter().all(|id| selected.has(*id))
        {
            cairn_syntax::rename_sequences(default, |parts| {
                if !selected.places.contains_key(parts) {
                    unknown.borrow_mut().insert(parts.to_vec());
                }
                None
            })?;
        }
    }
    Ok(unknown.into_inner())
}

/// Gives the names in a view or in DEFAULTs their new databases.
fn rename(descriptor: &mut TableDescriptor, selected: &Selected) -> Result<()> {
    let new_name = |parts: &[String]| selected.places.get(parts).cloned();
    if let ObjectKind::View(definition) = &mut descriptor.kind
        && !is_planted(Fault::ViewNotRewritten)
    {
        definition.query = cairn_syntax::rename_relations(&definition.query, new_name)?;
    }
    for column in &mut descriptor.columns {
        if let (Some(default), false) = (&column.default, column.uses_sequences.is_empty()) {
            column.default = Some(cairn_syntax::rename_sequences(default, new_name)?);
        }
    }
    Ok(())
}

/// `database.name` as messages quote it, without the schema that every database has.
fn plain(parts: &[String]) -> String {
    let shown = parts
        .iter()
        .enumerate()
        .filter(|(place, _)| parts.len() < 3 || *place != 1);
    let shown: Vec<&str> = shown.map(|(_, part)| part.as_str()).collect();
    shown.join(".")
}

/// The name of a table: of the instant, or of another one of the backup, or one that the backup does not have.
fn name_of(chain: &Chain, id: TableId) -> String {
    let whole = chain.layers.last().map(|layer| &layer.manifest);
    for manifest in [&chain.picture].into_iter().chain(whole) {
        if let Some(table) = manifest.tables.iter().find(|table| table.id == id.0) {
            let database = manifest.database_name(table.database);
            return plain(&[database.to_owned(), table.name.clone()]);
        }
    }
    let mut outside = chain.picture.outside.iter();
    match outside.find(|object| object.id == id.0) {
        Some(object) => plain(&[object.database.clone(), object.name.clone()]),
        // Before version 3 of the format.
        None => format!("number {id}, which is not in the backup"),
    }
}
