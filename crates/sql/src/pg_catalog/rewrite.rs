//! What only catalog queries write, rewritten into what DataFusion plans.

use std::{collections::BTreeSet, ops::ControlFlow};

use cairn_syntax::ast::{
    BinaryOperator, CastKind, DataType, Distinct, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArgumentList, FunctionArguments, GroupByExpr, Ident,
    ObjectName, OrderBy, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor,
    Value, VisitMut, VisitorMut, WindowType,
};

use super::{
    empty,
    functions::{OR_EMPTY, Registered},
    relation::{self, INFORMATION_SCHEMA, PG_CATALOG},
    tableoid,
};

/// Rewrites a query and all that is in it.
pub(crate) fn rewrite(query: &mut Query) {
    let mut ctes = Ctes::default();
    let _ = query.visit(&mut ctes);
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection.iter_mut().for_each(show_registered);
    }
    let _ = query.visit(&mut Rewriter { ctes: ctes.names });
}

/// Names that stand for WITH queries, not for relations.
#[derive(Default)]
struct Ctes {
    names: BTreeSet<String>,
}

impl VisitorMut for Ctes {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            self.names
                .extend(with.cte_tables.iter().map(|cte| folded(&cte.alias.name)));
        }
        ControlFlow::Continue(())
    }
}

struct Rewriter {
    ctes: BTreeSet<String>,
}

impl VisitorMut for Rewriter {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if empty::select(select) {
            empty::simplify(select);
        }
        tableoid::replace(select);
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                let _ = expr.visit(&mut CountInstead { depth: 0 });
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                name,
                args: Some(_),
                ..
            }
            | TableFactor::Function { name, .. } => unqualify(name),
            TableFactor::Table {
                name, args: None, ..
            } => self.qualify(name),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(constant) = empty::constant(expr) {
            *expr = constant;
        }
        if let Some(itself) = only_ancestor(expr) {
            *expr = itself;
        }
        if let Expr::Function(function) = expr {
            unqualify(&mut function.name);
        }
        if let Expr::BinaryOp { left, op, right } = expr {
            if let Some(plain) = plain_operator(op) {
                *op = plain;
            }
            if matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq) {
                compare_oids(left);
                compare_oids(right);
            }
        }
        if let Some(cast) = registered_cast(expr) {
            *expr = cast;
        }
        if let Expr::Identifier(ident) = expr
            && let Some(function) = bare_function(ident)
        {
            *expr = call(function, Vec::new());
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(Function {
            name,
            args: FunctionArguments::Subquery(subquery),
            ..
        }) = expr
            && is_array(name)
            && let Some(aggregated) = aggregate(subquery)
        {
            *expr = call(OR_EMPTY, vec![Expr::Subquery(Box::new(aggregated))]);
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter {
    /// `pg_class` becomes `pg_catalog.pg_class`.
    fn qualify(&self, name: &mut ObjectName) {
        if let [one] = names(name).as_slice()
            && !self.ctes.contains(one)
            && relation::find(None, one).is_some()
        {
            *name = ObjectName::from(vec![Ident::new(PG_CATALOG), Ident::new(one)]);
        }
    }
}

/// The parts of a name, folded.
pub(crate) fn names(name: &ObjectName) -> Vec<String> {
    name.0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(folded)
        .collect()
}

fn folded(ident: &Ident) -> String {
    cairn_syntax::Name::folded(ident).0
}

/// `pg_catalog.f` becomes `f`.
fn unqualify(name: &mut ObjectName) {
    if let [schema, _] = names(name).as_slice()
        && matches!(schema.as_str(), PG_CATALOG | INFORMATION_SCHEMA)
    {
        name.0.remove(0);
    }
}

/// A function that is called without parentheses, of those that DataFusion takes for columns.
fn bare_function(ident: &Ident) -> Option<&'static str> {
    ["current_schema", "current_role"]
        .into_iter()
        .find(|name| ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case(name))
}

/// `x IN (SELECT pg_partition_ancestors(y) UNION ALL …)`, as psql looks for what refers to a table: without partitions, y is its only
/// ancestor.
fn only_ancestor(expr: &Expr) -> Option<Expr> {
    let Expr::InSubquery {
        expr,
        subquery,
        negated: false,
    } = expr
    else {
        return None;
    };
    let SetExpr::SetOperation { left, .. } = subquery.body.as_ref() else {
        return None;
    };
    let SetExpr::Select(select) = left.as_ref() else {
        return None;
    };
    let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else {
        return None;
    };
    let FunctionArguments::List(arguments) = &function.args else {
        return None;
    };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = arguments.args.as_slice() else {
        return None;
    };
    let ancestors = names(&function.name)
        .last()
        .is_some_and(|name| name == "pg_partition_ancestors");
    ancestors.then(|| Expr::BinaryOp {
        left: expr.clone(),
        op: BinaryOperator::Eq,
        right: Box::new(argument.clone()),
    })
}

/// Whether a function's name is that of the constructor `ARRAY(SELECT …)`.
pub(crate) fn is_array(name: &ObjectName) -> bool {
    matches!(names(name).as_slice(), [name] if name == "array")
}

/// An array of texts without elements.
pub(crate) fn no_texts() -> Expr {
    let null = Expr::Cast {
        kind: CastKind::DoubleColon,
        expr: Box::new(Expr::Value(Value::Null.into())),
        data_type: DataType::Array(cairn_syntax::ast::ArrayElemTypeDef::SquareBracket(
            Box::new(DataType::Text),
            None,
        )),
        array: false,
        format: None,
    };
    call(OR_EMPTY, vec![null])
}

pub(super) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    function(name, arguments, Vec::new())
}

fn function(name: &str, arguments: Vec<Expr>, clauses: Vec<FunctionArgumentClause>) -> Expr {
    let args = arguments
        .into_iter()
        .map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)))
        .collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses,
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `OPERATOR(pg_catalog.~)` is `~`.
fn plain_operator(operator: &BinaryOperator) -> Option<BinaryOperator> {
    let BinaryOperator::PGCustomBinaryOperator(parts) = operator else {
        return None;
    };
    Some(match parts.last()?.as_str() {
        "~" => BinaryOperator::PGRegexMatch,
        "~*" => BinaryOperator::PGRegexIMatch,
        "!~" => BinaryOperator::PGRegexNotMatch,
        "!~*" => BinaryOperator::PGRegexNotIMatch,
        "~~" => BinaryOperator::PGLikeMatch,
        "!~~" => BinaryOperator::PGNotLikeMatch,
        "=" => BinaryOperator::Eq,
        "<>" | "!=" => BinaryOperator::NotEq,
        "<" => BinaryOperator::Lt,
        "<=" => BinaryOperator::LtEq,
        ">" => BinaryOperator::Gt,
        ">=" => BinaryOperator::GtEq,
        "+" => BinaryOperator::Plus,
        "-" => BinaryOperator::Minus,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "||" => BinaryOperator::StringConcat,
        _ => return None,
    })
}

/// What becomes an oid or a name: what is cast to `regclass` or its kin, or handed to `to_regclass` or its kin.
struct AsRegistered<'a> {
    /// `regclass`, or `to_regclass`: a name that nothing has is NULL then.
    function: String,
    value: &'a Expr,
}

impl AsRegistered<'_> {
    fn of(expr: &Expr) -> Option<AsRegistered<'_>> {
        match expr {
            Expr::Cast {
                expr: value,
                data_type,
                ..
            } => Some(AsRegistered {
                function: registered(data_type)?,
                value,
            }),
            Expr::Function(function) => {
                let name = names(&function.name).pop()?;
                Registered::named(name.strip_prefix("to_")?)?;
                let FunctionArguments::List(arguments) = &function.args else {
                    return None;
                };
                match arguments.args.as_slice() {
                    [FunctionArg::Unnamed(FunctionArgExpr::Expr(value))] => Some(AsRegistered {
                        function: name,
                        value,
                    }),
                    _ => None,
                }
            }
            Expr::Nested(inner) => AsRegistered::of(inner),
            _ => None,
        }
    }

    fn oid(&self) -> Expr {
        self.call("oid")
    }

    fn name(&self) -> Expr {
        self.call("name")
    }

    /// What stands beside `=`. Columns of type `regproc` hold names.
    fn compared(&self) -> Expr {
        match self.function.as_str() {
            "regproc" | "regprocedure" => self.name(),
            _ => self.oid(),
        }
    }

    fn call(&self, form: &str) -> Expr {
        call(
            &format!("{}_{form}", self.function),
            vec![self.value.clone()],
        )
    }
}

/// `regclass` or its kin, by the type of a cast.
fn registered(ty: &DataType) -> Option<String> {
    let name = match ty {
        DataType::Regclass => "regclass".to_owned(),
        DataType::Custom(name, _) => names(name).pop()?,
        _ => return None,
    };
    Registered::named(&name).map(|_| name)
}

/// Casts to types whose values are oids, become a function that gives the oid or the name, as the place wants:
/// a name where the value is shown or cast to text, an oid where it is cast to a number or is a literal.
fn registered_cast(expr: &Expr) -> Option<Expr> {
    if let Some(found) = AsRegistered::of(expr) {
        let found_by_name = found.function.starts_with("to_");
        let literal = matches!(found.value, Expr::Value(_));
        return Some(match found_by_name || literal {
            true => found.oid(),
            false => found.name(),
        });
    }
    let Expr::Cast {
        expr: value,
        data_type,
        ..
    } = expr
    else {
        return None;
    };
    let found = AsRegistered::of(value)?;
    let ty = data_type.to_string().to_lowercase();
    let call = match ty.strip_prefix("pg_catalog.").unwrap_or(&ty) {
        "text" | "varchar" | "name" | "string" | "character varying" => found.name(),
        _ => found.oid(),
    };
    Some(Expr::Cast {
        kind: CastKind::DoubleColon,
        expr: Box::new(call),
        data_type: data_type.clone(),
        array: false,
        format: None,
    })
}

/// `a::regclass = b` compares oids.
fn compare_oids(expr: &mut Expr) {
    if let Some(found) = AsRegistered::of(expr) {
        *expr = found.compared();
    }
}

/// An output column of such a type shows the name.
fn show_registered(item: &mut SelectItem) {
    if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item
        && let Some(found) = AsRegistered::of(expr)
    {
        *expr = found.name();
    }
}

/// `SELECT x FROM …` as `SELECT array_agg(x) FROM …`; of a query whose rows are counted or grouped first, its rows are aggregated.
fn aggregate(query: &Query) -> Option<Query> {
    aggregate_simple(query).or_else(|| aggregate_ordered(query))
}

/// `SELECT array_agg(value ORDER BY number) FROM (SELECT x, row_number() OVER (ORDER BY …) FROM … ORDER BY … LIMIT …) AS elements`.
fn aggregate_ordered(query: &Query) -> Option<Query> {
    let mut inner = query.clone();
    let SetExpr::Select(select) = inner.body.as_mut() else {
        return None;
    };
    let distinct = matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_)));
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    if distinct || inner.order_by.is_none() {
        return None;
    }
    let outer = "SELECT array_agg(value ORDER BY number) FROM \
        (SELECT 1 AS value, row_number() OVER (ORDER BY 1) AS number) AS elements";
    let mut outer = cairn_syntax::parse_query(outer).ok()?;
    let by = order_of(&mut inner.order_by.clone(), value)?;
    let SetExpr::Select(aggregating) = outer.body.as_mut() else {
        return None;
    };
    let elements = aggregating.from.first_mut()?;
    let TableFactor::Derived { subquery, .. } = &mut elements.relation else {
        return None;
    };
    let SetExpr::Select(numbering) = subquery.body.as_ref() else {
        return None;
    };
    let mut shown = numbering.projection.clone();
    if let [
        SelectItem::ExprWithAlias { expr: element, .. },
        SelectItem::ExprWithAlias {
            expr: Expr::Function(number),
            ..
        },
    ] = shown.as_mut_slice()
    {
        *element = value.clone();
        if let Some(WindowType::WindowSpec(window)) = &mut number.over {
            window.order_by = by.clone();
        }
    }
    select.projection = shown;
    if let Some(order) = &mut inner.order_by {
        order.kind = OrderByKind::Expressions(by);
    }
    **subquery = inner;
    Some(outer)
}

/// What rows of one value are ordered by, in words that do not ask for the place of the value.
fn order_of(order: &mut Option<OrderBy>, value: &Expr) -> Option<Vec<OrderByExpr>> {
    let OrderByKind::Expressions(mut by) = order.take()?.kind else {
        return None;
    };
    for part in &mut by {
        if matches!(&part.expr, Expr::Value(place) if matches!(&place.value, Value::Number(one, _) if one == "1"))
        {
            part.expr = value.clone();
        }
    }
    Some(by)
}

fn aggregate_simple(query: &Query) -> Option<Query> {
    let mut query = query.clone();
    let simple = query.with.is_none() && query.limit_clause.is_none() && query.fetch.is_none();
    let SetExpr::Select(select) = query.body.as_mut() else {
        return None;
    };
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    let distinct = matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_)));
    if !simple || grouped || distinct || select.having.is_some() {
        return None;
    }
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    let mut clauses = Vec::new();
    if query.order_by.is_some() {
        let by = order_of(&mut query.order_by, value)?;
        clauses.push(FunctionArgumentClause::OrderBy(by));
    }
    select.projection = vec![SelectItem::UnnamedExpr(function(
        "array_agg",
        vec![value.clone()],
        clauses,
    ))];
    Some(query)
}

/// In what a SELECT shows, `EXISTS (SELECT … FROM …)` becomes `(SELECT count(*) > 0 FROM …)`.
struct CountInstead {
    depth: usize,
}

impl VisitorMut for CountInstead {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth == 0
            && let Expr::Exists { subquery, negated } = expr
            && let Some(counted) = counted(subquery, *negated)
        {
            *expr = Expr::Subquery(Box::new(counted));
        }
        ControlFlow::Continue(())
    }
}

fn counted(query: &Query, negated: bool) -> Option<Query> {
    let mut query = query.clone();
    query.order_by = None;
    let simple = query.with.is_none() && query.limit_clause.is_none() && query.fetch.is_none();
    let SetExpr::Select(select) = query.body.as_mut() else {
        return None;
    };
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    if !simple || grouped || select.having.is_some() {
        return None;
    }
    let zero = Expr::Value(Value::Number("0".to_owned(), false).into());
    let operator = if negated {
        BinaryOperator::Eq
    } else {
        BinaryOperator::Gt
    };
    let one = Expr::Value(Value::Number("1".to_owned(), false).into());
    let count = Expr::BinaryOp {
        left: Box::new(call("count", vec![one])),
        op: operator,
        right: Box::new(zero),
    };
    select.projection = vec![SelectItem::UnnamedExpr(count)];
    select.distinct = None;
    Some(query)
}
