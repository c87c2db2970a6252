//! What can go wrong between a row and its bytes, its text and its Arrow form.

use cairn_catalog::ColumnType;

pub type Result<T> = std::result::Result<T, Error>;

/// An error of rows. Messages are for users.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stored bytes that no version of this code wrote for this table.
    #[error("the stored rows of table {table:?} are damaged: {problem}{}", in_column(.column))]
    Damaged {
        table: String,
        column: Option<String>,
        problem: &'static str,
    },

    #[error("null value in column {column:?} of relation {table:?} violates not-null constraint")]
    NotNull { table: String, column: String },

    #[error("invalid input syntax for type {}: {text:?}", .ty.postgres_name())]
    Syntax { ty: ColumnType, text: String },

    #[error("value \"{text}\" is out of range for type {}", .ty.postgres_name())]
    OutOfRange { ty: ColumnType, text: String },

    #[error("date/time field value out of range: \"{text}\"")]
    DateTime { text: String },

    #[error("numeric field overflow: a value of {ty} has at most {} digits before the decimal point", digits_before(.ty))]
    NumericOverflow { ty: ColumnType },

    #[error("value too long for type {}({max})", if *.padded { "character" } else { "character varying" })]
    TooLong { max: u32, padded: bool },

    #[error(
        "value overflows numeric format: a DECIMAL has at most 131072 digits before the point and 16383 behind it"
    )]
    TooManyDigits,

    #[error("interval out of range: {text:?}")]
    Interval { text: String },

    #[error("invalid input syntax for type json: {text:?}")]
    Json { text: String },

    #[error(
        "a JSON document is nested deeper than {} levels",
        crate::json::MAX_DEPTH
    )]
    JsonTooDeep,

    #[error("malformed array literal: {text:?}")]
    Array { text: String },

    #[error("invalid byte sequence for encoding \"UTF8\": 0x00")]
    NulInText,

    #[error("{what} is not supported")]
    Unsupported { what: String },

    /// The caller's values or batch do not have the table's shape.
    #[error("{what} of table {table:?}: expected {expected}, got {got}")]
    Shape {
        table: String,
        what: String,
        expected: String,
        got: String,
    },

    #[error("the columns of one batch of table {table:?} are too large for Arrow")]
    BatchTooLarge { table: String },

    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),

    #[error(transparent)]
    Catalog(#[from] cairn_catalog::Error),

    #[error(transparent)]
    Storage(#[from] cairn_storage::Error),
}

/// What the user must do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Write the value in a form that the type reads.
    Syntax,
    /// Give a smaller value, or a wider type.
    OutOfRange,
    /// Give a date or time that exists.
    DateTime,
    /// Give a shorter text, or a wider type.
    TooLong,
    /// Give a document with fewer levels.
    TooDeep,
    /// Give text without NUL bytes.
    Encoding,
    /// Give a value.
    NotNull,
    /// Do without it.
    Unsupported,
    /// Restore the table from a backup.
    Damaged,
    /// Report it: a part of Cairn passed another part something of the wrong shape.
    Internal,
    /// See the catalog's error.
    Catalog,
    /// See the storage error.
    Storage,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::NotNull { .. } => ErrorKind::NotNull,
            Self::Syntax { .. } | Self::Json { .. } | Self::Array { .. } => ErrorKind::Syntax,
            Self::OutOfRange { .. } | Self::NumericOverflow { .. } | Self::TooManyDigits => {
                ErrorKind::OutOfRange
            }
            Self::DateTime { .. } | Self::Interval { .. } => ErrorKind::DateTime,
            Self::JsonTooDeep => ErrorKind::TooDeep,
            Self::TooLong { .. } => ErrorKind::TooLong,
            Self::NulInText => ErrorKind::Encoding,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Shape { .. } | Self::BatchTooLarge { .. } | Self::Arrow(_) => ErrorKind::Internal,
            Self::Catalog(_) => ErrorKind::Catalog,
            Self::Storage(_) => ErrorKind::Storage,
        }
    }
}

fn in_column(column: &Option<String>) -> String {
    column
        .as_ref()
        .map_or_else(String::new, |column| format!(" (column {column:?})"))
}

fn digits_before(ty: &ColumnType) -> i16 {
    match *ty {
        ColumnType::Decimal { precision, scale } => i16::from(precision) - i16::from(scale),
        _ => 0,
    }
}
