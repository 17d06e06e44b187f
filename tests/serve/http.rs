//! HTTP as it is on the wire, so that a test can send what no client would.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    method: &'a str,
    path: &'a str,
    host: Option<&'a str>,
    headers: Vec<(&'a str, String)>,
    body: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(method: &'a str, path: &'a str) -> Self {
        Self {
            method,
            path,
            host: None,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub(crate) fn get(path: &'a str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: &'a str, body: &Value) -> Self {
        Self {
            body: body.to_string(),
            ..Self::new("POST", path)
        }
        .with("content-type", "application/json")
    }

    /// A body without a type.
    pub(crate) fn text(path: &'a str, body: &str) -> Self {
        Self {
            body: body.to_owned(),
            ..Self::new("POST", path)
        }
    }

    pub(crate) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    /// Another host than the one that is asked.
    pub(crate) fn named(self, host: &'a str) -> Self {
        Self {
            host: Some(host),
            ..self
        }
    }

    /// Everything that goes over the wire.
    pub(crate) fn bytes(&self, host: &str) -> Vec<u8> {
        let Self {
            method, path, body, ..
        } = self;
        let host = Some(self.host.unwrap_or(host)).filter(|host| !host.is_empty());
        let host = host.map(|host| ("host", host.to_owned()));
        let length = ("content-length", body.len().to_string());
        let close = ("connection", "close".to_owned());
        let headers = host.into_iter().chain([length, close]);
        let headers: String = headers
            .chain(self.headers.clone())
            .flat_map(|(name, value)| [name.to_owned(), ": ".to_owned(), value, "\r\n".to_owned()])
            .collect();
        let text = format!("{method} {path} HTTP/1.1\r\n{headers}\r\n{body}");
        text.into_bytes()
    }

    /// Sends it to this host and port, and reads the answer to its end.
    pub(crate) async fn of(&self, host: &str) -> Answer {
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(&self.bytes(host)).await.unwrap();
        Answer::read(&mut stream).await
    }
}

impl Answer {
    /// Reads until the other side ends the connection.
    pub(crate) async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> Self {
        let mut bytes = Vec::new();
        // One that is cut off has said all that it says.
        let _ = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The word that says why it was refused.
    pub(crate) fn refused(&self) -> (u16, String) {
        let kind = self.json()["error"]["type"].clone();
        (self.status, kind.as_str().unwrap().to_owned())
    }
}
