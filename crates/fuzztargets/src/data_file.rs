//! The data files of a backup.

use bytes::Bytes;
use cairn_archive::{
    DataFile, Error, Fault, KeyColumn, Result, Scratch, VersionWindow, open_verified,
};
use cairn_blob::testing::memory::Memory;
use futures::executor::block_on;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

const PATH: &str = "data/100/1-00000000000000ab.parquet";

/// More rows than any committed file has. Some hundred bytes can say that they are a billion, which takes as long to read, and is nothing new.
const MOST_ROWS: u64 = 100_000;

/// Reads every row of a data file that is what the manifest says of it, up to where it does not say what it must; whatever is wrong
/// there, Parquet's reader having panicked included, is damage to that file.
pub fn data_file(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    let store = Memory::new();
    store.replace(PATH, bytes.clone());
    let file = described(bytes);
    if file.rows > MOST_ROWS {
        return;
    }
    let key: Vec<KeyColumn> = file.columns.first().map_or_else(Vec::new, |column| {
        let column = KeyColumn {
            column: *column,
            descending: false,
            unordered: false,
        };
        vec![column]
    });
    match block_on(read(&store, &file, &key)) {
        Ok(rows) => assert_eq!(rows, file.rows),
        Err(error) => {
            let is_named = matches!(
                &error,
                Error::Damaged { object, fault: Fault::Content(_), .. } if object == PATH
            );
            assert!(is_named, "{error}");
        }
    }
}

async fn read(store: &Memory, file: &DataFile, key: &[KeyColumn]) -> Result<u64> {
    let mut reader = open_verified(store, file, key, &Scratch::new("/")).await?;
    let mut rows = 0;
    while let Some(batch) = reader.next().await? {
        assert_eq!(batch.schema().fields().len(), file.columns.len());
        rows += batch.num_rows() as u64;
    }
    Ok(rows)
}

/// What a manifest would say of the file, if it has anything to be read of it.
fn described(bytes: Bytes) -> DataFile {
    let mut file = DataFile {
        path: PATH.to_owned(),
        rows: 0,
        bytes: 1,
        file_bytes: bytes.len() as u64,
        blake3: blake3::hash(&bytes).to_hex().to_string(),
        first_key: String::new(),
        last_key: String::new(),
        columns: Vec::new(),
        window: VersionWindow {
            after: None,
            upto: 1,
        },
    };
    if let Ok(metadata) = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new()) {
        let rows = metadata.metadata().file_metadata().num_rows();
        file.rows = u64::try_from(rows).unwrap_or(0);
        let ids = metadata.schema().fields().iter();
        let ids = ids.filter_map(|field| {
            field
                .metadata()
                .get(PARQUET_FIELD_ID_META_KEY)?
                .parse()
                .ok()
        });
        file.columns = ids.collect();
    }
    file
}
