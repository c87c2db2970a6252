//! Which functions PostgreSQL knows as well.
//!
//! `pg_proc` lists what both know; what it does not list are forms of SQL's grammar, and functions that take any number of values or
//! values of any type.

use std::{collections::BTreeSet, ops::ControlFlow};

use cairn_syntax::ast::{Expr, Visit, visit_expressions};

/// What PostgreSQL knows beside what `pg_proc` lists.
const MORE: [&str; 49] = [
    "array_append",
    "array_cat",
    "array_prepend",
    "coalesce",
    "concat",
    "concat_ws",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "greatest",
    "grouping",
    "json_agg",
    "json_array_elements",
    "json_array_elements_text",
    "json_array_length",
    "json_build_array",
    "json_build_object",
    "json_each",
    "json_each_text",
    "json_object_agg",
    "json_object_keys",
    "json_typeof",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_build_array",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_agg",
    "jsonb_set",
    "least",
    "localtime",
    "localtimestamp",
    "mode",
    "nullif",
    "pg_sleep",
    "regexp_matches",
    "regexp_split_to_array",
    "regexp_split_to_table",
    "row",
    "session_user",
    "starts_with",
    "to_json",
    "to_jsonb",
    "to_number",
    "user",
];

/// The functions that a database has and PostgreSQL knows, by name.
#[derive(Debug, Default)]
pub struct Functions(BTreeSet<String>);

impl Functions {
    /// `listed` are those of `pg_proc`.
    pub fn new(listed: impl IntoIterator<Item = String>) -> Self {
        let more = MORE.map(str::to_owned);
        Functions(listed.into_iter().chain(more).collect())
    }

    /// Whether PostgreSQL knows all that an expression calls.
    pub fn know_expression(&self, text: &str) -> bool {
        cairn_syntax::parse_expression(text).is_ok_and(|expression| self.know(&expression))
    }

    /// Whether PostgreSQL knows all that a query calls.
    pub fn know_query(&self, text: &str) -> bool {
        cairn_syntax::parse_query(text).is_ok_and(|query| self.know(&query))
    }

    fn know<T: Visit>(&self, tree: &T) -> bool {
        let found = visit_expressions(tree, |expr| match expr {
            Expr::Function(function) => {
                let name = function.name.0.last().and_then(|part| part.as_ident());
                match name.is_some_and(|name| self.0.contains(&name.value.to_lowercase())) {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            }
            _ => ControlFlow::Continue(()),
        });
        found.is_continue()
    }
}
