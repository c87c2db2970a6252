use std::sync::Arc;

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseDescriptor, DatabaseId, Direction, IndexColumn,
    TableDescriptor,
};
use proptest::prelude::*;

use super::*;

const WINDOW: PlannedWindow = PlannedWindow {
    after: None,
    upto: Version(1_000),
};

fn target(id: u32, name: &str) -> Target {
    let database = DatabaseDescriptor::new(DatabaseId(7), "bank");
    let column = ColumnDescriptor {
        nullable: false,
        ..ColumnDescriptor::new(ColumnId(1), "k", ColumnType::Int8)
    };
    let key = vec![IndexColumn {
        column: ColumnId(1),
        direction: Direction::Ascending,
    }];
    let mut table = TableDescriptor::new(DatabaseId(7), name, vec![column], key);
    table.id = TableId(id);
    Target::whole(Arc::new(database), Arc::new(table))
}

fn key(table: u32, rest: &[u8]) -> Bytes {
    [table.to_be_bytes().as_slice(), &1u32.to_be_bytes(), rest]
        .concat()
        .into()
}

fn plan(cuts: Vec<Bytes>) -> Plan {
    plan_around(cuts, Vec::new())
}

fn plan_around(cuts: Vec<Bytes>, done: Vec<Span>) -> Plan {
    let survey = Survey {
        estimated_bytes: 200 << 20,
        cuts,
        since: Version(3),
    };
    Plan::new(
        &[target(104, "accounts"), target(105, "empty")],
        WINDOW,
        false,
        &HashMap::from([(TableId(104), survey)]),
        &BTreeMap::from([(TableId(104), done)]),
    )
}

#[test]
fn prints_itself() {
    let plan = plan(vec![key(104, &[0x80, 5])]);
    plan.check().unwrap();
    assert_eq!(
        plan.to_string(),
        "full at 1000\n  \
           bank.accounts whole, about 200 MiB\n    \
             piece 1 [0000006800000001, 00000068000000018005)\n    \
             piece 2 [00000068000000018005, 0000006800000002)\n  \
           bank.empty whole, about 0 MiB\n    \
             piece 1 [0000006900000001, 0000006900000002)\n"
    );
}

/// The plan says of each table what is taken, and where a fingerprint costs a scan.
#[test]
fn says_what_is_taken() {
    let mut tables = [
        target(104, "derived"),
        target(105, "scanned"),
        target(106, "new"),
    ];
    for table in &mut tables[..2] {
        table.coverage = Coverage::Continued;
    }
    tables[0].before = Some(crate::target::Before {
        fingerprint: Default::default(),
        rows: 0,
    });
    let window = PlannedWindow {
        after: Some(Version(5)),
        upto: Version(9),
    };
    let survey = Survey {
        since: Version(7),
        ..Survey::default()
    };
    let surveys = HashMap::from([(TableId(106), survey)]);
    let lines = |history| {
        let plan = Plan::new(&tables, window, history, &surveys, &BTreeMap::new());
        plan.check().unwrap();
        let text = plan.to_string();
        text.lines()
            .filter(|line| !line.starts_with("    "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lines(false),
        [
            "changes in (5, 9]",
            "  bank.derived changes",
            "  bank.scanned changes, fingerprint by a scan",
            "  bank.new whole, about 0 MiB",
        ]
    );
    assert_eq!(
        lines(true),
        [
            "changes in (5, 9]",
            "  bank.derived changes with history",
            "  bank.scanned changes with history, fingerprint by a scan",
            "  bank.new whole with history since 7, about 0 MiB",
        ]
    );
}

#[test]
fn incremental_windows_print_both_ends() {
    let window = PlannedWindow {
        after: Some(Version(5)),
        upto: Version(9),
    };
    assert_eq!(window.to_string(), "changes in (5, 9]");
}

/// Cuts are hints: wrong ones are left out, and what is left tiles.
#[test]
fn foolish_cuts_are_left_out() {
    let cuts = vec![
        key(104, &[]),
        key(104, &[9]),
        key(104, &[3]),
        key(104, &[9]),
        key(105, &[1]),
    ];
    let plan = plan(cuts);
    plan.check().unwrap();
    assert_eq!(
        plan.pieces()
            .filter(|piece| piece.table == TableId(104))
            .count(),
        2
    );
}

/// What is done stays as it is, wherever the store would cut now; only the gaps are cut.
#[test]
fn what_is_done_is_planned_around() {
    let span = |start: &[u8], end: &[u8]| Span {
        start: key(104, start),
        end: key(104, end),
    };
    let done = vec![span(&[], &[2]), span(&[5], &[7]), span(&[7], &[8])];
    let cuts = [1, 3, 5, 6, 9].map(|cut| key(104, &[cut]));
    let plan = plan_around(cuts.to_vec(), done);
    plan.check().unwrap();
    let pieces = plan.tables[0].pieces.iter();
    let shown: Vec<String> = pieces
        .map(|piece| piece.to_string().replace("0000006800000001", ""))
        .collect();
    assert_eq!(
        shown,
        [
            "piece 1 [, 02) done",
            "piece 2 [02, 03)",
            "piece 3 [03, 05)",
            "piece 4 [05, 07) done",
            "piece 5 [07, 08) done",
            "piece 6 [08, 09)",
            "piece 7 [09, 0000006800000002)",
        ]
    );
    let overlapping = vec![span(&[], &[2]), span(&[1], &[3])];
    assert!(plan_around(Vec::new(), overlapping).check().is_err());
}

#[test]
fn gaps_overlaps_and_strangers_are_found() {
    let sound = plan(vec![key(104, &[1]), key(104, &[2])]);
    type Breaking = fn(&mut Vec<Piece>);
    let broken: [(&str, Breaking); 7] = [
        ("does not begin", |pieces| drop(pieces.remove(1))),
        ("end before", |pieces| drop(pieces.pop())),
        ("does not begin", |pieces| pieces.swap(0, 1)),
        ("does not begin", |pieces| {
            pieces.insert(1, pieces[0].clone())
        }),
        ("another window", |pieces| {
            pieces[2].window.upto = Version(1)
        }),
        ("another window or table", |pieces| {
            pieces[2].table = TableId(9)
        }),
        ("empty or upside down", |pieces| {
            pieces[0].span.end = pieces[0].span.start.clone()
        }),
    ];
    for (phrase, breaking) in broken {
        let mut plan = sound.clone();
        breaking(&mut plan.tables[0].pieces);
        let problem = plan.check().unwrap_err();
        assert!(problem.contains(phrase), "{problem}");
    }
}

#[test]
fn pieces_follow_the_size() {
    // A little data is not cut up, a lot is cut as files should be, and between every worker gets some.
    assert_eq!(piece_size(1 << 20, 2, PIECE_BYTES), LEAST_PIECE_BYTES);
    assert_eq!(piece_size(800 << 20, 2, PIECE_BYTES), 100 << 20);
    assert_eq!(piece_size(100 << 30, 2, PIECE_BYTES), PIECE_BYTES);
    assert_eq!(piece_size(100 << 30, 2, 1 << 10), 1 << 10);
    assert_eq!(piece_count(0, PIECE_BYTES), 1);
    assert_eq!(piece_count(PIECE_BYTES, PIECE_BYTES), 1);
    assert_eq!(piece_count(PIECE_BYTES + 1, PIECE_BYTES), 2);
}

proptest! {
    /// Whatever the store answers, every key of the table lies in exactly one piece.
    #[test]
    fn always_tiles(cuts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3), 0..12), probe in proptest::collection::vec(any::<u8>(), 0..4)) {
        let plan = plan(cuts.iter().map(|rest| key(104, rest)).collect());
        prop_assert_eq!(plan.check(), Ok(()));
        let probe = key(104, &probe);
        prop_assert_eq!(plan.pieces().filter(|piece| piece.span.contains(&probe)).count(), 1);
    }
}

/// No worker is left without work, and the pieces of a change of any size stay so small that little is done again.
#[test]
fn changes_are_cut_for_every_worker() {
    let cuts = |count: u32| (1..=count).map(|n| key(104, &n.to_be_bytes())).collect();
    let enough = |count| enough_cuts(cuts(count), 2);
    assert_eq!(enough(0), cuts(0));
    assert_eq!(enough(7), cuts(7));
    assert_eq!(enough(8).len(), 4);
    assert_eq!(enough(8)[0], cuts(8)[1]);
    assert_eq!(enough(100).len(), 7);
    // A hundred million keys.
    assert_eq!(enough(5_000).len(), 100);
}
