//! What a `nodelocal` URL may say.

use crate::error::{Error, Result};
use crate::location::Location;
use crate::name::PARTIAL;

const SCHEME: &str = "nodelocal";

pub(crate) fn check(location: &Location) -> Result<()> {
    if !location.host.is_empty() || location.has_userinfo {
        return Err(Error::Parameter {
            message: format!("nodelocal does not support hosts: {location}"),
        });
    }
    if location.path.is_empty() {
        return Err(Error::Parameter {
            message: "local storage requested but path not provided".to_owned(),
        });
    }
    location.parameters.allow_only(SCHEME, &[])?;
    components(location).map(|_| ())
}

/// The path below the external I/O directory, cleaned: `a/../b` is `b`, and no `..` is left.
///
/// # Errors
/// `Outside` when `..` would climb out, `Parameter` for what is a separator or an end on some system.
pub(crate) fn components(location: &Location) -> Result<Vec<&str>> {
    if location.path.contains(['\\', '\0']) {
        return Err(Error::Parameter {
            message: format!("nodelocal path contains a backslash or NUL: {location}"),
        });
    }
    let mut kept = Vec::new();
    for component in location.path.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                if kept.pop().is_none() {
                    return Err(Error::Outside {
                        location: location.to_string(),
                    });
                }
            }
            _ if component.starts_with(PARTIAL) => {
                let message =
                    format!("nodelocal path is reserved for unfinished objects: {location}");
                return Err(Error::Parameter { message });
            }
            _ => kept.push(component),
        }
    }
    Ok(kept)
}
