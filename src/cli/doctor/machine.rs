//! What on a Linux machine keeps readers from working: kernel modules, rival drivers, a policy that shuts services out.
//!
//! Everything is read from files, so that nothing needs privileges and nothing is changed.

use std::fs;
use std::path::{Path, PathBuf};

use super::Finding;

/// USB readers that are known to work, and which of them the kernel's NFC drivers take away.
const READERS: &[(&str, &str, &str, Kernel)] = &[
    ("072f", "2200", "ACS ACR122U", Kernel::Claims),
    ("072f", "223b", "ACS ACR1252U", Kernel::Leaves),
    ("072f", "223e", "ACS ACR1252U", Kernel::Leaves),
    ("072f", "2303", "ACS ACR1552U", Kernel::Leaves),
    ("072f", "2308", "ACS ACR1552U", Kernel::Leaves),
    ("076b", "5022", "HID OMNIKEY 5022", Kernel::Leaves),
    ("076b", "5427", "HID OMNIKEY 5427", Kernel::Leaves),
    ("04e6", "5591", "Identiv SCL3711", Kernel::Claims),
    ("04e6", "5612", "Identiv uTrust 3720", Kernel::Leaves),
    ("04e6", "5790", "Identiv uTrust 3700 F", Kernel::Leaves),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kernel {
    /// Module pn533_usb binds to it.
    Claims,
    /// No kernel driver wants it.
    Leaves,
}

/// The file system of a machine.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    root: PathBuf,
}

/// A known reader on the USB bus, whether or not PC/SC shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsbReader {
    pub(super) name: &'static str,
    claimed_by_kernel: bool,
}

impl Machine {
    /// This one.
    pub(super) fn this() -> Self {
        Self::at(Path::new("/"))
    }

    /// One whose files are below `root`.
    pub(super) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The known readers that are plugged in.
    pub(super) fn usb_readers(&self) -> Vec<UsbReader> {
        let Ok(devices) = fs::read_dir(self.path("sys/bus/usb/devices")) else {
            return Vec::new();
        };
        let id = |device: &Path, file: &str| {
            fs::read_to_string(device.join(file))
                .map(|text| text.trim().to_ascii_lowercase())
                .unwrap_or_default()
        };
        let mut readers: Vec<_> = devices
            .flatten()
            .filter_map(|device| {
                let (vendor, product) = (
                    id(&device.path(), "idVendor"),
                    id(&device.path(), "idProduct"),
                );
                READERS
                    .iter()
                    .find(|(v, p, ..)| *v == vendor && *p == product)
            })
            .map(|(_, _, name, kernel)| UsbReader {
                name,
                claimed_by_kernel: *kernel == Kernel::Claims,
            })
            .collect();
        readers.sort_by_key(|reader| reader.name);
        readers
    }

    /// Whether the kernel's own NFC driver takes the reader.
    pub(super) fn pn533(&self) -> Finding {
        const CHECK: &str = "kernel NFC driver";
        const HINT: &str = "sudo modprobe -r pn533_usb pn533; then \
                            echo 'blacklist pn533_usb' | sudo tee /etc/modprobe.d/cardbridge-pn533.conf; plug the reader in again";
        let modules = fs::read_to_string(self.path("proc/modules")).unwrap_or_default();
        let loaded = modules
            .lines()
            .any(|line| line.split(' ').next() == Some("pn533_usb"));
        if !loaded {
            return Finding::ok(CHECK, "pn533_usb is not loaded");
        }
        match self
            .usb_readers()
            .iter()
            .find(|reader| reader.claimed_by_kernel)
        {
            Some(reader) => Finding::fail(
                CHECK,
                format!(
                    "pn533_usb is loaded and takes the {} away from pcscd",
                    reader.name
                ),
                HINT,
            ),
            None => Finding::warn(
                CHECK,
                "pn533_usb is loaded: it would take an ACR122U or SCL3711 away from pcscd",
                HINT,
            ),
        }
    }

    /// Whether two PC/SC drivers claim the same readers, or none is there.
    pub(super) fn reader_drivers(&self) -> Finding {
        const CHECK: &str = "reader drivers";
        let bundle = |name: &str| {
            [
                "usr/lib/pcsc/drivers",
                "usr/lib64/pcsc/drivers",
                "usr/local/lib/pcsc/drivers",
            ]
            .iter()
            .any(|directory| self.path(directory).join(name).exists())
        };
        match (bundle("ifd-ccid.bundle"), bundle("ifd-acsccid.bundle")) {
            (true, true) => Finding::warn(
                CHECK,
                "libccid and libacsccid1 are both installed and claim the same ACS readers, under different names",
                "keep one: sudo apt-get remove libacsccid1; then unplug the reader and plug it in again",
            ),
            (true, false) => Finding::ok(CHECK, "libccid"),
            (false, true) => Finding::ok(CHECK, "libacsccid1 (ACS readers only)"),
            (false, false) => Finding::warn(
                CHECK,
                "no USB reader driver is installed",
                "sudo apt-get install libccid",
            ),
        }
    }

    /// Whether a service without a desktop login is let in.
    pub(super) fn polkit(&self) -> Finding {
        const CHECK: &str = "polkit";
        const ACTION: &str = "org.debian.pcsc-lite";
        if !self
            .path("usr/share/polkit-1/actions")
            .join(format!("{ACTION}.policy"))
            .exists()
        {
            return Finding::ok(CHECK, "pcscd uses no polkit policy here");
        }
        let mut unreadable = false;
        for directory in [
            "etc/polkit-1/rules.d",
            "usr/share/polkit-1/rules.d",
            "run/polkit-1/rules.d",
        ] {
            let rules = match fs::read_dir(self.path(directory)) {
                Ok(rules) => rules,
                Err(error) => {
                    unreadable |= error.kind() == std::io::ErrorKind::PermissionDenied;
                    continue;
                }
            };
            let names = |rule: &fs::DirEntry| {
                fs::read_to_string(rule.path()).is_ok_and(|text| text.contains(ACTION))
            };
            if rules.flatten().any(|rule| names(&rule)) {
                return Finding::ok(CHECK, "a rule allows the service");
            }
        }
        if unreadable {
            return Finding::ok(CHECK, "this user may not read its rules");
        }
        Finding::warn(
            CHECK,
            "no rule lets a service use pcscd: only a user who is logged in at the screen may",
            "install the polkit rule from the project's udev folder if cardbridge runs as a service",
        )
    }

    /// Whether pcscd is installed at all.
    pub(super) fn has_pcscd(&self) -> bool {
        ["usr/sbin/pcscd", "usr/bin/pcscd", "usr/local/sbin/pcscd"]
            .iter()
            .any(|program| self.path(program).exists())
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    struct Files(tempfile::TempDir);

    impl Files {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn with(self, path: &str, content: &str) -> Self {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }

        fn acr122u(self) -> Self {
            self.with("sys/bus/usb/devices/1-1/idVendor", "072f\n")
                .with("sys/bus/usb/devices/1-1/idProduct", "2200\n")
        }

        fn machine(&self) -> Machine {
            Machine::at(self.0.path())
        }
    }

    #[test]
    fn pn533_fails_only_with_a_reader_that_it_takes() {
        let loaded = "pn533_usb 20480 0 - Live 0x0\npn533 61440 1 pn533_usb, Live 0x0\n";
        assert_eq!(Files::new().machine().pn533().verdict, Verdict::Ok);
        assert_eq!(
            Files::new()
                .with("proc/modules", loaded)
                .machine()
                .pn533()
                .verdict,
            Verdict::Warn
        );
        let finding = Files::new()
            .with("proc/modules", loaded)
            .acr122u()
            .machine()
            .pn533();
        assert_eq!(finding.verdict, Verdict::Fail);
        assert!(finding.what.contains("ACR122U"), "{finding:?}");
        let other = "nfc 1 0 - Live 0x0\npn533_usb_other 1 0 - Live 0x0\n";
        assert_eq!(
            Files::new()
                .with("proc/modules", other)
                .acr122u()
                .machine()
                .pn533()
                .verdict,
            Verdict::Ok
        );
    }

    #[test]
    fn two_drivers_for_one_reader_are_told() {
        let ccid = "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist";
        let acs = "usr/lib/pcsc/drivers/ifd-acsccid.bundle/Contents/Info.plist";
        assert_eq!(
            Files::new().machine().reader_drivers().verdict,
            Verdict::Warn
        );
        assert_eq!(
            Files::new()
                .with(ccid, "")
                .machine()
                .reader_drivers()
                .verdict,
            Verdict::Ok
        );
        assert_eq!(
            Files::new()
                .with(acs, "")
                .machine()
                .reader_drivers()
                .verdict,
            Verdict::Ok
        );
        let both = Files::new()
            .with(ccid, "")
            .with(acs, "")
            .machine()
            .reader_drivers();
        assert_eq!(both.verdict, Verdict::Warn);
        assert!(both.hint.unwrap().contains("apt-get remove libacsccid1"));
    }

    #[test]
    fn polkit_wants_a_rule_that_names_pcscd() {
        let policy =
            || Files::new().with("usr/share/polkit-1/actions/org.debian.pcsc-lite.policy", "");
        assert_eq!(Files::new().machine().polkit().verdict, Verdict::Ok);
        assert_eq!(policy().machine().polkit().verdict, Verdict::Warn);
        let other = policy().with(
            "etc/polkit-1/rules.d/10-other.rules",
            "org.freedesktop.udisks2",
        );
        assert_eq!(other.machine().polkit().verdict, Verdict::Warn);
        let ours = policy().with(
            "etc/polkit-1/rules.d/50.rules",
            "action.id == 'org.debian.pcsc-lite.access_card'",
        );
        assert_eq!(ours.machine().polkit().verdict, Verdict::Ok);
    }

    #[test]
    fn known_readers_are_found_on_the_bus() {
        let files = Files::new()
            .acr122u()
            .with("sys/bus/usb/devices/2-1/idVendor", "1d6b\n");
        let names: Vec<_> = files
            .machine()
            .usb_readers()
            .iter()
            .map(|reader| reader.name)
            .collect();
        assert_eq!(names, ["ACS ACR122U"]);
    }
}
