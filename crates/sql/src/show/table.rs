//! SHOW CREATE TABLE and SHOW CONSTRAINTS: a table with all that must hold of its rows.

use cairn_catalog::{
    CheckConstraint, ColumnDescriptor, ConstraintState, ForeignKey, Identity, IndexDescriptor,
    ObjectKind, TableDescriptor, View,
};
use cairn_syntax::{Comment, CommentTarget, Name, RelationKind, quote};

use super::Columns;
use crate::{
    Result, Session,
    constraint::definition::{self, Dialect, parts},
};

impl Session {
    pub(super) async fn show_constraints(&self, name: &[Name], rows: &mut Columns) -> Result<()> {
        let table = self.show_table(name).await?;
        let view = self.current_scope().await?.view;
        for index in table
            .all_indexes()
            .filter(|index| index.unique && index.state.is_public())
        {
            let kind = match index.id == table.primary.id {
                true => "PRIMARY KEY",
                false => "UNIQUE",
            };
            let details = definition::unique(&table, index);
            push(rows, &table, &index.name, kind, details, true)?;
        }
        for check in declared_checks(&table) {
            let details = definition::check(check);
            let valid = check.state == ConstraintState::Public;
            push(rows, &table, &check.name, "CHECK", details, valid)?;
        }
        for key in declared_keys(&table) {
            let details = definition::foreign_key(&view, &table, key, Dialect::Cockroach);
            let valid = key.state == ConstraintState::Public;
            push(rows, &table, &key.name, "FOREIGN KEY", details, valid)?;
        }
        Ok(())
    }
}

fn declared_checks(table: &TableDescriptor) -> impl Iterator<Item = &CheckConstraint> {
    let checks = table.checks.iter();
    checks.filter(|check| check.state.is_declared())
}

fn declared_keys(table: &TableDescriptor) -> impl Iterator<Item = &ForeignKey> {
    let keys = table.foreign_keys.iter();
    keys.filter(|key| key.state.is_declared())
}

fn push(
    rows: &mut Columns,
    table: &TableDescriptor,
    name: &str,
    kind: &str,
    details: String,
    validated: bool,
) -> Result<()> {
    rows.push(vec![
        table.name.clone().into(),
        name.into(),
        kind.into(),
        details.into(),
        validated.into(),
    ])
}

/// The CREATE TABLE that makes such a table.
pub(super) fn statement(view: &View, table: &TableDescriptor) -> String {
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.is_visible())
        .map(|shown| column(view, shown))
        .collect();
    let hidden_key = table
        .columns
        .iter()
        .any(|column| column.hidden && table.is_primary_key(column.id));
    let key = (!hidden_key).then_some(&table.primary);
    let public = || table.indexes.iter().filter(|index| index.state.is_public());
    let constraints = public().filter(|index| index.constraint);
    for index in key.into_iter().chain(constraints) {
        lines.push(named(&index.name, &definition::unique(table, index)));
    }
    let indexes = public().filter(|index| !index.constraint);
    lines.extend(indexes.map(|index| self::index(table, index)));
    for check in declared_checks(table) {
        lines.push(named(&check.name, &definition::check(check)));
    }
    for key in declared_keys(table) {
        let text = definition::foreign_key(view, table, key, Dialect::Cockroach);
        lines.push(named(&key.name, &text));
    }
    let mut text = format!(
        "CREATE TABLE {} (\n\t{}\n)",
        quote(&table.name),
        lines.join(",\n\t")
    );
    text.push_str(&interleave(view, table));
    text
}

/// The clause of an interleaved table.
fn interleave(view: &View, table: &TableDescriptor) -> String {
    let found = table.interleave.as_ref().and_then(|interleave| {
        let shared = usize::try_from(interleave.shared_columns).ok()?;
        let parent = view.table_by_id(interleave.parent)?;
        Some((parent, table.primary.columns.get(..shared)?))
    });
    let Some((parent, shared)) = found else {
        return String::new();
    };
    let columns: Vec<String> = shared
        .iter()
        .filter_map(|part| Some(quote(&table.column(part.column)?.name)))
        .collect();
    let name = match view.database_by_id(parent.database) {
        Some(database) if database.id != table.database => {
            format!("{}.public.{}", quote(&database.name), quote(&parent.name))
        }
        _ => quote(&parent.name),
    };
    format!(" INTERLEAVE IN PARENT {name} ({})", columns.join(", "))
}

/// `GENERATED … AS IDENTITY` with the options of its sequence.
fn identity(view: &View, column: &ColumnDescriptor, identity: Identity) -> String {
    let kind = match identity {
        Identity::Always => "ALWAYS",
        Identity::ByDefault => "BY DEFAULT",
    };
    let sequence = column.uses_sequences.first();
    let options = sequence
        .and_then(|id| view.table_by_id(*id)?.sequence_options())
        .map(|options| format!(" ({})", super::objects::in_grammar_order(options)));
    format!(
        " GENERATED {kind} AS IDENTITY{}",
        options.unwrap_or_default()
    )
}

fn column(view: &View, column: &ColumnDescriptor) -> String {
    let mut line = format!("{} {}", quote(&column.name), column.ty);
    if !column.nullable {
        line.push_str(" NOT NULL");
    }
    if let Some(kind) = column.identity {
        line.push_str(&identity(view, column, kind));
    } else if let Some(default) = &column.default {
        line.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(expression) = &column.computed {
        line.push_str(&format!(" AS ({expression}) STORED"));
    }
    line
}

fn named(name: &str, constraint: &str) -> String {
    format!("CONSTRAINT {} {constraint}", quote(name))
}

fn index(table: &TableDescriptor, index: &IndexDescriptor) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!(
        "{unique}INDEX {} ({})",
        quote(&index.name),
        parts(table, &index.columns)
    )
}

/// Every comment on a relation and what it holds, as statements.
pub(super) fn comments(table: &TableDescriptor) -> Vec<String> {
    let name = vec![Name::new(&table.name)];
    let of_table = CommentTarget::Relation {
        kind: match table.kind {
            ObjectKind::View(_) => RelationKind::View,
            ObjectKind::Sequence(_) => RelationKind::Sequence,
            _ => RelationKind::Table,
        },
        name: name.clone(),
    };
    let mut comments = vec![(of_table, &table.comment)];
    for column in &table.columns {
        let mut path = name.clone();
        path.push(Name::new(&column.name));
        comments.push((CommentTarget::Column(path), &column.comment));
    }
    for index in table.all_indexes() {
        let target = CommentTarget::Index {
            table: Some(name.clone()),
            index: vec![Name::new(&index.name)],
        };
        comments.push((target, &index.comment));
    }
    let checks = declared_checks(table).map(|check| (&check.name, &check.comment));
    let keys = declared_keys(table).map(|key| (&key.name, &key.comment));
    for (constraint, comment) in checks.chain(keys) {
        let target = CommentTarget::Constraint {
            name: Name::new(constraint),
            table: name.clone(),
        };
        comments.push((target, comment));
    }
    let statement = |(on, text): (CommentTarget, &Option<String>)| {
        let text = Some(text.clone()?);
        Some(Comment { on, text }.to_string())
    };
    comments.into_iter().filter_map(statement).collect()
}
