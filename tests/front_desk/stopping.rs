//! A desk whose terminal is closed, or whose service manager stops it, while a card is being written.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr};

use crate::desk::{Desk, uid};
use crate::held::{HeldCard, Hold};
use crate::pcscd::{address, beside_pcscd};

/// Somewhere among the writes.
const AMONG_THE_WRITES: Hold = Hold::BeforeAnswer(25);

fn send(process: &Child, signal: &str) {
    let pid = process.id().unwrap().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-s", signal, &pid])
        .status()
        .unwrap();
    assert!(sent.success());
}

async fn says(words: &mut BufReader<ChildStderr>, part: &str) {
    let mut line = String::new();
    while words.read_line(&mut line).await.unwrap() > 0 {
        if line.contains(part) {
            return;
        }
        line.clear();
    }
    panic!("it ended without saying \"{part}\"");
}

#[test]
fn a_signal_lets_encode_finish_its_card() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        for (number, signal) in (0..).zip(["HUP", "INT", "TERM"]) {
            let credential = desk.credential("visionline_system", 0).await;
            let id = credential.acs_credential_id.as_str();
            let card = HeldCard::place(&address(0), "ntag213", uid(number), AMONG_THE_WRITES).await;
            let mut encoding =
                desk.start_with_default_signals(&["encode", "--json", "--credential", id]);
            let mut words = BufReader::new(encoding.stderr.take().unwrap());
            card.moment.reached().await;
            send(&encoding, signal);
            says(&mut words, "is finished first").await;
            card.moment.go_on();
            let ended = encoding.wait_with_output().await.unwrap();
            assert_eq!(ended.status.code(), Some(0), "SIG{signal}");
            let issuance: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
            assert_eq!(issuance["state"], "closed", "SIG{signal}");
            card.remove().await;
        }
    });
}

#[test]
fn a_signal_ends_encode_that_waits_for_a_card() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        for (signal, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
            let mut waiting = desk.start_with_default_signals(&["encode", "--next"]);
            let mut words = BufReader::new(waiting.stderr.take().unwrap());
            says(&mut words, "Desk 00 00").await;
            send(&waiting, signal);
            let mut rest = String::new();
            words.read_to_string(&mut rest).await.unwrap();
            assert!(rest.contains("run the same command again"), "{rest}");
            assert_eq!(waiting.wait().await.unwrap().code(), Some(code));
        }
    });
}

#[test]
fn a_second_signal_ends_at_once_and_run_takes_the_card_up_again() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let id = credential.acs_credential_id.as_str();
        let card = HeldCard::place(&address(0), "ntag213", uid(1), AMONG_THE_WRITES).await;
        let mut encoding = desk.start_with_default_signals(&["encode", "--credential", id]);
        let mut words = BufReader::new(encoding.stderr.take().unwrap());
        card.moment.reached().await;
        send(&encoding, "TERM");
        says(&mut words, "is finished first").await;
        send(&encoding, "TERM");
        assert_eq!(encoding.wait().await.unwrap().code(), Some(143));
        card.moment.go_on();
        let ran = desk.encode(&credential, &[]).await;
        assert_eq!(ran.document["state"], "closed", "{}", ran.stderr);
        card.remove().await;
    });
}

#[test]
fn a_closed_terminal_lets_run_finish_its_card() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let card = HeldCard::place(&address(0), "ntag213", uid(1), AMONG_THE_WRITES).await;
        let mut running = desk.start_with_default_signals(&["run", "--auto"]);
        let mut words = BufReader::new(running.stderr.take().unwrap());
        card.moment.reached().await;
        send(&running, "HUP");
        says(&mut words, "is finished first").await;
        card.moment.go_on();
        assert_eq!(running.wait().await.unwrap().code(), Some(0));
        let ran = desk.run(&["history", "--json"]).await;
        assert_eq!(ran.document[0]["state"], "closed");
        card.remove().await;
    });
}

#[test]
fn a_signal_lets_wipe_finish_its_card() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let never = Hold::BeforeCommand(usize::MAX);
        let card = HeldCard::place(&address(0), "ntag213", uid(1), never).await;
        assert_eq!(desk.encode(&credential, &[]).await.code, 0);
        let card = card.remove().await;
        let card = HeldCard::put(&address(0), card, Hold::AfterFirstChange).await;
        let wiping = desk.start_with_default_signals(&["wipe", "--yes", "--json"]);
        card.moment.reached().await;
        send(&wiping, "TERM");
        card.moment.go_on();
        let ended = wiping.wait_with_output().await.unwrap();
        assert_eq!(ended.status.code(), Some(0));
        let wiped: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(wiped["contents"], "blank");
        card.remove().await;
    });
}

/// A stream into which nothing more can be written, and its other end.
fn full() -> (UnixStream, UnixStream) {
    let (mut full, unread) = UnixStream::pair().unwrap();
    full.set_nonblocking(true).unwrap();
    while full.write(&[b' '; 4096]).is_ok() {}
    full.set_nonblocking(false).unwrap();
    (full, unread)
}

#[test]
fn a_signal_after_the_card_is_done_does_not_make_it_undone() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let id = credential.acs_credential_id.as_str();
        let never = Hold::BeforeCommand(usize::MAX);
        let card = HeldCard::place(&address(0), "ntag213", uid(1), never).await;
        // The result is not read, so that it cannot end by itself.
        let (full, _unread) = full();
        let mut command = desk.command(&["encode", "--json", "--credential", id], None);
        let mut encoding = command.stdout(OwnedFd::from(full)).spawn().unwrap();
        let mut words = BufReader::new(encoding.stderr.take().unwrap());
        says(&mut words, "is reported as issued").await;
        send(&encoding, "TERM");
        assert_eq!(encoding.wait().await.unwrap().code(), Some(0));
        card.remove().await;
    });
}
