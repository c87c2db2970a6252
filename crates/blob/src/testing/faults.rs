//! A store that fails on demand: at the n-th call, whichever call that is.
//!
//! A test runs an operation once without faults to count its calls, then once per call with that call failing, and asserts
//! that no failure is ever reported as success.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Call, Result};
use crate::store::{Put, Store, Upload};

/// How a failing call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was done.
    Before,
    /// It was done, but its answer was lost.
    After,
    /// What was sent did not arrive, and can be written again under another name.
    Astray,
    /// Of what was read, a byte came wrong. Other calls are spared.
    Changed,
}

/// Wraps a store. All uploads of it count and fail together with it.
#[derive(Debug)]
pub struct Faulty {
    inner: Arc<dyn Store>,
    plan: Arc<Plan>,
}

#[derive(Debug)]
struct Plan {
    fault: Fault,
    /// Calls begun so far.
    calls: AtomicU64,
    /// The call that fails, counted from 1; 0 for none.
    failing: u64,
    struck: AtomicBool,
}

impl Faulty {
    /// Fails at call number `failing`, counted from 1; never when it is 0.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, failing: u64, fault: Fault) -> Faulty {
        let plan = Plan {
            fault,
            calls: AtomicU64::new(0),
            failing,
            struck: AtomicBool::new(false),
        };
        Faulty {
            inner,
            plan: Arc::new(plan),
        }
    }

    /// Calls begun so far, those on uploads included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.plan.calls.load(Ordering::SeqCst)
    }

    /// Whether the fault has happened.
    #[must_use]
    pub fn struck(&self) -> bool {
        self.plan.struck.load(Ordering::SeqCst)
    }
}

impl Plan {
    /// Counts a call; whether it is the one that fails.
    fn is_next(&self) -> bool {
        self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.failing
    }

    /// Runs `call`, or lets it fail when its turn has come.
    async fn run<T>(
        &self,
        action: &'static str,
        name: &str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if !self.is_next() || self.fault == Fault::Changed {
            return call.await;
        }
        self.struck.store(true, Ordering::SeqCst);
        if self.fault == Fault::After {
            call.await?;
        }
        let call = Call {
            location: "faulty",
            action,
            name,
        };
        let source = io::Error::other("a fault on demand");
        Err(match self.fault {
            Fault::Astray => call.astray(source),
            _ => call.failed(source),
        })
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl Store for Faulty {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        self.plan
            .run("put", name, self.inner.put_if_absent(name, bytes))
            .await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        let inner = self
            .plan
            .run("begin", name, self.inner.upload(name))
            .await?;
        Ok(Box::new(FaultyUpload {
            inner,
            name: name.to_owned(),
            plan: Arc::clone(&self.plan),
        }))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        if self.plan.fault != Fault::Changed {
            let get = self.inner.get(name, range);
            return self.plan.run("get", name, get).await;
        }
        let changes = self.plan.is_next();
        let mut bytes = self.inner.get(name, range).await?.to_vec();
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle).filter(|_| changes) {
            *byte ^= 0x20;
            self.plan.struck.store(true, Ordering::SeqCst);
        }
        Ok(bytes.into())
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        self.plan.run("look at", name, self.inner.size(name)).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.plan.run("delete", name, self.inner.delete(name)).await
    }
}

struct FaultyUpload {
    inner: Box<dyn Upload>,
    name: String,
    plan: Arc<Plan>,
}

#[async_trait]
impl Upload for FaultyUpload {
    async fn write(&mut self, part: Bytes) -> Result<()> {
        self.plan
            .run("write", &self.name, self.inner.write(part))
            .await
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        self.plan
            .run("finish", &self.name, self.inner.finish())
            .await
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        self.plan.run("abort", &self.name, self.inner.abort()).await
    }
}
