//! DELETE.

use cairn_catalog::{ColumnDescriptor, Privilege, TableDescriptor};
use cairn_syntax::ast::{Delete, FromTable, ObjectName, TableFactor, TableWithJoins};
use datafusion::logical_expr::LogicalPlan;
use futures::TryStreamExt;

use super::{
    Change, Written, assign,
    update::{limit, row_items, select},
};
use crate::{
    Result, SqlError,
    constraint::{self, consequences::settle},
    query::Scope,
};

/// Runs a DELETE.
pub(crate) async fn run(change: &Change<'_>, delete: &Delete) -> Result<Written> {
    let table = change
        .table(target(delete)?.1, &[Privilege::Delete, Privilege::Select])
        .await?;
    let plan = bind(change.scope, delete, &table)?;
    let columns: Vec<&ColumnDescriptor> = table.columns.iter().collect();
    let mut source = change.rows(plan).await?;
    let mut writer = constraint::writer(change.transaction, &table).await?;
    let mut written = Written::new(&table, delete.returning.is_some());
    while let Some(batch) = source.try_next().await? {
        let mut gone = Vec::with_capacity(batch.num_rows());
        for row in assign::rows(&batch, &columns, change.scope.facts.zone)? {
            // A row that several rows of USING match is removed once.
            if !change.view.has_written(&writer.key(&row)?) {
                writer.delete(&row)?;
                gone.push(row);
            }
        }
        written.add(&gone)?;
    }
    let log = writer.finish().await?;
    settle(change.scope, change.transaction, log).await?;
    Ok(written)
}

pub(crate) fn target(delete: &Delete) -> Result<(&TableWithJoins, &ObjectName)> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    match from.as_slice() {
        [
            table @ TableWithJoins {
                relation: TableFactor::Table { name, .. },
                joins,
            },
        ] if joins.is_empty() && delete.tables.is_empty() => Ok((table, name)),
        _ => Err(SqlError::unsupported("DELETE from anything but one table")),
    }
}

/// The query for the rows to remove.
pub(crate) fn bind(scope: &Scope, delete: &Delete, table: &TableDescriptor) -> Result<LogicalPlan> {
    let (from, _) = target(delete)?;
    let items = row_items(&from.relation, table)?;
    let mut tables = vec![from.clone()];
    tables.extend(delete.using.iter().flatten().cloned());
    let mut query = select(items, tables, delete.selection.clone())?;
    limit(&mut query, "DELETE", &delete.order_by, &delete.limit)?;
    scope.plan_query(query, &[])
}
