//! The PC/SC service and its readers, as a program meets them.

use super::Finding;
use super::machine::Machine;
use crate::encoder::{EncoderError, Slot, survey};
use crate::text::Hint;

const SERVICE: &str = "PC/SC service";
const READERS: &str = "encoders";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    match survey() {
        Ok(slots) => vec![Finding::ok(SERVICE, "answers"), readers(machine, &slots)],
        Err(error) => vec![service(machine, &error)],
    }
}

fn service(machine: &Machine, error: &EncoderError) -> Finding {
    match error {
        EncoderError::Forbidden { .. } => Finding::fail(
            SERVICE,
            "pcscd is there, but its polkit policy keeps this user out",
            "sudo install -D -m 644 udev/polkit-50-cardbridge.rules /etc/polkit-1/rules.d/50-cardbridge.rules \
             (for the service), or log in at the machine's own screen",
        ),
        EncoderError::NoService(_) if !machine.has_pcscd() => Finding::fail(
            SERVICE,
            "pcscd is not installed",
            "sudo apt-get install pcscd",
        ),
        EncoderError::NoService(_) => Finding::fail(
            SERVICE,
            "pcscd is installed, but does not answer",
            "sudo systemctl enable --now pcscd.socket; if it is running: sudo systemctl restart pcscd",
        ),
        other => Finding::fail(SERVICE, other.to_string(), other.hint()),
    }
}

fn readers(machine: &Machine, slots: &[Slot]) -> Finding {
    let encoders: Vec<&Slot> = slots
        .iter()
        .filter(|slot| slot.why_no_encoder().is_none())
        .collect();
    let others: Vec<String> = slots
        .iter()
        .filter(|slot| slot.gives_no_uid)
        .map(|slot| format!("{} is none: it gives no UID", slot.name))
        .collect();
    if let Some(used) = encoders.iter().find(|slot| slot.is_in_use) {
        return Finding::warn(
            READERS,
            format!("another program holds the card on {}", used.name),
            "close it if cards are not taken: a running `cardbridge run`, a browser, another card tool",
        );
    }
    if !encoders.is_empty() {
        let names: Vec<String> = encoders.iter().map(|slot| slot.name.to_string()).collect();
        let told: Vec<String> = [names.join(", ")].into_iter().chain(others).collect();
        return Finding::ok(READERS, told.join("; "));
    }
    if let Some(reader) = machine.usb_readers().first() {
        return Finding::fail(
            READERS,
            format!(
                "the {} is plugged in, but pcscd does not show it",
                reader.name
            ),
            "fix what is said below about drivers and kernel modules, then: sudo systemctl restart pcscd",
        );
    }
    match slots.first() {
        Some(slot) => Finding::fail(
            READERS,
            format!("{} is no contactless reader", slot.name),
            "plug in a contactless encoder, such as an ACR1252U",
        ),
        None => Finding::fail(
            READERS,
            "no reader is plugged in",
            "plug in a contactless encoder, such as an ACR1252U",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;
    use crate::encoder::EncoderName;

    fn slot(name: &str, gives_no_uid: bool) -> Slot {
        Slot {
            name: EncoderName(name.to_owned()),
            has_card: gives_no_uid,
            is_in_use: false,
            gives_no_uid,
        }
    }

    #[test]
    fn a_slot_that_gives_no_uid_is_named_and_is_no_encoder() {
        let antenna = slot("ACS ACR1281 1S Dual Reader 00 00", false);
        let module = slot("ACS ACR1281 1S Dual Reader 00 01", true);
        let nowhere = Machine::at(std::path::Path::new("/nonexistent"));
        let found = readers(&nowhere, &[antenna, module.clone()]);
        assert_eq!(found.verdict, Verdict::Ok);
        assert_eq!(
            found.what,
            "ACS ACR1281 1S Dual Reader 00 00; ACS ACR1281 1S Dual Reader 00 01 is none: it gives no UID"
        );
        assert_eq!(readers(&nowhere, &[module]).verdict, Verdict::Fail);
    }
}
