//! The end of a statement: what its changes mean for rows of other tables.

use std::{collections::HashMap, collections::VecDeque, sync::Arc};

use cairn_catalog::{ReferentialAction, TableDescriptor, TableId};
use cairn_rows::Datum;
use cairn_storage::Transaction;

use super::{
    link::{Link, Referred},
    log::{LeftBehind, Log, Moved, Tables, Wanted},
    rules::{RowRules, text},
};
use crate::{Result, SqlError, SqlState, change::writer::Writer, query::Scope};

/// Follows what rows left behind, and then looks that everything is there that rows refer to.
///
/// # Errors
/// 23503; and whatever the changes of referring rows meet, such as 23502 where NULL may not be set.
pub(crate) async fn settle(scope: &Scope, transaction: &Arc<Transaction>, log: Log) -> Result<()> {
    if log.left.iter().all(|left| left.keys.is_empty()) {
        return look_for(transaction, &log.wanted).await;
    }
    let mut settling = Settling {
        scope,
        transaction,
        tables: Tables::default(),
        rules: HashMap::new(),
    };
    let mut queue = VecDeque::from([log]);
    let (mut wanted, mut kept) = (Vec::new(), Vec::new());
    while let Some(log) = queue.pop_front() {
        wanted.extend(log.wanted.into_iter().filter(|one| !one.values.is_empty()));
        for LeftBehind { link, keys } in log.left {
            let (deleted, updated): (Referred<Moved>, Referred<Moved>) =
                keys.into_iter().partition(|(_, moved)| moved.to.is_none());
            let both = [(link.key.on_delete, deleted), (link.key.on_update, updated)];
            for (action, keys) in both {
                match action {
                    _ if keys.is_empty() => {}
                    ReferentialAction::NoAction => kept.push((link.clone(), keys)),
                    ReferentialAction::Restrict => {
                        refuse_referred(transaction, &link, &keys).await?
                    }
                    action => queue.push_back(settling.follow(&link, action, keys).await?),
                }
            }
        }
    }
    for (link, keys) in &kept {
        // Another row may have taken the key since.
        let missing = link.missing(transaction.as_ref(), keys).await?;
        let keys = missing
            .into_iter()
            .map(|(key, moved)| (key.clone(), moved.clone()))
            .collect();
        refuse_referred(transaction, link, &keys).await?;
    }
    look_for(transaction, &wanted).await
}

/// What following cascades needs again and again.
struct Settling<'a> {
    scope: &'a Scope,
    transaction: &'a Arc<Transaction>,
    tables: Tables,
    rules: HashMap<TableId, Arc<RowRules>>,
}

impl Settling<'_> {
    /// Deletes or changes the rows that refer to keys which were left; the answer is what that means in turn.
    ///
    /// All rows are found before any is changed: rows that swap keys take their children along.
    async fn follow(
        &mut self,
        link: &Link,
        action: ReferentialAction,
        keys: Referred<Moved>,
    ) -> Result<Log> {
        let read = self.transaction.as_ref();
        let children = link.children(read, &keys, |moved| &moved.from).await?;
        let log = Log::open(self.transaction, &link.child, &mut self.tables).await?;
        let mut writer = Writer::new(self.transaction, link.child.as_ref().clone())?.noting(log);
        let deleted = keys.values().all(|moved| moved.to.is_none());
        if action == ReferentialAction::Cascade && deleted {
            for (_, row) in &children {
                writer.delete(row)?;
            }
            return writer.finish().await;
        }
        let rules = self.rules_of(&link.child)?;
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (key, row) in children {
            let to = keys.get(&key).and_then(|moved| moved.to.as_deref());
            let to = to.filter(|_| action == ReferentialAction::Cascade);
            new.push(fitting(link, link.referring_to(&row, to))?);
            old.push(row);
        }
        rules.apply(&mut new).map_err(|violation| violation.error)?;
        let changes: Vec<_> = old.into_iter().zip(new).collect();
        writer.update(&changes).await?;
        writer.finish().await
    }

    fn rules_of(&mut self, table: &TableDescriptor) -> Result<Arc<RowRules>> {
        if let Some(rules) = self.rules.get(&table.id) {
            return Ok(rules.clone());
        }
        let rules = Arc::new(RowRules::new(self.scope, table)?);
        self.rules.insert(table.id, rules.clone());
        Ok(rules)
    }
}

/// A text of the parent may be too long for the child's column.
fn fitting(link: &Link, row: Vec<Datum>) -> Result<Vec<Datum>> {
    row.into_iter()
        .zip(&link.child.columns)
        .map(|(value, column)| Ok(value.fit(&column.ty)?))
        .collect()
}

/// 23503 if a row of another table still refers to one of these keys.
async fn refuse_referred(
    transaction: &Transaction,
    link: &Link,
    keys: &Referred<Moved>,
) -> Result<()> {
    let children = link
        .children(transaction, keys, |moved| &moved.from)
        .await?;
    let Some((key, _)) = children.first() else {
        return Ok(());
    };
    let values = keys.get(key).map_or(&[][..], |moved| &moved.from);
    Err(SqlError::new(
        SqlState::ForeignKeyViolation,
        format!(
            "update or delete on table {:?} violates foreign key constraint {:?} on table {:?}",
            link.parent.name, link.key.name, link.child.name
        ),
    )
    .detail(format!(
        "Key {} is still referenced from table {:?}.",
        shown(&link.parent, &link.key.referenced_columns, values),
        link.child.name
    ))
    .relation(&link.child.name)
    .constraint(&link.key.name))
}

/// 23503 unless every row is there that rows refer to.
pub(crate) async fn look_for(transaction: &Transaction, wanted: &[Wanted]) -> Result<()> {
    for Wanted { link, values } in wanted {
        let missing = link.missing(transaction, values).await?;
        if missing.is_empty() {
            continue;
        }
        // What referred there may be gone or changed by now, by a cascade or by a later part of the statement.
        let missing: Referred<Vec<Datum>> = missing
            .into_iter()
            .map(|(key, values)| (key.clone(), values.clone()))
            .collect();
        let children = link
            .children(transaction, &missing, |values| values)
            .await?;
        if let Some((key, _)) = children.first() {
            let values = missing.get(key).map_or(&[][..], Vec::as_slice);
            return Err(orphan(link, values));
        }
    }
    Ok(())
}

/// 23503 for a row that refers to nothing.
pub(crate) fn orphan(link: &Link, values: &[Datum]) -> SqlError {
    SqlError::new(
        SqlState::ForeignKeyViolation,
        format!(
            "insert or update on table {:?} violates foreign key constraint {:?}",
            link.child.name, link.key.name
        ),
    )
    .detail(format!(
        "Key {} is not present in table {:?}.",
        shown(&link.child, &link.key.columns, values),
        link.parent.name
    ))
    .relation(&link.child.name)
    .constraint(&link.key.name)
}

/// `(a, b)=(1, x)`.
fn shown(table: &TableDescriptor, columns: &[cairn_catalog::ColumnId], values: &[Datum]) -> String {
    let columns: Vec<_> = columns.iter().filter_map(|id| table.column(*id)).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let values: Vec<String> = columns
        .iter()
        .zip(values)
        .map(|(column, value)| text(value, column))
        .collect();
    format!("({})=({})", names.join(", "), values.join(", "))
}
