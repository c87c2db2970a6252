//! What a statement takes and gives, before it runs: the types of its parameters, the columns of its rows.

use std::{collections::HashMap, sync::Arc};

use arrow::datatypes::{DataType, SchemaRef};
use cairn_catalog::{Privilege, TableDescriptor};
use cairn_syntax::{
    Backup, LocationExpr, OptionValue, Password, Restore, Show, Statement, UserStatement,
    WithOption, ast,
};
use datafusion::{common::ParamValues, logical_expr::LogicalPlan, scalar::ScalarValue};

use super::{Session, backup::is_detached, dispatch};
use crate::{
    Prepared, Result, SqlError, SqlState, bind,
    change::{conflict::OnConflict, delete, insert, name_parts, returning, update},
    query::{Scope, names::resolve_table, origin, output},
    show,
};

impl Session {
    /// Types a statement. What is declared wins over what is inferred; what neither says is a text.
    pub(super) async fn describe(
        &mut self,
        statement: Statement,
        declared: &[Option<DataType>],
    ) -> Result<Prepared> {
        let (inferred, columns) = match &statement {
            Statement::Sql(query) | Statement::Upsert(query) => {
                self.describe_sql(query, declared).await?
            }
            Statement::Show(show) => (texts(show_parameters(show)), Some(show::schema(show))),
            Statement::Backup(backup) => {
                let schema = show::job_schema(is_detached(&backup.options));
                (texts(backup_parameters(backup)), Some(schema))
            }
            Statement::Restore(restore) => {
                let schema = show::job_schema(is_detached(&restore.options));
                (texts(restore_parameters(restore)), Some(schema))
            }
            Statement::Job { job, .. } => {
                let types = self.describe_sql(job, declared).await?.0;
                let ids = types.into_iter().map(|ty| ty.or(Some(DataType::Int64)));
                (ids.collect(), None)
            }
            Statement::User(user) => (texts(user_parameters(user)), None),
            Statement::Copy(_)
            | Statement::Comment(_)
            | Statement::Alter(_)
            | Statement::Prepare { .. }
            | Statement::Grant(_)
            | Statement::SetClusterSetting(_)
            | Statement::ConfigureZone(_)
            | Statement::CreateSequence(_)
            | Statement::AlterSequence(_)
            | Statement::CreateInterleaved(_)
            | Statement::Rename(_)
            | Statement::Vacuum(_)
            | Statement::Later { .. } => (Vec::new(), None),
        };
        Ok(Prepared {
            statement: Some(statement),
            declared: declared.to_vec(),
            parameters: settled(declared, &inferred),
            columns,
        })
    }

    async fn describe_sql(
        &mut self,
        query: &cairn_syntax::Query,
        declared: &[Option<DataType>],
    ) -> Result<(Vec<Option<DataType>>, Option<SchemaRef>)> {
        let statement = query.statement();
        let highest = bind::highest_parameter(&statement);
        match &statement {
            ast::Statement::Query(_) | ast::Statement::Explain { .. } => {
                let mut scope = self.query_scope(query).await?;
                scope.declared = declared.to_vec();
                self.add_empty_sources(query, &mut scope)?;
                let plan = dispatch::plan_select(&scope, statement.clone())?;
                let plans = std::slice::from_ref(&plan);
                let types = parameter_types(&scope, plans, &statement, declared)?;
                let schema = columns_of(&scope, &plan, &settled(declared, &types));
                let schema = origin::marked(&schema, &origin::of_plan(&plan, None));
                Ok((types, Some(schema)))
            }
            ast::Statement::Insert(_) | ast::Statement::Update(_) | ast::Statement::Delete(_) => {
                self.describe_change(&statement, highest, declared).await
            }
            ast::Statement::Execute {
                name: Some(name), ..
            } => {
                let name = name_parts(name)?.join(".");
                Ok((
                    Vec::new(),
                    self.prepared
                        .get(&name)
                        .and_then(|prepared| prepared.columns.clone()),
                ))
            }
            _ => Ok((Vec::new(), None)),
        }
    }

    async fn describe_change(
        &self,
        statement: &ast::Statement,
        highest: usize,
        declared: &[Option<DataType>],
    ) -> Result<(Vec<Option<DataType>>, Option<SchemaRef>)> {
        let returning = returning::of(statement)?;
        if highest == 0 && returning.is_none() {
            return Ok((Vec::new(), None));
        }
        let mut scope = self.scope_now().await?;
        scope.declared = declared.to_vec();
        scope.hidden = !matches!(statement, ast::Statement::Insert(_));
        let table = changed_table(&scope, statement)?;
        let mut plans = plan_change(&scope, statement, &table)?;
        let Some(returning) = returning else {
            let types = parameter_types(&scope, &plans, statement, declared)?;
            return Ok((types, None));
        };
        let plan = returning.plan(&mut scope, &table, None)?;
        plans.push(plan.clone());
        let types = parameter_types(&scope, &plans, statement, declared)?;
        let schema = columns_of(&scope, &plan, &settled(declared, &types));
        let origins = origin::of_plan(&plan, Some(table.as_ref()));
        Ok((types, Some(origin::marked(&schema, &origins))))
    }

    /// Bracketed SHOWs as empty tables: their columns are all that matters here.
    fn add_empty_sources(&self, query: &cairn_syntax::Query, scope: &mut Scope) -> Result<()> {
        for (name, source) in query.sources() {
            let Statement::Show(show) = source else {
                return Err(SqlError::unsupported(
                    source.redacted(&|_| "redacted".to_owned()),
                ));
            };
            let table = datafusion::catalog::memory::MemTable::try_new(
                show::schema(show),
                vec![Vec::new()],
            )?;
            scope.sources.insert(name, Arc::new(table));
        }
        Ok(())
    }
}

fn changed_table(scope: &Scope, statement: &ast::Statement) -> Result<Arc<TableDescriptor>> {
    let (name, need) = match statement {
        ast::Statement::Insert(statement) => (insert::target(statement)?, Privilege::Insert),
        ast::Statement::Update(statement) => (update::target(statement)?, Privilege::Update),
        ast::Statement::Delete(statement) => (delete::target(statement)?.1, Privilege::Delete),
        other => return Err(SqlError::internal(format!("not a change of rows: {other}"))),
    };
    let parts = name_parts(name)?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    resolve_table(scope, &parts, need)
}

/// The queries of a change: for its rows, and for what ON CONFLICT sets.
fn plan_change(
    scope: &Scope,
    statement: &ast::Statement,
    table: &TableDescriptor,
) -> Result<Vec<LogicalPlan>> {
    match statement {
        ast::Statement::Insert(statement) => {
            let mut plans = vec![insert::bind(scope, statement, table)?.plan];
            plans.extend(OnConflict::bind(scope, statement, false, table)?.plan(scope, table)?);
            Ok(plans)
        }
        ast::Statement::Update(statement) => Ok(vec![update::bind(scope, statement, table)?.0]),
        ast::Statement::Delete(statement) => Ok(vec![delete::bind(scope, statement, table)?]),
        other => Err(SqlError::internal(format!("not a change of rows: {other}"))),
    }
}

/// The types of $1, $2, …: those their places state, and those DataFusion finds. One that stands nowhere must be declared.
fn parameter_types(
    scope: &Scope,
    plans: &[LogicalPlan],
    statement: &ast::Statement,
    declared: &[Option<DataType>],
) -> Result<Vec<Option<DataType>>> {
    let highest = bind::highest_parameter(statement);
    if highest == 0 {
        return Ok(Vec::new());
    }
    let stated = bind::stated_parameters(statement);
    let mut known: HashMap<String, Option<DataType>> = HashMap::new();
    for plan in plans {
        let analyzed = scope.state.analyzer().execute_and_check(
            plan.clone(),
            scope.state.config_options(),
            |_, _| {},
        );
        // A plan with unknown parameters may not be analysable; what is known is known before, too.
        let types = match analyzed {
            Ok(plan) => plan.get_parameter_types()?,
            Err(_) => plan.get_parameter_types()?,
        };
        for (name, ty) in types {
            let known = known.entry(name).or_default();
            *known = known.take().or(ty);
        }
    }
    (1..=highest)
        .map(|number| {
            match (
                stated.get(number - 1).cloned().flatten(),
                known.get(&format!("${number}")),
            ) {
                (Some(ty), _) => Ok(Some(ty)),
                (None, Some(ty)) => Ok(ty.clone()),
                (None, None) if matches!(declared.get(number - 1), Some(Some(_))) => Ok(None),
                (None, None) => Err(SqlError::new(
                    SqlState::UndefinedParameter,
                    format!("could not determine data type of parameter ${number}"),
                )),
            }
        })
        .collect()
}

fn texts(highest: usize) -> Vec<Option<DataType>> {
    vec![Some(DataType::Utf8); highest]
}

fn show_parameters(show: &Show) -> usize {
    match show {
        Show::Backup {
            locations, options, ..
        } => highest(locations, options),
        Show::BackupConnection(location) => highest([location], &[]),
        _ => 0,
    }
}

fn user_parameters(statement: &UserStatement) -> usize {
    match statement {
        UserStatement::Create {
            password: Some(Password::Placeholder(number)),
            ..
        }
        | UserStatement::Alter {
            password: Password::Placeholder(number),
            ..
        } => *number,
        _ => 0,
    }
}

fn backup_parameters(backup: &Backup) -> usize {
    highest(
        std::iter::once(&backup.to).chain(&backup.incremental_from),
        &backup.options,
    )
}

fn restore_parameters(restore: &Restore) -> usize {
    highest(&restore.from, &restore.options)
}

fn highest<'a>(
    locations: impl IntoIterator<Item = &'a LocationExpr>,
    options: &[WithOption],
) -> usize {
    let of_options = options.iter().filter_map(|option| match option.value {
        Some(OptionValue::Placeholder(number)) => Some(number),
        _ => None,
    });
    locations
        .into_iter()
        .map(of_location)
        .chain(of_options)
        .max()
        .unwrap_or(0)
}

fn of_location(location: &LocationExpr) -> usize {
    match location {
        LocationExpr::Text(_) => 0,
        LocationExpr::Placeholder(number) => *number,
        LocationExpr::List(list) => list.iter().map(of_location).max().unwrap_or(0),
    }
}

/// The parameters' types as they are: what is declared wins over what is inferred; what neither says is a text.
fn settled(declared: &[Option<DataType>], inferred: &[Option<DataType>]) -> Vec<DataType> {
    let of = |types: &[Option<DataType>], place| types.get(place).cloned().flatten();
    (0..declared.len().max(inferred.len()))
        .map(|place| of(declared, place).or_else(|| of(inferred, place)))
        .map(|ty| ty.unwrap_or(DataType::Utf8))
        .collect()
}

/// The columns of a query as they will be, with values of these types for its parameters: a rule of the analyzer may give a column
/// another type than it was planned with.
fn columns_of(scope: &Scope, plan: &LogicalPlan, parameters: &[DataType]) -> SchemaRef {
    let state = &scope.state;
    let filled = with_nulls(plan, parameters);
    let analyzed = filled.and_then(|plan| {
        let options = state.config_options();
        state.analyzer().execute_and_check(plan, options, |_, _| {})
    });
    let schema = match &analyzed {
        Ok(analyzed) => analyzed.schema(),
        // It does not run either, and says then why.
        Err(_) => plan.schema(),
    };
    output::shown_schema(schema.as_arrow())
}

/// A plan with a NULL of its type for each parameter.
fn with_nulls(
    plan: &LogicalPlan,
    parameters: &[DataType],
) -> datafusion::common::Result<LogicalPlan> {
    if parameters.is_empty() {
        return Ok(plan.clone());
    }
    let nulls = parameters.iter().map(ScalarValue::try_from);
    let nulls = nulls.collect::<datafusion::common::Result<Vec<_>>>()?;
    plan.clone().with_param_values(ParamValues::from(nulls))
}
