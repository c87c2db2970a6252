//! From a COPY statement to the table and columns it means.

use std::sync::Arc;

use cairn_catalog::{ColumnDescriptor, FIRST_USER_ID, Privilege, TableDescriptor};
use cairn_copy::Format;
use cairn_storage::Transaction;
use cairn_syntax::{Copy, CopySource, Name, Query, Statement};

use super::{defaults::Defaults, input::CopyIn, target::Target};
use crate::{
    Result, SqlError, SqlState,
    change::insert::column_named,
    constraint::rules::RowRules,
    node::Node,
    query::{
        Scope,
        names::{check_writable, resolve_table},
    },
};

/// Begins a COPY FROM STDIN: in the explicit transaction, or in transactions of its own.
pub(crate) async fn from_stdin(
    node: &Arc<Node>,
    scope: &Scope,
    copy: &Copy,
    transaction: Option<&Arc<Transaction>>,
    atomic: bool,
) -> Result<CopyIn> {
    let CopySource::Table { name, columns } = &copy.source else {
        return Err(SqlError::new(
            SqlState::SyntaxError,
            "COPY of a query goes TO STDOUT only",
        ));
    };
    let format = Format::new(&copy.options)?;
    let found = table(scope, name, Privilege::Insert)?;
    check_writable(&found, "COPY into")?;
    if found.id.0 < FIRST_USER_ID {
        return Err(SqlError::new(
            SqlState::InsufficientPrivilege,
            format!("relation {:?} is a system table", found.name),
        ));
    }
    let table = match transaction {
        // So that a change of its definition conflicts with the transaction.
        Some(transaction) => cairn_catalog::read_table(transaction.as_ref(), found.id).await?,
        None => written(scope, &found).as_ref().clone(),
    };
    let columns = named(&table, columns)?;
    let defaults = Defaults::new(scope, &table, &columns)?;
    let rules = RowRules::new(scope, &table)?;
    let zone = scope.facts.zone;
    let target = Target::new(node.clone(), table, format, &columns, defaults, rules, zone)?;
    Ok(CopyIn::new(Arc::new(target), transaction.cloned(), atomic))
}

/// The query whose rows a COPY TO STDOUT sends, and how.
pub(crate) fn to_stdout(scope: &Scope, copy: &Copy) -> Result<(Query, Format)> {
    let format = Format::new(&copy.options)?;
    let query = match &copy.source {
        CopySource::Query(query) => query.as_ref().clone(),
        CopySource::Table { name, columns } => {
            let columns: Vec<String> =
                named(table(scope, name, Privilege::Select)?.as_ref(), columns)?
                    .iter()
                    .map(|column| cairn_syntax::quote(&column.name))
                    .collect();
            let name: Vec<String> = name.iter().map(Name::to_string).collect();
            let text = format!("SELECT {} FROM {}", columns.join(", "), name.join("."));
            match cairn_syntax::parse_one(&text)?.map(|parsed| parsed.statement) {
                Some(Statement::Sql(query)) => *query,
                _ => return Err(SqlError::internal(format!("{text} is no query"))),
            }
        }
    };
    Ok((query, format))
}

/// The table with the columns that are being added, which a writer fills too.
fn written<'a>(scope: &'a Scope, table: &'a Arc<TableDescriptor>) -> &'a Arc<TableDescriptor> {
    scope.view.written_table(table.id).unwrap_or(table)
}

fn table(scope: &Scope, name: &[Name], need: Privilege) -> Result<Arc<TableDescriptor>> {
    let parts: Vec<&str> = name.iter().map(Name::as_str).collect();
    resolve_table(scope, &parts, need)
}

/// The columns a COPY names, or all that are seen and not computed.
fn named(table: &TableDescriptor, names: &[Name]) -> Result<Vec<ColumnDescriptor>> {
    if names.is_empty() {
        return Ok(table
            .columns
            .iter()
            .filter(|column| column.is_visible() && column.computed.is_none())
            .cloned()
            .collect());
    }
    let mut columns: Vec<ColumnDescriptor> = Vec::with_capacity(names.len());
    for name in names {
        let column = column_named(table, name.as_str())?;
        if column.computed.is_some() {
            return Err(SqlError::new(
                SqlState::InvalidColumnReference,
                format!("column {:?} is a generated column", column.name),
            )
            .detail("Generated columns cannot be used in COPY."));
        }
        if columns.iter().any(|earlier| earlier.id == column.id) {
            let problem = format!("column {:?} specified more than once", column.name);
            return Err(SqlError::new(SqlState::DuplicateColumn, problem));
        }
        columns.push(column.clone());
    }
    Ok(columns)
}
