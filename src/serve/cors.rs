//! CORS: what a browser has to know before it lets a page of another origin call: only pages that the configuration allows, and never with
//! a cookie.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::admission::Origin;

/// What an allowed page may send, beside what any page may: the token, JSON, and what Seam's SDKs add.
const HEADERS: &str = "authorization, content-type, seam-workspace, seam-sdk-name, seam-sdk-version, seam-lts-version";

/// Answers the question that a browser asks first.
pub(super) fn preflight(origin: &Origin) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    allow(origin, headers);
    if let Origin::Allowed(_) = origin {
        let fields = [
            (
                header::ACCESS_CONTROL_ALLOW_METHODS,
                "GET, POST, PUT, PATCH, DELETE",
            ),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        for (name, value) in fields {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// Lets an allowed page read an answer.
pub(super) fn allow(origin: &Origin, headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Origin::Allowed(allowed) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed.clone());
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("seam-request-id, retry-after"),
        );
        headers.insert(
            "cross-origin-resource-policy",
            HeaderValue::from_static("cross-origin"),
        );
    }
}
