//! A desk to run the binary at: a home of its own, an environment that holds nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A home directory and the variables that the binary sees.
pub(crate) struct Desk {
    home: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// What a command left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// The same desk with one more variable.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Puts a file into the home directory that only its owner can read.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        path
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            // An address where no PC/SC service is, so that this machine's own is not used.
            .env("PCSCLITE_CSOCK_NAME", self.home.path().join("no-pcscd"))
            .current_dir(self.home.path());
        // Not the journal of a service that is installed on this machine. `config` opens none and says where each setting is from.
        if arguments.first() != Some(&"config") {
            command.env("CARDBRIDGE_STATE_DIR", self.path(".local/state/cardbridge"));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().unwrap();
        Ran {
            code: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

impl Ran {
    /// Stdout as the one JSON document that it has to be.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "{error}: stdout is not one JSON document:\n{}\nstderr:\n{}",
                self.stdout, self.stderr
            )
        })
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(
            self.code, 0,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The command ended with this code, and said both what happened and what to do.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, what: &str, hint: &str) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        // A warning may come before it, which has its own advice.
        let lines: Vec<&str> = self
            .stderr
            .lines()
            .skip_while(|line| !line.starts_with("error: "))
            .collect();
        let line = |start: &str| {
            let found = lines
                .iter()
                .find_map(|line| line.trim_start().strip_prefix(start));
            found
                .unwrap_or_else(|| panic!("no line `{start}` in:\n{}", self.stderr))
                .to_owned()
        };
        let (error, advice) = (line("error: "), line("fix: "));
        assert!(error.contains(what), "`{what}` is not in: {error}");
        assert!(advice.contains(hint), "`{hint}` is not in: {advice}");
        self
    }
}
