//! A look at what a transaction sees that is not among its reads: nothing that others change there conflicts with it.
//!
//! For who asks what there is, and reads what he then uses through the transaction itself.

use async_trait::async_trait;
use bytes::Bytes;

use super::{Transaction, merge};
use crate::{Chunk, Closed, Entries, Found, Read, Result, ScanLimit, Span, Version};

pub struct Glance<'a>(&'a Transaction);

impl Transaction {
    pub fn glance(&self) -> Glance<'_> {
        Glance(self)
    }
}

#[async_trait]
impl Read for Glance<'_> {
    fn at(&self) -> Closed {
        self.0.at
    }

    async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Found>>> {
        self.0.check_open()?;
        let stored = self.0.engine.get(keys, self.0.at).await?;
        let state = self.0.state.lock();
        let found = keys
            .iter()
            .zip(stored)
            .map(|(key, stored)| match state.writes.get(key) {
                Some(own) => own.clone().map(|value| Found {
                    version: Version::PENDING,
                    value,
                }),
                None => stored,
            });
        Ok(found.collect())
    }

    async fn scan(&self, span: &Span, limit: ScanLimit) -> Result<Chunk<Entries>> {
        self.0.check_open()?;
        if span.is_empty() {
            return Ok(Chunk {
                items: Entries::new(),
                resume: None,
            });
        }
        let stored = self.0.engine.scan(span, self.0.at, limit).await?;
        let end = stored.resume.clone().unwrap_or(span.end.clone());
        let state = self.0.state.lock();
        Ok(Chunk {
            items: merge(stored.items, state.writes.range(span.start.clone()..end)),
            resume: stored.resume,
        })
    }
}
