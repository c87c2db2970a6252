//! From bytes as they arrive to blocks of whole records.
//!
//! HOW DATA FLOWS
//!   1. `Splitter::push` appends bytes and looks for ends of records in what was not looked at yet.
//!   2. `Splitter::take` gives out the records that are complete; `finish` the last one, which may lack its line end.
//!
//! INVARIANTS
//!   How the bytes are cut into pushes never matters: where a decision needs a byte that is not there yet, the search
//!   stops before it (`Step::Wait`).
//!   The first line's end says what a line's end is: LF, CRLF or CR. Others are errors, as in PostgreSQL.
//!
//! LEFT OUT
//!   Taking a record apart: `fields`.

use crate::{Error, Format, Quotes, Result};

/// No record may be longer: the file would have to be held in memory when a quote is missing.
const LONGEST: usize = 64 << 20;

/// Whole records, one after the other.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Block {
    bytes: Vec<u8>,
    records: Vec<Record>,
}

/// Where a record lies in its block, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    start: usize,
    end: usize,
    line: u64,
}

impl Block {
    /// The records, each with the number of the line it begins on, from 1.
    pub fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.records.iter().map(|record| {
            (
                record.line,
                self.bytes.get(record.start..record.end).unwrap_or_default(),
            )
        })
    }

    pub fn count(&self) -> usize {
        self.records.len()
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Lf,
    CrLf,
    Cr,
}

#[derive(Debug)]
pub struct Splitter {
    quotes: Option<Quotes>,
    /// Complete records, then the beginning of the next.
    buffer: Vec<u8>,
    records: Vec<Record>,
    /// Where the incomplete record begins, and up to where it was looked at.
    start: usize,
    at: usize,
    /// The line the incomplete record begins on, and the one `at` is on.
    first_line: u64,
    line: u64,
    line_end: Option<LineEnd>,
    /// CSV: inside quotes, and right behind an escape there.
    quoted: bool,
    escaped: bool,
    skip_header: bool,
    /// The end marker was read: what follows does not count.
    ended: bool,
}

/// What the byte at hand means.
enum Step {
    /// Nothing: go on behind so many bytes.
    Over(usize),
    /// The record ends here, and the next begins behind so many bytes.
    End(usize),
    /// That depends on bytes that are not there yet.
    Wait,
    /// The end marker.
    Marker,
}

impl Splitter {
    pub fn new(format: &Format) -> Self {
        Splitter {
            quotes: format.quotes,
            buffer: Vec::new(),
            records: Vec::new(),
            start: 0,
            at: 0,
            first_line: 1,
            line: 1,
            line_end: None,
            quoted: false,
            escaped: false,
            skip_header: format.header,
            ended: false,
        }
    }

    /// The line that is being read.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        self.buffer.extend_from_slice(bytes);
        self.search(false)?;
        if self.buffer.len() - self.start > LONGEST {
            return Err(Error::TooLong {
                line: self.first_line,
                mebibytes: LONGEST >> 20,
                quoted: self.quoted,
            });
        }
        Ok(())
    }

    /// No more bytes will come: what is left is the last record.
    pub fn finish(&mut self) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        self.search(true)?;
        if !self.ended && self.start < self.buffer.len() {
            self.end_record(self.buffer.len(), 0);
        }
        self.ended = true;
        Ok(())
    }

    /// The complete records, once they make up as many bytes.
    pub fn take(&mut self, least: usize) -> Option<Block> {
        if self.records.is_empty() || self.start < least {
            return None;
        }
        let rest = self.buffer.split_off(self.start.min(self.buffer.len()));
        let bytes = std::mem::replace(&mut self.buffer, rest);
        self.at -= self.start;
        self.start = 0;
        Some(Block {
            bytes,
            records: std::mem::take(&mut self.records),
        })
    }

    fn search(&mut self, last: bool) -> Result<()> {
        loop {
            let plain = self.plain();
            if plain > 0 {
                self.at += plain;
                self.escaped = false;
            }
            let Some(byte) = self.buffer.get(self.at).copied() else {
                return Ok(());
            };
            let step = match byte {
                b'\n' | b'\r' if !self.quoted => self.line_end(byte, last)?,
                b'\\' if self.quotes.is_none() => self.backslash(last)?,
                _ => self.quote(byte, last),
            };
            match step {
                Step::Over(bytes) => self.at += bytes,
                Step::End(bytes) => self.end_record(self.at, bytes),
                Step::Wait => return Ok(()),
                Step::Marker => {
                    self.ended = true;
                    self.buffer.truncate(self.start);
                    self.at = self.start;
                    return Ok(());
                }
            }
        }
    }

    /// How many of the next bytes mean nothing but themselves.
    fn plain(&self) -> usize {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let plain = match self.quotes {
            None => rest
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r' | b'\\')),
            Some(Quotes { quote, escape }) => rest.iter().position(|byte| {
                *byte == quote || *byte == escape || matches!(byte, b'\n' | b'\r' | b'\\')
            }),
        };
        plain.unwrap_or(rest.len())
    }

    /// A line's end outside quotes.
    fn line_end(&mut self, byte: u8, last: bool) -> Result<Step> {
        let next = self.buffer.get(self.at + 1).copied();
        if byte == b'\r' && next.is_none() && !last && self.line_end != Some(LineEnd::Cr) {
            return Ok(Step::Wait);
        }
        let found = match (byte, next) {
            (b'\n', _) => LineEnd::Lf,
            (_, Some(b'\n')) if self.line_end != Some(LineEnd::Cr) => LineEnd::CrLf,
            _ => LineEnd::Cr,
        };
        let expected = *self.line_end.get_or_insert(found);
        if found != expected {
            return Err(self.wrong_line_end(byte));
        }
        Ok(Step::End(if found == LineEnd::CrLf { 2 } else { 1 }))
    }

    fn wrong_line_end(&self, byte: u8) -> Error {
        let (name, escape) = if byte == b'\n' {
            ("newline", "\\n")
        } else {
            ("carriage return", "\\r")
        };
        let (how, hint) = match self.quotes {
            None => ("literal", format!("use \"{escape}\" to represent {name}")),
            Some(_) => (
                "unquoted",
                format!("use a quoted CSV field to represent {name}"),
            ),
        };
        Error::File {
            problem: format!("{how} {name} found in data"),
            hint: Some(hint),
        }
    }

    /// A backslash of the text format: the next byte is data, unless they are the end marker.
    fn backslash(&mut self, last: bool) -> Result<Step> {
        match self.buffer.get(self.at + 1) {
            None if last => Ok(Step::Over(1)),
            None => Ok(Step::Wait),
            Some(b'.') => match (self.at == self.start, self.buffer.get(self.at + 2)) {
                (false, _) => Err(Error::file("end-of-copy marker is not alone on its line")),
                (true, None) if !last => Ok(Step::Wait),
                (true, None | Some(b'\n' | b'\r')) => Ok(Step::Marker),
                (true, Some(_)) => Err(Error::file("end-of-copy marker corrupt")),
            },
            Some(b'\n') => {
                self.line += 1;
                Ok(Step::Over(2))
            }
            Some(_) => Ok(Step::Over(2)),
        }
    }

    /// A byte of CSV that may open or close quotes, or lies within them.
    fn quote(&mut self, byte: u8, last: bool) -> Step {
        let Some(Quotes { quote, escape }) = self.quotes else {
            return Step::Over(1);
        };
        if byte == b'\\' && quote != b'\\' && !self.quoted && self.at == self.start {
            match (self.buffer.get(self.at + 1), self.buffer.get(self.at + 2)) {
                (None, _) | (Some(b'.'), None) if !last => return Step::Wait,
                (Some(b'.'), None | Some(b'\n' | b'\r')) => return Step::Marker,
                _ => {}
            }
        }
        // When both are one character, each one just opens or closes.
        let is_escape = byte == escape && escape != quote;
        if self.quoted && is_escape {
            self.escaped = !self.escaped;
        }
        if byte == quote && !self.escaped {
            self.quoted = !self.quoted;
        }
        if !is_escape {
            self.escaped = false;
        }
        if byte == b'\n' || (byte == b'\r' && self.line_end == Some(LineEnd::Cr)) {
            self.line += 1;
        }
        Step::Over(1)
    }

    fn end_record(&mut self, end: usize, line_end: usize) {
        if !std::mem::take(&mut self.skip_header) {
            self.records.push(Record {
                start: self.start,
                end,
                line: self.first_line,
            });
        }
        self.line += 1;
        self.first_line = self.line;
        self.start = end + line_end;
        self.at = self.start;
        self.quoted = false;
        self.escaped = false;
    }
}

#[cfg(test)]
mod tests;
