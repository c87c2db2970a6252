//! Texts are UTF-8. Bytes that are not are refused as PostgreSQL refuses them, and never mended: what a client wrote is stored as it
//! was, or not at all.

use std::fmt;
use std::string::FromUtf8Error;

/// Where bytes stop being text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidUtf8 {
    /// What stands where a character should: as many bytes as the first of them announces, or as there are before a NUL.
    sequence: Vec<u8>,
}

impl InvalidUtf8 {
    /// A NUL, which no text holds.
    #[must_use]
    pub fn nul() -> InvalidUtf8 {
        InvalidUtf8 { sequence: vec![0] }
    }

    /// `wrong` begins with what is no character.
    fn at(wrong: &[u8]) -> InvalidUtf8 {
        let announced = match wrong.first() {
            Some(0xC0..=0xDF) => 2,
            Some(0xE0..=0xEF) => 3,
            Some(0xF0..=0xF7) => 4,
            _ => 1,
        };
        let sequence = wrong.iter().take(announced).copied();
        InvalidUtf8 {
            sequence: sequence.take_while(|byte| *byte != 0).collect(),
        }
    }
}

impl From<FromUtf8Error> for InvalidUtf8 {
    fn from(error: FromUtf8Error) -> InvalidUtf8 {
        let valid = error.utf8_error().valid_up_to();
        InvalidUtf8::at(error.as_bytes().get(valid..).unwrap_or_default())
    }
}

impl fmt::Display for InvalidUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid byte sequence for encoding \"UTF8\":")?;
        self.sequence
            .iter()
            .try_for_each(|byte| write!(f, " 0x{byte:02x}"))
    }
}

/// The text that bytes are.
///
/// # Errors
/// They are none.
pub fn text_of(bytes: &[u8]) -> Result<&str, InvalidUtf8> {
    std::str::from_utf8(bytes).map_err(|error| {
        let wrong = bytes.get(error.valid_up_to()..);
        InvalidUtf8::at(wrong.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::text_of;

    /// PostgreSQL 15's words for the same bytes.
    #[test]
    fn bytes_that_are_no_text_are_shown() {
        let cases: [(&[u8], &str); 7] = [
            (b"a\xffb", "0xff"),
            (b"a\xc3(", "0xc3 0x28"),
            (b"a\xc3", "0xc3"),
            (b"a\xc3\0b", "0xc3"),
            (b"\xe2\x28\xa1b", "0xe2 0x28 0xa1"),
            // A surrogate, and a character beyond the last.
            (b"\xed\xa0\x80b", "0xed 0xa0 0x80"),
            (b"\xf4\x90\x80\x80", "0xf4 0x90 0x80 0x80"),
        ];
        for (bytes, shown) in cases {
            let error = text_of(bytes).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("invalid byte sequence for encoding \"UTF8\": {shown}")
            );
        }
        assert_eq!(text_of("ä€😀\u{fffd}".as_bytes()), Ok("ä€😀\u{fffd}"));
    }
}
