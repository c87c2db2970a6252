//! One client's byte stream, as messages.
//!
//! Frames are cut here, by their length, before pgwire reads their inside: a message that lies about its
//! contents can then spoil only itself. What goes out is gathered in one buffer, which rows are written into
//! directly, and which is sent when it is large or when an answer is complete. Sending waits for the client:
//! that is how a slow one slows its own statement down, and nobody else's. A statement above the limit passes by without being kept.

use bytes::{Buf, Bytes, BytesMut};
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::{GssEncRequest, SslRequest, Startup};
use pgwire::messages::{
    DecodeContext, Message, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::error::{Error, Result};
use crate::tls::{self, Shown, Tls};

/// The longest message a client may send. Statements and rows of COPY are far below it.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// The longest packet before the session is open; PostgreSQL's own limit.
const MAX_STARTUP_BYTES: usize = 10_000;

/// The output is handed to the socket when it has grown to this.
const SEND_AT_BYTES: usize = 64 * 1024;

/// What a client may say first.
#[derive(Debug)]
pub enum Opening {
    /// It would like to speak TLS.
    Tls,
    /// It would like GSS encryption.
    Gss,
    /// It wants a statement of another session stopped.
    Cancel(CancelRequest),
    /// It wants a session.
    Startup(Startup),
}

#[derive(Debug)]
pub struct Channel {
    stream: Stream,
    input: BytesMut,
    output: BytesMut,
    context: DecodeContext,
    /// The longest statement that is taken.
    max_statement_bytes: usize,
    too_long: Option<TooLong>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
    /// A handshake has failed.
    Lost,
}

/// A stream of either kind.
trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

impl Stream {
    fn transport(&mut self) -> std::io::Result<&mut dyn Transport> {
        match self {
            Stream::Plain(stream) => Ok(stream),
            Stream::Encrypted(stream) => Ok(stream),
            Stream::Lost => Err(std::io::ErrorKind::NotConnected.into()),
        }
    }
}

/// A statement that is not taken, on its way past us.
#[derive(Debug, Clone, Copy)]
struct TooLong {
    /// Whether it came in a Query message, and not in a Parse message.
    simple: bool,
    bytes: usize,
    /// How much of its message has not passed yet.
    left: usize,
}

impl Channel {
    pub fn new(stream: TcpStream, max_statement_bytes: usize) -> Channel {
        let mut context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
        context.awaiting_frontend_ssl = false;
        context.awaiting_frontend_startup = false;
        Channel {
            stream: Stream::Plain(stream),
            // Little, until somebody is known to be there.
            input: BytesMut::with_capacity(1024),
            output: BytesMut::new(),
            context,
            max_statement_bytes,
            too_long: None,
        }
    }

    pub fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Encrypted(_))
    }

    /// The certificate that the client has shown, if any.
    pub fn shown(&self) -> Option<Shown> {
        match &self.stream {
            Stream::Encrypted(stream) => tls::shown_by(stream),
            _ => None,
        }
    }

    /// Encrypts everything from here on.
    ///
    /// # Errors
    /// The client has said something before the handshake: whoever put that there is not who speaks behind it.
    pub async fn encrypt(&mut self, tls: &Tls) -> Result<()> {
        if !self.input.is_empty() {
            return Err(Error::Protocol("bytes before the TLS handshake".to_owned()));
        }
        match std::mem::replace(&mut self.stream, Stream::Lost) {
            Stream::Plain(stream) => {
                self.stream = Stream::Encrypted(Box::new(tls.accept(stream).await?));
                Ok(())
            }
            other => {
                self.stream = other;
                Err(Error::Protocol("encryption in encryption".to_owned()))
            }
        }
    }

    /// The next packet before the session is open; `None` when the client has gone.
    pub async fn receive_opening(&mut self) -> Result<Option<Opening>> {
        if !self.fill(8).await? {
            return Ok(None);
        }
        let length = length_at(&self.input, 0);
        if !(8..=MAX_STARTUP_BYTES).contains(&length) {
            return Err(Error::Protocol(format!(
                "a startup packet of {length} bytes"
            )));
        }
        if !self.fill(length).await? {
            return Ok(None);
        }
        let mut packet = self.input.split_to(length);
        if SslRequest::is_ssl_request_packet(&packet) {
            return Ok(Some(Opening::Tls));
        }
        if GssEncRequest::is_gss_enc_request_packet(&packet) {
            return Ok(Some(Opening::Gss));
        }
        if CancelRequest::is_cancel_request_packet(&packet) {
            let request = CancelRequest::decode(&mut packet, &self.context)?;
            return Ok(request.map(Opening::Cancel));
        }
        Ok(Startup::decode(&mut packet, &self.context)?.map(Opening::Startup))
    }

    /// The next message of the session; `None` when the client has gone.
    ///
    /// May be dropped while it waits: what has arrived stays in the buffer.
    pub async fn receive(&mut self) -> Result<Option<PgWireFrontendMessage>> {
        self.receive_up_to(MAX_MESSAGE_BYTES).await
    }

    /// The next message of a client that has not shown who it is: it cannot make the server hold much.
    pub async fn receive_login(&mut self) -> Result<Option<PgWireFrontendMessage>> {
        self.receive_up_to(MAX_STARTUP_BYTES).await
    }

    async fn receive_up_to(&mut self, limit: usize) -> Result<Option<PgWireFrontendMessage>> {
        if self.too_long.is_none() && !self.fill(5).await? {
            return Ok(None);
        }
        let length = length_at(&self.input, 1);
        let kind = self.input.first().copied().unwrap_or_default();
        let is_statement = matches!(kind, b'Q' | b'P');
        if self.too_long.is_none() && is_statement && length > self.max_statement_bytes {
            self.too_long = Some(TooLong {
                simple: kind == b'Q',
                bytes: length,
                left: length.saturating_add(1),
            });
        }
        if let Some(too_long) = self.too_long {
            return match self.let_pass(too_long).await? {
                true => Err(Error::StatementTooLong {
                    simple: too_long.simple,
                    bytes: too_long.bytes,
                    limit: self.max_statement_bytes,
                }),
                false => Ok(None),
            };
        }
        if !(4..=limit).contains(&length) {
            return Err(Error::Protocol(format!(
                "a message of {length} bytes; the limit is {limit}"
            )));
        }
        if !self.fill(1 + length).await? {
            return Ok(None);
        }
        let mut packet = self.input.split_to(1 + length);
        let message = PgWireFrontendMessage::decode(&mut packet, &self.context)?;
        message
            .map(Some)
            .ok_or_else(|| Error::Protocol("a message that ends early".to_owned()))
    }

    /// Reads a message without keeping it; false when the stream ended before. May be dropped while it waits.
    async fn let_pass(&mut self, mut passing: TooLong) -> Result<bool> {
        loop {
            let here = passing.left.min(self.input.len());
            self.input.advance(here);
            passing.left -= here;
            if passing.left == 0 {
                self.too_long = None;
                return Ok(true);
            }
            self.too_long = Some(passing);
            if !self.fill(1).await? {
                return Ok(false);
            }
        }
    }

    /// Queues a message; nothing is sent yet.
    pub fn put(&mut self, message: PgWireBackendMessage) -> Result<()> {
        message.encode(&mut self.output)?;
        Ok(())
    }

    /// The buffer that messages are queued in, for those who write theirs directly.
    pub fn output(&mut self) -> &mut BytesMut {
        &mut self.output
    }

    /// Queues a piece of COPY data.
    pub fn put_copy_data(&mut self, data: Bytes) -> Result<()> {
        self.put(PgWireBackendMessage::CopyData(
            pgwire::messages::copy::CopyData::new(data),
        ))
    }

    /// Sends the queued messages if they are many.
    pub async fn send_if_large(&mut self) -> Result<()> {
        if self.output.len() >= SEND_AT_BYTES {
            self.send().await
        } else {
            Ok(())
        }
    }

    /// Sends all queued messages.
    ///
    /// Never dropped half-way: half a message would be taken for a broken one.
    pub async fn send(&mut self) -> Result<()> {
        let transport = self.stream.transport()?;
        transport.write_all(&self.output).await?;
        transport.flush().await?;
        self.output.clear();
        Ok(())
    }

    /// Sends a single byte, the answer to a request for encryption.
    pub async fn send_byte(&mut self, byte: u8) -> Result<()> {
        let transport = self.stream.transport()?;
        transport.write_all(&[byte]).await?;
        transport.flush().await?;
        Ok(())
    }

    /// Forgets queued messages, the last of which may be half-written.
    pub fn discard(&mut self) {
        self.output.clear();
    }

    /// Ends the stream in an orderly way; the client may be gone already.
    pub async fn close(&mut self) {
        let closed = match self.stream.transport() {
            Ok(transport) => transport.shutdown().await,
            Err(_) => return,
        };
        if let Err(error) = closed {
            tracing::debug!(%error, "closing a connection");
        }
    }

    /// Waits until `wanted` bytes are there; false when the stream ended before.
    async fn fill(&mut self, wanted: usize) -> Result<bool> {
        while self.input.remaining() < wanted {
            if self.stream.transport()?.read_buf(&mut self.input).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The 32-bit length at `offset`, which the caller has made sure is there.
fn length_at(bytes: &[u8], offset: usize) -> usize {
    let length = bytes
        .get(offset..offset + 4)
        .and_then(|field| field.try_into().ok())
        .map_or(0, u32::from_be_bytes);
    usize::try_from(length).unwrap_or(usize::MAX)
}
