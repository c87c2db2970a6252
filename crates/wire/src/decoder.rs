//! From bytes as they arrive to messages.

use bytes::{Buf, BytesMut};
use cairn_syntax::text_of;
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::{GssEncRequest, SslRequest, Startup};
use pgwire::messages::{DecodeContext, Message, PgWireFrontendMessage, ProtocolVersion};

use crate::error::{Error, Result};
use crate::shape::{self, Problem};

/// The longest message a client may send. Statements and rows of COPY are far below it.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// The longest packet before the session is open; PostgreSQL's own limit.
pub const MAX_STARTUP_BYTES: usize = 10_000;

/// The length and the protocol's version, which a startup's parameters follow.
const STARTUP_HEAD_BYTES: usize = 8;

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

/// Takes messages out of a buffer that somebody fills.
#[derive(Debug)]
pub struct Decoder {
    context: DecodeContext,
    /// The longest statement that is taken.
    max_statement_bytes: usize,
    too_long: Option<TooLong>,
}

/// A statement that is not taken, on its way past us.
#[derive(Debug, Clone, Copy)]
struct TooLong {
    simple: bool,
    bytes: usize,
    /// How much of its message has not passed yet.
    left: usize,
}

impl Decoder {
    #[must_use]
    pub fn new(max_statement_bytes: usize) -> Decoder {
        let mut context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
        context.awaiting_frontend_ssl = false;
        context.awaiting_frontend_startup = false;
        Decoder {
            context,
            max_statement_bytes,
            too_long: None,
        }
    }

    /// What a client says first; `None` until it is there whole.
    ///
    /// # Errors
    /// What is said is no such packet, or a longer one than there are, or has parameters that are no text.
    pub fn opening(&self, input: &mut BytesMut) -> Result<Option<Opening>> {
        let Some(length) = length_at(input, 0) else {
            return Ok(None);
        };
        if !(8..=MAX_STARTUP_BYTES).contains(&length) {
            return Err(Error::Protocol(format!(
                "a startup packet of {length} bytes"
            )));
        }
        if input.len() < length {
            return Ok(None);
        }
        let mut packet = input.split_to(length);
        if SslRequest::is_ssl_request_packet(&packet) {
            return Ok(Some(Opening::Tls));
        }
        if GssEncRequest::is_gss_enc_request_packet(&packet) {
            return Ok(Some(Opening::Gss));
        }
        let opening = if CancelRequest::is_cancel_request_packet(&packet) {
            CancelRequest::decode(&mut packet, &self.context)?.map(Opening::Cancel)
        } else {
            let parameters = packet.get(STARTUP_HEAD_BYTES..).unwrap_or_default();
            text_of(parameters).map_err(|source| Error::NotText {
                simple: false,
                source,
            })?;
            Startup::decode(&mut packet, &self.context)?.map(Opening::Startup)
        };
        opening.map(Some).ok_or_else(ends_early)
    }

    /// The next message of the session; `None` until it is there whole. A statement above the limit passes by without being kept.
    ///
    /// # Errors
    /// A message longer than `limit`, or one that is not well formed: nothing behind it can be told. A statement above the limit, once
    /// it has passed, and a message with a text that is none: what is behind it is read as ever.
    pub fn message(
        &mut self,
        input: &mut BytesMut,
        limit: usize,
    ) -> Result<Option<PgWireFrontendMessage>> {
        if let Some(too_long) = self.too_long {
            return self.let_pass(too_long, input);
        }
        let (Some(kind), Some(length)) = (input.first().copied(), length_at(input, 1)) else {
            return Ok(None);
        };
        if matches!(kind, b'Q' | b'P') && length > self.max_statement_bytes {
            let too_long = TooLong {
                simple: kind == b'Q',
                bytes: length,
                left: length.saturating_add(1),
            };
            return self.let_pass(too_long, input);
        }
        if !(4..=limit).contains(&length) {
            return Err(Error::Protocol(format!(
                "a message of {length} bytes; the limit is {limit}"
            )));
        }
        if input.len() <= length {
            return Ok(None);
        }
        let mut packet = input.split_to(1 + length);
        match shape::check(kind, packet.get(5..).unwrap_or_default()) {
            Ok(()) => {}
            Err(Problem::Length) => return Err(ends_early()),
            Err(Problem::NotText(source)) => {
                let simple = kind == b'Q';
                return Err(Error::NotText { simple, source });
            }
        }
        let message = PgWireFrontendMessage::decode(&mut packet, &self.context)?;
        message.map(Some).ok_or_else(ends_early)
    }

    /// Drops what is there of a message.
    fn let_pass(
        &mut self,
        mut passing: TooLong,
        input: &mut BytesMut,
    ) -> Result<Option<PgWireFrontendMessage>> {
        let here = passing.left.min(input.len());
        input.advance(here);
        passing.left -= here;
        self.too_long = (passing.left > 0).then_some(passing);
        match self.too_long {
            Some(_) => Ok(None),
            None => Err(Error::StatementTooLong {
                simple: passing.simple,
                bytes: passing.bytes,
                limit: self.max_statement_bytes,
            }),
        }
    }
}

fn ends_early() -> Error {
    Error::Protocol("a message whose inside does not fit its length".to_owned())
}

/// The 32-bit length at `offset`, if it is there.
fn length_at(bytes: &[u8], offset: usize) -> Option<usize> {
    let field = bytes.get(offset..)?.first_chunk::<4>()?;
    Some(usize::try_from(u32::from_be_bytes(*field)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests;
