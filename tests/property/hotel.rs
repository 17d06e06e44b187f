//! The hotel of the tests, and its desks: each is a state directory and the binary.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use cardbridge::seam::{
    AccessMode, Auth, Client, CreateAcsCredential, CredentialHolder, ListAcsUsers, Settings,
};
use cardbridge::sim::{self, Access};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::cluster::Database;

/// One hotel. Its API never hears of what is written, as the hosted one does not.
pub(crate) struct Hotel {
    access: Access,
    receiver: Receiver,
    pub(crate) client: Client,
    holder: String,
}

impl Hotel {
    pub(crate) async fn new() -> Self {
        let hotel = sim::Hotel::seeded();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let access = hotel.access(listener.local_addr().unwrap());
        tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
        let auth = Auth::ApiKey(access.api_key.as_str().into());
        let client = Client::new(Settings::new(auth).at(&access.endpoint)).unwrap();
        let mut users = client.users().list(&ListAcsUsers::default());
        let users = users.next_page().await.unwrap().unwrap();
        let holder = users.items[0].acs_user_id.clone();
        Self {
            access,
            receiver: Receiver::start().await,
            client,
            holder,
        }
    }

    /// A new credential that waits for its first card.
    pub(crate) async fn credential(&self) -> String {
        let holder = CredentialHolder::AcsUser {
            acs_user_id: self.holder.clone(),
        };
        let request = CreateAcsCredential::new(AccessMode::Card, holder);
        let created = self.client.credentials().create(&request).await.unwrap();
        created.acs_credential_id
    }

    /// A desk of this name.
    pub(crate) fn desk(&self, name: &str, database: Option<&Database>) -> Desk {
        match database {
            Some(database) => self.desk_with(name, database, ""),
            None => self.set_up("", None),
        }
    }

    /// The same with more in its section of the configuration.
    pub(crate) fn desk_with(&self, name: &str, database: &Database, more: &str) -> Desk {
        let file = format!("[property]\ndesk = \"{name}\"\n{more}");
        self.set_up(&file, Some(database))
    }

    fn set_up(&self, file: &str, database: Option<&Database>) -> Desk {
        let home = tempfile::tempdir().unwrap();
        for (file, content) in [
            ("record.key", hex::encode([0x5A; 32])),
            ("report.secret", self.access.report_secret.clone()),
            ("cardbridge.toml", file.to_owned()),
        ] {
            let path = home.path().join(file);
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
        }
        let mut variables = HashMap::from([
            ("SEAM_API_KEY", self.access.api_key.clone()),
            ("SEAM_ENDPOINT", self.access.endpoint.clone()),
            ("CARDBRIDGE_REPORT_URL", self.receiver.url.clone()),
        ]);
        if let Some(database) = database {
            variables.insert("CARDBRIDGE_POSTGRES", database.url.clone());
        }
        Desk { home, variables }
    }
}

/// One desk.
pub(crate) struct Desk {
    home: TempDir,
    variables: HashMap<&'static str, String>,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: i32,
    pub(crate) document: Value,
    /// What it said to a person.
    pub(crate) said: String,
}

impl Ended {
    pub(crate) fn code(&self) -> &str {
        self.document["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Desk {
    /// Puts the credential onto a blank card.
    pub(crate) async fn encode(&self, credential: &str, options: &[&str]) -> Ended {
        let encode = ["encode", "--json", "--credential", credential];
        self.cardbridge(&[&encode, options, &["--simulated", "ntag215"]].concat())
            .await
    }

    /// Runs a command that prints one document.
    pub(crate) async fn cardbridge(&self, arguments: &[&str]) -> Ended {
        let path = |name: &str| self.home.path().join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_cardbridge"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PCSCLITE_CSOCK_NAME", path("no-service"))
            .env("RUST_LOG", "trace")
            .env("CARDBRIDGE_CONFIG", path("cardbridge.toml"))
            .env("CARDBRIDGE_STATE_DIR", path("state"))
            .env("CARDBRIDGE_RECORD_KEY_FILE", path("record.key"))
            .env("CARDBRIDGE_REPORT_SECRET_FILE", path("report.secret"))
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let document = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {said}"));
        Ended {
            exit: output.status.code().unwrap(),
            document,
            said: said.into_owned(),
        }
    }
}

/// A receiver of reports that takes all of them, and passes none on.
struct Receiver {
    url: String,
    _taken: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let taken = Arc::<Mutex<Vec<String>>>::default();
        let all = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let all = Arc::clone(&all);
                tokio::spawn(async move {
                    if let Some(message) = answer(stream).await {
                        all.lock().unwrap().push(message);
                    }
                });
            }
        });
        Self { url, _taken: taken }
    }
}

/// Takes one message, and says its id.
async fn answer(mut stream: TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).await.ok()?;
        request.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                let lines = head.lines().filter_map(|line| line.split_once(": "));
                let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
                found.next().map(|(_, value)| value.to_owned())
            };
            let length = header("content-length")?.parse::<usize>().ok()?;
            if body.len() >= length {
                let id = header("webhook-id");
                let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                stream.write_all(answer).await.ok()?;
                return id;
            }
        }
        if read == 0 {
            return None;
        }
    }
}
