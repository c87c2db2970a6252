//! Versions as times, and times as versions.
//!
//! Here a version *is* its commit's time in microseconds, pushed forward where needed, so the
//! timeline is a rule instead of a list. Everybody else goes through this type, because on a cluster
//! engine a version is not a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::Version;
use crate::clock::Clock;

/// Ten minutes: what the change index puts together, and collection takes apart.
pub(crate) const EPOCH_MICROS: u64 = 600 * 1_000_000;

#[derive(Clone, Debug)]
pub struct Timeline {
    clock: Arc<Clock>,
    newest: Arc<AtomicU64>,
}

impl Timeline {
    pub(crate) fn new(clock: Arc<Clock>, newest: Version) -> Timeline {
        Timeline {
            clock,
            newest: Arc::new(AtomicU64::new(newest.0)),
        }
    }

    /// The instant that "now" and "in the future" are judged by: the clock, or the newest commit
    /// where that is later.
    pub fn now(&self) -> Version {
        Version(self.clock.now()).max(self.newest())
    }

    /// When the commit of that version was made: microseconds since 1970.
    pub fn micros(&self, version: Version) -> i64 {
        i64::try_from(version.0).unwrap_or(i64::MAX)
    }

    /// The newest version not above a time; times before 1970 map to the beginning.
    pub fn version_at(&self, micros: i64) -> Version {
        Version(u64::try_from(micros).unwrap_or(0))
    }

    /// The form users see: nanoseconds, a point, and ten digits.
    pub fn decimal(&self, version: Version) -> String {
        format!("{}.{:010}", u128::from(version.0) * 1000, 0)
    }

    /// The newest version not above a decimal; `None` when the text is no such decimal.
    pub fn parse_decimal(&self, text: &str) -> Option<Version> {
        let (nanos, logical) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(nanos) || !digits(logical) || logical.len() > 10 {
            return None;
        }
        let micros = nanos.parse::<u128>().ok()? / 1000;
        u64::try_from(micros).ok().map(Version)
    }

    /// How far floors may rise when history is kept for `age`, as far as collection believes the
    /// clock. Moves in steps of ten minutes, because collection does: a floor that rose in between
    /// would cost a commit and free nothing.
    pub fn horizon(&self, age: Duration) -> Version {
        let horizon = self
            .clock
            .collection_now()
            .saturating_sub(age.as_micros() as u64);
        Version(horizon - horizon % EPOCH_MICROS)
    }

    /// How long the process runs. For measuring, never for ordering.
    pub fn running(&self) -> Duration {
        Duration::from_micros(self.clock.running())
    }

    pub(crate) fn newest(&self) -> Version {
        Version(self.newest.load(Ordering::Acquire))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    fn publish(&self, version: Version) {
        self.newest.fetch_max(version.0, Ordering::AcqRel);
    }
}

/// Hands out versions and closes instants. One per engine, used by one thread at a time.
///
/// INVARIANTS
///   Versions grow: `assign`. None is at or below a closed instant: `close`.
///   An instant is published, and so readable, only when all up to it is durable: `publish`.
#[derive(Debug)]
pub(crate) struct Sequencer {
    timeline: Timeline,
    /// Every version at or below this is handed out or closed.
    last: Version,
}

/// An instant that no commit can change any more, and whose commits are all durable and applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Closed(Version);

impl Closed {
    pub fn version(self) -> Version {
        self.0
    }
}

impl Sequencer {
    pub(crate) fn new(timeline: Timeline, last: Version) -> Sequencer {
        Sequencer { timeline, last }
    }

    /// The next commit's version.
    pub(crate) fn assign(&mut self) -> Version {
        let version = Version(self.timeline.clock.now()).max(self.last.next());
        self.last = version;
        version
    }

    /// Promises that no version at or below `at` is handed out from here on.
    pub(crate) fn close(&mut self, at: Version) -> crate::Result<()> {
        let now = Version(self.timeline.clock.now()).max(self.last);
        if at > now {
            return Err(crate::Error::Future { at, now });
        }
        self.last = self.last.max(at);
        Ok(())
    }

    /// Promises the same for the newest instant there is, and tells which that is.
    pub(crate) fn close_now(&mut self) -> Version {
        self.last = self.last.max(Version(self.timeline.clock.now()));
        self.last
    }

    /// Every version at or below this is handed out or closed.
    pub(crate) fn last(&self) -> Version {
        self.last
    }

    /// All up to [`last`](Sequencer::last) is durable and applied.
    pub(crate) fn publish(&self) {
        self.timeline.publish(self.last);
    }
}

impl Timeline {
    /// What is readable now.
    pub(crate) fn readable(&self) -> Closed {
        Closed(self.newest())
    }

    /// `at` as a closed instant, if it is one already.
    pub(crate) fn closed(&self, at: Version) -> Option<Closed> {
        (at <= self.newest()).then_some(Closed(at))
    }
}
