//! Constraints as SQL text: what SHOW CREATE TABLE, SHOW CONSTRAINTS and `pg_get_constraintdef` say.

use cairn_catalog::{
    CheckConstraint, ColumnId, ConstraintState, ForeignKey, IndexColumn, IndexDescriptor,
    ReferentialAction, TableDescriptor, View,
};
use cairn_syntax::quote;

use crate::query::names::PUBLIC;

/// `CHECK (condition)`.
pub(crate) fn check(check: &CheckConstraint) -> String {
    format!("CHECK ({}){}", check.condition, not_valid(check.state))
}

/// `PRIMARY KEY (a, b DESC)` or `UNIQUE (a)`.
pub(crate) fn unique(table: &TableDescriptor, index: &IndexDescriptor) -> String {
    let kind = match index.id == table.primary.id {
        true => "PRIMARY KEY",
        false => "UNIQUE",
    };
    format!("{kind} ({})", parts(table, &index.columns))
}

/// Whose clients read a text with patterns that leave no choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Cockroach,
    Postgres,
}

/// `FOREIGN KEY (a, b) REFERENCES t (x, y) ON DELETE CASCADE`; a table of another database has its name before it.
pub(crate) fn foreign_key(
    view: &View,
    table: &TableDescriptor,
    key: &ForeignKey,
    dialect: Dialect,
) -> String {
    let mut actions = [("DELETE", key.on_delete), ("UPDATE", key.on_update)];
    let mut before_columns = " ";
    if dialect == Dialect::Postgres {
        actions.reverse();
        before_columns = "";
    }
    let mut text = format!("FOREIGN KEY ({})", names(table, &key.columns));
    text.push_str(" REFERENCES ");
    match view.table_by_id(key.referenced) {
        Some(other) => {
            let database = view.database_by_id(other.database);
            if let Some(database) = database.filter(|database| database.id != table.database) {
                text.push_str(&format!("{}.{PUBLIC}.", quote(&database.name)));
            }
            let columns = names(other, &key.referenced_columns);
            text.push_str(&format!(
                "{}{before_columns}({columns})",
                quote(&other.name)
            ));
        }
        // Only while a RESTORE has not shown both yet.
        None => text.push_str(&format!("[{}]", key.referenced)),
    }
    for (event, action) in actions {
        if action != ReferentialAction::NoAction {
            text.push_str(&format!(" ON {event} {action}"));
        }
    }
    text + not_valid(key.state)
}

fn not_valid(state: ConstraintState) -> &'static str {
    match state {
        ConstraintState::Public => "",
        ConstraintState::Validating | ConstraintState::NotValid => " NOT VALID",
    }
}

fn names(table: &TableDescriptor, columns: &[ColumnId]) -> String {
    columns
        .iter()
        .filter_map(|id| table.column(*id))
        .map(|column| quote(&column.name))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The columns of an index: `a, b DESC`.
pub(crate) fn parts(table: &TableDescriptor, parts: &[IndexColumn]) -> String {
    parts
        .iter()
        .filter_map(|part| {
            let name = quote(&table.column(part.column)?.name);
            Some(match part.direction.is_ascending() {
                true => name,
                false => format!("{name} DESC"),
            })
        })
        .collect::<Vec<_>>()
        .join(", ")
}
