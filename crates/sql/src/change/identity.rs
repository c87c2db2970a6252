//! Identity columns: whose values they are.

use cairn_catalog::{Identity, TableDescriptor};
use cairn_syntax::{
    Overriding,
    ast::{Insert, SetExpr},
};

use super::{defaults, insert::named_columns};
use crate::{Result, SqlError, SqlState};

/// Refuses an INSERT that gives values to a column GENERATED ALWAYS without saying that it means it.
///
/// # Errors
/// 428C9.
pub(crate) fn check(
    insert: &Insert,
    table: &TableDescriptor,
    overriding: Option<Overriding>,
) -> Result<()> {
    match overriding {
        Some(Overriding::System) => return Ok(()),
        Some(Overriding::User) => return Err(SqlError::unsupported("OVERRIDING USER VALUE")),
        None => {}
    }
    let Some(source) = &insert.source else {
        return Ok(());
    };
    for (place, column) in named_columns(insert, table)?.iter().enumerate() {
        if column.identity != Some(Identity::Always) {
            continue;
        }
        let given = match source.body.as_ref() {
            SetExpr::Values(rows) => rows.rows.iter().any(|row| {
                row.get(place)
                    .is_some_and(|value| !defaults::is_default(value))
            }),
            _ => true,
        };
        if given {
            return Err(always(
                format!(
                    "cannot insert a non-DEFAULT value into column {:?}",
                    column.name
                ),
                &column.name,
            )
            .hint("use OVERRIDING SYSTEM VALUE to override"));
        }
    }
    Ok(())
}

/// 428C9 for a value that only the column's sequence may give.
pub(crate) fn always(message: String, column: &str) -> SqlError {
    SqlError::new(SqlState::GeneratedAlways, message).detail(format!(
        "Column {column:?} is an identity column defined as GENERATED ALWAYS."
    ))
}
