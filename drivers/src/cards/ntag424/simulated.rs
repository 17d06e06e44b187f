//! A simulated NTAG 424 DNA: what the application and its NDEF file need, and nothing of the keys.

use crate::contract::{Answer, Mishap, SimulatedCard, Uid, Writes};

use super::file::{APPLICATION, NDEF_FILE_NUMBER, NDEF_SHORT_ID};
use super::model::{FILE, HARDWARE, MODEL};
use super::settings::{FREE, may_be_read, rights};

const NDEF_FILE: [u8; 2] = [0xE1, 0x04];

/// One chip.
#[derive(Debug)]
pub(super) struct SimulatedNtag {
    uid: Uid,
    /// The settings of the NDEF file, and the file.
    pub(super) memory: Vec<u8>,
    /// How many commands of the chain behind `GetVersion` were answered.
    version: Option<usize>,
    has_application: bool,
    has_file: bool,
    writes: Writes,
    /// The field went away in the middle of a write.
    is_mute: bool,
}

pub(super) const FACTORY_SETTINGS: [u8; 7] = [0x00, 0x00, 0xE0, 0xEE, 0x00, 0x01, 0x00];

impl SimulatedNtag {
    pub(super) fn new(uid: Uid) -> Option<Self> {
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
            ([0x00, 0xB0, high, low, length], _) => match self.offset(*high, *low) {
                Ok(at) => self.read(at, *length),
                Err(refusal) => refusal.to_vec(),
            },
            ([0x00, 0xD6, high, low, ..], Some(bytes)) => match self.offset(*high, *low) {
                Ok(at) => self.write(at, bytes, command.len()),
                Err(refusal) => refusal.to_vec(),
            },
            ([0x00, 0xA4 | 0xB0 | 0xD6, ..], _) => vec![0x69, 0x85],
            ([0x00, ..], _) => vec![0x6D, 0x00],
            _ => vec![0x6E, 0x00],
        }
    }

    /// Where in the file P1 and P2 point (data sheet, 10.9.2): into the selected one, or into the one that P1 names and selects.
    fn offset(&mut self, high: u8, low: u8) -> Result<u16, [u8; 2]> {
        const NAMES_A_FILE: u8 = 0x80;
        const NOT_SATISFIED: [u8; 2] = [0x69, 0x85];
        const NOT_FOUND: [u8; 2] = [0x6A, 0x82];
        if !self.has_application {
            return Err(NOT_SATISFIED);
        }
        let at = match high {
            ..NAMES_A_FILE => u16::from_be_bytes([high, low]),
            NAMES_A_FILE => low.into(),
            _ if high == NAMES_A_FILE | NDEF_SHORT_ID => {
                self.has_file = true;
                low.into()
            }
            _ => return Err(NOT_FOUND),
        };
        if self.has_file {
            Ok(at)
        } else {
            Err(NOT_SATISFIED)
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

    /// What comes within one frame is stored wholly or not at all (data sheet, 10.8.2).
    fn write(&mut self, at: u16, bytes: &[u8], command_bytes: usize) -> Vec<u8> {
        // Less what surrounds a command in the shortest frame that a reader may have.
        const FRAME: usize = 64 - 3;
        let is_free = matches!(rights(&self.memory), Ok([_, _, FREE] | [FREE, ..]));
        let at = FACTORY_SETTINGS.len() + usize::from(at);
        match self.memory.get_mut(at..at + bytes.len()) {
            _ if !is_free => vec![0x69, 0x82],
            Some(place) if !bytes.is_empty() => {
                self.is_mute = match self.writes.begin() {
                    None => {
                        place.copy_from_slice(bytes);
                        false
                    }
                    Some(Mishap::Swallowed) => false,
                    Some(Mishap::Torn { stored }) => {
                        let stored = stored.min(bytes.len());
                        if command_bytes > FRAME {
                            place[..stored].copy_from_slice(&bytes[..stored]);
                        }
                        true
                    }
                };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> SimulatedNtag {
        let mut card = SimulatedNtag::new(Uid::from([4, 1, 2, 3, 4, 5, 6])).unwrap();
        let select = [&[0x00, 0xA4, 0x04, 0x0C, 7][..], &APPLICATION].concat();
        assert_eq!(answer(&mut card, &select), [0x90, 0x00]);
        card
    }

    fn answer(card: &mut SimulatedNtag, command: &[u8]) -> Vec<u8> {
        match card.exchange(command) {
            Answer::Frame(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_named_or_selected() {
        let mut card = card();
        let here = [0x00, 0xB0, 0x00, 0x00, 0x02];
        assert_eq!(answer(&mut card, &here), [0x69, 0x85]);
        assert_eq!(
            answer(&mut card, &[0x00, 0xB0, 0x84, 0x00, 0x02]),
            [0x6A, 0x82]
        );
        let named = [0x00, 0xD6, 0x82, 0x01, 0x02, 0xAA, 0xBB];
        assert_eq!(answer(&mut card, &named), [0x90, 0x00]);
        // Naming it has selected it.
        assert_eq!(answer(&mut card, &here), [0x00, 0xAA, 0x90, 0x00]);
        card.select();
        assert_eq!(
            answer(&mut card, &[0x00, 0xB0, 0x82, 0x00, 0x02]),
            [0x69, 0x85],
            "a reset leaves the application"
        );
    }

    #[test]
    fn what_comes_in_one_frame_is_stored_wholly_or_not_at_all() {
        for (bytes, stored) in [(56, 0), (57, 3)] {
            let mut card = card();
            let command = [&[0x00, 0xD6, 0x82, 0x00, bytes][..], &vec![7; bytes.into()]].concat();
            card.spoil_next_write(Some(Mishap::Torn { stored: 3 }));
            assert_eq!(card.exchange(&command), Answer::Silence);
            let file = &card.memory[FACTORY_SETTINGS.len()..];
            let written = file.iter().take_while(|byte| **byte == 7).count();
            assert_eq!(written, stored, "{bytes}");
        }
    }
}
