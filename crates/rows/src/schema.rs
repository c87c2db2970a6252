//! A table's columns as Arrow fields: one row of the type table in `docs/types.md` per type.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, SchemaRef, TimeUnit};
use cairn_catalog::{ColumnDescriptor, ColumnId, ColumnType, TableDescriptor};

use crate::inet::Inet;
use crate::{Error, Result, Zone};

/// A field's column id, under the name by which Parquet writers and readers know it.
pub const FIELD_ID: &str = "PARQUET:field_id";

/// A field's SQL type, where Arrow's does not tell it.
pub const SQL_TYPE: &str = "cairn:type";

/// The columns that a batch of revisions has behind the table's.
pub const VERSION_COLUMN: &str = "_version";
pub const TIME_COLUMN: &str = "_time";
pub const DELETED_COLUMN: &str = "_deleted";

/// Their column ids, far above any that a table gives.
pub const VERSION_FIELD: u32 = 0x7FFF_FFFD;
pub const TIME_FIELD: u32 = 0x7FFF_FFFE;
pub const DELETED_FIELD: u32 = 0x7FFF_FFFF;

/// The zone of every TIMESTAMPTZ array: the instants are UTC's, whatever zone shows them.
pub const UTC: &str = "UTC";

const INET_BYTES: i32 = Inet::ORDERED_BYTES as i32;

/// All columns, hidden ones included, in the descriptor's order.
pub fn arrow_schema(table: &TableDescriptor) -> SchemaRef {
    Arc::new(Schema::new(
        table.columns.iter().map(arrow_field).collect::<Vec<_>>(),
    ))
}

pub fn arrow_field(column: &ColumnDescriptor) -> Field {
    Field::new(&column.name, arrow_type(&column.ty), column.nullable).with_metadata(HashMap::from(
        [
            (FIELD_ID.to_owned(), column.id.to_string()),
            (SQL_TYPE.to_owned(), column.ty.to_string()),
        ],
    ))
}

/// The Arrow type in which batches carry a column of this type.
pub fn arrow_type(ty: &ColumnType) -> DataType {
    match *ty {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Int2 => DataType::Int16,
        ColumnType::Int4 => DataType::Int32,
        ColumnType::Int8 => DataType::Int64,
        ColumnType::Float8 => DataType::Float64,
        ColumnType::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
        ColumnType::String { .. } | ColumnType::Char { .. } => DataType::Utf8,
        ColumnType::Bytes => DataType::Binary,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnType::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        ColumnType::Uuid => DataType::FixedSizeBinary(16),
        ColumnType::Float4 => DataType::Float32,
        // `Numeric`'s bytes, `Inet`'s and canonical JSON: no other type has these Arrow types, so they tell it.
        ColumnType::Numeric => DataType::LargeBinary,
        ColumnType::Inet => DataType::FixedSizeBinary(INET_BYTES),
        ColumnType::Jsonb => DataType::LargeUtf8,
        ColumnType::Time => DataType::Time64(TimeUnit::Microsecond),
        ColumnType::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
        ColumnType::Array(element) => {
            let element = arrow_type(&element.column_type());
            DataType::List(Arc::new(Field::new_list_field(element, true)))
        }
        // The catalog's enum may grow before this one does; `TableCodec` refuses such a column by name.
        _ => DataType::Null,
    }
}

/// The column type whose values an Arrow type holds, without the limits that Arrow does not have.
pub fn column_type(ty: &DataType) -> Option<ColumnType> {
    Some(match ty {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int16 => ColumnType::Int2,
        DataType::Int32 => ColumnType::Int4,
        DataType::Int64 => ColumnType::Int8,
        DataType::Float32 => ColumnType::Float4,
        DataType::Float64 => ColumnType::Float8,
        DataType::Decimal128(precision, scale) => ColumnType::Decimal {
            precision: *precision,
            scale: *scale,
        },
        DataType::LargeBinary => ColumnType::Numeric,
        DataType::Utf8 => ColumnType::String { max: None },
        DataType::LargeUtf8 => ColumnType::Jsonb,
        DataType::Binary => ColumnType::Bytes,
        DataType::Date32 => ColumnType::Date,
        DataType::Time64(TimeUnit::Microsecond) => ColumnType::Time,
        DataType::Timestamp(TimeUnit::Microsecond, None) => ColumnType::Timestamp,
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => ColumnType::TimestampTz,
        DataType::Interval(IntervalUnit::MonthDayNano) => ColumnType::Interval,
        DataType::FixedSizeBinary(16) => ColumnType::Uuid,
        DataType::FixedSizeBinary(INET_BYTES) => ColumnType::Inet,
        DataType::List(element) => {
            ColumnType::Array(column_type(element.data_type())?.as_element()?)
        }
        _ => return None,
    })
}

/// The zone in which instants of an Arrow type are shown.
pub fn zone_of(ty: &DataType) -> Zone {
    match ty {
        DataType::Timestamp(_, Some(name)) => Zone::of_setting(name).unwrap_or(Zone::UTC),
        DataType::List(element) => zone_of(element.data_type()),
        _ => Zone::UTC,
    }
}

/// The same of a field, with the limits of texts if it says them. What it says can outlive a cast: it counts where it still fits.
pub fn field_type(field: &Field) -> Option<ColumnType> {
    let said = field.metadata().get(SQL_TYPE);
    said.and_then(|name| name.parse().ok())
        .filter(|ty| arrow_type(ty) == *field.data_type())
        .or_else(|| column_type(field.data_type()))
}

/// The column ids of a batch's fields, for batches that come from a data file.
///
/// # Errors
/// `Shape` for a field without a readable id.
pub fn column_ids(table: &TableDescriptor, schema: &Schema) -> Result<Vec<ColumnId>> {
    let id_of = |field: &Arc<Field>| {
        let id = field
            .metadata()
            .get(FIELD_ID)
            .and_then(|id| id.parse().ok())
            .map(ColumnId);
        id.ok_or_else(|| Error::Shape {
            table: table.name.clone(),
            what: format!("field {:?}", field.name()),
            expected: format!("a column id under {FIELD_ID}"),
            got: "none".into(),
        })
    };
    schema.fields().iter().map(id_of).collect()
}
