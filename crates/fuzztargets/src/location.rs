//! Storage URLs.

use cairn_blob::{Location, redact};

/// What nobody may see.
const SECRET: &str = "xyzzy-plugh-SECRET";

/// Parses and shows a URL; a secret parameter behind it is never shown, be the URL right or wrong.
pub fn location(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(location) = Location::parse(text) {
        assert_eq!(location.to_url_with_secrets(), text);
        assert_eq!(location.to_string(), redact(text));
    }
    let separator = if text.contains('?') { '&' } else { '?' };
    for name in ["AWS_SECRET_ACCESS_KEY", "AZURE_ACCOUNT_KEY", "CREDENTIALS"] {
        let url = format!("{text}{separator}{name}={SECRET}");
        let shown = redact(&url);
        assert!(!shown.contains(SECRET), "{shown}");
        let said = Location::parse(&url).map_or_else(
            |error| error.to_string(),
            |location| format!("{location} {location:?}"),
        );
        assert!(!said.contains(SECRET), "{said}");
    }
}
