//! The names of a query's output columns, as PostgreSQL gives them.
//!
//! DataFusion names an unnamed expression after its text and wants the names of one SELECT to differ. So each unnamed
//! expression gets an alias of ours before planning: a mark, a number, a mark, the name; the marks go before the rows do.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use cairn_syntax::ast::{self, Expr, Ident, OrderByKind, SelectItem, SetExpr};
use datafusion::{
    execution::SendableRecordBatchStream, physical_plan::stream::RecordBatchStreamAdapter,
};
use futures::StreamExt;

use super::origin::{self, Origin};

const MARK: char = '\u{2}';

/// Gives every unnamed expression of the outermost SELECTs its name, and so every one whose name is there already; the first SELECT's
/// names are shown.
pub(crate) fn name_columns(query: &mut ast::Query) {
    settle_order(query);
    name_body(&mut query.body);
}

/// In `SELECT t.id … ORDER BY id` a name is that of a column that is shown, whatever columns the relations have.
fn settle_order(query: &mut ast::Query) {
    let (SetExpr::Select(select), Some(order)) = (query.body.as_ref(), &mut query.order_by) else {
        return;
    };
    let OrderByKind::Expressions(by) = &mut order.kind else {
        return;
    };
    for part in by {
        let Expr::Identifier(name) = &part.expr else {
            continue;
        };
        let name = cairn_syntax::Name::folded(name).0;
        let mut named = select.projection.iter().filter(|item| match item {
            SelectItem::UnnamedExpr(expr) => name_of(expr) == name,
            SelectItem::ExprWithAlias { alias, .. } => cairn_syntax::Name::folded(alias).0 == name,
            _ => false,
        });
        if let (Some(SelectItem::UnnamedExpr(shown @ Expr::CompoundIdentifier(_))), None) =
            (named.next(), named.next())
        {
            part.expr = shown.clone();
        }
    }
}

fn name_body(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => name_select(select),
        SetExpr::Query(query) => name_body(&mut query.body),
        SetExpr::SetOperation { left, right, .. } => {
            name_columns_plainly(left);
            name_columns_plainly(right);
            name_body(left);
            name_body(right);
        }
        _ => {}
    }
}

/// Columns that the ORDER BY of a set operation may name: their own names, if these differ.
fn name_columns_plainly(body: &mut SetExpr) {
    let SetExpr::Select(select) = body else {
        return;
    };
    let mut names = HashSet::new();
    let all_differ = select.projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(expr) => names.insert(name_of(expr)),
        SelectItem::ExprWithAlias { alias, .. } => {
            names.insert(cairn_syntax::Name::folded(alias).0)
        }
        _ => true,
    });
    for item in select.projection.iter_mut().filter(|_| all_differ) {
        if let SelectItem::UnnamedExpr(expr @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_))) =
            item
        {
            let alias = Ident::with_quote('"', name_of(expr));
            let expr = std::mem::replace(expr, Expr::Value(ast::Value::Null.into()));
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
    }
}

fn name_select(select: &mut ast::Select) {
    let mut names = HashSet::new();
    for (index, item) in select.projection.iter_mut().enumerate() {
        if let SelectItem::ExprWithAlias { alias, .. } = item {
            let name = cairn_syntax::Name::folded(alias).0;
            if !names.insert(name.clone()) {
                *alias = Ident::with_quote('"', format!("{MARK}{index}{MARK}{name}"));
            }
        }
        if let SelectItem::UnnamedExpr(expr) = item {
            let alias = Ident::with_quote('"', format!("{MARK}{index}{MARK}{}", name_of(expr)));
            let expr = std::mem::replace(expr, Expr::Value(ast::Value::Null.into()));
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
    }
}

/// Gives every unnamed expression of the outermost SELECTs its name as an alias, for a query that is stored.
pub(crate) fn alias_columns(query: &mut ast::Query) {
    alias_body(&mut query.body);
}

fn alias_body(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => {
            for item in &mut select.projection {
                if let SelectItem::UnnamedExpr(expr) = item
                    && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
                {
                    let alias = cairn_syntax::identifier(&name_of(expr));
                    let expr = std::mem::replace(expr, Expr::Value(ast::Value::Null.into()));
                    *item = SelectItem::ExprWithAlias { expr, alias };
                }
            }
        }
        SetExpr::Query(query) => alias_body(&mut query.body),
        SetExpr::SetOperation { left, .. } => alias_body(left),
        _ => {}
    }
}

fn name_of(expr: &Expr) -> String {
    let folded = |ident: &Ident| cairn_syntax::Name::folded(ident).0;
    match expr {
        Expr::Identifier(ident) => folded(ident),
        Expr::CompoundIdentifier(parts) => parts.last().map_or_else(unknown, folded),
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(|part| part.as_ident());
            name.map_or_else(unknown, folded)
        }
        Expr::Nested(inner) => name_of(inner),
        Expr::Subquery(query) => name_of_query(query),
        Expr::Cast {
            expr, data_type, ..
        } => match name_of(expr) {
            name if name == unknown() => type_name(data_type),
            name => name,
        },
        Expr::TypedString(typed) => type_name(&typed.data_type),
        Expr::Case { .. } => "case".to_owned(),
        Expr::Extract { .. } => "extract".to_owned(),
        Expr::Substring { .. } => "substring".to_owned(),
        Expr::Trim { .. } => "btrim".to_owned(),
        Expr::Position { .. } => "position".to_owned(),
        Expr::Ceil { .. } => "ceil".to_owned(),
        Expr::Floor { .. } => "floor".to_owned(),
        Expr::Exists { .. } => "exists".to_owned(),
        Expr::Interval(_) => "interval".to_owned(),
        Expr::Array(_) => "array".to_owned(),
        Expr::Value(value) if matches!(value.value, ast::Value::Boolean(_)) => "bool".to_owned(),
        _ => unknown(),
    }
}

/// The name of a subquery's column.
fn name_of_query(query: &ast::Query) -> String {
    let mut body = query.body.as_ref();
    loop {
        body = match body {
            SetExpr::Query(query) => query.body.as_ref(),
            SetExpr::SetOperation { left, .. } => left.as_ref(),
            SetExpr::Values(_) => return "column1".to_owned(),
            SetExpr::Select(select) => {
                return match select.projection.first() {
                    Some(SelectItem::UnnamedExpr(expr)) => name_of(expr),
                    Some(SelectItem::ExprWithAlias { alias, .. }) => {
                        cairn_syntax::Name::folded(alias).0
                    }
                    _ => unknown(),
                };
            }
            _ => return unknown(),
        };
    }
}

fn unknown() -> String {
    "?column?".to_owned()
}

fn type_name(ty: &ast::DataType) -> String {
    match crate::schema::types::column_type(ty) {
        Ok(cairn_catalog::ColumnType::Int8) => "int8".to_owned(),
        Ok(ty) => ty
            .postgres_name()
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned(),
        Err(_) => unknown(),
    }
}

/// The schema with the marks gone.
pub(crate) fn shown_schema(schema: &Schema) -> SchemaRef {
    let fields: Vec<Arc<Field>> = schema
        .fields()
        .iter()
        .map(|field| match shown(field.name()) {
            Some(name) => Arc::new(field.as_ref().clone().with_name(name)),
            None => field.clone(),
        })
        .collect();
    Arc::new(Schema::new(fields))
}

fn shown(name: &str) -> Option<&str> {
    name.strip_prefix(MARK)?
        .split_once(MARK)
        .map(|(_, name)| name)
}

/// The rows with the marks gone from their columns' names, which say where they come from.
pub(crate) fn shown_stream(
    stream: SendableRecordBatchStream,
    origins: &[Option<Origin>],
) -> SendableRecordBatchStream {
    let schema = origin::marked(&shown_schema(&stream.schema()), origins);
    let out = schema.clone();
    let batches = stream.map(move |batch| {
        let batch = batch?;
        Ok(RecordBatch::try_new_with_options(
            out.clone(),
            batch.columns().to_vec(),
            &arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows())),
        )?)
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

/// The rows with their instants shown in a zone.
pub(crate) fn in_zone(stream: SendableRecordBatchStream, zone: &str) -> SendableRecordBatchStream {
    let fields = stream.schema();
    let fields = fields.fields().iter().map(|field| {
        let ty = shown_in(field.data_type(), zone);
        field.as_ref().clone().with_data_type(ty)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let out = schema.clone();
    let batches = stream.map(move |batch| {
        let batch = batch?;
        let columns = batch.columns().iter().zip(out.fields());
        let columns =
            columns.map(
                |(column, field)| match column.data_type() == field.data_type() {
                    true => Ok(column.clone()),
                    false => arrow::compute::cast(column, field.data_type()),
                },
            );
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let rows = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(
            out.clone(),
            columns,
            &rows,
        )?)
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

fn shown_in(ty: &DataType, zone: &str) -> DataType {
    match ty {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some(zone.into())),
        DataType::List(element) => {
            let shown = shown_in(element.data_type(), zone);
            DataType::List(Arc::new(element.as_ref().clone().with_data_type(shown)))
        }
        other => other.clone(),
    }
}
