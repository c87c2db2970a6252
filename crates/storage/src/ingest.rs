//! What every engine asks of a bulk write.

use bytes::Bytes;

use crate::{Error, Ingested, Limits, Result, Revision, Revisions, Span, Version};

/// Checks a bulk write batch by batch: sorted, inside its span, within the limits, and nothing from
/// the future. Engines below panic on unordered keys, so this comes first.
pub(crate) struct IngestOrder {
    span: Span,
    limits: Limits,
    newest: Version,
    /// The last revision of the batch before.
    last: Option<(Bytes, Version)>,
    ingested: Ingested,
    has_history: bool,
}

impl IngestOrder {
    pub(crate) fn new(span: Span, limits: Limits, newest: Version) -> IngestOrder {
        IngestOrder {
            span,
            limits,
            newest,
            last: None,
            ingested: Ingested::default(),
            has_history: false,
        }
    }

    pub(crate) fn check(&mut self, batch: &Revisions) -> Result<()> {
        let Some(last) = batch.last() else {
            return Ok(());
        };
        let before = self.last.take();
        let mut previous = before
            .as_ref()
            .map(|(key, version)| (key.as_ref(), *version));
        for revision in batch.iter() {
            self.check_revision(previous, &revision)?;
            previous = Some((revision.key, revision.version));
        }
        // Sorted, so the ends say it for all.
        for end in batch.get(0).iter().chain([&last]) {
            if !self.span.contains(end.key) {
                let key = Bytes::copy_from_slice(end.key);
                return Err(Error::Key {
                    key,
                    reason: "it is outside the span being written",
                });
            }
        }
        self.last = Some((Bytes::copy_from_slice(last.key), last.version));
        self.ingested.rows += batch.len() as u64;
        self.ingested.bytes += batch.bytes() as u64;
        Ok(())
    }

    fn check_revision(
        &mut self,
        previous: Option<(&[u8], Version)>,
        revision: &Revision<'_>,
    ) -> Result<()> {
        let Revision {
            key,
            version,
            value,
        } = *revision;
        let bytes = key.len() + value.map_or(0, <[u8]>::len);
        if key.len() > self.limits.key {
            return Err(Error::TooLarge {
                what: "key",
                bytes: key.len(),
                limit: self.limits.key,
            });
        }
        if bytes > self.limits.row {
            return Err(Error::TooLarge {
                what: "row",
                bytes,
                limit: self.limits.row,
            });
        }
        if version > self.newest {
            return Err(Error::Future {
                at: version,
                now: self.newest,
            });
        }
        self.has_history |= value.is_none();
        let Some((last, newest)) = previous else {
            return Ok(());
        };
        match last.cmp(key) {
            std::cmp::Ordering::Less => Ok(()),
            std::cmp::Ordering::Equal if newest > version => {
                self.has_history = true;
                Ok(())
            }
            _ => Err(Error::OutOfOrder {
                previous: Bytes::copy_from_slice(last),
                key: Bytes::copy_from_slice(key),
            }),
        }
    }

    pub(crate) fn ingested(&self) -> Ingested {
        self.ingested
    }

    /// Whether there were tombstones, or several versions of a key.
    pub(crate) fn has_history(&self) -> bool {
        self.has_history
    }
}
