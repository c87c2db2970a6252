//! Indexes, CHECK and foreign keys.

use super::text::{constraint, push_foreign_key};
use crate::model::Model;
use crate::oracle::{CHECKED_BELOW, Check, Column, ColumnId, Id, Index, Table, Violations};
use crate::writes::checked;

impl Model {
    pub async fn create_index(&mut self) {
        let Some((state, id)) = self.pick_calm() else {
            return;
        };
        let table = state.table(id);
        let columns: Vec<ColumnId> = table
            .values()
            .filter(|column| column.ty.is_ordered)
            .map(|column| column.id)
            .collect();
        let Some(first) = self.chance.of(&columns) else {
            return;
        };
        if table.indexes.len() > 3 {
            return;
        }
        let mut parts = vec![first];
        if let (true, Some(second)) = (self.chance.one_in(3), self.chance.of(&columns)) {
            parts.extend((second != first).then_some(second));
        }
        // Many of them are refused for the rows that are there.
        let is_unique = !self.chance.one_in(3);
        let name = format!("index{}", self.fresh());
        let written: Vec<String> = parts
            .iter()
            .map(|id| {
                format!(
                    "{}{}",
                    table.column(*id).name,
                    if self.chance.one_in(3) { " DESC" } else { "" }
                )
            })
            .collect();
        let (kind, word) = if is_unique {
            ("CREATE UNIQUE INDEX", "UNIQUE INDEX")
        } else {
            ("CREATE INDEX", "INDEX")
        };
        let text = format!(
            "CREATE {word} {name} ON {} ({})",
            state.full_name(id),
            written.join(", ")
        );
        let mut next = state.clone();
        next.edit_table(id).indexes.push(Index {
            name,
            columns: parts,
            is_unique,
        });
        self.expect(kind, &text, checked(next, Violations::new()), &[id])
            .await;
    }

    pub async fn drop_index(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let indexes = &state.table(id).indexes;
        if indexes.is_empty() {
            return;
        }
        let at = self.chance.below(indexes.len());
        let mut next = state.clone();
        if self.chance.one_in(2) {
            let name = format!("index{}", self.fresh());
            let text = format!(
                "ALTER INDEX {}@{} RENAME TO {name}",
                state.full_name(id),
                indexes[at].name
            );
            next.edit_table(id).indexes[at].name = name;
            return self.expect("RENAME INDEX", &text, Ok(next), &[id]).await;
        }
        let text = format!("DROP INDEX {}@{}", state.full_name(id), indexes[at].name);
        next.edit_table(id).indexes.remove(at);
        self.expect("DROP INDEX", &text, Ok(next), &[id]).await;
    }

    pub async fn add_check(&mut self) {
        let Some((state, id)) = self.pick_calm() else {
            return;
        };
        let columns: Vec<ColumnId> = state
            .table(id)
            .values()
            .filter(|column| column.ty.name == "INT8")
            .map(|column| column.id)
            .collect();
        let Some(column) = self.chance.of(&columns) else {
            return;
        };
        if state
            .table(id)
            .checks
            .iter()
            .any(|check| check.column == column)
        {
            return;
        }
        let name = format!("check{}", self.fresh());
        let shown = &state.table(id).column(column).name;
        let text = format!(
            "ALTER TABLE {} ADD CONSTRAINT {name} CHECK ({shown} < {CHECKED_BELOW})",
            state.full_name(id)
        );
        let mut next = state.clone();
        next.edit_table(id).checks.push(Check { name, column });
        self.expect("ADD CHECK", &text, checked(next, Violations::new()), &[id])
            .await;
    }

    pub async fn add_foreign_key(&mut self) {
        let state = self.now().clone();
        let mut places: Vec<(Id, ColumnId)> = Vec::new();
        for id in state.tables() {
            places.extend(may_refer(state.table(id)).map(|column| (id, column)));
        }
        if !self.chance.one_in(3) {
            places.retain(|(id, _)| state.table(*id).rows.len() < 3);
        }
        let parents = self.parents(&state);
        let (Some((id, column)), Some(parent)) =
            (self.chance.of(&places), self.chance.of(&parents))
        else {
            return;
        };
        let table = state.table(id);
        let key = self.foreign_key(column, parent);
        let mut next = state.clone();
        let text = format!(
            "ALTER TABLE {} ADD {}",
            state.full_name(id),
            constraint(&state, table, &key)
        );
        let name = next.object(id).name.clone();
        push_foreign_key(next.edit_table(id), &name, key);
        self.expect(
            "ADD FOREIGN KEY",
            &text,
            checked(next, Violations::new()),
            &[id],
        )
        .await;
    }

    pub async fn drop_constraint(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let mut next = state.clone();
        let table = next.edit_table(id);
        let name = match (table.checks.len(), table.foreign_keys.len()) {
            (0, 0) => return,
            (_, 0) => table.checks.remove(0).name,
            _ => table.foreign_keys.remove(0).name,
        };
        let text = format!("ALTER TABLE {} DROP CONSTRAINT {name}", state.full_name(id));
        self.expect("DROP CONSTRAINT", &text, Ok(next), &[id]).await;
    }
}

/// Columns that a foreign key may begin at.
fn may_refer(table: &Table) -> impl Iterator<Item = ColumnId> {
    let is_free = move |column: &&Column| {
        let is_number = column.ty.name == "INT8" && column.default.is_none() && !column.not_null;
        is_number && !table.foreign_keys.iter().any(|key| key.column == column.id)
    };
    table.values().filter(is_free).map(|column| column.id)
}
