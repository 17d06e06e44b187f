//! A running agent without a PC/SC service, in a simulated hotel.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use cardbridge::sim::{self, Access, Hotel};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

use crate::http::{Answer, Ask};
use crate::wire::Line;

/// Only a broken build takes so long for its next line.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// An agent, its state, and the hotel that it works for. It ends with its test.
pub(crate) struct Agent {
    pub(crate) access: Access,
    /// Host and port of what it serves.
    pub(crate) host: String,
    home: TempDir,
    running: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Agent {
    /// Starts one with these arguments after `run --json`.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::configured("", arguments).await
    }

    /// The same with this configuration file.
    pub(crate) async fn configured(file: &str, arguments: &[&str]) -> Self {
        Self::in_hotel(Hotel::seeded(), file, arguments).await
    }

    /// The same in this hotel.
    pub(crate) async fn in_hotel(hotel: Hotel, file: &str, arguments: &[&str]) -> Self {
        Self::with_access(open(hotel).await, file, arguments).await
    }

    /// One that reaches the API of its hotel over a line that can go silent.
    pub(crate) async fn over_a_line(arguments: &[&str]) -> (Self, Line) {
        let mut access = open(Hotel::seeded()).await;
        let (_, host) = access.endpoint.split_once("://").unwrap();
        let line = Line::to(host).await;
        access.endpoint = line.endpoint();
        (Self::with_access(access, "", arguments).await, line)
    }

    async fn with_access(access: Access, file: &str, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("cardbridge.toml"), file).unwrap();
        for (file, content) in [
            ("record.key", hex::encode([0x5A; 32])),
            ("report.secret", access.report_secret.clone()),
        ] {
            let path = home.path().join(file);
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
        let arguments = [&["run", "--json"], arguments].concat();
        let mut running = command(&home, &access, &arguments)
            .env("RUST_LOG", "trace")
            .stderr(File::create(home.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut agent = Self {
            access,
            host: String::new(),
            home,
            running,
            lines,
        };
        let url = agent.line("serving").await["url"].clone();
        let (_, host) = url.as_str().unwrap().split_once("://").unwrap();
        host.clone_into(&mut agent.host);
        agent
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The next line of `run --json` with this event.
    pub(crate) async fn line(&mut self, event: &str) -> Value {
        loop {
            let line = tokio::time::timeout(LONGEST, self.lines.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("no {event} came")).unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended without {event}"));
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["event"] == event {
                return line;
            }
        }
    }

    /// Stops it as a service manager does, and starts it again on the same port.
    pub(crate) async fn restart(&mut self) {
        self.restart_with(&[]).await;
    }

    /// Ends it as a power cut does.
    pub(crate) async fn kill(&mut self) {
        if self.running.id().is_some() {
            self.running.kill().await.unwrap();
        }
    }

    /// Sends it a signal, such as the one that has it hang.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.running.id().unwrap().to_string();
        let kill = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(kill.await.unwrap().success());
    }

    /// The same with these arguments.
    pub(crate) async fn restart_with(&mut self, arguments: &[&str]) {
        self.kill().await;
        let run = ["run", "--json", "--listen", &self.host];
        let arguments = [&run[..], arguments].concat();
        self.running = command(&self.home, &self.access, &arguments)
            .spawn()
            .unwrap();
        self.lines = BufReader::new(self.running.stdout.take().unwrap()).lines();
        self.line("serving").await;
    }

    /// How another `cardbridge` ends that works with the same files.
    pub(crate) async fn beside(&self, arguments: &[&str]) -> Output {
        let output = command(&self.home, &self.access, arguments).output();
        let output = tokio::time::timeout(LONGEST, output).await;
        output.expect("it does not end").unwrap()
    }

    /// What another `cardbridge` on this machine says, as one line.
    pub(crate) async fn cardbridge(&self, arguments: &[&str]) -> String {
        let output = self.beside(arguments).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A new token.
    pub(crate) async fn token(&self, scope: &str) -> String {
        self.cardbridge(&["token", "new", "a test", "--scope", scope])
            .await
    }

    /// The cookie of a browser that has followed a link.
    pub(crate) async fn cookie(&self, kind: &[&str]) -> String {
        let link = self
            .cardbridge(&[&["desk", "--print"], kind].concat())
            .await;
        let (_, path) = link.split_once(&self.host).unwrap();
        let answer = self.ask(Ask::get(path)).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The answer to HEAD.
    pub(crate) async fn head(&self, path: &str) -> String {
        let ask = format!(
            "HEAD {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.host
        );
        let mut stream = TcpStream::connect(&self.host).await.unwrap();
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Asks as a program would: by the right name, and without an origin.
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Answer {
        ask.of(&self.host).await
    }
}

/// Serves the hotel's API for as long as the test runs.
async fn open(hotel: Hotel) -> Access {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let access = hotel.access(listener.local_addr().unwrap());
    tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
    access
}

fn command(home: &TempDir, access: &Access, arguments: &[&str]) -> Command {
    let path = |name| home.path().join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("PCSCLITE_CSOCK_NAME", path("no-service"))
        .env("CARDBRIDGE_CONFIG", path("cardbridge.toml"))
        .env("CARDBRIDGE_STATE_DIR", path("state"))
        .env("CARDBRIDGE_LISTEN", "127.0.0.1:0")
        .env("CARDBRIDGE_RECORD_KEY_FILE", path("record.key"))
        .env("CARDBRIDGE_REPORT_URL", &access.report_url)
        .env("CARDBRIDGE_REPORT_SECRET_FILE", path("report.secret"))
        .env("SEAM_API_KEY", &access.api_key)
        .env("SEAM_ENDPOINT", &access.endpoint)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}
