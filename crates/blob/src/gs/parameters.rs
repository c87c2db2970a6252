//! What a `gs` URL may say.

use crate::error::Result;
use crate::location::Location;
use crate::parameters::Parameters;

const SCHEME: &str = "gs";

pub(crate) fn check(location: &Location) -> Result<()> {
    let parameters = &location.parameters;
    parameters.allow_only(SCHEME, &["AUTH", "GS_ENDPOINT"])?;
    location.refuse_userinfo()?;
    location.require_host("bucket name")?;
    match parameters.get("AUTH") {
        None | Some("default" | "implicit") => Ok(()),
        Some(other) => Err(Parameters::unsupported("AUTH", other)),
    }
}
