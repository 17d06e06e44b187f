//! As much of the `WebDriver` protocol as the page's tests need. The client crates bring a licence (MPL-2.0) or a feature of `serde_json`
//! (`preserve_order`) along that the product must not have.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::http::Ask;

/// A session of a browser.
#[derive(Debug)]
pub(crate) struct Session {
    host: String,
    id: String,
}

impl Session {
    /// Begins one at the driver on this host and port.
    pub(crate) async fn new(host: String, capabilities: &Value) -> Self {
        let wanted = json!({"capabilities": {"alwaysMatch": capabilities}});
        let session = asked(&host, Ask::post("/session", &wanted)).await.unwrap();
        let id = session["sessionId"].as_str().unwrap().to_owned();
        Self { host, id }
    }

    /// What a command gives.
    pub(crate) async fn post(&self, command: &str, parameters: &Value) -> Result<Value, String> {
        let path = format!("/session/{}/{command}", self.id);
        asked(&self.host, Ask::post(&path, parameters)).await
    }

    pub(crate) async fn get(&self, what: &str) -> Value {
        let path = format!("/session/{}/{what}", self.id);
        asked(&self.host, Ask::get(&path)).await.unwrap()
    }

    /// Runs a script that returns what it finds, or calls its last argument with it.
    pub(crate) async fn script(
        &self,
        kind: &str,
        script: &str,
        arguments: &[Value],
    ) -> Result<Value, String> {
        let order = json!({"script": script, "args": arguments});
        self.post(&format!("execute/{kind}"), &order).await
    }

    /// Presses and releases these keys, one after the other.
    pub(crate) async fn keys(&self, keys: &str) {
        let pressed = keys.chars().flat_map(|key| {
            let of = |kind: &str| json!({"type": kind, "value": key.to_string()});
            [of("keyDown"), of("keyUp")]
        });
        let keyboard =
            json!({"type": "key", "id": "keyboard", "actions": pressed.collect::<Vec<_>>()});
        let order = json!({"actions": [keyboard]});
        self.post("actions", &order).await.unwrap();
    }
}

/// The value, or the driver's message without its stack. The driver need not end the connection, so its answer is as long as it says.
async fn asked(host: &str, ask: Ask<'_>) -> Result<Value, String> {
    let mut stream = BufReader::new(TcpStream::connect(host).await.unwrap());
    stream.write_all(&ask.bytes(host)).await.unwrap();
    let mut length = 0;
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap() > 2 {
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let mut answer: Value = serde_json::from_slice(&body).unwrap();
    let value = answer["value"].take();
    if value["error"].is_null() {
        return Ok(value);
    }
    let message = value["message"].as_str().unwrap_or_default();
    Err(message.lines().next().unwrap_or_default().to_owned())
}
