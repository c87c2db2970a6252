//! Statements that change rows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::model::Model;
use crate::oracle::{ColumnId, Default, Id, Key, Row, State, Table, Violations};
use crate::values::{Value, copied, literal, typed};

/// More rows a table does not get.
const ROWS: usize = 60;

/// Of rows with a key that is there, or twice, any may be the one that is refused first.
pub const CONSTRAINTS: [&str; 4] = ["23502", "23503", "23505", "23514"];

/// A statement, and the state after it or why it must fail.
struct Write {
    kind: &'static str,
    text: String,
    expected: Result<State, Violations>,
}

impl Model {
    pub async fn write(&mut self) {
        match self.chance.below(20) {
            0..=12 => {
                let state = self.now().clone();
                let Some(write) = self.statement(&state) else {
                    return;
                };
                self.expect(write.kind, &write.text, write.expected, &[])
                    .await;
            }
            13..=15 => self.transaction().await,
            16 => self.copy().await,
            17 => self.truncate().await,
            _ => self.take_number().await,
        }
    }

    fn some_table(&mut self, state: &State) -> Option<Id> {
        self.chance.of(&state.tables())
    }

    fn statement(&mut self, state: &State) -> Option<Write> {
        let id = self.some_table(state)?;
        let write = match self.chance.below(10) {
            0..=3 => self.insert(state, id),
            4..=5 => self.upsert(state, id),
            6..=7 => self.update(state, id),
            _ => self.delete(state, id),
        };
        Some(write)
    }

    /// Several statements that count together, or not at all.
    async fn transaction(&mut self) {
        let mut state = self.now().clone();
        let mut text = "BEGIN".to_owned();
        for _ in 0..2 + self.chance.below(3) {
            let Some(write) = self.statement(&state) else {
                return;
            };
            write!(text, "; {}", write.text).expect("a text");
            match write.expected {
                Ok(next) => state = next,
                Err(codes) => {
                    text += "; COMMIT";
                    return self.expect("transaction", &text, Err(codes), &[]).await;
                }
            }
        }
        let (kind, end) = match self.chance.one_in(5) {
            true => ("transaction rolled back", "ROLLBACK"),
            false => ("transaction", "COMMIT"),
        };
        if end == "ROLLBACK" {
            state = self.now().clone();
        }
        self.expect(kind, &format!("{text}; {end}"), Ok(state), &[])
            .await;
    }

    fn value(&mut self, state: &State, table: &Table, column: ColumnId) -> Value {
        let column = table.column(column);
        if self.chance.one_in(if column.not_null { 80 } else { 6 }) {
            return None;
        }
        let mut keys = table
            .foreign_keys
            .iter()
            .filter(|key| key.column == column.id);
        if let Some(key) = keys.next() {
            let parents: Vec<&Key> = state.table(key.parent).rows.keys().collect();
            if !self.chance.one_in(25) && !parents.is_empty() {
                return Some(parents[self.chance.below(parents.len())][0].clone());
            }
        }
        if table.checks.iter().any(|check| check.column == column.id) {
            let most = if self.chance.one_in(25) { 2000 } else { 1000 };
            return Some(self.chance.below(most).to_string());
        }
        Some(column.ty.value(&mut self.chance))
    }

    /// A key, more often one that is there.
    pub fn key(&mut self, table: &Table, known: usize) -> Key {
        if !table.rows.is_empty() && self.chance.one_in(known) {
            let keys: Vec<&Key> = table.rows.keys().collect();
            return keys[self.chance.below(keys.len())].clone();
        }
        let columns: Vec<_> = table
            .key_columns()
            .skip(1)
            .map(|column| column.ty)
            .collect();
        let mut key = vec![(self.chance.below(120) as i64 - 10).to_string()];
        key.extend(columns.iter().map(|ty| ty.value(&mut self.chance)));
        key
    }

    pub fn row(&mut self, state: &State, table: &Table, key: Key) -> Row {
        let mut row: Row = table
            .key
            .iter()
            .copied()
            .zip(key.into_iter().map(Some))
            .collect();
        for column in table.values() {
            let value = match &column.default {
                Some(Default::Value(value)) if self.chance.one_in(3) => Some(value.clone()),
                _ => self.value(state, table, column.id),
            };
            row.insert(column.id, value);
        }
        row
    }

    fn insert(&mut self, state: &State, id: Id) -> Write {
        let table = state.table(id);
        let numbered = has_numbers(table);
        let count = match self.chance.below(12) {
            _ if table.rows.len() >= ROWS => 1,
            0 if !numbered => 30,
            1..=5 if !numbered => 1 + self.chance.below(5),
            _ => 1,
        };
        let mut rows: Vec<Row> = Vec::new();
        let mut codes = Violations::new();
        let mut next = state.clone();
        for _ in 0..count {
            let key = self.key(table, 40);
            let row = self.row(state, table, key.clone());
            if next
                .edit_table(id)
                .rows
                .insert(key, Arc::new(row.clone()))
                .is_some()
            {
                codes.extend(CONSTRAINTS);
            }
            rows.push(row);
        }
        // What a sequence gives is known afterwards.
        let given: Vec<ColumnId> = table
            .columns
            .iter()
            .filter(|column| !matches!(column.default, Some(Default::Next(_))))
            .map(|column| column.id)
            .collect();
        let text = format!(
            "INSERT INTO {} ({}) VALUES {}",
            state.full_name(id),
            names(table, &given),
            tuples(&rows, &given)
        );
        if numbered {
            // Written by `take_number`, which hears what was given.
            return self.delete(state, id);
        }
        Write {
            kind: "INSERT",
            text,
            expected: checked(next, codes),
        }
    }

    fn upsert(&mut self, state: &State, id: Id) -> Write {
        let table = state.table(id);
        if has_numbers(table) {
            return self.update(state, id);
        }
        let key = self.key(table, 2);
        let row = self.row(state, table, key.clone());
        let mut next = state.clone();
        next.edit_table(id).rows.insert(key, Arc::new(row.clone()));
        let columns: Vec<ColumnId> = table.columns.iter().map(|column| column.id).collect();
        let (kind, verb, tail) = match self.chance.one_in(3) && table.values().next().is_some() {
            true => {
                let sets = table
                    .values()
                    .map(|column| format!("{0} = excluded.{0}", column.name));
                let sets: Vec<String> = sets.collect();
                let target: Vec<&str> = table
                    .key_columns()
                    .map(|column| column.name.as_str())
                    .collect();
                let tail = format!(
                    " ON CONFLICT ({}) DO UPDATE SET {}",
                    target.join(", "),
                    sets.join(", ")
                );
                ("INSERT ON CONFLICT", "INSERT", tail)
            }
            false => ("UPSERT", "UPSERT", String::new()),
        };
        let text = format!(
            "{verb} INTO {} ({}) VALUES {}{tail}",
            state.full_name(id),
            names(table, &columns),
            tuples(&[row], &columns)
        );
        Write {
            kind,
            text,
            expected: checked(next, Violations::new()),
        }
    }

    /// One row by its key, or those of a range of `k`.
    fn some_rows(&mut self, table: &Table) -> (String, BTreeSet<Key>) {
        if self.chance.one_in(2) {
            let key = self.key(table, 1);
            let columns = table.key_columns().zip(&key);
            let equal = columns.map(|(column, value)| {
                format!(
                    "{} = {}",
                    column.name,
                    typed(&Some(value.clone()), column.ty)
                )
            });
            let condition = equal.collect::<Vec<_>>().join(" AND ");
            let found = table.rows.contains_key(&key).then_some(key);
            return (condition, found.into_iter().collect());
        }
        let low = self.chance.below(110) as i64 - 10;
        let high = low + 1 + self.chance.below(30) as i64;
        let inside = |key: &&Key| (low..high).contains(&key[0].parse::<i64>().expect("a number"));
        let keys = table.rows.keys().filter(inside).cloned().collect();
        (format!("k >= {low} AND k < {high}"), keys)
    }

    fn update(&mut self, state: &State, id: Id) -> Write {
        let table = state.table(id);
        let columns = table
            .values()
            .filter(|column| !matches!(column.default, Some(Default::Next(_))));
        let columns: Vec<ColumnId> = columns.map(|column| column.id).collect();
        let Some(column) = self.chance.of(&columns) else {
            return self.delete(state, id);
        };
        let (condition, keys) = self.some_rows(table);
        let value = self.value(state, table, column);
        let mut next = state.clone();
        for key in keys {
            let row = next.edit_table(id).rows.get_mut(&key).expect("a row");
            Arc::make_mut(row).insert(column, value.clone());
        }
        let column = table.column(column);
        let text = format!(
            "UPDATE {} SET {} = {} WHERE {condition}",
            state.full_name(id),
            column.name,
            typed(&value, column.ty)
        );
        Write {
            kind: "UPDATE",
            text,
            expected: checked(next, Violations::new()),
        }
    }

    fn delete(&mut self, state: &State, id: Id) -> Write {
        let table = state.table(id);
        let (condition, keys) = self.some_rows(table);
        let mut next = state.clone();
        next.delete(id, keys);
        let text = format!("DELETE FROM {} WHERE {condition}", state.full_name(id));
        Write {
            kind: "DELETE",
            text,
            expected: checked(next, Violations::new()),
        }
    }

    async fn copy(&mut self) {
        let state = self.now().clone();
        let tables = state
            .tables()
            .into_iter()
            .filter(|id| !has_numbers(state.table(*id)));
        let tables: Vec<Id> = tables.collect();
        let is_empty = |id: &Id| state.table(*id).rows.is_empty();
        let empty: Vec<Id> = tables.iter().copied().filter(is_empty).collect();
        let Some(id) = self
            .chance
            .of(if empty.is_empty() { &tables } else { &empty })
        else {
            return;
        };
        let table = state.table(id);
        let columns: Vec<ColumnId> = table.columns.iter().map(|column| column.id).collect();
        let mut next = state.clone();
        let mut codes = Violations::new();
        let mut lines = String::new();
        let kind = if table.rows.is_empty() {
            "COPY into an empty table"
        } else {
            "COPY"
        };
        for _ in 0..self.chance.below(20) {
            let key = self.key(table, 80);
            let row = self.row(&state, table, key.clone());
            let fields: Vec<String> = columns.iter().map(|id| copied(&row[id])).collect();
            writeln!(lines, "{}", fields.join("\t")).expect("a text");
            if next
                .edit_table(id)
                .rows
                .insert(key, Arc::new(row))
                .is_some()
            {
                codes.extend(CONSTRAINTS);
            }
        }
        let text = format!(
            "COPY {} ({}) FROM STDIN",
            state.full_name(id),
            names(table, &columns)
        );
        self.stay();
        let answer = self.server.copy_in(&text, lines.clone()).await;
        match (answer, checked(next, codes)) {
            (Ok(_), Ok(next)) => {
                self.push(next).await;
                self.tally.count(kind);
            }
            (Ok(_), Err(codes)) => self.fail(&format!(
                "{text}\n{lines}was not refused with one of {codes:?}"
            )),
            (Err(refusal), Err(codes)) if codes.contains(refusal.code.as_str()) => {
                self.tally.count("a statement that must fail");
            }
            (Err(refusal), _) => self.refused(&format!("{text}\n{lines}"), &refusal),
        }
    }

    async fn truncate(&mut self) {
        let state = self.now().clone();
        let Some(id) = self.some_table(&state) else {
            return;
        };
        let mut all = vec![id];
        let cascade = self.chance.one_in(3);
        let mut place = 0;
        while let (true, Some(of)) = (cascade, all.get(place).copied()) {
            let more: Vec<Id> = state
                .children(of)
                .into_iter()
                .filter(|child| !all.contains(child))
                .collect();
            all.extend(more);
            place += 1;
        }
        let expected = if !cascade && !state.children(id).is_empty() {
            Err(Violations::from(["0A000"]))
        } else {
            let mut next = state.clone();
            for id in &all {
                next.edit_table(*id).rows.clear();
            }
            Ok(next)
        };
        let text = format!(
            "TRUNCATE {}{}",
            state.full_name(id),
            if cascade { " CASCADE" } else { "" }
        );
        self.expect(
            if cascade {
                "TRUNCATE CASCADE"
            } else {
                "TRUNCATE"
            },
            &text,
            expected,
            &[],
        )
        .await;
    }
}

pub fn has_numbers(table: &Table) -> bool {
    table
        .columns
        .iter()
        .any(|column| matches!(column.default, Some(Default::Next(_))))
}

/// The state, unless something is in its way.
pub fn checked(next: State, mut codes: Violations) -> Result<State, Violations> {
    codes.extend(next.violations());
    if codes.is_empty() {
        Ok(next)
    } else {
        Err(codes)
    }
}

pub fn names(table: &Table, columns: &[ColumnId]) -> String {
    let names: Vec<&str> = columns
        .iter()
        .map(|id| table.column(*id).name.as_str())
        .collect();
    names.join(", ")
}

pub fn tuples(rows: &[Row], columns: &[ColumnId]) -> String {
    let rows = rows.iter().map(|row| {
        let values: Vec<String> = columns.iter().map(|id| literal(&row[id])).collect();
        format!("({})", values.join(", "))
    });
    rows.collect::<Vec<_>>().join(", ")
}
