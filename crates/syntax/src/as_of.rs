//! `AS OF SYSTEM TIME <constant>`.

use std::fmt;

use sqlparser::ast::Expr;

/// The instant a statement reads at, as written. What it means is decided where the clock is known.
#[derive(Debug, Clone, PartialEq)]
pub struct AsOf(pub Expr);

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AS OF SYSTEM TIME {}", self.0)
    }
}
