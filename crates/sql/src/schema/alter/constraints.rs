//! Constraints added, dropped and validated.

use cairn_catalog::{
    CheckConstraint, ColumnDescriptor, ColumnId, ConstraintState, Direction, ForeignKey,
    IndexColumn, Part, StepState, TableDescriptor, TableId,
};
use cairn_syntax::ast::{
    self, ColumnOption, ColumnOptionDef, DropBehavior, ForeignKeyConstraint, Ident,
    TableConstraint, UniqueConstraint,
};

use super::{Alteration, names::constraint_exists};
use crate::{
    Notice, Result, SqlError, SqlState,
    schema::{
        constraint::{self, given_name, wanted_index},
        table::{check_unique, free_name, index_columns},
    },
};

impl Alteration<'_> {
    /// The constraint that stands behind a new column.
    pub(super) async fn add_column_constraint(
        &mut self,
        column: ColumnId,
        option: &ColumnOptionDef,
    ) -> Result<()> {
        let name = option.name.as_ref();
        match &option.option {
            ColumnOption::Unique(unique) => {
                check_unique(unique)?;
                let part = IndexColumn {
                    column,
                    direction: Direction::Ascending,
                };
                self.add_unique(name, vec![part])
            }
            ColumnOption::Check(check) => self.add_check(check, name, Some(column), false),
            ColumnOption::ForeignKey(key) => {
                self.add_foreign_key(key, name, Some(column), false).await
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn add_constraint(
        &mut self,
        declared: &TableConstraint,
        not_valid: bool,
    ) -> Result<()> {
        match declared {
            TableConstraint::Unique(_) | TableConstraint::PrimaryKey(_) if not_valid => {
                Err(SqlError::new(
                    SqlState::FeatureNotSupported,
                    "UNIQUE and PRIMARY KEY constraints cannot be marked NOT VALID",
                ))
            }
            TableConstraint::Unique(unique) => self.add_declared_unique(unique),
            TableConstraint::Check(check) => self.add_check(check, None, None, not_valid),
            TableConstraint::ForeignKey(key) => {
                self.add_foreign_key(key, None, None, not_valid).await
            }
            TableConstraint::PrimaryKey(key) => self.add_primary_key(key).await,
            other => Err(SqlError::unsupported(format_args!(
                "ADD CONSTRAINT {other}"
            ))),
        }
    }

    fn add_declared_unique(&mut self, unique: &UniqueConstraint) -> Result<()> {
        check_unique(unique)?;
        let parts = index_columns(&unique.columns, &self.table.columns)?;
        self.add_unique(unique.name.as_ref().or(unique.index_name.as_ref()), parts)
    }

    fn add_unique(&mut self, name: Option<&Ident>, parts: Vec<IndexColumn>) -> Result<()> {
        let name = match name {
            Some(name) => given_name(&self.table, name)?,
            None => free_name(&self.table, "key", &parts),
        };
        self.push_index(&name, true, parts)?;
        if let Some(last) = self.table.indexes.last_mut() {
            last.constraint = true;
        }
        Ok(())
    }

    /// An index that is public at once, or part of what is begun.
    pub(crate) fn push_index(
        &mut self,
        name: &str,
        unique: bool,
        parts: Vec<IndexColumn>,
    ) -> Result<()> {
        let state = match self.stepwise {
            true => StepState::WriteOnly,
            false => StepState::Public,
        };
        let index = self.table.push_index(name, unique, parts, state)?;
        if self.stepwise {
            self.parts.push(Part::Index { index: index.id });
        }
        Ok(())
    }

    fn add_check(
        &mut self,
        declared: &ast::CheckConstraint,
        name: Option<&Ident>,
        of: Option<ColumnId>,
        not_valid: bool,
    ) -> Result<()> {
        let of = of.and_then(|id| self.table.column(id));
        let check = constraint::check(self.scope, &self.table, declared, name, of)?;
        let state = self.state_of_new(not_valid);
        if state == ConstraintState::Validating {
            self.parts.push(Part::Check {
                name: check.name.clone(),
            });
        }
        self.table.checks.push(CheckConstraint { state, ..check });
        Ok(())
    }

    async fn add_foreign_key(
        &mut self,
        declared: &ForeignKeyConstraint,
        name: Option<&Ident>,
        of: Option<ColumnId>,
        not_valid: bool,
    ) -> Result<()> {
        let of = of.and_then(|id| self.table.column(id));
        let key = constraint::foreign_key(
            self.scope,
            self.transaction,
            &self.table,
            declared,
            name,
            of,
        )
        .await?;
        let state = self.state_of_new(not_valid);
        if state == ConstraintState::Validating {
            self.parts.push(Part::ForeignKey {
                name: key.name.clone(),
            });
        }
        if let Some((name, parts)) = wanted_index(&self.table, &key) {
            // Without one, each change of the other table would read all of this one.
            if self.has_rows && !self.stepwise {
                self.notices.push(Notice::warning(
                    SqlState::SuccessfulCompletion,
                    &format!(
                        "no index begins with the columns of foreign key {:?}; create one",
                        key.name
                    ),
                ));
            } else {
                self.push_index(&name, false, parts)?;
            }
        }
        self.new_keys.push(ForeignKey { state, ..key });
        Ok(())
    }

    fn state_of_new(&self, not_valid: bool) -> ConstraintState {
        match (not_valid, self.stepwise) {
            (true, _) => ConstraintState::NotValid,
            (false, true) => ConstraintState::Validating,
            (false, false) => ConstraintState::Public,
        }
    }

    pub(super) fn drop_constraint(
        &mut self,
        name: &Ident,
        if_exists: bool,
        behavior: Option<DropBehavior>,
    ) -> Result<()> {
        let name = cairn_syntax::Name::folded(name).0;
        let cascade = behavior == Some(DropBehavior::Cascade);
        let before = self.table.clone();
        if before.primary.name == name {
            return Err(
                SqlError::unsupported("DROP CONSTRAINT of a primary key alone").hint(
                    "use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS, or add the new one in the same statement",
                ),
            );
        }
        self.table
            .indexes
            .retain(|index| !(index.unique && index.name == name));
        self.table.checks.retain(|check| check.name != name);
        if self.table.foreign_keys.iter().any(|key| key.name == name) {
            self.remove_foreign_key(&name);
        }
        if self.table == before {
            if !if_exists {
                return Err(unknown(&self.table, &name));
            }
            self.notices.push(Notice::skipping(&format!(
                "constraint {name:?} of relation {:?} does not exist",
                self.table.name
            )));
        }
        self.release_referring(cascade, &format!("constraint {name:?}"))
    }

    /// Takes a foreign key of the table's own away.
    pub(super) fn remove_foreign_key(&mut self, name: &str) {
        self.table.foreign_keys.retain(|key| key.name != name);
        self.dropped_keys.push((self.table.id, name.to_owned()));
    }

    /// Foreign keys that refer to what is unique no more: they go with CASCADE, or forbid it.
    pub(crate) fn release_referring(&mut self, cascade: bool, what: &str) -> Result<()> {
        for (table, name, referring) in self.loose_keys() {
            if !cascade {
                return Err(SqlError::new(
                    SqlState::DependentObjectsStillExist,
                    format!(
                        "cannot drop {what} because foreign key {name:?} of relation {referring:?} depends on it"
                    ),
                )
                .hint("use CASCADE to drop the foreign key too"));
            }
            if table == self.table.id {
                self.table.foreign_keys.retain(|key| key.name != name);
            }
            self.dropped_keys.push((table, name));
        }
        Ok(())
    }

    /// The foreign keys without a unique index to refer to: their table, their name, and their table's name.
    fn loose_keys(&self) -> Vec<(TableId, String, String)> {
        let others = self
            .table
            .referenced_by
            .iter()
            .filter(|id| **id != self.table.id)
            .filter_map(|id| self.scope.view.written_table(*id))
            .map(AsRef::as_ref);
        let mut loose = Vec::new();
        for table in others.chain([&self.table]) {
            for key in &table.foreign_keys {
                let gone = (table.id, key.name.clone());
                if key.referenced == self.table.id
                    && self
                        .table
                        .unique_index_over(&key.referenced_columns)
                        .is_none()
                    && !self.dropped_keys.contains(&gone)
                {
                    loose.push((table.id, key.name.clone(), table.name.clone()));
                }
            }
        }
        loose
    }

    pub(super) fn validate_constraint(&mut self, name: &Ident) -> Result<()> {
        let name = cairn_syntax::Name::folded(name).0;
        match state_of(&self.table, &name) {
            None if constraint_exists(&self.table, &name) => Err(SqlError::new(
                SqlState::WrongObjectType,
                format!(
                    "constraint {name:?} of relation {:?} is not a foreign key or check constraint",
                    self.table.name
                ),
            )),
            None => Err(unknown(&self.table, &name)),
            Some(ConstraintState::NotValid) if self.stepwise => {
                self.parts.push(Part::Validation { name });
                Ok(())
            }
            Some(_) => {
                let checks = self.table.checks.iter_mut();
                for check in checks.filter(|check| check.name == name) {
                    check.state = ConstraintState::Public;
                }
                let keys = self.table.foreign_keys.iter_mut();
                for key in keys.filter(|key| key.name == name) {
                    key.state = ConstraintState::Public;
                }
                Ok(())
            }
        }
    }
}

/// The state of a CHECK or foreign key.
pub(super) fn state_of(table: &TableDescriptor, name: &str) -> Option<ConstraintState> {
    let check = table.checks.iter().find(|check| check.name == name);
    let key = table.foreign_keys.iter().find(|key| key.name == name);
    check
        .map(|check| check.state)
        .or_else(|| key.map(|key| key.state))
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

/// Whether a stored expression names the column.
pub(crate) fn names_column(text: &str, column: &str) -> Result<bool> {
    let expression = cairn_syntax::parse_expression(text)?;
    Ok(cairn_syntax::columns_of(&expression).contains(column))
}

/// Gives a column its new name in the table's checks and computed columns.
pub(crate) fn rename_in_expressions(
    table: &mut TableDescriptor,
    column: &ColumnDescriptor,
    to: &str,
) -> Result<()> {
    for check in &mut table.checks {
        check.condition = cairn_syntax::rename_column(&check.condition, &column.name, to)?;
    }
    for other in &mut table.columns {
        if let Some(text) = &mut other.computed {
            *text = cairn_syntax::rename_column(text, &column.name, to)?;
        }
    }
    Ok(())
}
