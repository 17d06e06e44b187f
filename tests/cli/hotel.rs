//! A simulated hotel in a process of its own, and the life of a credential in it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::desk::Desk;

/// `cardbridge sim-api` on a free port; ends with the test.
pub(crate) struct Hotel {
    child: Child,
    pub(crate) endpoint: String,
    pub(crate) api_key: String,
    pub(crate) report_url: String,
    pub(crate) report_secret: String,
}

impl Hotel {
    pub(crate) fn open() -> Self {
        let mut child = Desk::new()
            .command(&["sim-api"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let access: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| access[key].as_str().unwrap().to_owned();
        assert!(text("report_url").starts_with(&text("endpoint")));
        assert!(text("report_secret").starts_with("whsec_"));
        Self {
            endpoint: text("endpoint"),
            api_key: text("api_key"),
            report_url: text("report_url"),
            report_secret: text("report_secret"),
            child,
        }
    }

    /// A desk that works for this hotel.
    pub(crate) fn desk(&self) -> Desk {
        Desk::new()
            .with("SEAM_ENDPOINT", &self.endpoint)
            .with("SEAM_API_KEY", &self.api_key)
    }
}

impl Drop for Hotel {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_credential_lives_and_dies() {
    let hotel = Hotel::open();
    let desk = hotel.desk();
    let first = &lines(
        &desk
            .run(&["credentials", "list", "--json"])
            .succeeded()
            .stdout,
    )[0];
    let user = first["acs_user_id"].as_str().unwrap();

    let created = desk
        .run(&[
            "credentials",
            "create",
            "--json",
            "--acs-user",
            user,
            "--visionline-override",
            "--visionline-card-format",
            "rfid48",
            "--starts-at",
            "2030-01-01T15:00:00+01:00",
            "--ends-at",
            "2030-01-03T11:00:00+01:00",
        ])
        .succeeded()
        .json();
    let id = created["acs_credential_id"].as_str().unwrap();
    assert_eq!(created["access_method"], "card");
    assert_eq!(
        desk.run(&["credentials", "get", id, "--json"])
            .succeeded()
            .json(),
        created
    );

    let updated = desk.run(&[
        "credentials",
        "update",
        id,
        "--json",
        "--ends-at",
        "2030-01-04T11:00:00+01:00",
    ]);
    assert!(
        updated.succeeded().json()["ends_at"]
            .as_str()
            .unwrap()
            .starts_with("2030-01-04T10:00:00")
    );

    let freed = desk
        .run(&["credentials", "unassign", id, "--json", "--acs-user", user])
        .succeeded()
        .json();
    assert_eq!(freed["acs_user_id"], Value::Null);
    let given = desk
        .run(&["credentials", "assign", id, "--json", "--acs-user", user])
        .succeeded()
        .json();
    assert_eq!(given["acs_user_id"], user);
    desk.run(&["credentials", "entrances", id, "--json"])
        .succeeded();

    let deleted = desk
        .run(&["credentials", "delete", id, "--json"])
        .succeeded()
        .json();
    assert_eq!(deleted["deleted"], true);
    desk.run(&["credentials", "get", id])
        .failed(4, "acs_credential_not_found", "");
}

#[test]
fn a_list_is_a_line_each_however_small_the_pages() {
    let hotel = Hotel::open();
    let desk = hotel.desk();
    let whole = desk
        .run(&["credentials", "list", "--json"])
        .succeeded()
        .stdout;
    let paged = desk
        .run(&["credentials", "list", "--json", "--page-size", "5"])
        .succeeded()
        .stdout;
    assert_eq!(paged, whole);
    let credentials = lines(&whole);
    assert!(credentials.len() > 12);
    let system = credentials[0]["acs_system_id"].as_str().unwrap();
    let of_system = lines(
        &desk
            .run(&["credentials", "list", "--json", "--acs-system", system])
            .succeeded()
            .stdout,
    );
    assert!(
        of_system
            .iter()
            .all(|credential| credential["acs_system_id"] == system)
    );
    assert!(of_system.len() < credentials.len());
    let people = desk
        .run(&["credentials", "list", "--page-size", "5"])
        .succeeded()
        .stdout;
    assert_eq!(
        people.lines().count(),
        credentials.len() + 1,
        "one head, then a row each:\n{people}"
    );
}

#[test]
fn what_the_api_refuses_is_exit_4_in_its_words() {
    let hotel = Hotel::open();
    let desk = hotel.desk();
    let unknown = "00000000-0000-4000-8000-00000000dead";
    let ran = desk
        .run(&["credentials", "get", unknown])
        .failed(4, "acs_credential_not_found", "");
    assert_eq!(ran.stdout, "");
    let ran = desk.run(&["credentials", "get", unknown, "--json"]);
    assert_eq!(
        (ran.code, &ran.json()["error"]["exit"]),
        (4, &Value::from(4))
    );
    let desk = Desk::new()
        .with("SEAM_ENDPOINT", &hotel.endpoint)
        .with("SEAM_API_KEY", "seam_wrong");
    let ran = desk
        .run(&["credentials", "list"])
        .failed(4, "unauthorized", "key");
    assert!(!ran.stderr.contains("seam_wrong"), "{}", ran.stderr);
}

#[test]
fn an_api_that_is_not_there_is_exit_4() {
    // Bound and dropped: there is no listener now.
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let desk = Desk::new()
        .with("SEAM_ENDPOINT", format!("http://{address}"))
        .with("SEAM_API_KEY", "seam_key");
    desk.run(&["credentials", "get", "00000000-0000-4000-8000-000000000001"])
        .failed(4, "cannot be reached", "network");
}

#[test]
fn who_does_not_say_who_he_is_gets_nowhere() {
    Desk::new()
        .run(&["credentials", "list"])
        .failed(3, "no Seam API key", "SEAM_API_KEY");
    let token = Desk::new().with("SEAM_PERSONAL_ACCESS_TOKEN", "seam_at_token");
    token
        .run(&["credentials", "list"])
        .failed(3, "no workspace", "SEAM_WORKSPACE_ID");
    let both = Desk::new()
        .with("SEAM_API_KEY", "seam_key")
        .with("SEAM_PERSONAL_ACCESS_TOKEN", "seam_at_token");
    both.run(&["credentials", "list"])
        .failed(3, "both", "keep one");
    let wrong = Desk::new().with("SEAM_API_KEY", "seam_at_token");
    wrong
        .run(&["credentials", "list"])
        .failed(3, "token", "SEAM_PERSONAL_ACCESS_TOKEN");
}

#[test]
fn the_command_line_is_checked_before_anything_is_sent() {
    let desk = Desk::new().with("SEAM_API_KEY", "seam_key");
    for arguments in [
        &["credentials", "create"][..],
        &[
            "credentials",
            "create",
            "--acs-user",
            "u",
            "--ends-at",
            "tomorrow",
        ],
        &[
            "credentials",
            "create",
            "--acs-user",
            "u",
            "--access-method",
            "magic",
        ],
        &["credentials", "create", "--user-identity", "u"],
        &["credentials", "update", "id"],
        &["credentials", "assign", "id"],
        &[
            "credentials",
            "assign",
            "id",
            "--acs-user",
            "a",
            "--user-identity",
            "b",
        ],
        &["credentials", "list", "--page-size", "0"],
    ] {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn a_seed_that_is_none_is_told_with_its_place() {
    let desk = Desk::new();
    desk.file("seed.json", "{");
    desk.run(&["sim-api", "--seed", "seed.json"])
        .failed(3, "seed.json", "correct the seed file");
    desk.run(&["sim-api", "--seed", "none.json"]).failed(
        3,
        "none.json",
        "name a file that can be read",
    );
}
