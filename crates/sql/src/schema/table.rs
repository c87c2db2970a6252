//! CREATE TABLE and CREATE DATABASE.

use arrow::datatypes::DataType;
use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, Direction, IndexColumn, Privilege, StepState,
    TableDescriptor,
};
use cairn_storage::Transaction;
use cairn_syntax::ast::{
    ColumnOption, CreateTable, CreateTableOptions, Expr, Ident, IndexColumn as Part,
    TableConstraint,
};

use super::{place, types};
use crate::{
    Result, SqlError, SqlState,
    change::{assign, name_parts},
    query::Scope,
};

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
    let mut table = definition.descriptor(database.id, name)?;
    table.grants = scope.access.of_new_relation(database);
    cairn_catalog::create_table(transaction, table).await?;
    Ok(true)
}

/// What a CREATE TABLE says.
struct Definition {
    columns: Vec<ColumnDescriptor>,
    key: Option<Vec<IndexColumn>>,
    key_name: Option<String>,
    unique: Vec<(Option<String>, Vec<IndexColumn>)>,
}

impl Definition {
    fn read(statement: &CreateTable) -> Result<Self> {
        check_form(statement)?;
        let mut definition = Definition {
            columns: Vec::new(),
            key: None,
            key_name: None,
            unique: Vec::new(),
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
        let id = ColumnId(u32::try_from(self.columns.len() + 1).unwrap_or(u32::MAX));
        let mut descriptor =
            ColumnDescriptor::new(id, &name, types::column_type(&column.data_type)?);
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
                ColumnOption::Unique(_) => {
                    let name = option
                        .name
                        .as_ref()
                        .map(|name| cairn_syntax::Name::folded(name).0);
                    self.unique.push((name, part()));
                }
                ColumnOption::ForeignKey(_) => return Err(SqlError::unsupported("FOREIGN KEY")),
                ColumnOption::Check(_) => return Err(SqlError::unsupported("CHECK")),
                ColumnOption::Generated { .. } => {
                    return Err(SqlError::unsupported("GENERATED columns"));
                }
                ColumnOption::Collation(_) => {
                    return Err(SqlError::unsupported("COLLATE on a column"));
                }
                other => return Err(SqlError::unsupported(format_args!("column option {other}"))),
            }
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
                let parts = self.parts(&unique.columns)?;
                let name = unique.name.as_ref().or(unique.index_name.as_ref());
                self.unique
                    .push((name.map(|name| cairn_syntax::Name::folded(name).0), parts));
                Ok(())
            }
            TableConstraint::ForeignKey(_) => Err(SqlError::unsupported("FOREIGN KEY")),
            TableConstraint::Check(_) => Err(SqlError::unsupported("CHECK")),
            TableConstraint::Index(_) => Err(SqlError::unsupported("INDEX inside CREATE TABLE")
                .hint("use CREATE INDEX after it")),
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
        for column in &self.columns {
            let Some(text) = &column.default else {
                continue;
            };
            let query = crate::change::update::select(
                vec![cairn_syntax::ast::SelectItem::UnnamedExpr(
                    cairn_syntax::parse_expression(text)?,
                )],
                Vec::new(),
                None,
            )?;
            let plan = scope.plan_query(query, &[])?;
            let rows: Vec<_> = futures::TryStreamExt::try_collect(scope.run(&plan).await?).await?;
            for batch in &rows {
                assign::rows(batch, &[column])?;
            }
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
        for (given, parts) in self.unique {
            let name = match given {
                Some(name) => name,
                None => free_name(&table, "key", &parts),
            };
            table.push_index(&name, true, parts, StepState::Public)?;
        }
        table.check()?;
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

/// A name for an index of these columns that no other index of the table has.
pub(crate) fn free_name(table: &TableDescriptor, ending: &str, parts: &[IndexColumn]) -> String {
    let columns: Vec<&str> = parts
        .iter()
        .filter_map(|part| table.column(part.column))
        .map(|column| column.name.as_str())
        .collect();
    let base = format!("{}_{}_{ending}", table.name, columns.join("_"));
    let mut name = base.clone();
    let mut number = 0;
    while table.index_named(&name).is_some() {
        number += 1;
        name = format!("{base}{number}");
    }
    name
}

/// The columns of an index, by name.
pub(crate) fn index_columns(
    parts: &[Part],
    columns: &[ColumnDescriptor],
) -> Result<Vec<IndexColumn>> {
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
        (
            !matches!(statement.table_options, CreateTableOptions::None),
            "table options",
        ),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(SqlError::unsupported(what)),
        None => Ok(()),
    }
}

/// The Arrow type of a declared parameter type.
pub(crate) fn parameter_type(ty: &cairn_syntax::ast::DataType) -> Result<DataType> {
    if types::is_bare_decimal(ty) {
        return Ok(DataType::Decimal128(38, 10));
    }
    Ok(cairn_rows::arrow_type(&types::column_type(ty)?))
}
