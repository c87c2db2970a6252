//! Functions that give rows, among the columns of a SELECT or in its FROM list: as arrays, unnested.

use std::{collections::HashSet, ops::ControlFlow};

use cairn_syntax::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, Query, Select, SelectItem, TableAlias,
    TableAliasColumnDef, TableFactor, Visit, VisitMut, Visitor, VisitorMut, visit_expressions,
    visit_expressions_mut,
};

use cairn_catalog::{ColumnType, ElementType};

use super::{call, call_with, name_of, null, number};
use crate::{pg_catalog, query::cast};

/// Such functions, and those that give their rows as an array.
const FUNCTIONS: [(&str, &str); 12] = [
    ("_pg_expandarray", "array_places"),
    ("generate_series", "series_array"),
    ("generate_subscripts", "array_subscripts"),
    ("jsonb_array_elements", "jsonb_elements"),
    ("json_array_elements", "jsonb_elements"),
    ("jsonb_array_elements_text", "jsonb_element_texts"),
    ("json_array_elements_text", "jsonb_element_texts"),
    ("jsonb_object_keys", "jsonb_keys"),
    ("json_object_keys", "jsonb_keys"),
    ("string_to_table", "string_to_array"),
    ("regexp_split_to_table", "regexp_split_to_array"),
    (MATCHES, "regexp_match_texts"),
];

/// Those of FROM lists only that give names and values, and what gives the two as arrays.
const MEMBERS: [(&str, [&str; 2]); 4] = [
    ("jsonb_each", ["jsonb_each_keys", "jsonb_each_values"]),
    ("json_each", ["jsonb_each_keys", "jsonb_each_values"]),
    ("jsonb_each_text", ["jsonb_each_keys", "jsonb_each_texts"]),
    ("json_each_text", ["jsonb_each_keys", "jsonb_each_texts"]),
];

/// Its rows are arrays: the texts of such are unnested, and cast.
const MATCHES: &str = "regexp_matches";

/// Whether a function may give many rows. Its name is folded.
pub(super) fn gives_rows(function: &str) -> bool {
    function == UNNEST
        || FUNCTIONS.iter().any(|(rows, _)| *rows == function)
        || MEMBERS.iter().any(|(rows, _)| *rows == function)
        || pg_catalog::table_function(function).is_some()
}

/// Rewrites the columns of all SELECTs.
pub(super) fn rewrite(query: &mut Query) {
    let mut sets = Sets {
        names_matter: Visit::visit(&*query, &mut Elements).is_break(),
        names: Vec::new(),
    };
    let _ = VisitMut::visit(query, &mut sets);
}

/// Finds a function whose column has one name or another, whatever stands among expressions.
struct Elements;

impl Visitor for Elements {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match Rows::of(factor).is_some_and(|rows| rows.is_of_elements()) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

struct Sets {
    /// Whether any function asks for `names`: most statements have none.
    names_matter: bool,
    /// The names that stand alone in each of the queries round the present place.
    names: Vec<HashSet<String>>,
}

impl VisitorMut for Sets {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if !self.names_matter {
            return ControlFlow::Continue(());
        }
        let mut names = HashSet::new();
        let _: ControlFlow<()> = visit_expressions(&*query, |expr| {
            if let Expr::Identifier(name) = expr {
                names.insert(cairn_syntax::Name::folded(name).0);
            }
            ControlFlow::Continue(())
        });
        self.names.push(names);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.names.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                let _ = visit_expressions_mut(expr, |expr| {
                    unnest(expr);
                    ControlFlow::<()>::Continue(())
                });
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let Some(rows) = Rows::of(factor) {
            *factor = rows.unnested(self.names.last());
        }
        ControlFlow::Continue(())
    }
}

/// A function in a FROM list, as arrays.
struct Rows {
    function: String,
    arrays: Vec<Expr>,
    alias: Option<TableAlias>,
    with_ordinality: bool,
}

impl Rows {
    fn of(factor: &TableFactor) -> Option<Rows> {
        match factor {
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_ordinality,
                ..
            } => Some(Rows {
                function: UNNEST.to_owned(),
                arrays: array_exprs.clone(),
                alias: alias.clone(),
                with_ordinality: *with_ordinality,
            }),
            TableFactor::Table {
                name,
                alias,
                args: Some(arguments),
                with_ordinality,
                ..
            } => Rows::called(name, &arguments.args, alias, *with_ordinality),
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => Rows::called(name, args, alias, *with_ordinality),
            _ => None,
        }
    }

    fn called(
        name: &ObjectName,
        arguments: &[FunctionArg],
        alias: &Option<TableAlias>,
        with_ordinality: bool,
    ) -> Option<Rows> {
        let function = name.to_string().to_lowercase();
        let arguments: Vec<Expr> = arguments
            .iter()
            .filter_map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
                _ => None,
            })
            .collect();
        let arrays = match function.as_str() {
            UNNEST => arguments,
            // There is no array of its arrays, and no cast in a FROM list.
            MATCHES => return None,
            // A series of constants is made while it is read.
            "generate_series" if !with_ordinality && !arguments.iter().any(names_columns) => {
                return None;
            }
            _ => {
                let members = MEMBERS.iter().find(|(rows, _)| *rows == function);
                let array = FUNCTIONS.iter().find(|(rows, _)| *rows == function);
                match (members, array) {
                    (Some((_, arrays)), _) => arrays
                        .iter()
                        .map(|array| call_with(array, arguments.clone()))
                        .collect(),
                    (None, Some((_, array))) => vec![call_with(array, arguments)],
                    (None, None) => return None,
                }
            }
        };
        Some(Rows {
            function,
            arrays,
            alias: alias.clone(),
            with_ordinality,
        })
    }

    /// Whether these are the elements of a document.
    fn is_of_elements(&self) -> bool {
        self.function.contains("_array_elements")
    }

    /// `names` are those that stand alone in the query.
    fn unnested(self, names: Option<&HashSet<String>>) -> TableFactor {
        let of_elements = self.is_of_elements();
        let mut alias = self.alias.unwrap_or_else(|| TableAlias {
            explicit: true,
            name: Ident::new(&self.function),
            columns: Vec::new(),
            at: None,
        });
        let mut arrays = self.arrays;
        if MEMBERS.iter().any(|(rows, _)| *rows == self.function) {
            let names = ["key", "value"].map(|name| column(Ident::new(name)));
            let given = alias.columns.len();
            alias.columns.extend(names.into_iter().skip(given));
        }
        if alias.columns.is_empty() && arrays.len() == 1 {
            // `FROM jsonb_array_elements(d) e` has the column `value`; where `e` itself stands among expressions, it is that.
            let relation = cairn_syntax::Name::folded(&alias.name).0;
            let alone = names.is_some_and(|names| names.contains(&relation));
            let name = match of_elements && !alone {
                true => Ident::new("value"),
                false => alias.name.clone(),
            };
            alias.columns.push(column(name));
        }
        if self.with_ordinality {
            if alias.columns.len() == arrays.len() {
                alias.columns.push(column(Ident::new("ordinality")));
            }
            arrays.push(places(&arrays));
        }
        TableFactor::UNNEST {
            alias: Some(alias),
            array_exprs: arrays,
            with_offset: false,
            with_offset_alias: None,
            with_ordinality: false,
        }
    }
}

const UNNEST: &str = "unnest";

pub(super) fn column(name: Ident) -> TableAliasColumnDef {
    TableAliasColumnDef {
        name,
        data_type: None,
    }
}

/// The numbers from 1 to as many as the longest array has elements.
fn places(arrays: &[Expr]) -> Expr {
    let lengths = arrays
        .iter()
        .map(|array| call("cardinality", array.clone()));
    let most = call_with("greatest", lengths.collect());
    call_with("series_array", vec![number("1"), most])
}

/// Whether something speaks of columns, which may be those of the tables before.
pub(super) fn names_columns<T: Visit>(expr: &T) -> bool {
    let found = visit_expressions(expr, |expr| match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

fn unnest(expr: &mut Expr) {
    let Expr::Function(function) = expr else {
        return;
    };
    let name = function.name.to_string().to_lowercase();
    let found = FUNCTIONS.iter().find(|(rows, _)| *rows == name);
    if let Some((_, array)) = found {
        function.name = name_of(array);
        let array = std::mem::replace(expr, null());
        let rows = call(UNNEST, array);
        *expr = match name.as_str() {
            MATCHES => call(&cast_to_texts(), rows),
            _ => rows,
        };
    }
}

fn cast_to_texts() -> String {
    cast::name_of(&ColumnType::Array(ElementType::String { max: None }))
}
