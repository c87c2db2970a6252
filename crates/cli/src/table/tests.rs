use super::Table;
use crate::client::Column;

#[test]
fn a_table_looks_as_in_psql() {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    let mut table = Table::new(vec![column("id", 20), column("a name", 25)]);
    table.push(vec![Some("1".to_owned()), Some("two\nlines".to_owned())]);
    table.push(vec![Some("1000".to_owned()), None]);
    let wanted =
        "  id  | a name\n------+--------\n    1 | two   +\n      | lines\n 1000 |\n(2 rows)\n";
    assert_eq!(table.to_string(), wanted);
}

#[test]
fn one_row_is_one_row() {
    let mut table = Table::new(vec![Column {
        name: "x".to_owned(),
        kind: 25,
    }]);
    table.push(vec![Some("y".to_owned())]);
    assert_eq!(table.to_string(), " x\n---\n y\n(1 row)\n");
}
