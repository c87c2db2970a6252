//! Stored expressions: the texts of DEFAULTs, CHECKs and computed columns, changed by their trees and not by their letters.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::ast::{Expr, Ident, visit_expressions, visit_expressions_mut};

use crate::{Name, error::Result, parse_expression, quote};

/// The columns an expression names, folded. A name with a qualifier counts by its last part.
pub fn columns_of(expression: &Expr) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    let _: ControlFlow<()> = visit_expressions(expression, |expr| {
        if let Some(ident) = column(expr) {
            columns.insert(Name::folded(ident).0);
        }
        ControlFlow::Continue(())
    });
    columns
}

/// The expression with every `table.column` as `column`, so that it still means the same when the table is renamed.
/// Qualifiers that are not the table's stay, to be refused where the expression is planned.
pub fn unqualified(mut expression: Expr, table: &str) -> Expr {
    let _: ControlFlow<()> = visit_expressions_mut(&mut expression, |expr| {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [qualifier, column] = parts.as_slice()
            && Name::folded(qualifier).as_str() == table
        {
            *expr = Expr::Identifier(column.clone());
        }
        ControlFlow::Continue(())
    });
    expression
}

/// A stored expression after one of its columns was given another name.
///
/// # Errors
/// A text that is no expression.
pub fn rename_column(text: &str, old: &str, new: &str) -> Result<String> {
    let mut expression = parse_expression(text)?;
    let _: ControlFlow<()> = visit_expressions_mut(&mut expression, |expr| {
        if let Some(ident) = column_mut(expr)
            && Name::folded(ident).as_str() == old
        {
            *ident = match quote(new).as_str() {
                plain if plain == new => Ident::new(new),
                _ => Ident::with_quote('"', new),
            };
        }
        ControlFlow::Continue(())
    });
    Ok(expression.to_string())
}

fn column(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(ident) => Some(ident),
        Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    }
}

fn column_mut(expr: &mut Expr) -> Option<&mut Ident> {
    match expr {
        Expr::Identifier(ident) => Some(ident),
        Expr::CompoundIdentifier(parts) => parts.last_mut(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_column_is_renamed_by_its_place_in_the_tree() {
        let cases = [
            ("a > 0 AND name <> 'a'", "b > 0 AND name <> 'a'"),
            ("abs(a) + length(x.a)", "abs(b) + length(x.b)"),
            ("\"A\" > A", "\"A\" > b"),
            (
                "CASE WHEN a THEN 1 ELSE aa END",
                "CASE WHEN b THEN 1 ELSE aa END",
            ),
        ];
        for (old, new) in cases {
            assert_eq!(rename_column(old, "a", "b").unwrap(), new);
        }
        assert_eq!(
            rename_column("a > 0", "a", "Two words").unwrap(),
            "\"Two words\" > 0"
        );
    }

    #[test]
    fn names_of_columns_are_found_and_lose_the_tables_name() {
        let expression = parse_expression("t.a + b > coalesce(\"C\", other.d)").unwrap();
        let names: Vec<String> = columns_of(&expression).into_iter().collect();
        assert_eq!(names, ["C", "a", "b", "d"]);
        assert_eq!(
            unqualified(expression, "t").to_string(),
            "a + b > coalesce(\"C\", other.d)"
        );
    }
}
