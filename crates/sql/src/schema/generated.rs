//! Columns that get their values from a sequence of their own: SERIAL, and GENERATED … AS IDENTITY; and DEFAULTs that name
//! sequences.
//!
//! A sequence of a column's own is made after its table and goes with it. SERIAL is INT8, as INT is.

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnRef, ColumnType, DatabaseDescriptor, Identity, ObjectKind,
    Privilege, TableDescriptor, TableId,
};
use cairn_storage::Transaction;
use cairn_syntax::{
    SequenceOption,
    ast::{DataType, Expr, GeneratedAs, SequenceOptions as Parsed, UnaryOperator, Value},
};

use super::{rename, sequence};
use crate::{Result, SqlError, SqlState, query::Scope, sequence::relation_parts};

/// A column that wants a sequence of its own.
pub(crate) struct Generated {
    pub column: ColumnId,
    pub identity: Option<Identity>,
    options: Vec<SequenceOption>,
}

/// The column type that SERIAL and its kin stand for.
pub(crate) fn serial_type(ty: &DataType) -> Option<ColumnType> {
    let DataType::Custom(name, arguments) = ty else {
        return None;
    };
    match name.to_string().to_lowercase().as_str() {
        _ if !arguments.is_empty() => None,
        "serial" | "bigserial" | "serial8" => Some(ColumnType::Int8),
        "serial4" => Some(ColumnType::Int4),
        "smallserial" | "serial2" => Some(ColumnType::Int2),
        _ => None,
    }
}

impl Generated {
    pub fn serial(column: ColumnId) -> Self {
        Generated {
            column,
            identity: None,
            options: Vec::new(),
        }
    }

    /// `GENERATED ALWAYS|BY DEFAULT AS IDENTITY [(option …)]`.
    pub fn identity(
        column: ColumnId,
        kind: &GeneratedAs,
        options: Option<&[Parsed]>,
    ) -> Result<Self> {
        let identity = match kind {
            GeneratedAs::Always => Identity::Always,
            GeneratedAs::ByDefault => Identity::ByDefault,
            GeneratedAs::ExpStored => {
                return Err(SqlError::internal(
                    "a computed column is no identity column",
                ));
            }
        };
        let options = options.unwrap_or_default().iter().map(option);
        Ok(Generated {
            column,
            identity: Some(identity),
            options: options.collect::<Result<_>>()?,
        })
    }
}

fn option(parsed: &Parsed) -> Result<SequenceOption> {
    Ok(match parsed {
        Parsed::IncrementBy(by, _) => SequenceOption::Increment(number(by)?),
        Parsed::MinValue(value) => {
            SequenceOption::MinValue(value.as_ref().map(number).transpose()?)
        }
        Parsed::MaxValue(value) => {
            SequenceOption::MaxValue(value.as_ref().map(number).transpose()?)
        }
        Parsed::StartWith(value, _) => SequenceOption::Start(number(value)?),
        Parsed::Cache(count) => SequenceOption::Cache(number(count)?),
        // sqlparser's flag says whether NO stands before it.
        Parsed::Cycle(no) => SequenceOption::Cycle(!no),
    })
}

fn number(expr: &Expr) -> Result<i64> {
    let invalid = || {
        SqlError::new(
            SqlState::InvalidParameterValue,
            format!("an option of a sequence is a whole number of at most 64 bits, not {expr}"),
        )
    };
    match expr {
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: inner,
        } => match inner.as_ref() {
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) => format!("-{digits}").parse().map_err(|_| invalid()),
                _ => Err(invalid()),
            },
            _ => Err(invalid()),
        },
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().map_err(|_| invalid()),
            _ => Err(invalid()),
        },
        _ => Err(invalid()),
    }
}

/// Refuses a column that says twice where its values come from.
pub(crate) fn twice(column: &str) -> SqlError {
    SqlError::new(
        SqlState::SyntaxError,
        format!("multiple identity specifications for column {column:?}"),
    )
}

/// Refuses an identity column that could not hold its values, or that has a DEFAULT as well.
pub(crate) fn check_own(column: &ColumnDescriptor, serial: bool) -> Result<()> {
    if column.default.is_some() {
        let what = if serial { "serial" } else { "identity" };
        return Err(SqlError::new(
            SqlState::SyntaxError,
            format!(
                "both default and {what} specified for column {:?}",
                column.name
            ),
        ));
    }
    match column.ty {
        ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8 => Ok(()),
        _ => Err(SqlError::new(
            SqlState::InvalidParameterValue,
            "identity column type must be smallint, integer, or bigint",
        )),
    }
}

/// Makes the sequences of a table that was just stored, and the DEFAULTs that use them.
pub(crate) async fn attach(
    scope: &Scope,
    transaction: &Transaction,
    database: &DatabaseDescriptor,
    table: &mut TableDescriptor,
    generated: Vec<Generated>,
) -> Result<()> {
    let mut taken = Vec::new();
    for generated in generated {
        let Some(column) = table.column(generated.column) else {
            continue;
        };
        let (column_name, ty) = (column.name.clone(), column.ty);
        let mut given = generated.options;
        given.push(SequenceOption::As(match ty {
            ColumnType::Int2 => DataType::SmallInt(None),
            ColumnType::Int4 => DataType::Int4(None),
            _ => DataType::BigInt(None),
        }));
        let mut options = sequence::options(&given, None)?;
        options.owner = Some(ColumnRef {
            table: table.id,
            column: generated.column,
        });
        let name = free_name(scope, database, table, &column_name, &taken);
        let mut own = TableDescriptor::sequence(database.id, &name, options);
        own.grants = table.grants.clone();
        let own = sequence::add(transaction, own).await?;
        let full = rename::dotted(&rename::name_in(&database.name, &name));
        taken.push(name);
        if let Some(column) = table
            .columns
            .iter_mut()
            .find(|column| column.id == generated.column)
        {
            column.nullable = false;
            column.identity = generated.identity;
            column.default = Some(format!("nextval('{}')", full.replace('\'', "''")));
        }
        cairn_catalog::use_sequences(transaction, table, generated.column, vec![own.id]).await?;
    }
    Ok(())
}

/// `table_column_seq`, with a number where that is taken.
fn free_name(
    scope: &Scope,
    database: &DatabaseDescriptor,
    table: &TableDescriptor,
    column: &str,
    taken: &[String],
) -> String {
    let base = format!("{}_{column}_seq", table.name);
    let mut name = base.clone();
    let mut number = 0;
    while scope.view.table(database.id, &name).is_some()
        || scope.view.offline_table(database.id, &name).is_some()
        || taken.contains(&name)
        || name == table.name
    {
        number += 1;
        name = format!("{base}{number}");
    }
    name
}

/// A DEFAULT with full names of its sequences, and their ids.
pub(crate) fn complete_default(scope: &Scope, text: &str) -> Result<(String, Vec<TableId>)> {
    let mut expression = cairn_syntax::parse_expression(text)?;
    if !cairn_syntax::calls_sequences(&expression) {
        return Ok((text.to_owned(), Vec::new()));
    }
    let mut ids = Vec::new();
    let mut named = 0;
    cairn_syntax::visit_sequences(&mut expression, |name| {
        named += 1;
        let sequence = scope.numbers.find(name)?;
        scope.access.relation(&sequence, Privilege::Update)?;
        relation_parts(name)?;
        if !ids.contains(&sequence.id) {
            ids.push(sequence.id);
        }
        let full = rename::full_name(&scope.view, &sequence)?;
        Ok::<_, SqlError>(Some(rename::dotted(&full)))
    })?;
    if named == 0 {
        return Err(SqlError::unsupported(
            "a DEFAULT whose sequence is not named by a literal",
        ));
    }
    Ok((expression.to_string(), ids))
}

/// Notes at the sequences of a stored table's DEFAULTs that the table uses them.
pub(crate) async fn link_defaults(
    transaction: &Transaction,
    table: &mut TableDescriptor,
    used: Vec<(ColumnId, Vec<TableId>)>,
) -> Result<()> {
    for (column, sequences) in used {
        for id in &sequences {
            let found = cairn_catalog::read_table(transaction, *id).await?;
            if !matches!(found.kind, ObjectKind::Sequence(_)) {
                return Err(SqlError::internal(format!(
                    "{:?} is no sequence",
                    found.name
                )));
            }
        }
        cairn_catalog::use_sequences(transaction, table, column, sequences).await?;
    }
    Ok(())
}
