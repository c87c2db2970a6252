//! Ids grow, whatever the clock does.

use super::*;

#[test]
fn ids_grow_when_the_clock_does_not() {
    let ids = RowIds::seeded(5);
    let mut last = 0;
    for micros in [1_000_000, 1_000_000, 999_999, 1_000_001, 0, -5, 2_000_000] {
        let id = ids.next_at(micros);
        assert!(id > last, "{id} after {last}");
        assert_eq!(id & (STEP - 1), 5);
        last = id;
    }
    assert_eq!(last >> OWN_BITS, 2_000_000);
}

#[test]
fn generators_differ() {
    let (a, b) = (RowIds::seeded(1), RowIds::seeded(2));
    let of = |ids: &RowIds| (0..1000).map(|_| ids.next_at(1)).collect::<Vec<_>>();
    let (a, b) = (of(&a), of(&b));
    assert!(a.iter().all(|id| !b.contains(id)));
}
