//! Answers of statements as messages: rows, COPY in both directions, command tags.

use std::sync::atomic::Ordering;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use cairn_sql::{CopyIn, CopyOut, SqlError, SqlState};
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use pgwire::messages::copy::{CopyDone, CopyInResponse, CopyOutResponse};
use pgwire::messages::data::RowDescription;
use pgwire::messages::response::CommandComplete;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};

use crate::cancel::Stop;
use crate::channel::Channel;
use crate::encode::RowWriter;
use crate::error::Result;
use crate::fault::protocol_violation;
use crate::types::{self, Format};

/// An error on the way of an answer: the statement's, which the client is told, or the connection's, which ends it.
#[derive(Debug)]
pub enum Failure {
    Statement(SqlError),
    Connection(crate::error::Error),
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Failure {
        Failure::Statement(error)
    }
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Failure {
        Failure::Connection(error)
    }
}

/// Rows that have not been sent yet.
pub struct Rows {
    stream: SendableRecordBatchStream,
    tag: &'static str,
    /// The batch being sent, and its next row.
    current: Option<(RowWriter, usize, usize)>,
    sent: u64,
}

impl Rows {
    pub fn new(stream: SendableRecordBatchStream, tag: &'static str) -> Rows {
        Rows {
            stream,
            tag,
            current: None,
            sent: 0,
        }
    }

    pub fn schema(&self) -> arrow::datatypes::SchemaRef {
        self.stream.schema()
    }

    /// Sends up to `limit` rows; when all have been sent, their command tag.
    pub async fn send(
        &mut self,
        channel: &mut Channel,
        formats: &[Format],
        limit: Option<u64>,
        stop: &Stop,
    ) -> std::result::Result<Option<String>, Failure> {
        let end = limit.map(|limit| self.sent.saturating_add(limit));
        loop {
            while let Some((writer, row, rows)) = &mut self.current {
                if end == Some(self.sent) {
                    return Ok(None);
                }
                if row == rows {
                    self.current = None;
                    break;
                }
                writer.write(*row, channel.output())?;
                *row += 1;
                self.sent += 1;
                channel.send_if_large().await?;
            }
            match stop.unless_stopped(self.stream.next()).await? {
                Some(batch) => {
                    let batch: RecordBatch = batch.map_err(SqlError::from)?;
                    let rows = batch.num_rows();
                    self.current = Some((RowWriter::new(&batch, formats)?, 0, rows));
                }
                None => {
                    return Ok(Some(match self.tag {
                        counted @ ("SELECT" | "INSERT 0" | "UPDATE" | "DELETE") => {
                            format!("{counted} {}", self.sent)
                        }
                        other => other.to_owned(),
                    }));
                }
            }
        }
    }
}

/// Queues the description of result columns.
pub fn describe_rows(
    channel: &mut Channel,
    schema: &Schema,
    formats: &[Format],
) -> std::result::Result<(), Failure> {
    let fields = schema.fields().iter().zip(formats);
    let fields = fields.map(|(field, format)| types::describe(field, *format));
    let fields = fields.collect::<std::result::Result<_, SqlError>>()?;
    channel.put(PgWireBackendMessage::RowDescription(RowDescription::new(
        fields,
    )))?;
    Ok(())
}

/// Queues the tag that ends a statement's answer.
pub fn complete(channel: &mut Channel, tag: String) -> Result<()> {
    channel.put(PgWireBackendMessage::CommandComplete(CommandComplete::new(
        tag,
    )))
}

/// COPY … TO STDOUT; its command tag.
pub async fn send_copy(
    channel: &mut Channel,
    mut copy: CopyOut,
    stop: &Stop,
) -> std::result::Result<String, Failure> {
    let columns = i16::try_from(copy.schema.fields().len()).unwrap_or(i16::MAX);
    let formats = vec![0; copy.schema.fields().len()];
    channel.put(PgWireBackendMessage::CopyOutResponse(CopyOutResponse::new(
        0, columns, formats,
    )))?;
    while let Some(lines) = stop.unless_stopped(copy.stream.next()).await? {
        let lines = lines?;
        // A row a message, as PostgreSQL sends them: there are clients that count on it.
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            channel.put_copy_data(lines.slice_ref(line))?;
        }
        channel.send_if_large().await?;
    }
    channel.put(PgWireBackendMessage::CopyDone(CopyDone::new()))?;
    Ok(format!("COPY {}", copy.rows.load(Ordering::Relaxed)))
}

/// COPY … FROM STDIN; its command tag. On any error, what was sent is dropped with `copy`.
pub async fn receive_copy(
    channel: &mut Channel,
    mut copy: CopyIn,
    stop: &Stop,
) -> std::result::Result<String, Failure> {
    let columns = i16::try_from(copy.columns()).unwrap_or(i16::MAX);
    let formats = vec![0; copy.columns()];
    channel.put(PgWireBackendMessage::CopyInResponse(CopyInResponse::new(
        0, columns, formats,
    )))?;
    channel.send().await?;
    loop {
        let Some(message) = stop.unless_stopped(channel.receive()).await?? else {
            copy.abort().await;
            return Err(
                crate::error::Error::Connection(std::io::ErrorKind::UnexpectedEof.into()).into(),
            );
        };
        match message {
            PgWireFrontendMessage::CopyData(piece) => {
                stop.unless_stopped(copy.write(piece.data)).await??;
            }
            PgWireFrontendMessage::CopyDone(_) => {
                // Not cancelled from here on: it may have been committed.
                let rows = copy.finish().await?;
                return Ok(format!("COPY {rows}"));
            }
            PgWireFrontendMessage::CopyFail(fail) => {
                copy.abort().await;
                return Err(SqlError::new(
                    SqlState::QueryCanceled,
                    format!("COPY from stdin failed: {}", fail.message),
                )
                .into());
            }
            // Drivers send these right behind the COPY, before its data.
            PgWireFrontendMessage::Flush(_) | PgWireFrontendMessage::Sync(_) => {}
            _ => {
                copy.abort().await;
                return Err(
                    protocol_violation("unexpected message type during COPY from stdin").into(),
                );
            }
        }
    }
}
