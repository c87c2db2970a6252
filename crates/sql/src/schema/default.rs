//! DEFAULT expressions: planned and evaluated when they are declared, so that a wrong one is refused then.

use cairn_catalog::{ColumnDescriptor, TableId};
use cairn_rows::Datum;
use cairn_syntax::ast::{Expr, SelectItem};
use futures::TryStreamExt;

use super::generated;
use crate::{
    Result, SqlError,
    change::{assign, update::select},
    query::Scope,
};

/// What a column's DEFAULT gives.
pub(crate) struct Evaluated {
    pub value: Datum,
    /// Whether it may give another value for the next row.
    pub volatile: bool,
}

/// Whether an expression may give another value for the next row.
pub(crate) fn is_volatile(scope: &Scope, expr: &Expr) -> Result<bool> {
    let item = SelectItem::UnnamedExpr(expr.clone());
    let plan = scope.plan_query(select(vec![item], Vec::new(), None)?, &[])?;
    Ok(plan.expressions().iter().any(|expr| expr.is_volatile()))
}

/// Gives the sequences in a column's DEFAULT their full names; the answer is their ids. With sequences it is planned, not tried: that
/// would take a value.
pub(crate) fn take_sequences(scope: &Scope, column: &mut ColumnDescriptor) -> Result<Vec<TableId>> {
    let Some(text) = &column.default else {
        return Ok(Vec::new());
    };
    let (complete, used) = generated::complete_default(scope, text)?;
    if !used.is_empty() {
        is_volatile(scope, &cairn_syntax::parse_expression(&complete)?)?;
        column.default = Some(complete);
    }
    Ok(used)
}

/// Evaluates a column's DEFAULT once; None: it has none.
pub(crate) async fn evaluate(
    scope: &Scope,
    column: &ColumnDescriptor,
) -> Result<Option<Evaluated>> {
    let Some(text) = &column.default else {
        return Ok(None);
    };
    let item = SelectItem::UnnamedExpr(cairn_syntax::parse_expression(text)?);
    let plan = scope.plan_query(select(vec![item], Vec::new(), None)?, &[])?;
    let volatile = plan.expressions().iter().any(|expr| expr.is_volatile());
    let batches: Vec<_> = scope.run(&plan).await?.try_collect().await?;
    for batch in &batches {
        let value = assign::rows(batch, &[column], scope.facts.zone)?
            .into_iter()
            .flatten()
            .next();
        if let Some(value) = value {
            return Ok(Some(Evaluated { value, volatile }));
        }
    }
    Err(SqlError::internal(format!(
        "the default {text} has no value"
    )))
}
