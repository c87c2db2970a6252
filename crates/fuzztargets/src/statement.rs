//! The texts of statements.

use cairn_syntax::{parse, parse_expression, parse_targets, parse_type};

/// Reads a text as each of the things that texts are read as. What is a statement reads back as itself from its normal form.
pub fn statement(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for parsed in parse(text).unwrap_or_default() {
        let normal = parsed.statement.to_string();
        let again = parse(&normal).map(|statements| {
            let statements = statements.into_iter();
            statements.map(|parsed| parsed.statement).collect()
        });
        assert_eq!(again, Ok(vec![parsed.statement.clone()]), "{normal}");
        parsed.statement.redacted(&|url| url.to_owned());
    }
    drop((
        parse_expression(text),
        parse_type(text),
        parse_targets(text),
    ));
}
