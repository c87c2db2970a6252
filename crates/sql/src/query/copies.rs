//! The numbers that equal rows have among each other, for `EXCEPT ALL` and `INTERSECT ALL` (`bind::copies`).

use datafusion::{
    common::DFSchema,
    logical_expr::{Expr, expr::WindowFunction},
};

/// A function that stands in PARTITION BY for all columns there are: the statement does not have to know them.
pub(crate) const EVERY_COLUMN: &str = "\u{2}every column";

/// Puts the columns in their place; whether they were asked for.
pub(super) fn settle(window: &mut WindowFunction, schema: &DFSchema) -> bool {
    let parts = &mut window.params.partition_by;
    let asked = matches!(
        parts.as_slice(),
        [Expr::ScalarFunction(call)] if call.func.name() == EVERY_COLUMN
    );
    if asked {
        *parts = schema.iter().map(Expr::from).collect();
    }
    asked
}
