//! Changes of rows, one at a time or in bulk.

use std::collections::BTreeMap;

use cairn_catalog::{ColumnId, Offline, TableDescriptor, create_successor, replace_table};
use cairn_jobs::transact;
use cairn_rows::{Datum, TableCodec, primary_span};
use cairn_storage::{Error as StorageError, Transaction, Version};

use super::Model;
use super::state::{Row, Table, datum, missing};
use crate::world::World;

impl Model {
    pub async fn write(&mut self) {
        let mut writes = Vec::new();
        for _ in 0..1 + self.chance.below(if self.chance.0.is_multiple_of(9) {
            60
        } else {
            8
        }) {
            let Some(id) = self.some_table() else { return };
            let key = self.chance.below(40) as i64;
            let delete = self.chance.one_in(4);
            let table = self.now.tables.get_mut(&id).unwrap();
            let descriptor = table.descriptor.clone();
            let row = (!delete).then(|| {
                let columns = descriptor.columns.iter().skip(1);
                let datums = columns.map(|column| (column.id, datum(column.ty, &mut self.chance)));
                datums.collect::<Row>()
            });
            match &row {
                Some(row) => drop(table.rows.insert(key, row.clone())),
                None => drop(table.rows.remove(&key)),
            }
            writes.push((descriptor, key, row));
        }
        let writes = &writes;
        self.commit(async |txn| {
            for (table, key, row) in writes {
                put(txn, table, *key, row.as_ref());
            }
        })
        .await;
        self.saw("write");
    }

    /// A new id takes the name, empty or loaded with rows, in one commit or in two.
    pub async fn truncate(&mut self) {
        let Some(id) = self.some_table() else { return };
        let offline = Offline {
            reason: "truncating".into(),
            job: None,
        };
        let offline = &offline;
        let load = self.chance.one_in(2);
        let (successor, loaded) =
            transact::<_, StorageError, _>(&self.world.engine, |txn| async move {
                Ok(create_successor(&txn, id, offline.clone()).await.unwrap())
            })
            .await
            .unwrap();
        let mut rows = BTreeMap::new();
        if load {
            for key in 0..self.chance.below(20) as i64 {
                let columns = successor.columns.iter().skip(1);
                let row = columns.map(|column| (column.id, datum(column.ty, &mut self.chance)));
                rows.insert(key, row.collect::<Row>());
            }
            ingest(&self.world, &successor, &rows, loaded).await;
        }
        let mut descriptor = self.now.tables.remove(&id).unwrap().descriptor;
        descriptor.id = successor.id;
        self.now
            .tables
            .insert(successor.id, Table { descriptor, rows });
        let new = successor.id;
        self.commit(async |txn| replace_table(txn, id, new).await.unwrap())
            .await;
        self.saw("truncate");
    }
}

pub fn put(txn: &Transaction, table: &TableDescriptor, key: i64, row: Option<&Row>) {
    let codec = TableCodec::new(table).unwrap();
    let datums: Vec<Datum> = table
        .columns
        .iter()
        .map(|column| match (column.id, row) {
            (ColumnId(1), _) => Datum::Int8(key),
            (_, None) => Datum::Null,
            (id, Some(row)) => row.get(&id).cloned().unwrap_or_else(|| missing(column)),
        })
        .collect();
    let (key, value) = codec.encode(&datums).unwrap();
    match row {
        Some(_) => txn.put(key, value).unwrap(),
        None => txn.delete(key).unwrap(),
    }
}

/// Rows written in bulk, as COPY does, with the version of the commit that made the table.
async fn ingest(
    world: &World,
    table: &TableDescriptor,
    rows: &BTreeMap<i64, Row>,
    version: Version,
) {
    let codec = TableCodec::new(table).unwrap();
    let mut sorted = BTreeMap::new();
    for (key, row) in rows {
        let mut datums = vec![Datum::Int8(*key)];
        datums.extend(
            table
                .columns
                .iter()
                .skip(1)
                .map(|column| row[&column.id].clone()),
        );
        let (key, value) = codec.encode(&datums).unwrap();
        sorted.insert(key, value);
    }
    let mut revisions = cairn_storage::Revisions::new();
    for (key, value) in &sorted {
        revisions.push(key, version, Some(value));
    }
    let stream = Box::pin(futures::stream::iter([Ok(revisions)]));
    world
        .engine
        .ingest(&primary_span(table), stream)
        .await
        .unwrap();
}
