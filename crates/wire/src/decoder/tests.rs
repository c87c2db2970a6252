use bytes::BytesMut;
use pgwire::messages::PgWireFrontendMessage;

use super::{Decoder, MAX_MESSAGE_BYTES, Opening};
use crate::error::Error;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

fn query(text: &str) -> Vec<u8> {
    message(b'Q', &[text.as_bytes(), b"\0"].concat())
}

/// What comes of bytes that arrive one by one.
fn decode(bytes: &[u8], most: usize) -> Vec<String> {
    let mut decoder = Decoder::new(most);
    let mut input = BytesMut::new();
    let mut said = Vec::new();
    for byte in bytes {
        input.extend_from_slice(&[*byte]);
        match decoder.message(&mut input, MAX_MESSAGE_BYTES) {
            Ok(None) => {}
            Ok(Some(PgWireFrontendMessage::Query(query))) => said.push(query.query),
            Ok(Some(other)) => said.push(format!("{other:?}")),
            Err(error) => said.push(error.to_string()),
        }
    }
    assert!(input.is_empty());
    said
}

#[test]
fn messages_come_one_after_the_other() {
    let bytes = [query("SELECT 1"), query("SELECT 2")].concat();
    assert_eq!(decode(&bytes, 100), ["SELECT 1", "SELECT 2"]);
}

#[test]
fn a_statement_above_the_limit_passes_by() {
    let bytes = [query(&"x".repeat(100)), query("SELECT 2")].concat();
    assert_eq!(
        decode(&bytes, 50),
        ["a statement of 105 bytes; the limit is 50", "SELECT 2"]
    );
}

#[test]
fn a_message_that_lies_spoils_only_itself() {
    let cut_short = message(b'P', b"name\0SELECT 1");
    let said = decode(&[cut_short, query("SELECT 2")].concat(), 100);
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[1], "SELECT 2");
}

#[test]
fn a_message_that_is_no_text_spoils_only_itself() {
    let bytes = [
        message(b'Q', b"SELECT '\xff'\0"),
        message(b'P', b"\xc3\0SELECT 1\0\0\0"),
        query("SELECT '\u{fffd}'"),
    ];
    assert_eq!(
        decode(&bytes.concat(), 100),
        [
            "invalid byte sequence for encoding \"UTF8\": 0xff",
            "invalid byte sequence for encoding \"UTF8\": 0xc3",
            "SELECT '\u{fffd}'"
        ]
    );
}

#[test]
fn lengths_that_cannot_be_are_refused_at_once() {
    let decoder = Decoder::new(100);
    for bytes in [&b"GET / HTTP/1.1"[..], b"\0\0\0\x07"] {
        let opening = decoder.opening(&mut BytesMut::from(bytes));
        assert!(matches!(opening, Err(Error::Protocol(_))), "{opening:?}");
    }
    let mut request = BytesMut::from(&b"\0\0\0\x08\x04\xd2\x16\x2f"[..]);
    assert!(matches!(
        decoder.opening(&mut request),
        Ok(Some(Opening::Tls))
    ));
    let mut input = BytesMut::from(&b"d\xff\xff\xff\xff"[..]);
    let refused = Decoder::new(100).message(&mut input, MAX_MESSAGE_BYTES);
    assert!(matches!(refused, Err(Error::Protocol(_))));
}
