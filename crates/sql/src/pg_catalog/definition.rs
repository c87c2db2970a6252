//! Definitions as SQL text: what `pg_get_indexdef` says.

use cairn_catalog::{IndexDescriptor, TableDescriptor};
use cairn_syntax::quote;

/// `CREATE INDEX name ON public.t USING btree (a, b DESC)`.
pub(crate) fn index(table: &TableDescriptor, index: &IndexDescriptor) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let columns: Vec<String> = (0..index.columns.len())
        .filter_map(|place| {
            let name = index_column(table, index, place)?;
            let part = index.columns.get(place)?;
            Some(if part.direction.is_ascending() {
                name
            } else {
                format!("{name} DESC")
            })
        })
        .collect();
    let (name, table) = (quote(&index.name), quote(&table.name));
    format!(
        "CREATE {unique}INDEX {name} ON public.{table} USING btree ({})",
        columns.join(", ")
    )
}

/// The name of an index's column, counted from 0.
pub(crate) fn index_column(
    table: &TableDescriptor,
    index: &IndexDescriptor,
    place: usize,
) -> Option<String> {
    let part = index.columns.get(place)?;
    table.column(part.column).map(|column| quote(&column.name))
}
