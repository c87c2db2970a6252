//! The two ends of a foreign key, always changed together: the key in the table that refers, and that table's id in
//! `referenced_by` of the table referred to.
//!
//! Each function reads both descriptors through the transaction, so a change of either end meanwhile is a conflict.

use cairn_storage::{TableId, Transaction};

use crate::record::{check_user_table, find_table, read_table, write_table};
use crate::{Error, ForeignKey, Result, State, TableDescriptor};

/// Adds a foreign key to a public table.
///
/// # Errors
/// `Invalid` when the table has a constraint of that name, or the columns are not there on either side.
pub async fn add_foreign_key(txn: &Transaction, table: TableId, key: ForeignKey) -> Result<()> {
    let referenced = key.referenced;
    let mut table = read_table(txn, table).await?;
    check_user_table(&table)?;
    if referenced == table.id {
        note_referrer(&mut table, referenced);
    } else {
        let mut other = read_table(txn, referenced).await?;
        check_user_table(&other)?;
        note_referrer(&mut other, table.id);
        check_target(&table, &key, &other)?;
        write_table(txn, &other)?;
    }
    if referenced == table.id {
        check_target(&table, &key, &table)?;
    }
    table.foreign_keys.push(key);
    write_table(txn, &table)
}

/// Removes a foreign key by name, at both ends.
///
/// # Errors
/// `UnknownConstraint`.
pub async fn drop_foreign_key(txn: &Transaction, table: TableId, name: &str) -> Result<()> {
    let mut table = read_table(txn, table).await?;
    let Some(place) = table.foreign_keys.iter().position(|key| key.name == name) else {
        return Err(Error::UnknownConstraint {
            table: table.name,
            constraint: name.to_owned(),
        });
    };
    let key = table.foreign_keys.remove(place);
    forget_referrer(txn, &mut table, key.referenced).await?;
    write_table(txn, &table)
}

/// Removes every foreign key of the table and every one that refers to it, all at both ends: before it is dropped.
pub(crate) async fn detach(txn: &Transaction, table: TableId) -> Result<()> {
    let mut table = find_table(txn, table).await?;
    let referrers = std::mem::take(&mut table.referenced_by);
    for key in std::mem::take(&mut table.foreign_keys) {
        forget_referrer(txn, &mut table, key.referenced).await?;
    }
    write_table(txn, &table)?;
    for referrer in referrers.into_iter().filter(|id| *id != table.id) {
        let mut referrer = find_table(txn, referrer).await?;
        if referrer.state == State::Dropping {
            continue;
        }
        referrer
            .foreign_keys
            .retain(|key| key.referenced != table.id);
        write_table(txn, &referrer)?;
    }
    Ok(())
}

fn note_referrer(referenced: &mut TableDescriptor, referrer: TableId) {
    if !referenced.referenced_by.contains(&referrer) {
        referenced.referenced_by.push(referrer);
    }
}

/// Takes `table` from the referrers of `referenced`, unless another of its keys still refers there.
async fn forget_referrer(
    txn: &Transaction,
    table: &mut TableDescriptor,
    referenced: TableId,
) -> Result<()> {
    let refers = table
        .foreign_keys
        .iter()
        .any(|key| key.referenced == referenced);
    if refers {
        return Ok(());
    }
    if referenced == table.id {
        table.referenced_by.retain(|id| *id != referenced);
        return Ok(());
    }
    let mut other = find_table(txn, referenced).await?;
    if other.state != State::Dropping {
        other.referenced_by.retain(|id| *id != table.id);
        write_table(txn, &other)?;
    }
    Ok(())
}

/// What `TableDescriptor::check` cannot see: the other table.
fn check_target(table: &TableDescriptor, key: &ForeignKey, other: &TableDescriptor) -> Result<()> {
    match other.unique_index_over(&key.referenced_columns) {
        Some(_) => Ok(()),
        None => Err(Error::Invalid {
            object: format!("table {:?}", table.name),
            problem: format!(
                "foreign key {:?} refers to columns of table {:?} that no unique index is over",
                key.name, other.name
            ),
        }),
    }
}
