//! What an `s3` URL may say.

use crate::error::{Error, Result};
use crate::location::Location;

const SCHEME: &str = "s3";

pub(crate) fn check(location: &Location) -> Result<()> {
    let parameters = &location.parameters;
    parameters.allow_only(
        SCHEME,
        &[
            "AUTH",
            "AWS_ACCESS_KEY_ID",
            "AWS_ENDPOINT",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ],
    )?;
    location.refuse_userinfo()?;
    location.require_host("bucket name")?;
    match parameters.get("AUTH") {
        None | Some("specified") => {
            parameters.require(SCHEME, "AWS_ACCESS_KEY_ID")?;
            parameters.require(SCHEME, "AWS_SECRET_ACCESS_KEY")?;
        }
        Some("implicit") => {}
        Some(other) => {
            return Err(Error::Parameter {
                message: format!("unsupported value {other:?} for AUTH"),
            });
        }
    }
    Ok(())
}
