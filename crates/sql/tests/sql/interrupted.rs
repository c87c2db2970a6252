//! An engine whose calls are interrupted: what a test has prepared happens before the next one of its kind goes on.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cairn_storage::hooked::{Hooked, Hooks};
use cairn_storage::{Commit, Engine, Ingested, Prefix, Result, Revisions, Span, Version};
use futures::{FutureExt, future::BoxFuture, stream::BoxStream};
use tokio::sync::Mutex;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Call {
    Commit,
    Ingest,
}

struct Interruption {
    call: Call,
    prefix: Prefix,
    happens: BoxFuture<'static, ()>,
}

/// What is to happen.
#[derive(Default)]
pub struct Interruptions {
    /// Locked while something happens, whose own calls are not interrupted.
    prepared: Mutex<VecDeque<Interruption>>,
}

pub type Interrupted = Hooked<Interruptions>;

pub fn interrupted(engine: impl Engine) -> Arc<Interrupted> {
    Hooked::over(Arc::new(engine), Interruptions::default())
}

impl Interruptions {
    /// What happens before the next call of this kind that writes below the prefix, once all that was prepared earlier has happened.
    pub fn before(
        &self,
        call: Call,
        prefix: Prefix,
        happens: impl Future<Output = ()> + Send + 'static,
    ) {
        self.prepared.try_lock().unwrap().push_back(Interruption {
            call,
            prefix,
            happens: happens.boxed(),
        });
    }

    /// Panics where something prepared has not happened.
    pub fn all_has_happened(&self) {
        assert_eq!(self.prepared.try_lock().unwrap().len(), 0);
    }

    async fn interrupt(&self, call: Call, mut keys: impl Iterator<Item = &Bytes> + Send) {
        let is_meant = |next: &mut Interruption| {
            next.call == call && keys.any(|key| Prefix::of(key) == Some(next.prefix))
        };
        if let Ok(mut prepared) = self.prepared.try_lock()
            && let Some(next) = prepared.pop_front_if(is_meant)
        {
            next.happens.await;
        }
    }
}

#[async_trait]
impl Hooks for Interruptions {
    async fn commit(&self, below: &dyn Engine, commit: Commit) -> Result<Version> {
        self.interrupt(Call::Commit, commit.writes.keys()).await;
        below.commit(commit).await
    }

    async fn ingest(
        &self,
        below: &dyn Engine,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        self.interrupt(Call::Ingest, [&span.start].into_iter())
            .await;
        below.ingest(span, revisions).await
    }
}
