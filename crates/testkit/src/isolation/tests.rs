//! Each anomaly, made by hand, is found; what is only concurrent is not one.

use super::{Anomaly, Attempt, Because, Op, Outcome, judge};

/// A transaction that ran from `began` to `ended`.
fn ran(began: u64, ended: u64, ops: Vec<Op>) -> Attempt {
    Attempt {
        began,
        ended,
        ops,
        outcome: Outcome::Committed,
    }
}

/// One that ran beside all others.
fn beside(ops: Vec<Op>) -> Attempt {
    ran(0, 1000, ops)
}

fn append(list: i64, value: i64) -> Op {
    Op::Append { list, value }
}

fn read(list: i64, seen: &[i64]) -> Op {
    Op::Read {
        list,
        seen: seen.to_vec(),
    }
}

fn insert(set: i64, value: i64) -> Op {
    Op::Insert { set, value }
}

fn scan(set: i64, seen: &[i64]) -> Op {
    Op::Scan {
        set,
        seen: seen.to_vec(),
    }
}

/// The reasons of the only anomaly, a cycle, sorted.
fn reasons(history: &[Attempt]) -> Vec<Because> {
    let anomalies = judge(history);
    let [Anomaly::Cycle(steps)] = anomalies.as_slice() else {
        panic!("not one cycle: {anomalies:?}");
    };
    let mut reasons: Vec<Because> = steps.iter().map(|(_, because)| *because).collect();
    reasons.sort();
    reasons
}

#[test]
fn serial_histories_are_fine() {
    let history = [
        ran(0, 1, vec![append(1, 10), read(1, &[10])]),
        ran(2, 3, vec![read(1, &[10]), append(1, 11), append(2, 20)]),
        ran(
            4,
            5,
            vec![
                read(1, &[10, 11]),
                read(2, &[20]),
                insert(7, 1),
                scan(7, &[1]),
            ],
        ),
        ran(6, 7, vec![scan(7, &[1]), insert(7, 2), scan(7, &[2, 1])]),
        ran(8, 9, vec![read(1, &[10, 11]), scan(7, &[1, 2])]),
    ];
    assert_eq!(judge(&history), []);
}

#[test]
fn concurrent_transactions_may_come_in_either_order() {
    let history = [
        ran(0, 10, vec![append(1, 1)]),
        ran(5, 6, vec![read(1, &[])]),
        ran(5, 7, vec![read(1, &[1])]),
    ];
    assert_eq!(judge(&history), []);
}

#[test]
fn write_skew() {
    let history = [
        beside(vec![read(1, &[]), append(2, 20)]),
        beside(vec![read(2, &[]), append(1, 10)]),
        ran(1001, 1002, vec![read(1, &[10]), read(2, &[20])]),
    ];
    assert_eq!(reasons(&history), [Because::ReadWrite; 2]);
}

#[test]
fn a_lost_update() {
    // Both saw the list empty; only one of the two values is there at the end.
    let history = [
        beside(vec![read(1, &[]), append(1, 10)]),
        beside(vec![read(1, &[]), append(1, 11)]),
        ran(1001, 1002, vec![read(1, &[11])]),
    ];
    assert!(matches!(judge(&history).as_slice(), [Anomaly::Cycle(_)]));
}

#[test]
fn phantoms() {
    let history = [
        beside(vec![scan(1, &[]), insert(1, 10)]),
        beside(vec![scan(1, &[]), insert(1, 11)]),
        ran(1001, 1002, vec![scan(1, &[10, 11])]),
    ];
    assert_eq!(reasons(&history), [Because::Phantom; 2]);
    // Two sets, each filled by who saw the other one empty.
    let history = [
        beside(vec![scan(1, &[]), insert(2, 20)]),
        beside(vec![scan(2, &[]), insert(1, 10)]),
    ];
    assert_eq!(reasons(&history), [Because::Phantom; 2]);
}

#[test]
fn a_row_that_appears_between_two_looks() {
    let history = [
        beside(vec![scan(1, &[]), scan(1, &[10])]),
        beside(vec![insert(1, 10)]),
    ];
    assert_eq!(reasons(&history), [Because::WriteRead, Because::Phantom]);
}

#[test]
fn dirty_reads() {
    let aborted = Attempt {
        outcome: Outcome::Aborted,
        ..beside(vec![append(1, 10), insert(5, 50)])
    };
    let history = [aborted.clone(), beside(vec![read(1, &[10])])];
    let dirty = |value| Anomaly::Dirty {
        reader: 1,
        writer: 0,
        value,
    };
    assert_eq!(judge(&history), [dirty(10)]);
    assert_eq!(judge(&[aborted, beside(vec![scan(5, &[50])])]), [dirty(50)]);
}

#[test]
fn fractured_reads() {
    let history = [
        beside(vec![append(1, 10), append(2, 20)]),
        beside(vec![read(1, &[10]), read(2, &[])]),
        ran(1001, 1002, vec![read(2, &[20])]),
    ];
    assert_eq!(reasons(&history), [Because::WriteRead, Because::ReadWrite]);
    let of_a_list_and_a_set = [
        beside(vec![append(1, 10), insert(2, 20)]),
        beside(vec![read(1, &[10]), scan(2, &[])]),
    ];
    assert_eq!(
        reasons(&of_a_list_and_a_set),
        [Because::WriteRead, Because::Phantom]
    );
}

#[test]
fn half_of_a_transaction() {
    let history = [
        beside(vec![append(1, 10), append(1, 11)]),
        beside(vec![read(1, &[10])]),
        ran(1001, 1002, vec![read(1, &[10, 11])]),
    ];
    assert_eq!(reasons(&history), [Because::WriteRead, Because::ReadWrite]);
}

#[test]
fn a_stale_read() {
    let history = [
        ran(0, 1, vec![append(1, 10)]),
        ran(2, 3, vec![read(1, &[])]),
        ran(4, 5, vec![read(1, &[10])]),
    ];
    assert_eq!(reasons(&history), [Because::ReadWrite, Because::Time]);
    let of_a_set = [
        ran(0, 1, vec![insert(1, 10)]),
        ran(2, 3, vec![scan(1, &[])]),
    ];
    assert_eq!(reasons(&of_a_set), [Because::Phantom, Because::Time]);
}

#[test]
fn what_was_seen_is_not_unseen_again() {
    let history = [
        ran(0, 100, vec![append(1, 10)]),
        ran(1, 2, vec![read(1, &[10])]),
        ran(3, 4, vec![read(1, &[])]),
    ];
    assert!(matches!(judge(&history).as_slice(), [Anomaly::Cycle(_)]));
}

#[test]
fn a_write_that_nobody_finds() {
    let history = [
        ran(0, 1, vec![append(1, 10)]),
        ran(2, 3, vec![append(1, 11)]),
        ran(4, 5, vec![read(1, &[10])]),
    ];
    assert!(matches!(judge(&history).as_slice(), [Anomaly::Cycle(_)]));
}

#[test]
fn orders_that_cannot_both_be() {
    let history = [
        beside(vec![append(1, 10)]),
        beside(vec![append(1, 11)]),
        beside(vec![read(1, &[10, 11])]),
        beside(vec![read(1, &[11])]),
    ];
    let order = |anomaly: &Anomaly| matches!(anomaly, Anomaly::Order { list: 1, .. });
    assert!(judge(&history).iter().any(order));
}

#[test]
fn what_makes_no_sense_by_itself() {
    let own = [beside(vec![append(1, 10), read(1, &[])])];
    assert!(judge(&own).contains(&Anomaly::Forgotten {
        reader: 0,
        value: 10
    }));
    let own = [beside(vec![insert(1, 10), scan(1, &[])])];
    assert!(judge(&own).contains(&Anomaly::Forgotten {
        reader: 0,
        value: 10
    }));
    let nobodys = [beside(vec![read(1, &[7])])];
    assert_eq!(
        judge(&nobodys),
        [Anomaly::Unwritten {
            reader: 0,
            value: 7
        }]
    );
    let twice = [
        beside(vec![append(1, 10)]),
        beside(vec![read(1, &[10, 10])]),
    ];
    assert!(judge(&twice).contains(&Anomaly::Twice {
        reader: 1,
        value: 10
    }));
}

#[test]
fn an_unknown_outcome_counts_once_it_is_seen() {
    let unknown = Attempt {
        outcome: Outcome::Unknown,
        ..ran(0, u64::MAX, vec![append(1, 10)])
    };
    assert_eq!(judge(&[unknown.clone(), ran(5, 6, vec![read(1, &[])])]), []);
    assert_eq!(
        judge(&[unknown.clone(), ran(5, 6, vec![read(1, &[10])])]),
        []
    );
    let unseen_again = [
        unknown,
        ran(5, 6, vec![read(1, &[10])]),
        ran(7, 8, vec![read(1, &[])]),
    ];
    assert!(matches!(
        judge(&unseen_again).as_slice(),
        [Anomaly::Cycle(_)]
    ));
}

#[test]
fn cycles_print_their_reasons() {
    let history = [
        ran(0, 1, vec![append(1, 10)]),
        ran(2, 3, vec![read(1, &[])]),
    ];
    let shown: Vec<String> = judge(&history).iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["T0 -time-> T1 -rw-> T0"]);
}
