//! `pg_get_keywords()`: the words that are no names unless they are quoted.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use datafusion::catalog::memory::MemTable;

use crate::Result;

pub(crate) fn table() -> Result<MemTable> {
    let words: Vec<String> = cairn_syntax::reserved_words().into_iter().collect();
    let rows = words.len();
    let text = |value: &str| Arc::new(StringArray::from(vec![value; rows])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("word", Arc::new(StringArray::from(words)) as ArrayRef),
        ("catcode", text("R")),
        (
            "barelabel",
            Arc::new(BooleanArray::from(vec![false; rows])) as ArrayRef,
        ),
        ("catdesc", text("reserved")),
        ("baredesc", text("requires AS")),
    ])?;
    Ok(MemTable::try_new(batch.schema(), vec![vec![batch]])?)
}
