//! How a file is encoded.
//!
//! Everything is fixed but one choice per column: a dictionary pays where values repeat, and costs where they do not. A
//! sample of the first batch decides, so the same rows always give the same bytes.

use std::collections::HashSet;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::shape::FileShape;

/// Encoded size at which a row group ends: a reader holds about one, and a query engine skips by them.
const ROW_GROUP_BYTES: usize = 4 << 20;

/// Raw size at which a page ends. A reader holds one page per column.
const PAGE_BYTES: usize = 256 << 10;

/// A larger dictionary is not worth its look-ups: the column goes on without.
const DICTIONARY_BYTES: usize = 256 << 10;

/// Rows of the first batch that decide on dictionaries.
const SAMPLE_ROWS: usize = 2048;

/// Read by other Parquet tools, some of which want this form of it.
const CREATED_BY: &str = "cairn version 1.0.0 (build 1)";

/// Key of the file's metadata that gives the format version of `docs/format.md`.
pub(super) const FORMAT_VERSION_KEY: &str = "cairn.format_version";

pub(super) fn properties(
    shape: &FileShape,
    first: &RecordBatch,
) -> Result<WriterProperties, ParquetError> {
    let version = crate::manifest::FORMAT_VERSION.to_string();
    let mut builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_key_value_metadata(Some(vec![KeyValue::new(
            FORMAT_VERSION_KEY.to_owned(),
            version,
        )]))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(None)
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_data_page_row_count_limit(usize::MAX)
        .set_dictionary_enabled(false)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_sorting_columns(sorting(shape));
    for ((field, id), values) in shape
        .schema
        .fields()
        .iter()
        .zip(&shape.columns)
        .zip(first.columns())
    {
        let column = ColumnPath::from(field.name().as_str());
        if shape.key.iter().any(|key| key.column == *id) {
            builder =
                builder.set_column_statistics_enabled(column.clone(), EnabledStatistics::Chunk);
        }
        if repeats(values.as_ref()) {
            builder = builder.set_column_dictionary_enabled(column, true);
        } else if is_integer(field.data_type()) {
            builder = builder.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(builder.build())
}

/// The key, as other tools read it.
fn sorting(shape: &FileShape) -> Option<Vec<SortingColumn>> {
    let position = |id: u32| shape.columns.iter().position(|column| *column == id);
    let columns = shape.key.iter().map(|key| {
        let column_idx = i32::try_from(position(key.column)?).ok()?;
        Some(SortingColumn {
            column_idx,
            descending: key.descending,
            nulls_first: !key.descending,
        })
    });
    columns.collect()
}

/// Types that Parquet stores as INT32 or INT64 without loss of order: differences of neighbours are small.
fn is_integer(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt64
            | DataType::Date32
            | DataType::Timestamp(_, _)
    )
}

/// Whether at most one value in eight is new.
fn repeats(values: &dyn Array) -> bool {
    let rows = values.len().min(SAMPLE_ROWS);
    let mut seen: HashSet<&[u8]> = HashSet::new();
    let data = values.to_data();
    match values.data_type() {
        DataType::Utf8 | DataType::Binary => {
            let [offsets, bytes] = data.buffers() else {
                return false;
            };
            let offsets: &[i32] = offsets.typed_data();
            let offsets = offsets.get(data.offset()..).unwrap_or_default();
            for (start, end) in offsets.iter().zip(offsets.iter().skip(1)).take(rows) {
                let range =
                    usize::try_from(*start).unwrap_or(0)..usize::try_from(*end).unwrap_or(0);
                seen.extend(bytes.as_slice().get(range));
            }
        }
        other => {
            let width = match other {
                DataType::FixedSizeBinary(width) => usize::try_from(*width).ok(),
                other => other.primitive_width(),
            };
            let (Some(width), [bytes]) = (width, data.buffers()) else {
                return false;
            };
            let start = data.offset() * width;
            let bytes = bytes.as_slice().get(start..).unwrap_or_default();
            seen.extend(bytes.chunks_exact(width.max(1)).take(rows));
        }
    }
    seen.len() * 8 <= rows
}
