//! `alias.column` where a column is called like the alias: in a subquery DataFusion takes it for a field of the column, though it may
//! mean a relation outside.
//!
//! No column has fields here. So where one is found, the query is planned again with other names for its relations, which no column
//! has; what still finds a field then means a relation that is not there.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::Field;
use cairn_syntax::ast::{
    Expr as AstExpr, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, TableAlias, TableFactor, VisitMut, VisitorMut,
};
use datafusion::{
    common::{Result, ScalarValue, TableReference},
    logical_expr::{
        Expr,
        planner::{ExprPlanner, PlannerResult},
    },
};

use crate::{SqlError, SqlState};

/// Stands at the end of a relation's other name; no name of a user's holds it.
const MARK: char = '\u{2}';

/// Notes that a name was taken for a field.
#[derive(Debug, Default)]
pub(super) struct FieldPlanner {
    found: Arc<AtomicBool>,
}

impl FieldPlanner {
    pub fn found(&self) -> Arc<AtomicBool> {
        self.found.clone()
    }
}

impl ExprPlanner for FieldPlanner {
    fn plan_compound_identifier(
        &self,
        _field: &Field,
        _qualifier: Option<&TableReference>,
        _nested: &[String],
    ) -> Result<PlannerResult<Vec<Expr>>> {
        self.found.store(true, Ordering::Relaxed);
        Ok(PlannerResult::Planned(Expr::Literal(
            ScalarValue::Null,
            None,
        )))
    }
}

/// What a plan is that took a name for a field.
pub(super) fn missing() -> SqlError {
    SqlError::new(
        SqlState::UndefinedTable,
        "missing FROM-clause entry for a name in front of a column",
    )
    .hint("columns have no fields: name a relation of the FROM list")
}

/// Gives all relations of a query other names, and writes these in front of their columns.
pub(super) fn rename(query: &mut Query) {
    let mut renamed = Renamed {
        names: BTreeSet::new(),
        defining: true,
    };
    let _ = VisitMut::visit(query, &mut renamed);
    renamed.defining = false;
    let _ = VisitMut::visit(query, &mut renamed);
}

/// First all relations are named, then all their columns.
struct Renamed {
    names: BTreeSet<String>,
    defining: bool,
}

impl Renamed {
    fn define(&mut self, alias: &mut Option<TableAlias>, name: Option<&Ident>) {
        let Some(old) = alias.as_ref().map(|alias| &alias.name).or(name).cloned() else {
            return;
        };
        self.names.insert(folded(&old));
        let name = other(&old);
        match alias {
            Some(alias) => alias.name = name,
            None => {
                *alias = Some(TableAlias {
                    explicit: true,
                    name,
                    columns: Vec::new(),
                    at: None,
                })
            }
        }
    }

    fn refer(&self, qualifier: &mut Ident) {
        if self.names.contains(&folded(qualifier)) {
            *qualifier = other(qualifier);
        }
    }
}

fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}

fn other(name: &Ident) -> Ident {
    Ident::with_quote('"', format!("{}{MARK}", folded(name)))
}

impl VisitorMut for Renamed {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if self.defining {
            match factor {
                TableFactor::Table { name, alias, .. } => {
                    let last = name.0.last().and_then(|part| part.as_ident()).cloned();
                    self.define(alias, last.as_ref());
                }
                TableFactor::Derived { alias, .. }
                | TableFactor::Function { alias, .. }
                | TableFactor::UNNEST { alias, .. }
                | TableFactor::NestedJoin { alias, .. } => self.define(alias, None),
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if !self.defining {
            for item in &mut select.projection {
                if let SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(ObjectName(parts)),
                    _,
                ) = item
                    && let [part] = parts.as_mut_slice()
                    && let Some(mut name) = part.as_ident().cloned()
                {
                    self.refer(&mut name);
                    *part = ObjectNamePart::Identifier(name);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut AstExpr) -> ControlFlow<()> {
        if let AstExpr::CompoundIdentifier(parts) = expr
            && !self.defining
            && let [qualifier, _] = parts.as_mut_slice()
        {
            self.refer(qualifier);
        }
        ControlFlow::Continue(())
    }
}
