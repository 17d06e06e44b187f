//! `sim-card` as pcscd's virtual reader sees it: this test is the reader.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use crate::desk::Desk;

const UID: &str = "04a1b2c3d4e580";

/// A virtual reader with a card on it.
struct VirtualReader {
    card: Child,
    stream: TcpStream,
}

impl VirtualReader {
    fn with_card(desk: &Desk, arguments: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let arguments = [&["sim-card", "--vpcd", &address][..], arguments].concat();
        let mut card = desk
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(card.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.contains("is on the virtual reader"), "{line}");
        Self { card, stream }
    }

    fn send(&mut self, body: &[u8]) {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        // Apart, as vpcd does it.
        self.stream.write_all(&length).unwrap();
        self.stream.write_all(body).unwrap();
    }

    fn ask(&mut self, body: &[u8]) -> Vec<u8> {
        self.send(body);
        let mut length = [0; 2];
        self.stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        self.stream.read_exact(&mut answer).unwrap();
        answer
    }
}

impl Drop for VirtualReader {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.card.kill();
        let _ = self.card.wait();
    }
}

#[test]
fn a_card_is_powered_asked_and_written() {
    let desk = Desk::new();
    let mut reader = VirtualReader::with_card(
        &desk,
        &["--type", "ntag215", "--uid", UID, "--memory", "card.bin"],
    );
    reader.send(&[1]);
    assert_eq!(reader.ask(&[4])[..2], [0x3B, 0x8F]);
    assert_eq!(
        hex::encode(reader.ask(&[0xFF, 0xCA, 0, 0, 0])),
        format!("{UID}9000")
    );
    let fresh = fs::read(desk.path("card.bin")).unwrap();
    assert_eq!(reader.ask(&[0xFF, 0xD6, 0, 0x20, 4, 1, 2, 3, 4]), [0x90, 0]);
    let written = fs::read(desk.path("card.bin")).unwrap();
    assert_eq!(written[0x20 * 4..][..4], [1, 2, 3, 4]);
    assert_ne!(written, fresh, "kept before the answer was there");
}

#[test]
fn the_memory_outlives_the_card_with_its_serial_number() {
    let desk = Desk::new();
    let mut reader = VirtualReader::with_card(
        &desk,
        &["--type", "ntag213", "--uid", UID, "--memory", "card.bin"],
    );
    reader.send(&[1]);
    assert_eq!(reader.ask(&[0xFF, 0xD6, 0, 0x20, 4, 9, 8, 7, 6]), [0x90, 0]);
    drop(reader);
    let mut reader =
        VirtualReader::with_card(&desk, &["--type", "ntag213", "--memory", "card.bin"]);
    reader.send(&[1]);
    assert_eq!(
        hex::encode(reader.ask(&[0xFF, 0xCA, 0, 0, 0])),
        format!("{UID}9000")
    );
    assert_eq!(reader.ask(&[0xFF, 0xB0, 0, 0x20, 4])[..4], [9, 8, 7, 6]);
}

#[test]
fn the_reader_answers_as_the_make_that_it_plays() {
    let desk = Desk::new();
    for (make, plain) in [
        ("acr1252u", "00040402010011039000"),
        ("omnikey-5022", "6a81"),
    ] {
        let mut reader = VirtualReader::with_card(
            &desk,
            &["--type", "ntag215", "--uid", UID, "--reader-profile", make],
        );
        assert_eq!(
            reader.ask(&[0xFF, 0xCA, 0, 0, 0]),
            if make == "acr1252u" {
                [0x63, 0x00]
            } else {
                [0x64, 0x00]
            },
            "not powered yet"
        );
        reader.send(&[1]);
        assert_eq!(hex::encode(reader.ask(&[0xFF, 0, 0, 0, 1, 0x60])), plain);
    }
    let ran = desk.run(&[
        "sim-card",
        "--type",
        "ntag215",
        "--reader-profile",
        "acr999",
    ]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("possible values: acr122u, acr1252u"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_command_that_is_none_is_answered_and_no_control_code_stops_the_card() {
    let desk = Desk::new();
    let mut reader = VirtualReader::with_card(&desk, &["--type", "ntag216", "--uid", UID]);
    for control in [0, 1, 2, 3, 0xFF] {
        reader.send(&[control]);
    }
    reader.send(&[]);
    assert_eq!(reader.ask(&[0xFF, 0x00]).len(), 2);
    assert_eq!(
        hex::encode(reader.ask(&[0xFF, 0xCA, 0, 0, 0])),
        format!("{UID}9000")
    );
}

#[test]
fn what_cannot_be_a_card_is_told() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["sim-card", "--type", "ntag999"]).code, 2);
    assert_eq!(
        desk.run(&["sim-card", "--type", "ntag215", "--uid", "xyz"])
            .code,
        2
    );
    desk.run(&["sim-card", "--type", "ntag215", "--uid", "01020304"])
        .failed(2, "01020304", "7 bytes");
    desk.file("short.bin", [0; 7]);
    desk.run(&["sim-card", "--type", "ntag215", "--memory", "short.bin"])
        .failed(3, "short.bin has 7 bytes", "type");
}

#[test]
fn without_a_reader_the_card_waits_for_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let desk = Desk::new();
    let arguments = ["sim-card", "--type", "ntag215", "--vpcd", &address];
    let mut card = desk
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(card.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("no virtual reader"), "{line}");
    let listener = TcpListener::bind(&address).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(&[0, 1, 1, 0, 1, 4]).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    assert_ne!(length, [0, 0], "it answers with its ATR");
    card.kill().unwrap();
    card.wait().unwrap();
}

#[test]
fn an_address_that_is_none_is_told_at_once() {
    let desk = Desk::new();
    for nonsense in [
        "nonsense",
        "127.0.0.1",
        "127.0.0.1:",
        ":35963",
        "127.0.0.1:99999",
        "127.0.0.1:0",
    ] {
        let ran = desk.run(&["sim-card", "--type", "ntag215", "--vpcd", nonsense]);
        assert_eq!(ran.code, 2, "{nonsense}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("such as 127.0.0.1:35963"),
            "{}",
            ran.stderr
        );
    }
    // A name reserved for names that there are not (RFC 6761).
    desk.run(&[
        "sim-card",
        "--type",
        "ntag215",
        "--vpcd",
        "reader.invalid:35963",
    ])
    .failed(
        2,
        "reader.invalid:35963 is not an address",
        "the host and the port of vpcd",
    );
}
