//! CREATE INDEX: an index that writers keep up from one commit on, and readers use from a later one on.
//!
//! HOW DATA FLOWS
//!   1. `add`: the index becomes write-only at version T. Writers that read the descriptor before conflict with that commit.
//!   2. `backfill::fill`: what the table held at T is sorted and ingested with version T.
//!   3. `Step::Settle`: the descriptor is written once more, at U. Every writer that commits after U began after the ingest, so its own
//!      checks of uniqueness saw all entries.
//!   4. `backfill::check`: what writers wrote between T and U is checked for uniqueness here.
//!   5. `Step::Publish`.
//!
//! CRASH
//!   A write-only index is left behind; the next start drops it (`abandon_leftovers`).

use std::sync::Arc;

use cairn_catalog::{IndexDescriptor, Privilege, StepState, TableDescriptor};
use cairn_storage::{Closed, IndexId, Transaction, Version};
use cairn_syntax::ast::CreateIndex;

use super::{backfill, table};
use crate::{
    Node, Notice, Result, Session, SqlError, SqlState, change::name_parts,
    query::names::resolve_table,
};

/// How often a step is tried when it meets other commits.
const ATTEMPTS: usize = 64;

/// Runs a CREATE INDEX.
pub(crate) async fn create(session: &mut Session, create: &CreateIndex) -> Result<()> {
    check_form(create)?;
    let scope = session.current_scope().await?;
    let parts = name_parts(&create.table_name)?;
    let table = resolve_table(
        &scope,
        &parts.iter().map(String::as_str).collect::<Vec<_>>(),
        Privilege::Create,
    )?;
    let columns = table::index_columns(&create.columns, &table.columns)?;
    let name = match &create.name {
        Some(name) => name_parts(name)?.pop().unwrap_or_default(),
        None => table::free_name(&table, "idx", &columns),
    };
    if create.if_not_exists && table.index_named(&name).is_some() {
        session.note(Notice::skipping(&format!("index {name:?} already exists")));
        return Ok(());
    }
    let node = session.node().clone();
    let (table, index, at) = add(&node, &table, &name, create.unique, columns).await?;
    let filled = complete(&node, &table, &index, at).await;
    if filled.is_err()
        && let Err(error) = drop(&node, &table, &index).await
    {
        tracing::error!(%error, index = name, "an index that could not be filled stays write-only until the next start");
    }
    filled
}

fn check_form(create: &CreateIndex) -> Result<()> {
    let unsupported = [
        (create.predicate.is_some(), "a partial index"),
        (!create.include.is_empty(), "INCLUDE"),
        (create.nulls_distinct == Some(false), "NULLS NOT DISTINCT"),
        (
            !create.with.is_empty() || !create.index_options.is_empty(),
            "index options",
        ),
        (
            create
                .using
                .as_ref()
                .is_some_and(|using| !using.to_string().eq_ignore_ascii_case("btree")),
            "an index that is not a B-tree",
        ),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(SqlError::unsupported(what)),
        None => Ok(()),
    }
}

/// Makes the index write-only. The answer has the table as it is from then on, and when that is.
async fn add(
    node: &Node,
    table: &TableDescriptor,
    name: &str,
    unique: bool,
    columns: Vec<cairn_catalog::IndexColumn>,
) -> Result<(TableDescriptor, IndexDescriptor, Closed)> {
    for _ in 0..ATTEMPTS {
        let transaction = Transaction::begin(node.engine().clone()).await?;
        let index =
            cairn_catalog::add_index(&transaction, table.id, name, unique, columns.clone()).await?;
        let table = cairn_catalog::read_table(&transaction, table.id).await?;
        match node.commit(&transaction).await {
            Ok(version) => return Ok((table, index, node.engine().close(version).await?)),
            Err(error) if error.is_retryable() => {}
            Err(error) => return Err(error),
        }
    }
    Err(busy(&table.name))
}

async fn complete(
    node: &Arc<Node>,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    at: Closed,
) -> Result<()> {
    backfill::fill(node, table, index, at).await?;
    let settled = step(node, table, Step::Settle).await?;
    if index.unique {
        let upto = node.engine().close(settled).await?;
        backfill::check(node, table, index, at, upto).await?;
    }
    step(node, table, Step::Publish(index.id)).await?;
    Ok(())
}

async fn drop(node: &Node, table: &TableDescriptor, index: &IndexDescriptor) -> Result<()> {
    step(node, table, Step::Drop(index.id)).await?;
    Ok(())
}

/// A change of the table's descriptor.
#[derive(Clone, Copy)]
enum Step {
    /// Writes it as it is, so that every writer which began before conflicts.
    Settle,
    Publish(IndexId),
    Drop(IndexId),
}

/// One commit on the table's descriptor, tried again when it meets others.
async fn step(node: &Node, table: &TableDescriptor, step: Step) -> Result<Version> {
    for _ in 0..ATTEMPTS {
        let transaction = Transaction::begin(node.engine().clone()).await?;
        match step {
            Step::Settle => {
                let present = cairn_catalog::read_table(&transaction, table.id).await?;
                cairn_catalog::put_table(&transaction, &present).await?;
            }
            Step::Publish(index) => {
                cairn_catalog::publish_index(&transaction, table.id, index).await?
            }
            Step::Drop(index) => cairn_catalog::drop_index(&transaction, table.id, index).await?,
        }
        match node.commit(&transaction).await {
            Err(error) if error.is_retryable() => {}
            other => return other,
        }
    }
    Err(busy(&table.name))
}

fn busy(table: &str) -> SqlError {
    SqlError::new(
        SqlState::SerializationFailure,
        format!("table {table:?} is changed by too many others at once; try again"),
    )
}

/// Drops the indexes that a stopped process was filling.
pub(crate) async fn abandon_leftovers(node: &Node) -> Result<()> {
    let snapshot = cairn_storage::Snapshot::now(node.engine().clone()).await?;
    let view = node.view(&snapshot).await?;
    for table in view.tables() {
        for index in table
            .indexes
            .iter()
            .filter(|index| index.state == StepState::WriteOnly)
        {
            tracing::warn!(
                table = table.name,
                index = index.name,
                "the server stopped while this index was filled; it is dropped"
            );
            drop(node, table, index).await?;
        }
    }
    Ok(())
}
