//! How a batch lies in a data file: as it is, but for types that Parquet does not have, which are written as text.
//!
//! WHAT
//!   DECIMAL without a precision, INTERVAL, INET and JSONB, alone or in arrays, have Arrow forms that only Cairn can
//!   read. In a data file they are the texts that a client sees, which every reader of Parquet can read.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, RecordBatch, RecordBatchOptions, StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use cairn_catalog::{ColumnType, TableDescriptor};

use crate::convert::{array_of, write_text_at};
use crate::schema::{arrow_field, arrow_type};
use crate::{Datum, Error, Result};

/// What a text takes, roughly.
const TEXT_BYTES: usize = 8;

/// The schema of a table's data files: `arrow_schema` with the types that Parquet has.
pub fn file_schema(table: &TableDescriptor) -> SchemaRef {
    let field = |column| {
        let field: Field = arrow_field(column);
        let ty = file_type(&column.ty);
        field.with_data_type(ty)
    };
    Arc::new(Schema::new(
        table.columns.iter().map(field).collect::<Vec<_>>(),
    ))
}

fn file_type(ty: &ColumnType) -> DataType {
    match ty {
        ColumnType::Array(element) => {
            let element = file_type(&element.column_type());
            DataType::List(Arc::new(Field::new_list_field(element, true)))
        }
        ty if is_text(ty) => DataType::Utf8,
        ty => arrow_type(ty),
    }
}

/// Whether the values of a key column are in a data file in an order that its Parquet type has.
pub fn is_ordered_in_files(ty: &ColumnType) -> bool {
    !is_text(ty)
}

fn is_text(ty: &ColumnType) -> bool {
    match ty {
        ColumnType::Array(element) => is_text(&element.column_type()),
        _ => matches!(
            ty,
            ColumnType::Numeric | ColumnType::Interval | ColumnType::Inet | ColumnType::Jsonb
        ),
    }
}

/// Turns the columns of some types into their form in a data file, and back.
#[derive(Clone, Debug)]
pub struct FileForm {
    types: Vec<ColumnType>,
}

impl FileForm {
    /// For batches of all columns of a table.
    pub fn of_table(table: &TableDescriptor) -> Self {
        Self::new(table.columns.iter().map(|column| column.ty).collect())
    }

    /// For batches of columns of these types, and of others behind them, which stay as they are.
    pub fn new(types: Vec<ColumnType>) -> Self {
        Self { types }
    }

    /// A batch as it is written to a data file.
    pub fn to_file(&self, batch: RecordBatch) -> Result<RecordBatch> {
        if !self.types.iter().any(is_text) {
            return Ok(batch);
        }
        let to_text = |(place, array): (usize, &ArrayRef)| match self.types.get(place) {
            Some(ty) if is_text(ty) => texts(array, ty),
            _ => Ok(array.clone()),
        };
        rebuilt(&batch, batch.columns().iter().enumerate().map(to_text))
    }

    /// A batch as it was read from a data file, in the form of `arrow_schema`. Lists get their canonical field.
    pub fn from_file(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let from_text = |(place, array): (usize, &ArrayRef)| match self.types.get(place) {
            Some(ty) => from_file(array, ty),
            None => Ok(array.clone()),
        };
        rebuilt(batch, batch.columns().iter().enumerate().map(from_text))
    }
}

/// A batch with these columns under its fields' names and metadata.
fn rebuilt(
    batch: &RecordBatch,
    columns: impl Iterator<Item = Result<ArrayRef>>,
) -> Result<RecordBatch> {
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let schema = batch.schema();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| {
            field
                .as_ref()
                .clone()
                .with_data_type(column.data_type().clone())
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        Arc::new(Schema::new(fields)),
        columns,
        &options,
    )?)
}

fn texts(array: &ArrayRef, ty: &ColumnType) -> Result<ArrayRef> {
    if let (ColumnType::Array(element), Some(lists)) = (ty, array.as_list_opt::<i32>()) {
        let elements = texts(lists.values(), &element.column_type())?;
        return lists_of(lists, elements);
    }
    let mut texts = StringBuilder::with_capacity(array.len(), array.len() * TEXT_BYTES);
    let mut text = String::new();
    for row in 0..array.len() {
        text.clear();
        match write_text_at(array, row, ty, &mut text)? {
            true => texts.append_value(&text),
            false => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn from_file(array: &ArrayRef, ty: &ColumnType) -> Result<ArrayRef> {
    if let (ColumnType::Array(element), Some(lists)) = (ty, array.as_list_opt::<i32>()) {
        let elements = from_file(lists.values(), &element.column_type())?;
        return lists_of(lists, elements);
    }
    if !is_text(ty) || array.data_type() == &arrow_type(ty) {
        return Ok(array.clone());
    }
    let Some(texts) = array.as_string_opt::<i32>() else {
        return Err(Error::Unsupported {
            what: format!("reading a {} of a data file as {ty}", array.data_type()),
        });
    };
    let parse = |text: Option<&str>| match text {
        Some(text) => Datum::parse_text(ty, text),
        None => Ok(Datum::Null),
    };
    let datums = texts.iter().map(parse).collect::<Result<Vec<_>>>()?;
    array_of(ty, datums.iter())
}

/// The same lists of other elements.
fn lists_of(lists: &ListArray, elements: ArrayRef) -> Result<ArrayRef> {
    let field = Arc::new(Field::new_list_field(elements.data_type().clone(), true));
    let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
    Ok(Arc::new(ListArray::try_new(
        field, offsets, elements, nulls,
    )?))
}

#[cfg(test)]
mod tests;
