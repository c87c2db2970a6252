//! CREATE SEQUENCE and ALTER SEQUENCE.

use cairn_catalog::{
    ColumnRef, ColumnType, ObjectKind, Privilege, SequenceOptions, TableDescriptor,
};
use cairn_storage::Transaction;
use cairn_syntax::{AlterSequence, CreateSequence, Name, SequenceOption};

use super::{place, types};
use crate::{
    Result, SqlError, SqlState,
    query::{Scope, names::resolve_table},
    sequence::{self, State},
};

/// Runs a CREATE SEQUENCE. The answer says whether there is a new sequence.
pub(crate) async fn create(
    scope: &Scope,
    transaction: &Transaction,
    statement: &CreateSequence,
) -> Result<bool> {
    let parts: Vec<String> = statement.name.iter().map(|part| part.0.clone()).collect();
    let (database, name) = place(scope, &parts, Privilege::Create)?;
    if statement.if_not_exists && scope.view.table(database.id, name).is_some() {
        return Ok(false);
    }
    let options = options(&statement.options, None)?;
    let mut sequence = TableDescriptor::sequence(database.id, name, options);
    sequence.grants = scope.access.of_new_relation(database);
    add(transaction, sequence).await?;
    Ok(true)
}

/// Stores a new sequence with its row.
pub(super) async fn add(
    transaction: &Transaction,
    sequence: TableDescriptor,
) -> Result<TableDescriptor> {
    let state = State::initial(sequence::options(&sequence)?);
    let sequence = cairn_catalog::create_table(transaction, sequence).await?;
    sequence::write_row(transaction, &sequence, state)?;
    Ok(sequence)
}

/// Runs an ALTER SEQUENCE. What was reserved under the options before is not handed out any more.
pub(crate) async fn alter(
    scope: &Scope,
    transaction: &Transaction,
    statement: &AlterSequence,
) -> Result<()> {
    let parts: Vec<&str> = statement.name.iter().map(Name::as_str).collect();
    let found = resolve_table(scope, &parts, Privilege::Create)?;
    let mut stored = cairn_catalog::read_table(transaction, found.id).await?;
    let before = *sequence::options(&stored)?;
    let mut after = options(&statement.options, Some(before))?;
    for option in &statement.options {
        if let SequenceOption::OwnedBy(column) = option {
            after.owner = owner(scope, &stored, column.as_deref())?;
        }
    }
    stored.kind = ObjectKind::Sequence(SequenceOptions {
        revision: before.revision.saturating_add(1),
        ..after
    });
    cairn_catalog::put_table(transaction, &stored).await?;
    let restart = statement.options.iter().find_map(|option| match option {
        SequenceOption::Restart(value) => Some(value.unwrap_or(after.start)),
        _ => None,
    });
    // Read, so that values taken meanwhile conflict with this change.
    let state = sequence::read_row(transaction, &stored).await?;
    let value = restart.unwrap_or(state.last_value);
    if !(after.min..=after.max).contains(&value) {
        let (what, bound) = match value > after.max {
            true => ("greater than MAXVALUE", after.max),
            false => ("less than MINVALUE", after.min),
        };
        return Err(SqlError::new(
            SqlState::InvalidParameterValue,
            format!("RESTART value ({value}) cannot be {what} ({bound})"),
        ));
    }
    if restart.is_some() {
        let restarted = State {
            last_value: value,
            is_called: false,
        };
        sequence::write_row(transaction, &stored, restarted)?;
    }
    Ok(())
}

/// The column that a sequence shall go with: one whose DEFAULT takes its values. `None`: it stays when that goes.
fn owner(
    scope: &Scope,
    sequence: &TableDescriptor,
    column: Option<&[Name]>,
) -> Result<Option<ColumnRef>> {
    let users = sequence.dependents.iter();
    let is_identity = users
        .filter_map(|user| scope.view.table_by_id(user.relation))
        .flat_map(|table| &table.columns)
        .any(|column| column.identity.is_some() && column.uses_sequences.contains(&sequence.id));
    if is_identity {
        return Err(SqlError::unsupported(
            "OWNED BY of an identity column's sequence",
        ));
    }
    let Some([table @ .., column]) = column else {
        return Ok(None);
    };
    let parts: Vec<&str> = table.iter().map(Name::as_str).collect();
    let table = resolve_table(scope, &parts, Privilege::Create)?;
    let column = crate::change::insert::column_named(&table, column.as_str())?;
    if table.database != sequence.database || !column.uses_sequences.contains(&sequence.id) {
        return Err(SqlError::unsupported(format_args!(
            "OWNED BY a column whose DEFAULT does not use the sequence ({:?}.{:?})",
            table.name, column.name
        )));
    }
    Ok(Some(ColumnRef {
        table: table.id,
        column: column.id,
    }))
}

/// The options that a statement gives: over defaults, or over those of a sequence that is there.
pub(super) fn options(
    given: &[SequenceOption],
    before: Option<SequenceOptions>,
) -> Result<SequenceOptions> {
    let mut options = before.unwrap_or_else(SequenceOptions::ascending);
    let creates = before.is_none();
    for option in given {
        if let SequenceOption::Increment(by) = option {
            options.increment = *by;
        }
    }
    let bounds = bounds(given, options.increment > 0)?;
    let is_bounded = |option: &SequenceOption| matches!(option, SequenceOption::As(_));
    if creates || given.iter().any(is_bounded) {
        (options.min, options.max) = bounds;
    }
    let mut start = None;
    for option in given {
        match option {
            SequenceOption::MinValue(value) => options.min = value.unwrap_or(bounds.0),
            SequenceOption::MaxValue(value) => options.max = value.unwrap_or(bounds.1),
            SequenceOption::Start(value) => start = Some(*value),
            SequenceOption::Cache(count) => options.cache = *count,
            SequenceOption::Restart(_) if creates => {
                return Err(SqlError::new(
                    SqlState::SyntaxError,
                    "RESTART belongs into ALTER SEQUENCE",
                ));
            }
            SequenceOption::Cycle(true) => return Err(SqlError::unsupported("CYCLE")),
            SequenceOption::Virtual => return Err(SqlError::unsupported("VIRTUAL sequences")),
            SequenceOption::OwnedBy(Some(_)) if creates => {
                return Err(SqlError::unsupported("OWNED BY in CREATE SEQUENCE")
                    .hint("use ALTER SEQUENCE once the column's DEFAULT uses it"));
            }
            _ => {}
        }
    }
    let first = match options.increment > 0 {
        true => options.min,
        false => options.max,
    };
    match start {
        Some(start) => options.start = start,
        None if creates => options.start = first,
        None => {}
    }
    if options.cache > 1 {
        return Err(SqlError::unsupported("CACHE of more than 1")
            .hint("values are reserved in blocks whatever CACHE says"));
    }
    match options.problem() {
        None => Ok(options),
        Some(problem) => Err(SqlError::new(SqlState::InvalidParameterValue, problem)),
    }
}

/// The least and the greatest value of a sequence of this type and direction.
fn bounds(given: &[SequenceOption], ascending: bool) -> Result<(i64, i64)> {
    let ty = given.iter().find_map(|option| match option {
        SequenceOption::As(ty) => Some(ty),
        _ => None,
    });
    let (least, greatest) = match ty.map(types::column_type).transpose()? {
        None | Some(ColumnType::Int8) => (i64::MIN, i64::MAX),
        Some(ColumnType::Int4) => (i32::MIN.into(), i32::MAX.into()),
        Some(ColumnType::Int2) => (i16::MIN.into(), i16::MAX.into()),
        Some(other) => {
            return Err(SqlError::new(
                SqlState::InvalidParameterValue,
                format!("sequence type must be INT2, INT4 or INT8, not {other}"),
            ));
        }
    };
    Ok(match ascending {
        true => (1, greatest),
        false => (least, -1),
    })
}
