//! What a statement sees.

use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
    sync::Arc,
};

use arrow::datatypes::{DataType, Field, FieldRef};
use cairn_catalog::{TableDescriptor, View};
use cairn_rows::Zone;
use cairn_storage::{Engine, Read, TableId};
use cairn_syntax::ast;
use datafusion::{
    common::DFSchema,
    datasource::TableProvider,
    execution::{SendableRecordBatchStream, SessionState},
    logical_expr::{Expr, LogicalPlan},
    physical_plan::execute_stream,
    sql::planner::{ParserOptions, PlannerContext, SqlToRel},
};
use parking_lot::Mutex;

use super::{batches, grouped, memory, names::Names, qualifiers};
use crate::{Result, access::Access, node::Node, sequence::Numbers};

/// What functions such as now() and current_user answer during one statement.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub user: String,
    pub database: String,
    /// now(), in microseconds since 1970.
    pub now: i64,
    /// cluster_logical_timestamp(), in the form of the timeline.
    pub timestamp: String,
    pub cluster: String,
    /// The session's time zone.
    pub zone: Zone,
    /// The session's number.
    pub backend: i32,
    pub settings: BTreeMap<String, String>,
}

/// Everything a statement can refer to, at one instant.
pub(crate) struct Scope {
    pub node: Arc<Node>,
    pub state: Arc<SessionState>,
    pub engine: Arc<dyn Engine>,
    pub view: Arc<View>,
    pub read: Arc<dyn Read>,
    pub facts: Facts,
    /// What the user may do.
    pub access: Access,
    /// What nextval and the like work with.
    pub numbers: Arc<Numbers>,
    /// Bracketed SHOWs, by the name of the table that stands for each.
    pub sources: HashMap<String, Arc<dyn TableProvider>>,
    /// The types that the client declared for $1, $2, …
    pub declared: Vec<Option<DataType>>,
    /// Whether hidden columns are seen: while rows are read to be changed.
    pub hidden: bool,
    /// In how many views this is.
    pub depth: usize,
    /// Tables that were resolved.
    pub touched: Mutex<BTreeMap<TableId, Arc<TableDescriptor>>>,
}

impl Scope {
    /// Plans a query. `parameters` are the types of $1, $2, … as far as their places say them; what is declared wins.
    pub fn plan_query(
        &self,
        mut query: ast::Query,
        parameters: &[Option<DataType>],
    ) -> Result<LogicalPlan> {
        grouped::complete(self, &mut query);
        let spare = nests(&query).then(|| query.clone());
        let (plan, met_field) = self.plan_once(query, parameters);
        let Some(mut renamed) = spare.filter(|_| met_field) else {
            return settled(met_field, plan);
        };
        qualifiers::rename(&mut renamed);
        let (plan, met_field) = self.plan_once(renamed, parameters);
        settled(met_field, plan)
    }

    /// A plan, and whether it takes a name for a field.
    fn plan_once(
        &self,
        query: ast::Query,
        parameters: &[Option<DataType>],
    ) -> (datafusion::common::Result<LogicalPlan>, bool) {
        let names = Names::new(self);
        let planner = SqlToRel::new_with_options(&names, parser_options(&self.state));
        let mut context =
            PlannerContext::new().with_prepare_param_data_types(self.parameters(parameters));
        let query = ast::Statement::Query(Box::new(query));
        let plan = planner.sql_statement_to_plan_with_context(query, &mut context);
        (plan, names.met_field())
    }

    /// The same, with all rights: for what the user reaches through an object that he may use.
    pub fn trusted(&self) -> Scope {
        Scope {
            node: self.node.clone(),
            state: self.state.clone(),
            engine: self.engine.clone(),
            view: self.view.clone(),
            read: self.read.clone(),
            facts: self.facts.clone(),
            access: self.access.trusted(),
            numbers: self.numbers.clone(),
            sources: HashMap::new(),
            declared: Vec::new(),
            hidden: false,
            depth: self.depth + 1,
            touched: Mutex::default(),
        }
    }

    /// The same for what is stored with a table and must mean one thing in all sessions: local times are UTC's.
    pub fn of_every_session(&self) -> Scope {
        Scope {
            state: self.node.state().clone(),
            facts: Facts {
                zone: Zone::UTC,
                ..self.facts.clone()
            },
            ..self.trusted()
        }
    }

    /// Plans an expression over columns that `schema` has, and nothing else.
    pub fn plan_expression(&self, expression: ast::Expr, schema: &DFSchema) -> Result<Expr> {
        let names = Names::new(self);
        let planner = SqlToRel::new_with_options(&names, parser_options(&self.state));
        let expr = planner.sql_to_expr(expression, schema, &mut PlannerContext::new());
        settled(names.met_field(), expr)
    }

    /// The same session's scope at another instant.
    pub fn at(&self, view: Arc<View>, read: Arc<dyn Read>) -> Self {
        Scope {
            node: self.node.clone(),
            state: self.state.clone(),
            engine: self.engine.clone(),
            view,
            read,
            facts: self.facts.clone(),
            access: self.access.clone(),
            numbers: self.numbers.clone(),
            sources: HashMap::new(),
            declared: self.declared.clone(),
            hidden: false,
            depth: self.depth,
            touched: Mutex::default(),
        }
    }

    /// Plans one expression over the columns of a relation.
    pub fn plan_value(
        &self,
        mut value: ast::Expr,
        columns: &DFSchema,
        parameters: &[Option<DataType>],
    ) -> Result<Expr> {
        crate::bind::prepare(&mut value)?;
        let names = Names::new(self);
        let planner = SqlToRel::new_with_options(&names, parser_options(&self.state));
        let mut context =
            PlannerContext::new().with_prepare_param_data_types(self.parameters(parameters));
        let expr = planner.sql_to_expr(value, columns, &mut context);
        settled(names.met_field(), expr)
    }

    /// The fields of $1, $2, …: of the types declared, else of those that their places say.
    fn parameters(&self, stated: &[Option<DataType>]) -> Vec<Option<FieldRef>> {
        let count = self.declared.len().max(stated.len());
        let of = |types: &[Option<DataType>], place| types.get(place).cloned().flatten();
        (0..count)
            .map(|place| of(&self.declared, place).or_else(|| of(stated, place)))
            .map(|ty| ty.map(|ty| Arc::new(Field::new("", ty, true))))
            .collect()
    }

    /// The tables that were resolved so far.
    pub fn touched_tables(&self) -> Vec<TableId> {
        self.touched.lock().keys().copied().collect()
    }

    /// Starts a planned query.
    pub async fn run(&self, plan: &LogicalPlan) -> Result<SendableRecordBatchStream> {
        let plan = self.state.optimize(plan)?;
        let state = &*batches::sized(&self.state, &plan)?;
        let planner = state.query_planner();
        let physical = planner.create_physical_plan(&plan, state).await?;
        Ok(execute_stream(physical, memory::task(state))?)
    }
}

/// Whether a query holds another, which may mean relations outside of it.
fn nests(query: &ast::Query) -> bool {
    ast::Visit::visit(query, &mut Nested).is_break()
}

struct Nested;

impl ast::Visitor for Nested {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &ast::Expr) -> ControlFlow<()> {
        match expr {
            ast::Expr::Subquery(_) | ast::Expr::Exists { .. } | ast::Expr::InSubquery { .. } => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &ast::TableFactor) -> ControlFlow<()> {
        match factor {
            ast::TableFactor::Derived { lateral: true, .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// What was planned, unless a name in it was taken for a field.
fn settled<T>(met_field: bool, planned: datafusion::common::Result<T>) -> Result<T> {
    match met_field {
        true => Err(qualifiers::missing()),
        false => Ok(planned?),
    }
}

fn parser_options(state: &SessionState) -> ParserOptions {
    let sql = &state.config_options().sql_parser;
    ParserOptions {
        parse_float_as_decimal: sql.parse_float_as_decimal,
        enable_ident_normalization: sql.enable_ident_normalization,
        support_varchar_with_length: sql.support_varchar_with_length,
        map_string_types_to_utf8view: sql.map_string_types_to_utf8view,
        default_null_ordering: datafusion::sql::planner::NullOrdering::NullsMax,
        ..ParserOptions::default()
    }
}
