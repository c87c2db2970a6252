//! Constraints added, dropped and validated.

use std::ops::ControlFlow;

use cairn_catalog::{
    ColumnDescriptor, ColumnId, Direction, IndexColumn, IndexDescriptor, Part, StepState,
    TableDescriptor,
};
use cairn_syntax::ast::{
    ColumnOption, ColumnOptionDef, DropBehavior, Expr, Ident, TableConstraint, visit_expressions,
    visit_expressions_mut,
};

use super::{
    Alteration,
    names::{constraint_exists, taken},
};
use crate::{
    Notice, Result, SqlError, SqlState,
    schema::table::{free_name, index_columns},
};

impl Alteration<'_> {
    /// The constraint that stands behind a new column.
    pub(super) async fn add_column_constraint(
        &mut self,
        column: ColumnId,
        option: &ColumnOptionDef,
    ) -> Result<()> {
        match &option.option {
            ColumnOption::Unique(_) => {
                let part = IndexColumn {
                    column,
                    direction: Direction::Ascending,
                };
                self.add_unique(option.name.as_ref(), vec![part])
            }
            ColumnOption::Check(_) => Err(SqlError::unsupported("ADD COLUMN … CHECK")),
            ColumnOption::ForeignKey(_) => Err(SqlError::unsupported("ADD COLUMN … REFERENCES")),
            _ => Ok(()),
        }
    }

    pub(super) async fn add_constraint(
        &mut self,
        constraint: &TableConstraint,
        not_valid: bool,
    ) -> Result<()> {
        match constraint {
            TableConstraint::Unique(unique) if !not_valid => {
                let parts = index_columns(&unique.columns, &self.table.columns)?;
                self.add_unique(unique.name.as_ref().or(unique.index_name.as_ref()), parts)
            }
            TableConstraint::Unique(_) | TableConstraint::PrimaryKey(_) if not_valid => {
                Err(SqlError::new(
                    SqlState::FeatureNotSupported,
                    "a UNIQUE or PRIMARY KEY constraint cannot be NOT VALID",
                ))
            }
            other => Err(SqlError::unsupported(format_args!(
                "ADD CONSTRAINT {other}"
            ))),
        }
    }

    fn add_unique(&mut self, name: Option<&Ident>, parts: Vec<IndexColumn>) -> Result<()> {
        let name = match name {
            Some(name) => cairn_syntax::Name::folded(name).0,
            None => free_name(&self.table, "key", &parts),
        };
        if constraint_exists(&self.table, &name) {
            return Err(taken(&self.table, &name));
        }
        let state = match self.stepwise {
            true => StepState::WriteOnly,
            false => StepState::Public,
        };
        let index = self.table.push_index(&name, true, parts, state)?;
        if let Some(last) = self.table.indexes.last_mut() {
            last.constraint = true;
        }
        if self.stepwise {
            self.parts.push(Part::Index { index: index.id });
        }
        Ok(())
    }

    pub(super) async fn drop_constraint(
        &mut self,
        name: &Ident,
        if_exists: bool,
        behavior: Option<DropBehavior>,
    ) -> Result<()> {
        let name = cairn_syntax::Name::folded(name).0;
        if self.table.primary.name == name {
            return Err(
                SqlError::unsupported("DROP CONSTRAINT of a primary key alone")
                    .hint("use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS"),
            );
        }
        if let Some(index) = self
            .table
            .indexes
            .iter()
            .find(|index| index.name == name && index.unique)
            .cloned()
        {
            self.release_foreign_keys_on(&index, behavior == Some(DropBehavior::Cascade))
                .await?;
            self.table.indexes.retain(|other| other.id != index.id);
            return Ok(());
        }
        if self.table.checks.iter().any(|check| check.name == name) {
            self.table.checks.retain(|check| check.name != name);
            return Ok(());
        }
        if self.table.foreign_keys.iter().any(|key| key.name == name) {
            return self.remove_foreign_key(&name).await;
        }
        if if_exists {
            self.notices.push(Notice::skipping(&format!(
                "constraint {name:?} of relation {:?} does not exist",
                self.table.name
            )));
            return Ok(());
        }
        Err(unknown(&self.table, &name))
    }

    /// Foreign keys of other tables that lean on a unique index: they go with CASCADE, or keep it.
    async fn release_foreign_keys_on(
        &mut self,
        index: &IndexDescriptor,
        _cascade: bool,
    ) -> Result<()> {
        let columns: Vec<ColumnId> = index.columns.iter().map(|part| part.column).collect();
        match self.referring_key(|referenced| same_set(referenced, &columns)) {
            None => Ok(()),
            Some((table, key)) => Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!(
                    "cannot drop constraint {:?} because foreign key {key:?} of relation {table:?} depends on it",
                    index.name
                ),
            )),
        }
    }

    /// The same of a column that foreign keys refer to.
    pub(crate) async fn release_foreign_keys_to(
        &mut self,
        column: &ColumnDescriptor,
        _cascade: bool,
    ) -> Result<()> {
        match self.referring_key(|referenced| referenced.contains(&column.id)) {
            None => Ok(()),
            Some((table, key)) => Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!(
                    "cannot drop column {:?} because foreign key {key:?} of relation {table:?} depends on it",
                    column.name
                ),
            )),
        }
    }

    /// The first foreign key that refers to columns of the table so: its table and its name.
    fn referring_key(&self, wanted: impl Fn(&[ColumnId]) -> bool) -> Option<(String, String)> {
        let referrers = self.table.referenced_by.iter();
        referrers
            .filter_map(|id| self.scope.view.written_table(*id))
            .find_map(|other| {
                let key = other.foreign_keys.iter().find(|key| {
                    key.referenced == self.table.id && wanted(&key.referenced_columns)
                })?;
                Some((other.name.clone(), key.name.clone()))
            })
    }

    pub(super) async fn remove_foreign_key(&mut self, name: &str) -> Result<()> {
        Err(SqlError::unsupported(format_args!(
            "dropping foreign key {name:?}"
        )))
    }

    pub(super) fn validate_constraint(&mut self, name: &Ident) -> Result<()> {
        let name = cairn_syntax::Name::folded(name).0;
        Err(SqlError::unsupported(format_args!(
            "VALIDATE CONSTRAINT {name}"
        )))
    }
}

pub(crate) fn unknown(table: &TableDescriptor, name: &str) -> SqlError {
    SqlError::new(
        SqlState::UndefinedObject,
        format!(
            "constraint {name:?} of relation {:?} does not exist",
            table.name
        ),
    )
}

fn same_set(left: &[ColumnId], right: &[ColumnId]) -> bool {
    left.len() == right.len() && left.iter().all(|column| right.contains(column))
}

/// Whether a stored expression names the column.
pub(crate) fn names_column(text: &str, column: &str) -> bool {
    let Ok(expression) = cairn_syntax::parse_expression(text) else {
        return true;
    };
    visit_expressions(&expression, |expr| match expr {
        Expr::Identifier(ident) if cairn_syntax::Name::folded(ident).as_str() == column => {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

/// Gives a column its new name in the table's checks and computed columns.
pub(crate) fn rename_in_expressions(
    table: &mut TableDescriptor,
    column: &ColumnDescriptor,
    to: &str,
) -> Result<()> {
    for check in &mut table.checks {
        check.condition = renamed(&check.condition, &column.name, to)?;
    }
    for other in &mut table.columns {
        if let Some(text) = &mut other.computed {
            *text = renamed(text, &column.name, to)?;
        }
    }
    Ok(())
}

fn renamed(text: &str, from: &str, to: &str) -> Result<String> {
    let mut expression = cairn_syntax::parse_expression(text)?;
    let _: ControlFlow<()> = visit_expressions_mut(&mut expression, |expr| {
        if let Expr::Identifier(ident) = expr
            && cairn_syntax::Name::folded(ident).as_str() == from
        {
            *ident = crate::change::ident(to);
        }
        ControlFlow::Continue(())
    });
    Ok(expression.to_string())
}
