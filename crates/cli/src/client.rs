//! A client that sends text and shows what comes back: tags, types and notices as the server sent them.
//!
//! Drivers hide some of that; workloads, which need none of it, use one.

use std::io::Cursor;

use bytes::{Bytes, BytesMut};
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::sasl::{
    ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256,
};
use postgres_protocol::message::backend::{DataRowBody, ErrorFields, Message};
use postgres_protocol::message::frontend::{self, CopyData};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::address::{Address, Dialed, Transport};
use crate::failure::{Failure, Outcome};

/// So much of a COPY is sent at once.
const COPY_BYTES: usize = 64 << 10;

/// What a server answers, piece by piece.
#[derive(Debug)]
pub enum Event {
    Columns(Vec<Column>),
    Row(Vec<Option<String>>),
    /// Lines of COPY … TO STDOUT.
    Copied(Bytes),
    /// A statement is complete; its command tag.
    Complete(String),
    Notice(Fault),
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    /// The oid of its type.
    pub kind: u32,
}

/// An error or a notice, as the server told it.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    pub severity: String,
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// In characters of the text that was sent, from 1.
    pub position: Option<usize>,
}

/// The next line of a COPY's data, or their end; an error calls the COPY off.
pub type NextLine = fn() -> std::future::Ready<Outcome<Option<String>>>;

/// A statement without data behind it: a COPY … FROM STDIN is called off.
pub const NO_DATA: Option<NextLine> = None;

/// By which another connection stops what a session does.
#[derive(Debug, Clone, Copy, Default)]
pub struct CancelKey {
    process: i32,
    secret: i32,
}

pub struct Client {
    stream: Box<dyn Transport>,
    input: BytesMut,
    cancel_key: CancelKey,
    in_transaction: bool,
}

impl Client {
    /// Connects to the server of a `postgres://` URL.
    pub async fn connect(url: &str) -> Outcome<Client> {
        let address = Address::read(url)?;
        let config = &address.config;
        let Dialed { stream, end_point } = address.dial().await?;
        let mut client = Client {
            stream,
            input: BytesMut::new(),
            cancel_key: CancelKey::default(),
            in_transaction: false,
        };
        let mut startup = BytesMut::new();
        let application = config.get_application_name().unwrap_or("cairn sql");
        let parameters = [
            ("user", config.get_user().unwrap_or("root")),
            ("database", config.get_dbname().unwrap_or("defaultdb")),
            ("application_name", application),
            ("client_encoding", "UTF8"),
        ];
        let options = config.get_options().map(|options| ("options", options));
        frontend::startup_message(parameters.into_iter().chain(options), &mut startup)?;
        client.stream.write_all(&startup).await?;
        loop {
            match client.receive().await? {
                Message::ReadyForQuery(_) => return Ok(client),
                Message::ErrorResponse(error) => {
                    return Err(Failure::failed(read_fault(error.fields())?.to_string()));
                }
                Message::AuthenticationSasl(_) => {
                    let end_point = end_point.clone();
                    client.log_in(config.get_password(), end_point).await?;
                }
                Message::BackendKeyData(key) => {
                    client.cancel_key = CancelKey {
                        process: key.process_id(),
                        secret: key.secret_key(),
                    };
                }
                Message::AuthenticationOk
                | Message::ParameterStatus(_)
                | Message::NoticeResponse(_) => {}
                _ => {
                    return Err(Failure::failed(
                        "ERROR:  the server asks for an authentication that cairn sql cannot do",
                    ));
                }
            }
        }
    }

    /// Proves by SCRAM-SHA-256 that it knows the password, to the very server whose certificate it has seen.
    async fn log_in(&mut self, password: Option<&[u8]>, end_point: Option<Vec<u8>>) -> Outcome {
        let Some(password) = password else {
            return Err(Failure::failed(
                "ERROR:  the server asks for a password\nHINT:  postgres://USER:PASSWORD@HOST:PORT/DATABASE",
            ));
        };
        let (binding, mechanism) = match end_point {
            Some(end_point) => (
                ChannelBinding::tls_server_end_point(end_point),
                SCRAM_SHA_256_PLUS,
            ),
            None => (ChannelBinding::unsupported(), SCRAM_SHA_256),
        };
        let mut scram = ScramSha256::new(password, binding);
        let mut message = BytesMut::new();
        frontend::sasl_initial_response(mechanism, scram.message(), &mut message)?;
        self.stream.write_all(&message).await?;
        match self.receive().await? {
            Message::AuthenticationSaslContinue(body) => scram.update(body.data())?,
            other => return Err(refused(&other)),
        }
        let mut message = BytesMut::new();
        frontend::sasl_response(scram.message(), &mut message)?;
        self.stream.write_all(&message).await?;
        match self.receive().await? {
            Message::AuthenticationSaslFinal(body) => Ok(scram.finish(body.data())?),
            other => Err(refused(&other)),
        }
    }

    /// Runs a text of statements; the first that fails ends it, and is the inner result.
    pub async fn run(
        &mut self,
        text: &str,
        each: impl FnMut(Event) -> Outcome,
    ) -> Outcome<Result<(), Box<Fault>>> {
        self.run_with(text, NO_DATA, each).await
    }

    /// The same, with the data of a COPY in it.
    pub async fn run_with(
        &mut self,
        text: &str,
        mut data: Option<impl AsyncFnMut() -> Outcome<Option<String>>>,
        mut each: impl FnMut(Event) -> Outcome,
    ) -> Outcome<Result<(), Box<Fault>>> {
        let mut message = BytesMut::new();
        frontend::query(text, &mut message)?;
        self.stream.write_all(&message).await?;
        let mut result = Ok(());
        loop {
            match self.receive().await? {
                Message::ReadyForQuery(body) => {
                    self.in_transaction = body.status() != b'I';
                    return Ok(result);
                }
                Message::RowDescription(body) => {
                    let columns = body.fields().map(|field| {
                        Ok(Column {
                            name: field.name().to_owned(),
                            kind: field.type_oid(),
                        })
                    });
                    each(Event::Columns(columns.collect()?))?;
                }
                Message::DataRow(row) => each(Event::Row(read_row(&row)?))?,
                Message::CommandComplete(body) => each(Event::Complete(body.tag()?.to_owned()))?,
                Message::CopyData(body) => each(Event::Copied(body.into_bytes()))?,
                Message::NoticeResponse(body) => each(Event::Notice(read_fault(body.fields())?))?,
                Message::ErrorResponse(body) => result = Err(Box::new(read_fault(body.fields())?)),
                Message::CopyInResponse(_) => self.send(&mut data).await?,
                _ => {}
            }
        }
    }

    /// Sends the data of a COPY.
    async fn send(
        &mut self,
        data: &mut Option<impl AsyncFnMut() -> Outcome<Option<String>>>,
    ) -> Outcome {
        let mut message = BytesMut::new();
        match data {
            None => {
                frontend::copy_fail(
                    "there is no data here: send it behind the statement, on standard input",
                    &mut message,
                )?;
            }
            Some(next) => loop {
                match next().await {
                    Ok(Some(mut line)) => {
                        line.push('\n');
                        CopyData::new(Cursor::new(line))?.write(&mut message);
                        if message.len() >= COPY_BYTES {
                            self.stream.write_all(&message).await?;
                            message.clear();
                        }
                    }
                    Ok(None) => break frontend::copy_done(&mut message),
                    Err(failure) => break frontend::copy_fail(&failure.to_string(), &mut message)?,
                }
            },
        }
        Ok(self.stream.write_all(&message).await?)
    }

    /// By which [`cancel`] stops what this session does.
    pub fn cancel_key(&self) -> CancelKey {
        self.cancel_key
    }

    /// A transaction is open: what else is asked would be part of it.
    pub fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// The rows that one statement answers with.
    pub async fn rows(&mut self, statement: &str) -> Outcome<Vec<Vec<Option<String>>>> {
        let mut rows = Vec::new();
        let answer = self.run(statement, |event| {
            if let Event::Row(row) = event {
                rows.push(row);
            }
            Ok(())
        });
        answer
            .await?
            .map_err(|fault| Failure::failed(format!("{fault}\nSTATEMENT:  {statement}")))?;
        Ok(rows)
    }

    async fn receive(&mut self) -> Outcome<Message> {
        loop {
            if let Some(message) = Message::parse(&mut self.input)? {
                return Ok(message);
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(Failure::failed("ERROR:  the server closed the connection"));
            }
        }
    }
}

/// Stops what a session does now, over a connection of its own.
pub async fn cancel(url: &str, key: CancelKey) -> Outcome {
    let mut stream = Address::read(url)?.dial().await?.stream;
    let mut message = BytesMut::new();
    frontend::cancel_request(key.process, key.secret, &mut message);
    stream.write_all(&message).await?;
    Ok(stream.shutdown().await?)
}

/// What ends a login that does not go on as it should.
fn refused(message: &Message) -> Failure {
    let fault = match message {
        Message::ErrorResponse(error) => read_fault(error.fields()).ok(),
        _ => None,
    };
    match fault {
        Some(fault) => Failure::failed(fault.to_string()),
        None => Failure::failed("ERROR:  the server broke off the login"),
    }
}

fn read_row(row: &DataRowBody) -> Outcome<Vec<Option<String>>> {
    let buffer = row.buffer();
    let values = row.ranges().map(|range| {
        let bytes = range.and_then(|range| buffer.get(range));
        Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    });
    Ok(values.collect()?)
}

fn read_fault(mut fields: ErrorFields<'_>) -> Outcome<Fault> {
    let mut fault = Fault::default();
    while let Some(field) = fields.next()? {
        let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'S' => fault.severity = value,
            b'C' => fault.sqlstate = value,
            b'M' => fault.message = value,
            b'D' => fault.detail = Some(value),
            b'H' => fault.hint = Some(value),
            b'P' => fault.position = value.parse().ok(),
            _ => {}
        }
    }
    Ok(fault)
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:  {}", self.severity, self.message)?;
        if self.severity == "ERROR" || self.severity == "FATAL" {
            write!(f, " ({})", self.sqlstate)?;
        }
        for (name, text) in [("DETAIL", &self.detail), ("HINT", &self.hint)] {
            if let Some(text) = text {
                write!(f, "\n{name}:  {text}")?;
            }
        }
        Ok(())
    }
}
