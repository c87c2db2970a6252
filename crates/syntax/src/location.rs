//! Where a backup goes to or comes from, as it stands in a statement.

use std::fmt;

/// How a statement is printed.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'a> {
    /// As it was written, secrets and all.
    Whole,
    /// Each location passed through the function; what cannot be taken apart is only named.
    Redacted(&'a dyn Fn(&str) -> String),
}

impl Shown<'_> {
    pub(crate) fn location(self, text: &str) -> String {
        match self {
            Shown::Whole => text.to_owned(),
            Shown::Redacted(redact) => redact(text),
        }
    }
}

/// A storage location. It may hold secrets: print it with `redacted` for anything but reading it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocationExpr {
    /// A URL. A bare word or a quoted identifier in its place is taken as the string.
    Text(String),
    /// `$n`.
    Placeholder(usize),
    /// Locality-aware locations: known, not supported.
    List(Vec<LocationExpr>),
}

impl LocationExpr {
    pub(crate) fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        match self {
            LocationExpr::Text(text) => write!(f, "{}", quoted(&shown.location(text))),
            LocationExpr::Placeholder(number) => write!(f, "${number}"),
            LocationExpr::List(list) => {
                f.write_char('(')?;
                write_list(list, f, shown)?;
                f.write_char(')')
            }
        }
    }
}

pub(crate) fn write_list(
    list: &[LocationExpr],
    f: &mut dyn fmt::Write,
    shown: Shown<'_>,
) -> fmt::Result {
    for (index, location) in list.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        location.write(f, shown)?;
    }
    Ok(())
}

/// A string literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
