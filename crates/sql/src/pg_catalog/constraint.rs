//! Constraints of every kind, as `pg_constraint` and `information_schema` show them.
//!
//! A primary key and a UNIQUE constraint are a constraint and an index of one oid. A unique index that CREATE UNIQUE INDEX made is an
//! index alone.

use cairn_catalog::{
    CheckConstraint, ColumnId, ConstraintState, ForeignKey, IndexDescriptor, PRIMARY_INDEX,
    ReferentialAction, TableDescriptor,
};
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    class::shown_columns,
    directory::{Directory, shown_indexes},
    oid,
    relation::Relation,
    rows::{Rows, numbers, text},
    spelling,
};
use crate::{
    Result,
    constraint::definition::{self, Dialect},
    query::names::PUBLIC,
};

/// One constraint of a table.
#[derive(Clone, Copy)]
pub(crate) enum Constraint<'a> {
    Unique(&'a IndexDescriptor),
    Check(&'a CheckConstraint),
    ForeignKey(&'a ForeignKey),
}

/// All constraints of a table that a user made.
pub(crate) fn of(table: &TableDescriptor) -> impl Iterator<Item = Constraint<'_>> {
    shown_indexes(table)
        .filter(|index| index.constraint || index.id == PRIMARY_INDEX)
        .map(Constraint::Unique)
        .chain(table.checks.iter().map(Constraint::Check))
        .chain(table.foreign_keys.iter().map(Constraint::ForeignKey))
        .filter(Constraint::is_declared)
}

impl Constraint<'_> {
    pub fn name(&self) -> &str {
        match self {
            Self::Unique(index) => &index.name,
            Self::Check(check) => &check.name,
            Self::ForeignKey(key) => &key.name,
        }
    }

    pub fn oid(&self, table: &TableDescriptor) -> u32 {
        match self {
            Self::Unique(index) => oid::index(table.id, index.id),
            Self::Check(_) | Self::ForeignKey(_) => oid::constraint(table.id, self.name()),
        }
    }

    pub fn comment(&self) -> Option<&String> {
        match self {
            Self::Unique(index) => index.comment.as_ref(),
            Self::Check(check) => check.comment.as_ref(),
            Self::ForeignKey(key) => key.comment.as_ref(),
        }
    }

    pub fn columns(&self) -> Vec<ColumnId> {
        match self {
            Self::Unique(index) => index.columns.iter().map(|part| part.column).collect(),
            Self::Check(check) => check.columns.clone(),
            Self::ForeignKey(key) => key.columns.clone(),
        }
    }

    /// What `pg_get_constraintdef` says.
    pub fn definition(&self, directory: &Directory, table: &TableDescriptor) -> String {
        match self {
            Self::Unique(index) => definition::unique(table, index),
            Self::Check(check) => definition::check(&CheckConstraint {
                condition: spelling::expression(&check.condition, directory.database_name()),
                ..(*check).clone()
            }),
            Self::ForeignKey(key) => {
                definition::foreign_key(directory.view(), table, key, Dialect::Postgres)
            }
        }
    }

    /// PostgreSQL's letter and the SQL standard's words.
    fn kind(&self) -> (&'static str, &'static str) {
        match self {
            Self::Unique(index) if index.id == PRIMARY_INDEX => ("p", "PRIMARY KEY"),
            Self::Unique(_) => ("u", "UNIQUE"),
            Self::Check(_) => ("c", "CHECK"),
            Self::ForeignKey(_) => ("f", "FOREIGN KEY"),
        }
    }

    /// What a schema change is still trying is not shown.
    fn is_declared(&self) -> bool {
        match self {
            Self::Unique(index) => index.state.is_public(),
            Self::Check(check) => check.state.is_declared(),
            Self::ForeignKey(key) => key.state.is_declared(),
        }
    }

    fn is_valid(&self) -> bool {
        match self {
            Self::Unique(index) => index.state.is_public(),
            Self::Check(check) => check.state == ConstraintState::Public,
            Self::ForeignKey(key) => key.state == ConstraintState::Public,
        }
    }
}

/// The numbers of columns, as `pg_attribute` has them.
fn column_numbers(table: &TableDescriptor, columns: &[ColumnId]) -> Vec<i16> {
    let number = |id: &ColumnId| {
        shown_columns(table)
            .find(|(_, column)| column.id == *id)
            .map(|(number, _)| number)
    };
    columns.iter().filter_map(number).collect()
}

fn letter(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction => "a",
        ReferentialAction::Restrict => "r",
        ReferentialAction::Cascade => "c",
        ReferentialAction::SetNull => "n",
    }
}

pub(crate) fn constraints(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        for constraint in of(table) {
            push(&mut rows, directory, table, constraint)?;
        }
    }
    rows.table()
}

fn push(
    rows: &mut Rows,
    directory: &Directory,
    table: &TableDescriptor,
    constraint: Constraint<'_>,
) -> Result<()> {
    let (mut referenced, mut referenced_columns) = (0, Scalar::Null);
    let (mut on_update, mut on_delete, mut matches, mut index) = (" ", " ", " ", 0);
    let mut condition = None;
    match constraint {
        Constraint::Unique(of) => index = oid::index(table.id, of.id),
        Constraint::Check(check) => {
            condition = Some(spelling::expression(
                &check.condition,
                directory.database_name(),
            ));
        }
        Constraint::ForeignKey(key) => {
            referenced = oid::table(key.referenced);
            (on_update, on_delete, matches) = (letter(key.on_update), letter(key.on_delete), "s");
            if let Some(other) = directory.view().table_by_id(key.referenced) {
                referenced_columns = numbers(column_numbers(other, &key.referenced_columns));
                let over = other.unique_index_over(&key.referenced_columns);
                index = over.map_or(0, |over| oid::index(other.id, over.id));
            }
        }
    }
    rows.push([
        ("oid", Scalar::from(constraint.oid(table))),
        ("conname", Scalar::from(constraint.name())),
        ("connamespace", Scalar::from(oid::PUBLIC)),
        ("contype", Scalar::from(constraint.kind().0)),
        ("convalidated", Scalar::from(constraint.is_valid())),
        ("conrelid", Scalar::from(oid::table(table.id))),
        ("conindid", Scalar::from(index)),
        ("confrelid", Scalar::from(referenced)),
        ("confupdtype", Scalar::from(on_update)),
        ("confdeltype", Scalar::from(on_delete)),
        ("confmatchtype", Scalar::from(matches)),
        ("conislocal", Scalar::from(true)),
        ("connoinherit", Scalar::from(condition.is_none())),
        (
            "conkey",
            numbers(column_numbers(table, &constraint.columns())),
        ),
        ("confkey", referenced_columns),
        ("conbin", text(condition)),
    ])
}

/// `information_schema.table_constraints`.
pub(crate) fn table_constraints(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    let database = directory.database_name();
    for table in directory.tables() {
        for constraint in of(table) {
            rows.push([
                ("constraint_catalog", Scalar::from(database)),
                ("constraint_schema", Scalar::from(PUBLIC)),
                ("constraint_name", Scalar::from(constraint.name())),
                ("table_catalog", Scalar::from(database)),
                ("table_schema", Scalar::from(PUBLIC)),
                ("table_name", Scalar::from(table.name.as_str())),
                ("constraint_type", Scalar::from(constraint.kind().1)),
                ("is_deferrable", Scalar::from("NO")),
                ("initially_deferred", Scalar::from("NO")),
                ("enforced", Scalar::from("YES")),
            ])?;
        }
    }
    rows.table()
}

/// `information_schema.key_column_usage`: the columns of keys, whole and foreign.
pub(crate) fn key_columns(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    let database = directory.database_name();
    for table in directory.tables() {
        let keys = of(table).filter(|one| !matches!(one, Constraint::Check(_)));
        for constraint in keys {
            for (place, id) in (1_i32..).zip(constraint.columns()) {
                let in_unique = match constraint {
                    Constraint::ForeignKey(key) => place_in_unique(directory, key, place),
                    _ => None,
                };
                rows.push([
                    ("constraint_catalog", Scalar::from(database)),
                    ("constraint_schema", Scalar::from(PUBLIC)),
                    ("constraint_name", Scalar::from(constraint.name())),
                    ("table_catalog", Scalar::from(database)),
                    ("table_schema", Scalar::from(PUBLIC)),
                    ("table_name", Scalar::from(table.name.as_str())),
                    ("column_name", text(column_name(table, id))),
                    ("ordinal_position", Scalar::from(place)),
                    ("position_in_unique_constraint", Scalar::Int32(in_unique)),
                ])?;
            }
        }
    }
    rows.table()
}

/// Where the column that the nth one refers to stands in its unique index.
fn place_in_unique(directory: &Directory, key: &ForeignKey, nth: i32) -> Option<i32> {
    let other = directory.view().table_by_id(key.referenced)?;
    let index = other.unique_index_over(&key.referenced_columns)?;
    let column = key.referenced_columns.get(usize::try_from(nth - 1).ok()?)?;
    let place = index
        .columns
        .iter()
        .position(|part| part.column == *column)?;
    i32::try_from(place + 1).ok()
}

/// `information_schema.constraint_column_usage`: what a constraint looks at; for a foreign key, what it refers to.
pub(crate) fn used_columns(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    let database = directory.database_name();
    for table in directory.tables() {
        for constraint in of(table) {
            let (used, columns) = match constraint {
                Constraint::ForeignKey(key) => match directory.view().table_by_id(key.referenced) {
                    Some(other) => (other, key.referenced_columns.clone()),
                    None => continue,
                },
                _ => (table, constraint.columns()),
            };
            for id in columns {
                rows.push([
                    ("table_catalog", Scalar::from(database)),
                    ("table_schema", Scalar::from(PUBLIC)),
                    ("table_name", Scalar::from(used.name.as_str())),
                    ("column_name", text(column_name(used, id))),
                    ("constraint_catalog", Scalar::from(database)),
                    ("constraint_schema", Scalar::from(PUBLIC)),
                    ("constraint_name", Scalar::from(constraint.name())),
                ])?;
            }
        }
    }
    rows.table()
}

/// `information_schema.referential_constraints`.
pub(crate) fn referential_constraints(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    let database = directory.database_name();
    for table in directory.tables() {
        for key in &table.foreign_keys {
            let other = directory.view().table_by_id(key.referenced);
            let unique = other.and_then(|other| other.unique_index_over(&key.referenced_columns));
            rows.push([
                ("constraint_catalog", Scalar::from(database)),
                ("constraint_schema", Scalar::from(PUBLIC)),
                ("constraint_name", Scalar::from(key.name.as_str())),
                ("unique_constraint_catalog", Scalar::from(database)),
                ("unique_constraint_schema", Scalar::from(PUBLIC)),
                (
                    "unique_constraint_name",
                    text(unique.map(|index| index.name.clone())),
                ),
                ("match_option", Scalar::from("NONE")),
                ("update_rule", Scalar::from(key.on_update.to_string())),
                ("delete_rule", Scalar::from(key.on_delete.to_string())),
            ])?;
        }
    }
    rows.table()
}

/// `information_schema.check_constraints`.
pub(crate) fn check_constraints(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    for table in directory.tables() {
        for check in &table.checks {
            rows.push([
                (
                    "constraint_catalog",
                    Scalar::from(directory.database_name()),
                ),
                ("constraint_schema", Scalar::from(PUBLIC)),
                ("constraint_name", Scalar::from(check.name.as_str())),
                (
                    "check_clause",
                    Scalar::from(spelling::expression(
                        &check.condition,
                        directory.database_name(),
                    )),
                ),
            ])?;
        }
    }
    rows.table()
}

fn column_name(table: &TableDescriptor, id: ColumnId) -> Option<String> {
    table.column(id).map(|column| column.name.clone())
}
