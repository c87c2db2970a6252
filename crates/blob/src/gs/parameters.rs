//! What a `gs` URL may say.

use crate::error::{Error, Result};
use crate::location::Location;

const SCHEME: &str = "gs";

pub(crate) fn check(location: &Location) -> Result<()> {
    let parameters = &location.parameters;
    parameters.allow_only(SCHEME, &["AUTH", "GS_ENDPOINT"])?;
    location.refuse_userinfo()?;
    location.require_host("bucket name")?;
    match parameters.get("AUTH") {
        None | Some("default" | "implicit") => Ok(()),
        Some(other) => Err(Error::Parameter {
            message: format!("unsupported value {other:?} for AUTH"),
        }),
    }
}
