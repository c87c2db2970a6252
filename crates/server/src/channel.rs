//! One client's byte stream, as messages.
//!
//! Frames are cut here, by their length, before pgwire reads their inside: a message that lies about its
//! contents can then spoil only itself. What goes out is gathered in one buffer, which rows are written into
//! directly, and which is sent when it is large or when an answer is complete. Sending waits for the client:
//! that is how a slow one slows its own statement down, and nobody else's.

use bytes::{Buf, Bytes, BytesMut};
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::{GssEncRequest, SslRequest, Startup};
use pgwire::messages::{
    DecodeContext, Message, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::{Error, Result};

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
    stream: TcpStream,
    input: BytesMut,
    output: BytesMut,
    context: DecodeContext,
}

impl Channel {
    pub fn new(stream: TcpStream) -> Channel {
        let mut context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
        context.awaiting_frontend_ssl = false;
        context.awaiting_frontend_startup = false;
        Channel {
            stream,
            input: BytesMut::with_capacity(8 * 1024),
            output: BytesMut::with_capacity(SEND_AT_BYTES),
            context,
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
        if !self.fill(5).await? {
            return Ok(None);
        }
        let length = length_at(&self.input, 1);
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
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        Ok(())
    }

    /// Sends a single byte, the answer to a request for encryption.
    pub async fn send_byte(&mut self, byte: u8) -> Result<()> {
        self.stream.write_all(&[byte]).await?;
        Ok(())
    }

    /// Forgets queued messages, the last of which may be half-written.
    pub fn discard(&mut self) {
        self.output.clear();
    }

    /// Ends the stream in an orderly way; the client may be gone already.
    pub async fn close(&mut self) {
        if let Err(error) = self.stream.shutdown().await {
            tracing::debug!(%error, "closing a connection");
        }
    }

    /// Waits until `wanted` bytes are there; false when the stream ended before.
    async fn fill(&mut self, wanted: usize) -> Result<bool> {
        while self.input.remaining() < wanted {
            if self.stream.read_buf(&mut self.input).await? == 0 {
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
