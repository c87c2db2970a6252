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
        write_as_of(self.as_of.as_ref(), f, shown)?;
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
        write_as_of(self.as_of.as_ref(), f, shown)?;
        write_options(&self.options, f, shown)
    }
}

/// A URL in the place of an instant is refused, but a refused statement is shown, too.
fn write_as_of(as_of: Option<&AsOf>, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
    let Some(as_of) = as_of else { return Ok(()) };
    let text = as_of.to_string();
    match shown {
        Shown::Redacted(_) if is_url(&text) => f.write_str(" AS OF SYSTEM TIME 'redacted'"),
        _ => write!(f, " {text}"),
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
        f.write_str(&key(&shown_text(&option.key, shown)))?;
        if let Shown::Redacted(_) = shown
            && option.value.is_some()
            && SECRET.contains(&option.key.to_lowercase().as_str())
        {
            f.write_str(" = 'redacted'")?;
            continue;
        }
        match &option.value {
            None => {}
            Some(OptionValue::Text(text)) => write!(f, " = {}", quoted(&shown_text(text, shown)))?,
            Some(OptionValue::Placeholder(number)) => write!(f, " = ${number}")?,
            Some(OptionValue::Other(text)) => write!(f, " = {text}")?,
            Some(OptionValue::List(items)) => {
                let items = items.iter().map(|item| quoted(&shown_text(item, shown)));
                let items: Vec<_> = items.collect();
                write!(f, " = ({})", items.join(", "))?;
            }
        }
    }
    Ok(())
}

/// An option's name; as the string that it may be as well, if it is no plain word: no identifier holds every character.
fn key(name: &str) -> String {
    let identifier = quote(name);
    match identifier == name {
        true => identifier,
        false => quoted(name),
    }
}

/// What may be a location after all: later versions have options whose values are.
fn shown_text(text: &str, shown: Shown<'_>) -> String {
    match is_url(text) {
        true => shown.location(text),
        false => text.to_owned(),
    }
}

fn is_url(text: &str) -> bool {
    text.contains("://")
}
