//! What an `http` or `https` URL may say.

use crate::error::{Error, Result};
use crate::location::Location;

/// One or several hosts, separated by commas. The query string belongs to the server: any is allowed.
pub(crate) fn check(location: &Location) -> Result<()> {
    location.require_host("host")?;
    if location.host.split(',').any(str::is_empty) {
        return Err(Error::Parameter {
            message: "http uri has an empty host in its list".to_owned(),
        });
    }
    Ok(())
}
