//! Who may do what with a database or a relation.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What can be granted on a database or a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Privilege {
    Create,
    Delete,
    Drop,
    Grant,
    Insert,
    Select,
    Update,
}

impl Privilege {
    /// What ALL stands for.
    pub const ALL: [Self; 7] = [
        Self::Create,
        Self::Delete,
        Self::Drop,
        Self::Grant,
        Self::Insert,
        Self::Select,
        Self::Update,
    ];
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "CREATE",
            Self::Delete => "DELETE",
            Self::Drop => "DROP",
            Self::Grant => "GRANT",
            Self::Insert => "INSERT",
            Self::Select => "SELECT",
            Self::Update => "UPDATE",
        })
    }
}

/// What one user may do with an object. `root` may do everything, and is never listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub user: String,
    /// In order, each once, at least one.
    pub privileges: Vec<Privilege>,
}
