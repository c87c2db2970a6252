//! One row at a time: datums to key and value, and back.
//!
//! For statements that touch single rows. Spans of rows go through `BatchDecoder` and `BatchEncoder`, which give
//! the same bytes.

use bytes::Bytes;
use cairn_catalog::{ColumnId, IndexDescriptor, TableDescriptor};

use crate::shape::{IndexShape, KeyPart, Shape};
use crate::value::{ValueWriter, Values};
use crate::{Datum, Result, element};

/// Encodes and decodes the rows of one table. Rows are datums in the order of the descriptor's columns.
#[derive(Debug)]
pub struct TableCodec {
    shape: Shape,
}

impl TableCodec {
    /// # Errors
    /// A column of a type that this version does not know, or whose missing value is not of its type.
    pub fn new(table: &TableDescriptor) -> Result<Self> {
        Ok(Self {
            shape: Shape::new(table)?,
        })
    }

    /// The row's key and value. A NULL in a write-only column is left out.
    ///
    /// # Errors
    /// `NotNull` for a NULL where none may be; `Shape` for a value of the wrong type (see `Datum::fit`).
    pub fn encode(&self, row: &[Datum]) -> Result<(Bytes, Bytes)> {
        self.check(row)?;
        let mut value = Vec::new();
        let mut writer = ValueWriter::new(&mut value);
        for (position, column) in self.shape.value_columns() {
            let datum = row.get(position).unwrap_or(&Datum::Null);
            // A column that is being added, and that the row was written without: it stays to be filled.
            if datum.is_null() && column.is_being_added {
                continue;
            }
            if datum.is_null() && !column.takes_null {
                return Err(self.shape.not_null(column));
            }
            writer.datum(column.id, datum);
        }
        Ok((self.key_of(row), value.into()))
    }

    /// Whether a stored value has this column. One without it was written before the column was added.
    ///
    /// # Errors
    /// `Damaged` for bytes that are no value.
    pub fn holds(&self, value: &[u8], column: ColumnId) -> Result<bool> {
        let mut values = Values::new(value);
        while let Some((id, _)) = values
            .next()
            .map_err(|problem| self.shape.damaged(problem))?
        {
            if id >= column {
                return Ok(id == column);
            }
        }
        Ok(false)
    }

    /// The row's key alone; only the primary key's columns are looked at.
    pub fn key(&self, row: &[Datum]) -> Result<Bytes> {
        self.check(row)?;
        Ok(self.key_of(row))
    }

    fn key_of(&self, row: &[Datum]) -> Bytes {
        let mut key = self.shape.prefix.to_bytes().to_vec();
        push_parts(&mut key, &self.shape.key, row);
        key.into()
    }

    /// The row that a key and a value hold.
    ///
    /// # Errors
    /// `Damaged` for bytes that this table's rows cannot have.
    pub fn decode(&self, key: &[u8], value: &[u8]) -> Result<Vec<Datum>> {
        let shape = &self.shape;
        let mut row: Vec<Datum> = shape
            .columns
            .iter()
            .map(|column| column.missing.clone())
            .collect();
        let mut rest = shape.suffix(shape.prefix, key)?;
        self.read_parts(&mut rest, &shape.key, &mut row)?;
        if !rest.is_empty() {
            return Err(shape.damaged("a key goes on behind its columns"));
        }
        let mut values = Values::new(value);
        let mut columns = shape.value_columns().peekable();
        while let Some((id, raw)) = values.next().map_err(|problem| shape.damaged(problem))? {
            while columns.next_if(|(_, column)| column.id < id).is_some() {}
            // A column that is not there was dropped after the row was written.
            if let Some((position, column)) = columns.next_if(|(_, column)| column.id == id) {
                let datum = raw
                    .datum(&column.ty)
                    .map_err(|problem| shape.damaged_column(&column.name, problem))?;
                set(&mut row, position, datum);
            }
        }
        let hole = row
            .iter()
            .zip(&shape.columns)
            .find(|(datum, column)| datum.is_null() && !column.nullable);
        match hole {
            Some((_, column)) => {
                Err(shape.damaged_column(&column.name, "a NULL where none may be"))
            }
            None => Ok(row),
        }
    }

    /// The row's entry in a secondary index. A unique index's key is the indexed columns alone, unless one of them
    /// is NULL: NULLs are never equal.
    pub fn index_entry(&self, index: &IndexDescriptor, row: &[Datum]) -> Result<(Bytes, Bytes)> {
        self.check(row)?;
        let index = self.shape.index(index)?;
        let mut key = index.prefix.to_bytes().to_vec();
        let mut value = Vec::new();
        push_parts(&mut key, &index.columns, row);
        let alone = index.unique
            && !index
                .columns
                .iter()
                .any(|part| row.get(part.position).is_none_or(Datum::is_null));
        push_parts(if alone { &mut value } else { &mut key }, &index.rest, row);
        Ok((key.into(), value.into()))
    }

    /// The key of the row that an entry of a secondary index stands for.
    ///
    /// # Errors
    /// `Damaged` for an entry that this index cannot have.
    pub fn primary_key_of_entry(
        &self,
        index: &IndexDescriptor,
        key: &[u8],
        value: &[u8],
    ) -> Result<Bytes> {
        let index = self.shape.index(index)?;
        let row = self.read_entry(&index, key, value)?;
        Ok(self.key_of(&row))
    }

    /// The row's columns that a key holds, the others NULL: of the primary index or of a secondary one.
    pub fn row_of_key(&self, index: &IndexDescriptor, key: &[u8]) -> Result<Vec<Datum>> {
        let index = self.shape.index(index)?;
        let mut row = vec![Datum::Null; self.shape.columns.len()];
        let mut rest = self.shape.suffix(index.prefix, key)?;
        self.read_parts(&mut rest, &index.columns, &mut row)?;
        Ok(row)
    }

    /// The columns that an index entry holds, the others NULL.
    fn read_entry(&self, index: &IndexShape, key: &[u8], value: &[u8]) -> Result<Vec<Datum>> {
        let mut row = vec![Datum::Null; self.shape.columns.len()];
        let mut rest = self.shape.suffix(index.prefix, key)?;
        self.read_parts(&mut rest, &index.columns, &mut row)?;
        let alone = index.unique
            && !index
                .columns
                .iter()
                .any(|part| row.get(part.position).is_none_or(Datum::is_null));
        let (mut tail, empty) = if alone { (value, rest) } else { (rest, value) };
        self.read_parts(&mut tail, &index.rest, &mut row)?;
        if !tail.is_empty() || !empty.is_empty() {
            return Err(self
                .shape
                .damaged("an index entry goes on behind its columns"));
        }
        Ok(row)
    }

    fn read_parts(&self, rest: &mut &[u8], parts: &[KeyPart], row: &mut [Datum]) -> Result<()> {
        for (part, column) in self.shape.key_columns(parts) {
            let datum = element::read(rest, &column.ty, element::flip(part.direction))
                .map_err(|problem| self.shape.damaged_column(&column.name, problem))?;
            set(row, part.position, datum);
        }
        Ok(())
    }

    fn check(&self, row: &[Datum]) -> Result<()> {
        let shape = &self.shape;
        if row.len() != shape.columns.len() {
            return Err(shape.mismatch(
                "row",
                format!("{} values", shape.columns.len()),
                row.len(),
            ));
        }
        for (datum, column) in row.iter().zip(&shape.columns) {
            if datum.is_null() && !column.nullable {
                return Err(shape.not_null(column));
            }
            if !datum.is_of(&column.ty) {
                return Err(shape.mismatch(
                    format!("column {:?}", column.name),
                    column.ty,
                    format!("{datum:?}"),
                ));
            }
        }
        Ok(())
    }
}

fn push_parts(out: &mut Vec<u8>, parts: &[KeyPart], row: &[Datum]) {
    for part in parts {
        element::push(
            out,
            row.get(part.position).unwrap_or(&Datum::Null),
            part.direction,
        );
    }
}

fn set(row: &mut [Datum], position: usize, datum: Datum) {
    if let Some(place) = row.get_mut(position) {
        *place = datum;
    }
}

#[cfg(test)]
mod tests;
