//! Every path of the API that is answered: one line each, with its verbs and its handler.

use axum::http::{HeaderMap, Method};

use super::auth::Keys;
use super::envelope::{Answer, ApiError};
use super::input::Input;
use super::moment::Moment;
use super::resources::credentials;
use super::state::State;

/// A call that was let in.
pub(super) struct Call<'a> {
    pub(super) input: &'a Input,
    pub(super) now: Moment,
    pub(super) path: &'static str,
    /// The base URL under which the API is served.
    pub(super) endpoint: &'a str,
}

/// What answers a call.
type Handler = fn(&mut State, &Call<'_>) -> Answer;

/// One line of the table.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) verbs: &'static [Method],
    pub(super) handler: Handler,
}

const READ: &[Method] = &[Method::GET, Method::POST];
const ACT: &[Method] = &[Method::POST];
const UPDATE: &[Method] = &[Method::POST, Method::PATCH];
const DELETE: &[Method] = &[Method::POST, Method::DELETE];

const fn route(path: &'static str, verbs: &'static [Method], handler: Handler) -> Route {
    Route {
        path,
        verbs,
        handler,
    }
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    route("/acs/credentials/get", READ, credentials::get),
    route("/acs/credentials/list", READ, credentials::list),
];

pub(super) fn find(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path)
}

impl Route {
    /// Whether the caller may call it: `/health` asks nobody.
    pub(super) fn admit(&self, keys: &Keys, headers: &HeaderMap) -> Result<(), ApiError> {
        if self.path == "/health" {
            Ok(())
        } else {
            keys.admit(headers)
        }
    }
}
