//! A small backup with every type, several files per table, a descending key, a system table and a sequence.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, FixedSizeBinaryArray,
    Float64Array, Int16Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use bytes::Bytes;
use cairn_blob::Store;
use serde_json::json;
use uuid::Uuid;

use crate::destination::{self, JobState, Jobs};
use crate::manifest::seal::{Cut, MAX_LIST_BYTES};
use crate::{
    ArchivedDatabase, ArchivedTable, BackupKind, Chunk, Coverage, DataFile, DataFileWriter,
    DescriptorRevision, FileShape, Instant, KeyColumn, Manifest, ObjectType, OutsideColumn,
    OutsideObject, Result, Scratch, VersionWindow, Window,
};

pub(super) const CLUSTER: Uuid = Uuid::from_u128(0xC1);
pub(super) const JOB: i64 = 900_719_925_474_099_301;
pub(super) const END: u64 = 1_763_836_800_000_000;
pub(super) const WINDOW: VersionWindow = VersionWindow {
    after: None,
    upto: END,
};

/// Everything in line.
pub(super) const WHOLE: Cut = Cut {
    inline_bytes: 1 << 20,
    part_bytes: 1 << 20,
    list_bytes: MAX_LIST_BYTES,
};
/// Every list in parts of one entry.
pub(super) const IN_PARTS: Cut = Cut {
    inline_bytes: 0,
    part_bytes: 1,
    list_bytes: MAX_LIST_BYTES,
};

/// Knows job numbers below 100 as ended, 100 to 199 as alive, and no others.
pub(super) struct SomeJobs;

#[async_trait::async_trait]
impl Jobs for SomeJobs {
    async fn state(
        &self,
        job: i64,
    ) -> std::result::Result<JobState, Box<dyn std::error::Error + Send + Sync>> {
        Ok(match job {
            ..100 => JobState::Ended,
            100..200 => JobState::Alive,
            _ => JobState::Unknown,
        })
    }
}

pub(super) fn scratch() -> Scratch {
    Scratch::new(std::env::temp_dir())
}

fn field(id: u32, name: &str, data_type: DataType, nullable: bool) -> Field {
    Field::new(name, data_type, nullable)
        .with_metadata([("PARQUET:field_id".to_owned(), id.to_string())].into())
}

/// One column of each type that Cairn archives; ids are not in the order of the columns.
pub(super) fn every_type() -> SchemaRef {
    let timestamp =
        |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
    Arc::new(Schema::new(vec![
        field(1, "id", DataType::Int64, false),
        field(2, "flag", DataType::Boolean, true),
        field(3, "small", DataType::Int16, true),
        field(4, "medium", DataType::Int32, true),
        field(5, "ratio", DataType::Float64, true),
        field(9, "price", DataType::Decimal128(9, 2), true),
        field(10, "amount", DataType::Decimal128(38, 10), true),
        field(6, "name", DataType::Utf8, true),
        field(7, "blob", DataType::Binary, true),
        field(8, "day", DataType::Date32, true),
        field(11, "at", timestamp(None), true),
        field(12, "at_zone", timestamp(Some("UTC")), true),
        field(13, "uuid", DataType::FixedSizeBinary(16), true),
    ]))
}

/// `rows` rows from `start` on; every fifth value is NULL.
pub(super) fn every_type_rows(start: i64, rows: i64) -> RecordBatch {
    let ids: Vec<i64> = (start..start + rows).collect();
    fn some<T>(ids: &[i64], of: impl Fn(i64) -> T) -> Vec<Option<T>> {
        ids.iter()
            .map(|id| (id % 5 != 0).then(|| of(*id)))
            .collect()
    }
    let uuids = ids
        .iter()
        .map(|id| (id % 5 != 0).then(|| (*id as u128).to_be_bytes()));
    let decimal = |precision, scale, factor: i128| {
        Decimal128Array::from(some(&ids, |id| i128::from(id) * factor))
            .with_precision_and_scale(precision, scale)
            .unwrap()
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ids.clone())),
        Arc::new(BooleanArray::from(some(&ids, |id| id % 2 == 0))),
        Arc::new(Int16Array::from(some(&ids, |id| (id % 30_000) as i16))),
        Arc::new(Int32Array::from(some(&ids, |id| -(id as i32)))),
        Arc::new(Float64Array::from(some(&ids, |id| {
            if id % 7 == 0 {
                f64::NAN
            } else {
                id as f64 / 3.0
            }
        }))),
        Arc::new(decimal(9, 2, 1)),
        Arc::new(decimal(38, 10, 99_999_999_999_999_999_999)),
        Arc::new(StringArray::from(some(&ids, |id| {
            format!("name \u{0} ä {id}")
        }))),
        Arc::new(BinaryArray::from_opt_vec(
            some(&ids, |id| id.to_be_bytes().to_vec())
                .iter()
                .map(Option::as_deref)
                .collect(),
        )),
        Arc::new(Date32Array::from(some(&ids, |id| id as i32 - 100_000))),
        Arc::new(TimestampMicrosecondArray::from(some(&ids, |id| {
            -id * 1_000_003
        }))),
        Arc::new(
            TimestampMicrosecondArray::from(some(&ids, |id| id * 1_000_003)).with_timezone("UTC"),
        ),
        Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(uuids, 16).unwrap()),
    ];
    RecordBatch::try_new(every_type(), columns).unwrap()
}

/// Rows with a key that descends in its first column and a string second.
pub(super) fn descending() -> SchemaRef {
    Arc::new(Schema::new(vec![
        field(1, "day", DataType::Date32, false),
        field(2, "name", DataType::Utf8, false),
        field(3, "count", DataType::Int32, true),
    ]))
}

pub(super) fn descending_rows(first_day: i32, days: i32) -> RecordBatch {
    let days: Vec<i32> = (0..days * 3).map(|row| first_day - row / 3).collect();
    let names: Vec<&str> = (0..days.len())
        .map(|row| ["a", "a\u{0}", "b"][row % 3])
        .collect();
    let counts: Vec<i32> = (0..days.len()).map(|row| row as i32 % 4).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from(days)),
        Arc::new(StringArray::from(names)),
        Arc::new(Int32Array::from(counts)),
    ];
    RecordBatch::try_new(descending(), columns).unwrap()
}

pub(super) fn key(column: u32, descending: bool) -> KeyColumn {
    KeyColumn {
        column,
        descending,
        unordered: false,
    }
}

/// A chunk whose encoded keys are just `number` and `number` again with a one behind it.
pub(super) fn chunk(batch: RecordBatch, number: u8) -> Chunk {
    let bytes = batch.num_rows() as u64 * 80;
    Chunk {
        batch,
        first_key: Bytes::from(vec![number]),
        last_key: Bytes::from(vec![number, 1]),
        bytes,
    }
}

pub(super) async fn write_file(
    store: &dyn Store,
    path: String,
    shape: &Arc<FileShape>,
    chunks: Vec<Chunk>,
) -> Result<DataFile> {
    let mut writer = DataFileWriter::create(store, path, Arc::clone(shape), WINDOW).await?;
    for chunk in chunks {
        writer.write(chunk).await?;
    }
    writer.finish().await
}

/// How the sample calls its files: by their random names, or by fixed ones.
pub(super) type Names = fn(table: u32, piece: u64) -> String;

pub(super) fn random_names(table: u32, piece: u64) -> String {
    crate::data_file_path(table, piece)
}

pub(super) fn fixed_names(table: u32, piece: u64) -> String {
    format!("data/{table}/{piece}-00000000000000ab.parquet")
}

/// Claims the destination, writes all files, and gives the manifest, not yet sealed.
pub(super) async fn write_files(store: &dyn Store, names: Names) -> Result<Manifest> {
    let lock = destination::claim(store, CLUSTER, JOB, &SomeJobs).await?;
    let accounts = {
        let key = vec![key(1, false)];
        let shape = FileShape::new(every_type(), key.clone())?;
        let first = vec![
            chunk(every_type_rows(-50, 60), 1),
            chunk(every_type_rows(10, 40), 2),
        ];
        let files = vec![
            write_file(store, names(104, 0), &shape, first).await?,
            write_file(
                store,
                names(104, 1),
                &shape,
                vec![chunk(every_type_rows(50, 50), 3)],
            )
            .await?,
        ];
        table(104, 100, "accounts", key, files)
    };
    let days = {
        let key = vec![key(1, true), key(2, false)];
        let shape = FileShape::new(descending(), key.clone())?;
        let files = vec![
            write_file(
                store,
                names(105, 0),
                &shape,
                vec![chunk(descending_rows(20_000, 20), 1)],
            )
            .await?,
            write_file(
                store,
                names(105, 1),
                &shape,
                vec![chunk(descending_rows(19_000, 20), 2)],
            )
            .await?,
        ];
        table(105, 100, "days", key, files)
    };
    let users = {
        let key = vec![key(1, true), key(2, false)];
        let shape = FileShape::new(descending(), key.clone())?;
        let files = vec![
            write_file(
                store,
                names(11, 0),
                &shape,
                vec![chunk(descending_rows(1, 1), 1)],
            )
            .await?,
        ];
        table(11, 1, "users", key, files)
    };
    let empty = table(106, 100, "empty", vec![key(1, false)], vec![]);
    let sequence = ArchivedTable {
        object_type: ObjectType::Sequence,
        rows: 1,
        ..table(107, 100, "numbers", vec![], vec![])
    };
    Ok(Manifest {
        lock: Some(lock),
        ..manifest(vec![accounts, days, empty, sequence, users])
    })
}

/// The whole sample backup.
pub(super) async fn backup(store: &dyn Store, cut: Cut) -> Manifest {
    let manifest = write_files(store, random_names).await.unwrap();
    manifest.seal_cut(store, cut).await.unwrap();
    manifest
}

pub(super) fn table(
    id: u32,
    database: u32,
    name: &str,
    key: Vec<KeyColumn>,
    files: Vec<DataFile>,
) -> ArchivedTable {
    ArchivedTable {
        id,
        database,
        name: name.to_owned(),
        object_type: ObjectType::Table,
        coverage: Coverage::Introduced,
        public_since: Some(END - 5_000_000),
        history_from: None,
        primary_key: key,
        descriptor: json!({"name": name, "big": u64::MAX, "nested": [null, true, 1.5]}),
        descriptor_revisions: vec![DescriptorRevision {
            version: END - 1,
            descriptor: None,
        }],
        rows: files.iter().map(|file| file.rows).sum(),
        index_entries: 3,
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        fingerprint: Some("00112233445566778899aabbccddeeff".to_owned()),
        rows_at_end: None,
    }
}

pub(super) fn manifest(tables: Vec<ArchivedTable>) -> Manifest {
    let database = |id, name: &str| ArchivedDatabase {
        id,
        name: name.to_owned(),
        descriptor: json!({"id": id}),
        descriptor_revisions: Vec::new(),
    };
    Manifest {
        cluster: CLUSTER,
        backup: Uuid::from_u128(0xB1),
        job: JOB,
        seal: u64::MAX,
        created_by: "cairn 0.1.0".to_owned(),
        kind: BackupKind::Full,
        base: None,
        revision_history: false,
        history_from: None,
        window: Window {
            start: None,
            end: Instant {
                version: END,
                unix_micros: 1_763_836_800_000_000,
            },
        },
        targets: vec!["DATABASE bank".to_owned()],
        complete_databases: vec![100],
        outside: vec![OutsideObject {
            id: 7,
            database: "shop".to_owned(),
            name: "customers".to_owned(),
            columns: vec![OutsideColumn {
                id: 1,
                name: "id".to_owned(),
            }],
        }],
        databases: vec![database(1, "system"), database(100, "bank")],
        tables,
        lock: None,
    }
}
