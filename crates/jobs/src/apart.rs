//! Work in a task of its own: a panic in it is an error for who waits for it, not his end.

use std::future::Future;

use tokio::task::JoinSet;

use crate::Error;

/// Runs `work`, and gives it up when nobody waits for it any more.
///
/// # Errors
/// Its own; [`Error::WorkerLost`] when it panics.
pub async fn while_awaited<T, E>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    // It aborts its tasks when it is dropped.
    let mut task = JoinSet::new();
    task.spawn(work);
    match task.join_next().await {
        Some(Ok(ended)) => ended,
        Some(Err(_)) | None => Err(Error::WorkerLost.into()),
    }
}

/// Runs `work` to its end, whether somebody waits for it or not.
///
/// # Errors
/// Its own; [`Error::WorkerLost`] when it panics.
pub async fn to_the_end<T, E>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let ended = tokio::spawn(work).await;
    ended.map_err(|_panicked| Error::WorkerLost)?
}
