//! The options of COPY, checked, with the defaults of their format.

use cairn_syntax::{CopyFormat, CopyOptions};

use crate::{Error, Result};

/// How rows are written as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    pub delimiter: u8,
    /// What stands for NULL: as it is in the file, before escapes and quotes are taken away.
    pub null: String,
    /// The first line has the columns' names. It is skipped when it is read.
    pub header: bool,
    /// None: the text format, where a backslash escapes.
    pub quotes: Option<Quotes>,
}

/// The two characters of CSV; they may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotes {
    pub quote: u8,
    pub escape: u8,
}

impl Format {
    /// # Errors
    /// For the binary format, and for characters that could not be told apart.
    pub fn new(options: &CopyOptions) -> Result<Self> {
        let (delimiter, null, quotes) = match options.format {
            CopyFormat::Binary => return Err(Error::Binary),
            CopyFormat::Text => ('\t', "\\N", None),
            CopyFormat::Csv => {
                let quote = byte(options.quote.unwrap_or('"'))?;
                let escape = options.escape.map_or(Ok(quote), byte)?;
                (',', "", Some(Quotes { quote, escape }))
            }
        };
        let format = Format {
            delimiter: byte(options.delimiter.unwrap_or(delimiter))?,
            null: options.null.clone().unwrap_or_else(|| null.to_owned()),
            header: options.header,
            quotes,
        };
        format.check()?;
        Ok(format)
    }

    fn check(&self) -> Result<()> {
        let refuse = |problem: String| Err(Error::Option { problem });
        let Format {
            delimiter,
            null,
            quotes,
            ..
        } = self;
        if quotes.is_none() && b"\\.abcdefghijklmnopqrstuvwxyz0123456789".contains(delimiter) {
            return refuse(format!(
                "COPY delimiter cannot be {:?}",
                char::from(*delimiter)
            ));
        }
        if null.contains(['\r', '\n']) {
            return refuse("COPY null representation cannot use newline or carriage return".into());
        }
        if null.as_bytes().contains(delimiter) {
            return refuse("COPY delimiter must not appear in the NULL specification".into());
        }
        if let Some(Quotes { quote, .. }) = quotes {
            if quote == delimiter {
                return refuse("COPY delimiter and quote must be different".into());
            }
            if null.as_bytes().contains(quote) {
                return refuse(
                    "CSV quote character must not appear in the NULL specification".into(),
                );
            }
        }
        Ok(())
    }
}

fn byte(character: char) -> Result<u8> {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(byte),
        _ => Err(Error::option(
            "COPY delimiter, quote and escape must be single one-byte characters other than newline and carriage return",
        )),
    }
}
