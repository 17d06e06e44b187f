//! The files of the page, as they are in the program.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// `GET /`
pub(super) async fn index() -> Response {
    let mut response = include_str!("index.html").into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

/// For a browser without a cookie, or with a link that is not good any more.
pub(super) async fn logged_out() -> Response {
    index().await
}
