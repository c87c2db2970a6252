//! What one statement may hold in memory: a part of what all may hold together.
//!
//! HOW IT IS KEPT
//!   Operators ask the pool of their task for memory before they take it. A statement's pool asks the one of the node, and refuses what
//!   would exceed the statement's own limit: operators that can spill then do, others fail with 53200.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use datafusion::{
    common::DataFusionError,
    execution::{
        SessionState, TaskContext,
        memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation},
        runtime_env::RuntimeEnv,
    },
};

/// The most that a statement may hold, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct StatementMemory(pub usize);

/// What a statement runs in.
pub(super) fn task(state: &SessionState) -> Arc<TaskContext> {
    let Some(limit) = state.config().get_extension::<StatementMemory>() else {
        return state.task_ctx();
    };
    let shared = state.runtime_env();
    let runtime = RuntimeEnv {
        memory_pool: Arc::new(StatementPool {
            shared: shared.memory_pool.clone(),
            limit: limit.0,
            used: AtomicUsize::new(0),
        }),
        ..shared.as_ref().clone()
    };
    Arc::new(TaskContext::from(state).with_runtime(Arc::new(runtime)))
}

#[derive(Debug)]
struct StatementPool {
    shared: Arc<dyn MemoryPool>,
    limit: usize,
    used: AtomicUsize,
}

impl std::fmt::Display for StatementPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl MemoryPool for StatementPool {
    fn name(&self) -> &str {
        "statement"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.shared.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.shared.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.used.fetch_add(additional, Ordering::Relaxed);
        self.shared.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.used.fetch_sub(shrink, Ordering::Relaxed);
        self.shared.shrink(reservation, shrink);
    }

    fn try_grow(
        &self,
        reservation: &MemoryReservation,
        additional: usize,
    ) -> Result<(), DataFusionError> {
        let used = self.used.fetch_add(additional, Ordering::Relaxed);
        let grown = match used.saturating_add(additional) > self.limit {
            true => Err(DataFusionError::ResourcesExhausted(format!(
                "{additional} bytes more for {}, and {used} of {} are taken by this statement",
                reservation.consumer().name(),
                self.limit
            ))),
            false => self.shared.try_grow(reservation, additional),
        };
        if grown.is_err() {
            self.used.fetch_sub(additional, Ordering::Relaxed);
        }
        grown
    }

    fn reserved(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}
