//! What was done at this desk, newest first, in pages and as a file.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use uuid::Uuid;

use super::csv::Sheet;
use super::guests::{LONGEST_TEXT, invalid};
use crate::desk::Desk;
use crate::rpc::{Answer, Refusal, Success};
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

/// `GET /desk/history.csv?language=`: all of it, with the guests' names as far as they are known.
pub(in crate::serve) async fn history_csv(
    State(site): State<Arc<Site>>,
    asked: Query,
) -> Result<Response, Refusal> {
    let asked = asked.of(&["language"])?;
    let language = asked.text("language").unwrap_or("en");
    let property = &site.desk.snapshot().property;
    let export = Export {
        desk: site.desk.clone(),
        sheet: Sheet::of(language, property.time_zone.as_deref()),
    };
    let pages = try_unfold(Some(Next::Header(export)), |next| async {
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
    Ok((headers, Body::from_stream(pages)).into_response())
}

/// What is exported, in whose words and by which clock.
struct Export {
    desk: Desk,
    sheet: Sheet,
}

/// What comes next in the file. A long history is never in memory as a whole.
enum Next {
    Header(Export),
    Before(Export, Option<Uuid>),
}

impl Next {
    async fn page(self) -> std::io::Result<(Bytes, Option<Self>)> {
        let (export, before) = match self {
            Self::Header(export) => {
                let header = export.sheet.header();
                return Ok((header.into(), Some(Self::Before(export, None))));
            }
            Self::Before(export, before) => (export, before),
        };
        let page = export.desk.history(None, before, MOST).await;
        // The file is then cut off, which a browser says.
        let page = page.map_err(|error| std::io::Error::other(error.to_string()))?;
        let lines = page.entries.iter().map(|done| export.sheet.line(done));
        let lines: String = lines.collect();
        let last = page.entries.last().map(|done| done.encoded.issuance_id());
        let next = last.map(|last| Self::Before(export, Some(last)));
        Ok((lines.into(), next))
    }
}
