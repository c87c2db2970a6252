//! How long a call on a server may take, and how often it is tried: the one policy of all clients.
//!
//! WHAT
//!   A call (write an object, read a range) is a [`Trial`]: it is tried again while its errors are `Error::Unavailable`. The
//!   pauses grow, and are of random length, so that clients that failed together do not come back together. No try begins
//!   later than `retry_for` after the first; at a place that has never answered, than `stranger`: its address is more likely
//!   wrong than out of order. The libraries below try once (`docs/adr/0006-one-retry-policy.md`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

use crate::error::{Error, Result};

/// Of all clients that speak to servers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    /// Without a byte for so long, a connection counts as lost.
    pub(crate) silence: Duration,
    /// One request, whatever it carries: `cloudstorage.timeout`.
    pub(crate) request: Duration,
    /// No try of a call begins later than this after its first.
    pub(crate) retry_for: Duration,
    /// The same, of a place that has never answered.
    pub(crate) stranger: Duration,
}

/// Pauses between tries double from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl Patience {
    /// For who waits and watches.
    pub(crate) const LITTLE: Patience = Patience {
        connect: Duration::from_secs(3),
        silence: Duration::from_secs(5),
        request: Duration::from_secs(30),
        retry_for: Duration::from_secs(5),
        stranger: Duration::from_secs(3),
    };
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(60),
            request: Duration::from_secs(600),
            retry_for: Duration::from_secs(180),
            stranger: Duration::from_secs(10),
        }
    }
}

/// Whether a place has ever answered, be it with an error.
#[derive(Debug, Default)]
pub(crate) struct Met(AtomicBool);

impl Met {
    pub(crate) fn answered(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The tries of one call.
#[derive(Debug)]
pub(crate) struct Trial<'a> {
    patience: Patience,
    met: &'a Met,
    began: Instant,
    pause: Duration,
}

impl Patience {
    pub(crate) fn begin<'a>(&self, met: &'a Met) -> Trial<'a> {
        Trial {
            patience: *self,
            met,
            began: Instant::now(),
            pause: FIRST_PAUSE,
        }
    }
}

impl Trial<'_> {
    /// Waits for the next try. False when none is worth it any more, after this error.
    pub(crate) async fn again(&mut self, error: &Error) -> bool {
        let bound = match self.met.0.load(Ordering::Relaxed) {
            true => self.patience.retry_for,
            false => self.patience.stranger,
        };
        let pause = self.pause.mul_f64(between_half_and_whole());
        if !matches!(error, Error::Unavailable { .. }) || self.began.elapsed() + pause > bound {
            return false;
        }
        tracing::info!(%error, ?pause, "a call on a store is tried again");
        wait(pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }

    /// Tries until it succeeds, fails for good, or patience ends.
    pub(crate) async fn repeat<T, A>(mut self, call: impl Fn() -> A) -> Result<T>
    where
        A: Future<Output = Result<T>>,
    {
        loop {
            match call().await {
                Err(error) if self.again(&error).await => {}
                outcome => return outcome,
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the length of a pause must not be that of another client's"
)]
fn between_half_and_whole() -> f64 {
    rand::rng().random_range(0.5..1.0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server that cannot now is asked again later"
)]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::{Met, Patience};
    use crate::error::{Error, Result};

    fn unavailable() -> Error {
        Error::Unavailable {
            location: "s3://b".to_owned(),
            action: "read",
            name: "a".to_owned(),
            source: std::io::Error::other("503"),
        }
    }

    async fn tries(met: &Met, error: fn() -> Error) -> u32 {
        let patience = Patience {
            retry_for: Duration::from_millis(900),
            stranger: Duration::from_millis(120),
            ..Patience::default()
        };
        let began = tokio::time::Instant::now();
        let tries = Cell::new(0);
        let call = || async {
            tries.set(tries.get() + 1);
            Err(error())
        };
        let outcome: Result<()> = patience.begin(met).repeat(call).await;
        outcome.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(5));
        tries.get()
    }

    #[tokio::test]
    async fn patience_ends_sooner_with_a_stranger() {
        let met = Met::default();
        // The second pause is 100 ms at least.
        assert_eq!(tries(&met, unavailable).await, 2);
        met.answered();
        // Pauses of 50 to 100, 100 to 200, 200 to 400, 400 to 800 ms.
        assert!((4..=5).contains(&tries(&met, unavailable).await));
    }

    #[tokio::test]
    async fn what_does_not_pass_is_tried_once() {
        let gone = || Error::NotFound {
            location: "s3://b".to_owned(),
            name: "a".to_owned(),
        };
        assert_eq!(tries(&Met::default(), gone).await, 1);
    }
}
