//! NTAG 424 DNA, a Type 4 tag as it leaves the factory: one NDEF file that needs no key.
//!
//! Two bytes of length, big-endian, and the message (NFC Forum Type 4 Tag 2.0). The length goes to 0 first and to its true
//! value last. Commands and file settings: data sheet `NT4H2421Gx`, AN12196; no card has been met yet. Keys stay as they are.

use crate::contract::apdu::{Command, Response};
use crate::contract::{
    Answer, CardChannel, CardKeys, CardType, Contents, Driver, DriverError, Finding, InspectedCard,
    Inspection, Mishap, Model, ModelKey, Others, Progress, Registration, SimulatedCard, Specimen,
    Uid, Version, Writes,
};
use crate::keys::KeyVersion;
use crate::record::ndef::{self, MEDIA_TYPE};

use super::check_room;
use super::ndef::{Verdict, foreign, of_message, plain};

pub(super) const REGISTRATION: Registration = Registration {
    name: "type4",
    about: "NFC Forum Type 4 tags, one NDEF message",
    models: &[MODEL],
    build: |_| Box::new(Ntag424),
    simulate: |_, uid| Some(Box::new(SimulatedNtag::new(uid)?)),
    specimens,
};

const MODEL: Model = Model {
    name: "ntag424",
    title: "NTAG 424 DNA",
    memory: FILE,
    capacity: FILE - LENGTH - ndef::message_bytes(0),
    key: ModelKey::None,
    key_needs_raw_path: false,
};

/// Bytes of the NDEF file, and of the length in it.
const FILE: usize = 256;
const LENGTH: usize = 2;
/// Hardware: NXP, NTAG, any subtype, version 30, 424 bytes.
const HARDWARE: [u8; 7] = [0x04, 0x04, 0x02, 0x30, 0x00, 0x11, 0x05];

const SELECT_APPLICATION: [u8; 4] = [0x00, 0xA4, 0x04, 0x0C];
const APPLICATION: [u8; 7] = [0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01];
const SELECT_FILE: [u8; 4] = [0x00, 0xA4, 0x00, 0x0C];
const NDEF_FILE: [u8; 2] = [0xE1, 0x04];
const GET_FILE_SETTINGS: [u8; 4] = [0x90, 0xF5, 0x00, 0x00];
const NDEF_FILE_NUMBER: [u8; 1] = [0x02];
const NATIVE_OK: u16 = 0x9100;

/// Data that fits one frame of 64 bytes with header and length, and with the status word: not every reader passes more on.
const COMMAND_FRAME: usize = 56;
const ANSWER_FRAME: u8 = 59;

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
        open(card)?;
        let settings = Command::new(GET_FILE_SETTINGS).with_data(&NDEF_FILE_NUMBER);
        let settings = settings.expecting(0).send(card)?;
        expect(&settings, "tell its file settings")?;
        may_be_read(&settings.data)?;
        let mut content = vec![];
        read_on(card, &mut content, LENGTH)?;
        let end = match judge(&content) {
            // Whatever is left of it is there to be wiped.
            (Contents::Torn, _) => FILE,
            _ => message_end(&content).unwrap_or(LENGTH),
        };
        read_on(card, &mut content, end)?;
        let (contents, others) = judge(&content);
        let summary = Inspection {
            uid: card_type.uid,
            model: &MODEL,
            capacity: MODEL.capacity,
            contents,
            others,
            keys: CardKeys::None,
        };
        Ok(Box::new(InspectedNtag {
            summary,
            content,
            settings: settings.data,
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
        let length = two_bytes(message.len())?;
        let mut steps = self.opening();
        steps.extend(self.differing(&message));
        steps.push((0, length.to_vec()));
        update(card, &steps, progress)
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        if let Contents::Blank | Contents::Foreign = self.summary.contents {
            return Ok(());
        }
        may_be_written(&self.settings)?;
        let mut zeros = self.differing(&vec![0; self.content.len() - LENGTH]);
        // The beginning, by which a torn message is known, goes last.
        zeros.reverse();
        let steps = [self.opening(), zeros].concat();
        update(card, &steps, &mut |_| {})
    }

    fn key_version(&self) -> Option<KeyVersion> {
        None
    }
}

impl InspectedNtag {
    /// The step that leaves no message, where there is one.
    fn opening(&self) -> Vec<Step> {
        let is_empty = self.content.starts_with(&[0; LENGTH]);
        let step = (0, vec![0; LENGTH]);
        if is_empty { vec![] } else { vec![step] }
    }

    /// The steps that put `message` behind the length, without those whose bytes are there.
    fn differing(&self, message: &[u8]) -> Vec<Step> {
        let starts = (LENGTH..).step_by(COMMAND_FRAME);
        let chunks = starts.zip(message.chunks(COMMAND_FRAME));
        chunks
            .filter(|(at, bytes)| self.content.get(*at..at + bytes.len()) != Some(bytes))
            .map(|(at, bytes)| (at, bytes.to_vec()))
            .collect()
    }
}

/// Bytes to write, and where in the file.
type Step = (usize, Vec<u8>);

fn judge(content: &[u8]) -> Verdict {
    let behind = content.get(LENGTH..).unwrap_or(&[]);
    match message_end(content) {
        None => foreign(Others::Message),
        Some(LENGTH) if began_as_ours(behind) => plain(Contents::Torn),
        Some(end) => of_message(content.get(LENGTH..end).unwrap_or(&[])),
    }
}

/// Where the message ends in the file; `None` when its length lies.
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

/// A reset forgets what was opened, so whoever begins anew opens again.
fn open(card: &mut dyn CardChannel) -> Result<(), DriverError> {
    let application = Command::new(SELECT_APPLICATION).with_data(&APPLICATION);
    let opened = application.expecting(0).send(card)?;
    expect(&opened, "open its application")?;
    let file = Command::new(SELECT_FILE).with_data(&NDEF_FILE);
    expect(&file.send(card)?, "open its file")
}

fn read_on(
    card: &mut dyn CardChannel,
    content: &mut Vec<u8>,
    end: usize,
) -> Result<(), DriverError> {
    while content.len() < end {
        let [high, low] = two_bytes(content.len())?;
        // As much as comes in one answer: what is asked for less would take a command of its own.
        let left = u8::try_from(FILE - content.len());
        let wanted = left.map_or(ANSWER_FRAME, |left| left.min(ANSWER_FRAME));
        let read = Command::new([0x00, 0xB0, high, low]).expecting(wanted);
        let answer = read.send(card)?;
        expect(&answer, "read its file")?;
        if answer.data.len() != usize::from(wanted) {
            let step = "read its file".to_owned();
            return Err(DriverError::Malformed { step });
        }
        content.extend(answer.data);
    }
    Ok(())
}

fn update(
    card: &mut dyn CardChannel,
    steps: &[Step],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DriverError> {
    if !steps.is_empty() {
        open(card)?;
    }
    for (done, (at, bytes)) in (1..).zip(steps) {
        let [high, low] = two_bytes(*at)?;
        let update = Command::new([0x00, 0xD6, high, low]).with_data(bytes);
        expect(&update.send(card)?, "write its file")?;
        let total = steps.len();
        progress(Progress { done, total });
    }
    Ok(())
}

/// A length or an offset as a command has it.
fn two_bytes(number: usize) -> Result<[u8; 2], DriverError> {
    let number = u16::try_from(number).map_err(|_| DriverError::TooLong {
        what: "the NDEF message",
    })?;
    Ok(number.to_be_bytes())
}

fn expect(answer: &Response, step: &str) -> Result<(), DriverError> {
    if answer.is_success() || answer.status == NATIVE_OK {
        return Ok(());
    }
    Err(DriverError::Refused {
        step: step.to_owned(),
        status: answer.status,
    })
}

fn may_be_read(settings: &[u8]) -> Result<(), DriverError> {
    match rights(settings)? {
        [_, FREE, _] | [FREE, ..] => Ok(()),
        _ => Err(DriverError::Locked {
            what: "its file is read with a key only",
        }),
    }
}

fn may_be_written(settings: &[u8]) -> Result<(), DriverError> {
    const MIRRORS: u8 = 0x40;
    let locked = |what| Err(DriverError::Locked { what });
    match (rights(settings)?, settings) {
        (_, [_, option, ..]) if option & MIRRORS != 0 => {
            locked("it is set to show something else at each reading")
        }
        ([_, _, FREE] | [FREE, ..], _) => Ok(()),
        _ => locked("its file is written with a key only"),
    }
}

/// The access right that asks for no key.
const FREE: u8 = 0x0E;

/// Who may read and write, read, write; of a standard file of the expected size in plain communication.
fn rights(settings: &[u8]) -> Result<[u8; 3], DriverError> {
    const COMMUNICATION: u8 = 0x03;
    match *settings {
        [0x00, option, both, each, 0x00, 0x01, 0x00, ..] if option & COMMUNICATION == 0 => {
            Ok([both >> 4, each >> 4, each & 0x0F])
        }
        _ => Err(DriverError::Unsupported {
            what: "an NTAG 424 DNA whose NDEF file is not as from the factory",
        }),
    }
}

/// A simulated chip: what the application and its NDEF file need, and nothing of the keys.
#[derive(Debug)]
struct SimulatedNtag {
    uid: Uid,
    /// The settings of the NDEF file, and the file.
    memory: Vec<u8>,
    /// How many commands of the chain behind `GetVersion` were answered.
    version: Option<usize>,
    has_application: bool,
    has_file: bool,
    writes: Writes,
    /// The field went away in the middle of a write.
    is_mute: bool,
}

const FACTORY_SETTINGS: [u8; 7] = [0x00, 0x00, 0xE0, 0xEE, 0x00, 0x01, 0x00];

impl SimulatedNtag {
    fn new(uid: Uid) -> Option<Self> {
        (uid.as_bytes().len() == 7).then(|| Self {
            uid,
            memory: [&FACTORY_SETTINGS[..], &[0; FILE]].concat(),
            version: None,
            has_application: false,
            has_file: false,
            writes: Writes::default(),
            is_mute: false,
        })
    }

    fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        let version = self.version.take();
        let body = match command.get(4..) {
            Some([length, body @ ..]) => body.get(..usize::from(*length)),
            _ => None,
        };
        match (command, body) {
            ([0x90, 0x60, 0, 0, 0], _) => self.tell_version(0),
            ([0x90, 0xAF, 0, 0, 0], _) if version.is_some() => {
                self.tell_version(version.unwrap_or(0))
            }
            ([0x90, 0xF5, 0, 0, 1, file, 0], _) if self.has_application => {
                if *file == NDEF_FILE_NUMBER[0] {
                    [&self.memory[..FACTORY_SETTINGS.len()], &[0x91, 0x00]].concat()
                } else {
                    vec![0x91, 0xF0]
                }
            }
            ([0x90, ..], _) => vec![0x91, 0x1C],
            ([0x00, 0xA4, 0x04, 0x00 | 0x0C, ..], Some(name)) => {
                self.has_file = false;
                self.has_application = name == APPLICATION;
                found(self.has_application)
            }
            ([0x00, 0xA4, 0x00, 0x00 | 0x0C, ..], Some(file)) if self.has_application => {
                self.has_file = file == NDEF_FILE;
                found(self.has_file)
            }
            ([0x00, 0xB0, high, low, length], _) if self.has_file && *high < 0x80 => {
                self.read(u16::from_be_bytes([*high, *low]), *length)
            }
            ([0x00, 0xD6, high, low, ..], Some(bytes)) if self.has_file && *high < 0x80 => {
                self.write(u16::from_be_bytes([*high, *low]), bytes)
            }
            ([0x00, 0xA4 | 0xB0 | 0xD6, ..], _) => vec![0x69, 0x85],
            ([0x00, ..], _) => vec![0x6D, 0x00],
            _ => vec![0x6E, 0x00],
        }
    }

    fn tell_version(&mut self, part: usize) -> Vec<u8> {
        const SOFTWARE: [u8; 7] = [0x04, 0x04, 0x02, 0x01, 0x02, 0x11, 0x05];
        const BATCH: [u8; 7] = [0xCF, 0x39, 0xD4, 0x49, 0x80, 0x34, 0x20];
        const MORE: [u8; 2] = [0x91, 0xAF];
        self.version = (part < 2).then_some(part + 1);
        match part {
            0 => [&HARDWARE[..], &MORE].concat(),
            1 => [&SOFTWARE[..], &MORE].concat(),
            _ => [self.uid.as_bytes(), &BATCH, &[0x91, 0x00]].concat(),
        }
    }

    fn read(&self, at: u16, length: u8) -> Vec<u8> {
        let file = &self.memory[FACTORY_SETTINGS.len()..];
        if may_be_read(&self.memory).is_err() {
            return vec![0x69, 0x82];
        }
        let bytes = match (file.get(usize::from(at)..), length) {
            (Some(rest), 0) => Some(rest),
            (Some(rest), length) => rest.get(..usize::from(length)),
            (None, _) => None,
        };
        bytes.map_or(vec![0x67, 0x00], |bytes| [bytes, &[0x90, 0x00]].concat())
    }

    fn write(&mut self, at: u16, bytes: &[u8]) -> Vec<u8> {
        let is_free = matches!(rights(&self.memory), Ok([_, _, FREE] | [FREE, ..]));
        let at = FACTORY_SETTINGS.len() + usize::from(at);
        match self.memory.get_mut(at..at + bytes.len()) {
            _ if !is_free => vec![0x69, 0x82],
            Some(place) if !bytes.is_empty() => {
                self.is_mute = self.writes.store(place, bytes).is_err();
                vec![0x90, 0x00]
            }
            _ => vec![0x67, 0x00],
        }
    }
}

fn found(is_there: bool) -> Vec<u8> {
    let status: u16 = if is_there { 0x9000 } else { 0x6A82 };
    status.to_be_bytes().to_vec()
}

impl SimulatedCard for SimulatedNtag {
    fn model(&self) -> &'static str {
        MODEL.name
    }

    fn uid(&self) -> Uid {
        self.uid
    }

    fn atr(&self) -> Vec<u8> {
        vec![0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]
    }

    fn select(&mut self) {
        (self.version, self.has_application, self.has_file) = (None, false, false);
        self.is_mute = false;
    }

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        if self.is_mute {
            return Answer::Silence;
        }
        let answer = self.answer(frame);
        if self.is_mute {
            Answer::Silence
        } else {
            Answer::Frame(answer)
        }
    }

    fn memory(&self) -> Vec<u8> {
        [self.uid.as_bytes(), &self.memory].concat()
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        let Some((uid, rest)) = memory.split_first_chunk::<7>() else {
            return false;
        };
        let fits = rest.len() == self.memory.len();
        if fits {
            self.uid = Uid::from(*uid);
            self.memory.copy_from_slice(rest);
        }
        fits
    }

    fn writes(&self) -> u64 {
        self.writes.accepted()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.writes.spoil_next(mishap);
    }
}

/// Cards whose file settings were changed, and cards that hold a link.
fn specimens(_model: &str, uid: Uid) -> Vec<Specimen> {
    const LINK: &[u8] = &[0x00, 0x08, 0xD1, 0x01, 0x04, 0x55, 0x04, b'a', b'.', b'b'];
    let card = |at: usize, bytes: &[u8]| {
        let mut card = SimulatedNtag::new(uid)?;
        card.memory[at..at + bytes.len()].copy_from_slice(bytes);
        Some(Box::new(card) as Box<dyn SimulatedCard>)
    };
    let (file, foreign, locked) = (FACTORY_SETTINGS.len(), Finding::Foreign, Finding::Locked);
    [
        ("a link", foreign, card(file, LINK)),
        ("a length that lies", foreign, card(file, &[0xFF; 2])),
        ("a file written with a key", locked, card(2, &[0x00, 0xE0])),
        ("a file read with a key", locked, card(2, &[0x00, 0x0E])),
        ("a file that mirrors", locked, card(1, &[0x40])),
    ]
    .into_iter()
    .filter_map(|(what, finding, card)| {
        Some(Specimen {
            what,
            finding,
            card: card?,
        })
    })
    .collect()
}
