//! Storage URLs.

use cairn_blob::{Location, redact};

const KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// Parses and shows a URL; what is secret in it is never shown, be the URL right or wrong.
pub fn location(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(location) = Location::parse(text) {
        assert_eq!(location.to_url_with_secrets(), text);
        assert_eq!(location.to_string(), redact(text));
    }
    let secret = unforeseen(bytes);
    for name in [KEY, "AZURE_ACCOUNT_KEY", "CREDENTIALS", "UNKNOWN"] {
        is_hidden(&secret, &with_parameter(text, name, &secret));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        is_hidden(&secret, &format!("{scheme}://user:{secret}@{rest}"));
        // Before another `@` it would be the beginning of a user's name.
        if !rest.contains('@') {
            is_hidden(&secret, &format!("{scheme}://{secret}@{rest}"));
        }
    }
    if let Some(url) = with_longer_password(text, &secret) {
        is_hidden(&secret, &url);
    }
}

/// The URL with a secret as its key.
pub fn with_secret_key(text: &str, secret: &str) -> String {
    with_parameter(text, KEY, secret)
}

fn with_parameter(text: &str, name: &str, value: &str) -> String {
    let separator = if text.contains('?') { '&' } else { '?' };
    format!("{text}{separator}{name}={value}")
}

/// A secret that is not in the bytes: a fuzzer copies into them whatever it sees compared, a constant too.
pub fn unforeseen(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The URL with the secret at the end of its password, which may hold anything that should have been escaped.
fn with_longer_password(text: &str, secret: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (userinfo, host) = rest.rsplit_once('@')?;
    let (user, _) = userinfo.split_once(':')?;
    let is_user = !user.contains(['/', '?', '#']);
    is_user.then(|| format!("{scheme}://{userinfo}{secret}@{host}"))
}

fn is_hidden(secret: &str, url: &str) {
    let shown = redact(url);
    assert!(!shown.contains(secret), "{shown}");
    let said = Location::parse(url).map_or_else(
        |error| error.to_string(),
        |location| format!("{location} {location:?}"),
    );
    assert!(!said.contains(secret), "{said}");
}
