//! Users and what they may do.

use std::fmt;

use crate::{Name, Targets, location::Shown, target::separated};

/// CREATE, ALTER and DROP USER.
#[derive(Debug, Clone, PartialEq)]
pub enum UserStatement {
    Create {
        name: Name,
        if_not_exists: bool,
        password: Option<Password>,
    },
    Alter {
        name: Name,
        if_exists: bool,
        password: Password,
    },
    Drop {
        names: Vec<Name>,
        if_exists: bool,
    },
}

/// What a user logs in with from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// `PASSWORD NULL`: no password will do.
    Null,
    Text(String),
    Placeholder(usize),
}

/// GRANT and REVOKE.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    pub verb: GrantVerb,
    /// In upper case, as they were written; `None`: ALL.
    pub privileges: Option<Vec<String>>,
    pub on: Targets,
    pub users: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantVerb {
    Grant,
    Revoke,
}

impl GrantVerb {
    pub fn word(self) -> &'static str {
        match self {
            GrantVerb::Grant => "GRANT",
            GrantVerb::Revoke => "REVOKE",
        }
    }
}

impl UserStatement {
    /// A password is shown only in the form that is read back.
    pub(crate) fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        match self {
            UserStatement::Create {
                name,
                if_not_exists,
                password,
            } => {
                let condition = if *if_not_exists { "IF NOT EXISTS " } else { "" };
                write!(f, "CREATE USER {condition}{name}")?;
                match password {
                    Some(password) => password.write(f, shown),
                    None => Ok(()),
                }
            }
            UserStatement::Alter {
                name,
                if_exists,
                password,
            } => {
                let condition = if *if_exists { "IF EXISTS " } else { "" };
                write!(f, "ALTER USER {condition}{name}")?;
                password.write(f, shown)
            }
            UserStatement::Drop { names, if_exists } => {
                let condition = if *if_exists { "IF EXISTS " } else { "" };
                write!(f, "DROP USER {condition}{}", separated(names, ", "))
            }
        }
    }
}

impl Password {
    fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        match (self, shown) {
            (Password::Null, _) => f.write_str(" WITH PASSWORD NULL"),
            (Password::Placeholder(number), _) => write!(f, " WITH PASSWORD ${number}"),
            (Password::Text(text), Shown::Whole) => {
                write!(f, " WITH PASSWORD '{}'", text.replace('\'', "''"))
            }
            (Password::Text(_), Shown::Redacted(_)) => f.write_str(" WITH PASSWORD 'redacted'"),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let privileges = match &self.privileges {
            Some(privileges) => privileges.join(", "),
            None => "ALL".to_owned(),
        };
        let direction = match self.verb {
            GrantVerb::Grant => "TO",
            GrantVerb::Revoke => "FROM",
        };
        write!(
            f,
            "{} {privileges} ON {} {direction} {}",
            self.verb.word(),
            self.on,
            separated(&self.users, ", ")
        )
    }
}
