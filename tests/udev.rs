//! The files of `udev/`, each put to the program that will read it: rules to udev with umockdev's readers, the polkit rule to a
//! JavaScript engine, the unit to systemd.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Vendor, product and name of each reader that the rules are meant for.
const ENCODERS: &[(&str, &str, &str)] = &[
    ("04e6", "5612", "uTrust 3720 F"),
    ("04e6", "5790", "uTrust 3700 F"),
    ("072f", "2200", "ACR122U"),
    ("072f", "223b", "ACR1252U with SAM slot"),
    ("072f", "223e", "ACR1252U"),
    ("072f", "2303", "ACR1552U"),
    ("072f", "2308", "ACR1552U"),
    ("076b", "5022", "OMNIKEY 5022 CL"),
    ("076b", "5427", "OMNIKEY 5427 CK"),
];

/// A reader for contact cards, which is none of ours.
const CONTACT_READER: (&str, &str, &str) = ("08e6", "3437", "GemPC Twin");

#[test]
fn every_encoder_is_marked_kept_awake_and_handed_to_the_desk() {
    let answers = udev_on(ENCODERS);
    for ((_, _, name), answer) in ENCODERS.iter().zip(&answers) {
        assert_eq!(answer.property("CARDBRIDGE_ENCODER"), Some("1"), "{name}");
        let tags = answer.property("TAGS").unwrap_or_default();
        assert!(tags.contains(":uaccess:"), "{name}: {tags}");
        assert_eq!(answer.last_power_control(), Some("on"), "{name}");
    }
    let listed = rules("69-cardbridge-encoders.rules")
        .lines()
        .filter(|line| line.starts_with("ATTR{idVendor}"))
        .count();
    assert_eq!(
        listed,
        ENCODERS.len(),
        "a reader of the rules is not tested"
    );
}

#[test]
fn a_vendor_specific_mode_is_a_reader_all_the_same() {
    let (vendor, product, name) = ENCODERS[0];
    let answers = udev_on_class(&[(vendor, product, name)], "ff");
    assert_eq!(answers[0].property("ID_SMARTCARD_READER"), Some("1"));
    assert!(
        answers[0]
            .property("TAGS")
            .unwrap_or_default()
            .contains(":uaccess:")
    );
}

#[test]
fn other_readers_are_left_alone() {
    let answers = udev_on(&[CONTACT_READER]);
    assert_eq!(answers[0].property("CARDBRIDGE_ENCODER"), None);
    assert_ne!(answers[0].last_power_control(), Some("on"));
}

#[test]
fn udev_has_nothing_to_complain_of() {
    for answer in udev_on(&[ENCODERS[0]]) {
        let complaints: Vec<_> = answer
            .0
            .lines()
            .filter(|line| line.contains("cardbridge") && line.contains(".rules:"))
            .filter(|line| !line.contains(" writing "))
            .collect();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}

#[test]
fn polkit_lets_the_service_in_and_nobody_else() {
    let node = root().join("target/test-env/bin/node");
    assert!(
        node.exists(),
        "Node.js is not installed: run `make test` once, or `.ci/setup test`"
    );
    let script = format!(
        "let rule; const polkit = {{ Result: {{ YES: 'yes' }}, addRule: (each) => {{ rule = each }} }};\n{}\n\
         const ask = (id, user) => String(rule({{ id }}, {{ user }}));\n\
         const of = 'org.debian.pcsc-lite.';\n\
         console.log([\n\
           ask(of + 'access_pcsc', 'cardbridge'), ask(of + 'access_card', 'cardbridge'),\n\
           ask(of + 'access_pcsc', 'guest'), ask('org.freedesktop.login1.reboot', 'cardbridge'),\n\
         ].join(' '))",
        rules("polkit-50-cardbridge.rules")
    );
    let output = Command::new(node).args(["-e", &script]).output().unwrap();
    assert_eq!(text(&output).trim(), "yes yes undefined undefined");
}

#[test]
fn systemd_accepts_the_unit() {
    let folder = TempDir::new().unwrap();
    let unit = folder.path().join("cardbridge.service");
    let installed = "/usr/local/bin/cardbridge";
    let content = rules("cardbridge.service");
    assert!(content.contains(&format!("ExecStart={installed} run\n")));
    fs::write(
        &unit,
        content.replace(installed, env!("CARGO_BIN_EXE_cardbridge")),
    )
    .unwrap();
    let output = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&unit)
        .output()
        .unwrap();
    let complaints: Vec<_> = text(&output)
        .lines()
        // systemd reads the machine's other units too, and may have its own word on those.
        .filter(|line| line.contains("cardbridge"))
        .map(str::to_owned)
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn the_unit_keeps_its_user_visible_to_polkit() {
    let unit = rules("cardbridge.service");
    assert!(
        !unit
            .lines()
            .any(|line| line.starts_with("PrivateUsers=") || line.starts_with("DynamicUser="))
    );
    assert!(unit.lines().any(|line| line == "User=cardbridge"));
    assert!(rules("polkit-50-cardbridge.rules").contains("subject.user == \"cardbridge\""));
    assert!(rules("cardbridge.sysusers").contains("\nu cardbridge "));
}

/// What `udevadm test` printed for one reader; systemd 252 and 257 word and indent it differently.
struct Answer(String);

impl Answer {
    fn property(&self, name: &str) -> Option<&str> {
        self.0
            .lines()
            .find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix('='))
    }

    /// The last value written to `power/control`, which is the one that stays.
    fn last_power_control(&self) -> Option<&str> {
        let is_write = |line: &&str| line.contains("power/control") && line.contains("writing");
        let line = self.0.lines().rfind(is_write)?;
        line.split(|c: char| !c.is_alphabetic())
            .rfind(|word| !word.is_empty())
    }
}

fn udev_on(readers: &[(&str, &str, &str)]) -> Vec<Answer> {
    // 0b is the USB interface class of smart card readers.
    udev_on_class(readers, "0b")
}

/// Plugs simulated readers in and asks udev what it would do, with the machine's own rules and ours.
///
/// In a mount namespace of its own: our rules are on a fresh `/run`, and what udev records there is gone with it.
fn udev_on_class(readers: &[(&str, &str, &str)], interface_class: &str) -> Vec<Answer> {
    const SEPARATOR: &str = "==== next reader ====";
    const SCRIPT: &str = r#"
        set -eu
        mount -t tmpfs tmpfs /run
        mkdir -p /run/udev/rules.d
        cp "$RULES"/[0-9]*.rules /run/udev/rules.d
        exec umockdev-run -d "$READERS" -- sh -c 'for device; do
            udevadm test --action=add "$device" 2>&1
            echo "$SEPARATOR"
        done' each "$@"
    "#;
    let folder = TempDir::new().unwrap();
    let description = folder.path().join("readers.umockdev");
    let mut devices = String::new();
    for (index, reader) in readers.iter().enumerate() {
        devices += &umockdev_reader(index + 1, reader, interface_class);
    }
    fs::write(&description, devices).unwrap();

    let output = in_a_mount_namespace()
        .args(["bash", "-c", SCRIPT, "readers"])
        .args((1..=readers.len()).map(device_path))
        .env(
            "PATH",
            format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap()),
        )
        // A locale that is set but not installed would make the shell complain between the answers.
        .env("LC_ALL", "C")
        .env("RULES", root().join("udev"))
        .env("READERS", &description)
        .env("SEPARATOR", SEPARATOR)
        .output()
        .unwrap();
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    let answers: Vec<_> = printed
        .split_terminator(&format!("{SEPARATOR}\n"))
        .map(|answer| Answer(answer.to_owned()))
        .collect();
    assert_eq!(answers.len(), readers.len(), "{printed}");
    answers
}

/// Root needs no user namespace, and some machines allow none to others.
fn in_a_mount_namespace() -> Command {
    let mut command = Command::new("unshare");
    let is_root = text(&Command::new("id").arg("-u").output().unwrap()).trim() == "0";
    if !is_root {
        command.args(["--user", "--map-current-user", "--keep-caps"]);
    }
    command.arg("--mount");
    command
}

fn device_path(port: usize) -> String {
    format!("/devices/pci0000:00/0000:00:14.0/usb1/1-{port}")
}

/// A USB reader and its one interface, as the kernel would show them. Bus 99 is no real machine's, so no real device is touched.
fn umockdev_reader(
    port: usize,
    (vendor, product, name): &(&str, &str, &str),
    interface_class: &str,
) -> String {
    let path = device_path(port);
    let little_endian = |id: &str| format!("{}{}", &id[2..], &id[..2]);
    let device = format!(
        "1201000200000040{}{}000101020001",
        little_endian(vendor),
        little_endian(product)
    );
    let configuration = "090219000101008032";
    let interface = format!("0904000001{interface_class}000000");
    let endpoint = "07050202400000";
    let mut text = String::new();
    writeln!(text, "P: {path}\nN: bus/usb/099/{port:03}").unwrap();
    writeln!(
        text,
        "E: DEVNAME=/dev/bus/usb/099/{port:03}\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb"
    )
    .unwrap();
    writeln!(
        text,
        "E: MAJOR=189\nE: MINOR={}\nE: BUSNUM=099\nE: DEVNUM={port:03}",
        12544 + port
    )
    .unwrap();
    writeln!(text, "E: PRODUCT={vendor}/{product}/100").unwrap();
    writeln!(
        text,
        "A: idVendor={vendor}\\n\nA: idProduct={product}\\n\nA: bcdDevice=0100\\n"
    )
    .unwrap();
    writeln!(
        text,
        "A: product={name}\\n\nA: bDeviceClass=00\\n\nA: power/control=on\\n"
    )
    .unwrap();
    writeln!(
        text,
        "H: descriptors={device}{configuration}{interface}{endpoint}\n"
    )
    .unwrap();
    writeln!(
        text,
        "P: {path}/1-{port}:1.0\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb"
    )
    .unwrap();
    writeln!(
        text,
        "E: PRODUCT={vendor}/{product}/100\nA: bInterfaceClass={interface_class}\\n\n"
    )
    .unwrap();
    text
}

fn rules(name: &str) -> String {
    fs::read_to_string(root().join("udev").join(name)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
