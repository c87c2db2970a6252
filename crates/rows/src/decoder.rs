//! Spans of rows to Arrow batches.
//!
//! HOW DATA FLOWS
//!   1. `BatchDecoder::new` sorts the wanted columns into those of the key and those of the value.
//!   2. Per row, `decode_key` walks the key and `decode_value` the value, in stored order, and appends to the columns
//!      of the batch (`columns`); both stop at the last wanted column. A column that is absent gets its missing value.
//!   3. `finish` makes arrays of the columns and checks them as a whole.
//!
//! ERRORS
//!   `Damaged` names the table, and the column if it is known; no bytes make it panic.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use cairn_catalog::{ColumnId, ColumnType, TableDescriptor};
use cairn_storage::{Entries, Prefix};

use crate::columns::Column;
use crate::schema::arrow_field;
use crate::shape::Shape;
use crate::value::{Raw, Values};
use crate::{Datum, Error, Result, element};

/// Turns rows of one table into batches of some of its columns.
#[derive(Debug)]
pub struct BatchDecoder {
    shape: Shape,
    prefix: [u8; Prefix::LEN],
    schema: SchemaRef,
    /// The columns of the batch.
    types: Vec<ColumnType>,
    /// The key's columns up to the last wanted one.
    key: Vec<KeyColumn>,
    /// The value's columns, by id, up to the last wanted one.
    values: Vec<ValueColumn>,
    /// Keys and values are read to their ends, and so checked to their ends.
    whole_keys: bool,
    whole_values: bool,
}

#[derive(Debug)]
struct KeyColumn {
    name: String,
    ty: ColumnType,
    flip: u8,
    /// Where in the batch; None: passed over.
    field: Option<usize>,
}

#[derive(Debug)]
struct ValueColumn {
    name: String,
    id: ColumnId,
    missing: Datum,
    field: Option<usize>,
}

impl BatchDecoder {
    /// Batches will have these columns, in this order; none may be named twice.
    ///
    /// # Errors
    /// `Shape` for a column that is not the table's or comes twice.
    pub fn new(table: &TableDescriptor, projection: &[ColumnId]) -> Result<Self> {
        let shape = Shape::new(table)?;
        let mut fields = Vec::with_capacity(projection.len());
        for (place, id) in projection.iter().enumerate() {
            let column = table
                .column(*id)
                .filter(|_| !projection.iter().take(place).any(|other| other == id));
            fields.push(column.ok_or_else(|| {
                shape.mismatch("projection", "columns of the table, once each", id)
            })?);
        }
        let field_of = |id: ColumnId| projection.iter().position(|wanted| *wanted == id);
        let key_column =
            |(part, column): (crate::shape::KeyPart, &crate::shape::ShapeColumn)| KeyColumn {
                name: column.name.clone(),
                ty: column.ty,
                flip: element::flip(part.direction),
                field: field_of(column.id),
            };
        let mut key: Vec<KeyColumn> = shape.key_columns(&shape.key).map(key_column).collect();
        truncate(&mut key, |column| column.field.is_some());
        let value_column = |(_, column): (usize, &crate::shape::ShapeColumn)| ValueColumn {
            name: column.name.clone(),
            id: column.id,
            missing: column.missing.clone(),
            field: field_of(column.id),
        };
        let mut values: Vec<ValueColumn> = shape.value_columns().map(value_column).collect();
        truncate(&mut values, |column| column.field.is_some());
        Ok(Self {
            prefix: shape.prefix.to_bytes(),
            types: fields.iter().map(|column| column.ty).collect(),
            schema: Arc::new(Schema::new(
                fields
                    .iter()
                    .map(|column| arrow_field(column))
                    .collect::<Vec<_>>(),
            )),
            whole_keys: key.len() == shape.key.len(),
            whole_values: values.len() == shape.values.len(),
            shape,
            key,
            values,
        })
    }

    /// All columns of the table, in the descriptor's order.
    pub fn all(table: &TableDescriptor) -> Result<Self> {
        let all: Vec<ColumnId> = table.columns.iter().map(|column| column.id).collect();
        Self::new(table, &all)
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows of one chunk.
    pub fn decode(&self, entries: &Entries) -> Result<RecordBatch> {
        self.decode_rows(entries.iter().map(|entry| (entry.key, entry.value)))
    }

    /// Rows from anywhere, as keys and values.
    pub fn decode_rows<'a>(
        &self,
        rows: impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<RecordBatch> {
        let count = rows.len();
        let mut columns = self.columns(count)?;
        for (key, value) in rows {
            self.decode_key(key, &mut columns)?;
            self.decode_value(value, &mut columns)?;
        }
        let arrays = self.finish(columns, &self.schema)?;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(
            self.schema.clone(),
            arrays,
            &options,
        )?)
    }

    pub(crate) fn columns(&self, rows: usize) -> Result<Vec<Column>> {
        let column = |ty: &ColumnType| {
            Column::new(ty, rows).ok_or_else(|| Error::Unsupported {
                what: format!("type {ty}"),
            })
        };
        self.types.iter().map(column).collect()
    }

    #[inline]
    pub(crate) fn decode_key(&self, key: &[u8], columns: &mut [Column]) -> Result<()> {
        let Some(mut rest) = key.strip_prefix(self.prefix.as_slice()) else {
            return Err(self.shape.damaged("a key of another table or index"));
        };
        for part in &self.key {
            let taken = match part.field.and_then(|field| columns.get_mut(field)) {
                Some(column) => column.push_element(&mut rest, part.flip),
                None => element::skip(&mut rest, &part.ty, part.flip),
            };
            taken.map_err(|problem| self.shape.damaged_column(&part.name, problem))?;
        }
        if self.whole_keys && !rest.is_empty() {
            return Err(self.shape.damaged("a key goes on behind its columns"));
        }
        Ok(())
    }

    /// Stored columns and wanted ones both come by id: a merge. What is stored but not in the table belongs to a
    /// dropped column.
    #[inline]
    pub(crate) fn decode_value(&self, value: &[u8], columns: &mut [Column]) -> Result<()> {
        let mut stored = Values::new(value);
        let mut ahead: Option<(ColumnId, Raw<'_>)> = None;
        for column in &self.values {
            while ahead.is_none_or(|(id, _)| id < column.id) {
                ahead = stored
                    .next()
                    .map_err(|problem| self.shape.damaged(problem))?;
                if ahead.is_none() {
                    break;
                }
            }
            let Some(field) = column.field.and_then(|field| columns.get_mut(field)) else {
                continue;
            };
            let pushed = match ahead {
                Some((id, raw)) if id == column.id => field.push_raw(raw),
                _ => field.push_datum(&column.missing),
            };
            pushed.map_err(|problem| self.shape.damaged_column(&column.name, problem))?;
        }
        while self.whole_values
            && stored
                .next()
                .map_err(|problem| self.shape.damaged(problem))?
                .is_some()
        {}
        Ok(())
    }

    pub(crate) fn push_deleted(&self, columns: &mut [Column]) {
        for column in &self.values {
            if let Some(field) = column.field.and_then(|field| columns.get_mut(field)) {
                field.push_null();
            }
        }
    }

    pub(crate) fn finish(&self, columns: Vec<Column>, schema: &Schema) -> Result<Vec<ArrayRef>> {
        let finish = |(column, field): (Column, &Arc<Field>)| {
            let damaged = |problem| self.shape.damaged_column(field.name(), problem);
            let array = column.finish().map_err(damaged)?;
            if !field.is_nullable() && array.null_count() > 0 {
                return Err(damaged("a NULL where none may be"));
            }
            Ok(array)
        };
        columns
            .into_iter()
            .zip(schema.fields())
            .map(finish)
            .collect()
    }
}

/// Drops what follows the last one that is wanted.
fn truncate<T>(columns: &mut Vec<T>, wanted: impl Fn(&T) -> bool) {
    columns.truncate(columns.iter().rposition(wanted).map_or(0, |last| last + 1));
}

#[cfg(test)]
mod tests;
