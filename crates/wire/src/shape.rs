//! Whether the inside of a message fits its length, and is text where it should be. pgwire takes the one for granted, and panics where
//! it does not; it makes replacement characters of what is no text, which would then be stored.

use cairn_syntax::{InvalidUtf8, text_of};

/// What is wrong with the inside of a message.
#[derive(Debug)]
pub enum Problem {
    /// It ends early, or late.
    Length,
    NotText(InvalidUtf8),
}

/// What is left of a message's inside.
struct Inside<'a> {
    rest: &'a [u8],
    /// The first text that is none.
    wrong: Option<InvalidUtf8>,
}

/// Looks at a message of this kind. Of kinds that are not known here, nothing is said.
pub fn check(kind: u8, body: &[u8]) -> Result<(), Problem> {
    let mut inside = Inside {
        rest: body,
        wrong: None,
    };
    let whole = match kind {
        b'B' => inside.bind(),
        b'P' => inside.parse(),
        b'C' | b'D' => inside.take(1).and_then(|_| inside.text()),
        b'E' => inside.text().and_then(|()| inside.take(4)).map(|_| ()),
        b'Q' => inside.text(),
        // Why a COPY fails is told to the client that said it, and to nobody else.
        b'f' => inside.until_nul().map(|_| ()),
        _ => return Ok(()),
    };
    match inside.wrong {
        _ if whole.is_none() || !inside.rest.is_empty() => Err(Problem::Length),
        Some(wrong) => Err(Problem::NotText(wrong)),
        None => Ok(()),
    }
}

impl<'a> Inside<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn until_nul(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == 0)?;
        self.take(end + 1)
    }

    /// A text up to its NUL.
    fn text(&mut self) -> Option<()> {
        let text = self.until_nul()?;
        self.wrong = self.wrong.take().or_else(|| text_of(text).err());
        Some(())
    }

    fn count(&mut self) -> Option<usize> {
        let field = self.take(2)?.first_chunk::<2>()?;
        usize::try_from(i16::from_be_bytes(*field)).ok()
    }

    /// Portal, statement, formats of the parameters, the parameters, formats of the columns.
    fn bind(&mut self) -> Option<()> {
        self.text()?;
        self.text()?;
        self.formats()?;
        for _ in 0..self.count()? {
            let length = i32::from_be_bytes(*self.take(4)?.first_chunk::<4>()?);
            // -1 stands for NULL.
            if length != -1 {
                self.take(usize::try_from(length).ok()?)?;
            }
        }
        self.formats()
    }

    fn formats(&mut self) -> Option<()> {
        let bytes = 2 * self.count()?;
        self.take(bytes).map(|_| ())
    }

    /// Name, text, types of the parameters.
    fn parse(&mut self) -> Option<()> {
        self.text()?;
        self.text()?;
        let bytes = 4 * self.count()?;
        self.take(bytes).map(|_| ())
    }
}
