//! What a client sends.

use bytes::BytesMut;
use cairn_wire::{Decoder, Error, MAX_STARTUP_BYTES, binary};
use pgwire::messages::PgWireFrontendMessage;

use crate::value::COLUMNS;

/// Small, so that statements above it are common.
const MAX_STATEMENT_BYTES: usize = 64;

/// Decodes a packet that opens a session and the messages behind it, however they arrive, and each parameter as each type. The first
/// byte chooses where the rest is cut.
pub fn wire(bytes: &[u8]) {
    let Some((cut, data)) = bytes.split_first() else {
        return;
    };
    let whole = decode(data, data.len());
    let torn = decode(data, usize::from(*cut % 16) + 1);
    assert_eq!(shown(&whole), shown(&torn), "pieces of {}", cut % 16 + 1);
    for message in &whole {
        check_text(data, message);
        if let Ok(Said::Message(PgWireFrontendMessage::Bind(bind))) = message {
            for parameter in bind.parameters.iter().flatten() {
                read(parameter);
            }
        }
    }
}

/// Nothing stands in for bytes that are no text, but where a client says why its COPY fails.
fn check_text(data: &[u8], message: &Result<Said, Error>) {
    let replacement = char::REPLACEMENT_CHARACTER;
    let mut given = [0; 4];
    let given = replacement.encode_utf8(&mut given).as_bytes();
    if matches!(
        message,
        Ok(Said::Message(PgWireFrontendMessage::CopyFail(_)))
    ) || data.windows(given.len()).any(|bytes| bytes == given)
    {
        return;
    }
    let shown = format!("{message:?}");
    assert!(!shown.contains(replacement), "{shown}");
}

#[derive(Debug)]
enum Said {
    Opening(#[expect(dead_code, reason = "it is compared as it is shown")] cairn_wire::Opening),
    Message(PgWireFrontendMessage),
}

/// Everything that is said, up to the first thing that nothing can follow.
fn decode(data: &[u8], piece: usize) -> Vec<Result<Said, Error>> {
    let mut decoder = Decoder::new(MAX_STATEMENT_BYTES);
    let mut input = BytesMut::new();
    let mut opened = false;
    let mut said = Vec::new();
    for piece in data.chunks(piece.max(1)) {
        input.extend_from_slice(piece);
        loop {
            let next = match opened {
                false => decoder
                    .opening(&mut input)
                    .map(|opening| opening.map(Said::Opening)),
                true => {
                    let message = decoder.message(&mut input, MAX_STARTUP_BYTES);
                    message.map(|message| message.map(Said::Message))
                }
            };
            let Some(next) = next.transpose() else { break };
            let is_end = match &next {
                Ok(_) => false,
                Err(Error::StatementTooLong { .. } | Error::NotText { .. }) => !opened,
                Err(_) => true,
            };
            opened = true;
            said.push(next);
            if is_end {
                return said;
            }
        }
    }
    said
}

fn shown(said: &[Result<Said, Error>]) -> Vec<String> {
    let shown = |said: &Result<Said, Error>| match said {
        Ok(said) => format!("{said:?}"),
        Err(error) => error.to_string(),
    };
    said.iter().map(shown).collect()
}

fn read(parameter: &[u8]) {
    for column in COLUMNS.iter() {
        if let Ok(value) = binary::read(parameter, &column.ty) {
            column.keeps(&value);
        }
    }
}
