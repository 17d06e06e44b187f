//! One call over HTTP: the request, the limits, the repetition of reads, and every answer made either a body or an error.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use tokio::sync::OnceCell;

use super::call::{Call, Effect};
use super::clock::ApiClock;
use super::endpoint::Endpoint;
use super::error::{ApiError, InvalidResponse, Odd, SeamError, TransportError};
use super::http::{http_client, proxy_to};
use super::listeners::{Attempted, Listeners};
use super::patience::Patience;
use super::retry::{self, RetryPolicy};
use super::secret::Secret;
use super::settings::Settings;

/// The most of an answer that is read. The largest page the API gives has 900 entrances of a few kilobytes.
pub(super) const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// The body of a good answer, and which request it answers.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// What the API's clock said, to the second.
    pub(super) answered_at: Option<Timestamp>,
    request_id: Option<String>,
}

impl Body {
    /// The error for a body that says something else than it should.
    pub(super) fn unusable(&self, call: Call, fault: InvalidResponse) -> SeamError {
        let status = StatusCode::OK.as_u16();
        SeamError::Unusable {
            call,
            status,
            request_id: self.request_id.clone(),
            fault,
        }
    }
}

/// Lets a given time pass.
pub type Sleeper = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

pub(super) struct Transport {
    pub(super) endpoint: Endpoint,
    pub(super) headers: HeaderMap,
    pub(super) secret: Secret,
    connect_timeout: Duration,
    pub(super) request_timeout: Duration,
    silent_after: Duration,
    retry: RetryPolicy,
    user_agent: String,
    sleeper: Sleeper,
    pub(super) clock: ApiClock,
    pub(super) listeners: Listeners,
    /// Made at the first call: reading the system's certificates would make up most of a start.
    http: OnceCell<reqwest::Client>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("endpoint", &self.endpoint.as_str())
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

impl Transport {
    pub(super) fn new(settings: Settings, sleeper: Sleeper) -> Result<Self, SeamError> {
        Ok(Self {
            endpoint: Endpoint::parse(&settings.endpoint)?,
            headers: settings.auth.headers()?,
            secret: settings.auth.secret().clone(),
            connect_timeout: settings.connect_timeout,
            request_timeout: settings.request_timeout,
            silent_after: settings.silent_after,
            retry: settings.retry,
            user_agent: settings.user_agent,
            sleeper,
            clock: ApiClock::default(),
            listeners: Listeners::default(),
            http: OnceCell::new(),
        })
    }

    /// Sends one call and gives the body of its answer.
    pub(super) async fn send(
        &self,
        call: Call,
        request: &[u8],
        patience: Patience,
    ) -> Result<Body, SeamError> {
        // On the heap, so that whatever asks the API is not as large.
        let answer = Box::pin(self.send_repeatedly(call, request, patience));
        self.heard(call, answer).await
    }

    /// Waits for an answer, and tells the listeners when it takes long, and what came of it.
    pub(super) async fn heard<T>(
        &self,
        call: Call,
        mut answer: Pin<Box<impl Future<Output = Result<T, SeamError>>>>,
    ) -> Result<T, SeamError> {
        let outcome = tokio::select! {
            biased;
            outcome = &mut answer => outcome,
            () = tokio::time::sleep(self.silent_after) => {
                let endpoint = self.endpoint.as_str();
                self.listeners.silent(call, endpoint, self.silent_after);
                answer.await
            }
        };
        self.listeners.answered(outcome.as_ref().err());
        outcome
    }

    /// A read is repeated as the policy says, for as long as patience lasts; nothing else ever is.
    async fn send_repeatedly(
        &self,
        call: Call,
        request: &[u8],
        patience: Patience,
    ) -> Result<Body, SeamError> {
        let begin = Instant::now();
        let mut limit = match call.effect {
            Effect::Read => patience.attempt.min(self.request_timeout),
            Effect::Create | Effect::Change | Effect::Act => self.request_timeout,
        };
        let mut attempt = 1;
        loop {
            let error = match self.send_once(call, request, limit).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let wait = self.wait_after(call, attempt, &error);
            let left = wait.and_then(|wait| patience.left_after(begin.elapsed() + wait));
            let (Some(wait), Some(left)) = (wait, left) else {
                return Err(after_all(error, begin.elapsed()));
            };
            tracing::debug!(%call, attempt, wait_ms = wait.as_millis(), %error, "asking again");
            self.sleep(wait).await;
            limit = left.min(self.request_timeout);
            attempt += 1;
        }
    }

    pub(super) async fn sleep(&self, wait: Duration) {
        (self.sleeper)(wait).await;
    }

    /// Takes the key out of what an answer made a fault say.
    pub(super) fn scrub(&self, fault: InvalidResponse) -> InvalidResponse {
        match fault {
            InvalidResponse::Unexpected { at, problem } => InvalidResponse::Unexpected {
                at: self.secret.scrub(at),
                problem: self.secret.scrub(problem),
            },
            InvalidResponse::Odd(odd) => InvalidResponse::Odd(Box::new(self.scrub_odd(*odd))),
            other => other,
        }
    }

    /// The same for one object of a list.
    pub(super) fn scrub_odd(&self, odd: Odd) -> Odd {
        Odd {
            id: odd.id.map(|id| self.secret.scrub(id)),
            at: self.secret.scrub(odd.at),
            problem: self.secret.scrub(odd.problem),
        }
    }

    fn wait_after(&self, call: Call, attempt: u32, error: &SeamError) -> Option<Duration> {
        if call.effect != Effect::Read {
            return None;
        }
        let retry_after = match error {
            SeamError::Refused(error) if retry::is_worth_repeating(error.status) => {
                error.retry_after
            }
            SeamError::Unreachable { .. }
            | SeamError::Interrupted { .. }
            | SeamError::TimedOut { .. } => None,
            _ => return None,
        };
        // Without randomness the wait is the longest of its range: nothing depends on it.
        let chance = getrandom::u32().unwrap_or(u32::MAX);
        self.retry.wait_after(attempt, retry_after, chance)
    }

    async fn send_once(
        &self,
        call: Call,
        request: &[u8],
        limit: Duration,
    ) -> Result<Body, SeamError> {
        let begin = Instant::now();
        let response = self
            .http()
            .await?
            .post(self.endpoint.call(call.path))
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT_ENCODING, "identity")
            .timeout(limit)
            .body(request.to_vec())
            .send()
            .await;
        let answer = response.as_ref().ok();
        self.listeners.attempted(Attempted {
            call,
            status: answer.map(|answer| answer.status().as_u16()),
            took: begin.elapsed(),
        });
        let response = response.map_err(|error| self.broken(call, limit, error))?;
        let status = response.status();
        let request_id = header(&response, "seam-request-id").map(|id| self.secret.scrub(id));
        tracing::debug!(%call, status = status.as_u16(), request_id, ms = begin.elapsed().as_millis(), "answered");
        let unusable = |fault| SeamError::Unusable {
            call,
            status: status.as_u16(),
            request_id: request_id.clone(),
            fault,
        };
        if status.is_redirection() {
            let to = header(&response, LOCATION.as_str()).map(|to| self.secret.scrub(to));
            return Err(unusable(InvalidResponse::Redirect { to }));
        }
        let content_type = header(&response, CONTENT_TYPE.as_str());
        let encoding = header(&response, CONTENT_ENCODING.as_str())
            .map(|encoding| self.secret.scrub(encoding))
            .filter(|encoding| !encoding.eq_ignore_ascii_case("identity"));
        let headers = response.headers().clone();
        let body = self
            .body(call, limit, response)
            .await?
            .ok_or(InvalidResponse::TooLarge {
                limit: LARGEST_ANSWER,
            });
        let body = match encoding {
            Some(encoding) => Err(InvalidResponse::Encoded { encoding }),
            None => body,
        };
        if status != StatusCode::OK {
            let unread = body.as_ref().err().map(ToString::to_string);
            let mut error = ApiError::read(
                call,
                status.as_u16(),
                &body.unwrap_or_default(),
                &self.secret,
            );
            if let Some(unread) = unread {
                error.message = unread;
            }
            error.request_id = request_id;
            error.retry_after = retry::retry_after(&headers);
            return Err(SeamError::Refused(Box::new(error)));
        }
        let body = body.map_err(unusable)?;
        if !content_type.as_deref().is_some_and(is_json) {
            let content_type = self
                .secret
                .scrub(content_type.unwrap_or_else(|| "of no type".to_owned()));
            return Err(unusable(InvalidResponse::NotJson { content_type }));
        }
        if body.is_empty() {
            return Err(unusable(InvalidResponse::Empty));
        }
        // Only now is the time known to be Seam's, and not that of a page of a hotel's network.
        self.clock.note(&headers);
        Ok(Body {
            bytes: body,
            answered_at: retry::answered_at(&headers),
            request_id,
        })
    }

    /// The whole body, or `None` if it is larger than any answer is; then the rest is left unread.
    async fn body(
        &self,
        call: Call,
        limit: Duration,
        mut response: Response,
    ) -> Result<Option<Vec<u8>>, SeamError> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.broken(call, limit, error))?
        {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }

    /// Why there is no answer, or no whole one, to a call that was given so much time.
    pub(super) fn broken(&self, call: Call, limit: Duration, error: reqwest::Error) -> SeamError {
        let error = error.without_url();
        if error.is_connect() {
            let endpoint = self.endpoint.as_str();
            SeamError::Unreachable {
                call,
                endpoint: match proxy_to(self.endpoint.base()) {
                    Some(proxy) => format!("{endpoint} through the proxy {proxy}"),
                    None => endpoint.to_owned(),
                },
                cause: TransportError::new(error),
            }
        } else if error.is_timeout() {
            SeamError::TimedOut { call, after: limit }
        } else {
            SeamError::Interrupted {
                call,
                cause: TransportError::new(error),
            }
        }
    }

    pub(super) async fn http(&self) -> Result<&reqwest::Client, SeamError> {
        self.http
            .get_or_try_init(|| async {
                http_client(
                    self.endpoint.base(),
                    &self.user_agent,
                    self.connect_timeout,
                    self.request_timeout,
                )
            })
            .await
    }
}

/// A time-out of the last attempt, with the time of all.
fn after_all(error: SeamError, spent: Duration) -> SeamError {
    match error {
        SeamError::TimedOut { call, after } if spent > after + Duration::from_secs(1) => {
            let after = Duration::from_secs(spent.as_secs());
            SeamError::TimedOut { call, after }
        }
        error => error,
    }
}

pub(super) fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

pub(super) fn is_json(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}
