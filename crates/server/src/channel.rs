//! One client's byte stream, as messages.
//!
//! `cairn_wire::Decoder` takes messages out of what has arrived. What goes out is gathered in one buffer, which rows are written into
//! directly, and which is sent when it is large or when an answer is complete. Sending waits for the client:
//! that is how a slow one slows its own statement down, and nobody else's.

use bytes::{Bytes, BytesMut};
use cairn_wire::{Decoder, MAX_MESSAGE_BYTES, MAX_STARTUP_BYTES, Opening};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::error::{Error, Result};
use crate::tls::{self, Shown, Tls};

/// The output is handed to the socket when it has grown to this.
const SEND_AT_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub struct Channel {
    stream: Stream,
    input: BytesMut,
    output: BytesMut,
    decoder: Decoder,
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

impl Channel {
    pub fn new(stream: TcpStream, max_statement_bytes: usize) -> Channel {
        Channel {
            stream: Stream::Plain(stream),
            // Little, until somebody is known to be there.
            input: BytesMut::with_capacity(1024),
            output: BytesMut::new(),
            decoder: Decoder::new(max_statement_bytes),
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
        loop {
            if let Some(opening) = self.decoder.opening(&mut self.input)? {
                return Ok(Some(opening));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
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
        loop {
            if let Some(message) = self.decoder.message(&mut self.input, limit)? {
                return Ok(Some(message));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// Queues a message; nothing is sent yet.
    pub fn put(&mut self, message: PgWireBackendMessage) -> Result<()> {
        let encoded = message.encode(&mut self.output);
        Ok(encoded.map_err(cairn_wire::Error::from)?)
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

    /// Waits until more bytes are there; false when the stream has ended.
    async fn fill(&mut self) -> Result<bool> {
        Ok(self.stream.transport()?.read_buf(&mut self.input).await? > 0)
    }
}
