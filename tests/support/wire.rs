//! HTTP as bytes, so that a test can send what no client would.

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) verb: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn new(verb: &str, target: &str) -> Self {
        Self {
            verb: verb.to_owned(),
            target: target.to_owned(),
            headers: BTreeMap::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it over a connection of its own and reads until the other side ends it.
    pub(crate) async fn send(&self, address: &str) -> io::Result<Reply> {
        let mut stream = self.sent(address).await?;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        Reply::parse(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Sends it over a connection of its own, which has the answer.
    pub(crate) async fn sent(&self, address: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(address).await?;
        let length = self.body.len().to_string();
        let own = [
            ("host", address),
            ("connection", "close"),
            ("content-length", &length),
        ];
        let given = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let lines = own
            .into_iter()
            .chain(given)
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!(
            "{} {} HTTP/1.1\r\n{}\r\n",
            self.verb,
            self.target,
            lines.collect::<String>()
        );
        stream.write_all(head.as_bytes()).await?;
        // A server may answer and hang up before it has read a body that it does not want.
        let _ = stream.write_all(&self.body).await;
        Ok(stream)
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let header = |line: &str| {
            line.split_once(": ")
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        };
        Some(Self {
            status,
            headers: lines.filter_map(header).collect(),
            body: bytes[end + 4..].to_vec(),
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer to `asked`, which is to succeed.
    pub(crate) fn succeeded(&self, asked: &str) -> Value {
        assert_eq!(self.status, 200, "{asked}: {}", self.text());
        self.json()
    }

    /// The error of `asked`, which is to be refused.
    pub(crate) fn refused(&self, asked: &str, status: u16, kind: &str) -> Value {
        let error = self.json()["error"].clone();
        let found = (self.status, error["type"].as_str());
        assert_eq!(found, (status, Some(kind)), "{asked}: {error}");
        error
    }
}
