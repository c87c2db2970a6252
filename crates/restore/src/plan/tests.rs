use cairn_archive::VersionWindow;

use super::*;

fn file(number: u32, first: &str, last: &str) -> DataFile {
    DataFile {
        path: format!("data/104/{number}-a.parquet"),
        rows: 10,
        bytes: 100,
        file_bytes: 50,
        blake3: String::new(),
        first_key: first.to_owned(),
        last_key: last.to_owned(),
        columns: vec![1],
        window: VersionWindow {
            after: None,
            upto: 5,
        },
    }
}

fn plan(layers: &[&[DataFile]]) -> Result<Plan> {
    let prefix = Prefix::new(TableId(110), cairn_catalog::PRIMARY_INDEX);
    let table = PlannedTable {
        id: TableId(110),
        name: "bank.accounts".into(),
        span: prefix.span(),
        pieces: pieces(prefix, &prefix.span(), layers)?,
        indexes: vec!["by_owner".into()],
    };
    Ok(Plan {
        version: Version(77),
        tables: vec![table],
    })
}

#[test]
fn prints_itself() {
    let plan = plan(&[&[file(1, "8001", "8009"), file(2, "800a", "81ff")]]).unwrap();
    plan.check().unwrap();
    assert_eq!(
        plan.to_string(),
        "restore at 77\n  \
           bank.accounts as table 110\n    \
             data/104/1-a.parquet: 10 rows [8001, 8009]\n    \
             data/104/2-a.parquet: 10 rows [800a, 81ff]\n    \
             build index by_owner\n"
    );
}

/// Each piece names the files that have some of its keys, and no others.
#[test]
fn layers_meet_where_their_keys_do() {
    let base = [
        file(1, "8001", "8009"),
        file(2, "800a", "80ff"),
        file(3, "8101", "81ff"),
    ];
    let few = [file(4, "8002", "8003")];
    let wide = [file(5, "8009", "8100"), file(6, "81fe", "8202")];
    let plan = plan(&[&base, &few, &wide]).unwrap();
    plan.check().unwrap();
    let named = plan.pieces().map(|piece| {
        let files = piece
            .files
            .iter()
            .map(|(layer, file)| format!("{layer}:{}", &file.path[9..10]));
        files.collect::<Vec<_>>().join(" ")
    });
    assert_eq!(
        named.collect::<Vec<_>>(),
        ["0:1 1:4 2:5", "0:2 2:5", "0:3 2:6"]
    );
    assert_eq!(
        plan.pieces().map(Piece::width).collect::<Vec<_>>(),
        [3, 2, 2]
    );
}

/// The revisions of one key may go on in the next file: then both are read for it.
#[test]
fn a_key_in_two_files_is_in_one_piece() {
    let plan = plan(&[&[file(1, "8001", "8009"), file(2, "8009", "80ff")]]).unwrap();
    plan.check().unwrap();
    assert_eq!(
        plan.pieces()
            .map(|piece| piece.files.len())
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn overlaps_are_found() {
    let mut plan = plan(&[&[file(1, "8001", "8009"), file(2, "9001", "90ff")]]).unwrap();
    plan.tables[0].pieces.swap(0, 1);
    let problem = plan.check().unwrap_err().to_string();
    assert!(problem.contains("overlap"), "{problem}");
}

#[test]
fn keys_that_are_no_hexadecimal_are_refused() {
    for key in ["8", "8g", "é0"] {
        assert!(plan(&[&[file(1, key, "80")]]).is_err());
    }
}
