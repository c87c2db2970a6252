//! One client's conversation with the node.

use arrow::datatypes::DataType;
use datafusion::scalar::ScalarValue;

use crate::{Answer, Notice, Prepared, Result, TransactionStatus};

pub struct Session {}

impl Session {
    /// Parses and types one statement. `declared` are the parameter types the client states; `None` or a missing one is inferred.
    pub async fn prepare(&mut self, _text: &str, _declared: &[Option<DataType>]) -> Result<Prepared> {
        todo!()
    }

    /// Runs a prepared statement with a value per parameter.
    pub async fn execute(&mut self, _prepared: &Prepared, _values: &[ScalarValue]) -> Result<Answer> {
        todo!()
    }

    /// Splits a text of the simple protocol into its statements, in order. All are parsed before the first one runs.
    pub fn split(&self, _text: &str) -> Result<Vec<Prepared>> {
        todo!()
    }

    pub fn transaction_status(&self) -> TransactionStatus {
        todo!()
    }

    /// The session's value of a variable such as `client_encoding`, for ParameterStatus.
    pub fn variable(&self, _name: &str) -> Option<String> {
        todo!()
    }

    /// Sets a variable as `SET name = value` does, for startup parameters.
    pub fn set_variable(&mut self, _name: &str, _value: &str) -> Result<()> {
        todo!()
    }

    /// Notices since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        todo!()
    }

    /// The client reported an error after the answer was given (a failed stream, an aborted COPY): an open transaction becomes a failed one.
    pub fn fail(&mut self) {
        todo!()
    }
}
