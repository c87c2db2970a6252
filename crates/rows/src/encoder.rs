//! Arrow batches to keys and values: what RESTORE, COPY and index backfills write.
//!
//! The bytes are those of `TableCodec`. Rows come out in the order of the batch: whoever ingests them sorts, or
//! reads batches that are sorted by primary key already.

use std::borrow::Cow;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{IntervalMonthDayNano, Schema};
use cairn_catalog::{ColumnId, ColumnType, IndexDescriptor, TableDescriptor};
use cairn_storage::{Revisions, Version};

use crate::file_form::FileForm;
use crate::inet::Inet;
use crate::json::Json;
use crate::numeric::Numeric;
use crate::schema::column_ids;
use crate::shape::{KeyPart, Shape, ShapeColumn};
use crate::source::Source;
use crate::value::ValueWriter;
use crate::{Datum, Error, Result};

/// Turns batches of one table's rows into revisions.
#[derive(Debug)]
pub struct BatchEncoder {
    shape: Shape,
    /// Per column of the table, its place in the batch; None: the batch has none, so rows get the missing value.
    places: Vec<Option<usize>>,
    /// Of batches that come from a data file.
    form: Option<FileForm>,
}

impl BatchEncoder {
    /// For batches with the schema `arrow_schema(table)`.
    pub fn new(table: &TableDescriptor) -> Result<Self> {
        let places = (0..table.columns.len()).map(Some).collect();
        Ok(Self {
            shape: Shape::new(table)?,
            places,
            form: None,
        })
    }

    /// For batches whose fields carry column ids: those of a data file, which may be older than some columns or hold
    /// columns that have been dropped.
    ///
    /// # Errors
    /// `Shape` when a field has no column id, or a column of the primary key has no field.
    pub fn for_schema(table: &TableDescriptor, schema: &Schema) -> Result<Self> {
        let shape = Shape::new(table)?;
        let ids = column_ids(table, schema)?;
        let places: Vec<Option<usize>> = shape
            .columns
            .iter()
            .map(|column| ids.iter().position(|id| *id == column.id))
            .collect();
        for (part, column) in shape.key_columns(&shape.key) {
            if places.get(part.position).copied().flatten().is_none() {
                return Err(shape.mismatch(
                    "batch",
                    format!("the key column {:?}", column.name),
                    "none",
                ));
            }
        }
        let type_of = |id: &ColumnId| table.column(*id).map(|column| column.ty);
        // A dropped column is not looked at; any type will do that leaves it as it is.
        let types = ids.iter().map(|id| type_of(id).unwrap_or(ColumnType::Bool));
        let form = Some(FileForm::new(types.collect()));
        Ok(Self {
            shape,
            places,
            form,
        })
    }

    /// The batch as `arrow_schema` has it.
    fn settled<'a>(&self, batch: &'a RecordBatch) -> Result<Cow<'a, RecordBatch>> {
        Ok(match &self.form {
            Some(form) => Cow::Owned(form.from_file(batch)?),
            None => Cow::Borrowed(batch),
        })
    }

    /// Appends each row's key and value.
    ///
    /// # Errors
    /// `NotNull`, `TooLong`, `NumericOverflow`, `NulInText` for a value that the table cannot hold; `Shape` for a
    /// batch of another schema.
    pub fn encode(&self, batch: &RecordBatch, version: Version, out: &mut Revisions) -> Result<()> {
        let batch = self.settled(batch)?;
        let sources = self.sources(&batch)?;
        for (column, source) in self.shape.columns.iter().zip(&sources) {
            if column.nullable
                && !column.takes_null
                && (0..batch.num_rows()).any(|row| source.is_null(row))
            {
                return Err(self.shape.not_null(column));
            }
        }
        let values: Vec<_> = self
            .shape
            .value_columns()
            .filter_map(|(position, column)| Some((column.id, sources.get(position)?)))
            .collect();
        let parts = chosen(&self.shape.key, &sources);
        let (mut key, mut value) = (Vec::new(), Vec::new());
        key.extend_from_slice(&self.shape.prefix.to_bytes());
        let prefix = key.len();
        for row in 0..batch.num_rows() {
            key.truncate(prefix);
            for (source, part) in &parts {
                source.push_element(row, &mut key, part.direction);
            }
            value.clear();
            let mut writer = ValueWriter::new(&mut value);
            for (id, source) in &values {
                source.push_value(row, *id, &mut writer);
            }
            out.push(&key, version, Some(&value));
        }
        Ok(())
    }

    /// Appends each row's entry in a secondary index; they come out in the order of the rows.
    pub fn encode_index(
        &self,
        index: &IndexDescriptor,
        batch: &RecordBatch,
        version: Version,
        out: &mut Revisions,
    ) -> Result<()> {
        let index = self.shape.index(index)?;
        let batch = self.settled(batch)?;
        let sources = self.sources(&batch)?;
        let columns = chosen(&index.columns, &sources);
        let rest = chosen(&index.rest, &sources);
        let (mut key, mut value) = (Vec::new(), Vec::new());
        key.extend_from_slice(&index.prefix.to_bytes());
        let prefix = key.len();
        for row in 0..batch.num_rows() {
            key.truncate(prefix);
            value.clear();
            for (source, part) in &columns {
                source.push_element(row, &mut key, part.direction);
            }
            let alone = index.unique && !columns.iter().any(|(source, _)| source.is_null(row));
            let tail = if alone { &mut value } else { &mut key };
            for (source, part) in &rest {
                source.push_element(row, tail, part.direction);
            }
            out.push(&key, version, Some(&value));
        }
        Ok(())
    }

    /// The batch's columns, checked, in the order of the table's.
    fn sources<'a>(&'a self, batch: &'a RecordBatch) -> Result<Vec<Source<'a>>> {
        let source = |(column, place): (&'a ShapeColumn, &Option<usize>)| {
            let Some(place) = place else {
                return self.missing(column);
            };
            let array = batch.columns().get(*place).ok_or_else(|| {
                self.shape
                    .mismatch("batch", format!("column {:?}", column.name), "none")
            })?;
            if !column.nullable && array.null_count() > 0 {
                return Err(self.shape.not_null(column));
            }
            let source = Source::new(&column.ty, array).ok_or_else(|| {
                self.shape.mismatch(
                    format!("column {:?}", column.name),
                    column.ty,
                    array.data_type(),
                )
            })?;
            check_limits(&column.ty, &source)?;
            Ok(source)
        };
        self.shape
            .columns
            .iter()
            .zip(&self.places)
            .map(source)
            .collect()
    }

    fn missing<'a>(&'a self, column: &'a ShapeColumn) -> Result<Source<'a>> {
        if column.missing.is_null() && !column.nullable {
            return Err(self.shape.not_null(column));
        }
        Ok(Source::Missing(&column.missing))
    }
}

/// The sources of a key's columns, in its order.
fn chosen<'a, 'b>(parts: &[KeyPart], sources: &'b [Source<'a>]) -> Vec<(&'b Source<'a>, KeyPart)> {
    parts
        .iter()
        .filter_map(|part| Some((sources.get(part.position)?, *part)))
        .collect()
}

/// The limits that Arrow's types do not have.
fn check_limits(ty: &ColumnType, source: &Source<'_>) -> Result<()> {
    match (source, *ty) {
        (Source::Text(array), ColumnType::String { max }) => {
            if array
                .iter()
                .flatten()
                .any(|text| text.as_bytes().contains(&0))
            {
                return Err(Error::NulInText);
            }
            if let Some(max) = max {
                let limit = usize::try_from(max).unwrap_or(usize::MAX);
                let long = |text: &str| text.len() > limit && text.chars().nth(limit).is_some();
                if array.iter().flatten().any(long) {
                    return Err(Error::TooLong { max, padded: false });
                }
            }
            Ok(())
        }
        (Source::Text(array), ColumnType::Char { .. }) => {
            for text in array.iter().flatten() {
                let fitted = Datum::String(text.to_owned()).fit(ty)?;
                if fitted != Datum::String(text.to_owned()) {
                    return Err(not_canonical(ty));
                }
            }
            Ok(())
        }
        (Source::Numeric(array), _) => {
            let wrong = |bytes| Numeric::from_bytes(bytes).is_err();
            refuse(array.iter().flatten().any(wrong), ty)
        }
        (Source::Inet(array), _) => {
            let wrong = |bytes| Inet::from_ordered(bytes).is_none();
            refuse(array.iter().flatten().any(wrong), ty)
        }
        (Source::Interval(array), _) => {
            let wrong = |value: IntervalMonthDayNano| value.nanoseconds % 1_000 != 0;
            refuse(array.iter().flatten().any(wrong), ty)
        }
        (Source::Jsonb(array), _) => {
            let wrong =
                |text: &str| Json::parse(text).map_or(true, |json| json.to_string() != text);
            refuse(array.iter().flatten().any(wrong), ty)
        }
        (Source::Array(_, elements), ColumnType::Array(element)) => {
            check_limits(&element.column_type(), elements)
        }
        (Source::Decimal(array), ColumnType::Decimal { precision, .. }) => {
            let limit = 10u128.saturating_pow(u32::from(precision));
            if array
                .iter()
                .flatten()
                .any(|value| value.unsigned_abs() >= limit)
            {
                return Err(Error::NumericOverflow { ty: *ty });
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn refuse(wrong: bool, ty: &ColumnType) -> Result<()> {
    if wrong {
        Err(not_canonical(ty))
    } else {
        Ok(())
    }
}

/// Whoever makes a batch writes the forms of `arrow_type`, each in its one way.
fn not_canonical(ty: &ColumnType) -> Error {
    Error::Unsupported {
        what: format!("a batch with a value of type {ty} that is not in its canonical form"),
    }
}

#[cfg(test)]
mod tests;
