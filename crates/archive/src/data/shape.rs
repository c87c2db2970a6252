//! What all files of one table have in common.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use parquet::arrow::{ArrowSchemaConverter, PARQUET_FIELD_ID_META_KEY};
use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::error::{Error, Result};
use crate::manifest::KeyColumn;

/// Schema and key order of a table's files.
#[derive(Clone, Debug)]
pub struct FileShape {
    pub(super) schema: SchemaRef,
    pub(super) parquet: SchemaDescriptor,
    /// Column ids, in the order of the schema.
    pub(super) columns: Vec<u32>,
    pub(super) key: Vec<KeyColumn>,
}

impl FileShape {
    /// Every field must carry its column id as metadata `PARQUET:field_id`; `key` names columns by these ids.
    ///
    /// # Errors
    /// `Shape` when an id is missing or double, a key column is not in the schema, or Parquet has no such type.
    pub fn new(schema: SchemaRef, key: Vec<KeyColumn>) -> Result<Arc<FileShape>> {
        let wrong = |what: String| Error::Shape {
            path: "schema of a data file".to_owned(),
            what,
        };
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let id = column_id(field)
                .ok_or_else(|| wrong(format!("column {:?} has no id", field.name())))?;
            if columns.contains(&id) {
                return Err(wrong(format!("column id {id} is used twice")));
            }
            columns.push(id);
        }
        if let Some(lost) = key.iter().find(|key| !columns.contains(&key.column)) {
            return Err(wrong(format!(
                "key column {} is not in the schema",
                lost.column
            )));
        }
        let parquet = parquet_schema(&schema).map_err(|error| wrong(error.to_string()))?;
        Ok(Arc::new(FileShape {
            schema,
            parquet,
            columns,
            key,
        }))
    }

    /// Whether a key may have several rows: its revisions.
    pub(super) fn has_revisions(&self) -> bool {
        self.columns.contains(&super::VERSION_COLUMN_ID)
    }

    /// The schema given to [`new`](FileShape::new).
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

/// The column id of a field.
pub(super) fn column_id(field: &Field) -> Option<u32> {
    field
        .metadata()
        .get(PARQUET_FIELD_ID_META_KEY)?
        .parse()
        .ok()
}

/// The Parquet schema: as `parquet` has it, but 16 fixed bytes are a UUID.
fn parquet_schema(schema: &SchemaRef) -> std::result::Result<SchemaDescriptor, ParquetError> {
    let converted = ArrowSchemaConverter::new().convert(schema)?;
    let mut fields: Vec<TypePtr> = Vec::with_capacity(schema.fields().len());
    for (field, converted) in schema
        .fields()
        .iter()
        .zip(converted.root_schema().get_fields())
    {
        fields.push(match field.data_type() {
            DataType::FixedSizeBinary(16) => Arc::new(uuid_type(field, converted)?),
            _ => Arc::clone(converted),
        });
    }
    let root = Type::group_type_builder("row")
        .with_fields(fields)
        .build()?;
    Ok(SchemaDescriptor::new(Arc::new(root)))
}

fn uuid_type(field: &Field, converted: &TypePtr) -> std::result::Result<Type, ParquetError> {
    let repetition = if field.is_nullable() {
        Repetition::OPTIONAL
    } else {
        Repetition::REQUIRED
    };
    let info = converted.get_basic_info();
    Type::primitive_type_builder(field.name(), PhysicalType::FIXED_LEN_BYTE_ARRAY)
        .with_length(16)
        .with_logical_type(Some(LogicalType::Uuid))
        .with_repetition(repetition)
        .with_id(info.has_id().then(|| info.id()))
        .build()
}
