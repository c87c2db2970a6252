//! The SQL types a column can have: the names, their limits, and nothing about bytes (that is `cairn-rows`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most digits a `DECIMAL` can have: what fits a 128-bit integer.
pub const MAX_PRECISION: u8 = 38;

/// The type of a column. `Display` prints the SQL name, which the parser reads back as the same type.
///
/// Stored inside descriptors: a variant's name and fields never change; new ones are added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnType {
    Bool,
    Int2,
    Int4,
    Int8,
    Float8,
    /// An exact number of `precision` digits, `scale` of them behind the point; `0 <= scale <= precision <= 38`.
    Decimal {
        precision: u8,
        scale: i8,
    },
    /// Text of at most `max` characters.
    String {
        max: Option<u32>,
    },
    Bytes,
    Date,
    Timestamp,
    TimestampTz,
    Uuid,
}

impl ColumnType {
    /// True for a type whose parameters are within its limits.
    pub fn is_valid(&self) -> bool {
        match *self {
            Self::Decimal { precision, scale } => {
                (1..=MAX_PRECISION).contains(&precision)
                    && u8::try_from(scale).is_ok_and(|scale| scale <= precision)
            }
            Self::String { max } => max != Some(0),
            _ => true,
        }
    }

    /// PostgreSQL's name of the type, without its parameters: as in error messages and in `\d`.
    pub fn postgres_name(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Float8 => "double precision",
            Self::Decimal { .. } => "numeric",
            Self::String { max: None } => "text",
            Self::String { max: Some(_) } => "character varying",
            Self::Bytes => "bytea",
            Self::Date => "date",
            Self::Timestamp => "timestamp without time zone",
            Self::TimestampTz => "timestamp with time zone",
            Self::Uuid => "uuid",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("BOOL"),
            Self::Int2 => f.write_str("INT2"),
            Self::Int4 => f.write_str("INT4"),
            Self::Int8 => f.write_str("INT8"),
            Self::Float8 => f.write_str("FLOAT8"),
            Self::Decimal { precision, scale } => write!(f, "DECIMAL({precision}, {scale})"),
            Self::String { max: None } => f.write_str("STRING"),
            Self::String { max: Some(max) } => write!(f, "VARCHAR({max})"),
            Self::Bytes => f.write_str("BYTES"),
            Self::Date => f.write_str("DATE"),
            Self::Timestamp => f.write_str("TIMESTAMP"),
            Self::TimestampTz => f.write_str("TIMESTAMPTZ"),
            Self::Uuid => f.write_str("UUID"),
        }
    }
}
