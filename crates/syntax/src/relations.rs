//! The relations that a query names, and the sequences that an expression names: found and renamed in the parsed
//! tree, never in text.
//!
//! A name of one part that a WITH in sight defines is not a relation's. Names inside other string literals than the
//! arguments of the sequence functions are only texts.

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, TableAlias,
    TableFactor, Value, VisitMut, Visitor, VisitorMut,
};

use crate::{
    Name, SyntaxError,
    error::Result,
    parser::{parse_expression, parse_one},
    quote,
    statement::Statement,
};

/// The functions whose first argument is the name of a sequence.
const SEQUENCE_FUNCTIONS: [&str; 3] = ["nextval", "currval", "setval"];

/// One place where a query names a relation.
#[derive(Debug)]
pub struct NamedRelation<'a> {
    pub name: &'a mut ObjectName,
    pub alias: &'a mut Option<TableAlias>,
}

/// Calls `visit` for every relation that a query names, until it fails.
///
/// # Errors
/// What `visit` answers.
pub fn visit_relations<E>(
    query: &mut ast::Query,
    visit: impl FnMut(NamedRelation<'_>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut visitor = Relations {
        visit,
        withs: Vec::new(),
    };
    match VisitMut::visit(query, &mut visitor) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

/// The WITH of a query that is being walked.
struct With {
    names: Vec<String>,
    /// How many of its queries are behind us; their names are known, and all of them in WITH RECURSIVE.
    done: usize,
    recursive: bool,
    /// Whether the query is one of the WITH of the query around it.
    of_with: bool,
}

impl With {
    fn knows(&self, name: &str) -> bool {
        let known = if self.recursive {
            self.names.len()
        } else {
            self.done
        };
        self.names.iter().take(known).any(|with| with == name)
    }
}

struct Relations<V> {
    visit: V,
    withs: Vec<With>,
}

impl<E, V: FnMut(NamedRelation<'_>) -> std::result::Result<(), E>> VisitorMut for Relations<V> {
    type Break = Box<E>;

    fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<Box<E>> {
        // A WITH is visited before the rest of its query, its queries in order.
        let of_with = self
            .withs
            .last()
            .is_some_and(|with| with.done < with.names.len());
        let names = query.with.iter().flat_map(|with| &with.cte_tables);
        self.withs.push(With {
            names: names.map(|with| Name::folded(&with.alias.name).0).collect(),
            done: 0,
            recursive: query.with.as_ref().is_some_and(|with| with.recursive),
            of_with,
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut ast::Query) -> ControlFlow<Box<E>> {
        let done = self.withs.pop();
        if let Some(around) = self.withs.last_mut()
            && done.is_some_and(|with| with.of_with)
        {
            around.done += 1;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Box<E>> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            ..
        } = factor
        else {
            return ControlFlow::Continue(());
        };
        if let Some(only) = only_part(name)
            && self.withs.iter().any(|with| with.knows(&only))
        {
            return ControlFlow::Continue(());
        }
        match (self.visit)(NamedRelation { name, alias }) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(Box::new(error)),
        }
    }
}

fn only_part(name: &ObjectName) -> Option<String> {
    match name.0.as_slice() {
        [part] => Some(Name::folded(part.as_ident()?).0),
        _ => None,
    }
}

/// Reads a stored query.
///
/// # Errors
/// A text that is no query.
pub fn parse_query(text: &str) -> Result<ast::Query> {
    if let Some(Statement::Sql(query)) = parse_one(text)?.map(|parsed| parsed.statement)
        && query.as_of().is_none()
        && query.sources().next().is_none()
        && let ast::Statement::Query(query) = query.statement()
    {
        return Ok(*query);
    }
    Err(SyntaxError::new("syntax error: expected a query"))
}

/// A stored query with other names for its relations. `new_name` is asked with the parts of each name, folded, and
/// answers its new parts, or `None` to leave it. A relation without an alias keeps its old name as one, so that the
/// columns qualified with it are found.
///
/// # Errors
/// A text that is no query.
pub fn rename_relations(
    query: &str,
    new_name: impl Fn(&[String]) -> Option<Vec<String>>,
) -> Result<String> {
    let mut query = parse_query(query)?;
    let renamed: std::result::Result<(), std::convert::Infallible> =
        visit_relations(&mut query, |relation| {
            let old = parts(relation.name);
            let Some(new) = new_name(&old) else {
                return Ok(());
            };
            if new.last() != old.last()
                && relation.alias.is_none()
                && let Some(name) = old.last()
            {
                *relation.alias = Some(alias(name));
            }
            *relation.name = object_name(&new);
            Ok(())
        });
    match renamed {
        Ok(()) => Ok(query.to_string()),
        Err(never) => match never {},
    }
}

/// A stored DEFAULT with other names for the sequences that it takes values from. `new_name` is asked with the parts of
/// each name, and answers its new parts, or `None` to leave it.
///
/// # Errors
/// A text that is no expression.
pub fn rename_sequences(
    expression: &str,
    new_name: impl Fn(&[String]) -> Option<Vec<String>>,
) -> Result<String> {
    let mut expression = parse_expression(expression)?;
    visit_sequences(&mut expression, |name| {
        let old = match parse_expression(name)? {
            Expr::Identifier(ident) => vec![Name::folded(&ident).0],
            Expr::CompoundIdentifier(parts) => {
                parts.iter().map(|ident| Name::folded(ident).0).collect()
            }
            _ => return Ok(None),
        };
        Ok::<_, SyntaxError>(new_name(&old).map(|new| object_name(&new).to_string()))
    })?;
    Ok(expression.to_string())
}

/// The parts of a name, folded.
pub fn parts(name: &ObjectName) -> Vec<String> {
    let idents = name.0.iter().filter_map(ast::ObjectNamePart::as_ident);
    idents.map(|ident| Name::folded(ident).0).collect()
}

/// A name of these parts, quoted where it must be.
pub fn object_name(parts: &[String]) -> ObjectName {
    ObjectName::from(
        parts
            .iter()
            .map(|part| identifier(part))
            .collect::<Vec<_>>(),
    )
}

/// An identifier that is read back as `name`.
pub fn identifier(name: &str) -> ast::Ident {
    if quote(name) == name {
        ast::Ident::new(name)
    } else {
        ast::Ident::with_quote('"', name)
    }
}

fn alias(name: &str) -> TableAlias {
    TableAlias {
        explicit: true,
        name: identifier(name),
        columns: Vec::new(),
        at: None,
    }
}

/// Calls `visit` with the name in each `nextval('name')` and the like; what it answers takes the name's place.
///
/// # Errors
/// What `visit` answers.
pub fn visit_sequences<T: VisitMut, E>(
    tree: &mut T,
    mut visit: impl FnMut(&str) -> std::result::Result<Option<String>, E>,
) -> std::result::Result<(), E> {
    let walked = ast::visit_expressions_mut(tree, |expr| {
        let Some(name) = sequence_argument(expr) else {
            return ControlFlow::Continue(());
        };
        match visit(name) {
            Ok(Some(new)) => *name = new,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(Box::new(error)),
        }
        ControlFlow::Continue(())
    });
    match walked {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

/// The name in a call of a sequence function, if it is a literal, `'name'::regclass` too.
fn sequence_argument(expr: &mut Expr) -> Option<&mut String> {
    let Expr::Function(function) = expr else {
        return None;
    };
    if !is_of_sequences(&function.name) {
        return None;
    }
    let FunctionArguments::List(list) = &mut function.args else {
        return None;
    };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) = list.args.first_mut() else {
        return None;
    };
    literal(argument)
}

fn literal(expr: &mut Expr) -> Option<&mut String> {
    match expr {
        Expr::Value(value) => match &mut value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            _ => None,
        },
        Expr::Cast { expr, .. } | Expr::Nested(expr) => literal(expr),
        _ => None,
    }
}

/// Turns `nextval('name'::regclass)` and the like into `nextval('name')`, which means the same.
pub fn plain_sequence_names<T: VisitMut>(tree: &mut T) {
    let _: ControlFlow<()> = ast::visit_expressions_mut(tree, |expr| {
        if let Expr::Function(function) = expr
            && is_of_sequences(&function.name)
            && let FunctionArguments::List(list) = &mut function.args
            && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) =
                list.args.first_mut()
            && let Expr::Cast {
                expr: inner,
                data_type: ast::DataType::Regclass,
                ..
            } = argument
        {
            *argument = std::mem::replace(inner.as_mut(), Expr::Value(Value::Null.into()));
        }
        ControlFlow::Continue(())
    });
}

fn is_of_sequences(function: &ObjectName) -> bool {
    let name = function.0.last().and_then(ast::ObjectNamePart::as_ident);
    let name = name.map(|ident| Name::folded(ident).0);
    name.is_some_and(|name| SEQUENCE_FUNCTIONS.contains(&name.as_str()))
}

/// Whether an expression or query calls a function that takes values from a sequence, whatever its argument, in a FROM list too.
pub fn calls_sequences<T: ast::Visit>(tree: &T) -> bool {
    tree.visit(&mut SequenceCalls).is_break()
}

/// Stops at such a call.
struct SequenceCalls;

impl Visitor for SequenceCalls {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) if is_of_sequences(&function.name) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                name,
                args: Some(_),
                ..
            }
            | TableFactor::Function { name, .. }
                if is_of_sequences(name) =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
