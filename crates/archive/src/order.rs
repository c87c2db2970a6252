//! Whether rows come in key order.
//!
//! Compares columns, not encoded keys, so it needs no key encoding. Floats have no one order of NaN and zeros, and some types are
//! written as text (`KeyColumn::unordered`): from such a key column on, nothing is checked, and rows that agree before it are taken as ordered.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, DynComparator, RecordBatch, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use crate::data::VERSION_COLUMN_ID;
use crate::manifest::KeyColumn;

/// Remembers the last row across batches.
pub(crate) struct Order {
    /// Positions in the schema, in key order.
    columns: Vec<(usize, SortOptions)>,
    /// Whether all of the key is compared, so that equal rows are a breach.
    whole: bool,
    /// The key columns of the last row, each of length 1.
    last: Option<Vec<ArrayRef>>,
}

impl Order {
    /// `ids` are the column ids of `schema`'s fields.
    pub(crate) fn new(ids: &[u32], schema: &Schema, key: &[KeyColumn]) -> Order {
        let mut columns = Vec::with_capacity(key.len());
        for key in key {
            let Some(position) = ids.iter().position(|id| *id == key.column) else {
                break;
            };
            if key.unordered {
                break;
            }
            if schema
                .fields()
                .get(position)
                .is_none_or(|field| field.data_type().is_floating())
            {
                break;
            }
            let options = SortOptions {
                descending: key.descending,
                nulls_first: !key.descending,
            };
            columns.push((position, options));
        }
        let whole = columns.len() == key.len() && !key.is_empty();
        // The revisions of one key follow each other from the newest to the oldest.
        if whole && let Some(position) = ids.iter().position(|id| *id == VERSION_COLUMN_ID) {
            let options = SortOptions {
                descending: true,
                nulls_first: false,
            };
            columns.push((position, options));
        }
        Order {
            columns,
            whole,
            last: None,
        }
    }

    /// Whether the rows of `batch` follow each other and the batches before.
    pub(crate) fn check(&mut self, batch: &RecordBatch) -> Result<bool, ArrowError> {
        let Some(end) = batch.num_rows().checked_sub(1) else {
            return Ok(true);
        };
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (position, options) in &self.columns {
            arrays.push((ArrayRef::clone(batch.column(*position)), *options));
        }
        if let Some(last) = &self.last {
            let mut across = Vec::with_capacity(arrays.len());
            for (last, (array, options)) in last.iter().zip(&arrays) {
                across.push(make_comparator(last, array, *options)?);
            }
            if !self.follows(&across, 0, 0) {
                return Ok(false);
            }
        }
        let mut within = Vec::with_capacity(arrays.len());
        for (array, options) in &arrays {
            within.push(make_comparator(array, array, *options)?);
        }
        if !(0..end).all(|row| self.follows(&within, row, row + 1)) {
            return Ok(false);
        }
        self.last = Some(
            arrays
                .iter()
                .map(|(array, _)| array.slice(end, 1))
                .collect(),
        );
        Ok(true)
    }

    fn follows(&self, comparators: &[DynComparator], before: usize, after: usize) -> bool {
        for compare in comparators {
            match compare(before, after) {
                Ordering::Less => return true,
                Ordering::Greater => return false,
                Ordering::Equal => {}
            }
        }
        !self.whole
    }
}
