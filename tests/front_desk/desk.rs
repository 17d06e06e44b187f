//! A desk: a simulated API, a state directory, a record key, and the environment in which the binary finds them.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cardbridge::seam::{
    AccessMode, AcsCredential, Auth, Client, CreateAcsCredential, CredentialHolder, Event,
    ListAcsEntrances, ListAcsSystems, ListAcsUsers, ListEvents, Settings, When,
};
use cardbridge::sim::{self, Access, Faults, Hotel};
use cardbridge_drivers::contract::Uid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The key that this desk's records are made with.
pub(crate) const RECORD_KEY: [u8; 32] = [0x5A; 32];

/// Everything around the binary.
pub(crate) struct Desk {
    pub(crate) access: Access,
    pub(crate) client: Client,
    pub(crate) faults: Faults,
    home: TempDir,
}

/// What the binary left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) document: Value,
    pub(crate) stderr: String,
}

impl Ran {
    async fn to_its_end(command: &mut Command) -> Self {
        let output = command.output().await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Self {
            code: output.status.code().unwrap(),
            document: serde_json::from_str(&stdout)
                .unwrap_or_else(|error| panic!("{error}: {stdout}\n{stderr}")),
            stderr,
        }
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::of_hotel(Hotel::seeded()).await
    }

    /// A desk in this hotel.
    pub(crate) async fn of_hotel(hotel: Hotel) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let access = hotel.access(listener.local_addr().unwrap());
        let faults = hotel.faults();
        tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
        let auth = Auth::ApiKey(access.api_key.clone().into());
        let client = Client::new(Settings::new(auth).at(&access.endpoint)).unwrap();
        let home = tempfile::tempdir().unwrap();
        for (file, content) in [
            ("record.key", hex::encode(RECORD_KEY)),
            ("report.secret", access.report_secret.clone()),
        ] {
            let path = home.path().join(file);
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
        write_site_keys(&home.path().join("site-keys.toml"));
        Self {
            access,
            client,
            faults,
            home,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The binary with this desk's environment; `through` replaces the API's host and port.
    pub(crate) fn command(&self, arguments: &[&str], through: Option<&str>) -> Command {
        let address = |url: &str| match through {
            Some(proxy) => url.replace(self.access.endpoint.trim_start_matches("http://"), proxy),
            None => url.to_owned(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("CARDBRIDGE_STATE_DIR", self.path("state"))
            .env("CARDBRIDGE_LISTEN", "127.0.0.1:0")
            .env("CARDBRIDGE_RECORD_KEY_FILE", self.path("record.key"))
            .env("CARDBRIDGE_SITE_KEYS_FILE", self.path("site-keys.toml"))
            .env("CARDBRIDGE_REPORT_URL", address(&self.access.report_url))
            .env("CARDBRIDGE_REPORT_SECRET_FILE", self.path("report.secret"))
            .env("SEAM_API_KEY", &self.access.api_key)
            .env("SEAM_ENDPOINT", address(&self.access.endpoint))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts the binary.
    pub(crate) fn start(&self, arguments: &[&str], through: Option<&str>) -> Child {
        self.command(arguments, through).spawn().unwrap()
    }

    /// The same, with no signal ignored, as a shell in the background or `nohup` would have it.
    pub(crate) fn start_with_default_signals(&self, arguments: &[&str]) -> Child {
        let started = self.command(arguments, None);
        let started = started.as_std();
        let mut command = Command::new("/usr/bin/env");
        command
            .arg("--default-signal=HUP,INT,TERM")
            .arg(started.get_program())
            .args(started.get_args())
            .env_clear()
            .envs(
                started
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.spawn().unwrap()
    }

    /// Runs the binary to its end; its stdout must be one JSON document.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        Ran::to_its_end(&mut self.command(arguments, None)).await
    }

    /// The same desk before anybody has configured a report receiver.
    pub(crate) async fn run_without_receiver(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments, None);
        command
            .env_remove("CARDBRIDGE_REPORT_URL")
            .env_remove("CARDBRIDGE_REPORT_SECRET_FILE");
        Ran::to_its_end(&mut command).await
    }

    /// The same desk with other site keys, or none.
    pub(crate) async fn run_under(&self, site_keys: Option<&Path>, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments, None);
        match site_keys {
            Some(file) => command.env("CARDBRIDGE_SITE_KEYS_FILE", file),
            None => command.env_remove("CARDBRIDGE_SITE_KEYS_FILE"),
        };
        Ran::to_its_end(&mut command).await
    }

    /// Runs the binary to its end, with text as output: exit code, stdout, stderr.
    pub(crate) async fn say(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments, None).output().await.unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// `encode --credential`, to its end.
    pub(crate) async fn encode(&self, credential: &AcsCredential, more: &[&str]) -> Ran {
        let mut arguments = vec![
            "encode",
            "--json",
            "--timeout",
            "20",
            "--credential",
            &credential.acs_credential_id,
        ];
        arguments.extend(more);
        self.run(&arguments).await
    }

    /// A new card credential in the system of this type, for these kinds of doors, waiting for its card.
    pub(crate) async fn credential(&self, system_type: &str, entrances: usize) -> AcsCredential {
        let systems = self
            .client
            .systems()
            .list(&ListAcsSystems::default())
            .await
            .unwrap();
        let system = systems
            .items
            .into_iter()
            .find(|system| {
                system
                    .external_type
                    .as_ref()
                    .is_some_and(|kind| kind.as_str() == system_type)
            })
            .unwrap();
        let filter = ListAcsUsers {
            acs_system_id: Some(system.acs_system_id.clone()),
            ..ListAcsUsers::default()
        };
        let user = self
            .client
            .users()
            .list(&filter)
            .next_page()
            .await
            .unwrap()
            .unwrap()
            .items
            .remove(0);
        let filter = ListAcsEntrances {
            acs_system_id: Some(system.acs_system_id),
            ..ListAcsEntrances::default()
        };
        let doors = self
            .client
            .entrances()
            .list(&filter)
            .next_page()
            .await
            .unwrap()
            .unwrap()
            .items;
        let holder = CredentialHolder::AcsUser {
            acs_user_id: user.acs_user_id,
        };
        let mut request = CreateAcsCredential::new(AccessMode::Card, holder);
        request.allowed_acs_entrance_ids = doors
            .into_iter()
            .take(entrances)
            .map(|door| door.acs_entrance_id)
            .collect();
        self.client.credentials().create(&request).await.unwrap()
    }

    /// The credential as the API has it now.
    pub(crate) async fn look_up(&self, credential: &AcsCredential) -> AcsCredential {
        self.client
            .credentials()
            .get(&credential.acs_credential_id)
            .await
            .unwrap()
    }

    /// The events that the API has of a credential.
    pub(crate) async fn events_of(&self, credential: &AcsCredential) -> Vec<Event> {
        let mut filter = ListEvents::new(When::Since("2020-01-01T00:00:00Z".to_owned()));
        filter.filters.acs_credential_id = Some(credential.acs_credential_id.clone());
        self.client.events().list(&filter).await.unwrap().items
    }
}

/// A card's UID that no other card of a test has.
pub(crate) fn uid(number: u16) -> Uid {
    let [high, low] = number.to_be_bytes();
    Uid::try_from([0x04, 0x5A, 0x11, 0x22, high, low, 0x80].as_slice()).unwrap()
}

/// A site key file like the ones that desks share, with the keys of `cardbridge_drivers::testing::site_settings`.
fn write_site_keys(path: &Path) {
    let entry = |version: u8| {
        let key = hex::encode([version; 16]);
        format!(
            "[[site_key]]\nversion = {version}\nkey = \"{key}\"\ncreated = \"2026-01-0{version}\"\n"
        )
    };
    std::fs::write(path, [entry(1), entry(2)].concat()).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}
