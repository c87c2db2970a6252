//! What an `azure` URL may say.

use crate::error::{Error, Result};
use crate::location::Location;

const SCHEME: &str = "azure";

pub(crate) fn check(location: &Location) -> Result<()> {
    let parameters = &location.parameters;
    parameters.allow_only(
        SCHEME,
        &["AZURE_ACCOUNT_KEY", "AZURE_ACCOUNT_NAME", "AZURE_ENDPOINT"],
    )?;
    location.refuse_userinfo()?;
    location.require_host("container name")?;
    let account = parameters.require(SCHEME, "AZURE_ACCOUNT_NAME")?;
    parameters.require(SCHEME, "AZURE_ACCOUNT_KEY")?;
    if !is_account_name(account) {
        let message =
            "azure: account name is not valid: it must have 3 to 24 lower-case letters and digits"
                .to_owned();
        return Err(Error::Parameter { message });
    }
    Ok(())
}

fn is_account_name(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}
