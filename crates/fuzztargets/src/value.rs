//! What must hold of every value that was read of a stranger's bytes.

use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::Datum;

/// One of each kind that a column can have.
pub const TYPES: [ColumnType; 21] = [
    ColumnType::Bool,
    ColumnType::Int2,
    ColumnType::Int4,
    ColumnType::Int8,
    ColumnType::Float4,
    ColumnType::Float8,
    ColumnType::Decimal {
        precision: 20,
        scale: 5,
    },
    ColumnType::Numeric,
    ColumnType::String { max: None },
    ColumnType::Char { length: 4 },
    ColumnType::Bytes,
    ColumnType::Date,
    ColumnType::Time,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Interval,
    ColumnType::Uuid,
    ColumnType::Inet,
    ColumnType::Jsonb,
    ColumnType::Array(ElementType::String { max: None }),
    ColumnType::Array(ElementType::TimestampTz),
];

/// A value's text is read back, and is that of the value that comes of it.
pub fn comes_back(ty: &ColumnType, value: &Datum) {
    if value.is_null() {
        return;
    }
    let mut text = String::new();
    value.write_text(ty, &mut text);
    let again = match Datum::parse_text(ty, &text) {
        Ok(again) => {
            let mut text = String::new();
            again.write_text(ty, &mut text);
            Ok(text)
        }
        Err(error) => Err(error.to_string()),
    };
    assert_eq!(again.as_deref(), Ok(text.as_str()), "{ty}: {value:?}");
}
