//! How many parts are under way to a place at once: as many as it bears.
//!
//! All uploads of a store share its lanes. They are two at first, what the most timid service takes. As many parts without trouble as
//! there are lanes open another; each answer that may pass closes one, but the last. How many parts an upload holds is bounded by itself.

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::{Error, Result};

const FIRST: usize = 2;
const MOST: usize = 16;

#[derive(Debug)]
pub(super) struct Lanes {
    free: Semaphore,
    traffic: Mutex<Traffic>,
}

#[derive(Debug)]
struct Traffic {
    lanes: usize,
    /// Parts that went through since the number of lanes was another.
    smooth: usize,
}

impl Default for Lanes {
    fn default() -> Lanes {
        Lanes {
            free: Semaphore::new(FIRST),
            traffic: Mutex::new(Traffic {
                lanes: FIRST,
                smooth: 0,
            }),
        }
    }
}

impl Lanes {
    /// Makes a call in a lane, as soon as one is free.
    pub(super) async fn run<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        // Nobody closes the semaphore; without a lane the call would still be right.
        let lane = self.free.acquire().await.ok();
        let outcome = call.await;
        match &outcome {
            Ok(_) => self.went_through(),
            Err(Error::Unavailable { .. }) => self.got_stuck(lane),
            Err(_) => {}
        }
        outcome
    }

    fn went_through(&self) {
        let mut traffic = self.traffic.lock();
        traffic.smooth += 1;
        if traffic.smooth >= traffic.lanes && traffic.lanes < MOST {
            traffic.lanes += 1;
            traffic.smooth = 0;
            self.free.add_permits(1);
        }
    }

    fn got_stuck(&self, lane: Option<SemaphorePermit<'_>>) {
        let mut traffic = self.traffic.lock();
        traffic.smooth = 0;
        if let Some(lane) = lane
            && traffic.lanes > 1
        {
            traffic.lanes -= 1;
            lane.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lanes, MOST};
    use crate::error::{Call, Result};

    async fn send(lanes: &Lanes, arrives: bool) -> usize {
        let call = Call {
            location: "s3://b",
            action: "write",
            name: "a",
        };
        let busy = || call.unavailable(std::io::Error::other("503"));
        let sent: Result<()> = lanes
            .run(async { arrives.then_some(()).ok_or_else(busy) })
            .await;
        assert_eq!(sent.is_ok(), arrives);
        let lanes_now = lanes.traffic.lock().lanes;
        assert_eq!(lanes.free.available_permits(), lanes_now);
        lanes_now
    }

    #[tokio::test]
    async fn lanes_open_while_parts_arrive_and_close_when_they_do_not() {
        let lanes = Lanes::default();
        let mut open = Vec::new();
        for _ in 0..5 {
            open.push(send(&lanes, true).await);
        }
        assert_eq!(open, [2, 3, 3, 3, 4]);
        assert_eq!(send(&lanes, false).await, 3);
        for _ in 0..MOST * MOST {
            send(&lanes, true).await;
        }
        assert_eq!(send(&lanes, true).await, MOST);
        for _ in 0..2 * MOST {
            send(&lanes, false).await;
        }
        assert_eq!(send(&lanes, false).await, 1);
        assert_eq!(send(&lanes, true).await, 2);
    }

    #[tokio::test]
    async fn what_finds_no_lane_waits() {
        let lanes = Lanes::default();
        for _ in 0..2 {
            send(&lanes, false).await;
        }
        let waits = std::future::pending::<Result<()>>();
        let first = lanes.run(waits);
        tokio::pin!(first);
        assert!(futures::poll!(&mut first).is_pending());
        let second = lanes.run(std::future::ready(Ok(())));
        tokio::pin!(second);
        assert!(futures::poll!(&mut second).is_pending());
    }
}
