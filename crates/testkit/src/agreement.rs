//! Whether tables and their indexes agree, entry by entry and both ways, in a store that no server has open.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cairn_catalog::{TableDescriptor, View};
use cairn_rows::{TableCodec, index_span, primary_span};
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::{Engine, IndexId, Read, Snapshot, Span};

/// What a store holds, counted while it was compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    pub rows: usize,
    pub entries: usize,
}

/// Compares every index of every table with the rows: each row has its entry, each entry its row, and nothing lies
/// under an index that its table does not have, or no longer fills.
///
/// # Panics
/// Where they differ, naming table and index.
pub async fn check_store(store: &Path) -> Agreement {
    let engine: Arc<dyn Engine> =
        Arc::new(Lsm::open(store, LsmOptions::default()).expect("open the store"));
    let snapshot = Snapshot::now(engine).await.expect("a snapshot");
    let view = View::load(&snapshot).await.expect("the catalog");
    let mut agreement = Agreement::default();
    assert_eq!(
        view.offline_tables().count(),
        0,
        "a schema change has left an offline table"
    );
    for table in view.tables().filter(|table| table.is_table()) {
        let written = view.written_table(table.id).expect("the table");
        assert_eq!(
            written, table,
            "a schema change has left {:?} unfinished",
            table.name
        );
        check_table(&snapshot, table, &mut agreement).await;
    }
    agreement
}

async fn check_table(read: &dyn Read, table: &TableDescriptor, agreement: &mut Agreement) {
    let codec = TableCodec::new(table).expect("a codec");
    let rows = entries(read, &primary_span(table)).await;
    agreement.rows += rows.len();
    let rows: Vec<_> = rows
        .iter()
        .map(|(key, value)| codec.decode(key, value).expect("a row"))
        .collect();
    for index in &table.indexes {
        let expected: BTreeMap<Vec<u8>, Vec<u8>> = rows
            .iter()
            .map(|row| codec.index_entry(index, row).expect("an entry"))
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect();
        assert_eq!(expected.len(), rows.len(), "two rows share an entry");
        let found = entries(read, &index_span(table.id, index.id)).await;
        agreement.entries += found.len();
        let missing = expected.iter().find(|(key, _)| !found.contains_key(*key));
        assert_eq!(
            missing, None,
            "table {:?}, index {:?}: a row has no entry",
            table.name, index.name
        );
        let extra = found
            .iter()
            .find(|(key, value)| expected.get(*key) != Some(value));
        assert_eq!(
            extra, None,
            "table {:?}, index {:?}: an entry has no row",
            table.name, index.name
        );
    }
}

/// Entries under the indexes that a table once began and does not have: what an abandoned change must not leave.
///
/// # Panics
/// Where there are any.
pub async fn check_no_debris(store: &Path) {
    let engine: Arc<dyn Engine> =
        Arc::new(Lsm::open(store, LsmOptions::default()).expect("open the store"));
    let snapshot = Snapshot::now(engine).await.expect("a snapshot");
    let view = View::load(&snapshot).await.expect("the catalog");
    // What was dropped stays until no read of the past can want it.
    let dropped = cairn_catalog::removals(&snapshot).await.expect("the queue");
    for table in view.tables().filter(|table| table.is_table()) {
        for id in (1..table.next_index.0).map(IndexId) {
            let waits = dropped
                .iter()
                .any(|removal| (removal.table, removal.index) == (table.id, Some(id)));
            if table.index(id).is_none() && !waits {
                let left = entries(&snapshot, &index_span(table.id, id)).await.len();
                assert_eq!(left, 0, "table {:?}: entries under index {id}", table.name);
            }
        }
    }
}

async fn entries(read: &dyn Read, span: &Span) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut found = BTreeMap::new();
    for (key, entry) in read.scan_all(span).await.expect("a scan") {
        found.insert(key.to_vec(), entry.value.to_vec());
    }
    found
}
