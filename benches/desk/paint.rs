//! How soon a browser paints the desk page: the browser's own paint entries, read through its driver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::process::stop;
use super::spread;

/// Each with an empty cache, as on a desk's first morning.
const VISITS: usize = 7;

/// Calls back with the moment of the first paint, in milliseconds since the page was asked for.
const FIRST_PAINT: &str = "
    const done = arguments[0];
    new PerformanceObserver((list, observer) => {
      const paint = list.getEntriesByName('first-contentful-paint')[0];
      if (paint) observer.disconnect(), done(paint.startTime);
    }).observe({type: 'paint', buffered: true});";

/// Visits the page by its link, and tells how soon something was seen. Says so where there is no browser.
pub(crate) fn print(home: &Path, link: impl Fn() -> String) {
    let Some(driver) = Driver::start(home) else {
        return println!("{:<36} no chromedriver", "first paint");
    };
    let paints = (0..VISITS).map(|_| driver.first_paint(&link())).collect();
    let (middle, low, high) = spread(paints);
    println!(
        "{:<36}{middle:>9.1} ms  ({low:.1} – {high:.1})",
        "first paint"
    );
}

/// A chromedriver, which ends with this.
struct Driver {
    process: Child,
    host: String,
}

impl Driver {
    fn start(home: &Path) -> Option<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let host = format!("127.0.0.1:{port}");
        Some(Self { process, host })
    }

    fn first_paint(&self, link: &str) -> f64 {
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]},
        }}});
        let session = self.ask("POST", "/session", &wanted);
        let session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        // Neither the browser's own start nor its first document are the page's.
        let empty = json!({"url": "about:blank"});
        self.ask("POST", &format!("{session}/url"), &empty);
        self.ask("POST", &format!("{session}/url"), &json!({"url": link}));
        let script = json!({"script": FIRST_PAINT, "args": []});
        let paint = self.ask("POST", &format!("{session}/execute/async"), &script);
        self.ask("DELETE", &session, &json!({}));
        paint.as_f64().unwrap()
    }

    /// The driver does not end the connection, so its answer is as long as it says.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while answer.read_line(&mut line).unwrap() > 2 {
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).unwrap();
        let mut answer: Value = serde_json::from_slice(&body).unwrap();
        answer["value"].take()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}
