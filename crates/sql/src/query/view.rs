//! Views: a stored query planned in the place of its name.

use std::sync::Arc;

use cairn_catalog::{TableDescriptor, ViewDefinition};
use datafusion::{
    datasource::{TableProvider, ViewTable},
    logical_expr::{LogicalPlan, LogicalPlanBuilder, col, expr::Alias},
    prelude::Expr,
};

use super::{origin, scope::Scope};
use crate::{Result, SqlError, SqlState, bind};

/// How deep views may stand on views.
const DEPTH: usize = 64;

/// A view as DataFusion sees it: its query over the relations of the same instant, under the view's own column names.
pub(crate) fn provider(
    scope: &Scope,
    view: &TableDescriptor,
    definition: &ViewDefinition,
) -> Result<Arc<dyn TableProvider>> {
    // The user needs rights on the view, not on what it reads.
    let inside = scope.trusted();
    if inside.depth > DEPTH {
        return Err(SqlError::new(
            SqlState::StatementTooComplex,
            format!("view {:?} stands on more than {DEPTH} others", view.name),
        ));
    }
    let plan = plan(&inside, definition)?;
    let touched = std::mem::take(&mut *inside.touched.lock());
    scope.touched.lock().extend(touched);
    let names = view.columns.iter().map(|column| column.name.as_str());
    let named = named(plan, names)?.alias(origin::name_of_view(view.id))?;
    Ok(Arc::new(ViewTable::new(named.build()?, None)))
}

/// The plan of a stored query.
fn plan(scope: &Scope, definition: &ViewDefinition) -> Result<LogicalPlan> {
    let mut query = cairn_syntax::parse_query(&definition.query)?;
    bind::prepare_query(&mut query)?;
    scope.plan_query(query, &[])
}

/// A plan with other names for its columns, in their order.
fn named<'a>(
    plan: LogicalPlan,
    names: impl Iterator<Item = &'a str>,
) -> datafusion::common::Result<LogicalPlanBuilder> {
    let columns: Vec<Expr> = plan
        .schema()
        .columns()
        .into_iter()
        .zip(names)
        .map(|(column, name)| {
            Expr::Alias(Alias::new(
                col(column),
                None::<datafusion::common::TableReference>,
                name,
            ))
        })
        .collect();
    LogicalPlanBuilder::from(plan).project(columns)
}
