//! What a data file holds comes back as it was, in the types that Parquet has.

use proptest::prelude::*;

use super::*;
use crate::batch_from_rows;
use crate::convert::datum_at;
use crate::samples::{TYPES, row_of, same, wide_table, without_nul};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn batches_come_back(rows in Just(()).prop_flat_map(|()| {
        let table = wide_table([false; TYPES.len()], cairn_catalog::Direction::Ascending);
        prop::collection::vec(row_of(&table).prop_map(without_nul), 0..4)
    })) {
        let table = wide_table([false; TYPES.len()], cairn_catalog::Direction::Ascending);
        let batch = batch_from_rows(&table.columns, &rows).unwrap();
        let form = FileForm::of_table(&table);
        let written = form.to_file(batch.clone()).unwrap();
        prop_assert_eq!(written.schema(), file_schema(&table));
        let read = form.from_file(&written).unwrap();
        prop_assert_eq!(read.schema(), batch.schema());
        for (place, row) in rows.iter().enumerate() {
            for ((datum, column), array) in row.iter().zip(&table.columns).zip(read.columns()) {
                let back = datum_at(array, place, &column.ty).unwrap();
                prop_assert!(same(&back, datum), "{back:?} for {datum:?}");
            }
        }
    }
}
