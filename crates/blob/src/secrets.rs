//! Values that must not be seen, should a server repeat them: as they are, URL-encoded, or in base64, alone or within a longer text.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What is shorter is not looked for in base64: too much would look like it.
const LEAST_CODED: usize = 6;

/// Printed by nobody.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn new(secrets: Vec<String>) -> Secrets {
        let mut forms = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let encoded = utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string();
            forms.extend(in_base64(&secret));
            forms.push(in_lower_case_escapes(&encoded));
            forms.push(encoded);
            forms.push(secret);
        }
        // The longest first: none is left in part because another stands in it.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Secrets(forms)
    }

    /// The text with `redacted` in place of each.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret, "redacted")
        })
    }
}

/// What base64 makes of a secret wherever it stands in a text, without the letters that also depend on its neighbours.
fn in_base64(secret: &str) -> Vec<String> {
    if secret.len() < LEAST_CODED {
        return Vec::new();
    }
    let coded = |before: usize| {
        let text = [vec![0; before], secret.as_bytes().to_vec()].concat();
        let (first, end) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        [STANDARD.encode(&text), URL_SAFE.encode(&text)]
            .map(|coded| coded.get(first..end).unwrap_or_default().to_owned())
    };
    (0..3).flat_map(coded).collect()
}

fn in_lower_case_escapes(encoded: &str) -> String {
    let mut escape = 0;
    encoded
        .chars()
        .map(|letter| {
            escape = match letter {
                '%' => 2,
                _ => escape,
            };
            match letter {
                '%' => letter,
                _ if escape > 0 => {
                    escape -= 1;
                    letter.to_ascii_lowercase()
                }
                _ => letter,
            }
        })
        .collect()
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("redacted")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::Secrets;

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let secrets = Secrets::new(vec!["sEcReT/key+One".to_owned()]);
        let in_header = |user: &str| STANDARD.encode(format!("{user}:sEcReT/key+One and more"));
        for text in [
            "sEcReT/key+One".to_owned(),
            "sEcReT%2Fkey%2BOne".to_owned(),
            "sEcReT%2fkey%2bOne".to_owned(),
            in_header("u"),
            in_header("us"),
            in_header("use"),
        ] {
            let hidden = secrets.hide(&format!("<{text}>"));
            assert!(hidden.contains("redacted"), "{text}: {hidden}");
            assert!(
                !hidden.contains("key") && hidden.len() < 45,
                "{text}: {hidden}"
            );
        }
        assert_eq!(secrets.hide("nothing"), "nothing");
    }
}
