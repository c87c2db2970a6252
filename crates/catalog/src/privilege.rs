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

/// Adds what a user may do.
pub fn grant(grants: &mut Vec<Grant>, user: &str, privileges: &[Privilege]) {
    let place = match grants.binary_search_by(|grant| grant.user.as_str().cmp(user)) {
        Ok(place) => place,
        Err(place) => {
            let user = user.to_owned();
            let privileges = Vec::new();
            grants.insert(place, Grant { user, privileges });
            place
        }
    };
    if let Some(grant) = grants.get_mut(place) {
        grant.privileges.extend_from_slice(privileges);
        grant.privileges.sort();
        grant.privileges.dedup();
    }
    grants.retain(|grant| !grant.privileges.is_empty());
}

/// Takes away what a user may do.
pub fn revoke(grants: &mut Vec<Grant>, user: &str, privileges: &[Privilege]) {
    for grant in grants.iter_mut().filter(|grant| grant.user == user) {
        grant.privileges.retain(|held| !privileges.contains(held));
    }
    grants.retain(|grant| !grant.privileges.is_empty());
}

/// What contradicts itself in a list of grants.
pub(crate) fn check(grants: &[Grant]) -> Option<String> {
    let ordered = |grants: &[Grant]| matches!(grants, [a, b] if a.user < b.user);
    if !grants.windows(2).all(ordered) {
        return Some("its grants are not in order of users".to_owned());
    }
    let ascending = |pair: &[Privilege]| matches!(pair, [a, b] if a < b);
    let wrong = grants
        .iter()
        .find(|grant| grant.privileges.is_empty() || !grant.privileges.windows(2).all(ascending))?;
    Some(format!(
        "the privileges of {:?} are not in order",
        wrong.user
    ))
}

#[cfg(test)]
mod tests;
