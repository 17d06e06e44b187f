//! An API on a socket of this machine that answers exactly what a test tells it to, byte for byte, and remembers what came.

use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cardbridge::seam::{Auth, Client, Settings};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "seam_testkey1_NeverShowThis";

/// One request, as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (left, right) = line.split_once(": ")?;
            left.eq_ignore_ascii_case(name).then_some(right)
        })
    }
}

/// What the API does with a request.
pub(crate) enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes and then nothing more, without closing.
    Stall(Vec<u8>),
}

impl Reply {
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut bytes = format!(
            "HTTP/1.1 {status} Reason\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            writeln!(bytes, "{name}: {value}\r").unwrap();
        }
        bytes.push_str("\r\n");
        Self::Bytes([bytes.as_bytes(), body].concat())
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(
            status,
            &[("content-type", "application/json")],
            body.to_string().as_bytes(),
        )
    }

    /// Announces one byte more than it sends.
    pub(crate) fn half() -> Self {
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n";
        Self::Bytes([head.as_bytes(), b"{\"acs_credential\": {"].concat())
    }

    /// Closes without a word.
    pub(crate) fn nothing() -> Self {
        Self::Bytes(Vec::new())
    }
}

/// The API, until it is dropped.
pub(crate) struct Api {
    pub(crate) endpoint: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    waits: Arc<Mutex<Vec<Duration>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Api {
    /// Answers request number n (from 0) with `reply(n, request)`.
    pub(crate) async fn start(
        reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let reply = Arc::new(reply);
        let server = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                tokio::spawn(async move { answer(socket, &log, &*reply).await });
            }
        });
        Self {
            endpoint,
            seen,
            waits: Arc::default(),
            server,
        }
    }

    /// Answers everything alike.
    pub(crate) async fn always(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |_, _| reply()).await
    }

    /// A client of it that waits for nothing but remembers how long it would have.
    pub(crate) fn client(&self) -> Client {
        self.client_with(Settings::new(Auth::ApiKey(KEY.into())))
    }

    pub(crate) fn client_with(&self, settings: Settings) -> Client {
        let waits = Arc::clone(&self.waits);
        let sleeper = Arc::new(move |wait| {
            waits.lock().unwrap().push(wait);
            Box::pin(std::future::ready(())) as Pin<Box<dyn Future<Output = ()> + Send>>
        });
        Client::with_sleeper(settings.at(&self.endpoint), sleeper).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

async fn answer(
    socket: TcpStream,
    log: &Mutex<Vec<Seen>>,
    reply: &(dyn Fn(usize, &Seen) -> Reply + Send + Sync),
) {
    let mut socket = BufStream::new(socket);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Not HTTP (a TLS greeting): say something that is not TLS either.
        match socket.read_u8().await {
            Ok(byte) if head.first().is_none_or(u8::is_ascii_uppercase) => head.push(byte),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut seen = Seen {
        path,
        head,
        body: Vec::new(),
    };
    let length = seen
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    seen.body.resize(length, 0);
    socket.read_exact(&mut seen.body).await.unwrap();
    let number = {
        let mut log = log.lock().unwrap();
        log.push(seen.clone());
        log.len() - 1
    };
    let reply = reply(number, &seen);
    let (Reply::Bytes(bytes) | Reply::Stall(bytes)) = &reply;
    // A client that has read enough hangs up in between.
    let _ = socket.write_all(bytes).await;
    let _ = socket.flush().await;
    if matches!(reply, Reply::Stall(_)) {
        std::future::pending::<()>().await;
    }
}
