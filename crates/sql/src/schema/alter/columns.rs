//! Columns added, dropped, renamed and changed.

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, ConstraintState, Error, Part, StepState,
};
use cairn_rows::Datum;
use cairn_syntax::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, DropBehavior,
    GeneratedExpressionMode, Ident,
};

use super::{Alteration, constraints};
use crate::{
    Notice, Result, SqlError, SqlState,
    change::insert::column_named,
    schema::{constraint::computed, default, dependents, types},
};

impl Alteration<'_> {
    /// Whether an action fills or checks rows, if there are any.
    pub(super) fn fills(&self, operation: &AlterTableOperation) -> Result<bool> {
        use AlterTableOperation as O;
        Ok(match operation {
            O::AddColumn {
                column_def,
                if_not_exists,
                ..
            } => {
                let name = cairn_syntax::Name::folded(&column_def.name).0;
                let there = *if_not_exists && self.table.column_named(&name).is_some();
                !there && self.definition_fills(column_def)?
            }
            O::AddConstraint { not_valid, .. } => !not_valid,
            O::ValidateConstraint { name } => {
                let name = cairn_syntax::Name::folded(name).0;
                constraints::state_of(&self.table, &name) == Some(ConstraintState::NotValid)
            }
            O::AlterColumn {
                column_name,
                op: AlterColumnOperation::SetNotNull,
            } => self.column(column_name)?.nullable,
            _ => false,
        })
    }

    fn definition_fills(&self, definition: &ColumnDef) -> Result<bool> {
        for option in &definition.options {
            let fills = match &option.option {
                ColumnOption::Default(expr) => default::is_volatile(self.scope, expr)?,
                ColumnOption::Null | ColumnOption::NotNull => false,
                _ => true,
            };
            if fills {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) async fn add_column(
        &mut self,
        definition: &ColumnDef,
        if_not_exists: bool,
    ) -> Result<()> {
        let name = cairn_syntax::Name::folded(&definition.name).0;
        if self.table.column_named(&name).is_some() {
            if if_not_exists {
                self.notices.push(Notice::skipping(&format!(
                    "column {name:?} of relation {:?} already exists",
                    self.table.name
                )));
                return Ok(());
            }
            return Err(SqlError::new(
                SqlState::DuplicateColumn,
                format!(
                    "column {name:?} of relation {:?} already exists",
                    self.table.name
                ),
            ));
        }
        let id = self.table.next_column;
        let next = id.0.checked_add(1).ok_or(Error::IdsExhausted {
            what: "columns of a table",
        })?;
        let mut column =
            ColumnDescriptor::new(id, &name, types::column_type(&definition.data_type)?);
        for option in &definition.options {
            match &option.option {
                ColumnOption::Null => {}
                ColumnOption::NotNull => column.nullable = false,
                ColumnOption::Default(expr) => column.default = Some(expr.to_string()),
                ColumnOption::PrimaryKey(_) => {
                    return Err(SqlError::unsupported("ADD COLUMN … PRIMARY KEY")
                        .hint("add the column NOT NULL first, then use ALTER PRIMARY KEY"));
                }
                ColumnOption::Unique(_) | ColumnOption::Check(_) | ColumnOption::ForeignKey(_) => {}
                ColumnOption::Generated {
                    generation_expr: Some(expression),
                    generation_expr_mode: Some(GeneratedExpressionMode::Stored),
                    ..
                } => {
                    let text = computed(self.scope, &self.table, &column, expression)?;
                    column.computed = Some(text);
                }
                other => return Err(SqlError::unsupported(format_args!("column option {other}"))),
            }
        }
        self.fill(&mut column).await?;
        self.table.next_column = ColumnId(next);
        self.table.columns.push(column);
        for option in &definition.options {
            self.add_column_constraint(id, option).await?;
        }
        Ok(())
    }

    /// Says what the rows there are hold in the new column: one value for all, stored once, or one of their own each.
    async fn fill(&mut self, column: &mut ColumnDescriptor) -> Result<()> {
        let sequences = default::take_sequences(self.scope, column)?;
        let (value, volatile) = if !sequences.is_empty() {
            self.using.push((column.id, sequences));
            (Datum::Null, true)
        } else {
            match default::evaluate(self.scope, column).await? {
                None => (Datum::Null, column.computed.is_some()),
                Some(default) => (default.value, default.volatile),
            }
        };
        if !self.has_rows {
            return Ok(());
        }
        if value.is_null() && !column.nullable && !volatile {
            return Err(holds_nulls(&self.table.name, &column.name)
                .hint("add the column with a DEFAULT, or without NOT NULL"));
        }
        if !volatile && !value.is_null() {
            let mut text = String::new();
            value.write_text(&column.ty, &mut text);
            column.missing_value = Some(text);
        }
        if self.stepwise {
            column.state = StepState::WriteOnly;
            let not_null = volatile && !column.nullable;
            if not_null {
                column.nullable = true;
            }
            self.parts.push(Part::Column {
                column: column.id,
                fill: volatile,
                not_null,
            });
        }
        Ok(())
    }

    pub(super) fn drop_column(
        &mut self,
        name: &Ident,
        if_exists: bool,
        behavior: Option<DropBehavior>,
    ) -> Result<()> {
        let folded = cairn_syntax::Name::folded(name).0;
        if if_exists
            && !self
                .table
                .column_named(&folded)
                .is_some_and(ColumnDescriptor::is_visible)
        {
            self.notices.push(Notice::skipping(&format!(
                "column {folded:?} of relation {:?} does not exist",
                self.table.name
            )));
            return Ok(());
        }
        let column = self.column(name)?.clone();
        if self.table.is_primary_key(column.id) {
            return Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!(
                    "cannot drop column {:?} because it is part of the primary key",
                    column.name
                ),
            )
            .hint("use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS first"));
        }
        let cascade = behavior == Some(DropBehavior::Cascade);
        dependents::release_column(self, &column, cascade)?;
        // Its own indexes and constraints go with it, as in PostgreSQL.
        let id = column.id;
        let of_column = |columns: &[ColumnId]| columns.contains(&id);
        self.table
            .indexes
            .retain(|index| index.columns.iter().all(|part| part.column != id));
        self.table.checks.retain(|check| !of_column(&check.columns));
        let keys: Vec<String> = self
            .table
            .foreign_keys
            .iter()
            .filter(|key| of_column(&key.columns))
            .map(|key| key.name.clone())
            .collect();
        for key in keys {
            self.remove_foreign_key(&key);
        }
        self.using.retain(|(using, _)| *using != id);
        if !column.uses_sequences.is_empty() {
            self.forgetting.push(id);
        }
        self.table.columns.retain(|other| other.id != id);
        self.release_referring(cascade, &format!("column {:?}", column.name))
    }

    pub(super) fn rename_column(&mut self, from: &Ident, to: &Ident) -> Result<()> {
        let column = self.column(from)?.clone();
        let to = cairn_syntax::Name::folded(to).0;
        if column.name == to {
            return Ok(());
        }
        if self.table.column_named(&to).is_some() {
            return Err(SqlError::new(
                SqlState::DuplicateColumn,
                format!(
                    "column {to:?} of relation {:?} already exists",
                    self.table.name
                ),
            ));
        }
        dependents::refuse_views(self.scope, &self.table, &column, "rename")?;
        constraints::rename_in_expressions(&mut self.table, &column, &to)?;
        for other in &mut self.table.columns {
            if other.id == column.id {
                other.name.clone_from(&to);
            }
        }
        Ok(())
    }

    pub(super) async fn alter_column(
        &mut self,
        name: &Ident,
        operation: &AlterColumnOperation,
    ) -> Result<()> {
        use AlterColumnOperation as O;
        let mut column = self.column(name)?.clone();
        match operation {
            O::SetDefault { value } => {
                if column.computed.is_some() || column.identity.is_some() {
                    return Err(SqlError::new(
                        SqlState::SyntaxError,
                        format!(
                            "column {:?} of relation {:?} is a generated column",
                            column.name, self.table.name
                        ),
                    ));
                }
                column.default = Some(value.to_string());
                self.forget_sequences(&mut column);
                let sequences = default::take_sequences(self.scope, &mut column)?;
                if sequences.is_empty() {
                    default::evaluate(self.scope, &column).await?;
                } else {
                    self.using.push((column.id, sequences));
                }
            }
            O::DropDefault => {
                column.default = None;
                self.forget_sequences(&mut column);
            }
            O::SetNotNull => return self.set_not_null(column),
            O::DropNotNull => {
                if self.table.is_primary_key(column.id) {
                    return Err(SqlError::new(
                        SqlState::InvalidTableDefinition,
                        format!("column {:?} is in a primary key", column.name),
                    ));
                }
                column.nullable = true;
            }
            O::SetDataType {
                data_type, using, ..
            } => {
                if using.is_some() {
                    return Err(SqlError::unsupported("ALTER COLUMN … TYPE … USING"));
                }
                let ty = types::column_type(data_type)?;
                self.check_new_type(&column, &ty)?;
                column.ty = ty;
            }
            O::AddGenerated { .. } => {
                return Err(SqlError::unsupported("ALTER COLUMN … ADD GENERATED"));
            }
        }
        self.put_column(column);
        Ok(())
    }

    fn forget_sequences(&mut self, column: &mut ColumnDescriptor) {
        self.using.retain(|(using, _)| *using != column.id);
        if !column.uses_sequences.is_empty() {
            column.uses_sequences.clear();
            self.forgetting.push(column.id);
        }
    }

    fn set_not_null(&mut self, mut column: ColumnDescriptor) -> Result<()> {
        if !column.nullable {
            return Ok(());
        }
        if self.stepwise {
            column.validating_not_null = true;
            self.parts.push(Part::NotNull { column: column.id });
        } else {
            column.nullable = false;
        }
        self.put_column(column);
        Ok(())
    }

    /// Whether every stored value of the column reads the same as the new type.
    fn check_new_type(&self, column: &ColumnDescriptor, ty: &ColumnType) -> Result<()> {
        if column.ty == *ty {
            return Ok(());
        }
        dependents::refuse_views(self.scope, &self.table, column, "alter type of")?;
        let own = &self.table.foreign_keys;
        let referring = own.iter().any(|key| key.columns.contains(&column.id));
        if !is_wider(&column.ty, ty)
            || referring
            || dependents::is_referenced(self.scope, &self.table, column.id)
            || column.computed.is_some()
        {
            return Err(SqlError::unsupported(format_args!(
                "ALTER COLUMN TYPE from {} to {}",
                column.ty, ty
            ))
            .hint("add a column of the new type, UPDATE it, drop the old one and rename it"));
        }
        Ok(())
    }

    /// A column that statements may name.
    pub(super) fn column(&self, name: &Ident) -> Result<&ColumnDescriptor> {
        column_named(&self.table, &cairn_syntax::Name::folded(name).0)
    }

    pub(super) fn put_column(&mut self, column: ColumnDescriptor) {
        for other in &mut self.table.columns {
            if other.id == column.id {
                *other = column;
                return;
            }
        }
    }
}

/// Whether everything that `from` holds is also of the type `to`, in stored bytes and in a backup's files alike.
fn is_wider(from: &ColumnType, to: &ColumnType) -> bool {
    use ColumnType as T;
    match (from, to) {
        (T::String { max: Some(_) }, T::String { max: None }) => true,
        (T::String { max: Some(from) }, T::String { max: Some(to) }) => to >= from,
        _ => false,
    }
}

pub(crate) fn holds_nulls(table: &str, column: &str) -> SqlError {
    SqlError::new(
        SqlState::NotNullViolation,
        format!("column {column:?} of relation {table:?} contains null values"),
    )
}
