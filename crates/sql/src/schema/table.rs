//! CREATE TABLE and CREATE DATABASE.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;
use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, Direction, IndexColumn, Privilege, StepState,
    TableDescriptor, TableId,
};
use cairn_storage::Transaction;
use cairn_syntax::ast::{
    CheckConstraint, ColumnOption, CreateTable, CreateTableOptions, Expr, GeneratedExpressionMode,
    Ident, IndexColumn as Part, KeyOrIndexDisplay, NullsDistinctOption, TableConstraint,
    UniqueConstraint,
};

use super::{
    constraint::{self, DeclaredKey},
    generated::{self, Generated},
    place, types,
};
use crate::{Result, SqlError, SqlState, change::name_parts, query::Scope};

/// The name of the hidden primary key of a table that declares none.
pub(crate) const ROW_ID: &str = "rowid";

/// Runs a CREATE TABLE. The answer says whether there is a new table.
pub(crate) async fn create(
    scope: &Scope,
    transaction: &Transaction,
    statement: &CreateTable,
) -> Result<bool> {
    let parts = name_parts(&statement.name)?;
    let (database, name) = place(scope, &parts, Privilege::Create)?;
    if statement.if_not_exists && scope.view.table(database.id, name).is_some() {
        return Ok(false);
    }
    let mut definition = Definition::read(statement)?;
    definition.check_defaults(scope).await?;
    let rules = std::mem::take(&mut definition.rules);
    let generated = std::mem::take(&mut definition.generated);
    let sequences = std::mem::take(&mut definition.sequences);
    let mut table = definition.descriptor(database.id, name)?;
    table.grants = scope.access.of_new_relation(database);
    rules.add_to(scope, &mut table)?;
    table.check()?;
    let table = cairn_catalog::create_table(transaction, table).await?;
    constraint::add_to_new_table(scope, transaction, &table, &rules.foreign_keys).await?;
    if !generated.is_empty() || !sequences.is_empty() {
        let mut table = cairn_catalog::read_table(transaction, table.id).await?;
        generated::link_defaults(transaction, &mut table, sequences).await?;
        generated::attach(scope, transaction, database, &mut table, generated).await?;
    }
    Ok(true)
}

/// What a CREATE TABLE says.
struct Definition {
    columns: Vec<ColumnDescriptor>,
    key: Option<Vec<IndexColumn>>,
    key_name: Option<String>,
    indexes: Vec<DeclaredIndex>,
    rules: Rules,
    /// Columns with a sequence of their own.
    generated: Vec<Generated>,
    /// The sequences that DEFAULTs name.
    sequences: Vec<(ColumnId, Vec<TableId>)>,
}

/// A UNIQUE constraint or an index.
struct DeclaredIndex {
    name: Option<String>,
    parts: Vec<IndexColumn>,
    unique: bool,
    constraint: bool,
}

/// What a CREATE TABLE says about its rows: it is planned once all columns are known.
#[derive(Default)]
struct Rules {
    computed: Vec<(ColumnId, Expr)>,
    checks: Vec<(Option<Ident>, CheckConstraint, Option<ColumnId>)>,
    foreign_keys: Vec<DeclaredKey>,
}

impl Rules {
    /// Adds all but the foreign keys, which want the table to be there.
    fn add_to(&self, scope: &Scope, table: &mut TableDescriptor) -> Result<()> {
        for (id, expression) in &self.computed {
            let Some(column) = table.column(*id).cloned() else {
                return Err(SqlError::internal("a computed column is not there"));
            };
            let text = constraint::computed(scope, table, &column, expression)?;
            for column in table.columns.iter_mut().filter(|known| known.id == *id) {
                column.computed = Some(text.clone());
            }
        }
        for (name, check, of) in &self.checks {
            let of = of.and_then(|id| table.column(id));
            let check = constraint::check(scope, table, check, name.as_ref(), of)?;
            table.checks.push(check);
        }
        Ok(())
    }
}

impl Definition {
    fn read(statement: &CreateTable) -> Result<Self> {
        check_form(statement)?;
        let mut definition = Definition {
            columns: Vec::new(),
            key: None,
            key_name: None,
            indexes: Vec::new(),
            rules: Rules::default(),
            generated: Vec::new(),
            sequences: Vec::new(),
        };
        for column in &statement.columns {
            definition.column(column)?;
        }
        for constraint in &statement.constraints {
            definition.constraint(constraint)?;
        }
        Ok(definition)
    }

    fn column(&mut self, column: &cairn_syntax::ast::ColumnDef) -> Result<()> {
        let name = cairn_syntax::Name::folded(&column.name).0;
        if self.columns.iter().any(|known| known.name == name) {
            return Err(SqlError::new(
                SqlState::DuplicateColumn,
                format!("column {name:?} specified more than once"),
            ));
        }
        let id = ColumnId(u32::try_from(self.columns.len() + 1).unwrap_or(u32::MAX));
        let serial = generated::serial_type(&column.data_type);
        let ty = match serial {
            Some(ty) => ty,
            None => types::column_type(&column.data_type)?,
        };
        if serial.is_some() {
            self.generated.push(Generated::serial(id));
        }
        let mut descriptor = ColumnDescriptor::new(id, &name, ty);
        let part = || {
            vec![IndexColumn {
                column: id,
                direction: Direction::Ascending,
            }]
        };
        for option in &column.options {
            match &option.option {
                ColumnOption::Null => {}
                ColumnOption::NotNull => descriptor.nullable = false,
                ColumnOption::Default(expr) => descriptor.default = Some(expr.to_string()),
                ColumnOption::PrimaryKey(_) => self.set_key(part(), option.name.as_ref())?,
                ColumnOption::Unique(unique) => {
                    check_unique(unique)?;
                    self.indexes.push(DeclaredIndex {
                        name: folded(option.name.as_ref()),
                        parts: part(),
                        unique: true,
                        constraint: true,
                    });
                }
                ColumnOption::ForeignKey(key) => self.rules.foreign_keys.push(DeclaredKey {
                    name: option.name.clone(),
                    key: key.clone(),
                    of: Some(id),
                }),
                ColumnOption::Check(check) => {
                    let check = (option.name.clone(), check.clone(), Some(id));
                    self.rules.checks.push(check);
                }
                ColumnOption::Generated {
                    generation_expr: Some(expression),
                    generation_expr_mode: Some(GeneratedExpressionMode::Stored),
                    ..
                } => self.rules.computed.push((id, expression.clone())),
                ColumnOption::Generated {
                    generated_as,
                    sequence_options,
                    generation_expr: None,
                    ..
                } => {
                    self.generated.push(Generated::identity(
                        id,
                        generated_as,
                        sequence_options.as_deref(),
                    )?);
                }
                ColumnOption::Generated { .. } => {
                    return Err(SqlError::unsupported(format_args!(
                        "column option {}",
                        option.option
                    )));
                }
                ColumnOption::Collation(_) => {
                    return Err(SqlError::unsupported("COLLATE on a column"));
                }
                other => return Err(SqlError::unsupported(format_args!("column option {other}"))),
            }
        }
        let own = self.generated.iter().filter(|own| own.column == id);
        match own.count() {
            0 => {}
            1 => generated::check_own(&descriptor, serial.is_some())?,
            _ => return Err(generated::twice(&name)),
        }
        self.columns.push(descriptor);
        Ok(())
    }

    fn constraint(&mut self, constraint: &TableConstraint) -> Result<()> {
        match constraint {
            TableConstraint::PrimaryKey(key) => {
                let parts = self.parts(&key.columns)?;
                self.set_key(parts, key.name.as_ref())
            }
            TableConstraint::Unique(unique) => {
                check_unique(unique)?;
                let parts = self.parts(&unique.columns)?;
                self.indexes.push(DeclaredIndex {
                    name: folded(unique.name.as_ref().or(unique.index_name.as_ref())),
                    parts,
                    unique: true,
                    constraint: unique.index_type_display != KeyOrIndexDisplay::Index,
                });
                Ok(())
            }
            TableConstraint::ForeignKey(key) => {
                self.rules.foreign_keys.push(DeclaredKey {
                    name: None,
                    key: key.clone(),
                    of: None,
                });
                Ok(())
            }
            TableConstraint::Check(check) => {
                self.rules.checks.push((None, check.clone(), None));
                Ok(())
            }
            TableConstraint::Index(index) => {
                let parts = self.parts(&index.columns)?;
                self.indexes.push(DeclaredIndex {
                    name: folded(index.name.as_ref()),
                    parts,
                    unique: false,
                    constraint: false,
                });
                Ok(())
            }
            other => Err(SqlError::unsupported(format_args!("constraint {other}"))),
        }
    }

    fn set_key(&mut self, parts: Vec<IndexColumn>, name: Option<&Ident>) -> Result<()> {
        if self.key.replace(parts).is_some() {
            return Err(SqlError::new(
                SqlState::InvalidTableDefinition,
                "multiple primary keys for a table are not allowed",
            ));
        }
        self.key_name = name.map(|name| cairn_syntax::Name::folded(name).0);
        Ok(())
    }

    fn parts(&self, parts: &[Part]) -> Result<Vec<IndexColumn>> {
        index_columns(parts, &self.columns)
    }

    /// Plans and evaluates each default once, so that a wrong one is refused now and not at the first INSERT.
    async fn check_defaults(&mut self, scope: &Scope) -> Result<()> {
        for column in &mut self.columns {
            let used = super::default::take_sequences(scope, column)?;
            if !used.is_empty() {
                self.sequences.push((column.id, used));
                continue;
            }
            super::default::evaluate(scope, column).await?;
        }
        Ok(())
    }

    fn descriptor(
        mut self,
        database: cairn_catalog::DatabaseId,
        name: &str,
    ) -> Result<TableDescriptor> {
        let key = match self.key.take() {
            Some(key) => key,
            None => vec![self.add_row_id()],
        };
        let mut table = TableDescriptor::new(database, name, self.columns, key);
        if let Some(key_name) = self.key_name {
            table.primary.name = key_name;
        }
        for declared in self.indexes {
            let ending = if declared.unique { "key" } else { "idx" };
            let name = match declared.name {
                Some(name) => name,
                None => free_name(&table, ending, &declared.parts),
            };
            table.push_index(&name, declared.unique, declared.parts, StepState::Public)?;
            if let Some(index) = table.indexes.last_mut() {
                index.constraint = declared.constraint;
            }
        }
        Ok(table)
    }

    fn add_row_id(&mut self) -> IndexColumn {
        let id = ColumnId(u32::try_from(self.columns.len() + 1).unwrap_or(u32::MAX));
        let mut name = ROW_ID.to_owned();
        while self.columns.iter().any(|column| column.name == name) {
            name.insert(0, '_');
        }
        self.columns.push(ColumnDescriptor {
            nullable: false,
            hidden: true,
            ..ColumnDescriptor::new(id, &name, ColumnType::Int8)
        });
        IndexColumn {
            column: id,
            direction: Direction::Ascending,
        }
    }
}

fn folded(name: Option<&Ident>) -> Option<String> {
    name.map(|name| cairn_syntax::Name::folded(name).0)
}

pub(crate) fn check_unique(unique: &UniqueConstraint) -> Result<()> {
    if unique.nulls_distinct == NullsDistinctOption::NotDistinct {
        return Err(SqlError::unsupported("NULLS NOT DISTINCT"));
    }
    constraint::check_characteristics(unique.characteristics.as_ref())
}

/// A name for an index of these columns that no other index of the table has.
pub(crate) fn free_name(table: &TableDescriptor, ending: &str, parts: &[IndexColumn]) -> String {
    let columns: Vec<&str> = parts
        .iter()
        .filter_map(|part| table.column(part.column))
        .map(|column| column.name.as_str())
        .collect();
    let base = format!("{}_{}_{ending}", table.name, columns.join("_"));
    constraint::numbered(&base, |name| table.index_named(name).is_some())
}

/// The columns of an index, by name.
pub(crate) fn index_columns(
    parts: &[Part],
    columns: &[ColumnDescriptor],
) -> Result<Vec<IndexColumn>> {
    let mut seen = BTreeSet::new();
    parts
        .iter()
        .map(|part| {
            let Expr::Identifier(ident) = &part.column.expr else {
                return Err(SqlError::unsupported("an index over expressions"));
            };
            if part.operator_class.is_some() || part.column.options.nulls_first.is_some() {
                return Err(SqlError::unsupported(
                    "operator classes and NULLS FIRST or LAST in an index",
                ));
            }
            let name = cairn_syntax::Name::folded(ident).0;
            let column = columns
                .iter()
                .find(|column| column.name == name && !column.hidden)
                .ok_or_else(|| {
                    SqlError::new(
                        SqlState::UndefinedColumn,
                        format!("column {name:?} named in key does not exist"),
                    )
                })?;
            if !seen.insert(column.id) {
                return Err(SqlError::new(
                    SqlState::DuplicateColumn,
                    format!("column {name:?} appears twice in a key"),
                ));
            }
            let direction = match part.column.options.asc {
                Some(false) => Direction::Descending,
                _ => Direction::Ascending,
            };
            Ok(IndexColumn {
                column: column.id,
                direction,
            })
        })
        .collect()
}

/// Refuses by name what a CREATE TABLE may also say.
fn check_form(statement: &CreateTable) -> Result<()> {
    let unsupported = [
        (statement.or_replace, "CREATE OR REPLACE TABLE"),
        (statement.temporary, "TEMPORARY tables"),
        (statement.external, "EXTERNAL tables"),
        (statement.query.is_some(), "CREATE TABLE AS"),
        (statement.like.is_some(), "CREATE TABLE LIKE"),
        (statement.inherits.is_some(), "INHERITS"),
        (
            statement.partition_by.is_some() || statement.partition_of.is_some(),
            "PARTITION BY",
        ),
        (statement.on_commit.is_some(), "ON COMMIT"),
        (!says_nothing(&statement.table_options), "table options"),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(SqlError::unsupported(what)),
        None => Ok(()),
    }
}

/// Whether options are PostgreSQL's own defaults: `WITH (fillfactor = 100)`.
fn says_nothing(options: &CreateTableOptions) -> bool {
    match options {
        CreateTableOptions::None => true,
        CreateTableOptions::With(options) => options.iter().all(|option| {
            let text = option.to_string().to_lowercase();
            text.replace(' ', "") == "fillfactor=100"
        }),
        _ => false,
    }
}

/// The Arrow type of a declared parameter type.
pub(crate) fn parameter_type(ty: &cairn_syntax::ast::DataType) -> Result<DataType> {
    Ok(cairn_rows::arrow_type(&types::column_type(ty)?))
}
