//! Answers of queries, compared as TPC-H section 2.1.3.5 allows: text exactly, numbers to the cent.

use cairn_cli::tpch_queries;

#[derive(Debug, PartialEq)]
pub struct Answer(Vec<Vec<String>>);

impl Answer {
    /// Lines of cells between bars, as `psql -A -t` prints them.
    pub fn from_psql(text: &str) -> Answer {
        Answer(text.lines().map(cells).collect())
    }

    /// The official answer at scale 1; its first line is a header.
    ///
    /// Query 17 stands here as TPC-H's specification prints it (2.4.17.5): the crate's file says 348406.02.
    fn official(number: usize) -> Answer {
        if number == 17 {
            return Answer(vec![vec!["348406.05".to_owned()]]);
        }
        let text = tpch_queries::answer(number).expect("queries 1 to 22");
        Answer(text.trim().lines().skip(1).map(cells).collect())
    }

    /// Compares with the official answer. The crate's file has cut the last two digits off the keys of query 11; so ours go too.
    pub fn assert_official(&self, number: usize) {
        let what = format!("query {number} against the official answer");
        let official = Answer::official(number);
        if number == 11 {
            return self.without_last_digits(2).assert_matches(&official, &what);
        }
        self.assert_matches(&official, &what);
    }

    /// The first cell of each row without its last `count` digits.
    fn without_last_digits(&self, count: usize) -> Answer {
        let cut = |row: &Vec<String>| {
            let mut row = row.clone();
            if let Some(key) = row.first_mut() {
                key.truncate(key.len().saturating_sub(count));
            }
            row
        };
        Answer(self.0.iter().map(cut).collect())
    }

    pub fn assert_matches(&self, other: &Answer, what: &str) {
        assert_eq!(self.0.len(), other.0.len(), "{what}: number of rows");
        for (row, (ours, theirs)) in self.0.iter().zip(&other.0).enumerate() {
            assert_eq!(ours.len(), theirs.len(), "{what}: columns of row {row}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert!(
                    same(ours, theirs),
                    "{what}: row {row}: {ours:?} is not {theirs:?}"
                );
            }
        }
    }
}

fn cells(line: &str) -> Vec<String> {
    line.split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn same(ours: &str, theirs: &str) -> bool {
    match (ours.parse::<f64>(), theirs.parse::<f64>()) {
        (Ok(ours), Ok(theirs)) => (ours - theirs).abs() <= 0.0051_f64.max(theirs.abs() * 1e-12),
        _ => ours == theirs,
    }
}
