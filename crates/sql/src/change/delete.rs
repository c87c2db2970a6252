//! DELETE.

use std::collections::HashSet;

use cairn_catalog::{ColumnDescriptor, Privilege, TableDescriptor};
use cairn_syntax::ast::{Delete, FromTable, ObjectName, TableFactor, TableWithJoins};
use datafusion::{common::ParamValues, logical_expr::LogicalPlan, scalar::ScalarValue};

use super::{
    Change, assign,
    update::{row_items, select},
};
use crate::{
    Result, SqlError,
    constraint::{self, consequences::settle},
    query::Scope,
};

/// Runs a DELETE, and says how many rows it removed.
pub(crate) async fn run(
    change: &Change<'_>,
    delete: &Delete,
    values: &[ScalarValue],
) -> Result<u64> {
    if delete.returning.is_some() {
        return Err(SqlError::unsupported("RETURNING"));
    }
    let table = change
        .table(target(delete)?.1, &[Privilege::Delete, Privilege::Select])
        .await?;
    let plan = bind(change.scope, delete, &table)?;
    let plan = match values.is_empty() {
        true => plan,
        false => plan.with_param_values(ParamValues::from(values.to_vec()))?,
    };
    let columns: Vec<&ColumnDescriptor> = table.columns.iter().collect();
    let mut writer = constraint::writer(change.transaction, &table).await?;
    let mut seen = HashSet::new();
    let mut count = 0;
    for batch in &change.rows(&plan).await? {
        for row in assign::rows(batch, &columns)? {
            if seen.insert(writer.key(&row)?) {
                writer.delete(&row)?;
                count += 1;
            }
        }
    }
    settle(change.scope, change.transaction, writer.into_log()).await?;
    Ok(count)
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
    if delete.limit.is_some() || !delete.order_by.is_empty() {
        return Err(SqlError::unsupported("DELETE with ORDER BY or LIMIT"));
    }
    let (from, _) = target(delete)?;
    let items = row_items(&from.relation, table)?;
    let mut tables = vec![from.clone()];
    tables.extend(delete.using.iter().flatten().cloned());
    scope.plan_query(select(items, tables, delete.selection.clone())?, &[])
}
