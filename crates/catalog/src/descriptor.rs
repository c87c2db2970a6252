//! Descriptors: what the catalog stores about a database and a table, as versioned JSON.
//!
//! A descriptor's JSON is also what a backup's manifest carries, so its form is for ever: fields are added with a
//! default, never renamed or given another meaning. `format_version` grows when an older reader would misread it.

use cairn_storage::{IndexId, TableId, Version};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{
    CheckConstraint, ColumnType, Dependency, Error, ForeignKey, Grant, Interleave, ObjectKind,
    Result, Successor, Zone,
};

/// The newest form of descriptor that this code reads, and the one it writes.
///
/// 1: tables. 2: views, sequences, constraints, grants, comments, computed columns, interleaving.
pub const FORMAT_VERSION: u32 = 2;

/// The index id of every table's primary index.
pub const PRIMARY_INDEX: IndexId = IndexId(1);

/// Names a database; never used again, even after it is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseId(pub u32);

/// Names a column within its table; never used again there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColumnId(pub u32);

impl fmt::Display for DatabaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ColumnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who may see an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Everyone.
    Public,
    /// Nobody but the work that is filling it; published or abandoned in one commit.
    Offline(Offline),
    /// Nobody: its name is free, and its rows go once no read can want them (`removal`).
    Dropping,
}

/// Why an object is offline, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offline {
    /// As the user reads it in `relation "t" is offline: restoring`.
    pub reason: String,
    /// The job that publishes or abandons it. None: a statement that does not outlive its process (COPY).
    pub job: Option<i64>,
}

impl State {
    pub fn is_public(&self) -> bool {
        *self == Self::Public
    }

    pub fn offline(&self) -> Option<&Offline> {
        match self {
            Self::Offline(offline) => Some(offline),
            Self::Public | Self::Dropping => None,
        }
    }
}

/// One database. It has one schema, `public`, which is not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseDescriptor {
    pub format_version: u32,
    pub id: DatabaseId,
    pub name: String,
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// By user name; new relations of the database begin with these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// None: the default zone's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

/// One relation: a table with its columns and indexes, a view, or a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDescriptor {
    pub format_version: u32,
    pub kind: ObjectKind,
    pub id: TableId,
    pub database: DatabaseId,
    pub name: String,
    pub state: State,
    /// In the order in which `SELECT *` shows them; ids ascend only by accident.
    pub columns: Vec<ColumnDescriptor>,
    pub primary: IndexDescriptor,
    /// The secondary indexes.
    pub indexes: Vec<IndexDescriptor>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckConstraint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    /// The tables with foreign keys to this one, each once, itself too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referenced_by: Vec<TableId>,
    /// What would break if this went: views that read it, tables whose defaults use this sequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<Dependency>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interleave: Option<Interleave>,
    /// The tables interleaved in this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interleaved_children: Vec<TableId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// By user name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// While the table is written anew under another primary key: where every writer writes as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Box<Successor>>,
    /// Of a dropped table: the one that took its place when it was truncated or written anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<TableId>,
    /// None: the database's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// The next free ids, so that none is used twice.
    pub next_column: ColumnId,
    pub next_index: IndexId,
    /// The version at which the table became public: below it, nothing of it may be read. Kept beside the
    /// descriptor (a commit does not know its own version) and filled in on loading; None: not public yet, or
    /// made so by the transaction that reads it.
    #[serde(skip)]
    pub public_since: Option<Version>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDescriptor {
    pub id: ColumnId,
    pub name: String,
    #[serde(rename = "type")]
    pub ty: ColumnType,
    pub nullable: bool,
    /// The DEFAULT expression as SQL text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What rows written before the column existed hold, in the type's text form. None: NULL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_value: Option<String>,
    /// Not shown by `SELECT *`: the row id of a table declared without a primary key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Other than public while a schema change adds the column.
    #[serde(default, skip_serializing_if = "StepState::is_public")]
    pub state: StepState,
    /// Every writer refuses NULL; the rows from before are still being looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub validating_not_null: bool,
    /// The expression over other columns that gives its value, as SQL text; stored like any value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    /// The sequences that its DEFAULT uses; each has the table among its `dependents`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses_sequences: Vec<TableId>,
    /// `GENERATED … AS IDENTITY`; the DEFAULT is then the sequence's next value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Whether an INSERT may give an identity column a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    Always,
    ByDefault,
}

/// How far a schema change has brought a column or an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Written and read.
    #[default]
    Public,
    /// Kept up by every writer, read by nobody: being filled.
    WriteOnly,
}

impl StepState {
    pub fn is_public(&self) -> bool {
        *self == Self::Public
    }
}

/// One index. Its entries live under the prefix (table id, index id).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexDescriptor {
    pub id: IndexId,
    pub name: String,
    pub unique: bool,
    pub columns: Vec<IndexColumn>,
    #[serde(default)]
    pub state: StepState,
    /// Declared as a UNIQUE constraint, so that it is listed and dropped as one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub constraint: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// One column of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexColumn {
    pub column: ColumnId,
    #[serde(default, skip_serializing_if = "Direction::is_ascending")]
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Ascending,
    Descending,
}

impl Direction {
    pub fn is_ascending(&self) -> bool {
        *self == Self::Ascending
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ascending => f.write_str("ASC"),
            Self::Descending => f.write_str("DESC"),
        }
    }
}

impl ColumnDescriptor {
    /// Whether a statement may name the column: it is neither a row id nor still being added.
    pub fn is_visible(&self) -> bool {
        !self.hidden && self.state.is_public()
    }

    /// A column that can be NULL, and nothing else.
    pub fn new(id: ColumnId, name: &str, ty: ColumnType) -> Self {
        Self {
            id,
            name: name.to_owned(),
            ty,
            nullable: true,
            default: None,
            missing_value: None,
            hidden: false,
            state: StepState::Public,
            validating_not_null: false,
            computed: None,
            uses_sequences: Vec::new(),
            identity: None,
            comment: None,
        }
    }
}

impl IndexDescriptor {
    /// A public index.
    pub fn new(id: IndexId, name: &str, unique: bool, columns: Vec<IndexColumn>) -> Self {
        Self {
            id,
            name: name.to_owned(),
            unique,
            columns,
            state: StepState::Public,
            constraint: false,
            comment: None,
        }
    }
}

impl DatabaseDescriptor {
    /// A public database, in the newest form.
    pub fn new(id: DatabaseId, name: &str) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            id,
            name: name.to_owned(),
            state: State::Public,
            comment: None,
            grants: Vec::new(),
            zone: None,
        }
    }

    pub fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|source| Error::damaged(format!("database {:?}", self.name), source))
    }

    /// Refuses a form newer than `FORMAT_VERSION`.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        check_format(bytes, "database descriptor")?;
        serde_json::from_slice(bytes)
            .map_err(|source| Error::damaged("database descriptor", source))
    }
}

impl TableDescriptor {
    pub fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|source| Error::damaged(format!("table {:?}", self.name), source))
    }

    /// Refuses a form newer than `FORMAT_VERSION` and one that contradicts itself.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        check_format(bytes, "table descriptor")?;
        let table: Self = serde_json::from_slice(bytes)
            .map_err(|source| Error::damaged("table descriptor", source))?;
        table.check()?;
        Ok(table)
    }

    /// A public table without secondary indexes, in the newest form; `create_table` gives it its id. The primary
    /// key's columns cannot be NULL, whatever the definition said.
    pub fn new(
        database: DatabaseId,
        name: &str,
        mut columns: Vec<ColumnDescriptor>,
        key: Vec<IndexColumn>,
    ) -> Self {
        for column in &mut columns {
            column.nullable &= key.iter().all(|part| part.column != column.id);
        }
        let newest = columns.iter().map(|column| column.id.0).max().unwrap_or(0);
        Self {
            format_version: FORMAT_VERSION,
            kind: ObjectKind::Table,
            id: TableId(0),
            database,
            name: name.to_owned(),
            state: State::Public,
            columns,
            primary: IndexDescriptor::new(PRIMARY_INDEX, &format!("{name}_pkey"), true, key),
            indexes: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            referenced_by: Vec::new(),
            dependents: Vec::new(),
            interleave: None,
            interleaved_children: Vec::new(),
            comment: None,
            grants: Vec::new(),
            successor: None,
            replaced_by: None,
            zone: None,
            next_column: ColumnId(newest.saturating_add(1)),
            next_index: IndexId(PRIMARY_INDEX.0 + 1),
            public_since: None,
        }
    }

    pub fn column(&self, id: ColumnId) -> Option<&ColumnDescriptor> {
        self.columns.iter().find(|column| column.id == id)
    }

    pub fn column_named(&self, name: &str) -> Option<&ColumnDescriptor> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The primary index and the secondary ones.
    pub fn all_indexes(&self) -> impl Iterator<Item = &IndexDescriptor> {
        std::iter::once(&self.primary).chain(&self.indexes)
    }

    pub fn index(&self, id: IndexId) -> Option<&IndexDescriptor> {
        self.all_indexes().find(|index| index.id == id)
    }

    pub fn index_named(&self, name: &str) -> Option<&IndexDescriptor> {
        self.all_indexes().find(|index| index.name == name)
    }

    pub fn is_primary_key(&self, column: ColumnId) -> bool {
        self.primary
            .columns
            .iter()
            .any(|part| part.column == column)
    }

    /// What must hold of every descriptor that is stored or read from a manifest.
    ///
    /// # Errors
    /// `Invalid`, saying what contradicts itself.
    pub fn check(&self) -> Result<()> {
        let invalid = |problem: String| {
            Err(Error::Invalid {
                object: format!("table {:?}", self.name),
                problem,
            })
        };
        let mut columns = std::collections::BTreeSet::new();
        let mut names = std::collections::BTreeSet::new();
        for column in &self.columns {
            if column.id.0 == 0 || column.id >= self.next_column || !columns.insert(column.id) {
                return invalid(format!(
                    "column id {} is used twice or out of range",
                    column.id
                ));
            }
            if column.name.is_empty() || !names.insert(&column.name) {
                return invalid(format!("column {:?} specified more than once", column.name));
            }
            if !column.ty.is_valid() {
                return invalid(format!(
                    "column {:?} has the impossible type {}",
                    column.name, column.ty
                ));
            }
        }
        let mut indexes = std::collections::BTreeSet::new();
        let mut index_names = std::collections::BTreeSet::new();
        for index in self.all_indexes() {
            if index.id.0 == 0 || index.id >= self.next_index || !indexes.insert(index.id) {
                return invalid(format!(
                    "index id {} is used twice or out of range",
                    index.id
                ));
            }
            if index.name.is_empty() || !index_names.insert(&index.name) {
                return invalid(format!("index {:?} already exists", index.name));
            }
            let mut parts = std::collections::BTreeSet::new();
            for part in &index.columns {
                if self.column(part.column).is_none() {
                    return invalid(format!(
                        "index {:?} is over column {}, which is not there",
                        index.name, part.column
                    ));
                }
                let column = self.column(part.column);
                if let Some(column) = column.filter(|column| !column.ty.is_indexable()) {
                    return invalid(format!(
                        "index {:?} is over column {:?} of type {}, which cannot be indexed",
                        index.name, column.name, column.ty
                    ));
                }
                if !parts.insert(part.column) {
                    return invalid(format!(
                        "index {:?} contains duplicate column {}",
                        index.name, part.column
                    ));
                }
            }
            if index.columns.is_empty() && !self.is_view() {
                return invalid(format!("index {:?} has no columns", index.name));
            }
        }
        if let Some(problem) = crate::privilege::check(&self.grants) {
            return invalid(problem);
        }
        self.check_primary()?;
        self.check_kind()?;
        self.check_constraints()?;
        self.check_steps()
    }

    fn check_primary(&self) -> Result<()> {
        let invalid = |problem: String| {
            Err(Error::Invalid {
                object: format!("table {:?}", self.name),
                problem,
            })
        };
        if self.primary.id != PRIMARY_INDEX
            || !self.primary.unique
            || self.primary.state != StepState::Public
        {
            return invalid("the primary index is not the unique, public index 1".into());
        }
        for part in &self.primary.columns {
            if self
                .column(part.column)
                .is_some_and(|column| column.nullable)
            {
                return invalid(format!("primary key column {} can be NULL", part.column));
            }
        }
        Ok(())
    }
}

/// Reads only the version, so that a newer form is told from a damaged one.
fn check_format(bytes: &[u8], what: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Form {
        format_version: u32,
    }
    let form: Form =
        serde_json::from_slice(bytes).map_err(|source| Error::damaged(what, source))?;
    if form.format_version > FORMAT_VERSION {
        return Err(Error::Format {
            what: what.to_owned(),
            found: form.format_version,
            supported: FORMAT_VERSION,
        });
    }
    Ok(())
}
