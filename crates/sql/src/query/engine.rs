//! DataFusion, set up as a PostgreSQL user expects it, with memory that is bounded.

use std::{path::Path, sync::Arc};

use datafusion::{
    execution::{
        SessionState, SessionStateBuilder,
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::FairSpillPool,
        runtime_env::RuntimeEnvBuilder,
    },
    optimizer::{Analyzer, AnalyzerRule},
    physical_optimizer::{PhysicalOptimizerRule, optimizer::PhysicalOptimizer},
    prelude::SessionConfig,
};

use super::{
    batches::BATCH_ROWS, canonical::CanonicalForms, checked::CheckedArithmetic,
    lateral::UnnestBeside, literal::LiteralRule, memory::StatementMemory, subqueries::Subqueries,
    yielding::GiveWay, zoned::ZonedCasts,
};
use crate::{Result, pg_catalog::JoinLookups};

/// What DataFusion must find free on the stack at each level of a tree before it goes on there, and what it takes otherwise. Between
/// two levels it may need more than the 128 KiB it leaves by itself.
const STACK_LEFT: usize = 1 << 20;
const STACK_TAKEN: usize = 16 << 20;

/// The one state of a node: functions, rules, the memory that all its queries share, and the most that one of them may have.
pub(crate) fn state(
    memory: usize,
    statement_memory: usize,
    workers: usize,
    temporary_dir: &Path,
) -> Result<SessionState> {
    recursive::set_minimum_stack_size(STACK_LEFT);
    recursive::set_stack_allocation_size(STACK_TAKEN);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
        .with_disk_manager_builder(
            DiskManagerBuilder::default()
                .with_mode(DiskManagerMode::Directories(vec![temporary_dir.to_owned()])),
        )
        .build_arc()?;
    let mut config = SessionConfig::new()
        .with_target_partitions(workers.max(1))
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false)
        .with_extension(Arc::new(StatementMemory(statement_memory)));
    let options = config.options_mut();
    options.sql_parser.parse_float_as_decimal = true;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.enable_ident_normalization = true;
    options.sql_parser.default_null_ordering = "nulls_max".to_owned();
    options.execution.time_zone = Some("+00:00".to_owned());
    // The two disagree about whether `x IS FALSE` may be NULL, which is not worth an error.
    options.execution.skip_physical_aggregate_schema_check = true;
    // Batches come from tables whose pieces are cut by bytes, not by files.
    options.optimizer.prefer_existing_sort = true;
    let mut rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>> =
        vec![Arc::new(LiteralRule), Arc::new(CanonicalForms)];
    rules.extend(Analyzer::new().rules);
    rules.push(Arc::new(UnnestBeside::default()));
    rules.push(Arc::new(Subqueries::default()));
    rules.push(Arc::new(JoinLookups::default()));
    rules.push(Arc::new(CheckedArithmetic::new()));
    rules.push(Arc::new(ZonedCasts));
    Ok(SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_analyzer_rules(rules)
        .with_physical_optimizer_rules(physical_rules())
        .build())
}

/// The same state for sessions whose time zone is another than UTC.
pub(crate) fn in_zone(state: &SessionState, zone: &str) -> SessionState {
    let mut state = state.clone();
    let options = state.config_mut().options_mut();
    options.execution.time_zone = Some(zone.to_owned());
    state.mark_start_execution();
    state
}

/// DataFusion's, less the one that pushes filters down once more: below a join with a projection it may take a column of one side
/// for that of the same name on the other. Our tables take no filters from it anyway.
fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let rules = PhysicalOptimizer::new().rules.into_iter();
    rules
        .filter(|rule| !rule.name().starts_with("FilterPushdown"))
        .chain([Arc::new(GiveWay) as Arc<dyn PhysicalOptimizerRule + Send + Sync>])
        .collect()
}
