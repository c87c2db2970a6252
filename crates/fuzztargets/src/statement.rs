//! The texts of statements.

use cairn_blob::redact;
use cairn_syntax::{Statement, parse, parse_expression, parse_targets, parse_type};

use crate::location::{unforeseen, with_secret_key};

/// Reads a text as each of the things that texts are read as. What is a statement reads back as itself from its normal form, and nothing
/// that is shown of any text has its secrets.
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
    let secret = unforeseen(bytes);
    hides_in_errors(text, &secret);
    hides_in_statements(text, &secret);
}

/// No error repeats what a literal says.
fn hides_in_errors(text: &str, secret: &str) {
    let Some(text) = with_literals(text, |literal| format!("{literal}{secret}")) else {
        return;
    };
    for error in [
        parse(&text).err(),
        parse_expression(&text).err(),
        parse_type(&text).err(),
        parse_targets(&text).err(),
    ] {
        let shown = format!("{error:?}");
        assert!(!shown.contains(secret), "{text}: {shown}");
    }
}

/// Statements about backups show no secret of a URL, wherever it stands in them.
fn hides_in_statements(text: &str, secret: &str) {
    let text = with_literals(text, |literal| match literal.contains("://") {
        true => with_secret_key(literal, secret),
        false => literal.to_owned(),
    });
    for parsed in text.and_then(|text| parse(&text).ok()).unwrap_or_default() {
        if is_about_backups(&parsed.statement) {
            let shown = parsed.statement.redacted(&redact);
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

fn is_about_backups(statement: &Statement) -> bool {
    match statement {
        Statement::Backup(_)
        | Statement::Restore(_)
        | Statement::Show(_)
        | Statement::Later { .. } => true,
        Statement::Prepare { statement, .. } => is_about_backups(statement),
        _ => false,
    }
}

/// The text with other literals, if it is plain to see where they are.
fn with_literals(text: &str, written: impl Fn(&str) -> String) -> Option<String> {
    let awkward = ["\"", "\\", "$", "--", "/*"];
    if !text.contains('\'') || awkward.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    // Every other piece is one, and those between the quotes of `''` are empty.
    let pieces = text.split('\'').enumerate();
    let pieces = pieces.map(|(place, piece)| match place % 2 {
        0 => piece.to_owned(),
        _ => written(piece),
    });
    Some(pieces.collect::<Vec<_>>().join("'"))
}
