//! A range of keys holds exactly the rows that its condition is true of, in both directions.

use cairn_catalog::{ColumnType, Direction};
use proptest::prelude::*;

use super::*;
use crate::TableCodec;
use crate::samples::{any_direction, any_key_type, column, datum_of, part, table, value_of};

fn bound(kind: u8, value: &Datum) -> Bound<&Datum> {
    match kind % 3 {
        0 => Bound::Unbounded,
        1 => Bound::Included(value),
        _ => Bound::Excluded(value),
    }
}

fn within(datum: &Datum, low: Bound<&Datum>, high: Bound<&Datum>) -> bool {
    let above = match low {
        Bound::Unbounded => true,
        Bound::Included(low) => datum >= low,
        Bound::Excluded(low) => datum > low,
    };
    let below = match high {
        Bound::Unbounded => true,
        Bound::Included(high) => datum <= high,
        Bound::Excluded(high) => datum < high,
    };
    let unbounded = low == Bound::Unbounded && high == Bound::Unbounded;
    above && below && (unbounded || !datum.is_null())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_span_holds_what_the_condition_is_true_of(
        (ty, rows, low, high) in any_key_type().prop_flat_map(|ty| (
            Just(ty),
            prop::collection::vec((any::<bool>(), datum_of(ty)), 1..6),
            value_of(ty),
            value_of(ty),
        )),
        kinds: (u8, u8),
        directions in (any_direction(), any_direction()),
        from_rows: bool,
    ) {
        let columns = vec![column(1, "a", ColumnType::Bool), column(2, "b", ty), column(3, "id", ColumnType::Int4)];
        let mut table = table(columns, vec![part(3, Direction::Ascending)]);
        let index = table
            .push_index("i", false, vec![part(1, directions.0), part(2, directions.1)], Default::default())
            .unwrap();
        let codec = TableCodec::new(&table).unwrap();
        let low = if from_rows && !rows[0].1.is_null() { rows[0].1.clone() } else { low };
        let (low, high) = (bound(kinds.0, &low), bound(kinds.1, &high));
        let first = [Datum::Bool(true)];
        let span = range_span(&table, &index, &first, low, high).unwrap();
        prop_assert!(span.start <= span.end);
        let equal = equal_span(&table, &index, &first).unwrap();
        for (id, (a, b)) in rows.iter().enumerate() {
            let row = [Datum::Bool(*a), b.clone(), Datum::Int4(id as i32)];
            let (key, _) = codec.index_entry(&index, &row).unwrap();
            prop_assert_eq!(equal.contains(&key), *a);
            prop_assert_eq!(span.contains(&key), *a && within(b, low, high), "{:?} in {:?} .. {:?}", b, low, high);
        }
    }
}

#[test]
fn no_values_mean_the_whole_index() {
    let table = table(
        vec![column(1, "id", ColumnType::Int8)],
        vec![part(1, Direction::Ascending)],
    );
    let all = equal_span(&table, &table.primary, &[]).unwrap();
    assert_eq!(all, primary_span(&table));
    let error = key_bound(&table, &table.primary, &[Datum::Int8(1), Datum::Int8(2)]).unwrap_err();
    assert!(error.to_string().contains("at most 1 values"), "{error}");
    assert!(key_bound(&table, &table.primary, &[Datum::Bool(true)]).is_err());
}
