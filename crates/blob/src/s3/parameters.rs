//! What an `s3` URL may say.

use crate::error::{Error, Result};
use crate::location::Location;
use crate::parameters::Parameters;

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
        Some("implicit") => refuse_keys(location)?,
        Some(other) => return Err(Parameters::unsupported("AUTH", other)),
    }
    Ok(())
}

/// Who says that the server's own credentials count must not believe that those in the URL do.
fn refuse_keys(location: &Location) -> Result<()> {
    for key in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        if location.parameters.get(key).is_some() {
            return Err(Error::Parameter {
                message: format!(
                    "{SCHEME}: AUTH=implicit takes the server's own credentials: leave out parameter {key:?}, or AUTH"
                ),
            });
        }
    }
    Ok(())
}
