//! The HTTP listener. For now it answers one question: `GET /health` is 200 while the node takes statements.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves until `stop`; an error here leaves SQL running.
pub async fn serve(listener: TcpListener, stop: CancellationToken) {
    let stopping = stop.clone();
    let health = move || {
        let stopping = stopping.is_cancelled();
        async move {
            if stopping {
                (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
            } else {
                (StatusCode::OK, "ok\n")
            }
        }
    };
    let router = Router::new().route("/health", get(health));
    if let Err(error) = axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
    {
        tracing::error!(%error, "the HTTP listener stopped");
    }
}
