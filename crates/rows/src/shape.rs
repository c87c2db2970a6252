//! What the codecs know about a table: which columns make the key, which the value, in which order.

use cairn_catalog::{
    ColumnId, ColumnType, Direction, IndexColumn, IndexDescriptor, TableDescriptor,
};
use cairn_storage::Prefix;

use crate::element::Malformed;
use crate::{Datum, Error, Result};

/// A table's columns, sorted into key and value.
#[derive(Debug)]
pub struct Shape {
    pub table: String,
    pub prefix: Prefix,
    /// In the descriptor's order; a position is an index into this.
    pub columns: Vec<ShapeColumn>,
    /// The primary key, in its order.
    pub key: Vec<KeyPart>,
    /// The positions of the other columns, by id.
    pub values: Vec<usize>,
}

#[derive(Debug)]
pub struct ShapeColumn {
    pub id: ColumnId,
    pub name: String,
    pub ty: ColumnType,
    pub nullable: bool,
    /// Whether a new row may hold NULL: not where a schema change is making the column NOT NULL.
    pub takes_null: bool,
    /// Whether the column is write-only.
    pub is_being_added: bool,
    /// What a row has that was written before the column existed.
    pub missing: Datum,
}

/// One column of a key.
#[derive(Clone, Copy, Debug)]
pub struct KeyPart {
    pub position: usize,
    pub direction: Direction,
}

/// Which columns make a secondary index's entries.
#[derive(Debug)]
pub struct IndexShape {
    pub prefix: Prefix,
    pub unique: bool,
    pub columns: Vec<KeyPart>,
    /// The columns of the primary key that are not in the index.
    pub rest: Vec<KeyPart>,
}

impl Shape {
    /// # Errors
    /// A column of a type that this version does not know, or whose missing value is not of its type.
    pub fn new(table: &TableDescriptor) -> Result<Self> {
        table.check()?;
        let columns = table
            .columns
            .iter()
            .map(ShapeColumn::new)
            .collect::<Result<Vec<_>>>()?;
        let key = parts(table, &table.primary.columns)?;
        let mut values: Vec<usize> = (0..columns.len())
            .filter(|position| key.iter().all(|part| part.position != *position))
            .collect();
        values.sort_by_key(|position| columns.get(*position).map(|column| column.id));
        let prefix = Prefix {
            table: table.id,
            index: table.primary.id,
        };
        Ok(Self {
            table: table.name.clone(),
            prefix,
            columns,
            key,
            values,
        })
    }

    /// The layout of one of the table's secondary indexes.
    pub fn index(&self, index: &IndexDescriptor) -> Result<IndexShape> {
        let part = |column: &IndexColumn| {
            let position = self
                .columns
                .iter()
                .position(|other| other.id == column.column);
            let position = position
                .ok_or_else(|| self.mismatch("index", "a column of the table", &index.name))?;
            Ok(KeyPart {
                position,
                direction: column.direction,
            })
        };
        let columns = index.columns.iter().map(part).collect::<Result<Vec<_>>>()?;
        let covered = |part: &&KeyPart| columns.iter().all(|other| other.position != part.position);
        let rest = self.key.iter().filter(covered).copied().collect();
        let prefix = Prefix {
            table: self.prefix.table,
            index: index.id,
        };
        Ok(IndexShape {
            prefix,
            unique: index.unique,
            columns,
            rest,
        })
    }

    pub fn column(&self, position: usize) -> Result<&ShapeColumn> {
        self.columns
            .get(position)
            .ok_or_else(|| self.mismatch("column", "a position", position))
    }

    /// The columns outside the key, by id.
    pub fn value_columns(&self) -> impl Iterator<Item = (usize, &ShapeColumn)> {
        self.values
            .iter()
            .filter_map(|position| Some((*position, self.columns.get(*position)?)))
    }

    /// The columns of a key, in its order.
    pub fn key_columns<'a>(
        &'a self,
        parts: &'a [KeyPart],
    ) -> impl Iterator<Item = (KeyPart, &'a ShapeColumn)> {
        parts
            .iter()
            .filter_map(|part| Some((*part, self.columns.get(part.position)?)))
    }

    /// What follows a key's prefix.
    pub fn suffix<'a>(&self, prefix: Prefix, key: &'a [u8]) -> Result<&'a [u8]> {
        key.strip_prefix(prefix.to_bytes().as_slice())
            .ok_or_else(|| self.damaged("a key of another table or index"))
    }

    pub fn damaged(&self, problem: Malformed) -> Error {
        Error::Damaged {
            table: self.table.clone(),
            column: None,
            problem,
        }
    }

    pub fn damaged_column(&self, column: &str, problem: Malformed) -> Error {
        if problem == crate::columns::FULL {
            return Error::BatchTooLarge {
                table: self.table.clone(),
            };
        }
        Error::Damaged {
            table: self.table.clone(),
            column: Some(column.to_owned()),
            problem,
        }
    }

    pub fn not_null(&self, column: &ShapeColumn) -> Error {
        Error::NotNull {
            table: self.table.clone(),
            column: column.name.clone(),
        }
    }

    pub fn mismatch(
        &self,
        what: impl ToString,
        expected: impl ToString,
        got: impl ToString,
    ) -> Error {
        Error::Shape {
            table: self.table.clone(),
            what: what.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

impl ShapeColumn {
    fn new(column: &cairn_catalog::ColumnDescriptor) -> Result<Self> {
        if crate::columns::Column::new(&column.ty, 0).is_none() {
            return Err(Error::Unsupported {
                what: format!("type {} of column {:?}", column.ty, column.name),
            });
        }
        let missing = match &column.missing_value {
            None => Datum::Null,
            Some(text) => Datum::parse_text(&column.ty, text)?,
        };
        Ok(Self {
            id: column.id,
            name: column.name.clone(),
            ty: column.ty,
            nullable: column.nullable,
            takes_null: column.nullable && !column.validating_not_null,
            is_being_added: !column.state.is_public(),
            missing,
        })
    }
}

fn parts(table: &TableDescriptor, columns: &[IndexColumn]) -> Result<Vec<KeyPart>> {
    let part = |column: &IndexColumn| {
        let position = table
            .columns
            .iter()
            .position(|other| other.id == column.column)?;
        Some(KeyPart {
            position,
            direction: column.direction,
        })
    };
    columns
        .iter()
        .map(part)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::Shape {
            table: table.name.clone(),
            what: "primary key".into(),
            expected: "columns of the table".into(),
            got: "others".into(),
        })
}
