//! What the proxy saw and did.

use std::collections::{BTreeMap, HashSet};

use crate::plan::{Fault, Operation};

/// Counts since the proxy began.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    requests: BTreeMap<Operation, u64>,
    faults: BTreeMap<Fault, u64>,
    refused: u64,
    /// Paths of objects that the server said it took.
    pub(crate) written: HashSet<String>,
}

impl Tally {
    /// Requests of this kind, spoilt and refused ones included.
    #[must_use]
    pub fn requests(&self, operation: Operation) -> u64 {
        self.requests.get(&operation).copied().unwrap_or(0)
    }

    #[must_use]
    pub fn all_requests(&self) -> u64 {
        self.requests.values().sum()
    }

    #[must_use]
    pub fn faults(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or(0)
    }

    #[must_use]
    pub fn all_faults(&self) -> u64 {
        self.faults.values().sum()
    }

    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Counts a request, and gives its number, counted from 0.
    pub(crate) fn begin(&mut self, operation: Operation) -> u64 {
        let number = self.all_requests();
        *self.requests.entry(operation).or_default() += 1;
        number
    }

    pub(crate) fn spoil(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub(crate) fn refuse(&mut self) {
        self.refused += 1;
    }
}
