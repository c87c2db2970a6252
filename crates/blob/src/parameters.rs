//! The parameters of a storage URL: decoded pairs, and which of them may be shown.

use percent_encoding::percent_decode_str;

use crate::error::{Error, Result};

/// Parameters whose values tell nothing secret. All others are shown as `redacted`, unknown ones too.
const SHOWN: [&str; 8] = [
    "AUTH",
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT",
    "AWS_REGION",
    "AZURE_ACCOUNT_NAME",
    "AZURE_ENDPOINT",
    "GS_ENDPOINT",
    "COCKROACH_LOCALITY",
];

/// Parameters that later versions of the language have. Naming them tells a typing error from a missing feature.
const LATER: [&str; 16] = [
    "ASSUME_ROLE",
    "AWS_SERVER_ENC_MODE",
    "AWS_SERVER_KMS_ID",
    "AWS_SKIP_CHECKSUM",
    "AWS_USE_PATH_STYLE",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_ENVIRONMENT",
    "AZURE_TENANT_ID",
    "BEARER_TOKEN",
    "COCKROACH_LOCALITY",
    "CREDENTIALS",
    "S3_STORAGE_CLASS",
    "SHARED_ACCESS_SIGNATURE",
    "AZURE_SAS_TOKEN",
    "AWS_SKIP_TLS_VERIFY",
];

/// The decoded parameters, in the order of the URL.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the part after `?`.
    pub(crate) fn parse(query: &str) -> Result<Parameters> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            // It may be the rest of a secret value that was cut at its `&`: not to be named in an error.
            let Some((name, value)) = pair.split_once('=') else {
                return Err(Error::Malformed {
                    reason: "write & in a parameter value as %26",
                });
            };
            let name = decode(name)?;
            if value.contains('+') {
                // Form encoding would turn it into a blank, and a key with a blank fails far from here.
                return Err(Error::Malformed {
                    reason: "write + in a parameter value as %2B",
                });
            }
            let value = decode(value)?;
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(Error::Malformed {
                    reason: "a parameter is given twice",
                });
            }
            pairs.push((name, value));
        }
        Ok(Parameters(pairs))
    }

    /// The value of `name`; an empty one counts as absent, as in the reference.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())?;
        Some(value)
    }

    pub(crate) fn values(&self) -> Vec<String> {
        self.0.iter().map(|(_, value)| value.clone()).collect()
    }

    pub(crate) fn require(&self, scheme: &'static str, parameter: &'static str) -> Result<&str> {
        self.get(parameter)
            .ok_or(Error::MissingParameter { scheme, parameter })
    }

    /// What is wrong with a value that is none of those that the parameter takes.
    pub(crate) fn unsupported(name: &str, value: &str) -> Error {
        let shown = match may_end_password(value) {
            true => "redacted".to_owned(),
            false => format!("{value:?}"),
        };
        Error::Parameter {
            message: format!("unsupported value {shown} for {name}"),
        }
    }

    /// Refuses every parameter that is not in `allowed`: a misspelt one would silently do nothing.
    pub(crate) fn allow_only(&self, scheme: &'static str, allowed: &[&str]) -> Result<()> {
        for (name, _) in &self.0 {
            if LATER.contains(&name.as_str()) {
                return Err(Error::Unsupported {
                    location: format!("{scheme} uri"),
                    what: format!("parameter {name:?}"),
                });
            }
            if !is_name(name) {
                // The rest of a value that was cut at its `&`, too, if an `=` is in it.
                return Err(Error::Malformed {
                    reason: "write & in a parameter value as %26",
                });
            }
            if !allowed.contains(&name.as_str()) {
                return Err(Error::UnknownParameter {
                    scheme,
                    parameter: name.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Whether this looks like a parameter's name, and not like a piece of a secret.
fn is_name(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Whether a value may be the end of a password before the host, which reaches beyond the `?` by a character that was not encoded.
fn may_end_password(value: &str) -> bool {
    value.contains('@') || value.contains("%40")
}

/// Percent-decodes, refusing what is not UTF-8 or hides control characters.
pub(crate) fn decode(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| Error::Malformed {
            reason: "%-escapes are not UTF-8",
        })?;
    if decoded.chars().any(char::is_control) {
        return Err(Error::Malformed {
            reason: "it contains a control character",
        });
    }
    Ok(decoded.into_owned())
}

/// The part after `?` with every value hidden that may be secret. Works on any text, also on one that does not parse.
pub(crate) fn redact_query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if SHOWN.contains(&name) && !may_end_password(value) => {
            format!("{name}={value}")
        }
        Some((name, _)) if is_name(name) => format!("{name}=redacted"),
        Some(_) => "redacted".to_owned(),
        // A pair without '=' may be a value torn off by an '&' that was not encoded.
        None if pair.is_empty() => String::new(),
        None => "redacted".to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}
