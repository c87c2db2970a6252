//! What a transaction remembers of its reads, in bounded memory.
//!
//! INVARIANTS
//!   A span lies within one index, or the store would refuse to look at it: `in_one_index`.
//!   Everything read stays covered. Of a transaction that reads a great deal more may be covered than it read: then it may
//!   conflict with a change that it did not see, and run again.

use bytes::Bytes;

use crate::{Prefix, ReadSet, Span, after};

/// Keys remembered one by one.
const KEYS: usize = 100_000;
/// Spans remembered apart.
const SPANS: usize = 10_000;
/// Neighbouring keys that become one span when there are too many.
const GROUP: usize = 32;
/// Tables below are the system's: all transactions meet there, so their keys stay as they are.
const FIRST_USER_TABLE: u32 = 100;

/// Adds keys to the read set.
pub(super) fn remember_keys(reads: &mut ReadSet, keys: impl Iterator<Item = Bytes>) {
    reads.keys.extend(keys);
    if reads.keys.len() > KEYS {
        group_keys(reads);
    }
}

/// Adds a span to the read set; a scan's chunks grow into one.
pub(super) fn remember_span(reads: &mut ReadSet, covered: &Span) {
    match reads.spans.last_mut() {
        Some(last) if last.end == covered.start && in_one_index(last, covered) => {
            last.end = covered.end.clone();
        }
        Some(last) if last == covered => {}
        _ => reads.spans.push(covered.clone()),
    }
    if reads.spans.len() > SPANS {
        join_spans(reads);
    }
}

/// Puts spans over neighbouring keys of a table, in place of the keys.
fn group_keys(reads: &mut ReadSet) {
    let keys: Vec<Bytes> = std::mem::take(&mut reads.keys).into_iter().collect();
    for near in keys.chunk_by(|one, other| Prefix::of(one) == Prefix::of(other)) {
        if is_system(near.first()) {
            reads.keys.extend(near.iter().cloned());
            continue;
        }
        for group in near.chunks(GROUP) {
            if let (Some(first), Some(last)) = (group.first(), group.last()) {
                reads.spans.push(Span {
                    start: first.clone(),
                    end: after(last),
                });
            }
        }
    }
    if reads.spans.len() > SPANS {
        join_spans(reads);
    }
}

/// Joins spans that touch; then neighbours of a table, until half of what is allowed is left.
fn join_spans(reads: &mut ReadSet) {
    reads.spans.sort();
    reads.spans = joined(&reads.spans, |last, next| {
        next.start <= last.end && in_one_index(last, next)
    });
    let too_many = SPANS / 2;
    while reads.spans.len() > too_many {
        let mut odd = false;
        let before = reads.spans.len();
        reads.spans = joined(&reads.spans, |last, next| {
            odd = !odd;
            odd && !is_system(Some(&last.start))
                && in_one_index(last, next)
                && Prefix::of(&last.start) == Prefix::of(&last.end)
        });
        if reads.spans.len() == before {
            break;
        }
    }
}

/// Sorted spans, with those joined that `join` says.
fn joined(spans: &[Span], mut join: impl FnMut(&Span, &Span) -> bool) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if join(last, span) => {
                if span.end > last.end {
                    last.end = span.end.clone();
                }
            }
            _ => out.push(span.clone()),
        }
    }
    out
}

fn in_one_index(one: &Span, other: &Span) -> bool {
    Prefix::of(&one.start) == Prefix::of(&other.start)
}

fn is_system(key: Option<&Bytes>) -> bool {
    key.and_then(|key| Prefix::of(key))
        .is_none_or(|prefix| prefix.table.0 < FIRST_USER_TABLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IndexId, TableId};

    fn key(table: u32, number: u32) -> Bytes {
        Prefix::new(TableId(table), IndexId(1)).key(&number.to_be_bytes())
    }

    #[test]
    fn a_great_many_keys_stay_covered_in_bounded_memory() {
        let mut reads = ReadSet::default();
        // In no order, so that groups of one table overlap in time.
        let numbers: Vec<u32> = (0..2_000_000)
            .map(|n: u32| n.wrapping_mul(2_654_435_761))
            .collect();
        for some in numbers.chunks(1_000) {
            remember_keys(&mut reads, some.iter().map(|n| key(100 + n % 3, *n)));
        }
        remember_keys(&mut reads, std::iter::once(key(1, 7)));
        assert!(reads.keys.len() <= KEYS + 1, "{}", reads.keys.len());
        assert!(reads.spans.len() <= SPANS, "{}", reads.spans.len());
        reads.spans.sort();
        for n in numbers.iter().step_by(997) {
            let wanted = key(100 + n % 3, *n);
            let covered = reads.keys.contains(&wanted)
                || reads.spans.iter().any(|span| span.contains(&wanted));
            assert!(covered, "{n}");
        }
        assert!(reads.keys.contains(&key(1, 7)), "system keys stay exact");
        let within_one = |span: &Span| Prefix::of(&span.start) == Prefix::of(&span.end);
        assert!(reads.spans.iter().all(within_one));
    }

    /// The end of a whole index is where the next one begins.
    #[test]
    fn whole_indexes_side_by_side_stay_apart() {
        let index = |number| Prefix::new(TableId(100), IndexId(number)).span();
        let mut reads = ReadSet::default();
        for number in 1..=SPANS as u32 + 1 {
            remember_span(&mut reads, &index(number));
        }
        assert_eq!(reads.spans.len(), SPANS + 1);
        for span in &reads.spans {
            span.prefix().expect("one index");
        }
    }

    #[test]
    fn scans_in_many_places_stay_covered() {
        let mut reads = ReadSet::default();
        let spans: Vec<Span> = (0..50_000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761) / 2 * 2)
            .map(|n| Span {
                start: key(100, n),
                end: key(100, n | 1),
            })
            .collect();
        for span in &spans {
            remember_span(&mut reads, span);
        }
        assert!(reads.spans.len() <= SPANS, "{}", reads.spans.len());
        for span in spans.iter().step_by(101) {
            assert!(
                reads
                    .spans
                    .iter()
                    .any(|known| known.contains(&span.start) && known.end >= span.end)
            );
        }
    }
}
