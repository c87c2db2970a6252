//! Parameters of the type void: JDBC declares one for what a function answers, and writes it among the arguments. PostgreSQL takes it for
//! none, and so do we.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, TableFactor, Value, VisitMut, VisitorMut,
};

use crate::Statement;

impl Statement {
    /// Takes the parameters of these numbers out of the arguments of functions.
    pub fn discard_arguments(&mut self, parameters: &BTreeSet<usize>) {
        if let Statement::Sql(query) = self {
            let _: ControlFlow<()> = query.marked_mut().visit(&mut Discard(parameters));
        }
    }
}

struct Discard<'a>(&'a BTreeSet<usize>);

impl Discard<'_> {
    fn keeps(&self, argument: &FunctionArg) -> bool {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) = argument else {
            return true;
        };
        let Value::Placeholder(name) = &value.value else {
            return true;
        };
        let number = name
            .strip_prefix('$')
            .and_then(|digits| digits.parse().ok());
        number.is_none_or(|number| !self.0.contains(&number))
    }
}

impl VisitorMut for Discard<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && let FunctionArguments::List(list) = &mut function.args
        {
            list.args.retain(|argument| self.keeps(argument));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                args: Some(list), ..
            } => list.args.retain(|argument| self.keeps(argument)),
            TableFactor::Function { args, .. } => args.retain(|argument| self.keeps(argument)),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
