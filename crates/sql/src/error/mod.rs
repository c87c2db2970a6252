//! What a statement answers when it fails: one type, with the SQLSTATE chosen in this file and nowhere else.

mod from;
mod jobs;

use std::fmt;

/// The SQLSTATEs that Cairn answers with. The code is `SqlState::code`; the meaning is PostgreSQL's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SqlState {
    SuccessfulCompletion,
    ConnectionFailure,
    ProtocolViolation,
    FeatureNotSupported,
    CardinalityViolation,
    StringDataRightTruncation,
    NumericValueOutOfRange,
    InvalidDatetimeFormat,
    DatetimeFieldOverflow,
    DivisionByZero,
    InvalidEscapeSequence,
    InvalidRegularExpression,
    SequenceGeneratorLimitExceeded,
    InvalidArgumentForLogarithm,
    InvalidArgumentForNthValue,
    InvalidArgumentForPower,
    InvalidArgumentForWidthBucket,
    InvalidRowCountInLimitClause,
    InvalidRowCountInResultOffsetClause,
    NullValueNotAllowed,
    ArraySubscriptError,
    InvalidParameterValue,
    InvalidTextRepresentation,
    CharacterNotInRepertoire,
    BadCopyFileFormat,
    NotNullViolation,
    ForeignKeyViolation,
    UniqueViolation,
    CheckViolation,
    ActiveSqlTransaction,
    NoActiveSqlTransaction,
    ReadOnlySqlTransaction,
    InFailedSqlTransaction,
    IdleInTransactionSessionTimeout,
    InvalidSavepoint,
    InvalidAuthorization,
    InvalidPassword,
    DependentObjectsStillExist,
    InvalidCatalogName,
    InvalidSchemaName,
    SerializationFailure,
    StatementCompletionUnknown,
    InsufficientPrivilege,
    InvalidGrantOperation,
    SyntaxError,
    DuplicateColumn,
    DuplicateDatabase,
    DuplicateObject,
    DuplicateTable,
    DuplicatePreparedStatement,
    DuplicateCursor,
    InvalidSqlStatementName,
    InvalidCursorName,
    CannotCoerce,
    DatatypeMismatch,
    GeneratedAlways,
    WrongObjectType,
    UndefinedColumn,
    UndefinedFunction,
    UndefinedObject,
    UndefinedParameter,
    UndefinedTable,
    AmbiguousColumn,
    GroupingError,
    WindowingError,
    InvalidColumnReference,
    InvalidForeignKey,
    InvalidObjectDefinition,
    InvalidTableDefinition,
    InvalidName,
    ReservedName,
    DiskFull,
    OutOfMemory,
    TooManyConnections,
    ProgramLimitExceeded,
    StatementTooComplex,
    ObjectNotInPrerequisiteState,
    ObjectInUse,
    QueryCanceled,
    AdminShutdown,
    SystemError,
    ConfigFileError,
    IoError,
    UndefinedFile,
    DuplicateFile,
    DataCorrupted,
    InternalError,
}

impl SqlState {
    /// The five characters that go over the wire.
    pub fn code(self) -> &'static str {
        use SqlState::*;
        match self {
            SuccessfulCompletion => "00000",
            ConnectionFailure => "08006",
            ProtocolViolation => "08P01",
            FeatureNotSupported => "0A000",
            CardinalityViolation => "21000",
            StringDataRightTruncation => "22001",
            NumericValueOutOfRange => "22003",
            InvalidDatetimeFormat => "22007",
            DatetimeFieldOverflow => "22008",
            DivisionByZero => "22012",
            InvalidEscapeSequence => "22025",
            InvalidRegularExpression => "2201B",
            SequenceGeneratorLimitExceeded => "2200H",
            InvalidArgumentForLogarithm => "2201E",
            InvalidArgumentForNthValue => "22016",
            InvalidArgumentForPower => "2201F",
            InvalidArgumentForWidthBucket => "2201G",
            InvalidRowCountInLimitClause => "2201W",
            InvalidRowCountInResultOffsetClause => "2201X",
            NullValueNotAllowed => "22004",
            ArraySubscriptError => "2202E",
            InvalidParameterValue => "22023",
            InvalidTextRepresentation => "22P02",
            CharacterNotInRepertoire => "22021",
            BadCopyFileFormat => "22P04",
            NotNullViolation => "23502",
            ForeignKeyViolation => "23503",
            UniqueViolation => "23505",
            CheckViolation => "23514",
            ActiveSqlTransaction => "25001",
            NoActiveSqlTransaction => "25P01",
            ReadOnlySqlTransaction => "25006",
            InFailedSqlTransaction => "25P02",
            IdleInTransactionSessionTimeout => "25P03",
            InvalidSavepoint => "3B001",
            InvalidAuthorization => "28000",
            InvalidPassword => "28P01",
            DependentObjectsStillExist => "2BP01",
            InvalidCatalogName => "3D000",
            InvalidSchemaName => "3F000",
            SerializationFailure => "40001",
            StatementCompletionUnknown => "40003",
            InsufficientPrivilege => "42501",
            InvalidGrantOperation => "0LP01",
            SyntaxError => "42601",
            DuplicateColumn => "42701",
            DuplicateDatabase => "42P04",
            DuplicateObject => "42710",
            DuplicateTable => "42P07",
            DuplicatePreparedStatement => "42P05",
            DuplicateCursor => "42P03",
            InvalidSqlStatementName => "26000",
            InvalidCursorName => "34000",
            CannotCoerce => "42846",
            DatatypeMismatch => "42804",
            GeneratedAlways => "428C9",
            WrongObjectType => "42809",
            UndefinedColumn => "42703",
            UndefinedFunction => "42883",
            UndefinedObject => "42704",
            UndefinedParameter => "42P02",
            UndefinedTable => "42P01",
            AmbiguousColumn => "42702",
            GroupingError => "42803",
            WindowingError => "42P20",
            InvalidColumnReference => "42P10",
            InvalidForeignKey => "42830",
            InvalidObjectDefinition => "42P17",
            InvalidTableDefinition => "42P16",
            InvalidName => "42602",
            ReservedName => "42939",
            DiskFull => "53100",
            OutOfMemory => "53200",
            TooManyConnections => "53300",
            ProgramLimitExceeded => "54000",
            StatementTooComplex => "54001",
            ObjectNotInPrerequisiteState => "55000",
            ObjectInUse => "55006",
            QueryCanceled => "57014",
            AdminShutdown => "57P01",
            SystemError => "58000",
            ConfigFileError => "F0000",
            IoError => "58030",
            UndefinedFile => "58P01",
            DuplicateFile => "58P02",
            DataCorrupted => "XX001",
            InternalError => "XX000",
        }
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An error as a client sees it. Messages are lower case, name the object, and never hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    pub sqlstate: SqlState,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1.
    pub position: Option<usize>,
    /// The constraint that was violated, for 23503, 23505 and 23514.
    pub constraint: Option<String>,
    /// Where the constraint that was violated belongs, for 23502, 23503, 23505 and 23514.
    object: Option<Box<Object>>,
    /// Where in what the client sent, such as `COPY t, line 3, column b: "x"`.
    pub context: Option<String>,
}

/// A table, and maybe one of its columns. Beside the error, which is moved often and seldom has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Object {
    relation: Option<String>,
    column: Option<String>,
}

pub type Result<T, E = SqlError> = std::result::Result<T, E>;

/// What to do where a job or a load has a name.
const OFFLINE_HINT: &str = "wait for the job that fills it, or cancel that: SHOW JOBS";

impl SqlError {
    pub fn new(sqlstate: SqlState, message: impl Into<String>) -> Self {
        SqlError {
            sqlstate,
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
            constraint: None,
            object: None,
            context: None,
        }
    }

    /// What Cairn knows of but does not do yet: 0A000, naming it.
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(
            SqlState::FeatureNotSupported,
            format!("{what} is not supported yet"),
        )
    }

    /// Something that a job or a load is filling: nobody can use it, nor its name, before that has ended.
    pub(crate) fn offline(message: impl Into<String>) -> Self {
        Self::new(SqlState::ObjectInUse, message).hint(OFFLINE_HINT)
    }

    pub(crate) fn read_only(what: &str) -> Self {
        Self::new(
            SqlState::ReadOnlySqlTransaction,
            format!("cannot execute {what} in a read-only transaction"),
        )
    }

    /// A fault of Cairn's own, never of the user.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(SqlState::InternalError, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn position(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    pub fn constraint(mut self, name: impl Into<String>) -> Self {
        self.constraint = Some(name.into());
        self
    }

    /// The table whose constraint was violated.
    pub fn relation(mut self, name: impl Into<String>) -> Self {
        self.object.get_or_insert_default().relation = Some(name.into());
        self
    }

    /// The column that must not be NULL.
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.object.get_or_insert_default().column = Some(name.into());
        self
    }

    pub fn relation_name(&self) -> Option<&str> {
        self.object.as_ref()?.relation.as_deref()
    }

    pub fn column_name(&self) -> Option<&str> {
        self.object.as_ref()?.column.as_deref()
    }

    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Whether the server may simply run the same single statement again.
    pub fn is_retryable(&self) -> bool {
        self.sqlstate == SqlState::SerializationFailure
    }
}
