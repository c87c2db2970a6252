//! What a backup carries: relations, and what it knows of each from the window's other versions and from the layer before.

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_archive::Coverage;
use cairn_catalog::{DatabaseDescriptor, DatabaseId, ObjectKind, TableDescriptor};
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

    /// Whether it has rows of its own; a view has none.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        !matches!(self.table.kind, ObjectKind::View(_))
    }
}

/// The descriptors under which rows were written, each with the version from which on it held. What was written while the object
/// was not part of the backup is told by the next one that was.
#[must_use]
pub fn shapes<T>(dated: &Dated<T>) -> Vec<(Version, &T)> {
    let mut shapes = Vec::new();
    let mut since = None;
    for (version, descriptor) in dated {
        match descriptor {
            Some(descriptor) => {
                shapes.push((since.take().unwrap_or(*version), descriptor.as_ref()));
            }
            None => since = Some(*version),
        }
    }
    shapes
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
}
