//! An open session: messages in, answers out, until the client leaves or the server stops.

use std::sync::Arc;

use cairn_faults::{Fault, is_planted};
use cairn_sql::{Answer, Prepared, Session, SqlError, SqlState, TransactionStatus};
use pgwire::messages::data::{NoData, ParameterDescription};
use pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Describe, Execute, Parse, ParseComplete,
    PortalSuspended, TARGET_TYPE_BYTE_PORTAL, TARGET_TYPE_BYTE_STATEMENT,
};
use pgwire::messages::response::{EmptyQueryResponse, ReadyForQuery};
use pgwire::messages::startup::ParameterStatus;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::answer::{self, Failure, Rows};
use crate::cancel::{Stop, Ticket};
use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::fault::{self, protocol_violation};
use crate::metrics::Metrics;
use crate::portal::{Names, Progress};
use crate::startup::{self, Opened};
use crate::types::{Format, declared_type};
use crate::workers::Clock;

pub struct Conversation<'a> {
    channel: &'a mut Channel,
    session: Session,
    ticket: Ticket,
    names: Names,
    metrics: Arc<Metrics>,
    /// What the client knows of the session's parameters.
    told: Vec<Option<String>>,
    /// After an error in the extended protocol everything up to the next Sync is skipped.
    skipping: bool,
}

/// Waits until a client has let its transaction wait too long.
async fn idle_too_long(clock: &Clock, timeout: Option<std::time::Duration>) {
    match timeout {
        Some(timeout) => clock.sleep_until(Instant::now() + timeout).await,
        None => std::future::pending().await,
    }
}

/// What the next turn of the conversation is.
enum Turn {
    Continue,
    Leave,
}

impl<'a> Conversation<'a> {
    pub fn new(
        channel: &'a mut Channel,
        opened: Opened,
        metrics: Arc<Metrics>,
    ) -> Conversation<'a> {
        let Opened { session, ticket } = opened;
        let told = startup::parameters(&session);
        Conversation {
            told,
            channel,
            session,
            ticket,
            names: Names::default(),
            metrics,
            skipping: false,
        }
    }

    /// Talks until the client leaves, or until `stop` finds the session between two statements.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<()> {
        self.ready().await?;
        loop {
            let message = tokio::select! {
                biased;
                () = stop.cancelled() => {
                    let stopping = SqlError::new(
                        SqlState::AdminShutdown,
                        "terminating connection: the server is stopping",
                    );
                    self.channel.put(fault::fatal(&stopping))?;
                    return self.channel.send().await;
                }
                message = self.channel.receive() => match message {
                    Err(Error::Wire(error)) => {
                        self.refuse(error).await?;
                        continue;
                    }
                    other => other?,
                },
                () = idle_too_long(self.ticket.clock(), self.session.idle_timeout()) => {
                    let idle = SqlError::new(
                        SqlState::IdleInTransactionSessionTimeout,
                        "terminating connection due to idle-in-transaction timeout",
                    );
                    self.channel.put(fault::fatal(&idle))?;
                    return self.channel.send().await;
                }
            };
            let Some(message) = message else {
                return Ok(());
            };
            if let Turn::Leave = self.turn(message).await? {
                return Ok(());
            }
        }
    }

    /// Answers a message that was not taken, if the session can go on behind it.
    async fn refuse(&mut self, message: cairn_wire::Error) -> Result<()> {
        let Some(error) = fault::of_message(&message) else {
            return Err(message.into());
        };
        if self.skipping {
            return Ok(());
        }
        self.report(&error)?;
        if message.is_of_query() {
            return self.ready().await;
        }
        self.skipping = true;
        self.channel.send().await
    }

    async fn turn(&mut self, message: PgWireFrontendMessage) -> Result<Turn> {
        use PgWireFrontendMessage as Message;
        let failable = match message {
            Message::Terminate(_) => return Ok(Turn::Leave),
            Message::Sync(_) => {
                self.skipping = false;
                self.ready().await?;
                return Ok(Turn::Continue);
            }
            _ if self.skipping => return Ok(Turn::Continue),
            Message::Query(query) => {
                self.simple_query(&query.query).await?;
                return Ok(Turn::Continue);
            }
            Message::Flush(_) => {
                self.channel.send().await?;
                return Ok(Turn::Continue);
            }
            // What is left of a COPY that failed: the client had not heard of it yet.
            Message::CopyData(_) | Message::CopyDone(_) | Message::CopyFail(_) => {
                return Ok(Turn::Continue);
            }
            Message::Parse(parse) => self.parse(parse).await,
            Message::Bind(bind) => self.bind(&bind),
            Message::Describe(describe) => self.describe(&describe),
            Message::Execute(execute) => self.execute(&execute).await,
            Message::Close(close) => self.close(&close),
            _ => Err(protocol_violation("unexpected message type").into()),
        };
        match failable {
            Ok(()) => {}
            Err(Failure::Statement(error)) => {
                self.skipping = true;
                self.report(&error)?;
                self.channel.send().await?;
            }
            Err(Failure::Connection(error)) => return Err(error),
        }
        Ok(Turn::Continue)
    }

    /// A text of any number of statements. The first error ends it; several are one transaction (`Session::join_text`).
    async fn simple_query(&mut self, text: &str) -> Result<()> {
        self.names.drop_unnamed();
        panic_if_planted(text);
        match self.run_text(text).await {
            Ok(()) => {}
            Err(Failure::Statement(error)) => self.report(&error)?,
            Err(Failure::Connection(error)) => return Err(error),
        }
        self.ready().await
    }

    async fn run_text(&mut self, text: &str) -> std::result::Result<(), Failure> {
        let statements = self.session.split(text)?;
        if statements.is_empty() {
            self.channel.put(PgWireBackendMessage::EmptyQueryResponse(
                EmptyQueryResponse::new(),
            ))?;
        }
        let several = statements.len() > 1;
        for (place, prepared) in statements.iter().enumerate() {
            let began = Instant::now();
            let is_last = place + 1 == statements.len();
            let result = self.run_statement(prepared, several, is_last).await;
            self.metrics.statement(prepared.verb(), began);
            result?;
        }
        Ok(())
    }

    /// One statement of a text.
    async fn run_statement(
        &mut self,
        prepared: &Prepared,
        several: bool,
        is_last: bool,
    ) -> std::result::Result<(), Failure> {
        let stop = self.ticket.begin_statement(&self.session);
        let session = &mut self.session;
        let execution = async {
            if several {
                session.join_text().await?;
            }
            session.execute(prepared, &[]).await
        };
        let answer = stop.unless_stopped(execution).await??;
        self.notices()?;
        let tag = self.send_answer(answer, &stop).await?;
        if is_last {
            // Before the client hears that it is done.
            stop.unless_stopped(self.session.end_text()).await??;
        }
        self.notices()?;
        Ok(self.complete(tag)?)
    }

    /// Sends an answer up to its command tag.
    async fn send_answer(
        &mut self,
        answer: Answer,
        stop: &Stop,
    ) -> std::result::Result<Option<String>, Failure> {
        let Answer::Rows { stream, tag } = answer else {
            return self.send_rowless(answer, stop).await;
        };
        let mut rows = Rows::new(stream, tag);
        let schema = rows.schema();
        let formats = vec![Format::Text; schema.fields().len()];
        answer::describe_rows(self.channel, &schema, &formats)?;
        rows.send(self.channel, &formats, None, stop).await
    }

    /// Sends an answer that is not rows, up to its command tag; an empty statement has none.
    async fn send_rowless(
        &mut self,
        answer: Answer,
        stop: &Stop,
    ) -> std::result::Result<Option<String>, Failure> {
        match answer {
            Answer::Done { tag } => Ok(Some(tag)),
            Answer::CopyIn(copy) => answer::receive_copy(self.channel, copy, stop)
                .await
                .map(Some),
            Answer::CopyOut(copy) => answer::send_copy(self.channel, copy, stop).await.map(Some),
            Answer::Empty => Ok(None),
            Answer::Rows { .. } => Err(SqlError::internal("rows where none were expected").into()),
        }
    }

    /// Ends a statement's answer.
    fn complete(&mut self, tag: Option<String>) -> Result<()> {
        match tag {
            Some(tag) => answer::complete(self.channel, tag),
            None => self.channel.put(PgWireBackendMessage::EmptyQueryResponse(
                EmptyQueryResponse::new(),
            )),
        }
    }

    async fn parse(&mut self, parse: Parse) -> std::result::Result<(), Failure> {
        let name = parse.name.unwrap_or_default();
        self.names.check_free(&name)?;
        let declared = parse.type_oids.iter().map(|oid| declared_type(*oid));
        let declared = declared.collect::<std::result::Result<Vec<_>, SqlError>>()?;
        let stop = self.ticket.begin_statement(&self.session);
        let prepared = stop
            .unless_stopped(self.session.prepare(&parse.query, &declared))
            .await??;
        self.names.put_statement(name, prepared, parse.type_oids);
        self.channel
            .put(PgWireBackendMessage::ParseComplete(ParseComplete::new()))?;
        Ok(())
    }

    fn bind(&mut self, bind: &Bind) -> std::result::Result<(), Failure> {
        self.names.bind(bind, self.session.zone())?;
        self.channel
            .put(PgWireBackendMessage::BindComplete(BindComplete::new()))?;
        Ok(())
    }

    fn describe(&mut self, describe: &Describe) -> std::result::Result<(), Failure> {
        let name = describe.name.as_deref().unwrap_or_default();
        match describe.target_type {
            TARGET_TYPE_BYTE_STATEMENT => {
                let prepared = self.names.statement(name)?;
                let kinds = self.names.parameters(name)?;
                self.channel
                    .put(PgWireBackendMessage::ParameterDescription(
                        ParameterDescription::new(kinds),
                    ))?;
                self.describe_columns(&prepared, None)
            }
            TARGET_TYPE_BYTE_PORTAL => {
                let portal = self.names.portal(name)?;
                let (prepared, formats) = (portal.prepared.clone(), portal.formats.clone());
                self.describe_columns(&prepared, Some(formats))
            }
            _ => Err(protocol_violation("describe of neither a statement nor a portal").into()),
        }
    }

    /// The columns of a statement; their formats are known once it is bound.
    fn describe_columns(
        &mut self,
        prepared: &Prepared,
        formats: Option<Vec<Format>>,
    ) -> std::result::Result<(), Failure> {
        let Some(schema) = prepared.columns() else {
            self.channel
                .put(PgWireBackendMessage::NoData(NoData::new()))?;
            return Ok(());
        };
        let formats = formats.unwrap_or_else(|| vec![Format::Text; schema.fields().len()]);
        answer::describe_rows(self.channel, schema, &formats)
    }

    /// Runs a portal, or goes on with it; its beginning is what counts as a statement.
    async fn execute(&mut self, execute: &Execute) -> std::result::Result<(), Failure> {
        let name = execute.name.as_deref().unwrap_or_default();
        let fresh = match self.names.portal(name) {
            Ok(portal) if matches!(portal.progress, Progress::Bound) => {
                Some(portal.prepared.verb())
            }
            _ => None,
        };
        let began = Instant::now();
        let result = self.fetch(name, execute).await;
        if let Some(verb) = fresh {
            self.metrics.statement(verb, began);
        }
        result
    }

    async fn fetch(&mut self, name: &str, execute: &Execute) -> std::result::Result<(), Failure> {
        let limit = u64::try_from(execute.max_rows)
            .ok()
            .filter(|limit| *limit > 0);
        let stop = self.ticket.begin_statement(&self.session);
        let portal = self.names.portal(name)?;
        let mut rows = match std::mem::replace(&mut portal.progress, Progress::Done) {
            Progress::Suspended(rows) => rows,
            Progress::Done => {
                return Err(SqlError::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    format!("portal \"{name}\" cannot be run anymore"),
                )
                .into());
            }
            Progress::Bound => {
                let (prepared, values) =
                    (portal.prepared.clone(), std::mem::take(&mut portal.values));
                let answer = stop
                    .unless_stopped(self.session.execute(&prepared, &values))
                    .await??;
                self.notices()?;
                match answer {
                    Answer::Rows { stream, tag } => Rows::new(stream, tag),
                    rowless => {
                        let tag = self.send_rowless(rowless, &stop).await?;
                        return Ok(self.complete(tag)?);
                    }
                }
            }
        };
        let portal = self.names.portal(name)?;
        let sent = rows
            .send(self.channel, &portal.formats, limit, &stop)
            .await?;
        match sent {
            Some(tag) => {
                self.notices()?;
                self.complete(Some(tag))?;
            }
            None => {
                portal.progress = Progress::Suspended(rows);
                self.channel
                    .put(PgWireBackendMessage::PortalSuspended(PortalSuspended::new()))?;
            }
        }
        Ok(())
    }

    fn close(&mut self, close: &Close) -> std::result::Result<(), Failure> {
        let name = close.name.as_deref().unwrap_or_default();
        match close.target_type {
            TARGET_TYPE_BYTE_STATEMENT => self.names.close_statement(name),
            TARGET_TYPE_BYTE_PORTAL => self.names.close_portal(name),
            _ => {
                return Err(protocol_violation("close of neither a statement nor a portal").into());
            }
        }
        self.channel
            .put(PgWireBackendMessage::CloseComplete(CloseComplete::new()))?;
        Ok(())
    }

    /// Tells the client of a failed statement, and the session too: the answer may have been under way.
    fn report(&mut self, error: &SqlError) -> Result<()> {
        if error.sqlstate == SqlState::InternalError {
            tracing::error!(%error, session = self.ticket.number, "a statement met an internal error");
        }
        self.metrics.error(error);
        self.session.fail();
        self.notices()?;
        self.channel.put(fault::error(error))
    }

    fn notices(&mut self) -> Result<()> {
        for notice in self.session.take_notices() {
            self.channel.put(fault::notice(&notice))?;
        }
        Ok(())
    }

    /// Tells the client which of the session's parameters have changed.
    fn tell_parameters(&mut self) -> Result<()> {
        let now = startup::parameters(&self.session);
        for ((name, value), told) in startup::REPORTED.iter().zip(&now).zip(&self.told) {
            if value != told
                && let Some(value) = value
            {
                let status = ParameterStatus::new((*name).to_owned(), value.clone());
                self.channel
                    .put(PgWireBackendMessage::ParameterStatus(status))?;
            }
        }
        self.told = now;
        Ok(())
    }

    /// Ends an answer: the client may go on, and learns where its transaction stands.
    async fn ready(&mut self) -> Result<()> {
        self.session.rest();
        self.tell_parameters()?;
        let status = self.session.transaction_status();
        if status == TransactionStatus::Idle {
            self.names.drop_portals();
        }
        self.channel
            .put(PgWireBackendMessage::ReadyForQuery(ReadyForQuery::new(
                match status {
                    TransactionStatus::Idle => pgwire::messages::response::TransactionStatus::Idle,
                    TransactionStatus::InTransaction => {
                        pgwire::messages::response::TransactionStatus::Transaction
                    }
                    TransactionStatus::Failed => {
                        pgwire::messages::response::TransactionStatus::Error
                    }
                },
            )))?;
        self.channel.send().await
    }
}

/// What a bug would do, where a test has planted one: a panic whose words quote the statement.
fn panic_if_planted(text: &str) {
    if is_planted(Fault::StatementPanics) && text.contains("panic") {
        #[expect(clippy::panic, reason = "a test has asked for it")]
        {
            panic!("a bug in `{text}`");
        }
    }
}
