//! Casts between instants and what clocks show, where the session's zone is not UTC.
//!
//! DataFusion brings a TIMESTAMP and a TIMESTAMPTZ together by casts of its own, which know no zone but UTC. The rule runs after types
//! are coerced, and puts ours in their place.

use arrow::datatypes::DataType;
use cairn_rows::{Zone, column_type};
use datafusion::{
    common::{DFSchema, Result, tree_node::Transformed},
    config::ConfigOptions,
    logical_expr::{Expr, ExprSchemable, LogicalPlan},
    optimizer::AnalyzerRule,
};

use super::{cast, elementwise::zone_of, expressions::rewrite_all};

#[derive(Debug)]
pub(super) struct ZonedCasts;

impl AnalyzerRule for ZonedCasts {
    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        match zone_of(config) {
            Zone::UTC => Ok(plan),
            _ => Ok(plan
                .transform_up_with_subqueries(|plan| rewrite_all(plan, rewrite))?
                .data),
        }
    }

    fn name(&self) -> &str {
        "zoned_casts"
    }
}

fn rewrite(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::Cast(cast) = &expr else {
        return Ok(Transformed::no(expr));
    };
    let (from, to) = (cast.expr.get_type(schema)?, cast.field.data_type());
    match column_type(to) {
        Some(ty) if is_instant(&from) != is_instant(to) => Ok(Transformed::yes(
            cast::to(ty).call(vec![cast.expr.as_ref().clone()]),
        )),
        _ => Ok(Transformed::no(expr)),
    }
}

fn is_instant(ty: &DataType) -> bool {
    match ty {
        DataType::Timestamp(_, zone) => zone.is_some(),
        DataType::List(element) => is_instant(element.data_type()),
        _ => false,
    }
}
