//! Zones: how long old versions are kept, per table, database, or for everything else.

use cairn_storage::Transaction;
use serde::{Deserialize, Serialize};

use crate::{DatabaseDescriptor, Error, Result, TableDescriptor, View, layout, record};

/// What is kept of an object. A table without a zone follows its database, a database without one the default zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// How long a version can still be read after another one took its place.
    pub gc_ttl_seconds: u32,
}

impl Default for Zone {
    /// 25 hours: a daily backup finds everything since the last one.
    fn default() -> Self {
        Self {
            gc_ttl_seconds: 90_000,
        }
    }
}

/// Gives everything without a zone of its own another one; None: `Zone::default()`.
pub fn set_default_zone(txn: &Transaction, zone: Option<Zone>) -> Result<()> {
    match zone {
        Some(zone) => {
            let json =
                serde_json::to_vec(&zone).map_err(|source| Error::damaged("zone", source))?;
            txn.put(layout::default_zone(), json)?;
        }
        None => txn.delete(layout::default_zone())?,
    }
    record::changed(txn)
}

impl View {
    /// The zone of everything that has none of its own.
    pub fn default_zone(&self) -> Zone {
        self.default_zone.unwrap_or_default()
    }

    pub fn zone_of_database(&self, database: &DatabaseDescriptor) -> Zone {
        database.zone.unwrap_or_else(|| self.default_zone())
    }

    /// The zone in force for a table, whatever its state.
    pub fn zone_of_table(&self, table: &TableDescriptor) -> Zone {
        let of_database = self
            .databases
            .get(&table.database)
            .and_then(|database| database.zone);
        table
            .zone
            .or(of_database)
            .unwrap_or_else(|| self.default_zone())
    }
}
