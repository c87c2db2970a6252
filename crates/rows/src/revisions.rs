//! Revisions of rows as Arrow batches, and back: what incremental backups and histories carry.
//!
//! WHAT
//!   A table's columns may change while its history goes on, so a batch of revisions has all columns that any of its rows can
//!   have ([`WindowShape`]), and behind them version, time and whether the revision is a deletion.
//!
//! HOW DATA FLOWS
//!   Out: `RevisionDecoder` reads each revision under the descriptor that held at its version, so that a column which that one
//!   has and the stored bytes do not gets its missing value; a column which it does not have is NULL.
//!   In: `RevisionEncoder` writes each revision with just the columns of the descriptor of its version: stored bytes as they
//!   were, whatever columns came or went later. `Fingerprinter::fill` then gives them the columns of any other descriptor.
//!
//! INVARIANTS
//!   A column id has one type for ever, and the primary key does not change under a table's id: `WindowShape::new`.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, UInt64Array};
use arrow::datatypes::{
    DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, UInt64Type,
};
use cairn_catalog::{ColumnDescriptor, ColumnId, ColumnType, TableDescriptor};
use cairn_storage::{Prefix, Revisions, Timeline, Version};

use crate::columns::plain;
use crate::file_form::{FileForm, file_schema};
use crate::schema::{
    DELETED_COLUMN, DELETED_FIELD, FIELD_ID, TIME_COLUMN, TIME_FIELD, UTC, VERSION_COLUMN,
    VERSION_FIELD, arrow_type,
};
use crate::shape::{KeyPart, Shape};
use crate::source::Source;
use crate::value::ValueWriter;
use crate::{BatchDecoder, Error, Result};

/// All columns that the rows of one table can have in a window, and the descriptors under which they were written.
#[derive(Debug)]
pub struct WindowShape {
    /// Per descriptor: from which version on it holds, and the table with all columns of the window, of which its own have
    /// their missing values. Never empty, oldest first.
    epochs: Vec<(Version, TableDescriptor)>,
}

impl WindowShape {
    /// From the descriptors that held in the window, oldest first, each with the version from which on it did. Rows older than
    /// the first are taken as written under it.
    ///
    /// # Errors
    /// `Shape` when there is none; `Unsupported` when a column changes its type or the table its key.
    pub fn new(dated: &[(Version, &TableDescriptor)]) -> Result<Self> {
        let Some((_, newest)) = dated.last() else {
            return Err(Error::Shape {
                table: "?".to_owned(),
                what: "window".to_owned(),
                expected: "at least one descriptor".to_owned(),
                got: "none".to_owned(),
            });
        };
        let mut columns: Vec<ColumnDescriptor> = Vec::new();
        for (_, table) in dated.iter().rev() {
            check_same(newest, table, &columns)?;
            for column in &table.columns {
                if columns.iter().all(|known| known.id != column.id) {
                    let mut bare = ColumnDescriptor::new(column.id, &column.name, column.ty);
                    bare.nullable = !newest.is_primary_key(column.id);
                    columns.push(bare);
                }
            }
        }
        tell_apart(&mut columns);
        let epochs = dated.iter().map(|(from, table)| {
            let mut all = columns.clone();
            for column in &mut all {
                let own = table.column(column.id);
                column.missing_value = own.and_then(|own| own.missing_value.clone());
            }
            let key = newest.primary.columns.clone();
            let mut all = TableDescriptor::new(newest.database, &newest.name, all, key);
            all.id = newest.id;
            (*from, all)
        });
        Ok(WindowShape {
            epochs: epochs.collect(),
        })
    }

    /// The table with all columns of the window, none with a missing value of use.
    #[must_use]
    pub fn table(&self) -> Option<&TableDescriptor> {
        self.epochs.last().map(|(_, table)| table)
    }
}

/// Gives each column a name of its own. Of columns with one name the first, which is the newest, keeps it; the others, dropped
/// before it came, get their ids behind it. No column loses a name of its own to them, be it of an older descriptor.
fn tell_apart(columns: &mut [ColumnDescriptor]) {
    let own = columns.iter().map(|column| column.name.clone());
    let mut taken: BTreeSet<String> = own.collect();
    let mut kept = BTreeSet::new();
    for column in columns {
        if kept.insert(column.name.clone()) {
            continue;
        }
        while taken.contains(&column.name) {
            column.name = format!("{}_{}", column.name, column.id);
        }
        taken.insert(column.name.clone());
    }
}

fn check_same(
    newest: &TableDescriptor,
    table: &TableDescriptor,
    columns: &[ColumnDescriptor],
) -> Result<()> {
    let unsupported = |what: String| Err(Error::Unsupported { what });
    if table.primary.columns != newest.primary.columns || table.id != newest.id {
        return unsupported(format!(
            "a history in which the primary key of {:?} changes",
            newest.name
        ));
    }
    for column in &table.columns {
        let known = columns.iter().find(|known| known.id == column.id);
        if known.is_some_and(|known| arrow_type(&known.ty) != arrow_type(&column.ty)) {
            return unsupported(format!(
                "a history in which the type of column {:?} of {:?} changes",
                column.name, newest.name
            ));
        }
    }
    Ok(())
}

/// What holds at a version, of things that each hold from a version on: the first of them before that, too.
fn holding<T>(dated: &[(Version, T)], version: Version) -> Option<&T> {
    let passed = dated.partition_point(|(from, _)| *from <= version);
    let (_, holds) = dated.get(passed.saturating_sub(1))?;
    Some(holds)
}

/// Turns revisions of one table into batches.
#[derive(Debug)]
pub struct RevisionDecoder {
    decoders: Vec<(Version, BatchDecoder)>,
    /// Of the columns as they are decoded, and as a data file has them.
    decoded: SchemaRef,
    schema: SchemaRef,
    form: FileForm,
}

impl RevisionDecoder {
    /// # Errors
    /// Those of [`BatchDecoder::all`].
    pub fn new(shape: &WindowShape) -> Result<Self> {
        let mut decoders = Vec::with_capacity(shape.epochs.len());
        for (from, table) in &shape.epochs {
            decoders.push((*from, BatchDecoder::all(table)?));
        }
        let fields = decoders
            .first()
            .map_or_else(Vec::new, |(_, decoder)| decoder.schema().fields().to_vec());
        let written = shape
            .table()
            .map_or_else(Vec::new, |table| file_schema(table).fields().to_vec());
        let columns = shape.table().map_or(&[][..], |table| &table.columns);
        Ok(RevisionDecoder {
            decoders,
            decoded: revision_schema(&fields),
            schema: revision_schema(&written),
            form: FileForm::new(columns.iter().map(|column| column.ty).collect()),
        })
    }

    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Revisions as a data file has them, with their versions, times and whether they delete; a deletion has its key's columns only.
    ///
    /// # Errors
    /// `Damaged` for bytes that are no row of this table.
    pub fn decode(&self, revisions: &Revisions, timeline: &Timeline) -> Result<RecordBatch> {
        let Some((_, first)) = self.decoders.first() else {
            return Ok(RecordBatch::new_empty(SchemaRef::clone(&self.schema)));
        };
        let mut columns = first.columns(revisions.len())?;
        let (mut versions, mut times, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
        for revision in revisions.iter() {
            let decoder = holding(&self.decoders, revision.version).unwrap_or(first);
            decoder.decode_key(revision.key, &mut columns)?;
            match revision.value {
                Some(value) => decoder.decode_value(value, &mut columns)?,
                None => decoder.push_deleted(&mut columns),
            }
            versions.push(revision.version.0);
            times.push(timeline.micros(revision.version));
            deleted.push(revision.value.is_none());
        }
        let mut arrays = first.finish(columns, first.schema())?;
        arrays.push(Arc::new(plain::<UInt64Type>(versions)));
        arrays.push(Arc::new(
            plain::<TimestampMicrosecondType>(times).with_timezone(UTC),
        ));
        arrays.push(Arc::new(BooleanArray::from(deleted)));
        let batch = RecordBatch::try_new(SchemaRef::clone(&self.decoded), arrays)?;
        self.form.to_file(batch)
    }
}

/// The fields of a batch of revisions: the table's, then version, time and deletion.
fn revision_schema(columns: &[Arc<Field>]) -> SchemaRef {
    let own = [
        (VERSION_COLUMN, VERSION_FIELD, DataType::UInt64),
        (
            TIME_COLUMN,
            TIME_FIELD,
            DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        ),
        (DELETED_COLUMN, DELETED_FIELD, DataType::Boolean),
    ];
    let own = own.into_iter().map(|(name, id, data_type)| {
        let mut name = name.to_owned();
        while columns.iter().any(|column| *column.name() == name) {
            name.insert(0, '_');
        }
        let id = (FIELD_ID.to_owned(), id.to_string());
        Arc::new(Field::new(name, data_type, false).with_metadata([id].into()))
    });
    Arc::new(Schema::new(
        columns.iter().cloned().chain(own).collect::<Vec<_>>(),
    ))
}

/// Turns batches from a data file, of rows or of revisions, into revisions as they were stored.
#[derive(Debug)]
pub struct RevisionEncoder {
    prefix: Prefix,
    epochs: Vec<(Version, Epoch)>,
    /// Where the batch has its versions and deletions; `None`: it is of rows.
    revisions: Option<(usize, usize)>,
    form: FileForm,
}

/// One descriptor, and where the batch has its columns.
#[derive(Debug)]
struct Epoch {
    shape: Shape,
    /// Per column of the table.
    places: Vec<Option<usize>>,
}

impl RevisionEncoder {
    /// `dated` as for [`WindowShape::new`]; `prefix` is where the revisions will lie.
    ///
    /// # Errors
    /// `Shape` when a field has no column id, or a column of the primary key has no field.
    pub fn new(
        prefix: Prefix,
        dated: &[(Version, &TableDescriptor)],
        schema: &Schema,
    ) -> Result<Self> {
        let mut epochs = Vec::with_capacity(dated.len());
        let mut revisions = None;
        let mut types = vec![None; schema.fields().len()];
        for (from, table) in dated {
            let shape = Shape::new(table)?;
            let ids = crate::schema::column_ids(table, schema)?;
            for (ty, id) in types.iter_mut().zip(&ids) {
                *ty = ty.or(table.column(*id).map(|column| column.ty));
            }
            let place = |id: ColumnId| ids.iter().position(|other| *other == id);
            revisions = place(ColumnId(VERSION_FIELD)).zip(place(ColumnId(DELETED_FIELD)));
            let places: Vec<Option<usize>> = shape
                .columns
                .iter()
                .map(|column| place(column.id))
                .collect();
            for (part, column) in shape.key_columns(&shape.key) {
                if places.get(part.position).copied().flatten().is_none() {
                    let missing = format!("the key column {:?}", column.name);
                    return Err(shape.mismatch("batch", missing, "none"));
                }
            }
            epochs.push((*from, Epoch { shape, places }));
        }
        Ok(RevisionEncoder {
            prefix,
            epochs,
            revisions,
            // What no descriptor knows is not looked at: any type will do that leaves it as it is.
            form: FileForm::new(
                types
                    .into_iter()
                    .map(|ty| ty.unwrap_or(ColumnType::Bool))
                    .collect(),
            ),
        })
    }

    /// Appends each row's revision, with its own version; rows without one get `version`.
    ///
    /// # Errors
    /// `Shape` for a batch of another schema.
    pub fn encode(&self, batch: &RecordBatch, version: Version, out: &mut Revisions) -> Result<()> {
        let batch = &self.form.from_file(batch)?;
        let mut sources = Vec::with_capacity(self.epochs.len());
        for (from, epoch) in &self.epochs {
            sources.push((*from, epoch.sources(batch)?));
        }
        let marks = self.marks(batch)?;
        let mut key = self.prefix.to_bytes().to_vec();
        let prefix = key.len();
        let mut value = Vec::new();
        for row in 0..batch.num_rows() {
            let (version, deleted) = match marks {
                Some((versions, deleted)) => (Version(versions.value(row)), deleted.value(row)),
                None => (version, false),
            };
            let Some(sources) = holding(&sources, version) else {
                continue;
            };
            key.truncate(prefix);
            for (source, part) in &sources.key {
                source.push_element(row, &mut key, part.direction);
            }
            if deleted {
                out.push(&key, version, None);
                continue;
            }
            value.clear();
            let mut writer = ValueWriter::new(&mut value);
            for (id, source) in &sources.values {
                source.push_value(row, *id, &mut writer);
            }
            out.push(&key, version, Some(&value));
        }
        Ok(())
    }

    fn marks<'a>(
        &self,
        batch: &'a RecordBatch,
    ) -> Result<Option<(&'a UInt64Array, &'a BooleanArray)>> {
        let Some((version, deleted)) = self.revisions else {
            return Ok(None);
        };
        let columns = batch.columns();
        let versions = columns
            .get(version)
            .and_then(|column| column.as_primitive_opt::<UInt64Type>());
        let deleted = columns
            .get(deleted)
            .and_then(|column| column.as_boolean_opt());
        match versions.zip(deleted) {
            Some((versions, deleted)) if versions.null_count() + deleted.null_count() == 0 => {
                Ok(Some((versions, deleted)))
            }
            _ => Err(Error::Shape {
                table: String::new(),
                what: "batch of revisions".to_owned(),
                expected: "a version and a deletion for each row".to_owned(),
                got: "others".to_owned(),
            }),
        }
    }
}

/// The columns of a batch as one descriptor sees them.
struct Sources<'a> {
    key: Vec<(Source<'a>, KeyPart)>,
    values: Vec<(ColumnId, Source<'a>)>,
}

impl Epoch {
    /// A column that the batch does not have is left out: it reads as its missing value.
    fn sources<'a>(&'a self, batch: &'a RecordBatch) -> Result<Sources<'a>> {
        let source = |position: usize| -> Result<Option<Source<'a>>> {
            let Some(place) = self.places.get(position).copied().flatten() else {
                return Ok(None);
            };
            let column = self.shape.column(position)?;
            let array = batch.columns().get(place);
            let source = array.and_then(|array| Source::new(&column.ty, array));
            let wrong = || {
                let what = format!("column {:?}", column.name);
                self.shape.mismatch(what, column.ty, "another type")
            };
            Ok(Some(source.ok_or_else(wrong)?))
        };
        let mut sources = Sources {
            key: Vec::new(),
            values: Vec::new(),
        };
        for (part, _) in self.shape.key_columns(&self.shape.key) {
            sources
                .key
                .extend(source(part.position)?.map(|source| (source, part)));
        }
        for (position, column) in self.shape.value_columns() {
            sources
                .values
                .extend(source(position)?.map(|source| (column.id, source)));
        }
        Ok(sources)
    }
}

#[cfg(test)]
mod tests;
