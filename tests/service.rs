//! `cardbridge run` as a service: what it tells the service manager, whose part the test plays.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

#[test]
fn says_when_it_is_ready_and_that_it_still_lives() {
    let folder = TempDir::new().unwrap();
    let address = folder.path().join("notify");
    let manager = UnixDatagram::bind(&address).unwrap();
    // Only so that a failing test ends.
    manager
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let key = folder.path().join("record.key");
    fs::write(&key, [7; 32]).unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_cardbridge"));
    command
        .arg("run")
        .env_clear()
        .env("SEAM_API_KEY", "seam_test_unused")
        .env("SEAM_ENDPOINT", "http://127.0.0.1:9")
        .env("CARDBRIDGE_RECORD_KEY_FILE", &key)
        .env("CARDBRIDGE_STATE_DIR", folder.path())
        .env("HOME", folder.path())
        // An address where no PC/SC service is, so that this machine's own is left alone.
        .env("PCSCLITE_CSOCK_NAME", folder.path().join("no-pcscd"))
        .env("NOTIFY_SOCKET", &address)
        .env("WATCHDOG_USEC", "20000")
        .stderr(Stdio::null());
    let _service = Service(command.spawn().unwrap());

    let mut buffer = [0; 256];
    let mut next = || {
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    };
    assert_eq!(next(), "READY=1");
    assert_eq!(next(), "WATCHDOG=1");
    assert_eq!(next(), "WATCHDOG=1");
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself; the test that is failing says more than a second panic would.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
