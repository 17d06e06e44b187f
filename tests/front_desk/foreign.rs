//! Programs that are not ours, which look at cards beside us.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::de::DeserializeOwned;
use tokio::process::Command;

/// A path in this repository.
pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A script of the tests for the Python that they brought along.
pub(crate) fn python(script: &str) -> Command {
    installed(Command::new(root("target/test-env/bin/python")), script)
}

/// A script of the tests for the Node.js that they brought along.
pub(crate) fn node(script: &str) -> Command {
    installed(Command::new(root("target/test-env/bin/node")), script)
}

fn installed(mut command: Command, script: &str) -> Command {
    let program = Path::new(command.as_std().get_program());
    assert!(
        program.exists(),
        "{} is missing: run `make test` once, or `.ci/setup test`",
        program.display()
    );
    command.arg(root(script));
    command
}

/// The JSON that a program ends with; it must succeed.
pub(crate) async fn told_by<T: DeserializeOwned>(command: &mut Command) -> T {
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
