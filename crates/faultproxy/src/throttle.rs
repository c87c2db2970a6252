//! So many bytes in a second, for all connections together.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Larger pieces are cut, so that a slow stream is smooth.
const PIECE: usize = 64 << 10;
/// Timers are coarse and end late: so much of the time that was missed is made up for, or one slow stream would never reach the rate.
const MADE_UP: Duration = Duration::from_millis(20);

/// A bucket that is hardly ever full: each piece waits until those before it have had their time.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    free_from: Mutex<Option<Instant>>,
}

impl Throttle {
    /// The bytes of a body, no faster than they may pass.
    pub(crate) fn pieces(
        self: &Arc<Self>,
        body: Incoming,
        bytes_per_second: Option<u64>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let throttle = Arc::clone(self);
        let frames = body.into_data_stream().map_err(io::Error::other);
        let pieces = frames.map_ok(|frame| stream::iter(cut(frame)).map(Ok));
        pieces.try_flatten().and_then(move |piece| {
            let throttle = Arc::clone(&throttle);
            async move {
                if let Some(rate) = bytes_per_second {
                    throttle.pass(piece.len(), rate).await;
                }
                Ok(piece)
            }
        })
    }

    /// Waits for the turn of `bytes`, at this rate.
    async fn pass(&self, bytes: usize, bytes_per_second: u64) {
        let nanos = bytes as u64 * 1_000_000_000 / bytes_per_second.max(1);
        let turn = {
            let mut free_from = self.free_from.lock();
            let now = Instant::now();
            let begin = free_from.map_or(now, |free| free.max(now - MADE_UP));
            let turn = begin + Duration::from_nanos(nanos);
            *free_from = Some(turn);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

fn cut(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!bytes.is_empty()).then(|| bytes.split_to(PIECE.min(bytes.len()))))
}
