//! Literals take the type of what they are compared with, as PostgreSQL's unknown literals do.

use std::sync::Arc;

use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone};
use cairn_syntax::ast::BinaryOperator;
use datafusion::optimizer::AnalyzerRule;
use datafusion::{
    common::{DFSchema, ExprSchema, Result, ScalarValue, tree_node::Transformed},
    config::ConfigOptions,
    logical_expr::{
        BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, binary_expr,
        planner::{ExprPlanner, PlannerResult, RawBinaryExpr},
    },
};

use super::elementwise::zone_of;
use super::expressions::rewrite_all;
use super::instants;
use crate::SqlError;

/// Gives `id = '5'` and `u = 'a0ee…'` the meaning they have in PostgreSQL: the text is read as the other side's type.
#[derive(Debug)]
pub(crate) struct LiteralPlanner {
    /// The session's.
    pub zone: Zone,
}

impl ExprPlanner for LiteralPlanner {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let Some(operator) = comparison(&expr.op) else {
            return Ok(PlannerResult::Original(expr));
        };
        let (left, right) = (
            typed(&expr.left, &expr.right, schema, self.zone)?,
            typed(&expr.right, &expr.left, schema, self.zone)?,
        );
        Ok(match (left, right) {
            (Some(left), _) => PlannerResult::Planned(binary_expr(left, operator, expr.right)),
            (None, Some(right)) => PlannerResult::Planned(binary_expr(expr.left, operator, right)),
            (None, None) => PlannerResult::Original(expr),
        })
    }
}

fn comparison(operator: &BinaryOperator) -> Option<Operator> {
    Some(match operator {
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        _ => return None,
    })
}

/// The literal as a value of the other side's type, if it is a text and the other side is not.
fn typed(literal: &Expr, other: &Expr, schema: &DFSchema, zone: Zone) -> Result<Option<Expr>> {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), None) = literal else {
        return Ok(None);
    };
    let Ok(ty) = other.get_type(schema) else {
        return Ok(None);
    };
    let Some(column) = column_type(&ty) else {
        return Ok(None);
    };
    if matches!(column, ColumnType::String { .. }) {
        return Ok(None);
    }
    let datum = Datum::parse_text_in(zone, &column, text).map_err(SqlError::from)?;
    Ok(Some(Expr::Literal(scalar(&datum, &column), None)))
}

/// The same for the lists of IN and the ends of BETWEEN, where the tree is whole; and texts beside a CHAR(n). Runs before types are coerced.
#[derive(Debug)]
pub(crate) struct LiteralRule;

impl AnalyzerRule for LiteralRule {
    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let zone = zone_of(config);
        let analyzed = plan.transform_up_with_subqueries(|plan| {
            rewrite_all(plan, |expr, schema| rewrite(expr, schema, zone))
        })?;
        Ok(analyzed.data)
    }

    fn name(&self) -> &str {
        "literals"
    }
}

fn rewrite(expr: Expr, schema: &DFSchema, zone: Zone) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(mut binary) if instants::compares(binary.op) => {
            let BinaryExpr { left, right, .. } = &mut binary;
            let changed = pad(left, right, schema) || pad(right, left, schema);
            Ok(Transformed::new_transformed(
                Expr::BinaryExpr(binary),
                changed,
            ))
        }
        Expr::InList(mut list) => {
            let mut changed = false;
            for item in &mut list.list {
                changed |= pad(item, &list.expr, schema);
            }
            for item in &mut list.list {
                if let Some(literal) = typed(item, &list.expr, schema, zone)? {
                    *item = literal;
                    changed = true;
                }
            }
            Ok(Transformed::new_transformed(Expr::InList(list), changed))
        }
        Expr::Between(mut between) => {
            let mut changed = pad(&mut between.low, &between.expr, schema);
            changed |= pad(&mut between.high, &between.expr, schema);
            for end in [&mut between.low, &mut between.high] {
                if let Some(literal) = typed(end, &between.expr, schema, zone)? {
                    **end = literal;
                    changed = true;
                }
            }
            Ok(Transformed::new_transformed(
                Expr::Between(between),
                changed,
            ))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// A literal beside a CHAR(n) is one: the spaces at its end mean nothing, and none are stored.
fn pad(literal: &mut Expr, other: &Expr, schema: &DFSchema) -> bool {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = literal else {
        return false;
    };
    let Expr::Column(column) = other else {
        return false;
    };
    let field = schema.field_from_column(column);
    let ty = field.ok().and_then(|field| cairn_rows::field_type(field));
    let is_char = matches!(ty, Some(ColumnType::Char { .. }));
    let changed = is_char && text.ends_with(' ');
    if changed {
        *text = text.trim_end_matches(' ').to_owned();
    }
    changed
}

pub(crate) use cairn_rows::column_type;

/// A value of a column as DataFusion knows it.
pub(crate) fn scalar(datum: &Datum, ty: &ColumnType) -> ScalarValue {
    let utc: Option<Arc<str>> = Some(cairn_rows::UTC.into());
    match (datum, ty) {
        (Datum::Null, _) => {
            ScalarValue::try_from(&cairn_rows::arrow_type(ty)).unwrap_or(ScalarValue::Null)
        }
        (Datum::Bool(value), _) => ScalarValue::Boolean(Some(*value)),
        (Datum::Int2(value), _) => ScalarValue::Int16(Some(*value)),
        (Datum::Int4(value), _) => ScalarValue::Int32(Some(*value)),
        (Datum::Int8(value), _) => ScalarValue::Int64(Some(*value)),
        (Datum::Float8(value), _) => ScalarValue::Float64(Some(*value)),
        (Datum::Decimal(value), ColumnType::Decimal { precision, scale }) => {
            ScalarValue::Decimal128(Some(*value), *precision, *scale)
        }
        (Datum::Decimal(value), _) => ScalarValue::Decimal128(Some(*value), 38, 0),
        (Datum::String(value), _) => ScalarValue::Utf8(Some(value.clone())),
        (Datum::Bytes(value), _) => ScalarValue::Binary(Some(value.clone())),
        (Datum::Date(value), _) => ScalarValue::Date32(Some(*value)),
        (Datum::Timestamp(value), _) => ScalarValue::TimestampMicrosecond(Some(*value), None),
        (Datum::TimestampTz(value), _) => ScalarValue::TimestampMicrosecond(Some(*value), utc),
        (Datum::Uuid(value), _) => ScalarValue::FixedSizeBinary(16, Some(value.to_vec())),
        (Datum::Float4(value), _) => ScalarValue::Float32(Some(*value)),
        (Datum::Numeric(value), _) => ScalarValue::LargeBinary(Some(value.as_bytes().to_vec())),
        (Datum::Time(value), _) => ScalarValue::Time64Microsecond(Some(*value)),
        (Datum::Jsonb(value), _) => ScalarValue::LargeUtf8(Some(value.clone())),
        (Datum::Interval(_) | Datum::Inet(_) | Datum::Array(_), _) => {
            let array = cairn_rows::array_of(ty, std::iter::once(datum));
            let value = array
                .ok()
                .and_then(|array| ScalarValue::try_from_array(&array, 0).ok());
            value.unwrap_or(ScalarValue::Null)
        }
    }
}

/// The other way round; `None` for a value that a column of this type cannot hold as it is.
pub(crate) fn datum(value: &ScalarValue, ty: &ColumnType) -> Option<Datum> {
    if value.is_null() {
        return Some(Datum::Null);
    }
    if value.data_type() != cairn_rows::arrow_type(ty) {
        return None;
    }
    let array = value.to_array().ok()?;
    cairn_rows::datum_at(&array, 0, ty).ok()
}
