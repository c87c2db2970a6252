//! RETURNING: a SELECT list over the rows that a statement has written.

use std::sync::Arc;

use arrow::array::RecordBatch;
use cairn_catalog::{ColumnDescriptor, TableDescriptor};
use cairn_syntax::ast::{self, Ident, SelectItem, TableFactor, TableWithJoins};
use datafusion::{catalog::memory::MemTable, datasource::TableProvider, logical_expr::LogicalPlan};

use super::{Written, ident, name_parts, update::select};
use crate::{
    Result, SqlError, bind,
    query::{Scope, output},
};

/// The table that stands for the written rows.
pub(crate) const ROWS: &str = "\u{2}returning";

/// What RETURNING of a statement asks for, and by which name it calls the table.
pub(crate) struct Returning {
    items: Vec<SelectItem>,
    qualifier: Ident,
}

/// The RETURNING clause of a statement that changes rows.
pub(crate) fn of(statement: &ast::Statement) -> Result<Option<Returning>> {
    let (items, table, alias) = match statement {
        ast::Statement::Insert(insert) => (
            &insert.returning,
            super::insert::target(insert)?,
            insert.table_alias.as_ref().map(|alias| &alias.alias),
        ),
        ast::Statement::Update(update) => {
            let name = super::update::target(update)?;
            refuse_wildcard(&update.returning, update.from.is_some())?;
            (&update.returning, name, alias_of(&update.table))
        }
        ast::Statement::Delete(delete) => {
            let (table, name) = super::delete::target(delete)?;
            refuse_wildcard(&delete.returning, delete.using.is_some())?;
            (&delete.returning, name, alias_of(table))
        }
        _ => return Ok(None),
    };
    let Some(items) = items else {
        return Ok(None);
    };
    let qualifier = match alias {
        Some(alias) => alias.clone(),
        None => ident(&name_parts(table)?.pop().unwrap_or_default()),
    };
    Ok(Some(Returning {
        items: items.clone(),
        qualifier,
    }))
}

/// `*` would be the columns of the other tables as well.
fn refuse_wildcard(items: &Option<Vec<SelectItem>>, joins: bool) -> Result<()> {
    let is_wildcard = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_));
    match joins && items.iter().flatten().any(is_wildcard) {
        true => Err(
            SqlError::unsupported("RETURNING * of a statement that joins other tables")
                .hint("name the table: RETURNING t.*"),
        ),
        false => Ok(()),
    }
}

fn alias_of(table: &TableWithJoins) -> Option<&Ident> {
    match &table.relation {
        TableFactor::Table { alias, .. } => alias.as_ref().map(|alias| &alias.name),
        _ => None,
    }
}

impl Returning {
    /// Plans the list over the rows that were written; over none to learn its columns.
    pub fn plan(
        &self,
        scope: &mut Scope,
        table: &TableDescriptor,
        written: Option<&Written>,
    ) -> Result<LogicalPlan> {
        let rows = rows(table, written)?;
        scope.sources.insert(ROWS.to_owned(), rows);
        let mut query = select(self.items.clone(), vec![self.source()], None)?;
        output::name_columns(&mut query);
        bind::prepare_query(&mut query)?;
        scope.plan_query(query, &[])
    }

    fn source(&self) -> TableWithJoins {
        let mut source = super::update::table_factor(&ident(ROWS));
        if let TableFactor::Table { alias, .. } = &mut source.relation {
            *alias = Some(ast::TableAlias {
                explicit: true,
                name: self.qualifier.clone(),
                columns: Vec::new(),
                at: None,
            });
        }
        source
    }
}

/// The written rows as a table of the columns that are seen.
fn rows(table: &TableDescriptor, written: Option<&Written>) -> Result<Arc<dyn TableProvider>> {
    let is_seen = |column: &ColumnDescriptor| !column.hidden;
    let columns: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| is_seen(column))
        .map(|(place, _)| place)
        .collect();
    let batches = written
        .and_then(|written| written.batches.as_ref())
        .into_iter()
        .flatten()
        .map(|batch| Ok(batch.project(&columns)?))
        .collect::<Result<Vec<RecordBatch>>>()?;
    let schema = cairn_rows::arrow_schema(table).project(&columns)?;
    Ok(Arc::new(MemTable::try_new(
        Arc::new(schema),
        vec![batches],
    )?))
}
