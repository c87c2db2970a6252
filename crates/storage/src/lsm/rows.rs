//! The stored revisions of a span, gone through forward: near places are reached step by step, far ones by a seek.

use std::ops::Bound;

use fjall::{Iter, Readable, UserKey, UserValue};

use super::layout;
use super::store::View;
use crate::{Result, Revision, Span};

/// A step costs a thirtieth of a seek. After a seek that was needed the next far place is looked for
/// in fewer steps, so that scattered keys cost hardly more than their seeks.
const PATIENCE: usize = 24;

pub(super) struct Rows<'a> {
    view: &'a View,
    span: &'a Span,
    /// `None` before the first seek.
    rest: Option<Iter>,
    head: Option<(UserKey, UserValue)>,
    patience: usize,
}

impl<'a> Rows<'a> {
    /// Stands nowhere until `go_to`.
    pub(super) fn of(view: &'a View, span: &'a Span) -> Self {
        Rows {
            view,
            span,
            rest: None,
            head: None,
            patience: PATIENCE,
        }
    }

    /// Goes forward to the first revision stored at or behind `place`; answers how many were passed.
    pub(super) fn go_to(&mut self, place: &[u8]) -> Result<usize> {
        let mut passed = 0;
        while self
            .head
            .as_ref()
            .is_some_and(|(stored, _)| **stored < *place)
        {
            if passed == self.patience {
                self.patience = (self.patience / 2).max(1);
                self.seek(place)?;
                return Ok(passed);
            }
            passed += 1;
            self.step()?;
        }
        if self.rest.is_none() {
            self.seek(place)?;
        } else {
            self.patience = PATIENCE;
        }
        Ok(passed)
    }

    fn seek(&mut self, place: &[u8]) -> Result<()> {
        let (_, end) = layout::row_range(self.span);
        let rest = (Bound::Included(place.to_vec()), end);
        self.rest = Some(self.view.snapshot.range(&self.view.rows, rest));
        self.step()
    }

    /// To the next revision.
    pub(super) fn step(&mut self) -> Result<()> {
        let next = self.rest.as_mut().and_then(Iterator::next);
        self.head = next.map(fjall::Guard::into_inner).transpose()?;
        Ok(())
    }

    /// The revision at hand; `None` behind the last of the span.
    pub(super) fn revision(&self) -> Result<Option<Revision<'_>>> {
        let Some((stored, value)) = &self.head else {
            return Ok(None);
        };
        let (key, version) = layout::split_row_key(stored)?;
        let value = layout::split_value(value)?;
        let within = *key < *self.span.end;
        Ok(within.then_some(Revision {
            key,
            version,
            value,
        }))
    }
}
