//! What an `http` or `https` URL may say.

use crate::error::{Error, Result};
use crate::http::place::urls;
use crate::location::Location;

/// One or several hosts, separated by commas. The query string belongs to the server: any is allowed.
pub(crate) fn check(location: &Location) -> Result<()> {
    location.require_host("host")?;
    if location.host.split(',').any(str::is_empty) {
        return Err(Error::Parameter {
            message: "http uri has an empty host in its list".to_owned(),
        });
    }
    let path = location.path.trim_matches('/');
    let unclean = |component: &str| matches!(component, "" | "." | "..");
    if !path.is_empty() && path.split('/').any(unclean) {
        return Err(Error::Malformed {
            reason: "its path has an empty component, '.' or '..'",
        });
    }
    urls(location).map(|_| ())
}
