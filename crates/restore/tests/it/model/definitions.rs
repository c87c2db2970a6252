//! Changes of what there is: tables, columns, indexes, names.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, Direction, StepState, TableDescriptor, drop_relations,
    rename_database, rename_table,
};
use cairn_rows::Datum;
use cairn_storage::Read;

use super::Model;
use super::rows::put;
use super::state::Table;
use crate::tables::{column, part};

impl Model {
    pub async fn create(&mut self) {
        if self.now.tables.len() > 6 {
            return;
        }
        let name = format!("t{}", self.chance.below(12));
        let database = if self.chance.one_in(5) {
            self.shop
        } else {
            self.bank
        };
        if self.named(database, &name) {
            return;
        }
        let mut columns = vec![
            column(1, "id", ColumnType::Int8),
            column(2, "a", ColumnType::Int8),
            column(3, "b", ColumnType::String { max: None }),
        ];
        columns.truncate(1 + self.chance.below(3));
        let direction = if self.chance.one_in(2) {
            Direction::Ascending
        } else {
            Direction::Descending
        };
        let table = TableDescriptor::new(database, &name, columns, vec![part(1, direction)]);
        // The id is known before the commit only inside it, so the state is noted after.
        let created = self.world.table(&table).await;
        let at = self.world.now().await.at().version();
        let table = Table {
            descriptor: created.clone(),
            rows: BTreeMap::new(),
        };
        self.now.tables.insert(created.id, table);
        self.past.push((at, self.now.clone()));
        self.saw("create");
    }

    pub async fn drop(&mut self) {
        let Some(id) = self.some_table() else { return };
        self.now.tables.remove(&id);
        self.commit(async |txn| drop_relations(txn, &[id].into()).await.unwrap())
            .await;
        self.saw("drop");
    }

    pub async fn rename(&mut self) {
        let Some(id) = self.some_table() else { return };
        let name = format!("t{}", self.chance.below(12));
        let database = self.now.tables[&id].descriptor.database;
        if self.named(database, &name) {
            return;
        }
        self.now.tables.get_mut(&id).unwrap().descriptor.name = name.clone();
        self.commit(async |txn| rename_table(txn, id, database, &name).await.unwrap())
            .await;
        self.saw("rename");
    }

    pub async fn relocate(&mut self) {
        let Some(id) = self.some_table() else { return };
        let descriptor = &self.now.tables[&id].descriptor;
        let name = descriptor.name.clone();
        let to = if descriptor.database == self.bank {
            self.shop
        } else {
            self.bank
        };
        if self.named(to, &name) {
            return;
        }
        self.now.tables.get_mut(&id).unwrap().descriptor.database = to;
        self.commit(async |txn| rename_table(txn, id, to, &name).await.unwrap())
            .await;
        self.saw("move");
    }

    pub async fn add_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let name = format!("c{}", self.chance.below(8));
        if self.now.tables[&id]
            .descriptor
            .column_named(&name)
            .is_some()
        {
            return;
        }
        let missing = (!self.chance.one_in(3)).then(|| self.chance.below(90).to_string());
        self.redefine(id, |table| {
            let new = ColumnDescriptor {
                missing_value: missing.clone(),
                ..ColumnDescriptor::new(table.next_column, &name, ColumnType::Int8)
            };
            table.next_column.0 += 1;
            table.columns.push(new);
        })
        .await;
        self.saw("add column");
    }

    pub async fn drop_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let columns = self.now.tables[&id].descriptor.columns.len();
        if columns < 2 {
            return;
        }
        let at = 1 + self.chance.below(columns - 1);
        self.redefine(id, |table| {
            let gone = table.columns.remove(at);
            table
                .indexes
                .retain(|index| index.columns.iter().all(|part| part.column != gone.id));
        })
        .await;
        self.saw("drop column");
    }

    pub async fn rename_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let table = &self.now.tables[&id].descriptor;
        let (at, name) = (
            self.chance.below(table.columns.len()),
            format!("c{}", self.chance.below(8)),
        );
        if at == 0 || table.column_named(&name).is_some() {
            return;
        }
        self.redefine(id, |table| table.columns[at].name = name.clone())
            .await;
        self.saw("rename column");
    }

    pub async fn change_index(&mut self) {
        let Some(id) = self.some_table() else { return };
        let table = &self.now.tables[&id].descriptor;
        let public: Vec<ColumnId> = table
            .columns
            .iter()
            .filter(|column| column.state.is_public())
            .map(|column| column.id)
            .collect();
        let Some(column) = self.chance.of(&public).copied() else {
            return;
        };
        let drop = !table.indexes.is_empty() && self.chance.one_in(2);
        let name = format!("index {}", self.fresh());
        self.redefine(id, |table| {
            if drop {
                table.indexes.remove(0);
            } else {
                let parts = vec![part(column.0, Direction::Descending)];
                table
                    .push_index(&name, false, parts, StepState::Public)
                    .unwrap();
            }
        })
        .await;
        self.saw("index");
    }

    /// A column that writers keep up and nobody reads.
    pub async fn begin_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let name = format!("w{}", self.fresh());
        self.redefine(id, |table| {
            let new = ColumnDescriptor {
                state: StepState::WriteOnly,
                ..ColumnDescriptor::new(table.next_column, &name, ColumnType::Int8)
            };
            table.next_column.0 += 1;
            table.columns.push(new);
        })
        .await;
        self.saw("begin column");
    }

    /// Fills such a column where it is absent, and shows it; or takes it away.
    pub async fn publish_column(&mut self) {
        let waiting = self.now.tables.iter().find_map(|(id, table)| {
            let column = table
                .descriptor
                .columns
                .iter()
                .find(|column| !column.state.is_public())?;
            Some((*id, column.id))
        });
        let Some((id, column)) = waiting else { return };
        if self.chance.one_in(3) {
            return self
                .redefine(id, |table| table.columns.retain(|other| other.id != column))
                .await;
        }
        let table = self.now.tables.get_mut(&id).unwrap();
        let descriptor = table.descriptor.clone();
        let mut filled = Vec::new();
        for (key, row) in &mut table.rows {
            if let Entry::Vacant(place) = row.entry(column) {
                place.insert(Datum::Int8(77));
                filled.push((*key, row.clone()));
            }
        }
        let (descriptor, filled) = (&descriptor, &filled);
        self.commit(async |txn| {
            for (key, row) in filled {
                put(txn, descriptor, *key, Some(row));
            }
        })
        .await;
        self.redefine(id, |table| {
            for other in &mut table.columns {
                if other.id == column {
                    other.state = StepState::Public;
                }
            }
        })
        .await;
        self.saw("publish column");
    }

    pub async fn rename_bank(&mut self) {
        let name = format!("bank{}", self.fresh());
        self.now.bank = name.clone();
        let bank = self.bank;
        self.commit(async |txn| rename_database(txn, bank, &name).await.unwrap())
            .await;
        self.saw("rename database");
    }
}
