//! Rows as psql prints them: a header, a rule, values in columns, a count.

use crate::client::Column;

/// Oids of the types whose values stand at the right: integers, floats, NUMERIC, OID.
const RIGHT: [u32; 7] = [20, 21, 23, 26, 700, 701, 1700];

/// Gathers rows and prints them.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Option<String>>>,
}

impl Table {
    pub fn new(columns: Vec<Column>) -> Table {
        Table {
            columns,
            rows: Vec::new(),
        }
    }

    pub fn push(&mut self, row: Vec<Option<String>>) {
        self.rows.push(row);
    }

    pub fn rows(&self) -> &[Vec<Option<String>>] {
        &self.rows
    }

    /// How wide each column is: its widest line.
    fn widths(&self) -> Vec<usize> {
        let values = |index: usize| {
            self.rows
                .iter()
                .filter_map(move |row| row.get(index)?.as_deref())
        };
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(index, column)| {
                let widest = values(index)
                    .flat_map(str::lines)
                    .map(width)
                    .max()
                    .unwrap_or(0);
                widest.max(width(&column.name))
            })
            .collect()
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widths = self.widths();
        let header = self
            .columns
            .iter()
            .zip(&widths)
            .map(|(column, width)| centred(&column.name, *width));
        writeln!(f, "{}", header.collect::<Vec<_>>().join("|").trim_end())?;
        let rule = widths.iter().map(|width| "-".repeat(width + 2));
        writeln!(f, "{}", rule.collect::<Vec<_>>().join("+"))?;
        for row in &self.rows {
            write_row(f, &self.columns, row, &widths)?;
        }
        let count = self.rows.len();
        writeln!(f, "({count} {})", if count == 1 { "row" } else { "rows" })
    }
}

/// A row takes as many lines as its longest value; `+` marks a value that goes on.
fn write_row(
    f: &mut std::fmt::Formatter<'_>,
    columns: &[Column],
    row: &[Option<String>],
    widths: &[usize],
) -> std::fmt::Result {
    let values: Vec<Vec<&str>> = row
        .iter()
        .map(|value| value.as_deref().unwrap_or("").split('\n').collect())
        .collect();
    let height = values.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let cells = columns
            .iter()
            .zip(&values)
            .zip(widths)
            .map(|((column, value), width)| {
                let text = value.get(line).copied().unwrap_or("");
                let more = if line + 1 < value.len() { '+' } else { ' ' };
                let blanks = " ".repeat(width.saturating_sub(self::width(text)));
                if RIGHT.contains(&column.kind) {
                    format!(" {blanks}{text}{more}")
                } else {
                    format!(" {text}{blanks}{more}")
                }
            });
        writeln!(f, "{}", cells.collect::<Vec<_>>().join("|").trim_end())?;
    }
    Ok(())
}

/// A line of CSV. What is NULL is nothing, and what is an empty text is quoted.
pub fn csv<'a>(values: impl Iterator<Item = Option<&'a str>>) -> String {
    let cells = values.map(|value| match value {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains(['"', ',', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(text) => text.to_owned(),
    });
    cells.collect::<Vec<_>>().join(",")
}

fn centred(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(self::width(text));
    let left = blanks / 2;
    format!(" {}{text}{} ", " ".repeat(left), " ".repeat(blanks - left))
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests;
