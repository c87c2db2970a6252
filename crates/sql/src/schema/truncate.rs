//! TRUNCATE: each table gets an empty one in its place, all in one commit, however many rows there were.

use std::collections::BTreeSet;

use cairn_catalog::{Offline, Privilege, TableDescriptor, TableId};
use cairn_storage::Transaction;
use cairn_syntax::ast::{CascadeOption, Truncate, TruncateIdentityOption};

use crate::{
    Result, SqlError, SqlState,
    change::name_parts,
    query::{Scope, names::resolve_table},
};

/// Runs a TRUNCATE.
pub(crate) async fn run(
    scope: &Scope,
    transaction: &Transaction,
    statement: &Truncate,
) -> Result<()> {
    check_form(statement)?;
    let mut tables = BTreeSet::new();
    for target in &statement.table_names {
        let parts = name_parts(&target.name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match resolve_table(scope, &parts, Privilege::Drop) {
            Err(error) if statement.if_exists && error.sqlstate == SqlState::UndefinedTable => {}
            found => {
                tables.insert(found?.id);
            }
        }
    }
    let cascade = statement.cascade == Some(CascadeOption::Cascade);
    for id in with_children(scope, tables, cascade)? {
        empty(transaction, id, statement.identity.as_ref()).await?;
    }
    Ok(())
}

fn check_form(statement: &Truncate) -> Result<()> {
    if statement.partitions.is_some() || statement.on_cluster.is_some() {
        return Err(SqlError::unsupported("TRUNCATE of a partition"));
    }
    Ok(())
}

/// The tables, and with CASCADE those that refer to them.
fn with_children(
    scope: &Scope,
    tables: BTreeSet<TableId>,
    cascade: bool,
) -> Result<BTreeSet<TableId>> {
    let mut all = BTreeSet::new();
    let mut waiting: Vec<TableId> = tables.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        let Some(table) = scope.view.table_by_id(id).filter(|_| all.insert(id)) else {
            continue;
        };
        let referring = table.referenced_by.iter().map(|child| (child, false));
        let interleaved = table.interleaved_children.iter().map(|child| (child, true));
        for (child, is_interleaved) in referring.chain(interleaved) {
            if tables.contains(child) || all.contains(child) {
                continue;
            }
            if !cascade {
                let child = scope.view.table_by_id(*child);
                let child = child.map_or(String::new(), |child| child.name.clone());
                return Err(stands_alone(table, &child, is_interleaved));
            }
            if let Some(child) = scope.view.table_by_id(*child) {
                scope.access.relation(child, Privilege::Drop)?;
            }
            waiting.push(*child);
        }
    }
    Ok(all)
}

/// Of a table that cannot be truncated without a child that is not named.
fn stands_alone(table: &TableDescriptor, child: &str, is_interleaved: bool) -> SqlError {
    let parent = &table.name;
    let (what, detail) = match is_interleaved {
        true => (
            "cannot truncate a table that another one is interleaved in",
            format!("Table {child:?} is interleaved in {parent:?}."),
        ),
        false => (
            "cannot truncate a table referenced in a foreign key constraint",
            format!("Table {child:?} references {parent:?}."),
        ),
    };
    SqlError::new(SqlState::FeatureNotSupported, what)
        .detail(detail)
        .hint(format!(
            "truncate table {child:?} at the same time, or use TRUNCATE ... CASCADE"
        ))
}

async fn empty(
    transaction: &Transaction,
    id: TableId,
    identity: Option<&TruncateIdentityOption>,
) -> Result<()> {
    let table = cairn_catalog::read_table(transaction, id).await?;
    if !table.is_table() {
        return Err(super::alter::not_a_table(&table));
    }
    super::alter::refuse_second(&table)?;
    if identity == Some(&TruncateIdentityOption::Restart) && uses_sequences(&table) {
        return Err(
            SqlError::unsupported("TRUNCATE … RESTART IDENTITY").hint("use setval afterwards")
        );
    }
    let offline = Offline {
        reason: "truncating".to_owned(),
        job: None,
    };
    let successor = cairn_catalog::create_successor(transaction, id, offline).await?;
    Ok(cairn_catalog::replace_table(transaction, id, successor.id).await?)
}

fn uses_sequences(table: &TableDescriptor) -> bool {
    table
        .columns
        .iter()
        .any(|column| !column.uses_sequences.is_empty())
}
