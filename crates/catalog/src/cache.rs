//! Views kept for as long as they are right.

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_storage::{Engine, Read, Snapshot, Transaction, Version};
use parking_lot::Mutex;

use crate::{Result, View, layout};

/// As many views as AS OF queries are likely to go back and forth between.
const KEPT: usize = 8;

/// Gives out views. One view serves all instants between two changes of the catalog: the version of the generation
/// key, which every change rewrites, tells which.
pub struct Catalog {
    engine: Arc<dyn Engine>,
    /// By the generation key's version.
    views: Mutex<BTreeMap<Version, Arc<View>>>,
}

impl Catalog {
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self {
            engine,
            views: Mutex::default(),
        }
    }

    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The catalog as it was committed at the reader's instant. Adds nothing to a transaction's reads: what a
    /// transaction then does to a table conflicts with that table's changes through `read_table` alone.
    pub async fn view(&self, read: &dyn Read) -> Result<Arc<View>> {
        let snapshot = Snapshot::new(self.engine.clone(), read.at());
        let generation = match snapshot.get(&layout::generation()).await? {
            Some(found) => found.version,
            None => return Ok(Arc::default()),
        };
        if let Some(view) = self.views.lock().get(&generation) {
            return Ok(view.clone());
        }
        let view = Arc::new(View::load(&snapshot).await?);
        let mut views = self.views.lock();
        views.insert(generation, view.clone());
        if views.len() > KEPT {
            // The oldest goes, unless it is the one just loaded: then it is wanted, and the next oldest goes.
            let oldest = views.keys().copied().find(|version| *version != generation);
            oldest.and_then(|version| views.remove(&version));
        }
        Ok(view)
    }

    /// The catalog as the transaction sees it, its own changes included; it adds nothing to the transaction's reads either.
    pub async fn view_in(&self, txn: &Transaction) -> Result<Arc<View>> {
        if txn.has_written(&layout::generation()) {
            return Ok(Arc::new(View::load(&txn.glance()).await?));
        }
        self.view(txn).await
    }
}
