//! Columns, their defaults and NOT NULL.

use std::sync::Arc;

use super::text::definition;
use crate::model::Model;
use crate::oracle::{Column, ColumnId, Default, Id, State, Violations};
use crate::values::{Type, literal};
use crate::writes::checked;

impl Model {
    pub async fn add_column(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let name = ["a", "b", "c", "d", "e", "f"][self.chance.below(6)];
        let table = state.table(id);
        if table.has_column(name) || table.columns.len() > 8 {
            return;
        }
        let ty = Type::any(&mut self.chance);
        let not_null = self.chance.one_in(4);
        let mut column = self.column(name, ty, not_null);
        let value = (!self.chance.one_in(3)).then(|| ty.value(&mut self.chance));
        column.default = value.clone().map(Default::Value);
        let text = format!(
            "ALTER TABLE {} ADD COLUMN {}",
            state.full_name(id),
            definition(&state, &column)
        );
        let mut next = state.clone();
        let table = next.edit_table(id);
        for row in table.rows.values_mut() {
            Arc::make_mut(row).insert(column.id, value.clone());
        }
        table.columns.push(column);
        self.expect("ADD COLUMN", &text, checked(next, Violations::new()), &[id])
            .await;
    }

    pub async fn drop_column(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let columns: Vec<ColumnId> = state.table(id).values().map(|column| column.id).collect();
        let Some(column) = self.chance.of(&columns) else {
            return;
        };
        let text = format!(
            "ALTER TABLE {} DROP COLUMN {}",
            state.full_name(id),
            state.table(id).column(column).name
        );
        let mut next = state.clone();
        let table = next.edit_table(id);
        table.columns.retain(|other| other.id != column);
        table
            .indexes
            .retain(|index| !index.columns.contains(&column));
        table.checks.retain(|check| check.column != column);
        table.foreign_keys.retain(|key| key.column != column);
        for row in table.rows.values_mut() {
            Arc::make_mut(row).remove(&column);
        }
        let expected = match state.is_column_read(id, column) {
            true => Err(Violations::from(["2BP01"])),
            false => Ok(next),
        };
        self.expect("DROP COLUMN", &text, expected, &[id]).await;
    }

    pub async fn rename_column(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let columns: Vec<ColumnId> = state.table(id).values().map(|column| column.id).collect();
        let Some(column) = self.chance.of(&columns) else {
            return;
        };
        let name = ["a", "b", "c", "d", "e", "f"][self.chance.below(6)];
        if state.table(id).has_column(name) {
            return;
        }
        let old = &state.table(id).column(column).name;
        let text = format!(
            "ALTER TABLE {} RENAME COLUMN {old} TO {name}",
            state.full_name(id)
        );
        let mut next = state.clone();
        edit_column(&mut next, id, column).name = name.into();
        let expected = match state.is_column_read(id, column) {
            true => Err(Violations::from(["2BP01"])),
            false => Ok(next),
        };
        self.expect("RENAME COLUMN", &text, expected, &[id]).await;
    }

    pub async fn change_default(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let columns = state
            .table(id)
            .values()
            .filter(|column| !matches!(column.default, Some(Default::Next(_))));
        let columns: Vec<ColumnId> = columns.map(|column| column.id).collect();
        let Some(column) = self.chance.of(&columns) else {
            return;
        };
        let ty = state.table(id).column(column).ty;
        let value = (!self.chance.one_in(3)).then(|| ty.value(&mut self.chance));
        let action = match &value {
            Some(_) => format!("SET DEFAULT {}", literal(&value)),
            None => "DROP DEFAULT".into(),
        };
        let name = &state.table(id).column(column).name;
        let text = format!(
            "ALTER TABLE {} ALTER COLUMN {name} {action}",
            state.full_name(id)
        );
        let mut next = state.clone();
        edit_column(&mut next, id, column).default = value.map(Default::Value);
        self.expect("ALTER COLUMN DEFAULT", &text, Ok(next), &[id])
            .await;
    }

    pub async fn change_not_null(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let columns: Vec<ColumnId> = state.table(id).values().map(|column| column.id).collect();
        let Some(column) = self.chance.of(&columns) else {
            return;
        };
        let not_null = !state.table(id).column(column).not_null;
        let name = &state.table(id).column(column).name;
        let verb = if not_null { "SET" } else { "DROP" };
        let text = format!(
            "ALTER TABLE {} ALTER COLUMN {name} {verb} NOT NULL",
            state.full_name(id)
        );
        let mut next = state.clone();
        edit_column(&mut next, id, column).not_null = not_null;
        self.expect(
            "ALTER COLUMN NOT NULL",
            &text,
            checked(next, Violations::new()),
            &[id],
        )
        .await;
    }
}

fn edit_column(state: &mut State, id: Id, column: ColumnId) -> &mut Column {
    let columns = &mut state.edit_table(id).columns;
    columns
        .iter_mut()
        .find(|other| other.id == column)
        .expect("a column")
}
