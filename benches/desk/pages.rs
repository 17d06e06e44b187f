//! The desk page: how soon a click has a card written, and what open pages cost.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::{command, hotel, megabytes, stop};
use super::{paint, spread};

/// Pages that are open at the same time.
const PAGES: usize = 50;
/// Clicks that are timed.
const CLICKS: usize = 20;
/// Guests who wait, beside those who are clicked on.
const WAITING: usize = 5_000;

pub(crate) fn print() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("record.key"), "5a".repeat(32)).unwrap();
    let (mut hotel, access) = hotel(home.path(), WAITING);
    let mut desk = Desk::open(home.path(), &access);
    println!("the desk page, {WAITING} guests waiting");
    row(
        "memory without a page",
        megabytes(&desk.agent, "VmRSS:"),
        "MB",
    );
    let begin = Instant::now();
    let first = desk.get("/").len();
    row("first answer", begin.elapsed().as_secs_f64() * 1e3, "ms");
    assert!(first > 0);
    paint::print(home.path(), || desk_link(home.path()));
    let mut pages: Vec<_> = (0..PAGES).map(|_| desk.events()).collect();
    let begin = Instant::now();
    let guests = desk.guests();
    row(
        "the list of guests, first",
        begin.elapsed().as_secs_f64() * 1e3,
        "ms",
    );
    let begin = Instant::now();
    desk.guests();
    row(
        "the list of guests, again",
        begin.elapsed().as_secs_f64() * 1e3,
        "ms",
    );
    row(
        &format!("memory with {PAGES} pages"),
        megabytes(&desk.agent, "VmRSS:"),
        "MB",
    );

    let (mut clicks, mut all) = (vec![], vec![]);
    for guest in guests.iter().take(CLICKS) {
        let place = json!({"card_type": "ntag215"});
        desk.post("/simulated/cards/place", &place);
        let begin = Instant::now();
        let order = json!({"acs_credential_id": guest["acs_credential_id"]});
        desk.post("/desk/encode", &order);
        await_event(&mut pages[0], "progress");
        clicks.push(begin.elapsed().as_secs_f64() * 1e3);
        for page in &mut pages {
            await_event(page, "job_ended");
        }
        all.push(begin.elapsed().as_secs_f64() * 1e3);
        desk.post("/simulated/cards/remove", &json!({}));
    }
    let (middle, low, high) = spread(clicks);
    row(
        "click to first write",
        middle,
        &format!("ms  ({low:.1} – {high:.1})"),
    );
    let (middle, low, high) = spread(all);
    row(
        &format!("click to done on {PAGES} pages"),
        middle,
        &format!("ms  ({low:.1} – {high:.1})"),
    );
    row(
        "memory after that, at most",
        megabytes(&desk.agent, "VmHWM:"),
        "MB",
    );
    stop(&mut desk.agent);
    stop(&mut hotel);
}

/// A link that logs a browser in, once.
fn desk_link(home: &Path) -> String {
    let asked = command(home).args(["desk", "--print"]).output().unwrap();
    String::from_utf8(asked.stdout).unwrap().trim().to_owned()
}

fn row(what: &str, figure: f64, unit: &str) {
    println!("{what:<36}{figure:>9.1} {unit}");
}

/// An agent on simulated encoders, and a token for it.
struct Desk {
    agent: Child,
    host: String,
    token: String,
}

impl Desk {
    fn open(home: &Path, access: &Value) -> Self {
        let text = |key: &str| access[key].as_str().unwrap().to_owned();
        let at_the_hotel = |command: &mut Command| {
            command
                .env("SEAM_ENDPOINT", text("endpoint"))
                .env("SEAM_API_KEY", text("api_key"));
        };
        let mut run = command(home);
        at_the_hotel(&mut run);
        let mut agent = run
            .args(["run", "--json", "--simulated", "ntag215"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(agent.stdout.take().unwrap()).lines();
        let host = loop {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            if line["event"] == "serving" {
                break line["url"].as_str().unwrap().replace("http://", "");
            }
        };
        // The agent waits for no reader of its lines.
        std::thread::spawn(move || lines.for_each(drop));
        let made = command(home)
            .args(["token", "new", "bench"])
            .output()
            .unwrap();
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        Self { agent, host, token }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> BufReader<TcpStream> {
        let Self { host, token, .. } = self;
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        BufReader::new(stream)
    }

    fn read(mut answer: BufReader<TcpStream>) -> String {
        let mut text = String::new();
        answer.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{text}");
        body.to_owned()
    }

    fn get(&self, path: &str) -> String {
        Self::read(self.ask("GET", path, ""))
    }

    fn post(&self, path: &str, body: &Value) -> String {
        Self::read(self.ask("POST", path, &body.to_string()))
    }

    /// Those who wait, once all are known.
    fn guests(&self) -> Vec<Value> {
        loop {
            let list: Value = serde_json::from_str(&self.get("/desk/guests")).unwrap();
            let guests = list["guests"].as_array().unwrap();
            if guests.len() >= WAITING {
                return guests.clone();
            }
        }
    }

    fn events(&self) -> BufReader<TcpStream> {
        let mut events = self.ask("GET", "/events", "");
        let mut line = String::new();
        while !line.starts_with("event: snapshot") {
            line.clear();
            events.read_line(&mut line).unwrap();
        }
        events
    }
}

fn await_event(events: &mut BufReader<TcpStream>, name: &str) {
    let wanted = format!("\"event\":\"{name}\"");
    let mut line = String::new();
    while !line.contains(&wanted) {
        line.clear();
        assert!(events.read_line(&mut line).unwrap() > 0, "no {name}");
    }
}
