//! Restores at random instants, and what must come back.

use cairn_catalog::TableDescriptor;
use cairn_restore::ErrorKind;
use cairn_rows::{Datum, TableCodec};

use super::Model;
use super::state::{State, Table, visible};

impl Model {
    pub async fn restore(&mut self) {
        if self.chain.is_empty() {
            return;
        }
        let count = 1 + self.chance.below(self.chain.len());
        let covering = 1 + self.chance.below(count);
        let layer = &self.chain[covering - 1];
        let (end, history) = (layer.end, layer.history);
        let low = match covering {
            1 => self.past[0].0,
            _ => self.chain[covering - 2].end.next(),
        };
        let inside = history && low < end && !self.chance.one_in(4);
        let at = if inside { self.between(low, end) } else { end };
        let as_of = if !inside && covering == count && self.chance.one_in(2) {
            None
        } else {
            Some(at)
        };
        let from: Vec<String> = self.chain[..count]
            .iter()
            .map(|layer| format!("'{}'", layer.location))
            .collect();
        let state = self.state_at(at).clone();
        let name = format!("r{}", self.fresh());
        let statement = format!(
            "RESTORE DATABASE {} FROM {} WITH new_db_name = '{name}'",
            state.bank,
            from.join(", ")
        );
        let outcome = match as_of {
            Some(at) => self.world.restore_at(&statement, at).await,
            None => self.world.restore(&statement).await,
        };
        let context = format!("{statement} at {as_of:?} of {covering}");
        match outcome {
            Ok(_) => {}
            // What was collected when a full backup was made cannot be told.
            Err(error)
                if covering == 1
                    && inside
                    && at < self.floor
                    && error.kind() == ErrorKind::Invalid =>
            {
                return self.saw("restore below the beginning");
            }
            Err(error) => panic!("{context}: {error}"),
        }
        self.compare(&name, &state, &context).await;
        self.world.drop_for_good(&name).await;
        self.saw(if inside {
            "restore inside a window"
        } else {
            "restore at an end"
        });
        if count > 4 {
            self.saw("restore of a long chain");
        }
    }

    pub async fn compare(&self, database: &str, state: &State, context: &str) {
        let view = self.world.view().await;
        let id = view.database(database).expect(context).id;
        let found: Vec<TableDescriptor> = view
            .tables_of(id)
            .into_iter()
            .map(|table| table.as_ref().clone())
            .collect();
        let expected = state
            .tables
            .values()
            .filter(|table| table.descriptor.database == self.bank);
        let mut expected: Vec<&Table> = expected.collect();
        expected.sort_by(|a, b| a.descriptor.name.cmp(&b.descriptor.name));
        let names = |tables: &[TableDescriptor]| {
            tables
                .iter()
                .map(|table| table.name.clone())
                .collect::<Vec<_>>()
        };
        let wanted: Vec<TableDescriptor> = expected
            .iter()
            .map(|table| table.descriptor.public_part())
            .collect();
        assert_eq!(names(&found), names(&wanted), "{context}");
        for ((found, wanted), table) in found.iter().zip(&wanted).zip(expected) {
            let context = format!("{context}: {}", wanted.name);
            assert_eq!(found.columns, wanted.columns, "{context}");
            assert_eq!(found.indexes, wanted.indexes, "{context}");
            let mut rows: Vec<Vec<Datum>> = table
                .rows
                .iter()
                .map(|(key, row)| visible(&table.descriptor, *key, row))
                .collect();
            let codec = TableCodec::new(found).unwrap();
            rows.sort_by_key(|row| codec.key(row).unwrap());
            assert_eq!(self.world.rows(found).await, rows, "{context}");
            let mut entries = Vec::new();
            for index in &found.indexes {
                for row in &rows {
                    let (key, value) = codec.index_entry(index, row).unwrap();
                    entries.push((index.id.0, key[8..].to_vec(), value.to_vec()));
                }
            }
            entries.sort();
            assert_eq!(self.world.entries(found).await, entries, "{context}");
        }
    }
}
