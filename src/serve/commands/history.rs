//! What was done at this desk, newest first, in pages and as a file.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use uuid::Uuid;

use super::csv;
use super::guests::{LONGEST_TEXT, invalid};
use crate::desk::Desk;
use crate::rpc::{Answer, Success};
use crate::serve::query::Query;
use crate::serve::site::Site;
use crate::serve::trouble::refused;

/// The most entries of one page.
const MOST: u32 = 500;

/// How many there are where it is not said.
const SOME: u32 = 50;

/// `GET /desk/history?search=&before=&limit=`
pub(in crate::serve) async fn history(State(site): State<Arc<Site>>, asked: Query) -> Answer {
    let asked = asked.of(&["search", "before", "limit"])?;
    let text = asked.text("search");
    if text.is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
        return Err(invalid("search: at most 200 characters are expected"));
    }
    let limit = asked.parsed("limit")?.unwrap_or(SOME);
    if !(1..=MOST).contains(&limit) {
        return Err(invalid("limit: 1 to 500 are expected"));
    }
    let page = site
        .desk
        .history(text, asked.parsed("before")?, limit)
        .await;
    let page = page.map_err(|error| refused(&error))?;
    Ok(Success::ok()
        .with("issuances", page.entries)
        .with("names_are_missing", page.names_are_missing))
}

/// `GET /desk/history.csv`: all of it, what the journal holds and nothing besides: no names.
pub(in crate::serve) async fn history_csv(State(site): State<Arc<Site>>) -> Response {
    let pages = try_unfold(Some(Next::Header(site.desk.clone())), |next| async {
        match next {
            None => Ok::<_, std::io::Error>(None),
            Some(next) => next.page().await.map(Some),
        }
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"cardbridge-history.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(pages)).into_response()
}

/// What comes next in the file. A long history is never in memory as a whole.
enum Next {
    Header(Desk),
    Before(Desk, Option<Uuid>),
}

impl Next {
    async fn page(self) -> std::io::Result<(Bytes, Option<Self>)> {
        let (desk, before) = match self {
            Self::Header(desk) => {
                return Ok((csv::header().into(), Some(Self::Before(desk, None))));
            }
            Self::Before(desk, before) => (desk, before),
        };
        let page = desk.journalled(before, MOST).await;
        // The file is then cut off, which a browser says.
        let page = page.map_err(|error| std::io::Error::other(error.to_string()))?;
        let lines: String = page.iter().map(csv::line).collect();
        let next = page
            .last()
            .map(|last| Self::Before(desk, Some(last.issuance_id())));
        Ok((lines.into(), next))
    }
}
