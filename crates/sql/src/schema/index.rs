//! CREATE INDEX.

use cairn_syntax::ast::CreateIndex;

use super::{
    alter::{Alteration, names, not_a_table},
    table,
};
use crate::{Notice, Result, SqlError, change::name_parts};

impl Alteration<'_> {
    /// Adds the index, or begins to.
    pub async fn create_index(&mut self, create: &CreateIndex) -> Result<()> {
        check_form(create)?;
        if !self.table.is_table() {
            return Err(not_a_table(&self.table));
        }
        let columns = table::index_columns(&create.columns, &self.table.columns)?;
        let name = match &create.name {
            Some(name) => name_parts(name)?.pop().unwrap_or_default(),
            None => table::free_name(&self.table, "idx", &columns),
        };
        if create.if_not_exists && self.table.index_named(&name).is_some() {
            self.notices
                .push(Notice::skipping(&format!("index {name:?} already exists")));
            return Ok(());
        }
        if self.table.index_named(&name).is_some() {
            return Err(cairn_catalog::Error::IndexExists {
                table: self.table.name.clone(),
                index: name,
            }
            .into());
        }
        if names::constraint_exists(&self.table, &name) {
            return Err(names::taken(&self.table, &name));
        }
        self.look_for_rows().await?;
        self.push_index(&name, create.unique, columns)
    }
}

fn check_form(create: &CreateIndex) -> Result<()> {
    let unsupported = [
        (create.predicate.is_some(), "a partial index"),
        (!create.include.is_empty(), "INCLUDE"),
        (create.nulls_distinct == Some(false), "NULLS NOT DISTINCT"),
        (
            !create.with.is_empty() || !create.index_options.is_empty(),
            "index options",
        ),
        (
            create
                .using
                .as_ref()
                .is_some_and(|using| !using.to_string().eq_ignore_ascii_case("btree")),
            "an index that is not a B-tree",
        ),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(SqlError::unsupported(what)),
        None => Ok(()),
    }
}
