//! The HTTP server of a box: metrics and health, for machines that watch machines.

mod metrics;

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::sync::watch;

use crate::edge::{BoxState, not_ready};
use crate::listen::Bound;

/// Serves until `stopping` turns true.
pub(crate) async fn serve(
    bound: Bound,
    state: Arc<BoxState>,
    mut stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .with_state(state);
    axum::serve(bound.listener, router)
        // An error means that the sender is gone: that is a stop as well.
        .with_graceful_shutdown(async move {
            stopping.wait_for(|stop| *stop).await.ok();
        })
        .await
        .context("HTTP server failed")
}

async fn metrics(State(state): State<Arc<BoxState>>) -> impl IntoResponse {
    match metrics::encode(&state) {
        Ok(text) => {
            let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            (StatusCode::OK, [(header::CONTENT_TYPE, content_type)], text)
        }
        Err(error) => {
            let content_type = "text/plain; charset=utf-8";
            (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, content_type)], format!("{error}\n"))
        }
    }
}

async fn readyz(State(state): State<Arc<BoxState>>) -> impl IntoResponse {
    let reasons = not_ready(&state);
    if reasons.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("not ready\n{}\n", reasons.join("\n")))
    }
}
