//! Keys that are not this agent's: what Seam itself says to a client session, a key of another kind or another workspace.

use axum::http::{HeaderMap, StatusCode, header};

use crate::rpc::Refusal;

/// What Seam says to keys of other kinds where it wants an API key: how they begin, its word, and its sentence.
const OTHER_KINDS: &[(&str, &str, &str)] = &[
    (
        "seam_cst",
        "client_session_token_used_for_api_key",
        "A client session token was used where an API key is required",
    ),
    (
        "seam_at",
        "access_token_used_for_api_key",
        "A personal access token was used where an API key is required; this agent has tokens of its own",
    ),
];

/// Headers that carry keys of other kinds.
const OTHER_HEADERS: &[(&str, &str, &str)] = &[
    (
        "client-session-token",
        "client_session_token_used_for_api_key",
        "A client session token was used where an API key is required",
    ),
    (
        "seam-publishable-key",
        "unauthorized",
        "A publishable key was used where an API key is required",
    ),
];

/// Refuses a key that would be good for something at Seam, and is not for this agent.
///
/// # Errors
/// As Seam says it.
pub(super) fn check_kind(headers: &HeaderMap) -> Result<(), Refusal> {
    let refused = |kind: &'static str, message: &str| {
        Err(Refusal::new(StatusCode::UNAUTHORIZED, kind, message))
    };
    for (name, kind, message) in OTHER_HEADERS {
        if headers.contains_key(*name) {
            return refused(kind, message);
        }
    }
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .map_or("", |(_, key)| key.trim());
    for (begin, kind, message) in OTHER_KINDS {
        if key.starts_with(begin) {
            return refused(kind, message);
        }
    }
    Ok(())
}

/// The workspace that a caller means, where it names one.
///
/// # Errors
/// When the header cannot be read.
pub(super) fn workspace(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let Some(value) = headers.get("seam-workspace") else {
        return Ok(None);
    };
    value.to_str().map(Some).map_err(|_| other_workspace())
}

/// The workspace is not the one of this desk.
pub(super) fn other_workspace() -> Refusal {
    Refusal::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "The workspace in the header \"seam-workspace\" is not the one of this desk",
    )
}
