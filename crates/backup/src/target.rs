//! What a backup carries: relations, and what it knows of each from the window's other versions and from the layer before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_archive::Coverage;
use cairn_catalog::{DatabaseDescriptor, DatabaseId, ObjectKind, TableDescriptor, TableId};
use cairn_rows::Fingerprint;
use cairn_storage::Version;
use cairn_syntax::Name;

/// Descriptors with the versions from which on they held, oldest first; `None` while the object was not part of the backup.
pub type Dated<T> = Vec<(Version, Option<Arc<T>>)>;

/// One relation to be carried.
#[derive(Debug, Clone)]
pub struct Target {
    pub database: Arc<DatabaseDescriptor>,
    /// What is public of it at the end; if it was dropped inside the window, just before that.
    pub table: Arc<TableDescriptor>,
    pub coverage: Coverage,
    /// With history only.
    pub revisions: Dated<TableDescriptor>,
    /// What the layer before says of the rows, when this one's fingerprint follows from it and the changes.
    pub before: Option<Before>,
}

/// The rows of a table at the end of the layer before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    pub fingerprint: Fingerprint,
    pub rows: u64,
}

impl Target {
    /// A relation whose whole state is carried.
    #[must_use]
    pub fn whole(database: Arc<DatabaseDescriptor>, table: Arc<TableDescriptor>) -> Self {
        Target {
            database,
            table,
            coverage: Coverage::Introduced,
            revisions: Vec::new(),
            before: None,
        }
    }

    #[must_use]
    pub fn qualified_name(&self) -> String {
        format!(
            "{}.{}",
            Name::new(&self.database.name),
            Name::new(&self.table.name)
        )
    }

    /// Whether it belongs to the backup at its end: with history it may have been dropped or moved away before.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        let last = self.revisions.last();
        last.is_none_or(|(_, table)| table.is_some())
    }

    /// Whether it has rows of its own; a view has none.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        !matches!(self.table.kind, ObjectKind::View(_))
    }
}

/// What a statement's targets mean.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// Databases named, or holding something named; by id.
    pub databases: BTreeMap<DatabaseId, Arc<DatabaseDescriptor>>,
    /// With history: their descriptors in the window.
    pub database_revisions: BTreeMap<DatabaseId, Dated<DatabaseDescriptor>>,
    /// Databases carried completely (`DATABASE d`, `d.*`), whatever they hold; by id.
    pub complete: Vec<DatabaseId>,
    /// By database and name, without duplicates; `system.users` stands last and is always there.
    pub tables: Vec<Target>,
    /// What `tables` refer to without it being among them.
    pub outside: BTreeMap<TableId, Placed>,
}

/// A relation and its database.
#[derive(Debug, Clone)]
pub struct Placed {
    pub database: Arc<DatabaseDescriptor>,
    pub table: Arc<TableDescriptor>,
}

impl Resolved {
    /// Without tables that were dropped before the first version at which their rows can still be told.
    #[must_use]
    pub fn readable_since(mut self, sinces: &BTreeMap<TableId, Version>) -> Self {
        self.tables.retain(|target| {
            let since = sinces.get(&target.table.id).copied().unwrap_or_default();
            let last = target.revisions.last();
            let left =
                last.and_then(|(version, descriptor)| descriptor.is_none().then_some(*version));
            left.is_none_or(|left| since < left)
        });
        self
    }

    /// Notes what is referred to and not carried, in any version of the window.
    #[must_use]
    pub fn with_outside(mut self, find: impl Fn(TableId) -> Option<Placed>) -> Self {
        let descriptors = self.tables.iter().flat_map(|target| {
            let revisions = target.revisions.iter();
            revisions
                .filter_map(|(_, table)| table.as_ref())
                .chain([&target.table])
        });
        let wanted: BTreeSet<TableId> = descriptors.flat_map(|table| needs(table)).collect();
        let carried: BTreeSet<TableId> = self.tables.iter().map(|target| target.table.id).collect();
        let outside = wanted.difference(&carried);
        self.outside = outside.filter_map(|id| Some((*id, find(*id)?))).collect();
        self
    }
}

/// What a RESTORE of a relation may ask for by id; views and DEFAULTs have names.
fn needs(table: &TableDescriptor) -> impl Iterator<Item = TableId> + '_ {
    let referenced = table.foreign_keys.iter().map(|key| key.referenced);
    let parent = table.interleave.iter().map(|interleave| interleave.parent);
    let children = table.interleaved_children.iter().copied();
    referenced.chain(parent).chain(children)
}
