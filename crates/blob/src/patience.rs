//! How long a request may take, and how often it is repeated.

use std::time::Duration;

/// Of all clients that speak to servers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    /// Without a byte for so long, a connection counts as lost.
    pub(crate) silence: Duration,
    /// One request, whatever it carries: `cloudstorage.timeout`.
    pub(crate) request: Duration,
    pub(crate) retries: usize,
    /// Nothing is repeated longer than this after the first try.
    pub(crate) retry_for: Duration,
}

/// Pauses between tries double from the first to the longest.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(100);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl Patience {
    /// For who waits and watches.
    pub(crate) const LITTLE: Patience = Patience {
        connect: Duration::from_secs(3),
        silence: Duration::from_secs(5),
        request: Duration::from_secs(30),
        retries: 1,
        retry_for: Duration::from_secs(5),
    };

    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> {
        let doubled = |pause: &Duration| Some((*pause * 2).min(LONGEST_PAUSE));
        std::iter::successors(Some(FIRST_PAUSE), doubled).take(self.retries)
    }
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(60),
            request: Duration::from_secs(600),
            retries: 10,
            retry_for: Duration::from_secs(180),
        }
    }
}
