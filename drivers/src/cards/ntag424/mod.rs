//! NTAG 424 DNA, a Type 4 tag as it leaves the factory: one NDEF file that needs no key.
//!
//! Two bytes of length, big-endian, and the message (NFC Forum Type 4 Tag 2.0), written in the order of `ndef::order`. What comes
//! to the card within one frame it stores wholly or not at all, so that length and beginning go last in one command. Commands and
//! file settings: data sheet `NT4H2421Gx`, AN12196; no card has been met yet. Keys stay as they are.
//!
//! | file | holds |
//! |---|---|
//! | `model` | the chip, and what it has room for |
//! | `file` | the commands for the file |
//! | `settings` | who may do what with the file |
//! | `simulated` | the card itself, simulated |
//! | `specimens` | simulated cards that are locked or foreign |

mod file;
mod model;
mod settings;
mod simulated;
mod specimens;

use crate::contract::{
    CardChannel, CardKeys, CardType, Contents, Driver, DriverError, InspectedCard, Inspection,
    Others, Progress, Registration, Version,
};
use crate::keys::KeyVersion;
use crate::record::ndef::{self, MEDIA_TYPE};

use super::check_room;
use super::ndef::{Verdict, foreign, of_message, order, plain};
use file::{COMMAND_FRAME, open, read_on, update};
use model::{FILE, HARDWARE, LENGTH, MODEL};
use settings::{may_be_read, may_be_written};

pub(super) const REGISTRATION: Registration = Registration {
    name: "type4",
    about: "NFC Forum Type 4 tags, one NDEF message",
    models: &[MODEL],
    settings: &[],
    build: |_| Box::new(Ntag424),
    simulate: |_, uid| Some(Box::new(simulated::SimulatedNtag::new(uid)?)),
    specimens: specimens::specimens,
};

#[derive(Debug)]
struct Ntag424;

impl Driver for Ntag424 {
    fn recognises(&self, card: &CardType) -> bool {
        let [vendor, kind, _subtype, version, ..] = HARDWARE;
        matches!(&card.version, Version::Part4 { hardware, .. }
            if [hardware[0], hardware[1], hardware[3]] == [vendor, kind, version])
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError> {
        let mut opened = open(card)?;
        may_be_read(&opened.settings)?;
        let mut content = vec![];
        read_on(&mut opened, card, &mut content, LENGTH)?;
        let end = match judge(&content) {
            // Whatever is left of it is there to be wiped.
            (Contents::Torn, _) => FILE,
            _ => message_end(&content).unwrap_or(LENGTH),
        };
        read_on(&mut opened, card, &mut content, end)?;
        let (contents, others) = judge(&content);
        let summary = Inspection {
            uid: card_type.uid,
            model: &MODEL,
            capacity: MODEL.capacity,
            contents,
            others,
            keys: CardKeys::None,
        };
        let settings = opened.settings.clone();
        opened.stays(card);
        Ok(Box::new(InspectedNtag {
            summary,
            content,
            settings,
        }))
    }
}

#[derive(Debug)]
struct InspectedNtag {
    summary: Inspection,
    /// The file from its beginning on, as far as it was read.
    content: Vec<u8>,
    settings: Vec<u8>,
}

impl InspectedCard for InspectedNtag {
    fn summary(&self) -> &Inspection {
        &self.summary
    }

    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        may_be_written(&self.settings)?;
        check_room(record_bytes, MODEL.capacity, &MODEL)
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        self.check_fits(record.len())?;
        if matches!(&self.summary.contents, Contents::Record(present) if present == record) {
            return Ok(());
        }
        let message = ndef::wrap(record);
        let file = [&file::two_bytes(message.len())?[..], &message].concat();
        let is_there = |at, bytes: &[u8]| self.content.get(at..at + bytes.len()) == Some(bytes);
        let order = order::to_write(&file, COMMAND_FRAME, self.opening(), is_there);
        update(card, &order.into_iter().collect::<Vec<_>>(), progress)
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        if let Contents::Blank | Contents::Foreign = self.summary.contents {
            return Ok(());
        }
        may_be_written(&self.settings)?;
        let steps = order::to_wipe(&self.content, COMMAND_FRAME, self.opening());
        update(card, &steps, &mut |_| {})
    }

    fn key_version(&self) -> Option<KeyVersion> {
        None
    }
}

impl InspectedNtag {
    /// What leaves no message, where there is one.
    fn opening(&self) -> Option<Vec<u8>> {
        let is_empty = self.content.starts_with(&[0; LENGTH]);
        (!is_empty).then(|| vec![0; LENGTH])
    }
}

fn judge(content: &[u8]) -> Verdict {
    let behind = content.get(LENGTH..).unwrap_or(&[]);
    match message_end(content) {
        None => foreign(Others::Message),
        Some(LENGTH) if began_as_ours(behind) => plain(Contents::Torn),
        Some(end) => of_message(content.get(LENGTH..end).unwrap_or(&[])),
    }
}

/// Where the message ends in the file; `None` when its length is wrong.
fn message_end(content: &[u8]) -> Option<usize> {
    let length = content
        .first_chunk()
        .map(|length| u16::from_be_bytes(*length));
    let end = LENGTH + usize::from(length?);
    (end <= FILE).then_some(end)
}

fn began_as_ours(message: &[u8]) -> bool {
    matches!(message, [0xD2, 0x0F, _, rest @ ..] if rest.starts_with(MEDIA_TYPE.as_bytes()))
}
