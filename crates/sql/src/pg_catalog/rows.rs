//! Rows of a system relation, written by the names of their columns.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, RecordBatch, new_empty_array},
    datatypes::DataType,
};
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue};

use super::relation::{Column, Relation};
use crate::{Result, SqlError};

/// The rows of one relation so far, column by column.
pub(crate) struct Rows {
    relation: &'static Relation,
    columns: Vec<Vec<ScalarValue>>,
}

impl Rows {
    pub fn new(relation: &'static Relation) -> Self {
        Rows {
            relation,
            columns: relation.columns.iter().map(|_| Vec::new()).collect(),
        }
    }

    /// Adds a row. What is not named is NULL, or nothing (0, false, '') where the column is never NULL.
    ///
    /// # Errors
    /// Internal, when the relation has no column of a name.
    pub fn push<const N: usize>(&mut self, cells: [(&str, ScalarValue); N]) -> Result<()> {
        let mut left = N;
        for (column, values) in self.relation.columns.iter().zip(&mut self.columns) {
            let cell = cells.iter().find(|(name, _)| *name == column.name);
            left -= usize::from(cell.is_some());
            let value = match cell {
                Some((_, value)) => value.cast_to(&column.arrow_type())?,
                None => nothing(column)?,
            };
            values.push(value);
        }
        match left {
            0 => Ok(()),
            _ => Err(SqlError::internal(format!(
                "{} has fewer columns than its rows",
                self.relation.name
            ))),
        }
    }

    pub fn batch(self) -> Result<RecordBatch> {
        let schema = self.relation.arrow_schema();
        let arrays = self
            .columns
            .into_iter()
            .zip(schema.fields())
            .map(|(values, field)| match values.is_empty() {
                true => Ok(new_empty_array(field.data_type())),
                false => Ok(ScalarValue::iter_to_array(values)?),
            })
            .collect::<Result<Vec<ArrayRef>>>()?;
        Ok(RecordBatch::try_new(schema, arrays)?)
    }

    pub fn table(self) -> Result<MemTable> {
        let batch = self.batch()?;
        Ok(MemTable::try_new(batch.schema(), vec![vec![batch]])?)
    }
}

fn nothing(column: &Column) -> Result<ScalarValue> {
    let ty = column.arrow_type();
    Ok(match (column.not_null, &ty) {
        (false, _) | (true, DataType::List(_) | DataType::LargeList(_)) => {
            ScalarValue::try_from(&ty)?
        }
        (true, DataType::Boolean) => ScalarValue::Boolean(Some(false)),
        (true, DataType::Utf8) if column.type_name == "regproc" => ScalarValue::from("-"),
        (true, DataType::Utf8) => ScalarValue::from(""),
        (true, _) => ScalarValue::new_zero(&ty)?,
    })
}

/// An array's elements as one cell.
pub(crate) fn list(element: &DataType, values: Vec<ScalarValue>) -> ScalarValue {
    ScalarValue::List(ScalarValue::new_list_nullable(&values, element))
}

/// Such as the columns of a key.
pub(crate) fn numbers(values: impl IntoIterator<Item = i16>) -> ScalarValue {
    list(
        &DataType::Int16,
        values.into_iter().map(ScalarValue::from).collect(),
    )
}

pub(crate) fn oids(values: impl IntoIterator<Item = u32>) -> ScalarValue {
    list(
        &DataType::UInt32,
        values.into_iter().map(ScalarValue::from).collect(),
    )
}

/// A text that may be missing.
pub(crate) fn text(value: Option<String>) -> ScalarValue {
    ScalarValue::Utf8(value)
}

/// The same table for every reader.
pub(crate) fn empty(relation: &'static Relation) -> Result<Arc<MemTable>> {
    Ok(Arc::new(Rows::new(relation).table()?))
}
