//! Names in queries: tables, functions and types, as SqlToRel asks for them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use cairn_catalog::{ObjectKind, Privilege, TableDescriptor, View};
use cairn_syntax::ast;
use datafusion::{
    common::{Result, TableReference},
    config::ConfigOptions,
    datasource::{TableProvider, cte_worktable::CteWorkTable, provider_as_source},
    logical_expr::{
        AggregateUDF, Expr, HigherOrderUDF, ScalarUDF, TableSource, WindowUDF,
        planner::{ContextProvider, ExprPlanner, TypePlanner},
    },
};

use super::{
    cast, functions, late::LateTable, library, literal::LiteralPlanner, mixed, negation,
    operators::OperatorPlanner, ordered, qualifiers::FieldPlanner, scope::Scope,
    sequence::Sequence, series, sizes, table::Table, totals, view,
};
use crate::{SqlError, SqlState, access::Need, pg_catalog, schema::types};

/// The one schema of every database.
pub(crate) const PUBLIC: &str = "public";

pub(crate) struct Names<'a> {
    scope: &'a Scope,
    planners: Vec<Arc<dyn ExprPlanner>>,
    /// Whether a name was taken for a field of a column.
    field: Arc<AtomicBool>,
}

impl<'a> Names<'a> {
    pub fn new(scope: &'a Scope) -> Self {
        let fields = FieldPlanner::default();
        let field = fields.found();
        let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![
            Arc::new(fields),
            Arc::new(OperatorPlanner),
            Arc::new(LiteralPlanner {
                zone: scope.facts.zone,
            }),
            Arc::new(pg_catalog::CatalogPlanner),
        ];
        planners.extend(scope.state.expr_planners().iter().cloned());
        Names {
            scope,
            planners,
            field,
        }
    }

    /// Whether what was planned took a name for a field of a column, which none has.
    pub fn met_field(&self) -> bool {
        self.field.load(Ordering::Relaxed)
    }

    fn provider(&self, name: &TableReference) -> crate::Result<Arc<dyn TableProvider>> {
        let (database, schema, table) = match name {
            TableReference::Bare { table } => {
                if let Some(source) = self.scope.sources.get(table.as_ref()) {
                    return Ok(source.clone());
                }
                (None, None, table.as_ref())
            }
            TableReference::Partial { schema, table } => {
                (None, Some(schema.as_ref()), table.as_ref())
            }
            TableReference::Full {
                catalog,
                schema,
                table,
            } => (
                Some(catalog.as_ref()),
                Some(schema.as_ref()),
                table.as_ref(),
            ),
        };
        if let Some(system) = pg_catalog::table(self.scope, database, schema, table)? {
            return Ok(system);
        }
        let parts: Vec<&str> = database.into_iter().chain(schema).chain([table]).collect();
        let descriptor = resolve_table(self.scope, &parts, Privilege::Select)?;
        self.scope
            .touched
            .lock()
            .insert(descriptor.id, descriptor.clone());
        match &descriptor.kind {
            ObjectKind::View(definition) => view::provider(self.scope, &descriptor, definition),
            ObjectKind::Sequence(_) => {
                Ok(Arc::new(LateTable(Sequence::new(self.scope, descriptor))))
            }
            _ => Ok(Arc::new(Table::new(self.scope, descriptor)?)),
        }
    }
}

/// Finds a table by one, two or three names: `table`, `database.table` or `public.table`, `database.public.table`.
///
/// `need` is what the statement needs of it; without that the answer is 42501.
pub(crate) fn resolve_table(
    scope: &Scope,
    parts: &[&str],
    need: impl Into<Need>,
) -> crate::Result<Arc<TableDescriptor>> {
    let found = find_relation(&scope.view, &scope.facts.database, parts)?;
    scope.access.relation(&found, need)?;
    Ok(found)
}

/// Refuses to write rows of what is no table. `verb` is what the statement does.
pub(crate) fn check_writable(relation: &TableDescriptor, verb: &str) -> crate::Result<()> {
    match &relation.kind {
        ObjectKind::View(_) => Err(SqlError::new(
            SqlState::WrongObjectType,
            format!("cannot {verb} view {:?}", relation.name),
        )
        .hint("write to the tables that it reads")),
        ObjectKind::Sequence(_) => Err(SqlError::new(
            SqlState::WrongObjectType,
            format!("cannot {verb} sequence {:?}", relation.name),
        )
        .hint("use setval() or ALTER SEQUENCE")),
        _ => Ok(()),
    }
}

/// The same without asking for rights: the caller does.
pub(crate) fn find_relation(
    view: &View,
    current: &str,
    parts: &[&str],
) -> crate::Result<Arc<TableDescriptor>> {
    let unknown = || {
        SqlError::new(
            SqlState::UndefinedTable,
            format!("relation \"{}\" does not exist", parts.join(".")),
        )
    };
    let (database, table) = match parts {
        [table] | [PUBLIC, table] => (current, *table),
        [database, table] | [database, PUBLIC, table] => (*database, *table),
        _ => return Err(unknown()),
    };
    let database = view.database(database).ok_or_else(unknown)?;
    match view.table(database.id, table) {
        Some(descriptor) => Ok(descriptor.clone()),
        None => match view
            .offline_table(database.id, table)
            .and_then(|table| table.state.offline())
        {
            Some(offline) => Err(SqlError::offline(format!(
                "relation {table:?} is offline: {}",
                offline.reason
            ))),
            None => Err(unknown()),
        },
    }
}

impl ContextProvider for Names<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        Ok(provider_as_source(self.provider(&name)?))
    }

    fn get_table_function_source(
        &self,
        name: &str,
        args: Vec<Expr>,
    ) -> Result<Arc<dyn TableSource>> {
        let provider = match pg_catalog::table_function(name) {
            Some(provider) => provider?,
            None => series::provider(self.scope, name, args)?,
        };
        Ok(provider_as_source(provider))
    }

    fn create_cte_work_table(&self, name: &str, schema: SchemaRef) -> Result<Arc<dyn TableSource>> {
        Ok(provider_as_source(Arc::new(CteWorkTable::new(
            name, schema,
        ))))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.planners
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::new(Types))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
        let name = if name == "ceiling" { "ceil" } else { name };
        let theirs = self.scope.state.scalar_functions().get(name);
        cast::function(name)
            .or_else(|| super::operators::function(name))
            .or_else(|| functions::function(self.scope, name))
            .or_else(|| library::function(name, theirs))
            .or_else(|| mixed::function(name, theirs))
            .or_else(|| sizes::function(name, theirs))
            .or_else(|| negation::function(name))
            .or_else(|| theirs.cloned())
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.scope.state.higher_order_functions().get(name).cloned()
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        let theirs = |name: &str| self.scope.state.aggregate_functions().get(name).cloned();
        let name = match name {
            "every" => "bool_and",
            other => other,
        };
        totals::function(name, theirs)
            .or_else(|| ordered::function(name))
            .or_else(|| theirs(name))
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.scope.state.window_functions().get(name).cloned()
    }

    fn get_variable_type(&self, _names: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.scope.state.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        self.scope
            .state
            .scalar_functions()
            .keys()
            .cloned()
            .collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        self.scope
            .state
            .higher_order_functions()
            .keys()
            .cloned()
            .collect()
    }

    fn udaf_names(&self) -> Vec<String> {
        self.scope
            .state
            .aggregate_functions()
            .keys()
            .cloned()
            .collect()
    }

    fn udwf_names(&self) -> Vec<String> {
        self.scope
            .state
            .window_functions()
            .keys()
            .cloned()
            .collect()
    }
}

/// Types in casts: ours where a column could have the type, DataFusion's otherwise.
#[derive(Debug)]
struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, ty: &ast::DataType) -> Result<Option<FieldRef>> {
        if let Some(arrow) = types::postgres_internal(ty) {
            return Ok(Some(Arc::new(Field::new("", arrow, true))));
        }
        match types::column_type(ty) {
            Ok(column) => Ok(Some(Arc::new(Field::new(
                "",
                cairn_rows::arrow_type(&column),
                true,
            )))),
            Err(_) => Ok(None),
        }
    }
}
