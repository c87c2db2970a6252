//! `relation.tableoid`, which PostgreSQL has in every row: the oid of the catalog that the row is of.

use std::{collections::BTreeMap, ops::ControlFlow};

use cairn_syntax::ast::{Expr, Select, TableFactor, TableWithJoins, Value, visit_expressions_mut};

use super::{relation, rewrite::names};

/// Puts oids in the place of `tableoid` of the catalogs that a SELECT reads.
pub(crate) fn replace(select: &mut Select) {
    let mut oids = BTreeMap::new();
    for table in &select.from {
        note(table, &mut oids);
    }
    if oids.is_empty() {
        return;
    }
    let _: ControlFlow<()> = visit_expressions_mut(select, |expr| {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [.., relation, column] = parts.as_slice()
            && column.value.eq_ignore_ascii_case("tableoid")
            && let Some(oid) = oids.get(&relation.value.to_lowercase())
        {
            *expr = Expr::Value(Value::Number(oid.to_string(), false).into());
        }
        ControlFlow::Continue(())
    });
}

/// The oids of catalogs by the names that they have in a FROM list.
fn note(table: &TableWithJoins, oids: &mut BTreeMap<String, u32>) {
    let joined = table.joins.iter().map(|join| &join.relation);
    for factor in std::iter::once(&table.relation).chain(joined) {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let parts = names(name);
                let found = match parts.as_slice() {
                    [name] => relation::find(None, name),
                    [.., schema, name] => relation::find(Some(schema), name),
                    [] => None,
                };
                if let Some(relation) = found {
                    let alias = alias.as_ref().map(|alias| alias.name.value.to_lowercase());
                    let name = alias.unwrap_or_else(|| relation.name.to_owned());
                    oids.insert(name, relation.oid);
                }
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => note(table_with_joins, oids),
            _ => {}
        }
    }
}
