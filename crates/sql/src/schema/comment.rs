//! COMMENT ON: a text kept with what it is about.

use std::sync::Arc;

use cairn_catalog::{IndexId, ObjectKind, Privilege, TableDescriptor};
use cairn_storage::Transaction;
use cairn_syntax::{Comment, CommentTarget, Name, RelationKind};

use super::{database, place};
use crate::{
    Result, SqlError, SqlState,
    access::Need,
    query::{Scope, names::resolve_table},
};

/// Sets or removes a comment. An empty text is none, as in PostgreSQL.
pub(crate) async fn set(scope: &Scope, transaction: &Transaction, comment: &Comment) -> Result<()> {
    let text = comment.text.clone().filter(|text| !text.is_empty());
    let table = match &comment.on {
        CommentTarget::Database(name) => {
            let id = database(scope, name.as_str(), Privilege::Create)?.id;
            return Ok(cairn_catalog::comment_on_database(transaction, id, text).await?);
        }
        CommentTarget::Relation { kind, name } => {
            let found = table(scope, name)?;
            check_kind(&found, *kind)?;
            let mut table = cairn_catalog::read_table(transaction, found.id).await?;
            table.comment = text;
            table
        }
        CommentTarget::Column(name) => {
            let (column, name) = name.split_last().ok_or_else(nothing)?;
            let found = table(scope, name)?;
            let mut table = cairn_catalog::read_table(transaction, found.id).await?;
            let id = crate::change::insert::column_named(&table, column.as_str())?.id;
            for column in table.columns.iter_mut().filter(|column| column.id == id) {
                column.comment = text.clone();
            }
            table
        }
        CommentTarget::Index { table: on, index } => {
            let (found, index) = find_index(scope, on.as_deref(), index)?;
            let mut table = cairn_catalog::read_table(transaction, found.id).await?;
            on_index(&mut table, index, text);
            table
        }
        CommentTarget::Constraint { name, table: on } => {
            let found = table(scope, on)?;
            let mut table = cairn_catalog::read_table(transaction, found.id).await?;
            on_constraint(&mut table, name.as_str(), text)?;
            table
        }
    };
    Ok(cairn_catalog::put_table(transaction, &table).await?)
}

fn table(scope: &Scope, name: &[Name]) -> Result<Arc<TableDescriptor>> {
    let parts: Vec<&str> = name.iter().map(Name::as_str).collect();
    resolve_table(scope, &parts, Privilege::Create)
}

fn nothing() -> SqlError {
    SqlError::new(SqlState::SyntaxError, "a comment is about nothing")
}

fn check_kind(table: &TableDescriptor, kind: RelationKind) -> Result<()> {
    let fits = match &table.kind {
        ObjectKind::View(_) => kind == RelationKind::View,
        ObjectKind::Sequence(_) => kind == RelationKind::Sequence,
        _ => kind == RelationKind::Table,
    };
    match fits {
        true => Ok(()),
        false => Err(SqlError::new(
            SqlState::WrongObjectType,
            format!("{:?} is not a {}", table.name, kind.word().to_lowercase()),
        )
        .hint(format!("it is a {}", table.kind))),
    }
}

/// `table@index`, or an index by its own name, which only one table of the database may have.
fn find_index(
    scope: &Scope,
    on: Option<&[Name]>,
    index: &[Name],
) -> Result<(Arc<TableDescriptor>, IndexId)> {
    let parts: Vec<String> = index.iter().map(|name| name.0.clone()).collect();
    let (database, name) = place(scope, &parts, Need::Nothing)?;
    let tables = match on {
        Some(on) => vec![table(scope, on)?],
        None => scope
            .view
            .tables_of(database.id)
            .into_iter()
            .cloned()
            .collect(),
    };
    let mut found = tables
        .into_iter()
        .filter_map(|table| Some((table.index_named(name)?.id, table)));
    match (found.next(), found.next()) {
        (Some((index, table)), None) => {
            scope.access.relation(&table, Privilege::Create)?;
            Ok((table, index))
        }
        (None, _) => Err(SqlError::new(
            SqlState::UndefinedObject,
            format!("index {name:?} does not exist"),
        )),
        _ => Err(SqlError::new(
            SqlState::AmbiguousColumn,
            format!("index name {name:?} is ambiguous: several tables have one"),
        )
        .hint(format!("write table@{name}"))),
    }
}

fn on_index(table: &mut TableDescriptor, id: IndexId, text: Option<String>) {
    let secondary = table.indexes.iter_mut().find(|index| index.id == id);
    secondary.unwrap_or(&mut table.primary).comment = text;
}

/// A PRIMARY KEY and a UNIQUE constraint are their indexes, and share their comments.
fn on_constraint(table: &mut TableDescriptor, name: &str, text: Option<String>) -> Result<()> {
    if let Some(check) = table.checks.iter_mut().find(|check| check.name == name) {
        check.comment = text;
        return Ok(());
    }
    if let Some(key) = table.foreign_keys.iter_mut().find(|key| key.name == name) {
        key.comment = text;
        return Ok(());
    }
    let index = table
        .all_indexes()
        .find(|index| index.unique && index.name == name)
        .map(|index| index.id);
    match index {
        Some(id) => {
            on_index(table, id, text);
            Ok(())
        }
        None => Err(SqlError::new(
            SqlState::UndefinedObject,
            format!(
                "constraint {name:?} for table {:?} does not exist",
                table.name
            ),
        )),
    }
}
