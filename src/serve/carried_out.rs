//! A request that is carried out to its end, whether or not its caller still waits for the answer.
//!
//! The future of a request is dropped with its connection, wherever it waits at that moment. What changes something is not to stop
//! between two of its steps, so it runs in a task of its own.

use std::panic::resume_unwind;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

/// The answer of a request that goes on when nothing waits for it.
pub(super) async fn carried_out(
    answering: impl Future<Output = Response> + Send + 'static,
) -> Response {
    match tokio::spawn(answering.in_current_span()).await {
        Ok(response) => response,
        Err(lost) if lost.is_panic() => resume_unwind(lost.into_panic()),
        // The program ends.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
