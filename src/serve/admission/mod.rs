//! Who is let in: any page of the web can send requests to this machine, and on a network anyone can.
//!
//! | file | holds |
//! |---|---|
//! | `scope` | what a token is for, and what a path needs |
//! | `host` | the names under which the agent may be called |
//! | `origin` | the pages that may call it |
//! | `tokens` | tokens, of programs and of browsers: kept as hashes |
//! | `cookie` | a browser's token |
//! | `links` | one-time links that give a browser its cookie |
//! | `rate` | how many requests in a while |
//! | `caller` | who is behind a request |

mod caller;
mod cookie;
mod host;
mod links;
mod origin;
mod rate;
mod scope;
mod tokens;

use std::io;
use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};

pub use self::caller::Caller;
pub use self::host::HostNames;
use self::links::Links;
pub use self::origin::AllowedOrigins;
pub(super) use self::origin::Origin;
use self::rate::Rates;
pub use self::scope::{Need, Scope};
pub use self::tokens::{NewToken, Token, TokenKind, TokenStore, TokensError};
use crate::rpc::Refusal;

/// Decides who is let in, for everything that is served.
#[derive(Debug)]
pub struct Admission {
    hosts: HostNames,
    allowed_origins: AllowedOrigins,
    tokens: TokenStore,
    links: Links,
    rates: Rates,
    /// The cookie's name. It has the port in it, since browsers keep one set of cookies for all ports of a host.
    cookie: String,
    encrypted: bool,
}

impl Admission {
    /// In front of a server at `address`; `encrypted`: behind TLS.
    #[must_use]
    pub fn new(
        address: SocketAddr,
        encrypted: bool,
        host_names: &[String],
        allowed_origins: &[String],
        tokens: TokenStore,
    ) -> Self {
        let hosts = HostNames::new(address, host_names);
        Self {
            allowed_origins: AllowedOrigins::new(allowed_origins),
            tokens,
            links: Links::default(),
            rates: Rates::default(),
            cookie: format!("cardbridge_{}", address.port()),
            encrypted,
            hosts,
        }
    }

    /// The address of the page, for a person on this machine.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}://{}", self.scheme(), self.hosts.first())
    }

    /// A link that gives the browser which opens it a cookie, once and within a minute.
    #[must_use]
    pub fn link(&self, scope: Scope) -> String {
        format!("{}/login/{}", self.address(), self.links.make(scope))
    }

    fn scheme(&self) -> &'static str {
        if self.encrypted { "https" } else { "http" }
    }

    /// Whether the request is meant for this agent at all, and where it comes from. For every path, before anything else.
    pub(super) fn origin_of(&self, head: &Parts) -> Result<Origin, Refusal> {
        let host = self.hosts.check(head)?;
        let own = format!("{}://{host}", self.scheme());
        self.allowed_origins.origin_of(&head.headers, &own)
    }

    /// Who is behind a request, if that may have what it asks for.
    pub(super) fn admit(
        &self,
        head: &Parts,
        origin: &Origin,
        need: Need,
    ) -> Result<Caller, Refusal> {
        let caller = self.caller(&head.headers, origin);
        let token = caller.as_ref().ok().map(|caller| caller.token);
        self.rates
            .count(token)
            .map_err(|wait| too_many(wait.as_secs() + 1))?;
        let caller = caller?;
        if caller.is_browser && is_change(&head.method) && !origin.is_own_page() {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "cross_origin",
                "A browser's cookie changes things from the agent's own page only",
            ));
        }
        if caller.scope.may(need) {
            Ok(caller)
        } else {
            Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "out_of_scope",
                format!("A token with the scope {} may not do this", caller.scope),
            ))
        }
    }

    fn caller(&self, headers: &HeaderMap, origin: &Origin) -> Result<Caller, Refusal> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let token = value.to_str().ok().and_then(|value| {
                let (scheme, token) = value.split_once(' ')?;
                scheme
                    .eq_ignore_ascii_case("Bearer")
                    .then_some(token.trim())
            });
            let token = token.and_then(|token| self.tokens.find(token));
            return token
                .filter(|token| token.kind == TokenKind::Program)
                .map(|token| Caller::new(&token))
                .ok_or_else(|| unauthorized("The token is not known here"));
        }
        // A page of another origin has no business with the cookie, whatever it asks for.
        let token = match origin {
            Origin::OwnPage | Origin::NoPage => cookie::read(headers, &self.cookie),
            Origin::Allowed(_) => None,
        };
        token
            .and_then(|token| self.tokens.find(token))
            .filter(|token| token.kind == TokenKind::Browser)
            .map(|token| Caller::new(&token))
            .ok_or_else(|| unauthorized("A token or the page's cookie is needed"))
    }

    /// Whether the token that a caller came with is still good: a stream of events goes on for long.
    pub(super) fn knows(&self, caller: &Caller) -> bool {
        self.tokens.has(caller.token)
    }

    /// Makes the token of a browser that followed a link: the cookie for it, and what it may do. None where the link is not one, was
    /// used, or is too old.
    pub(super) fn log_in(&self, code: &str) -> io::Result<Option<(HeaderValue, Scope)>> {
        let Some(scope) = self.links.take(code) else {
            return Ok(None);
        };
        let token = self
            .tokens
            .make("browser", scope, TokenKind::Browser)
            .map_err(io::Error::other)?;
        let cookie = cookie::make(&self.cookie, &token, self.encrypted)?;
        Ok(Some((cookie, scope)))
    }
}

/// Whether a method changes something, or may.
fn is_change(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
        .with(
            "hint",
            "open the page with `cardbridge desk`, or make a token with `cardbridge token new`",
        )
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn too_many(seconds: u64) -> Refusal {
    Refusal::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        format!("Too many requests; wait {seconds} s"),
    )
    .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}
