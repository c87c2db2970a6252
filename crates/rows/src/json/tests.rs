//! Documents have one form, and whatever is not one is refused.

use proptest::prelude::*;

use super::*;
use crate::samples::awkward_json;

proptest! {
    #[test]
    fn the_canonical_form_reads_back(json in awkward_json()) {
        let text = json.to_string();
        let again = Json::parse(&text).unwrap();
        prop_assert_eq!(&again, &json);
        prop_assert_eq!(again.to_string(), text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}\",:0-9.eEtrufalsn\\\\ -]{0,20}") {
        if let Ok(json) = Json::parse(&text) {
            prop_assert_eq!(Json::parse(&json.to_string()), Ok(json));
        }
    }
}

#[test]
fn canonical_form() {
    for (text, wanted) in [
        (
            "{\"bb\":1, \"a\" : [1.50,null ,true],\"a\":2}",
            "{\"a\": 2, \"bb\": 1}",
        ),
        ("{\"aa\": {}, \"b\": []}", "{\"b\": [], \"aa\": {}}"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("1.50", "1.50"),
        (
            "123456789012345678901234567890.123",
            "123456789012345678901234567890.123",
        ),
        ("\"\\u00e9\\ud83d\\ude00\\n\"", "\"é😀\\n\""),
    ] {
        assert_eq!(Json::parse(text).unwrap().to_string(), wanted);
    }
    assert_eq!(Json::parse("1e400").unwrap().to_string().len(), 401);
    let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
    assert!(Json::parse(&deep).is_ok());
    assert_eq!(Json::parse(&format!("[[{deep}]]")), Err(JsonError::TooDeep));
    assert_eq!(Json::parse("\"\\u0000\""), Err(JsonError::Nul));
    assert_eq!(Json::parse("1e200000"), Err(JsonError::Number));
    for text in [
        "",
        "{",
        "[1,]",
        "{\"a\"}",
        "01",
        "1.",
        ".5",
        "+1",
        "nul",
        "\"\\ud800\"",
        "\"a\nb\"",
        "1 2",
        "NaN",
    ] {
        assert_eq!(Json::parse(text), Err(JsonError::Syntax), "{text}");
    }
}

#[test]
fn containment() {
    for (whole, part, wanted) in [
        ("{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":2}}", true),
        ("[1,[2,3],4]", "[[3],1]", true),
        ("[1,2]", "2", true),
        ("[1,2]", "3", false),
        ("1.0", "1", true),
        ("{\"a\":[1]}", "{\"a\":1}", false),
        ("{}", "[]", false),
    ] {
        let (whole, part) = (Json::parse(whole).unwrap(), Json::parse(part).unwrap());
        assert_eq!(whole.contains(&part), wanted, "{whole} @> {part}");
    }
}
