//! A store that stops answering at its n-th call: the place where a process dies.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use cairn_blob::{Location, Put, Result, Settings, Store, Upload};
use tokio::sync::watch;

use crate::world::World;

#[derive(Debug)]
pub struct Hanging {
    inner: Arc<dyn Store>,
    gate: Arc<Gate>,
}

#[derive(Debug)]
struct Gate {
    calls: AtomicU64,
    hanging_from: u64,
    /// Names with this beginning hang whatever the number of calls.
    hanging_at: Option<&'static str>,
    hanging: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Hanging {
    fn new(
        inner: Arc<dyn Store>,
        hanging_from: u64,
        hanging_at: Option<&'static str>,
    ) -> Arc<Hanging> {
        let (hanging, open) = (watch::Sender::new(false), watch::Sender::new(false));
        let gate = Gate {
            calls: AtomicU64::new(0),
            hanging_from,
            hanging_at,
            hanging,
            open,
        };
        Arc::new(Hanging {
            inner,
            gate: Arc::new(gate),
        })
    }

    pub async fn wait_until_hanging(&self) {
        self.gate
            .hanging
            .subscribe()
            .wait_for(|hanging| *hanging)
            .await
            .unwrap();
    }

    pub fn is_hanging(&self) -> bool {
        *self.gate.hanging.borrow()
    }

    pub fn let_go(&self) {
        self.gate.open.send_replace(true);
    }
}

impl Gate {
    async fn pass(&self, name: &str) {
        let late = self.calls.fetch_add(1, Ordering::SeqCst) >= self.hanging_from;
        if late
            || self
                .hanging_at
                .is_some_and(|beginning| name.starts_with(beginning))
        {
            self.hanging.send_replace(true);
            self.open.subscribe().wait_for(|open| *open).await.unwrap();
        }
    }
}

/// A location of the world, opened so that it answers `calls` calls, then none.
pub fn hanging_after(world: &World, location: &str, calls: u64) -> Arc<Hanging> {
    Hanging::new(open(world, location), calls, None)
}

/// A location of the world, opened so that its data files do not answer.
pub fn hanging_at_data(world: &World, location: &str) -> Arc<Hanging> {
    Hanging::new(open(world, location), u64::MAX, Some("data/"))
}

fn open(world: &World, location: &str) -> Arc<dyn Store> {
    let settings = Settings::new(Some(world.folder.path().join("extern")));
    let location = Location::parse(&format!("nodelocal:///{location}")).unwrap();
    location.open(&settings).unwrap()
}

impl fmt::Display for Hanging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl Store for Hanging {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        self.gate.pass(name).await;
        self.inner.put_if_absent(name, bytes).await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        self.gate.pass(name).await;
        let inner = self.inner.upload(name).await?;
        Ok(Box::new(HangingUpload {
            inner,
            gate: Arc::clone(&self.gate),
        }))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        self.gate.pass(name).await;
        self.inner.get(name, range).await
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        self.gate.pass(name).await;
        self.inner.size(name).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.gate.pass(name).await;
        self.inner.delete(name).await
    }
}

struct HangingUpload {
    inner: Box<dyn Upload>,
    gate: Arc<Gate>,
}

#[async_trait]
impl Upload for HangingUpload {
    async fn write(&mut self, part: Bytes) -> Result<()> {
        self.gate.pass("").await;
        self.inner.write(part).await
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        self.gate.pass("").await;
        self.inner.finish().await
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        self.inner.abort().await
    }
}
