//! Log lines that strangers can cause: only so many a minute are written, and how many were not.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

const EACH: Duration = Duration::from_secs(60);
const AT_MOST: u64 = 60;

#[derive(Debug, Default)]
pub struct Complaints(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    began: Option<Instant>,
    count: u64,
}

impl Complaints {
    /// Whether this one may be written. The first of a new minute tells of those that were not.
    pub fn may_be_written(&self) -> bool {
        let now = Instant::now();
        let mut minute = self.0.lock();
        if minute.began.is_none_or(|began| now >= began + EACH) {
            let unwritten = minute.count.saturating_sub(AT_MOST);
            if unwritten > 0 {
                tracing::warn!(
                    unwritten,
                    "more connections were refused or broke the protocol"
                );
            }
            *minute = Minute {
                began: Some(now),
                count: 0,
            };
        }
        minute.count += 1;
        minute.count <= AT_MOST
    }
}
