//! BACKUP and RESTORE.

use std::fmt;

use crate::{
    AsOf, LocationExpr, Targets,
    location::{Shown, quoted, write_list},
    name::quote,
};

/// `BACKUP targets TO location [AS OF …] [INCREMENTAL FROM …] [WITH …]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Backup {
    pub targets: Targets,
    pub to: LocationExpr,
    pub as_of: Option<AsOf>,
    /// The whole chain, oldest first.
    pub incremental_from: Vec<LocationExpr>,
    pub options: Vec<WithOption>,
}

/// `RESTORE targets FROM location, … [AS OF …] [WITH …]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Restore {
    pub targets: Targets,
    /// A full backup, then its incrementals, oldest first.
    pub from: Vec<LocationExpr>,
    pub as_of: Option<AsOf>,
    pub options: Vec<WithOption>,
}

/// `key [= value]` of a WITH clause. Keys are not checked here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithOption {
    pub key: String,
    pub value: Option<OptionValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionValue {
    Text(String),
    Placeholder(usize),
    /// A number, a truth value or NULL: never right for an option that wants text, and refused when it is bound.
    Other(String),
    /// `('a', 'b')`.
    List(Vec<String>),
}

impl Backup {
    pub(crate) fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        write!(f, "BACKUP {} TO ", self.targets)?;
        self.to.write(f, shown)?;
        if let Some(as_of) = &self.as_of {
            write!(f, " {as_of}")?;
        }
        if !self.incremental_from.is_empty() {
            f.write_str(" INCREMENTAL FROM ")?;
            write_list(&self.incremental_from, f, shown)?;
        }
        write_options(&self.options, f, shown)
    }
}

impl Restore {
    pub(crate) fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        write!(f, "RESTORE {} FROM ", self.targets)?;
        write_list(&self.from, f, shown)?;
        if let Some(as_of) = &self.as_of {
            write!(f, " {as_of}")?;
        }
        write_options(&self.options, f, shown)
    }
}

/// Options whose values are secrets. They are refused, but a refused statement is shown, too.
const SECRET: [&str; 2] = ["encryption_passphrase", "kms"];

pub(crate) fn write_options(
    options: &[WithOption],
    f: &mut dyn fmt::Write,
    shown: Shown<'_>,
) -> fmt::Result {
    for (index, option) in options.iter().enumerate() {
        f.write_str(if index == 0 { " WITH " } else { ", " })?;
        f.write_str(&quote(&option.key))?;
        if let Shown::Redacted(_) = shown
            && option.value.is_some()
            && SECRET.contains(&option.key.to_lowercase().as_str())
        {
            f.write_str(" = 'redacted'")?;
            continue;
        }
        match &option.value {
            None => {}
            Some(OptionValue::Text(text)) => write!(f, " = {}", quoted(text))?,
            Some(OptionValue::Placeholder(number)) => write!(f, " = ${number}")?,
            Some(OptionValue::Other(text)) => write!(f, " = {text}")?,
            Some(OptionValue::List(items)) => {
                let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
                write!(f, " = ({})", items.join(", "))?;
            }
        }
    }
    Ok(())
}
