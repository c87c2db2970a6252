//! Where statements end in a text, and which lines go on in the next.
//!
//! Both need to know what is quoted. Quotes are those of PostgreSQL: `'…'`, `E'…'` with backslashes, `"…"`,
//! `$tag$…$tag$`, `-- …`, and `/* … */`, which nests.

/// Joins lines that end in a backslash, outside quotes and comments, with the next one.
///
/// Documentation breaks long statements so; blanks behind the backslash are forgiven.
pub fn join_continued(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut scanner = Scanner::default();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '\\' && scanner.quote == Quote::None {
            let after = rest
                .get(1..)
                .unwrap_or_default()
                .trim_start_matches([' ', '\t', '\r']);
            if let Some(next_line) = after
                .strip_prefix('\n')
                .or_else(|| after.is_empty().then_some(""))
            {
                joined.push(' ');
                scanner.previous = ' ';
                rest = next_line;
                continue;
            }
        }
        let taken = scanner.take(rest);
        let (piece, remaining) = rest.split_at(taken);
        joined.push_str(piece);
        rest = remaining;
    }
    joined
}

/// Cuts a text into statements, each without its semicolon; what has no semicolon yet is left over.
pub fn split(text: &str) -> (Vec<&str>, &str) {
    let mut statements = Vec::new();
    let mut scanner = Scanner::default();
    let (mut start, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(';') && scanner.quote == Quote::None {
            statements.push(text.get(start..at).unwrap_or_default().trim());
            start = at + 1;
        }
        at += scanner.take(rest);
    }
    statements.retain(|statement| !statement.is_empty());
    (statements, text.get(start..).unwrap_or_default())
}

/// Whether a text ends inside quotes or a comment.
pub fn is_inside_quotes(text: &str) -> bool {
    let mut scanner = Scanner::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        at += scanner.take(rest);
    }
    scanner.quote != Quote::None
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Quote {
    None,
    Single { escapes: bool },
    Double,
    Dollar(String),
    Line,
    Block { depth: usize },
}

#[derive(Debug)]
struct Scanner {
    quote: Quote,
    previous: char,
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner {
            quote: Quote::None,
            previous: ' ',
        }
    }
}

impl Scanner {
    /// Moves over the first characters of `rest` that belong together; returns how many bytes they have.
    fn take(&mut self, rest: &str) -> usize {
        let Some(first) = rest.chars().next() else {
            return 0;
        };
        let mut length = first.len_utf8();
        let quote = std::mem::replace(&mut self.quote, Quote::None);
        self.quote = match quote {
            Quote::None => {
                let (quote, opening) = self.open(rest, first);
                length = opening;
                quote
            }
            Quote::Single { escapes: true } if first == '\\' => {
                length += rest.chars().nth(1).map_or(0, char::len_utf8);
                Quote::Single { escapes: true }
            }
            Quote::Single { .. } if first == '\'' => Quote::None,
            Quote::Double if first == '"' => Quote::None,
            Quote::Dollar(tag) if rest.starts_with(&tag) => {
                length = tag.len();
                Quote::None
            }
            Quote::Line if first == '\n' => Quote::None,
            Quote::Block { depth } if rest.starts_with("/*") => {
                length = 2;
                Quote::Block { depth: depth + 1 }
            }
            Quote::Block { depth } if rest.starts_with("*/") => {
                length = 2;
                if depth > 1 {
                    Quote::Block { depth: depth - 1 }
                } else {
                    Quote::None
                }
            }
            inside => inside,
        };
        self.previous = rest
            .get(..length)
            .and_then(|taken| taken.chars().next_back())
            .unwrap_or(first);
        length
    }

    /// What the beginning of `rest` opens outside quotes, and the bytes of what opens it.
    fn open(&self, rest: &str, first: char) -> (Quote, usize) {
        match first {
            '\'' => (
                Quote::Single {
                    escapes: matches!(self.previous, 'e' | 'E'),
                },
                1,
            ),
            '"' => (Quote::Double, 1),
            '-' if rest.starts_with("--") => (Quote::Line, 2),
            '/' if rest.starts_with("/*") => (Quote::Block { depth: 1 }, 2),
            '$' if !self.previous.is_alphanumeric() => match dollar_tag(rest) {
                Some(tag) => (Quote::Dollar(tag.to_owned()), tag.len()),
                None => (Quote::None, 1),
            },
            other => (Quote::None, other.len_utf8()),
        }
    }
}

/// The `$tag$` that `rest` begins with. A parameter such as `$1` is none.
fn dollar_tag(rest: &str) -> Option<&str> {
    let name = rest.strip_prefix('$')?;
    let end = name.find('$')?;
    let tag = name.get(..end)?;
    let plain = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !tag.starts_with(|c: char| c.is_ascii_digit());
    plain.then(|| rest.get(..end + 2)).flatten()
}

#[cfg(test)]
mod tests;
