//! The SQL types a column can have: the names, their limits, and nothing about bytes (that is `cairn-rows`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most digits a `DECIMAL(p, s)` can have: what fits a 128-bit integer. A `DECIMAL` without a precision has more.
pub const MAX_PRECISION: u8 = 38;

/// The longest text that a `VARCHAR(n)` or `CHAR(n)` can be declared for: PostgreSQL's limit.
pub const MAX_CHARACTERS: u32 = 10_485_760;

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
    Float4,
    /// A `DECIMAL` without a precision: any number of digits, NaN and the infinities.
    Numeric,
    /// Text of at most `length` characters, in which spaces at the end do not count.
    Char {
        length: u32,
    },
    Time,
    Interval,
    Inet,
    Jsonb,
    /// A one-dimensional array; elements can be NULL.
    Array(ElementType),
}

/// The type of an array's elements: every column type but arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ElementType {
    Bool,
    Int2,
    Int4,
    Int8,
    Float8,
    Decimal { precision: u8, scale: i8 },
    String { max: Option<u32> },
    Bytes,
    Date,
    Timestamp,
    TimestampTz,
    Uuid,
    Float4,
    Numeric,
    Char { length: u32 },
    Time,
    Interval,
    Inet,
    Jsonb,
}

/// Writes the two conversions from one list of the variants that both enums have.
macro_rules! same_variants {
    ($($variant:ident $({ $field:ident $(, $more:ident)* })?),+ $(,)?) => {
        impl ElementType {
            /// The same type, of a column.
            pub fn column_type(self) -> ColumnType {
                match self {
                    $(Self::$variant $({ $field $(, $more)* })? => ColumnType::$variant $({ $field $(, $more)* })?),+
                }
            }
        }

        impl ColumnType {
            /// The same type, of an array's elements; None for an array.
            pub fn as_element(self) -> Option<ElementType> {
                match self {
                    $(Self::$variant $({ $field $(, $more)* })? => Some(ElementType::$variant $({ $field $(, $more)* })?),)+
                    Self::Array(_) => None,
                }
            }
        }
    };
}

same_variants!(
    Bool,
    Int2,
    Int4,
    Int8,
    Float8,
    Decimal { precision, scale },
    String { max },
    Bytes,
    Date,
    Timestamp,
    TimestampTz,
    Uuid,
    Float4,
    Numeric,
    Char { length },
    Time,
    Interval,
    Inet,
    Jsonb,
);

impl ColumnType {
    /// True for a type whose parameters are within its limits.
    pub fn is_valid(&self) -> bool {
        match *self {
            Self::Decimal { precision, scale } => {
                (1..=MAX_PRECISION).contains(&precision)
                    && u8::try_from(scale).is_ok_and(|scale| scale <= precision)
            }
            Self::String { max } => max != Some(0),
            Self::Char { length } => length != 0,
            Self::Array(element) => element.column_type().is_valid(),
            _ => true,
        }
    }

    /// False for a type whose values have no order that a key could follow.
    pub fn is_indexable(&self) -> bool {
        !matches!(self, Self::Jsonb | Self::Array(_))
    }

    /// PostgreSQL's name of the type, without its parameters: as in error messages and in `\d`.
    pub fn postgres_name(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Float8 => "double precision",
            Self::Decimal { .. } | Self::Numeric => "numeric",
            Self::String { max: None } => "text",
            Self::String { max: Some(_) } => "character varying",
            Self::Bytes => "bytea",
            Self::Date => "date",
            Self::Timestamp => "timestamp without time zone",
            Self::TimestampTz => "timestamp with time zone",
            Self::Uuid => "uuid",
            Self::Float4 => "real",
            Self::Char { .. } => "character",
            Self::Time => "time without time zone",
            Self::Interval => "interval",
            Self::Inet => "inet",
            Self::Jsonb => "jsonb",
            Self::Array(element) => element.postgres_array_name(),
        }
    }
}

impl ElementType {
    /// PostgreSQL's name of an array of these.
    fn postgres_array_name(&self) -> &'static str {
        match self {
            Self::Bool => "boolean[]",
            Self::Int2 => "smallint[]",
            Self::Int4 => "integer[]",
            Self::Int8 => "bigint[]",
            Self::Float8 => "double precision[]",
            Self::Decimal { .. } | Self::Numeric => "numeric[]",
            Self::String { max: None } => "text[]",
            Self::String { max: Some(_) } => "character varying[]",
            Self::Bytes => "bytea[]",
            Self::Date => "date[]",
            Self::Timestamp => "timestamp without time zone[]",
            Self::TimestampTz => "timestamp with time zone[]",
            Self::Uuid => "uuid[]",
            Self::Float4 => "real[]",
            Self::Char { .. } => "character[]",
            Self::Time => "time without time zone[]",
            Self::Interval => "interval[]",
            Self::Inet => "inet[]",
            Self::Jsonb => "jsonb[]",
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
            Self::Float4 => f.write_str("FLOAT4"),
            Self::Numeric => f.write_str("DECIMAL"),
            Self::Char { length } => write!(f, "CHAR({length})"),
            Self::Time => f.write_str("TIME"),
            Self::Interval => f.write_str("INTERVAL"),
            Self::Inet => f.write_str("INET"),
            Self::Jsonb => f.write_str("JSONB"),
            Self::Array(element) => write!(f, "{}[]", element.column_type()),
        }
    }
}

/// The text is no type's `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAType;

/// Reads what `Display` prints, and nothing else.
impl FromStr for ColumnType {
    type Err = NotAType;

    fn from_str(text: &str) -> Result<Self, NotAType> {
        if let Some(element) = text.strip_suffix("[]") {
            let element = Self::from_str(element)?.as_element();
            return element.map(Self::Array).ok_or(NotAType);
        }
        let (name, limits) = match text.split_once('(') {
            Some((name, limits)) => (name, Some(limits.strip_suffix(')').ok_or(NotAType)?)),
            None => (text, None),
        };
        Ok(match (name, limits) {
            ("VARCHAR", Some(max)) => Self::String {
                max: Some(number(max)?),
            },
            ("CHAR", Some(length)) => Self::Char {
                length: number(length)?,
            },
            ("DECIMAL", Some(limits)) => {
                let (precision, scale) = limits.split_once(", ").ok_or(NotAType)?;
                Self::Decimal {
                    precision: number(precision)?,
                    scale: number(scale)?,
                }
            }
            ("BOOL", None) => Self::Bool,
            ("INT2", None) => Self::Int2,
            ("INT4", None) => Self::Int4,
            ("INT8", None) => Self::Int8,
            ("FLOAT4", None) => Self::Float4,
            ("FLOAT8", None) => Self::Float8,
            ("DECIMAL", None) => Self::Numeric,
            ("STRING", None) => Self::String { max: None },
            ("BYTES", None) => Self::Bytes,
            ("DATE", None) => Self::Date,
            ("TIME", None) => Self::Time,
            ("TIMESTAMP", None) => Self::Timestamp,
            ("TIMESTAMPTZ", None) => Self::TimestampTz,
            ("INTERVAL", None) => Self::Interval,
            ("UUID", None) => Self::Uuid,
            ("INET", None) => Self::Inet,
            ("JSONB", None) => Self::Jsonb,
            _ => return Err(NotAType),
        })
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, NotAType> {
    text.parse().map_err(|_| NotAType)
}
