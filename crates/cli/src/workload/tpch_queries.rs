//! The 22 queries of TPC-H, with the parameters that the official answers were made with, and those answers.

use tpchgen::q_and_a::{answers_sf1, queries};

/// The validation parameters of each query, from the TPC-H specification, section 2.4. Those of query 11 hold for
/// scale 1 and are divided by the scale.
const PARAMETERS: [&[&str]; 22] = [
    &["90"],
    &["15", "BRASS", "EUROPE"],
    &["BUILDING", "1995-03-15"],
    &["1993-07-01"],
    &["ASIA", "1994-01-01"],
    &["1994-01-01", "0.06", "24"],
    &["FRANCE", "GERMANY"],
    &["BRAZIL", "AMERICA", "ECONOMY ANODIZED STEEL"],
    &["green"],
    &["1993-10-01"],
    &["GERMANY", "0.0001"],
    &["MAIL", "SHIP", "1994-01-01"],
    &["special", "requests"],
    &["1995-09-01"],
    &["1996-01-01"],
    &[
        "Brand#45",
        "MEDIUM POLISHED",
        "49",
        "14",
        "23",
        "45",
        "19",
        "3",
        "36",
        "9",
    ],
    &["Brand#23", "MED BOX"],
    &["300"],
    &["Brand#12", "Brand#23", "Brand#34", "1", "10", "20"],
    &["forest", "1994-01-01", "CANADA"],
    &["SAUDI ARABIA"],
    &["13", "31", "23", "29", "30", "18", "17"],
];

/// How many rows of the answer count, where the specification says so.
const LIMITS: [(usize, u32); 5] = [(2, 100), (3, 10), (10, 20), (18, 100), (21, 100)];

const NATION_SHARE: usize = 11;
const TOP_SUPPLIER: usize = 15;

/// Query `number`, from 1 to 22, as one SELECT.
pub fn query(number: usize, scale: f64) -> Option<String> {
    let parameters = PARAMETERS.get(number.checked_sub(1)?)?;
    let mut text = queries::query(i32::try_from(number).ok()?)?
        .trim()
        .trim_end_matches(';')
        .to_owned();
    if number == TOP_SUPPLIER {
        text = with_clause(&text)?;
    }
    // From the last on, so that `:1` does not eat the beginning of `:10`.
    for (index, value) in parameters.iter().enumerate().rev() {
        let value = match (number, index) {
            (NATION_SHARE, 1) => format!("{:.10}", 0.0001 / scale),
            _ => (*value).to_owned(),
        };
        text = text.replace(&format!(":{}", index + 1), &value);
    }
    // The precision of an interval's first field says nothing about its value.
    text = text.replace("day (3)", "day");
    if let Some((_, limit)) = LIMITS.iter().find(|(limited, _)| *limited == number) {
        text.push_str(&format!("\nlimit {limit}"));
    }
    Some(text)
}

/// The official answer at scale 1: a header, then rows, values between bars.
pub fn answer(number: usize) -> Option<&'static str> {
    answers_sf1::answer(i32::try_from(number).ok()?)
}

/// Query 15 is written with a view; the specification's variant 15a is the same with a WITH clause.
fn with_clause(text: &str) -> Option<String> {
    let (create, rest) = text.split_once(';')?;
    let (select, _drop) = rest.split_once(';')?;
    let (head, body) = create.split_once(" as\n")?;
    let name = head.strip_prefix("create view ")?;
    Some(format!("with {name} as (\n{body})\n{}", select.trim()).replace("revenue:s", "revenue"))
}

#[cfg(test)]
mod tests;
