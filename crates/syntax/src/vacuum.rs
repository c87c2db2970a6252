//! `VACUUM`.

use std::fmt;

use crate::{Name, target::separated};

/// `VACUUM [ANALYZE] [table, …]`. There are no statistics, so ANALYZE adds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacuum {
    pub analyze: bool,
    /// None: all tables.
    pub tables: Vec<Vec<Name>>,
}

impl fmt::Display for Vacuum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VACUUM")?;
        if self.analyze {
            f.write_str(" ANALYZE")?;
        }
        let tables: Vec<String> = self
            .tables
            .iter()
            .map(|table| separated(table, "."))
            .collect();
        match tables.is_empty() {
            true => Ok(()),
            false => write!(f, " {}", tables.join(", ")),
        }
    }
}
