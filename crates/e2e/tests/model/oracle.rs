//! What must be in the database, as of every commit.
//!
//! A `State` is everything as of one instant; what does not change is shared with the state before. The oracle knows nothing of
//! how a server stores: rows are texts, keys too, and constraints are looked up by going through all rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::values::{Type, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatabaseId(pub usize);

/// A table, view or sequence, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub usize);

pub type Key = Vec<String>;
pub type Row = BTreeMap<ColumnId, Value>;

#[derive(Clone, Default)]
pub struct State {
    pub databases: BTreeMap<DatabaseId, String>,
    pub objects: BTreeMap<Id, Arc<Object>>,
}

#[derive(Clone)]
pub struct Object {
    pub database: DatabaseId,
    pub name: String,
    /// What SHOW CREATE printed of it.
    pub create: String,
    pub kind: Kind,
}

#[derive(Clone)]
pub enum Kind {
    Table(Table),
    View(View),
    Sequence(Sequence),
}

#[derive(Clone, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    /// Columns of the primary key; the first is `k INT8`.
    pub key: Vec<ColumnId>,
    pub indexes: Vec<Index>,
    pub checks: Vec<Check>,
    pub foreign_keys: Vec<ForeignKey>,
    pub rows: BTreeMap<Key, Arc<Row>>,
}

#[derive(Clone)]
pub struct Column {
    pub id: ColumnId,
    pub name: String,
    pub ty: &'static Type,
    pub not_null: bool,
    pub default: Option<Default>,
}

#[derive(Clone, PartialEq)]
pub enum Default {
    Value(String),
    Next(Id),
}

#[derive(Clone)]
pub struct Index {
    pub name: String,
    pub columns: Vec<ColumnId>,
    pub is_unique: bool,
}

/// `column < 1000`
#[derive(Clone)]
pub struct Check {
    pub name: String,
    pub column: ColumnId,
}

pub const CHECKED_BELOW: i64 = 1000;

/// To the parent's `k`.
#[derive(Clone)]
pub struct ForeignKey {
    pub name: String,
    pub column: ColumnId,
    pub parent: Id,
    pub on_delete: OnDelete,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    NoAction,
    Cascade,
    SetNull,
}

/// `SELECT k, 'bank.t' AS tag[, column] FROM source WHERE k < below`, or of two relations the number of pairs.
#[derive(Clone)]
pub enum View {
    Part {
        source: Id,
        column: Option<ColumnId>,
        below: i64,
    },
    Pairs(Id, Id),
}

#[derive(Clone, Default)]
pub struct Sequence {
    /// The greatest that was handed out.
    pub greatest: Option<i64>,
    /// How many numbers may have gone since to statements that failed.
    pub lost: i64,
}

/// A sequence reserves so many numbers at once.
pub const RESERVED: i64 = 32;
/// The greatest step that `create_sequence` asks for, and the greatest start.
const STEP: i64 = 7;
const START: i64 = 100;

impl Sequence {
    /// What the next number may be at most: those between were lost.
    pub fn at_most(&self) -> i64 {
        self.greatest.unwrap_or(START) + (self.lost + RESERVED + 1) * STEP
    }
}

/// SQLSTATEs, any of which a statement may be refused with.
pub type Violations = BTreeSet<&'static str>;

impl Object {
    pub fn table(&self) -> Option<&Table> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }

    pub fn word(&self) -> &'static str {
        match self.kind {
            Kind::Table(_) => "TABLE",
            Kind::View(_) => "VIEW",
            Kind::Sequence(_) => "SEQUENCE",
        }
    }
}

impl Table {
    pub fn column(&self, id: ColumnId) -> &Column {
        let found = self.columns.iter().find(|column| column.id == id);
        found.expect("a column of the table")
    }

    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    pub fn values(&self) -> impl Iterator<Item = &Column> {
        self.columns
            .iter()
            .filter(|column| !self.key.contains(&column.id))
    }

    pub fn key_columns(&self) -> impl Iterator<Item = &Column> {
        self.key.iter().map(|id| self.column(*id))
    }

    /// A row as SELECT * shows it.
    pub fn shown(&self, row: &Row) -> Vec<Value> {
        let values = self
            .columns
            .iter()
            .map(|column| row.get(&column.id).cloned().flatten());
        values.collect()
    }

    /// What is in the way of these rows in this table alone.
    fn violations(&self, found: &mut Violations) {
        for column in self.columns.iter().filter(|column| column.not_null) {
            if self.rows.values().any(|row| row[&column.id].is_none()) {
                found.insert("23502");
            }
        }
        for check in &self.checks {
            let values = self
                .rows
                .values()
                .filter_map(|row| row[&check.column].as_ref());
            if values
                .into_iter()
                .any(|value| value.parse::<i64>().expect("a number") >= CHECKED_BELOW)
            {
                found.insert("23514");
            }
        }
        for index in self.indexes.iter().filter(|index| index.is_unique) {
            let mut seen = BTreeSet::new();
            for row in self.rows.values() {
                let entry: Option<Vec<&String>> =
                    index.columns.iter().map(|id| row[id].as_ref()).collect();
                if entry.is_some_and(|entry| !seen.insert(entry)) {
                    found.insert("23505");
                }
            }
        }
    }
}

impl State {
    pub fn object(&self, id: Id) -> &Object {
        &self.objects[&id]
    }

    pub fn table(&self, id: Id) -> &Table {
        self.objects[&id].table().expect("a table")
    }

    pub fn edit(&mut self, id: Id) -> &mut Object {
        Arc::make_mut(self.objects.get_mut(&id).expect("an object"))
    }

    pub fn edit_table(&mut self, id: Id) -> &mut Table {
        match &mut self.edit(id).kind {
            Kind::Table(table) => table,
            _ => panic!("not a table"),
        }
    }

    pub fn tables(&self) -> Vec<Id> {
        self.of_kind(|kind| matches!(kind, Kind::Table(_)))
    }

    pub fn views(&self) -> Vec<Id> {
        self.of_kind(|kind| matches!(kind, Kind::View(_)))
    }

    pub fn sequences(&self) -> Vec<Id> {
        self.of_kind(|kind| matches!(kind, Kind::Sequence(_)))
    }

    fn of_kind(&self, is: impl Fn(&Kind) -> bool) -> Vec<Id> {
        let found = self.objects.iter().filter(|(_, object)| is(&object.kind));
        found.map(|(id, _)| *id).collect()
    }

    pub fn members(&self, database: DatabaseId) -> Vec<Id> {
        let found = self
            .objects
            .iter()
            .filter(|(_, object)| object.database == database);
        found.map(|(id, _)| *id).collect()
    }

    pub fn is_taken(&self, database: DatabaseId, name: &str) -> bool {
        self.objects
            .values()
            .any(|object| object.database == database && object.name == name)
    }

    /// `database.name`
    pub fn full_name(&self, id: Id) -> String {
        let object = self.object(id);
        format!("{}.{}", self.databases[&object.database], object.name)
    }

    /// What an object needs to be there.
    pub fn needs(&self, id: Id) -> BTreeSet<Id> {
        match &self.object(id).kind {
            Kind::Table(table) => {
                let parents = table.foreign_keys.iter().map(|key| key.parent);
                let sequences = table
                    .columns
                    .iter()
                    .filter_map(|column| match column.default {
                        Some(Default::Next(sequence)) => Some(sequence),
                        _ => None,
                    });
                parents
                    .chain(sequences)
                    .filter(|needed| *needed != id)
                    .collect()
            }
            Kind::View(View::Part { source, .. }) => BTreeSet::from([*source]),
            Kind::View(View::Pairs(left, right)) => BTreeSet::from([*left, *right]),
            Kind::Sequence(_) => BTreeSet::new(),
        }
    }

    /// What needs an object.
    pub fn needed_by(&self, id: Id) -> Vec<Id> {
        let others = self.objects.keys().copied();
        others
            .filter(|other| self.needs(*other).contains(&id))
            .collect()
    }

    /// Other tables with foreign keys to one.
    pub fn children(&self, parent: Id) -> Vec<Id> {
        let refers = |child: &Id| {
            self.table(*child)
                .foreign_keys
                .iter()
                .any(|key| key.parent == parent)
        };
        self.tables()
            .into_iter()
            .filter(|child| *child != parent && refers(child))
            .collect()
    }

    /// Views that read a column.
    pub fn is_column_read(&self, table: Id, column: ColumnId) -> bool {
        self.objects.values().any(|object| match &object.kind {
            Kind::View(View::Part {
                source,
                column: Some(read),
                ..
            }) => *source == table && *read == column,
            _ => false,
        })
    }

    /// Removes rows, and does to those that refer to them what their foreign keys say.
    pub fn delete(&mut self, table: Id, keys: BTreeSet<Key>) {
        if keys.is_empty() {
            return;
        }
        let rows = &mut self.edit_table(table).rows;
        let gone: BTreeSet<String> = keys
            .iter()
            .filter_map(|key| rows.remove(key).map(|_| key[0].clone()))
            .collect();
        for child in self.tables() {
            for key in self.table(child).foreign_keys.clone() {
                if key.parent != table || key.on_delete == OnDelete::NoAction {
                    continue;
                }
                let refers = |row: &Row| {
                    row[&key.column]
                        .as_ref()
                        .is_some_and(|value| gone.contains(value))
                };
                let rows = self.table(child).rows.iter();
                let referring: BTreeSet<Key> = rows
                    .filter(|(_, row)| refers(row))
                    .map(|(key, _)| key.clone())
                    .collect();
                if key.on_delete == OnDelete::Cascade {
                    self.delete(child, referring);
                    continue;
                }
                for at in referring {
                    let row = self.edit_table(child).rows.get_mut(&at).expect("a row");
                    Arc::make_mut(row).insert(key.column, None);
                }
            }
        }
    }

    /// What is in the way of this state.
    pub fn violations(&self) -> Violations {
        let mut found = Violations::new();
        for object in self.objects.values() {
            let Kind::Table(table) = &object.kind else {
                continue;
            };
            table.violations(&mut found);
            for key in &table.foreign_keys {
                let parents = &self.table(key.parent).rows;
                let refers = table
                    .rows
                    .values()
                    .filter_map(|row| row[&key.column].clone());
                if refers
                    .into_iter()
                    .any(|value| !parents.contains_key(&vec![value]))
                {
                    found.insert("23503");
                }
            }
        }
        found
    }

    /// The rows that a relation shows.
    pub fn shown(&self, id: Id) -> Vec<Vec<Value>> {
        match &self.object(id).kind {
            Kind::Table(table) => table.rows.values().map(|row| table.shown(row)).collect(),
            Kind::View(View::Pairs(left, right)) => {
                let pairs = self.shown(*left).len() * self.shown(*right).len();
                vec![vec![Some(pairs.to_string())]]
            }
            Kind::View(View::Part {
                source,
                column,
                below,
            }) => {
                let mut shown = Vec::new();
                for row in self.parts(*source, *column) {
                    let k = row[0].as_ref().expect("k");
                    if k.parse::<i64>().expect("a number") < *below {
                        let mut row = row;
                        row.insert(1, Some(TAG.to_owned()));
                        shown.push(row);
                    }
                }
                shown
            }
            Kind::Sequence(_) => Vec::new(),
        }
    }

    /// `k` of a relation, and maybe one of its columns.
    fn parts(&self, id: Id, column: Option<ColumnId>) -> Vec<Vec<Value>> {
        match &self.object(id).kind {
            Kind::Table(table) => {
                let wanted = [Some(table.key[0]), column];
                let wanted: Vec<ColumnId> = wanted.into_iter().flatten().collect();
                let rows = table.rows.values();
                rows.map(|row| wanted.iter().map(|id| row[id].clone()).collect())
                    .collect()
            }
            _ => self
                .shown(id)
                .into_iter()
                .map(|row| vec![row[0].clone()])
                .collect(),
        }
    }
}

/// A text in every view that looks like a name.
pub const TAG: &str = "bank.t0";
