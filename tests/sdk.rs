//! The official Seam SDKs live the whole life of a credential against `cardbridge sim-api`: what they cannot read, the hosted API would not have sent.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

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
