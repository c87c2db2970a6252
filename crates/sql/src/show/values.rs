//! Rows of an answer that is small: collected cell by cell, made a batch at the end.

use std::sync::Arc;

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use cairn_catalog::{ColumnDescriptor, ColumnId, ColumnType};
use cairn_rows::{Datum, batch_from_rows};

use crate::Result;

/// Columns of an answer, and its rows so far.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    columns: Vec<ColumnDescriptor>,
    rows: Vec<Vec<Datum>>,
}

impl Columns {
    pub fn new(columns: &[(&str, ColumnType)]) -> Self {
        let columns = columns
            .iter()
            .zip(1..)
            .map(|((name, ty), id)| ColumnDescriptor::new(ColumnId(id), name, *ty))
            .collect();
        Columns {
            columns,
            rows: Vec::new(),
        }
    }

    /// All of type text.
    pub fn texts(names: &[&str]) -> Self {
        let columns: Vec<_> = names
            .iter()
            .map(|name| (*name, ColumnType::String { max: None }))
            .collect();
        Self::new(&columns)
    }

    /// Field ids and type names mean nothing in an answer.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<_> = self
            .columns
            .iter()
            .map(|column| {
                arrow::datatypes::Field::new(&column.name, cairn_rows::arrow_type(&column.ty), true)
            })
            .collect();
        Arc::new(arrow::datatypes::Schema::new(fields))
    }

    pub fn push(&mut self, row: Vec<Cell>) -> Result<()> {
        self.rows.push(row.into_iter().map(|cell| cell.0).collect());
        Ok(())
    }

    pub fn finish(self) -> Result<RecordBatch> {
        let schema = self.schema();
        let batch = batch_from_rows(&self.columns, &self.rows)?;
        Ok(RecordBatch::try_new(schema, batch.columns().to_vec())?)
    }
}

/// The type of texts.
pub(crate) fn text() -> ColumnType {
    ColumnType::String { max: None }
}

/// The type of whole numbers.
pub(crate) fn whole() -> ColumnType {
    ColumnType::Int8
}

/// One cell of an answer.
pub(crate) struct Cell(pub Datum);

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Cell(Datum::String(value))
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Cell(Datum::String(value.to_owned()))
    }
}

impl From<Vec<u8>> for Cell {
    fn from(value: Vec<u8>) -> Self {
        Cell(Datum::Bytes(value))
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Cell(Datum::Bool(value))
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Cell(Datum::Int8(value))
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Cell(Datum::Int8(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell(Datum::Float8(value))
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell(Datum::Null), Into::into)
    }
}

/// A time in microseconds since 1970, UTC.
pub(crate) fn time(micros: i64) -> Cell {
    Cell(Datum::Timestamp(micros))
}
