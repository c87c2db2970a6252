//! Changes of tables.

use std::collections::BTreeSet;

use bytes::Bytes;
use cairn_storage::{TableId, Transaction};

use crate::allocation::{allocate, allocate_many};
use crate::record::{
    check_name, check_user_table, find_database, find_table, read_table, take_relation_name,
    write_table,
};
use crate::view::for_each;
use crate::{DatabaseId, Error, Result, State, TableDescriptor, layout};

/// Stores a new table under a fresh id, which the answer has. It is public, or offline if its state says so; in
/// both cases its name is taken.
///
/// # Errors
/// `RelationExists`, `UnknownDatabaseId`, `Invalid`.
pub async fn create_table(
    txn: &Transaction,
    mut table: TableDescriptor,
) -> Result<TableDescriptor> {
    check_new(txn, &table).await?;
    table.id = TableId(allocate(txn, layout::next_table(), "tables").await?);
    put_new(txn, &table).await?;
    Ok(table)
}

/// The same for many, whose ids are taken at once.
pub async fn create_tables(
    txn: &Transaction,
    mut tables: Vec<TableDescriptor>,
) -> Result<Vec<TableDescriptor>> {
    for table in &tables {
        check_new(txn, table).await?;
    }
    if tables.is_empty() {
        return Ok(tables);
    }
    let ids = allocate_many(txn, layout::next_table(), "tables", tables.len()).await?;
    for (table, id) in tables.iter_mut().zip(ids) {
        table.id = TableId(id);
        put_new(txn, table).await?;
    }
    Ok(tables)
}

async fn check_new(txn: &Transaction, table: &TableDescriptor) -> Result<()> {
    check_name("table", &table.name)?;
    find_database(txn, table.database).await?;
    Ok(())
}

/// Stores a table whose id is chosen already.
pub(crate) async fn put_new(txn: &Transaction, table: &TableDescriptor) -> Result<()> {
    take_relation_name(txn, table.database, &table.name, table.id).await?;
    if table.state.is_public() {
        note_public(txn, table.id)?;
    }
    write_table(txn, table)
}

/// From this commit's version on the table may be read.
pub(crate) fn note_public(txn: &Transaction, id: TableId) -> Result<()> {
    Ok(txn.put(layout::public_since(id), Bytes::new())?)
}

/// Replaces the definition of a public table. Id, name, database and state stay; they have changes of their own. The
/// entries of an index that is not in it any more go once no read can want them.
pub async fn put_table(txn: &Transaction, table: &TableDescriptor) -> Result<()> {
    let stored = read_table(txn, table.id).await?;
    check_user_table(&stored)?;
    if (&stored.name, stored.database, &stored.state) != (&table.name, table.database, &table.state)
    {
        return Err(Error::Invalid {
            object: format!("table {:?}", stored.name),
            problem: "a new definition cannot change its name, database or state".into(),
        });
    }
    for index in &stored.indexes {
        if table.index(index.id).is_none() {
            txn.put(layout::removal(table.id, Some(index.id)), Bytes::new())?;
        }
    }
    write_table(txn, table)
}

/// Gives a table another name, in another database if that differs.
pub async fn rename_table(
    txn: &Transaction,
    id: TableId,
    database: DatabaseId,
    name: &str,
) -> Result<()> {
    check_name("table", name)?;
    let mut table = read_table(txn, id).await?;
    check_user_table(&table)?;
    if (table.name.as_str(), table.database) == (name, database) {
        return Ok(());
    }
    crate::database::read_database(txn, database).await?;
    take_relation_name(txn, database, name, id).await?;
    txn.delete(layout::relation_name(table.database, &table.name))?;
    table.name = name.to_owned();
    table.database = database;
    write_table(txn, &table)
}

/// Drops a public or offline table.
pub(crate) fn drop_any_table(txn: &Transaction, table: TableDescriptor) -> Result<()> {
    txn.delete(layout::relation_name(table.database, &table.name))?;
    drop_unnamed_table(txn, table)
}

/// Drops a table whose name is free or another's.
pub(crate) fn drop_unnamed_table(txn: &Transaction, mut table: TableDescriptor) -> Result<()> {
    table.state = State::Dropping;
    txn.put(layout::removal(table.id, None), Bytes::new())?;
    write_table(txn, &table)
}

/// All tables of a database that are not dropped yet. The transaction then conflicts with whoever makes another one, changes one or
/// drops one.
pub async fn tables_in(txn: &Transaction, database: DatabaseId) -> Result<Vec<TableDescriptor>> {
    let mut tables = Vec::new();
    for_each(txn, &layout::tables(), |_, value, _| {
        let table = TableDescriptor::from_json(value)?;
        if table.database == database && table.state != State::Dropping {
            tables.push(table);
        }
        Ok(())
    })
    .await?;
    Ok(tables)
}

/// Makes an offline table with the definition of a public one, whose place it may take with `replace_table`. It has
/// no name until then.
///
/// For COPY into an empty table and for what else writes a table anew.
pub async fn create_successor(
    txn: &Transaction,
    id: TableId,
    offline: crate::Offline,
) -> Result<TableDescriptor> {
    let mut table = read_table(txn, id).await?;
    check_user_table(&table)?;
    table.successor = None;
    table.id = TableId(allocate(txn, layout::next_table(), "tables").await?);
    table.state = State::Offline(offline);
    table.public_since = None;
    write_table(txn, &table)?;
    Ok(table)
}

/// The id of a table that is to be another's successor.
pub async fn reserve_successor(txn: &Transaction) -> Result<TableId> {
    Ok(TableId(
        allocate(txn, layout::next_table(), "tables").await?,
    ))
}

/// Stores the successor that a table's definition names, as an offline table of a job's.
pub async fn put_successor(
    txn: &Transaction,
    table: TableId,
    offline: crate::Offline,
) -> Result<()> {
    let table = read_table(txn, table).await?;
    let Some(mut successor) = table.succeeded() else {
        return Err(Error::Invalid {
            object: format!("table {:?}", table.name),
            problem: "it has no successor".into(),
        });
    };
    successor.state = State::Offline(offline);
    write_table(txn, &successor)
}

/// Drops a table and puts its successor in its place, under its present name.
///
/// # Errors
/// `Invalid` when the definition has changed since `create_successor`: what was written does not fit any more.
pub async fn replace_table(txn: &Transaction, old: TableId, new: TableId) -> Result<()> {
    let old = read_table(txn, old).await?;
    let mut new = find_table(txn, new).await?;
    let same_definition = TableDescriptor {
        id: old.id,
        name: old.name.clone(),
        database: old.database,
        state: old.state.clone(),
        ..new.clone()
    };
    if new.state.offline().is_none() || same_definition != old {
        return Err(Error::Invalid {
            object: format!("table {:?}", old.name),
            problem: "its definition has changed in the meantime; try again".into(),
        });
    }
    new.name = old.name.clone();
    new.database = old.database;
    publish_successor(txn, old.id, new).await
}

/// Drops a table and puts another in its place: under its name, and where others refer to it. `new` has its own id, and
/// for the rest what of the old one's definition is to stay.
pub async fn publish_successor(
    txn: &Transaction,
    old: TableId,
    mut new: TableDescriptor,
) -> Result<()> {
    let old = read_table(txn, old).await?;
    check_user_table(&old)?;
    if (&old.name, old.database) != (&new.name, new.database) {
        return Err(Error::Invalid {
            object: format!("table {:?}", old.name),
            problem: "its name has changed in the meantime; try again".into(),
        });
    }
    new.state = State::Public;
    txn.put(
        layout::relation_name(new.database, &new.name),
        new.id.0.to_be_bytes().to_vec(),
    )?;
    note_public(txn, new.id)?;
    let new_id = new.id;
    let place_of = |id| Some(if id == old.id { new_id } else { id });
    new.relink(place_of)?;
    write_table(txn, &new)?;
    // Those it refers to, or that refer to it, know it by its id.
    let neighbours: BTreeSet<TableId> = old.neighbours().filter(|id| *id != old.id).collect();
    for id in neighbours {
        let mut neighbour = read_table(txn, id).await?;
        neighbour.relink(place_of)?;
        write_table(txn, &neighbour)?;
    }
    let replaced = TableDescriptor {
        replaced_by: Some(new_id),
        ..old
    };
    drop_unnamed_table(txn, replaced)
}
