//! CREATE VIEW.

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseDescriptor, ObjectKind, Privilege,
    TableDescriptor, ViewDefinition,
};
use cairn_storage::Transaction;
use cairn_syntax::{
    Name,
    ast::{CreateTableOptions, CreateView},
};

use super::{place, view_text};
use crate::{
    Result, SqlError, SqlState, bind,
    change::name_parts,
    query::{Scope, output},
};

/// Runs a CREATE VIEW. The answer says whether there is a new view.
pub(crate) async fn create(
    scope: &Scope,
    transaction: &Transaction,
    statement: &CreateView,
) -> Result<bool> {
    check_form(statement)?;
    let parts = name_parts(&statement.name)?;
    let (database, name) = place(scope, &parts, Privilege::Create)?;
    let existing = scope.view.table(database.id, name);
    if statement.if_not_exists && existing.is_some() {
        return Ok(false);
    }
    let view = define(scope, database, name, statement)?;
    match existing.filter(|_| statement.or_replace) {
        Some(existing) => replace(scope, transaction, existing, view).await?,
        None => {
            cairn_catalog::create_view(transaction, view).await?;
        }
    }
    Ok(true)
}

fn check_form(statement: &CreateView) -> Result<()> {
    let unsupported = [
        (statement.materialized, "MATERIALIZED views"),
        (statement.temporary, "TEMPORARY views"),
        (
            statement.or_alter || statement.secure || statement.copy_grants,
            "this form of CREATE VIEW",
        ),
        (
            !matches!(statement.options, CreateTableOptions::None)
                || !statement.cluster_by.is_empty()
                || statement.comment.is_some()
                || statement.to.is_some()
                || statement.params.is_some()
                || statement.with_no_schema_binding,
            "options of CREATE VIEW",
        ),
        (
            statement
                .columns
                .iter()
                .any(|column| column.data_type.is_some() || column.options.is_some()),
            "types and options of a view's columns",
        ),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(SqlError::unsupported(what)),
        None => view_text::check_form(&statement.query),
    }
}

/// The view that a statement describes.
fn define(
    scope: &Scope,
    database: &DatabaseDescriptor,
    name: &str,
    statement: &CreateView,
) -> Result<TableDescriptor> {
    let highest = bind::highest_parameter(&cairn_syntax::ast::Statement::Query(
        statement.query.clone(),
    ));
    if highest > 0 {
        return Err(SqlError::new(
            SqlState::UndefinedParameter,
            "a view cannot have parameters",
        ));
    }
    let text = view_text::complete(scope, (*statement.query).clone())?;
    let query = text.query.to_string();
    // What is stored is what is planned.
    let mut stored = cairn_syntax::parse_query(&query)?;
    bind::prepare_query(&mut stored)?;
    let plan = scope.plan_query(stored, &[])?;
    let schema = output::shown_schema(plan.schema().as_arrow());
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (field, id) in schema.fields().iter().zip(1..) {
        let ty = cairn_rows::field_type(field).unwrap_or(ColumnType::String { max: None });
        columns.push(ColumnDescriptor::new(ColumnId(id), field.name(), ty));
    }
    rename_columns(&mut columns, statement)?;
    let definition = ViewDefinition {
        query,
        reads: text.reads,
    };
    let mut view = TableDescriptor::view(database.id, name, columns, definition);
    view.grants = scope.access.of_new_relation(database);
    Ok(view)
}

/// Gives columns the names in brackets, as far as they go.
fn rename_columns(columns: &mut [ColumnDescriptor], statement: &CreateView) -> Result<()> {
    if statement.columns.len() > columns.len() {
        return Err(SqlError::new(
            SqlState::SyntaxError,
            "CREATE VIEW specifies more column names than columns",
        ));
    }
    for (column, given) in columns.iter_mut().zip(&statement.columns) {
        column.name = Name::folded(&given.name).0;
    }
    let mut names = std::collections::BTreeSet::new();
    match columns.iter().find(|column| !names.insert(&column.name)) {
        None => Ok(()),
        Some(twice) => Err(SqlError::new(
            SqlState::DuplicateColumn,
            format!("column {:?} specified more than once", twice.name),
        )
        .hint("name the view's columns: CREATE VIEW name (column, …) AS …")),
    }
}

/// CREATE OR REPLACE VIEW: the columns that were there stay, new ones may follow.
async fn replace(
    scope: &Scope,
    transaction: &Transaction,
    existing: &TableDescriptor,
    view: TableDescriptor,
) -> Result<()> {
    if !existing.is_view() {
        return Err(SqlError::new(
            SqlState::WrongObjectType,
            format!("{:?} is not a view", existing.name),
        ));
    }
    scope.access.relation(existing, Privilege::Drop)?;
    let invalid = |message: String| Err(SqlError::new(SqlState::InvalidTableDefinition, message));
    if view.columns.len() < existing.columns.len() {
        return invalid("cannot drop columns from view".to_owned());
    }
    for (old, new) in existing.columns.iter().zip(&view.columns) {
        if old.name != new.name {
            return invalid(format!(
                "cannot change name of view column {:?} to {:?}",
                old.name, new.name
            ));
        }
        if old.ty != new.ty {
            return invalid(format!(
                "cannot change data type of view column {:?} from {} to {}",
                old.name, old.ty, new.ty
            ));
        }
    }
    if let ObjectKind::View(definition) = &view.kind
        && reads(scope, definition, existing.id)
    {
        return invalid(format!("view {:?} would read itself", existing.name));
    }
    let replaced = TableDescriptor {
        kind: view.kind,
        next_column: view.next_column,
        columns: view.columns,
        ..existing.clone()
    };
    Ok(cairn_catalog::replace_view(transaction, &replaced).await?)
}

/// Whether a view reads a relation, directly or through others.
fn reads(scope: &Scope, definition: &ViewDefinition, relation: cairn_catalog::TableId) -> bool {
    definition.reads.iter().any(|read| {
        read.relation == relation
            || scope
                .view
                .table_by_id(read.relation)
                .and_then(|read| read.view_definition())
                .is_some_and(|inner| reads(scope, inner, relation))
    })
}
