//! `demo` after its story: what it says to try, tried.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};

use crate::http::{Answer, Ask};

/// A demo that stays up, and the browser of the person in front of it.
struct Demo {
    host: String,
    cookie: String,
    stdout: Lines<BufReader<tokio::process::ChildStdout>>,
    state_dir: String,
    home: TempDir,
    running: Child,
}

/// Only a broken build takes so long for its next line.
const LONGEST: Duration = Duration::from_secs(60);

impl Demo {
    async fn after_its_story() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut running = cardbridge(&home, &["demo", "--fast", "--json"])
            .spawn()
            .unwrap();
        let stdout = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut stderr = BufReader::new(running.stderr.take().unwrap()).lines();
        let link = with(&mut stderr, "http").await;
        let command = with(&mut stderr, "--state-dir").await;
        let (_, state_dir) = command.split_once("--state-dir ").unwrap();
        // What it says further on is not read, and it never waits for that.
        drop(stderr);
        let (host, path) = link
            .strip_prefix("http://")
            .unwrap()
            .split_once('/')
            .unwrap();
        let answer = Ask::get(&format!("/{path}")).of(host).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        Self {
            host: host.to_owned(),
            cookie: cookie.split(';').next().unwrap().to_owned(),
            stdout,
            state_dir: state_dir.to_owned(),
            home,
            running,
        }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let ask = Ask::post(path, &body)
            .with("cookie", &self.cookie)
            .with("sec-fetch-site", "same-origin");
        let answer = ask.of(&self.host).await;
        assert_eq!(answer.status, 200, "{path} {body}: {answer:?}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        let ask = Ask::get(path).with("cookie", &self.cookie);
        ask.of(&self.host).await.json()
    }

    /// The next line of its stdout with this event.
    async fn line(&mut self, event: &str) -> Value {
        loop {
            let line: Value = serde_json::from_str(&next(&mut self.stdout).await).unwrap();
            if line["event"] == event {
                return line;
            }
        }
    }
}

async fn with(lines: &mut Lines<BufReader<impl AsyncRead + Unpin>>, what: &str) -> String {
    loop {
        let line = next(lines).await;
        if line.contains(what) {
            return line.trim().to_owned();
        }
    }
}

async fn next(lines: &mut Lines<BufReader<impl AsyncRead + Unpin>>) -> String {
    let line = tokio::time::timeout(LONGEST, lines.next_line()).await;
    line.unwrap().unwrap().unwrap()
}

fn cardbridge(home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("PCSCLITE_CSOCK_NAME", home.path().join("no-service"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_demo_says_to_try_works() {
    let mut demo = Demo::after_its_story().await;
    demo.line("serving").await;
    let snapshot = demo.get("/desk/snapshot").await["snapshot"].clone();
    assert_eq!(snapshot["simulated"], true);
    let tray = demo.get("/simulated/cards").await;
    let encoder = tray["encoders"][0]["acs_encoder_id"].clone();

    // A guest whose card is pulled away half-written.
    let listed = demo
        .post("/acs/credentials/list", json!({"limit": 200}))
        .await;
    let listed = listed.json()["acs_credentials"].clone();
    let waits = |credential: &&Value| {
        let issued = &credential["is_issued"];
        credential["access_method"] == "card"
            && *issued == false
            && credential["ends_at"] != json!(null)
    };
    let waiting: Vec<&Value> = listed.as_array().unwrap().iter().filter(waits).collect();
    assert!(waiting.len() >= 8, "new guests have arrived: {listed}");
    let guest = &waiting.last().unwrap()["acs_credential_id"];
    demo.post("/simulated/cards/remove", json!({"after_writes": 6}))
        .await;
    let order = json!({"acs_encoder_id": encoder, "acs_credential_id": guest});
    demo.post("/acs/encoders/encode_credential", order).await;
    let place = "/simulated/cards/place";
    let card = demo
        .post(place, json!({"card_type": "ntag215"}))
        .await
        .json()["card"]
        .clone();
    demo.line("card_removed").await;
    // Put back, it is finished.
    demo.post(place, json!({"card_uid": card["card_uid"]}))
        .await;
    let issued = loop {
        let line = demo.line("issuance").await;
        if line["state"] == "closed" {
            break line;
        }
    };
    assert_eq!(
        (&issued["acs_credential_id"], &issued["card_uid"]),
        (guest, &card["card_uid"])
    );

    let another = ["desk", "--print", "--state-dir", &demo.state_dir];
    let another = cardbridge(&demo.home, &another).output().await.unwrap();
    let another = String::from_utf8(another.stdout).unwrap();
    assert!(another.contains(&demo.host), "{another}");

    // What is stopped leaves nothing behind.
    let id = demo.running.id().unwrap().to_string();
    let stopped = Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .await
        .unwrap();
    assert!(stopped.success());
    let ended = demo.running.wait().await.unwrap();
    assert_eq!(ended.code(), Some(0));
    let left: Vec<_> = std::fs::read_dir(demo.home.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
