//! `CREATE TABLE … INTERLEAVE IN PARENT parent (column, …)`.

use std::fmt;

use crate::{Name, Query, target::separated};

/// A CREATE TABLE with the clause that sqlparser does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateInterleaved {
    /// The CREATE TABLE without the clause.
    pub table: Box<Query>,
    pub parent: Vec<Name>,
    pub columns: Vec<Name>,
    /// `CASCADE` or `RESTRICT`, if one stands there.
    pub cascade: Option<bool>,
}

impl fmt::Display for CreateInterleaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parent, columns) = (separated(&self.parent, "."), separated(&self.columns, ", "));
        write!(
            f,
            "{} INTERLEAVE IN PARENT {parent} ({columns})",
            self.table
        )?;
        f.write_str(match self.cascade {
            None => "",
            Some(true) => " CASCADE",
            Some(false) => " RESTRICT",
        })
    }
}
