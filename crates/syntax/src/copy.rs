//! `COPY … FROM STDIN` and `COPY … TO STDOUT`.

use std::fmt;

use crate::{Name, Query, location::quoted, target::separated};

#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    pub source: CopySource,
    pub direction: CopyDirection,
    pub options: CopyOptions,
}

#[derive(Debug, Clone, PartialEq)]
pub enum CopySource {
    Table {
        name: Vec<Name>,
        columns: Vec<Name>,
    },
    /// Only with TO STDOUT.
    Query(Box<Query>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyDirection {
    FromStdin,
    ToStdout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    Text,
    Csv,
    Binary,
}

/// What was written; what was not is `None` and has the format's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyOptions {
    pub format: CopyFormat,
    pub delimiter: Option<char>,
    pub null: Option<String>,
    pub header: bool,
    pub quote: Option<char>,
    pub escape: Option<char>,
}

impl fmt::Display for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            CopySource::Table { name, columns } if columns.is_empty() => {
                write!(f, "COPY {}", separated(name, "."))?
            }
            CopySource::Table { name, columns } => {
                write!(
                    f,
                    "COPY {} ({})",
                    separated(name, "."),
                    separated(columns, ", ")
                )?;
            }
            CopySource::Query(query) => write!(f, "COPY ({query})")?,
        }
        f.write_str(match self.direction {
            CopyDirection::FromStdin => " FROM STDIN",
            CopyDirection::ToStdout => " TO STDOUT",
        })?;
        let format = match self.options.format {
            CopyFormat::Text => "text",
            CopyFormat::Csv => "csv",
            CopyFormat::Binary => "binary",
        };
        write!(f, " WITH (FORMAT {format}")?;
        if let Some(delimiter) = self.options.delimiter {
            write!(f, ", DELIMITER {}", quoted(&delimiter.to_string()))?;
        }
        if let Some(null) = &self.options.null {
            write!(f, ", NULL {}", quoted(null))?;
        }
        if self.options.header {
            f.write_str(", HEADER true")?;
        }
        if let Some(quote) = self.options.quote {
            write!(f, ", QUOTE {}", quoted(&quote.to_string()))?;
        }
        if let Some(escape) = self.options.escape {
            write!(f, ", ESCAPE {}", quoted(&escape.to_string()))?;
        }
        f.write_str(")")
    }
}
