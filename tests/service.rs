//! `cardbridge run` as a service: what it reports to the service manager, whose part the test plays.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::fs;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

#[test]
fn says_when_it_is_ready_and_that_it_still_lives() {
    let manager = Manager::new();
    let _service = Service(manager.command().stderr(Stdio::null()).spawn().unwrap());
    assert_eq!(manager.hears(), "READY=1");
    assert_eq!(manager.hears(), "WATCHDOG=1");
    assert_eq!(manager.hears(), "WATCHDOG=1");
}

#[test]
fn waits_for_its_key_with_a_status_instead_of_ending() {
    let manager = Manager::new();
    let key = manager.folder.path().join("record.key");
    let aside = manager.folder.path().join("aside");
    fs::rename(&key, &aside).unwrap();
    let mut command = manager.command();
    command.env("WATCHDOG_USEC", "1000000");
    let _service = Service(command.stderr(Stdio::null()).spawn().unwrap());
    let next = || {
        loop {
            match manager.hears().as_str() {
                "WATCHDOG=1" => {}
                other => return other.to_owned(),
            }
        }
    };
    assert_eq!(next(), "READY=1");
    let status = next();
    assert!(
        status.starts_with("STATUS=waiting: there is no record key at "),
        "{status}"
    );
    fs::rename(&aside, &key).unwrap();
    assert_eq!(next(), "STATUS=watching for cards");
    assert_eq!(next(), "READY=1");
}

#[test]
fn works_and_stops_while_nobody_reads_what_it_says() {
    let manager = Manager::new();
    let (stdout, _unread_stdout) = full();
    let (stderr, _unread_stderr) = full();
    let mut command = manager.command();
    command
        .args(["--json", "-vvv"])
        .stdout(stdout)
        .stderr(stderr);
    let mut service = Service(command.spawn().unwrap());
    assert_eq!(manager.hears(), "READY=1");
    assert_eq!(manager.hears(), "WATCHDOG=1");
    let stopped = Command::new("kill")
        .arg(service.0.id().to_string())
        .status()
        .unwrap();
    assert!(stopped.success());
    assert_eq!(service.0.wait().unwrap().code(), Some(0));
}

/// A stream that takes no more, and the end where it could be read.
fn full() -> (OwnedFd, UnixStream) {
    let (mut writer, reader) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    for size in [4096, 1] {
        while writer.write(&vec![b'.'; size]).is_ok() {}
    }
    writer.set_nonblocking(false).unwrap();
    (writer.into(), reader)
}

/// The service manager.
struct Manager {
    folder: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        // Only so that a failing test ends.
        socket
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        fs::write(folder.path().join("record.key"), [7; 32]).unwrap();
        Self { folder, socket }
    }

    fn command(&self) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
        command
            .arg("run")
            .env_clear()
            .env("SEAM_API_KEY", "seam_test_unused")
            .env("SEAM_ENDPOINT", "http://127.0.0.1:9")
            .env("CARDBRIDGE_RECORD_KEY_FILE", folder.join("record.key"))
            .env("CARDBRIDGE_STATE_DIR", folder)
            .env("CARDBRIDGE_LISTEN", "127.0.0.1:0")
            .env("HOME", folder)
            // An address where no PC/SC service is, so that this machine's own is not used.
            .env("PCSCLITE_CSOCK_NAME", folder.join("no-pcscd"))
            .env("NOTIFY_SOCKET", folder.join("notify"))
            .env("WATCHDOG_USEC", "20000");
        command
    }

    fn hears(&self) -> String {
        let mut buffer = [0; 256];
        let length = self.socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    }
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself; the test that is failing says more than a second panic would.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
