//! Every state that was committed, and when.

use crate::chance::Chance;
use crate::oracle::State;

/// A state and the instants, in microseconds, at which it certainly was the newest.
pub struct Moment {
    pub from: u64,
    pub until: u64,
    pub state: State,
}

#[derive(Default)]
pub struct Past {
    moments: Vec<Moment>,
}

impl Past {
    pub fn push(&mut self, from: u64, state: State) {
        self.moments.push(Moment {
            from,
            until: from,
            state,
        });
    }

    /// Up to here nothing was committed since the newest state.
    pub fn extend(&mut self, until: u64) {
        let newest = self.moments.last_mut().expect("a first state");
        newest.until = newest.until.max(until);
    }

    pub fn now(&self) -> &State {
        &self.moments.last().expect("a first state").state
    }

    pub fn beginning(&self) -> u64 {
        self.moments[0].from
    }

    /// The states of which one was the newest at an instant: several while a statement was under way.
    pub fn at(&self, at: u64) -> Vec<&State> {
        let passed = self.moments.partition_point(|moment| moment.from <= at);
        let before = passed.checked_sub(1).map(|place| &self.moments[place]);
        let mut found: Vec<&State> = before.map(|moment| &moment.state).into_iter().collect();
        if before.is_none_or(|moment| moment.until < at) {
            found.extend(self.moments.get(passed).map(|moment| &moment.state));
        }
        found
    }

    /// An instant from `low` to `high`, often at the edge of a change.
    pub fn between(&self, low: u64, high: u64, chance: &mut Chance) -> u64 {
        let first = self.moments.partition_point(|moment| moment.until < low);
        let last = self.moments.partition_point(|moment| moment.from <= high);
        let edge = match last.saturating_sub(first) {
            0 => None,
            count => Some(&self.moments[first + chance.below(count)]),
        };
        let at = match (chance.below(5), edge) {
            (0 | 1, Some(moment)) => moment.from,
            (2, Some(moment)) => moment.until,
            (3, Some(moment)) => moment.from - 1,
            _ => low + chance.next() % (high.saturating_sub(low) + 1),
        };
        at.clamp(low, high)
    }

    /// Lets go of what lies before an instant.
    pub fn forget(&mut self, before: u64) {
        let passed = self.moments.partition_point(|moment| moment.from <= before);
        self.moments.drain(..passed.saturating_sub(1));
    }
}
