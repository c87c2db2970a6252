//! What a statement answers when it succeeds.

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;

use crate::copy::{CopyIn, CopyOut};

/// The answer to one statement.
pub enum Answer {
    /// Rows, streamed. The tag that ends them is followed by their number for `SELECT`, `INSERT 0`, `UPDATE` and `DELETE`; it stands
    /// alone for `SHOW` and the like.
    Rows {
        stream: SendableRecordBatchStream,
        tag: &'static str,
    },
    /// No rows; the whole command tag, such as `INSERT 0 3`.
    Done { tag: String },
    /// The client must now send data.
    CopyIn(CopyIn),
    /// The client is now sent data.
    CopyOut(CopyOut),
    /// An empty statement.
    Empty,
}

/// Something the client should know although nothing failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub severity: Severity,
    pub sqlstate: crate::SqlState,
    pub message: String,
    pub hint: Option<String>,
}

impl Notice {
    pub(crate) fn skipping(what: &str) -> Self {
        Notice {
            severity: Severity::Notice,
            sqlstate: crate::SqlState::SuccessfulCompletion,
            message: format!("{what}, skipping"),
            hint: None,
        }
    }

    pub(crate) fn plain(message: &str) -> Self {
        Notice {
            severity: Severity::Notice,
            sqlstate: crate::SqlState::SuccessfulCompletion,
            message: message.to_owned(),
            hint: None,
        }
    }

    pub(crate) fn warning(sqlstate: crate::SqlState, message: &str) -> Self {
        Notice {
            severity: Severity::Warning,
            sqlstate,
            message: message.to_owned(),
            hint: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Notice,
    Warning,
}

/// The one letter of ReadyForQuery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    Idle,
    InTransaction,
    Failed,
}

/// A statement that was parsed and typed, to be executed any number of times.
#[derive(Clone)]
pub struct Prepared {
    pub(crate) statement: Option<cairn_syntax::Statement>,
    /// The parameters' types as far as the client has declared them, and as they are.
    pub(crate) declared: Vec<Option<DataType>>,
    pub(crate) parameters: Vec<DataType>,
    pub(crate) columns: Option<SchemaRef>,
}

impl Prepared {
    /// The types of `$1`, `$2`, …
    pub fn parameters(&self) -> &[DataType] {
        &self.parameters
    }

    /// The columns of the rows it answers with; `None`: it answers with no rows.
    pub fn columns(&self) -> Option<&SchemaRef> {
        self.columns.as_ref()
    }

    /// What kind of statement it is: one of [`cairn_syntax::VERBS`].
    pub fn verb(&self) -> &'static str {
        self.statement
            .as_ref()
            .map_or("other", |statement| statement.verb())
    }

    /// Whether the statement is empty.
    pub fn is_empty(&self) -> bool {
        self.statement.is_none()
    }
}
