//! What is passed on to Seam with the desk's own key, which never comes back.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures_util::stream::try_unfold;
use serde_json::Value;

use super::api::{Call, LocalApi, Reply};
use crate::rpc::{Problem, Refusal};
use crate::seam::{Forward, Forwarded, SeamError};

impl LocalApi {
    /// Passes a call on as it came, and hands back what comes.
    pub(super) async fn upstream(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let forwarded = self
            .client
            .forward(Forward {
                method: call.head.method,
                path: call.route.path,
                query: call.head.uri.query().map(str::to_owned),
                headers: call.head.headers,
                body: call.body.into(),
            })
            .await
            .map_err(|error| refusal(&error))?;
        if forwarded.status == StatusCode::UNAUTHORIZED {
            return Err(key_refused());
        }
        Ok(Reply::FromSeam(streamed(forwarded)))
    }

    /// One page of a list at Seam: its rows, and the cursor of the next one.
    pub(super) async fn upstream_page(
        &self,
        path: &'static str,
        key: &str,
        request: &Value,
    ) -> Result<(Vec<Value>, Option<String>), Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let forward = Forward {
            method: Method::POST,
            path,
            query: None,
            headers,
            body: request.to_string().into_bytes(),
        };
        let forwarded = self.client.forward(forward).await;
        let forwarded = forwarded.map_err(|error| refusal(&error))?;
        let status = forwarded.status;
        let body = forwarded.body().await.map_err(|error| refusal(&error))?;
        let mut body: Value = serde_json::from_slice(&body).map_err(|_| odd_answer())?;
        if status != StatusCode::OK {
            return Err(of_envelope(status, &body));
        }
        let Value::Array(rows) = body[key].take() else {
            return Err(odd_answer());
        };
        let pagination = &body["pagination"];
        let next = pagination["next_page_cursor"].as_str();
        let next = next.filter(|_| pagination["has_next_page"] == true);
        Ok((rows, next.map(str::to_owned)))
    }
}

fn streamed(forwarded: Forwarded) -> Response {
    let (status, headers) = (forwarded.status, forwarded.headers.clone());
    let pieces = try_unfold(forwarded, |mut forwarded| async move {
        let piece = forwarded.chunk().await;
        let piece = piece.inspect_err(|error| tracing::warn!("an answer was cut off: {error}"));
        Ok::<_, SeamError>(piece?.map(|piece| (piece, forwarded)))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// What a caller gets where Seam gave nothing, or refused a call of the desk's own.
pub(super) fn refusal(error: &SeamError) -> Refusal {
    match error {
        SeamError::Refused(refused) if refused.status == StatusCode::UNAUTHORIZED => key_refused(),
        SeamError::Refused(refused) => {
            let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_GATEWAY);
            let kind = refused.error_type.clone();
            let kind = kind.unwrap_or_else(|| refused.code().to_owned());
            let problems = refused.validation_errors.iter().flat_map(|error| {
                let path: Vec<String> = error
                    .field
                    .split('.')
                    .filter(|step| !step.is_empty())
                    .map(str::to_owned)
                    .collect();
                error.messages.iter().map(move |message| Problem {
                    path: path.clone(),
                    message: message.clone(),
                })
            });
            Refusal::new(status, &kind, refused.message.clone()).with_problems(problems.collect())
        }
        SeamError::TimedOut { .. } => {
            Refusal::new(StatusCode::GATEWAY_TIMEOUT, error.code(), error.to_string())
        }
        error => Refusal::new(StatusCode::BAD_GATEWAY, error.code(), error.to_string()),
    }
}

/// It is the desk's key that is wrong, not the caller's.
fn key_refused() -> Refusal {
    Refusal::new(
        StatusCode::BAD_GATEWAY,
        "api_unauthorized",
        "Seam refuses the key of this desk",
    )
}

/// The same of an answer that was read as JSON.
fn of_envelope(status: StatusCode, body: &Value) -> Refusal {
    if status == StatusCode::UNAUTHORIZED {
        return key_refused();
    }
    let text = |name: &str| body["error"][name].as_str().map(str::to_owned);
    match (text("type"), text("message")) {
        (Some(kind), Some(message)) => Refusal::new(status, &kind, message),
        _ => odd_answer(),
    }
}

fn odd_answer() -> Refusal {
    Refusal::new(
        StatusCode::BAD_GATEWAY,
        "api_answer_unusable",
        "Seam's answer is not one that its API gives",
    )
}
