//! Values that must not be seen, should a server repeat them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Printed by nobody.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn new(secrets: Vec<String>) -> Secrets {
        let encoded: Vec<String> = secrets
            .iter()
            .map(|secret| utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string())
            .collect();
        let shown = secrets.into_iter().chain(encoded);
        Secrets(shown.filter(|secret| !secret.is_empty()).collect())
    }

    /// The text with `redacted` in place of each.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret, "redacted")
        })
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("redacted")
    }
}
