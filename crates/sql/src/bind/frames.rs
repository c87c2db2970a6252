//! Distances in the frames of windows: DataFusion reads them from literals, of which `prepare` has made casts.

use std::ops::ControlFlow;

use cairn_catalog::ColumnType;
use cairn_syntax::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Interval, NamedWindowExpr, Query,
    Select, Value, VisitMut, VisitorMut, WindowFrame, WindowFrameBound, WindowSpec, WindowType,
};

use crate::query::cast;

/// Rewrites the frames of all windows.
pub(super) fn rewrite(query: &mut Query) {
    let _ = VisitMut::visit(query, &mut Frames);
}

struct Frames;

impl VisitorMut for Frames {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for window in &mut select.named_window {
            if let NamedWindowExpr::WindowSpec(window) = &mut window.1 {
                settle(window);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && let Some(WindowType::WindowSpec(window)) = &mut function.over
        {
            settle(window);
        }
        ControlFlow::Continue(())
    }
}

fn settle(window: &mut WindowSpec) {
    let Some(WindowFrame {
        start_bound,
        end_bound,
        ..
    }) = &mut window.window_frame
    else {
        return;
    };
    for bound in std::iter::once(start_bound).chain(end_bound) {
        if let WindowFrameBound::Preceding(Some(distance))
        | WindowFrameBound::Following(Some(distance)) = bound
            && let Some(text) = interval_text(distance)
        {
            **distance = Expr::Interval(Interval {
                value: Box::new(text),
                leading_field: None,
                leading_precision: None,
                last_field: None,
                fractional_seconds_precision: None,
            });
        }
    }
}

/// A string, or what is cast to an INTERVAL.
fn interval_text(distance: &Expr) -> Option<Expr> {
    let function = match distance {
        Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)) => {
            return Some(distance.clone());
        }
        Expr::Function(function) => function,
        _ => return None,
    };
    if function.name.to_string() != cast::name_of(&ColumnType::Interval) {
        return None;
    }
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(text @ Expr::Value(_)))] => Some(text.clone()),
        _ => None,
    }
}
