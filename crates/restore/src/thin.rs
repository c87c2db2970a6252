//! Rows that grow beyond what a store holds when what they lack is filled in.
//!
//! A row stored before a column was added reads it as the column's missing value, and a backup has it with that. Such a row is
//! stored as it was, without the value: the table that is restored has the same missing values. It counts as it is read.

use cairn_rows::Fingerprinter;
use cairn_storage::{Limits, Revision, Revisions};

use crate::error::Result;

/// The rows with those that are too long made as short as they were.
pub fn within(limits: Limits, rows: Revisions, table: &Fingerprinter) -> Result<Revisions> {
    let is_long =
        |row: &Revision<'_>| row.key.len() + row.value.map_or(0, <[u8]>::len) > limits.row;
    if !rows.iter().any(|row| is_long(&row)) {
        return Ok(rows);
    }
    let mut short = Revisions::with_capacity(rows.len(), rows.bytes());
    let mut value = Vec::new();
    for row in rows.iter() {
        match row.value {
            Some(filled) if is_long(&row) => {
                value.clear();
                table.thin(filled, &mut value)?;
                short.push(row.key, row.version, Some(&value));
            }
            as_it_is => short.push(row.key, row.version, as_it_is),
        }
    }
    Ok(short)
}
