//! The desk's page and the kiosk's: files that are part of the program, with what a browser needs to know about them.
//!
//! Nothing is fetched from elsewhere, no script or style is inline, and no script turns text into markup: the policy that is sent
//! along says so, and the browser holds the page to it. The files hold nothing that is not public, so anyone may have them. All
//! headers are made once.

mod files;
#[cfg(test)]
mod tests;
mod words;

use std::io::{self, Write};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use self::files::{FILES, File};
pub(super) use self::words::Words;

/// The browser lets the page run, show and ask for what comes from here, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types worker",
);

/// Kept by the browser, and asked about each time: another version of the program has other files.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// The routes of the files.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, file| {
        let path = file.path;
        let file = Embedded::new(file);
        let answer = move |headers: HeaderMap| {
            let answer = file.answer(&headers);
            async move { answer }
        };
        router.route(path, get(answer))
    })
}

/// For a browser with a link that is not good any more: the page, which then says so.
pub(super) fn logged_out() -> Response {
    let mut response = Embedded::new(&FILES[0]).answer(&HeaderMap::new());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

/// A file with its headers.
#[derive(Debug, Clone)]
struct Embedded {
    bytes: &'static [u8],
    compressed: Option<Bytes>,
    etag: HeaderValue,
    headers: [(HeaderName, HeaderValue); 6],
}

impl Embedded {
    fn new(file: &File) -> Self {
        let etag = etag(file.bytes);
        let opener = HeaderName::from_static("cross-origin-opener-policy");
        Self {
            bytes: file.bytes,
            compressed: compress(file.bytes).ok(),
            headers: [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static(file.content_type),
                ),
                (header::ETAG, etag.clone()),
                (header::CACHE_CONTROL, ASK_FIRST),
                (header::VARY, HeaderValue::from_static("accept-encoding")),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (opener, HeaderValue::from_static("same-origin")),
            ],
            etag,
        }
    }

    /// The file, or that the browser has it already.
    fn answer(&self, asked: &HeaderMap) -> Response {
        let mut known = asked.get_all(header::IF_NONE_MATCH).iter();
        let headers = self.headers.clone();
        if known.any(|etag| etag == self.etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let takes = |accepted: &HeaderValue| {
            let accepted = accepted.to_str().unwrap_or_default();
            accepted.split(',').any(|coding| coding.trim() == "gzip")
        };
        match &self.compressed {
            Some(compressed) if asked.get(header::ACCEPT_ENCODING).is_some_and(takes) => {
                let coding = [(header::CONTENT_ENCODING, GZIP)];
                (headers, coding, compressed.clone()).into_response()
            }
            _ => (headers, self.bytes).into_response(),
        }
    }
}

fn compress(bytes: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().map(Bytes::from)
}

/// The beginning of the digest, in which two versions of a file differ.
fn etag(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let tag = format!("\"{}\"", hex::encode(&digest[..12]));
    // Quotes and hex digits make a header's value.
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}
