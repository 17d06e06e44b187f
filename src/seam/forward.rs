//! A call of another client, passed on as it came, and its answer, handed back piece by piece.
//!
//! What makes the call this client's own, the key above all, is put on here and never comes back: it is taken out of the answer,
//! even where the API repeats it.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, Response, StatusCode};

use super::call::{Call, Effect};
use super::client::Client;
use super::error::{InvalidResponse, SeamError};
use super::secret::Secret;
use super::transport::{LARGEST_ANSWER, Transport, header, is_json};

/// The headers of a caller that are passed on: what its body is, and which client it is.
const PASSED_ON: [HeaderName; 4] = [
    CONTENT_TYPE,
    HeaderName::from_static("seam-lts-version"),
    HeaderName::from_static("seam-sdk-name"),
    HeaderName::from_static("seam-sdk-version"),
];

/// The headers of an answer that are handed back. What takes the place of the key is as long as the key.
const HANDED_BACK: [HeaderName; 4] = [
    CONTENT_LENGTH,
    CONTENT_TYPE,
    RETRY_AFTER,
    HeaderName::from_static("seam-request-id"),
];

/// A call of another client.
#[derive(Debug)]
pub struct Forward {
    /// Its verb.
    pub method: Method,
    /// The path of the endpoint.
    pub path: &'static str,
    /// Its query, as it came.
    pub query: Option<String>,
    /// All of its headers; few are passed on.
    pub headers: HeaderMap,
    /// Its body, as it came.
    pub body: Vec<u8>,
}

impl Forward {
    /// Whether it changes nothing. Every call can be a POST.
    fn is_read(&self) -> bool {
        let action = self.path.rsplit('/').next().unwrap_or_default();
        let mut words = action.split('_');
        self.method == Method::GET
            || words
                .next()
                .is_some_and(|word| matches!(word, "get" | "list"))
    }
}

/// The answer to such a call, whatever it says.
pub struct Forwarded {
    /// Its status.
    pub status: StatusCode,
    /// The headers to hand back.
    pub headers: HeaderMap,
    call: Call,
    response: Option<Response>,
    left: usize,
    redactor: Redactor,
    transport: Arc<Transport>,
}

impl fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarded")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Passes a call on, once.
    ///
    /// # Errors
    /// When there is no answer, or none that the API gives. A refusal by the API is an answer.
    pub async fn forward(&self, forward: Forward) -> Result<Forwarded, SeamError> {
        let effect = if forward.is_read() {
            Effect::Read
        } else {
            Effect::Change
        };
        let call = Call {
            path: forward.path,
            effect,
        };
        let answer = Box::pin(self.forward_once(call, forward));
        self.transport.heard(call, answer).await
    }

    async fn forward_once(&self, call: Call, forward: Forward) -> Result<Forwarded, SeamError> {
        let transport = &self.transport;
        let mut url = transport.endpoint.call(call.path);
        url.set_query(forward.query.as_deref());
        let mut headers = transport.headers.clone();
        for name in PASSED_ON {
            if let Some(value) = forward.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let response = transport
            .http()
            .await?
            .request(forward.method, url)
            .headers(headers)
            .body(forward.body)
            .send()
            .await
            .map_err(|error| transport.broken(call, transport.request_timeout, error))?;
        tracing::debug!(%call, status = response.status().as_u16(), "passed on");
        self.answered(call, response)
    }

    fn answered(&self, call: Call, response: Response) -> Result<Forwarded, SeamError> {
        let secret = &self.transport.secret;
        let status = response.status();
        let mut headers = HeaderMap::new();
        for name in HANDED_BACK {
            if let Some(value) = header(&response, name.as_str())
                && let Ok(value) = HeaderValue::from_str(&secret.scrub(value))
            {
                headers.insert(name, value);
            }
        }
        if let Some(fault) = fault_of(&response, secret) {
            return Err(SeamError::Unusable {
                call,
                status: status.as_u16(),
                request_id: header(&response, "seam-request-id").map(|id| secret.scrub(id)),
                fault,
            });
        }
        Ok(Forwarded {
            status,
            headers,
            call,
            response: Some(response),
            left: LARGEST_ANSWER,
            redactor: Redactor::new(secret),
            transport: Arc::clone(&self.transport),
        })
    }
}

/// What is wrong with an answer as far as its head shows.
fn fault_of(response: &Response, secret: &Secret) -> Option<InvalidResponse> {
    let text = |name: HeaderName| header(response, name.as_str()).map(|text| secret.scrub(text));
    if response.status().is_redirection() {
        return Some(InvalidResponse::Redirect { to: text(LOCATION) });
    }
    if let Some(encoding) =
        text(CONTENT_ENCODING).filter(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    {
        return Some(InvalidResponse::Encoded { encoding });
    }
    let announced = text(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LARGEST_ANSWER) {
        return Some(InvalidResponse::TooLarge {
            limit: LARGEST_ANSWER,
        });
    }
    let content_type = text(CONTENT_TYPE);
    if !content_type.as_deref().is_some_and(is_json) {
        return Some(InvalidResponse::NotJson {
            content_type: content_type.unwrap_or_else(|| "of no type".to_owned()),
        });
    }
    None
}

impl Forwarded {
    /// The next piece of the body; none at its end.
    ///
    /// # Errors
    /// When the answer breaks off, takes too long or is larger than any.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, SeamError> {
        while let Some(response) = &mut self.response {
            let read = response.chunk().await;
            let limit = self.transport.request_timeout;
            let read = read.map_err(|error| self.transport.broken(self.call, limit, error));
            let Some(chunk) = read? else {
                self.response = None;
                break;
            };
            let Some(left) = self.left.checked_sub(chunk.len()) else {
                self.response = None;
                return Err(self.too_large());
            };
            self.left = left;
            let chunk = self.redactor.take(&chunk);
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
        let rest = self.redactor.end();
        Ok((!rest.is_empty()).then_some(rest))
    }

    fn too_large(&self) -> SeamError {
        let limit = LARGEST_ANSWER;
        SeamError::Unusable {
            call: self.call,
            status: self.status.as_u16(),
            request_id: None,
            fault: InvalidResponse::TooLarge { limit },
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk).
    pub async fn body(mut self) -> Result<Vec<u8>, SeamError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend(chunk);
        }
        Ok(body)
    }
}

/// Takes the key out of what comes in pieces, of which it may span several.
struct Redactor {
    secret: Secret,
    /// The end of what came so far, where it may be the beginning of the key.
    held: Vec<u8>,
}

impl Redactor {
    fn new(secret: &Secret) -> Self {
        Self {
            secret: secret.clone(),
            held: Vec::new(),
        }
    }

    fn take(&mut self, chunk: &[u8]) -> Vec<u8> {
        let secret = self.secret.expose().as_bytes();
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(chunk);
        if secret.is_empty() {
            return text;
        }
        let mut at = 0;
        while at < text.len() {
            let rest = &mut text[at..];
            if rest.starts_with(secret) {
                rest[..secret.len()].fill(b'*');
                at += secret.len();
            } else if secret.starts_with(rest) {
                self.held = text.split_off(at);
                break;
            } else {
                at += 1;
            }
        }
        text
    }

    fn end(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_wherever_it_is_cut() {
        let text = b"seam_ksey seam_key seam_seam_key seam_ke";
        let want = b"seam_ksey ******** seam_******** seam_ke";
        for size in 1..text.len() {
            let mut redactor = Redactor::new(&"seam_key".into());
            let mut got: Vec<u8> = text
                .chunks(size)
                .flat_map(|piece| redactor.take(piece))
                .collect();
            got.extend(redactor.end());
            assert_eq!(got, want, "in pieces of {size}");
        }
    }
}
