//! Where copied rows go: the table, the column each field is for, and what the others get.

use std::sync::Arc;

use cairn_catalog::{ColumnDescriptor, TableDescriptor};
use cairn_copy::{Block, Fields, Format};
use cairn_rows::{Datum, RowIds, Zone};
use cairn_storage::Engine;

use super::defaults::Defaults;
use crate::{
    Result, SqlError, SqlState,
    constraint::rules::{RowRules, Violation, not_null},
    node::Node,
};

/// Turns blocks of records into rows of one table.
pub(super) struct Target {
    pub table: TableDescriptor,
    pub format: Format,
    /// For each field, its column and the column's place in a row.
    fields: Vec<(usize, ColumnDescriptor)>,
    defaults: Defaults,
    rules: RowRules,
    /// Places of row ids.
    hidden: Vec<usize>,
    node: Arc<Node>,
    /// The session's.
    zone: Zone,
}

impl Target {
    /// `columns` are those of the fields.
    pub fn new(
        node: Arc<Node>,
        table: TableDescriptor,
        format: Format,
        columns: &[ColumnDescriptor],
        defaults: Defaults,
        rules: RowRules,
        zone: Zone,
    ) -> Result<Self> {
        let fields = columns
            .iter()
            .map(|column| {
                let place = table.columns.iter().position(|known| known.id == column.id);
                Ok((
                    place.ok_or_else(|| SqlError::internal("a copied column is not there"))?,
                    column.clone(),
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        let hidden = |(place, column): (usize, &ColumnDescriptor)| column.hidden.then_some(place);
        let hidden = table
            .columns
            .iter()
            .enumerate()
            .filter_map(hidden)
            .collect();
        Ok(Target {
            table,
            format,
            fields,
            defaults,
            rules,
            hidden,
            node,
            zone,
        })
    }

    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub fn engine(&self) -> &Arc<dyn Engine> {
        self.node.engine()
    }

    pub fn columns(&self) -> usize {
        self.fields.len()
    }

    /// Hands each row of a block to `each`, with the line it begins on.
    ///
    /// # Errors
    /// What PostgreSQL answers for a record that is no row of the table, with the line, and the column and its text
    /// where one is at fault as context; and what `each` answers, with the line.
    pub fn rows(
        &self,
        block: &Block,
        mut each: impl FnMut(u64, &[Datum]) -> Result<()>,
    ) -> Result<()> {
        if !self.rules.has_expressions() {
            return self.parse(block, |line, _, row| {
                self.check_nulls(row).and_then(|()| each(line, row))
            });
        }
        let (mut rows, mut records) = (Vec::with_capacity(block.count()), Vec::new());
        let parsed = self.parse(block, |line, record, row| {
            rows.push(row.to_vec());
            records.push((line, record));
            Ok(())
        });
        // A row that breaks a rule comes before a record that is no row.
        self.rules
            .apply(&mut rows)
            .map_err(|violation| self.at_violation(violation, &records))?;
        parsed?;
        for ((line, record), row) in records.into_iter().zip(&rows) {
            each(line, row).map_err(|error| self.at_line(error, line, record))?;
        }
        Ok(())
    }

    fn at_violation(&self, violation: Violation, records: &[(u64, &[u8])]) -> SqlError {
        match violation.row.and_then(|row| records.get(row)) {
            Some((line, record)) => self.at_line(violation.error, *line, record),
            None => violation.error.context(format!("COPY {}", self.table.name)),
        }
    }

    /// Hands the row of each record to `each`, computed columns still NULL, with its line and the record.
    fn parse<'a>(
        &self,
        block: &'a Block,
        mut each: impl FnMut(u64, &'a [u8], &[Datum]) -> Result<()>,
    ) -> Result<()> {
        let mut fields = Fields::default();
        let mut row = vec![Datum::Null; self.table.columns.len()];
        let mut defaults = self.defaults.evaluate(block.count())?;
        for (number, (line, record)) in block.records().enumerate() {
            fields
                .read(&self.format, record)
                .map_err(SqlError::from)
                .and_then(|()| self.check_width(&fields))
                .map_err(|error| self.at_line(error, line, record))?;
            for (field, (place, column)) in self.fields.iter().enumerate() {
                let text = fields.get(field);
                let value = value(column, text, self.zone)
                    .map_err(|error| self.at_column(error, line, column, text))?;
                set(&mut row, *place, value);
            }
            for (place, values) in &mut defaults {
                set(
                    &mut row,
                    *place,
                    values
                        .get_mut(number)
                        .map_or(Datum::Null, |value| std::mem::replace(value, Datum::Null)),
                );
            }
            for place in &self.hidden {
                set(
                    &mut row,
                    *place,
                    Datum::Int8(self.row_ids().next(self.engine().timeline())),
                );
            }
            each(line, record, &row).map_err(|error| self.at_line(error, line, record))?;
        }
        Ok(())
    }

    fn row_ids(&self) -> &RowIds {
        self.node.row_ids()
    }

    fn check_width(&self, fields: &Fields) -> Result<()> {
        match self.fields.get(fields.count()) {
            Some((_, missing)) => Err(SqlError::new(
                SqlState::BadCopyFileFormat,
                format!("missing data for column {:?}", missing.name),
            )),
            None if fields.count() > self.fields.len() => Err(SqlError::new(
                SqlState::BadCopyFileFormat,
                "extra data after last expected column",
            )),
            None => Ok(()),
        }
    }

    fn check_nulls(&self, row: &[Datum]) -> Result<()> {
        let hole = self
            .table
            .columns
            .iter()
            .zip(row)
            .find(|(column, value)| value.is_null() && !column.nullable);
        match hole {
            Some((column, _)) => Err(not_null(&self.table, column)),
            None => Ok(()),
        }
    }

    /// `COPY t, line 3`.
    pub fn place(&self, line: u64) -> String {
        format!("COPY {}, line {line}", self.table.name)
    }

    /// Says on which line an error came up, unless that is said already.
    pub fn at_line(&self, error: SqlError, line: u64, record: &[u8]) -> SqlError {
        match error.context {
            Some(_) => error,
            None => {
                let record = shortened(&String::from_utf8_lossy(record));
                error.context(format!("{}: \"{record}\"", self.place(line)))
            }
        }
    }

    fn at_column(
        &self,
        error: SqlError,
        line: u64,
        column: &ColumnDescriptor,
        text: Option<&str>,
    ) -> SqlError {
        let shown = text.map_or("null input".to_owned(), |text| {
            format!("\"{}\"", shortened(text))
        });
        error.context(format!(
            "{}, column {}: {shown}",
            self.place(line),
            column.name
        ))
    }
}

fn value(column: &ColumnDescriptor, text: Option<&str>, zone: Zone) -> Result<Datum> {
    match text {
        Some(text) => Ok(Datum::parse_text_in(zone, &column.ty, text)?),
        None => Ok(Datum::Null),
    }
}

fn set(row: &mut [Datum], place: usize, value: Datum) {
    if let Some(cell) = row.get_mut(place) {
        *cell = value;
    }
}

/// At most 100 characters of what the client sent.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
