//! Whether the inside of a message fits its length. pgwire takes it for granted, and panics where it does not.

/// What is left of a message's inside.
struct Inside<'a>(&'a [u8]);

/// Whether a message of this kind has all that it says it has. Of kinds that are not known here, nothing is said.
pub fn is_whole(kind: u8, body: &[u8]) -> bool {
    let mut inside = Inside(body);
    let whole = match kind {
        b'B' => inside.bind(),
        b'P' => inside.parse(),
        b'C' | b'D' => inside.take(1).and_then(|_| inside.text()),
        b'E' => inside.text().and_then(|()| inside.take(4)).map(|_| ()),
        b'Q' | b'f' => inside.text(),
        _ => return true,
    };
    whole.is_some() && inside.0.is_empty()
}

impl<'a> Inside<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    /// A text up to its NUL.
    fn text(&mut self) -> Option<()> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        self.take(end + 1).map(|_| ())
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
