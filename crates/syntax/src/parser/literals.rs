//! Literals, identifiers and types that sqlparser prints otherwise than it reads them.
//!
//! It prints no quote twice that looks doubled already, or stands behind a backslash; and it drops the quotes around the modifiers of a
//! type. What can be written in another way is; what cannot is refused. The same goes for the parts of an index.

use std::{mem, ops::ControlFlow};

use sqlparser::{
    ast::{
        AlterColumnOperation, AlterTableOperation, ArrayElemTypeDef, DataType, Expr, IndexColumn,
        OrderByOptions, Statement, TableConstraint, Value, ValueWithSpan, VisitMut, VisitorMut,
    },
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan, Word},
};

use crate::location::quoted;

/// What is wrong with a token that could not be printed, or that is not what was written.
pub(super) fn problem(token: &Token) -> Option<String> {
    match token {
        Token::Word(Word {
            value,
            quote_style: Some('"'),
            ..
        }) if has_pair(value, '"') => Some(
            "an identifier with two quotes in a row, or one behind a backslash, is not supported"
                .to_owned(),
        ),
        Token::NationalStringLiteral(_) => {
            Some("N'…' is not supported: every string is in UTF-8".to_owned())
        }
        Token::HexStringLiteral(digits) => {
            digit(digits, 16).map(|digit| format!("\"{digit}\" is not a valid hexadecimal digit"))
        }
        Token::SingleQuotedByteStringLiteral(digits)
        | Token::DoubleQuotedByteStringLiteral(digits) => {
            digit(digits, 2).map(|digit| format!("\"{digit}\" is not a valid binary digit"))
        }
        // sqlparser loses the character behind it: of a string, the quote that hides the rest.
        Token::AmpersandRightAngleBracket => Some("the operator &> is not supported".to_owned()),
        _ => None,
    }
}

/// The first character that is no digit.
fn digit(digits: &str, base: u32) -> Option<char> {
    digits.chars().find(|digit| !digit.is_digit(base))
}

/// Whether sqlparser would take a quote in the text for one that is doubled or escaped.
fn has_pair(text: &str, quote: char) -> bool {
    let (mut before, mut found) = ('\0', false);
    for character in text.chars() {
        found |= character == quote && (before == quote || before == '\\');
        before = character;
    }
    found
}

/// A token as it must be written to be read back.
pub(super) fn spelled(token: &Token) -> String {
    match token {
        Token::SingleQuotedString(text) => quoted(text),
        Token::EscapedStringLiteral(text) => Value::EscapedStringLiteral(text.clone()).to_string(),
        Token::UnicodeStringLiteral(text) => Value::UnicodeStringLiteral(text.clone()).to_string(),
        Token::Word(word) if word.quote_style == Some('"') => in_double_quotes(&word.value),
        other => other.to_string(),
    }
}

fn in_double_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The tokens for sqlparser, which takes a plain string for a name wherever a name may stand, but not one with an E before it. It does so
/// rightly in `EXTRACT('year' FROM …)` alone.
pub(super) fn no_names(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for place in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(place);
        if let Some(TokenWithSpan { token, .. }) = rest.first_mut()
            && let Token::SingleQuotedString(text) = token
            && !calls_extract(before)
        {
            *token = Token::EscapedStringLiteral(mem::take(text));
        }
    }
    tokens
}

fn calls_extract(tokens: &[TokenWithSpan]) -> bool {
    let mut last = tokens.iter().rev().map(|token| &token.token);
    last.next() == Some(&Token::LParen)
        && matches!(last.next(), Some(Token::Word(word)) if word.keyword == Keyword::EXTRACT)
}

/// Writes strings and modifiers so that they are printed as they are read. Plain strings come with an E: see [`no_names`].
pub(super) fn settle<T: VisitMut>(tree: &mut T) {
    let _: ControlFlow<()> = tree.visit(&mut Settle);
}

/// The same for a type alone.
pub(super) fn settle_type(data_type: &mut DataType) {
    match data_type {
        DataType::Custom(_, modifiers) => modifiers.iter_mut().for_each(settle_modifier),
        DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => settle_type(element),
        _ => {}
    }
}

/// A modifier is an identifier with its quotes, or a number.
fn settle_modifier(modifier: &mut String) {
    let inner = modifier
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    if let Some(name) = inner {
        *modifier = in_double_quotes(name);
    }
}

struct Settle;

impl VisitorMut for Settle {
    type Break = ();

    fn post_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if let Value::EscapedStringLiteral(text) = &mut value.value
            && !has_pair(text, '\'')
        {
            value.value = Value::SingleQuotedString(mem::take(text));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { data_type, .. } => settle_type(data_type),
            Expr::TypedString(typed) => settle_type(&mut typed.data_type),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<()> {
        match statement {
            Statement::CreateTable(create) => {
                for column in &mut create.columns {
                    settle_type(&mut column.data_type);
                }
                create.constraints.iter_mut().for_each(settle_constraint);
            }
            Statement::CreateIndex(create) => settle_parts(&mut create.columns),
            Statement::AlterTable(alter) => {
                for operation in &mut alter.operations {
                    settle_operation(operation);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn settle_operation(operation: &mut AlterTableOperation) {
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            settle_type(&mut column_def.data_type);
        }
        AlterTableOperation::AlterColumn {
            op: AlterColumnOperation::SetDataType { data_type, .. },
            ..
        } => settle_type(data_type),
        AlterTableOperation::AddConstraint { constraint, .. } => settle_constraint(constraint),
        _ => {}
    }
}

fn settle_constraint(constraint: &mut TableConstraint) {
    match constraint {
        TableConstraint::PrimaryKey(key) => settle_parts(&mut key.columns),
        TableConstraint::Unique(key) => settle_parts(&mut key.columns),
        _ => {}
    }
}

/// An operator class stands before ASC or DESC, and sqlparser prints it behind. It is refused whatever the order, which goes.
pub(super) fn settle_parts(parts: &mut [IndexColumn]) {
    let classed = parts
        .iter_mut()
        .filter(|part| part.operator_class.is_some());
    classed.for_each(|part| part.column.options = OrderByOptions::default());
}
