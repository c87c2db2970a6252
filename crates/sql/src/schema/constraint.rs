//! Constraints as CREATE TABLE and ALTER TABLE declare them: from a statement's tree to what a descriptor holds.
//!
//! Each function takes the table as it is without the constraint. Whether the rows that are there fulfil it is
//! `constraint::validate`'s matter.

use arrow::datatypes::DataType;
use cairn_catalog::{
    CheckConstraint, ColumnDescriptor, ColumnId, ColumnType, ConstraintState, Direction,
    ForeignKey, IndexColumn, ObjectKind, Privilege, ReferentialAction, StepState, TableDescriptor,
};
use cairn_storage::Transaction;
use cairn_syntax::ast::{
    self, ConstraintReferenceMatchKind, DeferrableInitial, Expr, ForeignKeyConstraint, Ident,
};

use super::place;
use crate::{
    Result, SqlError, SqlState,
    access::Need,
    change::{assign, insert::column_named, name_parts},
    constraint::expression::{Purpose, RowExpression, columns_of},
    query::{Scope, names::resolve_table},
};

/// A CHECK, public. `of` is the column it was declared with, if it was.
pub(crate) fn check(
    scope: &Scope,
    table: &TableDescriptor,
    declared: &ast::CheckConstraint,
    name: Option<&Ident>,
    of: Option<&ColumnDescriptor>,
) -> Result<CheckConstraint> {
    if declared.enforced == Some(false) {
        return Err(SqlError::unsupported("CHECK NOT ENFORCED"));
    }
    let condition = cairn_syntax::unqualified((*declared.expr).clone(), &table.name);
    let columns = columns_of(table, &condition)?;
    let planned = RowExpression::plan(scope, &all(table), &condition, Purpose::Check)?;
    if !matches!(planned.data_type(), DataType::Boolean | DataType::Null) {
        return Err(SqlError::new(
            SqlState::DatatypeMismatch,
            format!(
                "argument of CHECK must be type boolean, not type {}",
                assign::postgres_name(planned.data_type())
            ),
        ));
    }
    let named = match (of, columns.as_slice()) {
        (Some(column), _) => Some(column),
        (None, [one]) => table.column(*one),
        (None, _) => None,
    };
    let name = match name.or(declared.name.as_ref()) {
        Some(name) => given_name(table, name)?,
        None => free_name(table, named.map(|column| column.name.as_str()), "check"),
    };
    Ok(CheckConstraint {
        name,
        condition: condition.to_string(),
        columns,
        state: ConstraintState::Public,
        comment: None,
    })
}

/// The text of a computed column's expression, checked.
pub(crate) fn computed(
    scope: &Scope,
    table: &TableDescriptor,
    column: &ColumnDescriptor,
    expression: &Expr,
) -> Result<String> {
    let expression = cairn_syntax::unqualified(expression.clone(), &table.name);
    if column.default.is_some() {
        return Err(SqlError::new(
            SqlState::SyntaxError,
            format!(
                "both default and generation expression specified for column {:?} of table {:?}",
                column.name, table.name
            ),
        ));
    }
    for id in columns_of(table, &expression)? {
        let used = table.column(id);
        if let Some(used) = used.filter(|used| used.computed.is_some() || used.id == column.id) {
            return Err(SqlError::new(
                SqlState::InvalidObjectDefinition,
                format!(
                    "cannot use generated column {:?} in column generation expression",
                    used.name
                ),
            )
            .detail("A generated column cannot reference another generated column."));
        }
    }
    let planned = RowExpression::plan(scope, &all(table), &expression, Purpose::Computed)?;
    assign::check_assignable(planned.data_type(), column)?;
    Ok(expression.to_string())
}

/// A foreign key, public, and the index it wants on the table if there is none. `of` is the column it was declared with.
///
/// # Errors
/// Columns or a table that are not there, no unique index over the columns referred to, types that differ.
pub(crate) async fn foreign_key(
    scope: &Scope,
    transaction: &Transaction,
    table: &TableDescriptor,
    declared: &ForeignKeyConstraint,
    name: Option<&Ident>,
    of: Option<&ColumnDescriptor>,
) -> Result<ForeignKey> {
    check_form(declared)?;
    let columns: Vec<&ColumnDescriptor> = match of {
        Some(column) => vec![column],
        None => declared
            .columns
            .iter()
            .map(|column| column_named(table, &cairn_syntax::Name::folded(column).0))
            .collect::<Result<_>>()?,
    };
    let other = referenced_table(scope, transaction, table, declared).await?;
    let other = other.as_ref().unwrap_or(table);
    let referenced = referenced_columns(other, declared)?;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let name = match name.or(declared.name.as_ref()) {
        Some(name) => given_name(table, name)?,
        None => free_name(table, Some(&names.join("_")), "fkey"),
    };
    if columns.len() != referenced.len() {
        return Err(SqlError::new(
            SqlState::InvalidForeignKey,
            "number of referencing and referenced columns for foreign key disagree",
        ));
    }
    for (column, target) in columns.iter().zip(&referenced) {
        check_types(&name, column, target)?;
    }
    let key = ForeignKey {
        name,
        columns: columns.iter().map(|column| column.id).collect(),
        referenced: other.id,
        referenced_columns: referenced.iter().map(|column| column.id).collect(),
        on_delete: action(declared.on_delete)?,
        on_update: action(declared.on_update)?,
        state: ConstraintState::Public,
        comment: None,
    };
    if other.unique_index_over(&key.referenced_columns).is_none() {
        return Err(SqlError::new(
            SqlState::InvalidForeignKey,
            format!(
                "there is no unique constraint matching given keys for referenced table {:?}",
                other.name
            ),
        ));
    }
    check_actions(&key, &columns)?;
    Ok(key)
}

/// The index that finds a foreign key's rows, if the table has none that begins with its columns: its name and columns.
pub(crate) fn wanted_index(
    table: &TableDescriptor,
    key: &ForeignKey,
) -> Option<(String, Vec<IndexColumn>)> {
    if table.index_beginning_with(&key.columns).is_some() {
        return None;
    }
    let parts = key
        .columns
        .iter()
        .map(|column| IndexColumn {
            column: *column,
            direction: Direction::Ascending,
        })
        .collect();
    let base = format!("{}_auto_index_{}", table.name, key.name);
    let taken = |name: &str| table.index_named(name).is_some();
    Some((numbered(&base, taken), parts))
}

/// Adds foreign keys to a table that this transaction has just created, with the indexes they want.
pub(crate) async fn add_to_new_table(
    scope: &Scope,
    transaction: &Transaction,
    table: &TableDescriptor,
    declared: &[DeclaredKey],
) -> Result<()> {
    for declared in declared {
        let mut table = cairn_catalog::read_table(transaction, table.id).await?;
        let of = declared.of.and_then(|id| table.column(id));
        let name = declared.name.as_ref();
        let key = foreign_key(scope, transaction, &table, &declared.key, name, of).await?;
        if let Some((name, parts)) = wanted_index(&table, &key) {
            table.push_index(&name, false, parts, StepState::Public)?;
            cairn_catalog::put_table(transaction, &table).await?;
        }
        cairn_catalog::add_foreign_key(transaction, table.id, key).await?;
    }
    Ok(())
}

/// A foreign key of a CREATE TABLE.
pub(crate) struct DeclaredKey {
    pub name: Option<Ident>,
    pub key: ForeignKeyConstraint,
    /// The column it was declared with.
    pub of: Option<ColumnId>,
}

/// The name a statement gives a constraint.
///
/// # Errors
/// 42710 when the table has one of that name.
pub(crate) fn given_name(table: &TableDescriptor, name: &Ident) -> Result<String> {
    let name = cairn_syntax::Name::folded(name).0;
    match table.has_constraint_named(&name) {
        true => Err(SqlError::new(
            SqlState::DuplicateObject,
            format!(
                "constraint {name:?} for relation {:?} already exists",
                table.name
            ),
        )),
        false => Ok(name),
    }
}

/// The name PostgreSQL chooses: `table_column_ending`, with a number where that is taken.
fn free_name(table: &TableDescriptor, column: Option<&str>, ending: &str) -> String {
    let base = match column {
        Some(column) => format!("{}_{column}_{ending}", table.name),
        None => format!("{}_{ending}", table.name),
    };
    numbered(&base, |name| table.has_constraint_named(name))
}

/// The name itself, or with the first number that makes it free.
pub(crate) fn numbered(base: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = base.to_owned();
    let mut number = 0;
    while taken(&name) {
        number += 1;
        name = format!("{base}{number}");
    }
    name
}

/// Also those that are still being added: they may have their checks already.
fn all(table: &TableDescriptor) -> Vec<&ColumnDescriptor> {
    table
        .columns
        .iter()
        .filter(|column| !column.hidden)
        .collect()
}

/// The table referred to as the transaction reads it; `None`: it is the table itself.
async fn referenced_table(
    scope: &Scope,
    transaction: &Transaction,
    table: &TableDescriptor,
    declared: &ForeignKeyConstraint,
) -> Result<Option<TableDescriptor>> {
    let parts = name_parts(&declared.foreign_table)?;
    if let Ok((database, name)) = place(scope, &parts, Need::Nothing)
        && (database.id, name) == (table.database, table.name.as_str())
    {
        return Ok(None);
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let found = resolve_table(scope, &parts, Privilege::Create)?;
    if found.kind != ObjectKind::Table {
        return Err(SqlError::new(
            SqlState::WrongObjectType,
            format!("referenced relation {:?} is not a table", found.name),
        ));
    }
    Ok(Some(
        cairn_catalog::read_table(transaction, found.id).await?,
    ))
}

/// The columns that are named, or those of the primary key.
fn referenced_columns<'a>(
    other: &'a TableDescriptor,
    declared: &ForeignKeyConstraint,
) -> Result<Vec<&'a ColumnDescriptor>> {
    if !declared.referred_columns.is_empty() {
        return declared
            .referred_columns
            .iter()
            .map(|column| column_named(other, &cairn_syntax::Name::folded(column).0))
            .collect();
    }
    let key: Vec<&ColumnDescriptor> = other
        .primary
        .columns
        .iter()
        .filter_map(|part| other.column(part.column))
        .collect();
    match key.iter().any(|column| column.hidden) {
        true => Err(SqlError::new(
            SqlState::UndefinedObject,
            format!(
                "there is no primary key for referenced table {:?}",
                other.name
            ),
        )),
        false => Ok(key),
    }
}

/// What is equal must be the same bytes in a key; only the length of texts may differ.
fn check_types(name: &str, column: &ColumnDescriptor, target: &ColumnDescriptor) -> Result<()> {
    let text = |ty: &ColumnType| matches!(ty, ColumnType::String { .. });
    if column.ty == target.ty || (text(&column.ty) && text(&target.ty)) {
        return Ok(());
    }
    Err(SqlError::new(
        SqlState::DatatypeMismatch,
        format!("foreign key constraint {name:?} cannot be implemented"),
    )
    .detail(format!(
        "Key columns {:?} and {:?} are of incompatible types: {} and {}.",
        column.name,
        target.name,
        column.ty.postgres_name(),
        target.ty.postgres_name()
    )))
}

fn check_form(declared: &ForeignKeyConstraint) -> Result<()> {
    match &declared.match_kind {
        None | Some(ConstraintReferenceMatchKind::Simple) => {}
        Some(kind) => return Err(SqlError::unsupported(kind)),
    }
    check_characteristics(declared.characteristics.as_ref())
}

/// Refuses by name what may follow a constraint and would make it another one.
pub(crate) fn check_characteristics(
    characteristics: Option<&ast::ConstraintCharacteristics>,
) -> Result<()> {
    let Some(characteristics) = characteristics else {
        return Ok(());
    };
    if characteristics.deferrable == Some(true)
        || characteristics.initially == Some(DeferrableInitial::Deferred)
    {
        return Err(SqlError::unsupported("a DEFERRABLE constraint")
            .hint("constraints are checked at the end of each statement"));
    }
    match characteristics.enforced {
        Some(false) => Err(SqlError::unsupported("a constraint that is NOT ENFORCED")),
        _ => Ok(()),
    }
}

fn action(declared: Option<ast::ReferentialAction>) -> Result<ReferentialAction> {
    use ast::ReferentialAction as Declared;
    Ok(match declared {
        None | Some(Declared::NoAction) => ReferentialAction::NoAction,
        Some(Declared::Restrict) => ReferentialAction::Restrict,
        Some(Declared::Cascade) => ReferentialAction::Cascade,
        Some(Declared::SetNull) => ReferentialAction::SetNull,
        Some(Declared::SetDefault) => {
            return Err(SqlError::unsupported("ON DELETE or ON UPDATE SET DEFAULT"));
        }
    })
}

/// A computed column cannot be given another value.
fn check_actions(key: &ForeignKey, columns: &[&ColumnDescriptor]) -> Result<()> {
    let writes = |action| {
        matches!(
            action,
            ReferentialAction::SetNull | ReferentialAction::Cascade
        )
    };
    let clause = if key.on_delete == ReferentialAction::SetNull {
        "ON DELETE"
    } else if writes(key.on_update) {
        "ON UPDATE"
    } else {
        return Ok(());
    };
    match columns.iter().any(|column| column.computed.is_some()) {
        true => Err(SqlError::new(
            SqlState::SyntaxError,
            format!(
                "invalid {clause} action for foreign key constraint containing generated column"
            ),
        )),
        false => Ok(()),
    }
}
