//! Tables, and names.

use std::sync::Arc;

use super::TABLES;
use super::text::create_table;
use crate::model::{BANK, Model, SHOP};
use crate::oracle::{
    Check, Column, ColumnId, DatabaseId, Default, ForeignKey, Id, Index, Kind, Object, OnDelete,
    State, Table, Violations,
};
use crate::values::{INT8, Type};

impl Model {
    pub async fn create_table(&mut self) {
        let state = self.now().clone();
        let database = self.some_database();
        let name = format!("t{}", self.chance.below(10));
        let tables = state.tables();
        let there = tables
            .iter()
            .filter(|id| state.object(**id).database == database)
            .count();
        if there >= TABLES || state.is_taken(database, &name) {
            return;
        }
        let (table, id) = (self.new_table(&state, database), Id(self.fresh()));
        let mut next = state.clone();
        let object = Object {
            database,
            name,
            create: String::new(),
            kind: Kind::Table(table),
        };
        next.objects.insert(id, Arc::new(object));
        let text = create_table(&mut next, id);
        self.expect("CREATE TABLE", &text, Ok(next), &[id]).await;
    }

    pub fn new_table(&mut self, state: &State, database: DatabaseId) -> Table {
        let mut table = Table::default();
        let k = self.column("k", INT8, true);
        table.key.push(k.id);
        table.columns.push(k);
        if self.chance.one_in(3) {
            let ty = self.ordered_type();
            let second = self.column("k2", ty, true);
            table.key.push(second.id);
            table.columns.push(second);
        }
        for name in ["a", "b", "c", "d"].iter().take(self.chance.below(5)) {
            let ty = Type::any(&mut self.chance);
            let not_null = self.chance.one_in(4);
            let mut column = self.column(name, ty, not_null);
            if self.chance.one_in(4) {
                column.default = Some(Default::Value(ty.value(&mut self.chance)));
            }
            table.columns.push(column);
        }
        let sequences: Vec<Id> = state
            .sequences()
            .into_iter()
            .filter(|id| state.object(*id).database == database)
            .collect();
        if let (true, Some(sequence)) = (self.chance.one_in(4), self.chance.of(&sequences)) {
            let mut column = self.column("number", INT8, false);
            column.default = Some(Default::Next(sequence));
            table.columns.push(column);
        }
        if self.chance.one_in(4) {
            let column = self.column("checked", INT8, false);
            table.checks.push(Check {
                name: format!("check{}", self.fresh()),
                column: column.id,
            });
            table.columns.push(column);
        }
        let parents = self.parents(state);
        if let (true, Some(parent)) = (self.chance.one_in(3), self.chance.of(&parents)) {
            let column = self.column("parent", INT8, false);
            let key = self.foreign_key(column.id, parent);
            table.foreign_keys.push(key);
            table.columns.push(column);
        }
        for column in table.columns[1..].iter().cloned() {
            if column.ty.is_ordered && !table.key.contains(&column.id) && self.chance.one_in(4) {
                let columns = vec![column.id];
                table.indexes.push(Index {
                    name: format!("index{}", self.fresh()),
                    columns,
                    is_unique: false,
                });
            }
        }
        table
    }

    /// Tables whose `k` alone is the primary key.
    pub fn parents(&self, state: &State) -> Vec<Id> {
        state
            .tables()
            .into_iter()
            .filter(|id| state.table(*id).key.len() == 1)
            .collect()
    }

    pub fn foreign_key(&mut self, column: ColumnId, parent: Id) -> ForeignKey {
        let on_delete =
            [OnDelete::NoAction, OnDelete::Cascade, OnDelete::SetNull][self.chance.below(3)];
        ForeignKey {
            name: format!("fk{}", self.fresh()),
            column,
            parent,
            on_delete,
        }
    }

    pub fn column(&mut self, name: &str, ty: &'static Type, not_null: bool) -> Column {
        Column {
            id: ColumnId(self.fresh()),
            name: name.into(),
            ty,
            not_null,
            default: None,
        }
    }

    pub fn ordered_type(&mut self) -> &'static Type {
        loop {
            let ty = Type::any(&mut self.chance);
            if ty.is_ordered {
                return ty;
            }
        }
    }

    pub async fn drop_object(&mut self) {
        let state = self.now().clone();
        let mut ids: Vec<Id> = state.objects.keys().copied().collect();
        if !self.chance.one_in(3) {
            ids.retain(|id| state.needed_by(*id).iter().all(|other| other == id));
        }
        let Some(id) = self.chance.of(&ids) else {
            return;
        };
        let word = state.object(id).word();
        let text = format!("DROP {word} {}", state.full_name(id));
        let expected = match state.needed_by(id).into_iter().any(|other| other != id) {
            true => Err(Violations::from(["2BP01"])),
            false => {
                let mut next = state.clone();
                next.objects.remove(&id);
                Ok(next)
            }
        };
        let kind = match word {
            "TABLE" => "DROP TABLE",
            "VIEW" => "DROP VIEW",
            _ => "DROP SEQUENCE",
        };
        self.expect(kind, &text, expected, &[]).await;
    }

    pub async fn rename_table(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let name = format!("t{}", self.chance.below(10));
        let text = format!("ALTER TABLE {} RENAME TO {name}", state.full_name(id));
        if state.is_taken(state.object(id).database, &name) {
            return;
        }
        let mut next = state.clone();
        next.edit(id).name = name;
        let all: Vec<Id> = next.objects.keys().copied().collect();
        self.expect("RENAME TABLE", &text, Ok(next), &all).await;
    }

    pub async fn move_table(&mut self) {
        let Some((state, id)) = self.pick() else {
            return;
        };
        let object = state.object(id);
        let to = if object.database == BANK { SHOP } else { BANK };
        if state.is_taken(to, &object.name) {
            return;
        }
        let text = format!(
            "ALTER TABLE {} RENAME TO {}.{}",
            state.full_name(id),
            state.databases[&to],
            object.name
        );
        let mut next = state.clone();
        next.edit(id).database = to;
        let all: Vec<Id> = next.objects.keys().copied().collect();
        self.expect("move a table", &text, Ok(next), &all).await;
    }

    pub async fn rename_database(&mut self) {
        let mut next = self.now().clone();
        let name = format!("bank{}", self.fresh());
        let text = format!("ALTER DATABASE {} RENAME TO {name}", next.databases[&BANK]);
        next.databases.insert(BANK, name);
        let all: Vec<Id> = next.objects.keys().copied().collect();
        self.expect("RENAME DATABASE", &text, Ok(next), &all).await;
    }
}
