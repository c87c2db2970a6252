//! Data files: what goes in comes out, in bounded memory, and only in order.

use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use cairn_blob::testing::memory::Memory;

use super::sample::{
    WINDOW, chunk, descending, descending_rows, every_type, every_type_rows, key, scratch,
    write_file,
};
use crate::{
    DataFile, DataFileReader, DataFileWriter, Error, FileShape, KeyColumn, Kind, Result,
    open_verified,
};

async fn read_all(store: &Memory, file: &DataFile, key: &[KeyColumn]) -> Result<Vec<RecordBatch>> {
    let mut reader = open_verified(store, file, key, &scratch()).await?;
    rest_of(&mut reader).await
}

async fn rest_of(reader: &mut DataFileReader) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = reader.next().await? {
        batches.push(batch);
    }
    Ok(batches)
}

/// Types and values, without the metadata of the schema.
fn same_rows(left: &RecordBatch, right: &RecordBatch) {
    assert_eq!(left.num_columns(), right.num_columns());
    for ((left, right), field) in left
        .columns()
        .iter()
        .zip(right.columns())
        .zip(right.schema().fields())
    {
        assert_eq!(left.data_type(), right.data_type(), "{field}");
        assert_eq!(left.to_data(), right.to_data(), "{field}");
    }
}

#[tokio::test]
async fn every_type_comes_back_as_it_was() {
    let store = Memory::new();
    let key = vec![key(1, false)];
    let shape = FileShape::new(every_type(), key.clone()).unwrap();
    let batch = every_type_rows(-300, 900);
    let file = write_file(
        &store,
        "f".to_owned(),
        &shape,
        vec![chunk(batch.clone(), 7)],
    )
    .await
    .unwrap();
    assert_eq!((file.rows, file.bytes), (900, 72_000));
    assert_eq!(
        (file.first_key.as_str(), file.last_key.as_str()),
        ("07", "0701")
    );
    assert_eq!(file.columns, [1, 2, 3, 4, 5, 9, 10, 6, 7, 8, 11, 12, 13]);
    assert_eq!(file.file_bytes, store.object("f").unwrap().len() as u64);
    let batches = read_all(&store, &file, &key).await.unwrap();
    let read = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    same_rows(&read, &batch);
    for (read, written) in read.schema().fields().iter().zip(every_type().fields()) {
        assert_eq!(read.is_nullable(), written.is_nullable());
        assert_eq!(
            read.metadata(),
            written.metadata(),
            "the column id is in the file"
        );
    }
}

#[tokio::test]
async fn the_same_rows_give_the_same_bytes() {
    let store = Memory::new();
    let shape = FileShape::new(descending(), vec![key(1, true), key(2, false)]).unwrap();
    for name in ["a", "b"] {
        let chunks = vec![
            chunk(descending_rows(20_000, 1000), 1),
            chunk(descending_rows(1000, 1000), 2),
        ];
        write_file(&store, name.to_owned(), &shape, chunks)
            .await
            .unwrap();
    }
    assert_eq!(store.object("a"), store.object("b"));
}

#[tokio::test]
async fn a_large_file_travels_in_parts_and_through_a_scratch_file() {
    let store = Memory::new();
    let key = vec![key(1, false)];
    let schema = Arc::new(Schema::new(vec![
        every_type().field(0).clone(),
        Field::new("noise", DataType::Int64, false)
            .with_metadata([("PARQUET:field_id".to_owned(), "2".to_owned())].into()),
    ]));
    let shape = FileShape::new(Arc::clone(&schema), key.clone()).unwrap();
    let mut noise = 1_u64;
    let mut chunks = Vec::new();
    for number in 0..20_u8 {
        let ids: Vec<i64> = (0..100_000)
            .map(|row| i64::from(number) * 100_000 + row)
            .collect();
        let values: Vec<i64> = ids
            .iter()
            .map(|_| {
                noise = noise
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (noise ^ (noise >> 29)) as i64
            })
            .collect();
        let columns: Vec<arrow::array::ArrayRef> = vec![
            Arc::new(Int64Array::from(ids)),
            Arc::new(Int64Array::from(values)),
        ];
        chunks.push(chunk(
            RecordBatch::try_new(Arc::clone(&schema), columns).unwrap(),
            number,
        ));
    }
    let written: Vec<RecordBatch> = chunks.iter().map(|chunk| chunk.batch.clone()).collect();
    let file = write_file(&store, "large".to_owned(), &shape, chunks)
        .await
        .unwrap();
    assert!(file.file_bytes > 12 << 20, "{} bytes", file.file_bytes);
    let read = read_all(&store, &file, &key).await.unwrap();
    assert!(
        read.iter().all(|batch| batch.num_rows() <= 16 << 10),
        "batches are bounded"
    );
    let read = arrow::compute::concat_batches(&read[0].schema(), &read).unwrap();
    same_rows(
        &read,
        &arrow::compute::concat_batches(&schema, &written).unwrap(),
    );
}

#[tokio::test]
async fn rows_out_of_order_are_never_written() {
    let store = Memory::new();
    let shape = FileShape::new(every_type(), vec![key(1, false)]).unwrap();
    let backwards = {
        let rows = every_type_rows(0, 10);
        let order = arrow::array::UInt32Array::from_iter_values((0..10).rev());
        arrow::compute::take_record_batch(&rows, &order).unwrap()
    };
    let twice = arrow::compute::concat_batches(
        &every_type(),
        &[every_type_rows(0, 1), every_type_rows(0, 1)],
    )
    .unwrap();
    for (what, chunks) in [
        ("inside a batch", vec![chunk(backwards, 1)]),
        ("a key twice", vec![chunk(twice, 1)]),
        (
            "between batches",
            vec![
                chunk(every_type_rows(10, 5), 1),
                chunk(every_type_rows(14, 5), 2),
            ],
        ),
        (
            "between chunks' keys",
            vec![
                chunk(every_type_rows(0, 5), 2),
                chunk(every_type_rows(5, 5), 1),
            ],
        ),
    ] {
        let mut writer = DataFileWriter::create(&store, "f".to_owned(), Arc::clone(&shape), WINDOW)
            .await
            .unwrap();
        let mut refused = None;
        for chunk in chunks {
            refused = writer.write(chunk).await.err();
        }
        assert!(
            matches!(refused, Some(Error::OutOfOrder { .. })),
            "{what}: {refused:?}"
        );
        assert!(
            matches!(writer.finish().await, Err(Error::Shape { .. })),
            "{what}: it can still be finished"
        );
    }
    assert_eq!(store.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_needs_a_row() {
    let store = Memory::new();
    let shape = FileShape::new(every_type(), vec![key(1, false)]).unwrap();
    let error = write_file(
        &store,
        "f".to_owned(),
        &shape,
        vec![chunk(every_type_rows(0, 0), 1)],
    )
    .await
    .unwrap_err();
    assert_eq!(error.kind(), Kind::Internal);
    assert_eq!(store.names(), Vec::<String>::new());
}

#[tokio::test]
async fn an_unfinished_file_leaves_nothing() {
    let store = Memory::new();
    let shape = FileShape::new(every_type(), vec![key(1, false)]).unwrap();
    let mut writer = DataFileWriter::create(&store, "f".to_owned(), shape, WINDOW)
        .await
        .unwrap();
    writer.write(chunk(every_type_rows(0, 9), 1)).await.unwrap();
    drop(writer);
    assert_eq!(store.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_float_in_the_key_is_left_to_the_key_encoding() {
    let store = Memory::new();
    let id = |id: &str| [("PARQUET:field_id".to_owned(), id.to_owned())].into();
    let schema = Arc::new(Schema::new(vec![
        Field::new("a", DataType::Int64, false).with_metadata(id("1")),
        Field::new("b", DataType::Float64, false).with_metadata(id("2")),
    ]));
    let key = vec![key(1, false), key(2, false)];
    let shape = FileShape::new(Arc::clone(&schema), key.clone()).unwrap();
    let columns: Vec<arrow::array::ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![1, 1, 2])),
        Arc::new(Float64Array::from(vec![f64::NAN, -1.0, f64::NEG_INFINITY])),
    ];
    let batch = RecordBatch::try_new(schema, columns).unwrap();
    let file = write_file(&store, "f".to_owned(), &shape, vec![chunk(batch, 1)])
        .await
        .unwrap();
    assert_eq!(
        read_all(&store, &file, &key).await.unwrap()[0].num_rows(),
        3
    );
}

#[tokio::test]
async fn a_file_that_contradicts_its_manifest_gives_no_row() {
    let store = Memory::new();
    let key_columns = vec![key(1, false)];
    let shape = FileShape::new(every_type(), key_columns.clone()).unwrap();
    let file = write_file(
        &store,
        "f".to_owned(),
        &shape,
        vec![chunk(every_type_rows(0, 9), 1)],
    )
    .await
    .unwrap();
    let wrong_rows = DataFile {
        rows: 10,
        ..file.clone()
    };
    let wrong_columns = DataFile {
        columns: vec![1, 2],
        ..file.clone()
    };
    for (what, file, key) in [
        ("rows", wrong_rows, key_columns.clone()),
        ("columns", wrong_columns, key_columns),
        ("key", file.clone(), vec![key(99, false)]),
    ] {
        let error = open_verified(&store, &file, &key, &scratch())
            .await
            .err()
            .unwrap();
        assert_eq!(error.kind(), Kind::Damaged, "{what}");
        assert!(error.to_string().contains("f: damaged:"), "{what}: {error}");
    }
    // In order by the bytes, but not by the key that the manifest gives.
    let mut reader = open_verified(&store, &file, &[key(1, true)], &scratch())
        .await
        .unwrap();
    assert_eq!(
        rest_of(&mut reader).await.unwrap_err().kind(),
        Kind::Damaged
    );
}

#[test]
fn a_shape_needs_ids() {
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, false)]));
    assert!(matches!(
        FileShape::new(schema, vec![]),
        Err(Error::Shape { .. })
    ));
    assert!(matches!(
        FileShape::new(every_type(), vec![key(99, false)]),
        Err(Error::Shape { .. })
    ));
}
