//! DROP DATABASE, TABLE, VIEW, SEQUENCE and INDEX.

use std::collections::BTreeSet;

use cairn_catalog::{Obstacle, Privilege, TableId, View};
use cairn_storage::Transaction;
use cairn_syntax::ast::{ObjectName, ObjectType};

use super::{check_not_filled, database, rename};
use crate::{
    Notice, Result, SqlError, SqlState,
    change::name_parts,
    query::{Scope, names::resolve_table},
};

/// What a DROP says beside the names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub if_exists: bool,
    pub cascade: bool,
    pub restrict: bool,
}

/// Drops databases with all that is in them. With RESTRICT one that holds anything stays; what depends on it in other databases goes with
/// CASCADE only.
pub(crate) async fn databases(
    scope: &Scope,
    transaction: &Transaction,
    names: &[ObjectName],
    terms: Terms,
    notices: &mut Vec<Notice>,
) -> Result<()> {
    if names.len() > 1 {
        return Err(SqlError::unsupported("DROP DATABASE of several databases"));
    }
    for name in names {
        let parts = name_parts(name)?;
        let [name] = parts.as_slice() else {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                "a database's name has one part",
            ));
        };
        let found = match database(scope, name, Privilege::Drop) {
            Ok(found) => found,
            Err(error) if terms.if_exists && error.sqlstate == SqlState::InvalidCatalogName => {
                notices.push(skipping("database", name));
                continue;
            }
            Err(error) => return Err(error),
        };
        if *name == scope.facts.database {
            return Err(SqlError::new(
                SqlState::ObjectInUse,
                "cannot drop the currently open database",
            )
            .hint("SET database to another one first"));
        }
        let relations = scope.view.tables_of(found.id);
        if terms.restrict && !relations.is_empty() {
            return Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!("database {name:?} is not empty and RESTRICT was specified"),
            ));
        }
        check_not_filled(&scope.view, found, "drop")?;
        let targets = relations.iter().map(|relation| relation.id).collect();
        drop_all(scope, transaction, &targets, terms.cascade).await?;
        cairn_catalog::drop_database(transaction, found.id).await?;
    }
    Ok(())
}

/// Drops tables, views or sequences: all that a statement names together, so that they may depend on each other.
pub(crate) async fn relations(
    scope: &Scope,
    transaction: &Transaction,
    object: &ObjectType,
    names: &[ObjectName],
    terms: Terms,
    notices: &mut Vec<Notice>,
) -> Result<()> {
    let kind = object.to_string().to_lowercase();
    let mut targets = BTreeSet::new();
    for name in names {
        let parts = name_parts(name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match resolve_table(scope, &parts, Privilege::Drop) {
            Ok(found) if found.kind.to_string() == kind => {
                targets.insert(found.id);
            }
            Ok(found) => {
                return Err(SqlError::new(
                    SqlState::WrongObjectType,
                    format!("{:?} is not a {kind}", found.name),
                )
                .hint(format!(
                    "use DROP {} to remove a {}",
                    found.kind.to_string().to_uppercase(),
                    found.kind
                )));
            }
            Err(error)
                if terms.if_exists
                    && matches!(
                        error.sqlstate,
                        SqlState::UndefinedTable | SqlState::InvalidCatalogName
                    ) =>
            {
                notices.push(skipping(&kind, &parts.join(".")));
            }
            Err(error) => return Err(error),
        }
    }
    drop_all(scope, transaction, &targets, terms.cascade).await
}

/// Drops relations and what goes with them, or refuses.
async fn drop_all(
    scope: &Scope,
    transaction: &Transaction,
    targets: &BTreeSet<TableId>,
    cascade: bool,
) -> Result<()> {
    let view = &scope.view;
    let dropped = cairn_catalog::taken_along(view, targets, cascade);
    if !cascade && let Some(obstacle) = cairn_catalog::obstacles(view, &dropped).first() {
        return Err(refusal(view, obstacle));
    }
    for relation in dropped.iter().filter_map(|id| view.table_by_id(*id)) {
        scope.access.relation(relation, Privilege::Drop)?;
    }
    Ok(cairn_catalog::drop_relations(transaction, &dropped).await?)
}

/// Why something cannot go, in the reference's words.
fn refusal(view: &View, obstacle: &Obstacle) -> SqlError {
    let (wanted, dependent) = match *obstacle {
        Obstacle::View { relation, view } => (relation, view),
        Obstacle::Default { sequence, table } => (sequence, table),
        Obstacle::ForeignKey { table, referring } => (table, referring),
        Obstacle::Interleaved { parent, child } => (parent, child),
    };
    let (Some(wanted), Some(dependent)) = (view.table_by_id(wanted), view.table_by_id(dependent))
    else {
        return SqlError::internal("a reference leads to a relation that is not there");
    };
    let other = rename::shown_name(view, dependent, wanted.database);
    let message = match obstacle {
        Obstacle::View { .. } => format!(
            "cannot drop relation {:?} because view {other:?} depends on it",
            wanted.name
        ),
        Obstacle::Default { .. } => format!(
            "cannot drop sequence {} because other objects depend on it",
            wanted.name
        ),
        Obstacle::ForeignKey { .. } => format!(
            "cannot drop table {:?} because table {other:?} refers to it with a foreign key",
            wanted.name
        ),
        Obstacle::Interleaved { .. } => format!(
            "cannot drop table {:?} because table {other:?} is interleaved in it",
            wanted.name
        ),
    };
    let detail = match obstacle {
        Obstacle::Default { .. } => format!("a DEFAULT of table {other} uses it"),
        _ => format!(
            "{} {other} depends on {} {}",
            dependent.kind, wanted.kind, wanted.name
        ),
    };
    SqlError::new(SqlState::DependentObjectsStillExist, message)
        .detail(detail)
        .hint("use DROP ... CASCADE to drop the dependent objects too")
}

fn skipping(kind: &str, name: &str) -> Notice {
    Notice::skipping(&format!("{kind} {name:?} does not exist"))
}
