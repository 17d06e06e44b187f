//! The pages that may call the agent, as far as the browser says which page calls.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::rpc::Refusal;

/// The origins of other pages that may call with a token.
#[derive(Debug)]
pub struct AllowedOrigins(Vec<String>);

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::serve) enum Origin {
    /// The agent's own page.
    OwnPage,
    /// A page that the configuration allows.
    Allowed(HeaderValue),
    /// A program, or the address bar of a browser.
    NoPage,
}

impl Origin {
    pub(super) fn is_own_page(&self) -> bool {
        *self == Self::OwnPage
    }
}

impl AllowedOrigins {
    pub(super) fn new(allowed: &[String]) -> Self {
        Self(allowed.to_vec())
    }

    /// Where a request comes from; `own` is the origin of the agent's own pages.
    ///
    /// # Errors
    /// When it comes from any other page.
    pub(super) fn origin_of(&self, headers: &HeaderMap, own: &str) -> Result<Origin, Refusal> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => Self::of_fetch(headers),
            (Some(origin), None) if origin == own => Ok(Origin::OwnPage),
            (Some(origin), None) if self.0.iter().any(|allowed| origin == allowed.as_str()) => {
                Ok(Origin::Allowed(origin.clone()))
            }
            _ => Err(foreign()),
        }
    }

    /// Browsers leave `Origin` out of many reads, and say in `Sec-Fetch-Site` where those come from.
    fn of_fetch(headers: &HeaderMap) -> Result<Origin, Refusal> {
        let Some(site) = headers.get("sec-fetch-site") else {
            return Ok(Origin::NoPage);
        };
        match site.as_bytes() {
            b"same-origin" => Ok(Origin::OwnPage),
            b"none" => Ok(Origin::NoPage),
            // A person follows a link to the page: the cookie does not come along, and nothing can be read from outside.
            _ if is_navigation(headers) => Ok(Origin::NoPage),
            _ => Err(foreign()),
        }
    }
}

fn is_navigation(headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document")
}

fn foreign() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        "Pages of this origin may not call the agent",
    )
}
