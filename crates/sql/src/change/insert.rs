//! INSERT and UPSERT.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;
use cairn_catalog::{ColumnDescriptor, ColumnType, Privilege, TableDescriptor};
use cairn_rows::{Datum, arrow_type};
use cairn_syntax::ast::{
    self, Expr, Insert, ObjectName, OnConflictAction, OnInsert, Query, SelectItem, SetExpr,
    TableObject, Value, Values,
};
use datafusion::logical_expr::LogicalPlan;
use futures::TryStreamExt;

use super::{
    Change, Written, assign,
    conflict::{OnConflict, Placing},
    defaults, ident, identity, name_parts,
    writer::LOOKUP,
};
use crate::{
    Result, SqlError, SqlState, bind,
    constraint::{Checks, consequences::settle},
    query::{Scope, output},
};

/// Runs an INSERT or UPSERT.
pub(crate) async fn run(change: &Change<'_>, insert: &Insert, upsert: bool) -> Result<Written> {
    let table = change.table(target(insert)?, needs(insert, upsert)).await?;
    identity::check(insert, &table, change.overriding)?;
    let bound = bind(change.scope, insert, &table)?;
    let conflict = OnConflict::bind(change.scope, insert, upsert, &table)?;
    let columns: Vec<&ColumnDescriptor> = bound.columns.iter().collect();
    let mut source = change.rows(bound.plan).await?;
    let mut written = Written::new(&table, insert.returning.is_some());
    let checks = Checks::new(change.scope, &table)?;
    let mut placing = Placing::new(change, &table, conflict, &checks).await?;
    while let Some(batch) = source.try_next().await? {
        let given = assign::rows(&batch, &columns, change.scope.facts.zone)?;
        let mut rows: Vec<Vec<Datum>> = given
            .into_iter()
            .map(|given| complete(change, &table, &bound.columns, given))
            .collect();
        checks.before(&mut rows)?;
        for rows in rows.chunks(LOOKUP) {
            written.add(&placing.place(rows).await?)?;
        }
    }
    settle(change.scope, change.transaction, placing.finish().await?).await?;
    Ok(written)
}

/// Rows that are there are read by ON CONFLICT and shown by RETURNING.
fn needs(insert: &Insert, upsert: bool) -> &'static [Privilege] {
    use Privilege::{Insert, Select, Update};
    match &insert.on {
        None if upsert => &[Insert, Select, Update],
        Some(OnInsert::OnConflict(on)) if on.action == OnConflictAction::DoNothing => {
            &[Insert, Select]
        }
        Some(_) => &[Insert, Select, Update],
        None if insert.returning.is_some() => &[Insert, Select],
        None => &[Insert],
    }
}

pub(crate) fn target(insert: &Insert) -> Result<&ObjectName> {
    match &insert.table {
        TableObject::TableName(name) => Ok(name),
        _ => Err(SqlError::unsupported("INSERT into anything but a table")),
    }
}

/// The query for an INSERT's rows, and the column each of its columns is for.
pub(crate) struct Bound {
    pub plan: LogicalPlan,
    pub columns: Vec<ColumnDescriptor>,
}

/// Plans the source of an INSERT, with the defaults of the columns it does not name.
pub(crate) fn bind(scope: &Scope, insert: &Insert, table: &TableDescriptor) -> Result<Bound> {
    let mut columns = named_columns(insert, table)?;
    let mut query = match &insert.source {
        Some(query) => (**query).clone(),
        // DEFAULT VALUES: one row of nothing but defaults.
        None => {
            columns.clear();
            empty_row()?
        }
    };
    let mut parameters = Vec::new();
    let mut width = None;
    let mut given = BTreeSet::new();
    if let SetExpr::Values(rows) = query.body.as_mut() {
        let types: Vec<ColumnType> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| value_type(column, place, rows))
            .collect();
        for row in &mut rows.rows {
            let values: &mut Vec<Expr> = row;
            check_width(
                *width.get_or_insert(values.len()),
                values.len(),
                "VALUES lists must all be the same length",
            )?;
            for ((value, column), ty) in values.iter_mut().zip(&columns).zip(&types) {
                if defaults::is_default(value) {
                    *value = defaults::expression(column)?;
                } else {
                    given.insert(column.id);
                }
                bind::note_parameter(value, &arrow_type(ty), &mut parameters);
                bind::as_column(value, ty);
            }
        }
    }
    let tells_defaults = matches!(query.body.as_ref(), SetExpr::Values(_));
    output::name_columns(&mut query);
    bind::prepare_query(&mut query)?;
    let source = scope.plan_query(query.clone(), &parameters)?;
    let width = if insert.source.is_some() {
        source.schema().fields().len()
    } else {
        0
    };
    if width > columns.len() {
        return Err(SqlError::new(
            SqlState::SyntaxError,
            "INSERT has more expressions than target columns",
        ));
    }
    if width < columns.len() && !insert.columns.is_empty() {
        return Err(SqlError::new(
            SqlState::SyntaxError,
            "INSERT has more target columns than expressions",
        ));
    }
    columns.truncate(width);
    for column in columns.iter().filter(|column| column.computed.is_some()) {
        if !tells_defaults || given.contains(&column.id) {
            return Err(computed(&column.name));
        }
    }
    let missing: Vec<ColumnDescriptor> = table
        .columns
        .iter()
        .filter(|column| {
            column.default.is_some() && columns.iter().all(|named| named.id != column.id)
        })
        .cloned()
        .collect();
    if missing.is_empty() && width > 0 {
        return Ok(Bound {
            plan: source,
            columns,
        });
    }
    let plan = with_defaults(scope, query, width, &missing, &parameters)?;
    columns.extend(missing);
    Ok(Bound { plan, columns })
}

/// The type that a column's values have in a VALUES list. A text among numbers would have DataFusion round all of them.
fn value_type(column: &ColumnDescriptor, place: usize, values: &Values) -> ColumnType {
    let is_text = |value: &Expr| {
        matches!(value, Expr::Value(value) if matches!(
            value.value,
            Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_)
        ))
    };
    let mut rows = values.rows.iter();
    match column.ty {
        ColumnType::Decimal { .. } if rows.any(|row| row.get(place).is_some_and(is_text)) => {
            ColumnType::Numeric
        }
        ty => ty,
    }
}

/// 428C9 for a value that only an expression may give.
fn computed(column: &str) -> SqlError {
    SqlError::new(
        SqlState::GeneratedAlways,
        format!("cannot insert a non-DEFAULT value into column {column:?}"),
    )
    .detail(format!("Column {column:?} is a generated column."))
}

fn check_width(first: usize, this: usize, message: &str) -> Result<()> {
    if first == this {
        Ok(())
    } else {
        Err(SqlError::new(SqlState::SyntaxError, message))
    }
}

/// The columns an INSERT names, or all that are seen.
pub(super) fn named_columns(
    insert: &Insert,
    table: &TableDescriptor,
) -> Result<Vec<ColumnDescriptor>> {
    if insert.columns.is_empty() {
        return Ok(table
            .columns
            .iter()
            .filter(|column| column.is_visible())
            .cloned()
            .collect());
    }
    let mut columns: Vec<ColumnDescriptor> = Vec::with_capacity(insert.columns.len());
    for name in &insert.columns {
        let name = name_parts(name)?.pop().unwrap_or_default();
        let column = column_named(table, &name)?;
        if columns.iter().any(|earlier| earlier.id == column.id) {
            return Err(SqlError::new(
                SqlState::DuplicateColumn,
                format!("column {name:?} specified more than once"),
            ));
        }
        columns.push(column.clone());
    }
    Ok(columns)
}

pub(crate) fn column_named<'a>(
    table: &'a TableDescriptor,
    name: &str,
) -> Result<&'a ColumnDescriptor> {
    table
        .column_named(name)
        .filter(|column| column.is_visible())
        .ok_or_else(|| {
            SqlError::new(
                SqlState::UndefinedColumn,
                format!(
                    "column {name:?} of relation {:?} does not exist",
                    table.name
                ),
            )
        })
}

fn empty_row() -> Result<Query> {
    match cairn_syntax::parse_one("SELECT NULL")?.map(|parsed| parsed.statement) {
        Some(cairn_syntax::Statement::Sql(query)) => match query.statement() {
            ast::Statement::Query(query) => Ok(*query),
            _ => Err(SqlError::internal("an empty row is no query")),
        },
        _ => Err(SqlError::internal("an empty row is no query")),
    }
}

/// `SELECT source.*, default, … FROM (source) AS source`.
fn with_defaults(
    scope: &Scope,
    query: Query,
    width: usize,
    missing: &[ColumnDescriptor],
    parameters: &[Option<DataType>],
) -> Result<LogicalPlan> {
    let names: Vec<String> = (1..=width.max(1))
        .map(|place| format!("c{place}"))
        .collect();
    let mut items: Vec<SelectItem> = names
        .iter()
        .take(width)
        .map(|name| SelectItem::UnnamedExpr(Expr::Identifier(ident(name))))
        .collect();
    for (place, column) in missing.iter().enumerate() {
        items.push(SelectItem::ExprWithAlias {
            expr: defaults::expression(column)?,
            alias: ident(&format!("d{place}")),
        });
    }
    if items.is_empty() {
        items.push(SelectItem::UnnamedExpr(Expr::Identifier(ident("c1"))));
    }
    let items: Vec<String> = items.iter().map(SelectItem::to_string).collect();
    let aliases: Vec<String> = names.iter().map(|name| ident(name).to_string()).collect();
    let text = format!(
        "SELECT {} FROM (VALUES (1)) AS source ({})",
        items.join(", "),
        aliases.join(", ")
    );
    let Some(cairn_syntax::Statement::Sql(outer)) =
        cairn_syntax::parse_one(&text)?.map(|parsed| parsed.statement)
    else {
        return Err(SqlError::internal("the query for defaults is no query"));
    };
    let ast::Statement::Query(mut outer) = outer.statement() else {
        return Err(SqlError::internal("the query for defaults is no query"));
    };
    if let SetExpr::Select(select) = outer.body.as_mut()
        && let Some(from) = select.from.first_mut()
        && let ast::TableFactor::Derived { subquery, .. } = &mut from.relation
    {
        **subquery = query;
    }
    bind::prepare_query(&mut outer)?;
    scope.plan_query(*outer, parameters)
}

/// A whole row: what was given, NULL elsewhere, and a row id where the table has one.
fn complete(
    change: &Change<'_>,
    table: &TableDescriptor,
    columns: &[ColumnDescriptor],
    given: Vec<Datum>,
) -> Vec<Datum> {
    let mut row = vec![Datum::Null; table.columns.len()];
    for (column, value) in columns.iter().zip(given) {
        let place = table.columns.iter().position(|known| known.id == column.id);
        if let Some(cell) = place.and_then(|place| row.get_mut(place)) {
            *cell = value;
        }
    }
    for (cell, column) in row.iter_mut().zip(&table.columns) {
        if column.hidden {
            *cell = Datum::Int8(change.row_ids.next(change.scope.engine.timeline()));
        }
    }
    row
}
