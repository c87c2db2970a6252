//! The successor of a table that gets another primary key: every writer writes its rows there as well.

use bytes::Bytes;
use cairn_catalog::TableDescriptor;
use cairn_rows::{Datum, TableCodec};
use cairn_storage::Transaction;

use super::writer::duplicate;
use crate::{Result, SqlError};

pub(super) struct Mirror {
    table: TableDescriptor,
    codec: TableCodec,
}

impl Mirror {
    /// None: the table has no successor.
    pub fn of(table: &TableDescriptor) -> Result<Option<Self>> {
        let Some(table) = table.succeeded() else {
            return Ok(None);
        };
        let codec = TableCodec::new(&table)?;
        Ok(Some(Mirror { table, codec }))
    }

    pub fn put(&self, transaction: &Transaction, row: &[Datum]) -> Result<()> {
        let (key, value) = self.codec.encode(row)?;
        transaction.put(key, value)?;
        for index in &self.table.indexes {
            let (key, value) = self.codec.index_entry(index, row)?;
            transaction.put(key, value)?;
        }
        Ok(())
    }

    /// A row from before may have NULLs that the new key does not take: then it is not there.
    pub fn delete(&self, transaction: &Transaction, row: &[Datum]) -> Result<()> {
        let Some(key) = self.key(row)? else {
            return Ok(());
        };
        transaction.delete(key)?;
        for index in &self.table.indexes {
            transaction.delete(self.codec.index_entry(index, row)?.0)?;
        }
        Ok(())
    }

    /// Where the row lies; None where it cannot.
    pub fn key(&self, row: &[Datum]) -> Result<Option<Bytes>> {
        match self.codec.key(row) {
            Err(cairn_rows::Error::NotNull { .. }) => Ok(None),
            other => Ok(Some(other?)),
        }
    }

    /// The row that lies there.
    pub fn row(&self, key: &[u8], value: &[u8]) -> Result<Vec<Datum>> {
        Ok(self.codec.decode(key, value)?)
    }

    /// 23505 for the new key.
    pub fn duplicate(&self, row: &[Datum]) -> SqlError {
        duplicate(&self.table, &self.table.primary, row)
    }
}
