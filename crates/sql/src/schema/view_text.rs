//! The text of a view: its query as it is stored.
//!
//! Names of relations are completed to `database.public.name`, stars become the columns they stand for today, and
//! expressions get the names that their columns have. What the text reads is noted on the way.

use std::collections::{BTreeMap, BTreeSet};

use cairn_catalog::{Dependency, Privilege, TableDescriptor, TableId};
use cairn_syntax::{
    Name,
    ast::{
        self, Expr, Ident, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
        VisitMut, VisitorMut,
    },
    object_name, parts,
};
use std::{ops::ControlFlow, sync::Arc};

use crate::{
    Result, SqlError, SqlState, bind,
    query::{Scope, names::resolve_table, output},
};

/// A view's query, ready to be stored.
pub(crate) struct ViewText {
    pub query: Query,
    pub reads: Vec<Dependency>,
}

/// Completes a query.
///
/// # Errors
/// Relations that are not there; what cannot be part of a view.
pub(crate) fn complete(scope: &Scope, mut query: Query) -> Result<ViewText> {
    if cairn_syntax::calls_sequences(&query) {
        return Err(SqlError::unsupported("a sequence function in a view"));
    }
    let mut relations = BTreeMap::new();
    let mut aliases = BTreeMap::new();
    cairn_syntax::visit_relations(&mut query, |relation| {
        let written = parts(relation.name);
        let Some((name, found)) = qualify(scope, &written)? else {
            return Ok(());
        };
        let alias = match relation.alias {
            Some(alias) => Name::folded(&alias.name).0,
            None => found.name.clone(),
        };
        let known: &mut BTreeSet<TableId> = aliases.entry(alias).or_default();
        known.insert(found.id);
        relations.insert(found.id, found);
        *relation.name = object_name(&name);
        Ok::<_, SqlError>(())
    })?;
    shorten_columns(&mut query);
    expand_stars(scope, &mut query)?;
    output::alias_columns(&mut query);
    let reads = dependencies(&mut query, &relations, &aliases);
    Ok(ViewText { query, reads })
}

/// The full name of a relation of the catalog; `None` for one of the system's own schemas.
fn qualify(
    scope: &Scope,
    written: &[String],
) -> Result<Option<(Vec<String>, Arc<TableDescriptor>)>> {
    let borrowed: Vec<&str> = written.iter().map(String::as_str).collect();
    let (database, schema, table) = match borrowed.as_slice() {
        [table] => (None, None, *table),
        [schema, table] => (None, Some(*schema), *table),
        [database, schema, table] => (Some(*database), Some(*schema), *table),
        _ => (None, None, ""),
    };
    if crate::pg_catalog::table(scope, database, schema, table)?.is_some() {
        return Ok(None);
    }
    let found = resolve_table(scope, &borrowed, Privilege::Select)?;
    let name = super::rename::full_name(&scope.view, &found)?;
    Ok(Some((name, found)))
}

/// `database.table.column` becomes `table.column`: the relation may get another place.
fn shorten_columns(query: &mut Query) {
    let _: ControlFlow<()> = ast::visit_expressions_mut(query, |expr| {
        if let Expr::CompoundIdentifier(parts) = expr
            && parts.len() > 2
        {
            parts.drain(..parts.len() - 2);
        }
        ControlFlow::Continue(())
    });
}

/// Puts columns in the place of each star of a SELECT list.
fn expand_stars(scope: &Scope, query: &mut Query) -> Result<()> {
    let mut stars = Stars {
        scope,
        withs: Vec::new(),
        failure: None,
    };
    let _ = VisitMut::visit(query, &mut stars);
    stars.failure.map_or(Ok(()), Err)
}

struct Stars<'a> {
    scope: &'a Scope,
    /// The WITH of every query around, outermost first.
    withs: Vec<Option<ast::With>>,
    failure: Option<SqlError>,
}

impl VisitorMut for Stars<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.withs.push(query.with.clone());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.withs.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        match self.expand(select) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Stars<'_> {
    fn expand(&self, select: &mut Select) -> Result<()> {
        let mut items = Vec::with_capacity(select.projection.len());
        for item in std::mem::take(&mut select.projection) {
            match item {
                SelectItem::Wildcard(ref options) => {
                    plain(options)?;
                    items.extend(self.columns(select, item)?);
                }
                SelectItem::QualifiedWildcard(kind, options) => {
                    plain(&options)?;
                    let kind = match kind {
                        SelectItemQualifiedWildcardKind::ObjectName(name) => {
                            let mut parts = parts(&name);
                            let last = parts.split_off(parts.len().saturating_sub(1));
                            SelectItemQualifiedWildcardKind::ObjectName(object_name(&last))
                        }
                        other => other,
                    };
                    let star = SelectItem::QualifiedWildcard(kind, options);
                    items.extend(self.columns(select, star)?);
                }
                other => items.push(other),
            }
        }
        select.projection = items;
        Ok(())
    }

    /// What a star over a SELECT's FROM list stands for, by planning it alone.
    fn columns(&self, select: &Select, star: SelectItem) -> Result<Vec<SelectItem>> {
        let mut alone = crate::change::update::select(vec![star], select.from.clone(), None)?;
        let tables = self
            .withs
            .iter()
            .flatten()
            .flat_map(|with| &with.cte_tables);
        let tables: Vec<ast::Cte> = tables.cloned().collect();
        if let Some(first) = self.withs.iter().flatten().next() {
            alone.with = Some(ast::With {
                recursive: self.withs.iter().flatten().any(|with| with.recursive),
                cte_tables: tables,
                with_token: first.with_token.clone(),
            });
        }
        bind::prepare_query(&mut alone)?;
        let plan = self.scope.plan_query(alone, &[])?;
        let columns = plan.schema().columns();
        Ok(columns
            .into_iter()
            .map(|column| {
                let name = cairn_syntax::identifier(&column.name);
                SelectItem::UnnamedExpr(match &column.relation {
                    Some(relation) => Expr::CompoundIdentifier(vec![
                        cairn_syntax::identifier(relation.table()),
                        name,
                    ]),
                    None => Expr::Identifier(name),
                })
            })
            .collect())
    }
}

/// A star without EXCEPT, REPLACE and the like, which are not PostgreSQL's.
fn plain(options: &ast::WildcardAdditionalOptions) -> Result<()> {
    let bare = options.opt_ilike.is_none()
        && options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none();
    match bare {
        true => Ok(()),
        false => Err(SqlError::unsupported("options of * in a view")),
    }
}

/// Which columns of which relations a complete query names. A column without a qualifier counts for every relation that has
/// one of its name.
fn dependencies(
    query: &mut Query,
    relations: &BTreeMap<TableId, Arc<TableDescriptor>>,
    aliases: &BTreeMap<String, BTreeSet<TableId>>,
) -> Vec<Dependency> {
    let mut columns: BTreeMap<TableId, BTreeSet<_>> =
        relations.keys().map(|id| (*id, BTreeSet::new())).collect();
    let mut note = |qualifier: Option<&Ident>, ident: &Ident| {
        let name = Name::folded(ident).0;
        let qualified = qualifier.and_then(|ident| aliases.get(&Name::folded(ident).0));
        for (id, relation) in relations {
            let meant = qualified.is_none_or(|ids| ids.contains(id));
            if let Some(column) = relation.column_named(&name).filter(|_| meant) {
                columns.entry(*id).or_default().insert(column.id);
            }
        }
    };
    let _: ControlFlow<()> = ast::visit_expressions(query, |expr| {
        match expr {
            Expr::Identifier(ident) => note(None, ident),
            Expr::CompoundIdentifier(parts) => {
                if let [.., qualifier, ident] = parts.as_slice() {
                    note(Some(qualifier), ident);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    for ident in join_columns(query) {
        note(None, &ident);
    }
    columns
        .into_iter()
        .map(|(relation, columns)| Dependency {
            relation,
            columns: columns.into_iter().collect(),
        })
        .collect()
}

/// The columns in `USING (…)`.
fn join_columns(query: &mut Query) -> Vec<Ident> {
    struct Joins(Vec<Ident>);
    impl VisitorMut for Joins {
        type Break = ();
        fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
            for join in select.from.iter().flat_map(|table| &table.joins) {
                if let ast::JoinOperator::Inner(constraint)
                | ast::JoinOperator::Join(constraint)
                | ast::JoinOperator::Left(constraint)
                | ast::JoinOperator::LeftOuter(constraint)
                | ast::JoinOperator::Right(constraint)
                | ast::JoinOperator::RightOuter(constraint)
                | ast::JoinOperator::FullOuter(constraint) = &join.join_operator
                    && let ast::JoinConstraint::Using(columns) = constraint
                {
                    let names = columns.iter().filter_map(|name| name.0.last());
                    self.0
                        .extend(names.filter_map(|part| part.as_ident()).cloned());
                }
            }
            ControlFlow::Continue(())
        }
    }
    let mut joins = Joins(Vec::new());
    let _ = VisitMut::visit(query, &mut joins);
    joins.0
}

/// Refuses forms whose columns cannot be followed.
pub(crate) fn check_form(query: &Query) -> Result<()> {
    if !query.locks.is_empty() {
        return Err(SqlError::unsupported("FOR UPDATE in a view"));
    }
    match query.body.as_ref() {
        SetExpr::Select(_)
        | SetExpr::Query(_)
        | SetExpr::SetOperation { .. }
        | SetExpr::Values(_) => Ok(()),
        other => Err(SqlError::new(
            SqlState::SyntaxError,
            format!("a view is made of a query, not of {other}"),
        )),
    }
}
