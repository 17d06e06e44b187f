//! Who is asking: an API key, or a personal access token with its workspace.
//!
//! Keys are distinguished by prefix, as Seam does: `seam_at…` is a personal access token, `seam_cst…` a client session,
//! `seam_pk…` a publishable key, any other `seam_…` an API key.

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::rpc::Refusal;

/// The keys that this hotel accepts.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) api_key: String,
    pub(super) personal_access_token: String,
    pub(super) workspace_id: Uuid,
}

impl Keys {
    /// Lets a call in, or says why not.
    pub(super) fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(token) =
            text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "))
        else {
            return Err(unauthorized());
        };
        if token.starts_with("seam_cst") {
            return Err(Refusal::unauthorized(
                "client_session_token_used_for_api_key",
                "A client session token was used where an API key is required",
            ));
        }
        if !token.starts_with("seam_at") {
            return if same(token, &self.api_key) {
                Ok(())
            } else {
                Err(unauthorized())
            };
        }
        if !same(token, &self.personal_access_token) {
            return Err(unauthorized());
        }
        match text("seam-workspace").map(Uuid::parse_str) {
            None => Err(Refusal::new(
                axum::http::StatusCode::BAD_REQUEST,
                "missing_workspace_id",
                "A personal access token needs the header \"seam-workspace\"",
            )),
            Some(Ok(workspace)) if workspace == self.workspace_id => Ok(()),
            Some(_) => Err(unauthorized()),
        }
    }
}

fn same(given: &str, ours: &str) -> bool {
    given.as_bytes().ct_eq(ours.as_bytes()).into()
}

fn unauthorized() -> Refusal {
    Refusal::unauthorized("unauthorized", "Unauthorized")
}
