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

fn plan(files: &[DataFile]) -> Result<Plan> {
    let prefix = Prefix::new(TableId(110), cairn_catalog::PRIMARY_INDEX);
    let table = PlannedTable {
        id: TableId(110),
        name: "bank.accounts".into(),
        span: prefix.span(),
        pieces: files
            .iter()
            .map(|file| piece(prefix, file))
            .collect::<Result<_>>()?,
        indexes: vec!["by_owner".into()],
    };
    Ok(Plan {
        version: Version(77),
        tables: vec![table],
    })
}

#[test]
fn prints_itself() {
    let plan = plan(&[file(1, "8001", "8009"), file(2, "800a", "81ff")]).unwrap();
    plan.check().unwrap();
    assert_eq!(
        plan.to_string(),
        "restore at 77\n  \
           bank.accounts as table 110: 20 rows\n    \
             data/104/1-a.parquet: 10 rows [8001, 8009]\n    \
             data/104/2-a.parquet: 10 rows [800a, 81ff]\n    \
             build index by_owner\n"
    );
}

/// A key that continues the last key of one file belongs to the next.
#[test]
fn keys_that_continue_others_fit() {
    plan(&[file(1, "8001", "8009"), file(2, "800902", "800903")])
        .unwrap()
        .check()
        .unwrap();
}

#[test]
fn overlaps_and_disorder_are_found() {
    for files in [
        [file(1, "8001", "8009"), file(2, "8009", "80ff")],
        [file(1, "9001", "9009"), file(2, "8001", "8009")],
        [file(1, "8009", "8001"), file(2, "9001", "9009")],
    ] {
        let problem = plan(&files).unwrap().check().unwrap_err().to_string();
        assert!(problem.contains("overlap"), "{problem}");
    }
}

#[test]
fn keys_that_are_no_hexadecimal_are_refused() {
    for key in ["8", "8g", "é0"] {
        assert!(plan(&[file(1, key, "80")]).is_err());
    }
}
