//! Versions order commits.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The place of a commit in the one order of commits. Only the [`Timeline`](crate::Timeline) may
/// read a time into it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// Before every commit.
    pub const ZERO: Version = Version(0);

    /// A transaction's own write that has no version yet. No commit ever gets it.
    pub const PENDING: Version = Version(u64::MAX);

    pub fn next(self) -> Version {
        Version(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
