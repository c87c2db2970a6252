//! Definitions as SQL.

use crate::oracle::{
    CHECKED_BELOW, Column, Default, ForeignKey, Id, Index, OnDelete, State, Table,
};
use crate::values::literal;

pub fn definition(state: &State, column: &Column) -> String {
    let not_null = if column.not_null { " NOT NULL" } else { "" };
    let default = match &column.default {
        Some(Default::Value(value)) => format!(" DEFAULT {}", literal(&Some(value.clone()))),
        Some(Default::Next(sequence)) => {
            format!(" DEFAULT nextval('{}')", state.full_name(*sequence))
        }
        None => String::new(),
    };
    format!("{} {}{not_null}{default}", column.name, column.ty.name)
}

pub fn constraint(state: &State, table: &Table, key: &ForeignKey) -> String {
    let action = match key.on_delete {
        OnDelete::NoAction => "",
        OnDelete::Cascade => " ON DELETE CASCADE",
        OnDelete::SetNull => " ON DELETE SET NULL",
    };
    let (column, parent) = (&table.column(key.column).name, state.full_name(key.parent));
    format!(
        "CONSTRAINT {} FOREIGN KEY ({column}) REFERENCES {parent} (k){action}",
        key.name
    )
}

/// Adds a foreign key, and the index that comes with it where none begins with its column.
pub fn push_foreign_key(table: &mut Table, name: &str, key: ForeignKey) {
    if !table
        .indexes
        .iter()
        .any(|index| index.columns[0] == key.column)
    {
        let name = format!("{name}_auto_index_{}", key.name);
        table.indexes.push(Index {
            name,
            columns: vec![key.column],
            is_unique: false,
        });
    }
    table.foreign_keys.push(key);
}

/// The statement that makes a table, which gets the indexes of its foreign keys.
pub fn create_table(state: &mut State, id: Id) -> String {
    let table = state.table(id).clone();
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .map(|column| definition(state, column))
        .collect();
    let key = table
        .key_columns()
        .enumerate()
        .map(|(at, column)| match (at + id.0) % 3 {
            0 => format!("{} DESC", column.name),
            _ => column.name.clone(),
        });
    parts.push(format!(
        "PRIMARY KEY ({})",
        key.collect::<Vec<_>>().join(", ")
    ));
    for check in &table.checks {
        let column = &table.column(check.column).name;
        parts.push(format!(
            "CONSTRAINT {} CHECK ({column} < {CHECKED_BELOW})",
            check.name
        ));
    }
    for index in &table.indexes {
        parts.push(format!(
            "INDEX {} ({})",
            index.name,
            table.column(index.columns[0]).name
        ));
    }
    let name = state.object(id).name.clone();
    for key in table.foreign_keys.clone() {
        parts.push(constraint(state, &table, &key));
        let table = state.edit_table(id);
        table.foreign_keys.retain(|other| other.name != key.name);
        push_foreign_key(table, &name, key);
    }
    format!(
        "CREATE TABLE {} ({})",
        state.full_name(id),
        parts.join(", ")
    )
}
