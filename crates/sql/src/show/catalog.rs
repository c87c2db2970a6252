//! SHOW DATABASES, SCHEMAS, TABLES, COLUMNS, INDEXES, USERS.

use std::sync::Arc;

use cairn_catalog::{ColumnType, IndexColumn, TableDescriptor};
use cairn_syntax::Name;

use super::Columns;
use crate::{
    Result, Session, SqlError, SqlState,
    access::Need,
    query::{
        Scope,
        names::{PUBLIC, resolve_table},
    },
    schema::database,
};

const TEXT: ColumnType = ColumnType::String { max: None };

pub(super) fn databases() -> Columns {
    Columns::texts(&["database_name"])
}

pub(super) fn schemas() -> Columns {
    Columns::texts(&["schema_name"])
}

pub(super) fn tables() -> Columns {
    Columns::texts(&["schema_name", "table_name", "type"])
}

pub(super) fn columns() -> Columns {
    Columns::new(&[
        ("column_name", TEXT),
        ("data_type", TEXT),
        ("is_nullable", ColumnType::Bool),
        ("column_default", TEXT),
        ("indices", TEXT),
        ("is_hidden", ColumnType::Bool),
    ])
}

pub(super) fn indexes() -> Columns {
    Columns::new(&[
        ("table_name", TEXT),
        ("index_name", TEXT),
        ("non_unique", ColumnType::Bool),
        ("seq_in_index", ColumnType::Int8),
        ("column_name", TEXT),
        ("direction", TEXT),
    ])
}

pub(super) fn constraints() -> Columns {
    Columns::new(&[
        ("table_name", TEXT),
        ("constraint_name", TEXT),
        ("constraint_type", TEXT),
        ("details", TEXT),
        ("validated", ColumnType::Bool),
    ])
}

pub(super) fn create_table() -> Columns {
    Columns::texts(&["table_name", "create_statement"])
}

pub(super) fn users() -> Columns {
    Columns::texts(&["username"])
}

impl Session {
    pub(super) async fn show_databases(&self, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        let mut names: Vec<_> = scope
            .view
            .databases()
            .filter(|database| scope.access.sees_database(database))
            .map(|database| database.name.clone())
            .collect();
        names.sort();
        names
            .into_iter()
            .try_for_each(|name| rows.push(vec![name.into()]))
    }

    pub(super) async fn show_schemas(&self, of: Option<&Name>, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        if let Some(name) = of {
            database(&scope, name.as_str(), Need::Nothing)?;
        }
        ["information_schema", "pg_catalog", PUBLIC]
            .into_iter()
            .try_for_each(|name| rows.push(vec![name.into()]))
    }

    pub(super) async fn show_tables(&self, from: &[Name], rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        let database = shown_database(&scope, from)?;
        let tables = scope.view.tables_of(database.id);
        for table in tables.into_iter().filter(|table| scope.access.sees(table)) {
            rows.push(vec![
                PUBLIC.into(),
                table.name.clone().into(),
                table.kind.to_string().into(),
            ])?;
        }
        Ok(())
    }

    pub(super) async fn show_columns(&self, name: &[Name], rows: &mut Columns) -> Result<()> {
        let table = self.show_table(name).await?;
        for column in &table.columns {
            let indexes: Vec<&str> = table
                .all_indexes()
                .filter(|index| index.columns.iter().any(|part| part.column == column.id))
                .map(|index| index.name.as_str())
                .collect();
            rows.push(vec![
                column.name.clone().into(),
                column.ty.to_string().into(),
                column.nullable.into(),
                column.default.clone().into(),
                format!("{{{}}}", indexes.join(",")).into(),
                column.hidden.into(),
            ])?;
        }
        Ok(())
    }

    pub(super) async fn show_indexes(&self, name: &[Name], rows: &mut Columns) -> Result<()> {
        let table = self.show_table(name).await?;
        for index in table.all_indexes() {
            for (part, place) in index.columns.iter().zip(1_i64..) {
                rows.push(vec![
                    table.name.clone().into(),
                    index.name.clone().into(),
                    (!index.unique).into(),
                    place.into(),
                    column_name(&table, part).to_owned().into(),
                    part.direction.to_string().into(),
                ])?;
            }
        }
        Ok(())
    }

    pub(super) async fn show_table(&self, name: &[Name]) -> Result<Arc<TableDescriptor>> {
        let scope: Scope = self.current_scope().await?;
        let parts: Vec<&str> = name.iter().map(Name::as_str).collect();
        resolve_table(&scope, &parts, Need::Any)
    }
}

/// The database that `FROM database`, `FROM public` or nothing stands for.
pub(super) fn shown_database<'a>(
    scope: &'a Scope,
    from: &'a [Name],
) -> Result<&'a cairn_catalog::DatabaseDescriptor> {
    let name = match from {
        [] => scope.facts.database.as_str(),
        [name] if name.as_str() == PUBLIC => scope.facts.database.as_str(),
        [name] => name.as_str(),
        [name, schema] if schema.as_str() == PUBLIC => name.as_str(),
        _ => {
            return Err(SqlError::new(
                SqlState::InvalidSchemaName,
                "every database has one schema, public",
            ));
        }
    };
    database(scope, name, Need::Nothing)
}

fn column_name<'a>(table: &'a TableDescriptor, part: &IndexColumn) -> &'a str {
    table
        .column(part.column)
        .map_or("", |column| column.name.as_str())
}
