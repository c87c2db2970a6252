//! How often each thing happened.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Default, Clone)]
pub struct Tally(BTreeMap<String, usize>);

impl Tally {
    pub fn count(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    pub fn of(&self, what: &str) -> usize {
        self.0.get(what).copied().unwrap_or_default()
    }

    pub fn add(&mut self, other: &Tally) {
        for (what, count) in &other.0 {
            *self.0.entry(what.clone()).or_default() += count;
        }
    }

    /// Those of a list that occurred less often than they should.
    pub fn rare<'a>(&self, of: &[&'a str], least: usize) -> Vec<(&'a str, usize)> {
        let counts = of.iter().map(|what| (*what, self.of(what)));
        counts.filter(|(_, count)| *count < least).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.0 {
            writeln!(f, "{count:6} {what}")?;
        }
        Ok(())
    }
}
