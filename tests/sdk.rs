//! The official Seam SDKs live the whole life of a credential against `cardbridge sim-api`: what they cannot read, the hosted API would not have sent.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use cardbridge::report::WebhookSecret;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

#[test]
fn python() {
    live(&["python", "tests/sdk/life.py"]);
}

#[test]
fn javascript_1_160() {
    live(&["node", "tests/sdk/life.mjs", "seam-1.160"]);
}

#[test]
fn javascript_1_245() {
    live(&["node", "tests/sdk/life.mjs", "seam-1.245"]);
}

/// The README's receivers, with the library that each names first and the one that it names beside it.
#[test]
fn the_readme_s_receivers_take_a_report() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let id = "019aa8f0-0000-7000-8000-000000000001";
    let body = json!({"event_id": id, "acs_credential_id": "c", "card_number": "04a1"}).to_string();
    let now = Timestamp::now().as_second();
    let signature = WebhookSecret::parse(secret)
        .unwrap()
        .sign(id, now, body.as_bytes());
    let headers: Map<String, Value> = ["svix", "webhook"]
        .into_iter()
        .flat_map(|prefix| {
            [
                ("id", id),
                ("timestamp", &*now.to_string()),
                ("signature", &*signature),
            ]
            .map(|(name, value)| (format!("{prefix}-{name}"), json!(value)))
        })
        .collect();
    let (body, headers) = (json!(body).to_string(), Value::from(headers).to_string());

    let python = snippet("python");
    let javascript = snippet("js");
    let around_python = format!(
        "secret, request_body, request_headers = '{secret}', {body}, {headers}\n\
         already_seen = lambda id: id != '{id}'\n\
         mark_issued = lambda *told: print(*told)\n"
    );
    let around_javascript = format!(
        "const [secret, requestBody, requestHeaders] = ['{secret}', {body}, {headers}]\n\
         const alreadySeen = (id) => id !== '{id}'\n\
         const markIssued = (...told) => console.log(...told)\n"
    );
    for (program, arguments, text) in [
        ("python", "-", around_python.clone() + &python),
        (
            "python",
            "-",
            around_python + &python.replace("from svix.webhooks", "from standardwebhooks"),
        ),
        (
            "node",
            "--input-type=module",
            around_javascript.clone() + &javascript,
        ),
        (
            "node",
            "--input-type=module",
            around_javascript + &javascript.replace("'svix'", "'standardwebhooks'"),
        ),
    ] {
        assert_eq!(piped(program, arguments, &text), "c 04a1\n", "{text}");
    }
}

/// The block of the README that receives a report in this language.
fn snippet(language: &str) -> String {
    const README: &str = include_str!("../README.md");
    let begin = format!("```{language}\n");
    let block = README
        .split(&begin)
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .find(|block| block.contains("Webhook"));
    block.unwrap().to_owned()
}

/// What a program of the test environment says to a text on its stdin.
fn piped(program: &str, argument: &str, text: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(root.join("target/test-env/bin").join(program))
        .arg(argument)
        .current_dir(root.join("tests/sdk"))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// Runs a program of the test environment against a simulated API of its own, and fails with the program's own words.
/// It sees nothing of the environment: a developer's Seam key must not reach a test, and a proxy does not lead to this machine.
fn live(command: &[&str]) {
    let [program, arguments @ ..] = command else {
        panic!("no program")
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = root.join("target/test-env/bin").join(program);
    assert!(
        program.exists() && root.join("tests/sdk/node_modules/made-of").exists(),
        "the official SDKs are not installed: run `make test` once, or `.ci/setup test`"
    );
    let api = SimulatedApi::start();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .env_clear()
        .env("SEAM_ENDPOINT", &api.endpoint)
        .env("SEAM_API_KEY", &api.key)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A running `cardbridge sim-api`, stopped when dropped.
struct SimulatedApi {
    process: Child,
    endpoint: String,
    key: String,
    /// Held open: a closed pipe would end the process at its next line.
    _output: BufReader<ChildStdout>,
}

impl SimulatedApi {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_cardbridge"))
            .args(["sim-api", "--listen", "127.0.0.1:0"])
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut first_line = String::new();
        output.read_line(&mut first_line).unwrap();
        let access: Value = serde_json::from_str(&first_line)
            .unwrap_or_else(|error| panic!("sim-api said {first_line:?}: {error}"));
        let text = |field: &str| access[field].as_str().unwrap().to_owned();
        Self {
            endpoint: text("endpoint"),
            key: text("api_key"),
            process,
            _output: output,
        }
    }
}

impl Drop for SimulatedApi {
    fn drop(&mut self) {
        // It may have ended by itself; the test that is failing says more than a second panic would.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
