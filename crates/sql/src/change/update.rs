//! UPDATE.

use std::collections::HashSet;

use arrow::array::RecordBatch;
use cairn_catalog::{ColumnDescriptor, Privilege, TableDescriptor};
use cairn_rows::Zone;

use cairn_syntax::ast::{
    self, Assignment, AssignmentTarget, Expr, SelectItem, SetExpr, TableFactor, TableWithJoins,
    Update, UpdateTableFromKind,
};
use datafusion::logical_expr::LogicalPlan;
use futures::TryStreamExt;

use super::{
    Change, Written, assign, defaults, ident, insert::column_named, name_parts, writer::Replacement,
};
use crate::{
    Result, SqlError, SqlState, bind,
    constraint::{self, Checks, consequences::settle},
    query::Scope,
};

/// Runs an UPDATE.
pub(crate) async fn run(change: &Change<'_>, update: &Update) -> Result<Written> {
    let table = change
        .table(target(update)?, &[Privilege::Update, Privilege::Select])
        .await?;
    let (plan, set) = bind(change.scope, update, &table)?;
    let mut source = change.rows(plan).await?;
    let checks = Checks::new(change.scope, &table)?;
    let mut writer = constraint::writer(change.transaction, &table).await?;
    let mut written = Written::new(&table, update.returning.is_some());
    while let Some(batch) = source.try_next().await? {
        // A row that several rows of FROM match is changed once.
        let mut seen = HashSet::new();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (old, new) in rows(&batch, &table, &set, change.scope.facts.zone)? {
            let key = writer.key(&old)?;
            if !change.view.has_written(&key) && seen.insert(key) {
                before.push(old);
                after.push(new);
            }
        }
        checks.before(&mut after)?;
        written.add(&after)?;
        let changes: Vec<Replacement> = before.into_iter().zip(after).collect();
        writer.update(&changes).await?;
    }
    let log = writer.finish().await?;
    settle(change.scope, change.transaction, log).await?;
    Ok(written)
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
    let mut query = select(items, from, update.selection.clone())?;
    limit(&mut query, "UPDATE", &update.order_by, &update.limit)?;
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

/// `UPDATE … ORDER BY … LIMIT n`, and the same of DELETE: the first n of the rows that match.
pub(crate) fn limit(
    query: &mut ast::Query,
    verb: &str,
    order: &[ast::OrderByExpr],
    limit: &Option<Expr>,
) -> Result<()> {
    match limit {
        None if order.is_empty() => {}
        None => {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                format!("{verb} statement requires LIMIT when ORDER BY is used"),
            ));
        }
        Some(limit) => {
            query.limit_clause = Some(ast::LimitClause::LimitOffset {
                limit: Some(limit.clone()),
                offset: None,
                limit_by: Vec::new(),
            });
        }
    }
    if !order.is_empty() {
        query.order_by = Some(ast::OrderBy {
            kind: ast::OrderByKind::Expressions(order.to_vec()),
            interpolate: None,
        });
    }
    bind::prepare_query(query)
}

/// The columns that an assignment sets, each with its value.
pub(crate) fn assigned<'a>(
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
        } else if column.identity == Some(cairn_catalog::Identity::Always) {
            let message = format!("column {name:?} can only be updated to DEFAULT");
            return Err(super::identity::always(message, &name));
        } else {
            value.clone()
        };
        Ok((column, value))
    };
    match (&assignment.target, &assignment.value) {
        (AssignmentTarget::ColumnName(name), value) => Ok(vec![pair(name, value)?]),
        (AssignmentTarget::Tuple(names), Expr::Subquery(query)) => {
            let values = columns_of(query)?;
            check_width(names.len(), values.len())?;
            let pairs = names.iter().zip(&values);
            pairs.map(|(name, value)| pair(name, value)).collect()
        }
        (AssignmentTarget::Tuple(names), value) => {
            let values = match value {
                Expr::Tuple(values) => values.as_slice(),
                Expr::Nested(value) => std::slice::from_ref(value.as_ref()),
                value => std::slice::from_ref(value),
            };
            check_width(names.len(), values.len())?;
            let pairs = names.iter().zip(values);
            pairs.map(|(name, value)| pair(name, value)).collect()
        }
    }
}

fn check_width(columns: usize, values: usize) -> Result<()> {
    match columns == values {
        true => Ok(()),
        false => Err(SqlError::new(
            SqlState::SyntaxError,
            "number of columns does not match number of values",
        )),
    }
}

/// A query of several columns as one query for each.
fn columns_of(query: &ast::Query) -> Result<Vec<Expr>> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Err(SqlError::unsupported(
            "SET of several columns to a set operation",
        ));
    };
    let is_one = |item: &SelectItem| {
        matches!(
            item,
            SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }
        )
    };
    if select.distinct.is_some() || !select.projection.iter().all(is_one) {
        return Err(SqlError::unsupported(
            "SET of several columns to a query with DISTINCT or *",
        ));
    }
    let one = |item: &SelectItem| {
        let mut query = query.clone();
        if let SetExpr::Select(select) = query.body.as_mut() {
            select.projection = vec![item.clone()];
        }
        Expr::Subquery(Box::new(query))
    };
    Ok(select.projection.iter().map(one).collect())
}

/// A table in a FROM list.
pub(crate) fn table_factor(name: &ast::Ident) -> TableWithJoins {
    TableWithJoins {
        relation: TableFactor::Table {
            name: ast::ObjectName::from(vec![name.clone()]),
            alias: None,
            args: None,
            with_hints: Vec::new(),
            version: None,
            with_ordinality: false,
            partitions: Vec::new(),
            json_path: None,
            sample: None,
            index_hints: Vec::new(),
        },
        joins: Vec::new(),
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
    zone: Zone,
) -> Result<Vec<Replacement>> {
    let columns: Vec<&ColumnDescriptor> = table.columns.iter().chain(set).collect();
    let mut pairs = Vec::with_capacity(batch.num_rows());
    for mut old in assign::rows(batch, &columns, zone)? {
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
