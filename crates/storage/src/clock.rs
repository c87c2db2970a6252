//! The only place that reads the machine's clocks.
//!
//! INVARIANTS
//!   Inside a process time is the wall clock at start plus the monotonic clock. Steps of the wall
//!   clock are logged and followed by at most 500 ms a minute: `follow`.
//!   At start time goes on from the last version when the wall clock is behind it, and a wall clock
//!   more than a year ahead of the last stored tick is refused unless accepted: `start`.
//!   Collection does not believe a gap of more than a day between ticks before an hour of running:
//!   `collection_now`. So one bad clock never destroys history.
//! LEFT OUT
//!   Agreement between machines: a cluster engine brings its own versions.

#![expect(clippy::disallowed_methods, reason = "this file owns the clocks")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use crate::{Error, Result, Version};

const FOLLOW_PER_MINUTE: u64 = 500_000;
const FAR_AHEAD: u64 = 365 * 24 * 3600 * 1_000_000;
const SUSPICIOUS_GAP: u64 = 24 * 3600 * 1_000_000;
const TRUST_AFTER: u64 = 3600 * 1_000_000;

/// Microseconds since 1970, never running backwards by more than a correction of `follow`.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    state: Mutex<State>,
}

#[derive(Debug)]
enum Source {
    Machine { started: Instant },
    Hand(Arc<Hand>),
}

/// A clock that only tests turn.
#[derive(Debug, Default)]
pub struct Hand {
    wall: AtomicU64,
    running: AtomicU64,
}

impl Hand {
    /// Time passes.
    pub fn advance(&self, by: Duration) {
        let by = by.as_micros() as u64;
        self.wall.fetch_add(by, Ordering::SeqCst);
        self.running.fetch_add(by, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock.
    pub fn set(&self, wall_micros: u64) {
        self.wall.store(wall_micros, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct State {
    /// Time was `wall` when the running clock stood at `running`.
    wall: u64,
    running: u64,
    /// Where collection counts from while the gap before this start is not yet believed.
    doubted: Option<Doubt>,
}

#[derive(Debug)]
struct Doubt {
    last_tick: u64,
    since: u64,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock::on(Source::Machine {
            started: Instant::now(),
        })
    }

    /// A clock for tests, standing at `wall_micros`, and the hand that turns it.
    pub fn manual(wall_micros: u64) -> (Clock, Arc<Hand>) {
        let hand = Arc::new(Hand::default());
        hand.set(wall_micros);
        (Clock::by(&hand), hand)
    }

    /// Another clock turned by the same hand, as after a restart.
    pub fn by(hand: &Arc<Hand>) -> Clock {
        Clock::on(Source::Hand(hand.clone()))
    }

    fn on(source: Source) -> Clock {
        let (wall, running) = (source.wall(), source.running());
        Clock {
            source,
            state: Mutex::new(State {
                wall,
                running,
                doubted: None,
            }),
        }
    }

    /// Sets the clock for a store last open at `last_tick` whose newest version is `newest`.
    pub(crate) fn start(
        &self,
        newest: Version,
        last_tick: Option<u64>,
        accept: bool,
    ) -> Result<()> {
        let (wall, running) = (self.source.wall(), self.source.running());
        let last = last_tick.unwrap_or(wall);
        if wall.saturating_sub(last) > FAR_AHEAD && !accept {
            return Err(Error::Clock { wall, last });
        }
        if wall < newest.0 {
            let behind_seconds = (newest.0 - wall) / 1_000_000;
            tracing::warn!(
                behind_seconds,
                "the clock is behind the last commit; time goes on from there"
            );
        }
        let gap = wall.saturating_sub(last);
        let doubted = (gap > SUSPICIOUS_GAP).then_some(Doubt {
            last_tick: last,
            since: running,
        });
        *self.state.lock() = State {
            wall: wall.max(newest.0),
            running,
            doubted,
        };
        Ok(())
    }

    pub fn now(&self) -> u64 {
        let state = self.state.lock();
        state.at(self.source.running())
    }

    /// How long the process runs, in microseconds.
    pub fn running(&self) -> u64 {
        self.source.running()
    }

    /// Once a minute: comes nearer to the wall clock, by half a second at most.
    pub(crate) fn follow(&self) {
        let (wall, running) = (self.source.wall(), self.source.running());
        let mut state = self.state.lock();
        let now = state.at(running);
        let apart = now.abs_diff(wall);
        if apart > FOLLOW_PER_MINUTE {
            tracing::warn!(
                wall,
                now,
                "the wall clock was set; following it by half a second a minute"
            );
        }
        let step = apart.min(FOLLOW_PER_MINUTE);
        state.wall = if wall > now { now + step } else { now - step };
        state.running = running;
    }

    /// Whether collection believes this clock by now. A tick is stored only then: it would otherwise
    /// hide the gap from the next start.
    pub(crate) fn is_believed(&self) -> bool {
        let running = self.source.running();
        let state = self.state.lock();
        state
            .doubted
            .as_ref()
            .is_none_or(|doubt| running - doubt.since >= TRUST_AFTER)
    }

    /// The time as far as collection believes it.
    pub(crate) fn collection_now(&self) -> u64 {
        let running = self.source.running();
        let state = self.state.lock();
        match &state.doubted {
            Some(doubt) if running - doubt.since < TRUST_AFTER => {
                doubt.last_tick + (running - doubt.since)
            }
            _ => state.at(running),
        }
    }
}

impl State {
    fn at(&self, running: u64) -> u64 {
        self.wall + running.saturating_sub(self.running)
    }
}

impl Source {
    fn wall(&self) -> u64 {
        match self {
            Source::Machine { .. } => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_micros() as u64),
            Source::Hand(hand) => hand.wall.load(Ordering::SeqCst),
        }
    }

    fn running(&self) -> u64 {
        match self {
            Source::Machine { started } => started.elapsed().as_micros() as u64,
            Source::Hand(hand) => hand.running.load(Ordering::SeqCst),
        }
    }
}
