//! SHOW CREATE and SHOW SEQUENCES: the statements that make what there is.

use cairn_catalog::{ObjectKind, SequenceOptions, TableDescriptor, View, ViewDefinition};
use cairn_syntax::{Comment, CommentTarget, CreatedKind, Name, quote};

use super::{Columns, catalog, table};
use crate::{
    Result, Session, SqlError, SqlState, access::Need, query::names::PUBLIC, schema::database,
};

impl Session {
    pub(super) async fn show_create(
        &self,
        kind: Option<CreatedKind>,
        name: &[Name],
        rows: &mut Columns,
    ) -> Result<()> {
        let relation = self.show_table(name).await?;
        let fits = match (kind, &relation.kind) {
            (None, _) => true,
            (Some(CreatedKind::Table), kind) => matches!(kind, ObjectKind::Table),
            (Some(CreatedKind::View), kind) => matches!(kind, ObjectKind::View(_)),
            (Some(CreatedKind::Sequence), kind) => matches!(kind, ObjectKind::Sequence(_)),
        };
        if !fits {
            let wanted = kind.map_or("relation", CreatedKind::word).to_lowercase();
            return Err(SqlError::new(
                SqlState::WrongObjectType,
                format!(
                    "{:?} is not a {wanted}: it is a {}",
                    relation.name, relation.kind
                ),
            ));
        }
        rows.push(vec![
            relation.name.clone().into(),
            statement(&self.current_scope().await?.view, &relation).into(),
        ])
    }

    pub(super) async fn show_create_database(&self, name: &Name, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        let database = database(&scope, name.as_str(), Need::Any)?;
        let mut statement = format!("CREATE DATABASE {}", quote(&database.name));
        if let Some(text) = &database.comment {
            let comment = Comment {
                on: CommentTarget::Database(Name::new(&database.name)),
                text: Some(text.clone()),
            };
            statement.push_str(&format!(";\n{comment}"));
        }
        rows.push(vec![database.name.clone().into(), statement.into()])
    }

    pub(super) async fn show_sequences(&self, from: &[Name], rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        let database = catalog::shown_database(&scope, from)?;
        scope
            .view
            .tables_of(database.id)
            .into_iter()
            .filter(|relation| relation.sequence_options().is_some() && scope.access.sees(relation))
            .try_for_each(|sequence| rows.push(vec![PUBLIC.into(), sequence.name.clone().into()]))
    }
}

/// The CREATE that makes such a relation, and the COMMENT ONs that belong to it.
pub(crate) fn statement(view: &View, relation: &TableDescriptor) -> String {
    let mut text = match &relation.kind {
        ObjectKind::View(definition) => create_view(relation, definition),
        ObjectKind::Sequence(options) => sequence(relation, options),
        _ => table::statement(view, relation),
    };
    for comment in table::comments(relation) {
        text.push_str(&format!(";\n{comment}"));
    }
    text
}

fn create_view(relation: &TableDescriptor, definition: &ViewDefinition) -> String {
    let columns: Vec<String> = relation
        .columns
        .iter()
        .map(|column| quote(&column.name))
        .collect();
    format!(
        "CREATE VIEW {} ({}) AS {}",
        quote(&relation.name),
        columns.join(", "),
        definition.query
    )
}

fn sequence(relation: &TableDescriptor, options: &SequenceOptions) -> String {
    let name = quote(&relation.name);
    format!("CREATE SEQUENCE {name} {}", in_grammar_order(options))
}

/// All options, in the order in which an identity column must have them.
pub(super) fn in_grammar_order(options: &SequenceOptions) -> String {
    let SequenceOptions {
        increment,
        min,
        max,
        start,
        cache,
        ..
    } = options;
    format!(
        "INCREMENT BY {increment} MINVALUE {min} MAXVALUE {max} START WITH {start} CACHE {cache}"
    )
}
