//! From every other crate's errors to SQLSTATEs.

use arrow::error::ArrowError;
use cairn_syntax::{InvalidUtf8, SyntaxErrorKind};
use datafusion::common::{DataFusionError, SchemaError};

use super::{SqlError, SqlState};

impl From<cairn_syntax::SyntaxError> for SqlError {
    fn from(error: cairn_syntax::SyntaxError) -> Self {
        let state = match error.kind {
            SyntaxErrorKind::Malformed => SqlState::SyntaxError,
            SyntaxErrorKind::TooComplex => SqlState::StatementTooComplex,
        };
        SqlError {
            hint: error.hint,
            position: error.position,
            ..SqlError::new(state, error.message)
        }
    }
}

impl From<cairn_storage::Error> for SqlError {
    fn from(error: cairn_storage::Error) -> Self {
        use cairn_storage::Error;
        let state = match &error {
            Error::Conflict => {
                return SqlError::new(
                    SqlState::SerializationFailure,
                    "restart transaction: something it read was changed by another transaction",
                )
                .hint("run the whole transaction again");
            }
            Error::OutcomeUnknown { .. } => SqlState::StatementCompletionUnknown,
            Error::RolledBack => SqlState::InvalidCursorName,
            Error::DiskFull { .. } => SqlState::DiskFull,
            Error::BelowFloor { .. } => return SqlError::past_is_gone(error.to_string()),
            Error::Future { .. } => SqlState::InvalidParameterValue,
            Error::TooLarge { what, .. } => {
                let hint = match *what {
                    "transaction" => "use several smaller transactions",
                    "key" => "shorten the values of the primary key, or of the index",
                    _ => "keep long values in several rows, or outside of the database",
                };
                return SqlError::new(SqlState::ProgramLimitExceeded, error.to_string()).hint(hint);
            }
            Error::Closing => SqlState::AdminShutdown,
            Error::Io { .. } => SqlState::IoError,
            Error::Damaged { .. } => SqlState::DataCorrupted,
            Error::Locked { .. }
            | Error::Format { .. }
            | Error::NotAStore { .. }
            | Error::Clock { .. } => SqlState::SystemError,
            _ => SqlState::InternalError,
        };
        SqlError::new(state, error.to_string())
    }
}

impl SqlError {
    /// The error of a read at an instant: what has no past so old is named.
    pub(crate) fn of_past(
        error: cairn_storage::Error,
        timeline: &cairn_storage::Timeline,
        what: &str,
    ) -> Self {
        match error {
            cairn_storage::Error::BelowFloor { at, floor, .. } => Self::past_is_gone(format!(
                "batch timestamp {} must be after GC threshold {} of {what}",
                timeline.decimal(at),
                timeline.decimal(floor)
            )),
            error => error.into(),
        }
    }

    fn past_is_gone(message: String) -> Self {
        SqlError::new(SqlState::ObjectNotInPrerequisiteState, message)
            .hint("read at a later time, or restore from a backup")
    }
}

impl From<cairn_catalog::Error> for SqlError {
    fn from(error: cairn_catalog::Error) -> Self {
        use cairn_catalog::Error;
        let state = match &error {
            Error::Storage(_) => {
                let Error::Storage(source) = error else {
                    return SqlError::internal("unreachable");
                };
                return source.into();
            }
            Error::DatabaseExists { .. } => SqlState::DuplicateDatabase,
            Error::ReservedName { .. } => {
                return SqlError::new(SqlState::ReservedName, error.to_string())
                    .hint("choose another: in a name of two parts it would mean the schema");
            }
            Error::RelationExists { .. } | Error::IndexExists { .. } => SqlState::DuplicateTable,
            Error::UnknownDatabase { .. } | Error::UnknownDatabaseId { .. } => {
                SqlState::InvalidCatalogName
            }
            Error::UnknownTable { .. } | Error::UnknownTableId { .. } => SqlState::UndefinedTable,
            Error::UnknownConstraint { .. } => SqlState::UndefinedObject,
            Error::Offline { .. } => return SqlError::offline(error.to_string()),
            Error::System { .. } => SqlState::InsufficientPrivilege,
            Error::Invalid { .. } => SqlState::InvalidTableDefinition,
            Error::IdsExhausted { .. } => SqlState::ProgramLimitExceeded,
            Error::Format { .. } => SqlState::SystemError,
            Error::Damaged { .. } => SqlState::DataCorrupted,
        };
        SqlError::new(state, error.to_string())
    }
}

impl From<cairn_rows::Error> for SqlError {
    fn from(error: cairn_rows::Error) -> Self {
        use cairn_rows::{Error, ErrorKind};
        let state = match error.kind() {
            ErrorKind::Syntax => match &error {
                Error::Syntax { ty, .. } if is_time(ty) => SqlState::InvalidDatetimeFormat,
                _ => SqlState::InvalidTextRepresentation,
            },
            ErrorKind::OutOfRange => SqlState::NumericValueOutOfRange,
            ErrorKind::DateTime => SqlState::DatetimeFieldOverflow,
            ErrorKind::TooLong => SqlState::StringDataRightTruncation,
            ErrorKind::TooDeep => SqlState::StatementTooComplex,
            ErrorKind::Encoding => SqlState::CharacterNotInRepertoire,
            ErrorKind::NotNull => SqlState::NotNullViolation,
            ErrorKind::Unsupported => SqlState::FeatureNotSupported,
            ErrorKind::Damaged => SqlState::DataCorrupted,
            ErrorKind::Internal => SqlState::InternalError,
            ErrorKind::Catalog | ErrorKind::Storage => {
                return match error {
                    Error::Catalog(source) => source.into(),
                    Error::Storage(source) => source.into(),
                    other => SqlError::internal(other.to_string()),
                };
            }
        };
        SqlError::new(state, error.to_string())
    }
}

fn is_time(ty: &cairn_catalog::ColumnType) -> bool {
    use cairn_catalog::ColumnType::{Date, Interval, Time, Timestamp, TimestampTz};
    matches!(ty, Date | Time | Timestamp | TimestampTz | Interval)
}

impl From<cairn_copy::Error> for SqlError {
    fn from(error: cairn_copy::Error) -> SqlError {
        use cairn_copy::Error;
        let state = match &error {
            Error::Binary => return SqlError::unsupported(error),
            Error::Option { .. } => SqlState::InvalidParameterValue,
            Error::File { .. } => SqlState::BadCopyFileFormat,
            Error::TooLong { .. } => SqlState::ProgramLimitExceeded,
            Error::NotText(_) => SqlState::CharacterNotInRepertoire,
        };
        let told = SqlError::new(state, error.to_string());
        match error.hint() {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }
}

impl From<InvalidUtf8> for SqlError {
    fn from(error: InvalidUtf8) -> SqlError {
        SqlError::new(SqlState::CharacterNotInRepertoire, error.to_string())
    }
}

impl From<ArrowError> for SqlError {
    fn from(error: ArrowError) -> Self {
        let text = match &error {
            ArrowError::DivideByZero => {
                return SqlError::new(SqlState::DivisionByZero, "division by zero");
            }
            ArrowError::ArithmeticOverflow(_) => {
                return SqlError::new(
                    SqlState::NumericValueOutOfRange,
                    "value out of range: the result does not fit its type",
                )
                .detail(error.to_string());
            }
            ArrowError::ExternalError(source) => {
                if let Some(inner) = source.downcast_ref::<SqlError>() {
                    return inner.clone();
                }
                if let Some(inner) = source.downcast_ref::<DataFusionError>() {
                    return from_datafusion(inner);
                }
                return external(&source.to_string());
            }
            ArrowError::CastError(text)
            | ArrowError::ParseError(text)
            | ArrowError::ComputeError(text) => {
                return SqlError::new(value_state(text), lower(text));
            }
            ArrowError::InvalidArgumentError(text) => {
                return SqlError::new(value_state(text), lower(text));
            }
            other => other.to_string(),
        };
        SqlError::internal(text)
    }
}

/// What a message of Arrow's about a value is about.
fn value_state(text: &str) -> SqlState {
    let text = text.to_lowercase();
    if text.contains("cannot cast string")
        || text.contains("error parsing")
        || text.contains("cannot parse")
    {
        SqlState::InvalidTextRepresentation
    } else if text.contains("overflow")
        || text.contains("out of range")
        || text.contains("can't cast value")
        || text.contains("too large")
        || text.contains("cannot be represented")
        || text.contains("is not in range")
    {
        SqlState::NumericValueOutOfRange
    } else if text.contains("divide by zero") || text.contains("division by zero") {
        SqlState::DivisionByZero
    } else {
        SqlState::DatatypeMismatch
    }
}

impl From<DataFusionError> for SqlError {
    fn from(error: DataFusionError) -> Self {
        from_datafusion(&error)
    }
}

fn from_datafusion(error: &DataFusionError) -> SqlError {
    match error {
        DataFusionError::External(source) => match source.downcast_ref::<SqlError>() {
            Some(inner) => inner.clone(),
            None => match source.downcast_ref::<DataFusionError>() {
                Some(inner) => from_datafusion(inner),
                None => external(&source.to_string()),
            },
        },
        DataFusionError::Context(_, source) | DataFusionError::Diagnostic(_, source) => {
            from_datafusion(source)
        }
        DataFusionError::Shared(source) => from_datafusion(source),
        DataFusionError::Collection(sources) => match sources.first() {
            Some(first) => from_datafusion(first),
            None => SqlError::internal("an error without a cause"),
        },
        DataFusionError::ArrowError(source, _) => arrow(source),
        DataFusionError::SchemaError(source, _) => schema(source),
        DataFusionError::NotImplemented(text) if text.starts_with("Unsupported CAST") => {
            SqlError::new(SqlState::CannotCoerce, lower(text))
        }
        DataFusionError::NotImplemented(text) if is_of_subquery(text) => {
            SqlError::unsupported("a subquery in this place")
        }
        DataFusionError::NotImplemented(text) if text.starts_with("Unsupported LIMIT") => {
            SqlError::unsupported("LIMIT of a subquery or of columns")
        }
        DataFusionError::NotImplemented(text) => {
            SqlError::new(SqlState::FeatureNotSupported, lower(text))
        }
        DataFusionError::Plan(text) if text.contains("should only return one column") => {
            SqlError::new(
                SqlState::SyntaxError,
                "subquery must return only one column",
            )
        }
        DataFusionError::Plan(text) => SqlError::new(plan_state(text), lower(first_line(text))),
        DataFusionError::SQL(source, _) => {
            SqlError::new(SqlState::SyntaxError, format!("syntax error: {source}"))
        }
        DataFusionError::Execution(text) => SqlError::new(execution_state(text), lower(text)),
        DataFusionError::ResourcesExhausted(text) => SqlError::new(
            SqlState::OutOfMemory,
            "the query needs more memory than it may have",
        )
        .detail(text.clone())
        .hint(
            "ask for less at once, or start the server with a larger --max-statement-memory-bytes",
        ),
        DataFusionError::IoError(source) if source.kind() == std::io::ErrorKind::StorageFull => {
            SqlError::new(
                SqlState::DiskFull,
                "no space left for the query's temporary files",
            )
        }
        DataFusionError::IoError(source) => SqlError::new(SqlState::IoError, source.to_string()),
        other => SqlError::internal(other.to_string()),
    }
}

/// Whether DataFusion had to run a subquery of which it should have made a join.
fn is_of_subquery(text: &str) -> bool {
    let names = ["Subquery", "Exists(", "OuterReferenceColumn"];
    text.starts_with("Physical plan does not support logical expression")
        && names.iter().any(|name| text.contains(name))
}

/// `ArrowError` cannot be cloned; what an SQL error needs of it can be read in place.
fn arrow(error: &ArrowError) -> SqlError {
    match error {
        ArrowError::DivideByZero => ArrowError::DivideByZero.into(),
        ArrowError::ArithmeticOverflow(text) => ArrowError::ArithmeticOverflow(text.clone()).into(),
        ArrowError::CastError(text) => ArrowError::CastError(text.clone()).into(),
        ArrowError::ParseError(text) => ArrowError::ParseError(text.clone()).into(),
        ArrowError::ComputeError(text) => ArrowError::ComputeError(text.clone()).into(),
        ArrowError::InvalidArgumentError(text) => {
            ArrowError::InvalidArgumentError(text.clone()).into()
        }
        ArrowError::ExternalError(source) => match source.downcast_ref::<SqlError>() {
            Some(inner) => inner.clone(),
            None => match source.downcast_ref::<DataFusionError>() {
                Some(inner) => from_datafusion(inner),
                None => external(&source.to_string()),
            },
        },
        other => SqlError::internal(other.to_string()),
    }
}

/// An error of a library below DataFusion.
fn external(text: &str) -> SqlError {
    if text.starts_with("regex parse error") {
        let reason = text.lines().last().unwrap_or(text);
        let message = format!("invalid regular expression: {reason}");
        return SqlError::new(SqlState::InvalidRegularExpression, message);
    }
    SqlError::internal(text)
}

fn schema(error: &SchemaError) -> SqlError {
    match error {
        SchemaError::FieldNotFound { field, .. } => SqlError::new(
            SqlState::UndefinedColumn,
            match &field.relation {
                Some(relation) => {
                    format!("column {}.{} does not exist", relation.table(), field.name)
                }
                None => format!("column {:?} does not exist", field.name),
            },
        ),
        SchemaError::AmbiguousReference { field } => SqlError::new(
            SqlState::AmbiguousColumn,
            format!("column reference {:?} is ambiguous", field.name),
        ),
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => SqlError::new(
            SqlState::DuplicateColumn,
            format!("column {name:?} specified more than once"),
        ),
    }
}

fn plan_state(text: &str) -> SqlState {
    let no_operator = [
        "Cannot infer common argument type",
        "Cannot coerce arithmetic",
    ];
    if text.contains("Invalid function")
        || text.contains("No function matches")
        || no_operator.iter().any(|start| text.starts_with(start))
    {
        SqlState::UndefinedFunction
    } else if text.starts_with("LIMIT must be") {
        SqlState::InvalidRowCountInLimitClause
    } else if text.starts_with("OFFSET must be") {
        SqlState::InvalidRowCountInResultOffsetClause
    } else if text.contains("DISTINCT") && text.contains("ORDER BY") {
        SqlState::InvalidColumnReference
    } else if text.contains("GROUP BY")
        || text.contains("must appear in")
        || text.contains("ggregate function")
    {
        SqlState::GroupingError
    } else if text.contains("window") && text.contains("is not defined") {
        SqlState::UndefinedObject
    } else if text.contains("window frame") {
        SqlState::WindowingError
    } else if ["boolean", "coerce", "type", "Cannot infer"]
        .iter()
        .any(|word| text.contains(word))
    {
        SqlState::DatatypeMismatch
    } else {
        SqlState::SyntaxError
    }
}

fn execution_state(text: &str) -> SqlState {
    if text.contains("more than one row") {
        SqlState::CardinalityViolation
    } else {
        match value_state(text) {
            SqlState::DatatypeMismatch => SqlState::InvalidParameterValue,
            state => state,
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

fn lower(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// So that our errors pass through DataFusion unchanged.
impl From<SqlError> for DataFusionError {
    fn from(error: SqlError) -> Self {
        DataFusionError::External(Box::new(error))
    }
}
