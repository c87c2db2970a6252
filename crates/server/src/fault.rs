//! Errors and notices as the client reads them.

use cairn_sql::{Notice, Severity, SqlError, SqlState};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::{ErrorResponse, NoticeResponse};

/// An error of a statement: the session goes on.
pub fn error(error: &SqlError) -> PgWireBackendMessage {
    PgWireBackendMessage::ErrorResponse(ErrorResponse::new(fields("ERROR", error)))
}

/// An error after which the connection is closed.
pub fn fatal(error: &SqlError) -> PgWireBackendMessage {
    PgWireBackendMessage::ErrorResponse(ErrorResponse::new(fields("FATAL", error)))
}

pub fn notice(notice: &Notice) -> PgWireBackendMessage {
    let severity = match notice.severity {
        Severity::Notice => "NOTICE",
        Severity::Warning => "WARNING",
    };
    let as_error = SqlError::new(notice.sqlstate, notice.message.clone());
    PgWireBackendMessage::NoticeResponse(NoticeResponse::new(fields(severity, &as_error)))
}

/// The client did not keep to the protocol.
pub fn protocol_violation(message: impl Into<String>) -> SqlError {
    SqlError::new(SqlState::ProtocolViolation, message)
}

/// What the client is told of a message that was not taken; `None`: nothing that follows it can be told.
pub fn of_message(error: &cairn_wire::Error) -> Option<SqlError> {
    match error {
        cairn_wire::Error::StatementTooLong { bytes, limit, .. } => Some(
            SqlError::new(
                SqlState::ProgramLimitExceeded,
                format!("the statement has {bytes} bytes; at most {limit} are taken"),
            )
            .hint("load rows with COPY, or start the server with a larger --max-statement-bytes"),
        ),
        cairn_wire::Error::NotText { source, .. } => Some(source.clone().into()),
        cairn_wire::Error::Protocol(_) | cairn_wire::Error::Message(_) => None,
    }
}

/// The fields of an ErrorResponse, in PostgreSQL's order: severity (twice: translated, and not), code, message, …
fn fields(severity: &str, error: &SqlError) -> Vec<(u8, String)> {
    let mut fields = vec![
        (b'S', severity.to_owned()),
        (b'V', severity.to_owned()),
        (b'C', error.sqlstate.code().to_owned()),
        (b'M', error.message.clone()),
    ];
    let optional = [
        (b'D', error.detail.clone()),
        (b'H', error.hint.clone()),
        (b'P', error.position.map(|position| position.to_string())),
        (b'W', error.context.clone()),
        (b's', error.relation_name().map(|_| "public".to_owned())),
        (b't', error.relation_name().map(str::to_owned)),
        (b'c', error.column_name().map(str::to_owned)),
        (b'n', error.constraint.clone()),
    ];
    fields.extend(
        optional
            .into_iter()
            .filter_map(|(code, text)| Some((code, text?))),
    );
    fields
}
