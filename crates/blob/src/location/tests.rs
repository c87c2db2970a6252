use proptest::prelude::*;

use super::{Location, Scheme, redact};
use crate::error::Kind;
use crate::settings::{Settings, check_certificates};

const S3: &str = "s3://bucket/path?AWS_ACCESS_KEY_ID=AKIA123&AWS_SECRET_ACCESS_KEY=sEcReT%2F1&AWS_REGION=eu-west-1";

fn error_of(url: &str) -> String {
    Location::parse(url).unwrap_err().to_string()
}

#[test]
fn the_schemes_and_their_demands() {
    for (url, scheme) in [
        ("nodelocal:///w13", Scheme::Nodelocal),
        ("NODELOCAL:///w13", Scheme::Nodelocal),
        ("nodelocal:///", Scheme::Nodelocal),
        ("nodelocal:///a/../b", Scheme::Nodelocal),
        (S3, Scheme::S3),
        ("s3://bucket?AUTH=implicit", Scheme::S3),
        (
            "azure://container/p?AZURE_ACCOUNT_NAME=acct1&AZURE_ACCOUNT_KEY=a2V5%3D",
            Scheme::Azure,
        ),
        ("gs://bucket/p", Scheme::Gs),
        ("gs://bucket/p?AUTH=implicit", Scheme::Gs),
        ("http://h1:8080,h2:8080/p?token=1", Scheme::Http),
        ("https://user:word@host/p", Scheme::Https),
    ] {
        let location = Location::parse(url).unwrap();
        assert_eq!(location.scheme(), scheme, "{url}");
        assert_eq!(location.to_url_with_secrets(), url);
    }
}

/// The rest of a value that was cut at its `&` is not named as a parameter, even if it has an `=`.
#[test]
fn a_torn_secret_is_not_named() {
    let said = error_of(&format!("{S3}&o/ff="));
    assert!(said.contains("%26") && !said.contains("ff"), "{said}");
}

#[test]
fn the_messages_keep_the_phrases_of_the_reference() {
    for (url, phrase) in [
        ("ftp://host/p", "unsupported storage scheme: \"ftp\""),
        ("/w13", "unsupported storage scheme: \"\""),
        ("", "unsupported storage scheme: \"\""),
        (
            "nodelocal://1/w13",
            "nodelocal does not support hosts: nodelocal://1/w13",
        ),
        (
            "nodelocal://",
            "local storage requested but path not provided",
        ),
        (
            "nodelocal:///../../blah",
            "local file access to paths outside of external-io-dir is not allowed",
        ),
        (
            "nodelocal:///a/%2e%2e/..",
            "local file access to paths outside of external-io-dir is not allowed",
        ),
        (
            "nodelocal:///a/%2E%2E%2F..%2fb",
            "local file access to paths outside of external-io-dir is not allowed",
        ),
        ("nodelocal:///a\\..\\..\\b", "backslash"),
        ("nodelocal:///a%5c..%5cb", "backslash"),
        ("nodelocal:///a%00b", "control character"),
        ("nodelocal:///a\nb", "control character"),
        ("nodelocal:///a%0ab", "control character"),
        ("nodelocal:///a%ffb", "not UTF-8"),
        ("nodelocal:///.partial-1", "reserved"),
        ("nodelocal:w13", "://"),
        ("nodelocal:///w13?X=1", "does not take a parameter \"X\""),
        (
            "nodelocal:///w13?COCKROACH_LOCALITY=default",
            "parameter \"COCKROACH_LOCALITY\" is not supported yet",
        ),
        (
            "s3://bucket",
            "s3 uri missing \"AWS_ACCESS_KEY_ID\" parameter",
        ),
        (
            "s3://bucket?AWS_ACCESS_KEY_ID=x",
            "s3 uri missing \"AWS_SECRET_ACCESS_KEY\" parameter",
        ),
        (
            "s3://bucket?AUTH=magic",
            "unsupported value \"magic\" for AUTH",
        ),
        ("s3:///p?AUTH=implicit", "s3 uri missing bucket name"),
        (
            "s3://b?AUTH=implicit&S3_STORAGE_CLASS=GLACIER",
            "\"S3_STORAGE_CLASS\" is not supported yet",
        ),
        (
            "s3://b?AUTH=implicit&AWS_SECRET_ACCESS_KEY=CANARY",
            "leave out parameter \"AWS_SECRET_ACCESS_KEY\"",
        ),
        (
            "s3://b?AUTH=implicit&AWS_SESSION_TOKEN=CANARY",
            "leave out parameter \"AWS_SESSION_TOKEN\"",
        ),
        (
            "azure://c",
            "azure uri missing \"AZURE_ACCOUNT_NAME\" parameter",
        ),
        (
            "azure://c?AZURE_ACCOUNT_NAME=abc",
            "azure uri missing \"AZURE_ACCOUNT_KEY\" parameter",
        ),
        (
            "azure://c?AZURE_ACCOUNT_NAME=A_b&AZURE_ACCOUNT_KEY=k",
            "azure: account name is not valid",
        ),
        (
            "gs://b?AUTH=specified",
            "unsupported value \"specified\" for AUTH",
        ),
        ("http:///p", "http uri missing host"),
        ("http://a,,b/p", "empty host"),
        ("http://a/p/../q", "'.' or '..'"),
        ("http://a/p/%2e%2e/q", "'.' or '..'"),
        ("http://a b/p", "host:port"),
        ("http://a:x/p", "host:port"),
    ] {
        let error = error_of(url);
        assert!(error.contains(phrase), "{url}: {error}");
    }
}

#[test]
fn a_plus_or_a_hash_in_a_key_is_refused_instead_of_changing_it() {
    for url in [S3.replace("%2F", "+"), S3.replace("%2F", "#")] {
        let error = Location::parse(&url).unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(!error.to_string().contains("sEcReT"), "{error}");
    }
}

#[test]
fn schemes_of_later_versions_are_refused_by_name() {
    for (url, named) in [
        ("external://backups", "storage scheme \"external\""),
        ("userfile:///backups", "storage scheme \"userfile\""),
        ("userfile:x", "storage scheme \"userfile\""),
    ] {
        let error = Location::parse(url).unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported);
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn gs_takes_its_key_from_the_settings() {
    let location = Location::parse("gs://bucket/p?AUTH=default").unwrap();
    let error = location.open(&Settings::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(
        error
            .to_string()
            .contains("expected settings value for cloudstorage.gs.default.key"),
        "{error}"
    );
}

// What is no key is refused without a word of it; what is stored of one is sealed.
#[test]
fn a_key_for_gs_is_judged_without_being_shown() {
    for text in ["CANARY", "{\"private_key\": \"CANARY\"}", "[\"CANARY\"]"] {
        let error = Settings::default().seal_gs_key(text).unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    }
}

#[test]
fn certificates_are_judged_when_they_are_set() {
    let almost = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in ["not PEM", almost] {
        let error = check_certificates(text).unwrap_err().to_string();
        assert!(
            error.starts_with("failed to parse root CA certificate from"),
            "{error}"
        );
    }
}

#[test]
fn secrets_are_hidden_and_names_stay() {
    for (url, shown) in [
        (
            S3,
            "s3://bucket/path?AWS_ACCESS_KEY_ID=AKIA123&AWS_SECRET_ACCESS_KEY=redacted&AWS_REGION=eu-west-1",
        ),
        ("https://user:pass@host/p", "https://user:redacted@host/p"),
        ("https://us@er:pass@host/p", "https://us@er:redacted@host/p"),
        ("https://token@host/p", "https://redacted@host/p"),
        ("http://user:pa/ss@host", "http://user:redacted@host"),
        ("http://user:pa/s/s@host/p", "http://user:redacted@host/p"),
        ("http://user:p@a/ss@host/p", "http://user:redacted@host/p"),
        ("http://token@host:80/a@b", "http://redacted@b"),
        ("http://user:pa?ss@host", "http://user:redacted?redacted"),
        ("http://user:pa#ss@host", "http://user:redacted#redacted"),
        (
            "http://h1:80,h2:81/p?who=a@b",
            "http://h1:80,h2:81/p?who=redacted",
        ),
        ("s3://bucket/a@b", "s3://bucket/a@b"),
        (
            "https://host/p?sig=abc&AUTH=x",
            "https://host/p?sig=redacted&AUTH=x",
        ),
        (
            "s3://b?AWS_SECRET_ACCESS_KEY=torn&off",
            "s3://b?AWS_SECRET_ACCESS_KEY=redacted&redacted",
        ),
        (
            "s3://b?AWS_SECRET_ACCESS_KEY=torn&o/ff=",
            "s3://b?AWS_SECRET_ACCESS_KEY=redacted&redacted",
        ),
        (
            "s3://b?AWS_SECRET_ACCESS_KEY=cut#off",
            "s3://b?AWS_SECRET_ACCESS_KEY=redacted#redacted",
        ),
        (
            "s3://b?aws_secret_access_key=x",
            "s3://b?aws_secret_access_key=redacted",
        ),
        (
            "s3://b?AWS_ENDPOINT=http://u:p@h",
            "s3://b?AWS_ENDPOINT=redacted",
        ),
        (
            "s3://b?AWS_ENDPOINT=http%3A%2F%2Fu:p%40h",
            "s3://b?AWS_ENDPOINT=redacted",
        ),
        ("ftp://u:p@h/x?k=v", "ftp://u:redacted@h/x?k=redacted"),
        ("not a url?k=v", "not a url?k=redacted"),
        ("nodelocal:///w13", "nodelocal:///w13"),
        ("", ""),
    ] {
        assert_eq!(redact(url), shown);
        if let Ok(location) = Location::parse(url) {
            assert_eq!(location.to_string(), shown);
            assert_eq!(format!("{location:?}"), format!("Location({shown})"));
        }
    }
}

// A canary in every place where a secret may be, in URLs that parse and in those that do not.
#[test]
fn no_message_and_no_print_has_a_secret() {
    const CANARY: &str = "CANARYqz7Yd0wq3JX";
    for url in [
        "s3://b/p?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=CANARY",
        "s3://b/p?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=x%20CANARY&AWS_SESSION_TOKEN=CANARY",
        "s3://b/p?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=x&CANARY",
        "s3://b/p?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=x+CANARY",
        "s3://b/p?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=x#CANARY",
        "s3://b/p?AWS_SECRET_ACCESS_KEY=CANARY",
        "s3://b/p?AWS_SECRET_ACCESS_KEY=CANARY&AWS_SECRET_ACCESS_KEY=CANARY",
        "s3://b/p?AWS_SECRET_ACESS_KEY=CANARY",
        "s3://b/p?AWS_SECRET_ACCESS_KEY=CANARY\n",
        "s3://b/p?AWS_SECRET_ACCESS_KEY=CANARY%ff",
        "s3://u:CANARY@b/p",
        "gs://u:/p?AUTH=CANARY@b",
        "s3://u:/p?AUTH=CANARY@b",
        "azure://c/p?AZURE_ACCOUNT_NAME=acct&AZURE_ACCOUNT_KEY=CANARY",
        "azure://c/p?AZURE_ACCOUNT_NAME=BAD&AZURE_ACCOUNT_KEY=CANARY",
        "gs://b/p?AUTH=implicit&CREDENTIALS=CANARY",
        "gs://b/p?CREDENTIALS=CANARY",
        "http://u:CANARY@h/p?token=CANARY",
        "http://u:CANARY@/p",
        "ftp://u:CANARY@h/p?k=CANARY",
        "nodelocal://u:CANARY@/p",
        "nodelocal:///p?k=CANARY",
        "nodelocal:///../p?k=CANARY",
    ] {
        let url = url.replace("CANARY", CANARY);
        assert!(!redact(&url).contains(CANARY), "{}", redact(&url));
        match Location::parse(&url) {
            Err(error) => assert!(!format!("{error} {error:?}").contains(CANARY), "{error}"),
            Ok(location) => {
                assert!(!format!("{location} {location:?}").contains(CANARY));
                match location.open(&Settings::default()) {
                    Err(error) => {
                        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
                    }
                    Ok(store) => assert!(!format!("{store} {store:?}").contains(CANARY)),
                }
            }
        }
    }
}

proptest! {
    /// Whatever the text, nothing panics, and what is shown of a secret parameter is `redacted`.
    #[test]
    fn any_text_is_judged_and_shown(text in "(nodelocal|s3|azure|gs|https?|x)?(:/?/?/?)?[ -~\\PC]{0,40}") {
        let shown = redact(&text);
        prop_assert_eq!(redact(&shown), shown.clone(), "what is redacted stays as it is");
        if let Ok(location) = Location::parse(&text) {
            prop_assert_eq!(location.to_string(), shown);
        }
    }

    /// A path that is accepted stays below, however it is written.
    #[test]
    fn an_accepted_path_has_no_way_up(path in "(/|\\.|\\.\\.|%2e|%2F|%5c|%00|a|b)*") {
        if let Ok(location) = Location::parse(&format!("nodelocal:///{path}")) {
            let components = crate::nodelocal::parameters::components(&location).unwrap();
            for component in components {
                prop_assert!(!matches!(component, "" | "." | ".."));
                prop_assert!(!component.contains(['/', '\\', '\0']));
            }
        }
    }
}
