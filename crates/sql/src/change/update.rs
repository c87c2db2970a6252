//! UPDATE.

use std::collections::HashSet;

use arrow::array::RecordBatch;
use cairn_catalog::{ColumnDescriptor, Privilege, TableDescriptor};
use cairn_rows::Datum;
use cairn_syntax::ast::{
    self, Assignment, AssignmentTarget, Expr, SelectItem, SetExpr, TableFactor, TableWithJoins,
    Update, UpdateTableFromKind,
};
use datafusion::{common::ParamValues, logical_expr::LogicalPlan, scalar::ScalarValue};

use super::{Change, assign, defaults, ident, insert::column_named, name_parts};
use crate::{
    Result, SqlError, SqlState, bind,
    constraint::{self, Checks, consequences::settle},
    query::Scope,
};

/// Runs an UPDATE, and says how many rows it changed.
pub(crate) async fn run(
    change: &Change<'_>,
    update: &Update,
    values: &[ScalarValue],
) -> Result<u64> {
    if update.returning.is_some() {
        return Err(SqlError::unsupported("RETURNING"));
    }
    let table = change
        .table(target(update)?, &[Privilege::Update, Privilege::Select])
        .await?;
    let (plan, set) = bind(change.scope, update, &table)?;
    let plan = match values.is_empty() {
        true => plan,
        false => plan.with_param_values(ParamValues::from(values.to_vec()))?,
    };
    let mut seen = HashSet::new();
    let checks = Checks::new(change.scope, &table)?;
    let mut writer = constraint::writer(change.transaction, &table).await?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for batch in &change.rows(&plan).await? {
        for (old, new) in rows(batch, &table, &set)? {
            // A row that several rows of FROM match is changed once.
            if seen.insert(writer.key(&old)?) {
                before.push(old);
                after.push(new);
            }
        }
    }
    checks.before(&mut after)?;
    let count = writer
        .update(before.into_iter().zip(after).collect())
        .await?;
    settle(change.scope, change.transaction, writer.into_log()).await?;
    Ok(count)
}

pub(crate) fn target(update: &Update) -> Result<&ast::ObjectName> {
    match &update.table {
        TableWithJoins {
            relation: TableFactor::Table { name, .. },
            joins,
        } if joins.is_empty() => Ok(name),
        _ => Err(SqlError::unsupported("UPDATE of anything but one table")),
    }
}

/// The query for the rows as they are, followed by the values to set; and the columns to set.
pub(crate) fn bind(
    scope: &Scope,
    update: &Update,
    table: &TableDescriptor,
) -> Result<(LogicalPlan, Vec<ColumnDescriptor>)> {
    if update.limit.is_some() || !update.order_by.is_empty() {
        return Err(SqlError::unsupported("UPDATE with ORDER BY or LIMIT"));
    }
    let mut set = Vec::new();
    let mut items = row_items(&update.table.relation, table)?;
    for assignment in &update.assignments {
        for (column, value) in assigned(assignment, table)? {
            if set
                .iter()
                .any(|known: &ColumnDescriptor| known.id == column.id)
            {
                return Err(SqlError::new(
                    SqlState::SyntaxError,
                    format!("multiple assignments to same column {:?}", column.name),
                ));
            }
            items.push(SelectItem::ExprWithAlias {
                expr: value,
                alias: ident(&format!("\u{2}set {}", set.len())),
            });
            set.push(column.clone());
        }
    }
    let mut from = vec![update.table.clone()];
    match &update.from {
        Some(UpdateTableFromKind::BeforeSet(more) | UpdateTableFromKind::AfterSet(more)) => {
            from.extend(more.clone())
        }
        None => {}
    }
    let query = select(items, from, update.selection.clone())?;
    let mut parameters = Vec::new();
    for (item, column) in set.iter().enumerate() {
        note_parameter(&query, table.columns.len() + item, column, &mut parameters);
    }
    Ok((scope.plan_query(query, &parameters)?, set))
}

/// A parameter that is set as it is has its column's type.
fn note_parameter(
    query: &ast::Query,
    item: usize,
    column: &ColumnDescriptor,
    parameters: &mut Vec<Option<arrow::datatypes::DataType>>,
) {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return;
    };
    if let Some(SelectItem::ExprWithAlias { expr, .. }) = select.projection.get(item) {
        bind::note_parameter(expr, &cairn_rows::arrow_type(&column.ty), parameters);
    }
}

fn assigned<'a>(
    assignment: &Assignment,
    table: &'a TableDescriptor,
) -> Result<Vec<(&'a ColumnDescriptor, Expr)>> {
    let pair = |name: &ast::ObjectName, value: &Expr| {
        let name = name_parts(name)?.pop().unwrap_or_default();
        let column = column_named(table, &name)?;
        let value = if defaults::is_default(value) {
            defaults::expression(column)?
        } else if column.computed.is_some() {
            return Err(SqlError::new(
                SqlState::GeneratedAlways,
                format!("column {name:?} can only be updated to DEFAULT"),
            )
            .detail(format!("Column {name:?} is a generated column.")));
        } else {
            value.clone()
        };
        Ok((column, value))
    };
    match (&assignment.target, &assignment.value) {
        (AssignmentTarget::ColumnName(name), value) => Ok(vec![pair(name, value)?]),
        (AssignmentTarget::Tuple(names), Expr::Tuple(values)) if names.len() == values.len() => {
            names
                .iter()
                .zip(values)
                .map(|(name, value)| pair(name, value))
                .collect()
        }
        _ => Err(SqlError::unsupported("SET of several columns to a query")),
    }
}

/// Every column of the table, by its name in the statement.
pub(crate) fn row_items(
    relation: &TableFactor,
    table: &TableDescriptor,
) -> Result<Vec<SelectItem>> {
    let TableFactor::Table { name, alias, .. } = relation else {
        return Err(SqlError::unsupported("changing anything but a table"));
    };
    let qualifier = match alias {
        Some(alias) => alias.name.clone(),
        None => ident(&name_parts(name)?.pop().unwrap_or_default()),
    };
    Ok(table
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| SelectItem::ExprWithAlias {
            expr: Expr::CompoundIdentifier(vec![qualifier.clone(), ident(&column.name)]),
            alias: ident(&format!("\u{2}old {place}")),
        })
        .collect())
}

/// `SELECT items FROM from WHERE selection`.
pub(crate) fn select(
    items: Vec<SelectItem>,
    from: Vec<TableWithJoins>,
    selection: Option<Expr>,
) -> Result<ast::Query> {
    let Some(cairn_syntax::Statement::Sql(query)) =
        cairn_syntax::parse_one("SELECT 1")?.map(|parsed| parsed.statement)
    else {
        return Err(SqlError::internal("SELECT 1 is no query"));
    };
    let ast::Statement::Query(mut query) = query.statement() else {
        return Err(SqlError::internal("SELECT 1 is no query"));
    };
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = items;
        select.from = from;
        select.selection = selection;
    }
    bind::prepare_query(&mut query)?;
    Ok(*query)
}

/// Each row as it is and as it becomes.
fn rows(
    batch: &RecordBatch,
    table: &TableDescriptor,
    set: &[ColumnDescriptor],
) -> Result<Vec<(Vec<Datum>, Vec<Datum>)>> {
    let columns: Vec<&ColumnDescriptor> = table.columns.iter().chain(set).collect();
    let mut pairs = Vec::with_capacity(batch.num_rows());
    for mut old in assign::rows(batch, &columns)? {
        let values = old.split_off(table.columns.len());
        let mut new = old.clone();
        for (column, value) in set.iter().zip(values) {
            let place = table.columns.iter().position(|known| known.id == column.id);
            if let Some(cell) = place.and_then(|place| new.get_mut(place)) {
                *cell = value;
            }
        }
        pairs.push((old, new));
    }
    Ok(pairs)
}
