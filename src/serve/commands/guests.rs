//! Who waits for a card, a search at Seam, the entrances of a new credential, and another end of a stay.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::rpc::{Answer, Refusal, Success};
use crate::seam::Time;
use crate::serve::body::Json;
use crate::serve::query::Query;
use crate::serve::site::Site;
use crate::serve::trouble::refused;

/// The longest text that is searched for, in characters.
pub(super) const LONGEST_TEXT: usize = 200;

/// `GET /desk/guests`: the list, unless the caller has this very one. It was put into JSON when it was made.
pub(in crate::serve) async fn list(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let list = match site.desk.guests().await {
        Ok(list) => list,
        Err(error) => return refused(&error).into_response(),
    };
    // Another run of this program counts from the beginning.
    let tag = format!("\"{}-{}\"", std::process::id(), list.revision);
    let has_it = headers.get(header::IF_NONE_MATCH);
    let has_it = has_it.is_some_and(|tags| tags.as_bytes() == tag.as_bytes());
    let headers = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::CONTENT_TYPE, "application/json"),
    ];
    if has_it {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let body = Body::from(String::from(&*list.json));
    (StatusCode::OK, headers, body).into_response()
}

/// `GET /desk/search?text=`: what Seam finds.
pub(in crate::serve) async fn search(State(site): State<Arc<Site>>, asked: Query) -> Answer {
    let asked = asked.of(&["text"])?;
    let text = asked.text("text").unwrap_or_default();
    if text.is_empty() || text.chars().count() > LONGEST_TEXT {
        return Err(invalid("text: 1 to 200 characters are expected"));
    }
    let found = site.desk.search(text).await;
    let found = found.map_err(|error| refused(&error))?;
    Ok(Success::ok()
        .with("guests", found.guests)
        .with("users", found.newcomers))
}

/// `GET /desk/entrances?acs_system_id=`: what a new credential there may open.
pub(in crate::serve) async fn entrances(State(site): State<Arc<Site>>, asked: Query) -> Answer {
    let asked = asked.of(&["acs_system_id"])?;
    let system = asked.text("acs_system_id");
    let system = system.ok_or_else(|| invalid("acs_system_id: an access system is expected"))?;
    let entrances = site.desk.entrances(system).await;
    let entrances = entrances.map_err(|error| refused(&error))?;
    Ok(Success::ok().with("entrances", entrances))
}

/// `POST /desk/extend`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Extend {
    acs_credential_id: String,
    ends_at: String,
}

/// Gives a stay another end at Seam; the guest's card then wants to be issued again.
pub(in crate::serve) async fn extend(
    State(site): State<Arc<Site>>,
    Json(order): Json<Extend>,
) -> Answer {
    if order.ends_at.parse::<Time>().is_err() {
        return Err(invalid("ends_at: a time with an offset is expected"));
    }
    let extended = site.desk.extend(&order.acs_credential_id, &order.ends_at);
    let credential = extended.await.map_err(|error| refused(&error))?;
    Ok(Success::ok()
        .with("acs_credential_id", &credential.acs_credential_id)
        .with("ends_at", &credential.ends_at))
}

pub(super) fn invalid(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message)
}
