//! The rules of an object's name. They are the same for every store, so that a backup can be copied between stores.

use crate::error::{Error, Result};

/// Longest name, in bytes: below the 1,024 of S3, with room for a location's prefix.
const MAX_BYTES: usize = 512;

/// Prefix of a component that holds an object not yet finished. No object may be called so.
pub(crate) const PARTIAL: &str = ".partial-";

/// Refuses a name that could leave its location, or that some store or file system could not hold.
///
/// Names also come from manifests, which may be hostile.
///
/// # Errors
/// `ObjectName`, with the rule that the name breaks.
pub fn check(name: &str) -> Result<()> {
    match fault(name) {
        None => Ok(()),
        Some(reason) => Err(Error::ObjectName {
            name: name.to_owned(),
            reason,
        }),
    }
}

fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > MAX_BYTES {
        return Some("it must have 1 to 512 bytes");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '=');
    if !name.chars().all(plain) {
        return Some("only letters, digits, '/', '-', '_', '.' and '=' are allowed");
    }
    for component in name.split('/') {
        match component {
            "" => return Some("a component is empty"),
            "." | ".." => return Some("'.' and '..' are not allowed"),
            _ if component.starts_with(PARTIAL) => {
                return Some("it is reserved for unfinished objects");
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn ordinary_names_pass() {
        for name in [
            "manifest.json",
            "data/104/3-9f2c.parquet",
            "lock-1.json",
            "..a/b..",
            "a=1/.b",
        ] {
            check(name).unwrap();
        }
    }

    #[test]
    fn names_that_leave_or_confuse_are_refused() {
        let long = "a".repeat(513);
        for name in [
            "",
            "/a",
            "a/",
            "a//b",
            "..",
            "a/../b",
            "./a",
            "a\\..\\b",
            "a\0b",
            "a b",
            "ä",
            "a\n",
            ".partial-x",
            &long,
        ] {
            check(name).unwrap_err();
        }
    }
}
