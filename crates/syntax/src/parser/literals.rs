//! Literals, identifiers and types that sqlparser prints otherwise than it reads them.
//!
//! It prints no quote twice that looks doubled already, or stands behind a backslash; and it drops the quotes around the modifiers of a
//! type. What can be written in another way is; what cannot is refused. The same goes for the parts of an index.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        AlterColumnOperation, AlterTableOperation, ArrayElemTypeDef, DataType, Expr, Ident,
        IndexColumn, OrderByOptions, Select, SelectItem, Statement, TableConstraint, Value,
        ValueWithSpan, VisitMut, VisitorMut,
    },
    tokenizer::{Token, Word},
};

use crate::{location::quoted, query::MARK};

/// What is wrong with a token that could not be printed.
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

/// Writes strings and modifiers so that they are printed as they are read.
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

/// A modifier is an identifier with its quotes, a number, or a string without.
fn settle_modifier(modifier: &mut String) {
    let plain = |character: char| character.is_alphanumeric() || character == '_';
    let inner = modifier
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    *modifier = match inner {
        Some(name) => in_double_quotes(name),
        None if !modifier.is_empty() && modifier.chars().all(plain) => return,
        None => quoted(modifier),
    };
}

struct Settle;

impl VisitorMut for Settle {
    type Break = ();

    fn post_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if let Value::SingleQuotedString(text) = &mut value.value
            && has_pair(text, '\'')
        {
            value.value = Value::EscapedStringLiteral(std::mem::take(text));
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

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                settle_alias(alias);
            }
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

/// A string for a name, which sqlparser takes, is the name in double quotes, unless it could not stand there.
fn settle_alias(alias: &mut Ident) {
    let can_be_quoted = !has_pair(&alias.value, '"') && !alias.value.contains(MARK);
    if alias.quote_style == Some('\'') && can_be_quoted {
        alias.quote_style = Some('"');
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
