//! A query that is grouped by the primary key of a table may show the other columns of it: they are the same in the whole group. They are
//! written into its GROUP BY, as DataFusion wants it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use cairn_catalog::{ObjectKind, TableDescriptor};
use cairn_syntax::{
    Name,
    ast::{
        Expr, GroupByExpr, Ident, OrderByKind, Query, Select, SelectItem,
        SelectItemQualifiedWildcardKind, SetExpr, TableFactor, TableWithJoins, Value, Visit,
        VisitMut, VisitorMut, visit_expressions,
    },
};

use super::{names::find_relation, scope::Scope};

/// Completes every GROUP BY of a query.
pub(super) fn complete(scope: &Scope, query: &mut Query) {
    let mut groups = Groups {
        scope,
        ctes: BTreeSet::new(),
    };
    let _ = VisitMut::visit(query, &mut groups);
}

struct Groups<'a> {
    scope: &'a Scope,
    /// Names that stand for WITH queries, not for tables.
    ctes: BTreeSet<String>,
}

impl VisitorMut for Groups<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        self.ctes.extend(ctes.map(|cte| folded(&cte.alias.name)));
        let mut asked = Asked::default();
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(by) = &order.kind
        {
            asked.add(by);
        }
        if let SetExpr::Select(select) = query.body.as_mut() {
            self.complete(select, asked);
        }
        ControlFlow::Continue(())
    }
}

impl Groups<'_> {
    fn complete(&self, select: &mut Select, mut asked: Asked) {
        let GroupByExpr::Expressions(groups, _) = &select.group_by else {
            return;
        };
        let sets = |expr: &Expr| {
            matches!(
                expr,
                Expr::GroupingSets(_) | Expr::Rollup(_) | Expr::Cube(_)
            )
        };
        if groups.is_empty() || groups.iter().any(sets) {
            return;
        }
        let relations = self.relations(&select.from);
        let grouped: Vec<&Expr> = groups
            .iter()
            .map(|expr| placed(expr, &select.projection))
            .collect();
        asked.add(&select.projection);
        asked.add(&select.having);
        for item in &select.projection {
            asked.wildcard(item);
        }
        let mut more = Vec::new();
        for relation in relations.tables.iter() {
            let names = |column: &str| {
                let mut grouped = grouped.iter();
                grouped.any(|expr| relations.is_column(expr, relation, column))
            };
            if !relation
                .key()
                .is_some_and(|key| key.iter().all(|column| names(column)))
            {
                continue;
            }
            for column in relation.columns() {
                if !names(column) && asked.has(&relation.alias, column) {
                    let names = [&relation.alias, column];
                    let names = names.map(|name| Ident::with_quote('"', name));
                    more.push(Expr::CompoundIdentifier(names.to_vec()));
                }
            }
        }
        if let GroupByExpr::Expressions(groups, _) = &mut select.group_by {
            groups.extend(more);
        }
    }

    fn relations(&self, from: &[TableWithJoins]) -> Relations {
        let joined = from.iter().flat_map(|item| &item.joins);
        let factors = from.iter().map(|item| &item.relation);
        let mut relations = Relations::default();
        for factor in factors.chain(joined.map(|join| &join.relation)) {
            match self.relation(factor) {
                Some(relation) => relations.tables.push(relation),
                None => relations.has_others = true,
            }
        }
        relations
    }

    fn relation(&self, factor: &TableFactor) -> Option<Relation> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            ..
        } = factor
        else {
            return None;
        };
        let parts = cairn_syntax::parts(name);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if matches!(parts.as_slice(), [one] if self.ctes.contains(*one)) {
            return None;
        }
        let database = &self.scope.facts.database;
        let table = find_relation(&self.scope.view, database, &parts).ok()?;
        let named = alias.as_ref().map(|alias| folded(&alias.name));
        let renames = alias
            .as_ref()
            .is_some_and(|alias| !alias.columns.is_empty());
        let is_table = !matches!(table.kind, ObjectKind::View(_) | ObjectKind::Sequence(_));
        (is_table && !renames).then(|| Relation {
            alias: named.unwrap_or_else(|| table.name.clone()),
            table,
        })
    }
}

/// The relations of a FROM list.
#[derive(Default)]
struct Relations {
    tables: Vec<Relation>,
    /// Whether there are subqueries or others, of which the columns are not known.
    has_others: bool,
}

struct Relation {
    alias: String,
    table: Arc<TableDescriptor>,
}

impl Relation {
    /// The columns that are seen.
    fn columns(&self) -> impl Iterator<Item = &String> {
        let columns = self.table.columns.iter();
        columns
            .filter(|column| column.is_visible())
            .map(|column| &column.name)
    }

    /// The names of the columns of the primary key, if they are seen.
    fn key(&self) -> Option<Vec<&String>> {
        let parts = self.table.primary.columns.iter();
        let names = parts.map(|part| {
            let mut columns = self.table.columns.iter();
            columns
                .find(|column| column.id == part.column && column.is_visible())
                .map(|column| &column.name)
        });
        names.collect()
    }
}

impl Relations {
    /// Whether an expression is this column of this relation.
    fn is_column(&self, expr: &Expr, relation: &Relation, column: &str) -> bool {
        match expr {
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., of, name] => folded(of) == relation.alias && folded(name) == column,
                _ => false,
            },
            Expr::Identifier(name) => {
                let named = |relation: &&Relation| relation.columns().any(|known| known == column);
                folded(name) == column
                    && !self.has_others
                    && self.tables.iter().filter(named).count() == 1
            }
            Expr::Nested(inner) => self.is_column(inner, relation, column),
            _ => false,
        }
    }
}

/// What a query asks for of its groups.
#[derive(Default)]
struct Asked {
    qualified: BTreeSet<(String, String)>,
    alone: BTreeSet<String>,
    /// `t.*`.
    relations: BTreeSet<String>,
    /// `*`.
    all: bool,
}

impl Asked {
    fn add(&mut self, tree: &impl Visit) {
        let _: ControlFlow<()> = visit_expressions(tree, |expr| {
            match expr {
                Expr::Identifier(name) => {
                    self.alone.insert(folded(name));
                }
                Expr::CompoundIdentifier(parts) => {
                    if let [.., of, name] = parts.as_slice() {
                        self.qualified.insert((folded(of), folded(name)));
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
    }

    fn wildcard(&mut self, item: &SelectItem) {
        match item {
            SelectItem::Wildcard(_) => self.all = true,
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                self.relations.extend(cairn_syntax::parts(name).pop());
            }
            _ => {}
        }
    }

    fn has(&self, relation: &str, column: &str) -> bool {
        self.all
            || self.relations.contains(relation)
            || self.alone.contains(column)
            || self
                .qualified
                .contains(&(relation.to_owned(), column.to_owned()))
    }
}

/// What a number in GROUP BY stands for.
fn placed<'a>(expr: &'a Expr, items: &'a [SelectItem]) -> &'a Expr {
    let Expr::Value(value) = expr else {
        return expr;
    };
    let Value::Number(place, _) = &value.value else {
        return expr;
    };
    let place: Option<usize> = place.parse().ok();
    let item = place.and_then(|place| items.get(place.checked_sub(1)?));
    match item {
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => expr,
        _ => expr,
    }
}

fn folded(name: &Ident) -> String {
    Name::folded(name).0
}
