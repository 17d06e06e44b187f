//! A simulated PC/SC part 3 reader with one simulated card on it.
//!
//! It answers the pseudo-APDUs for the UID, for reading and for writing, and raw tag commands in the form of one make of
//! reader. Like a real one it does not select a halted tag again by itself.

mod apdu;

use crate::contract::apdu::Response;
use crate::contract::{Answer, CardChannel, ChannelError, SimulatedCard};

use apdu::Apdu;

/// How a make of reader passes raw tag commands on, and what it says when something fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderProfile {
    /// As an ACR122U: direct transmit to a PN532; `6300` for every failure.
    Pn532,
    /// As an ACR1252U or ACR1552U: direct transmit of the bare command; `6300` for every failure.
    Plain,
    /// A reader with transparent sessions (PC/SC part 3, 2.02) and distinct status words.
    Transparent,
    /// A reader without any way for raw commands: only the UID, reading and writing.
    NoRaw,
}

impl ReaderProfile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Pn532, Self::Plain, Self::Transparent, Self::NoRaw];

    fn is_acs(self) -> bool {
        matches!(self, Self::Pn532 | Self::Plain)
    }
}

/// A reader and the card that lies on it.
#[derive(Debug)]
pub struct SimulatedReader {
    profile: ReaderProfile,
    card: Box<dyn SimulatedCard>,
    atr: Vec<u8>,
    has_session: bool,
}

impl SimulatedReader {
    /// Puts `card` on a reader; it is powered and selected at once.
    #[must_use]
    pub fn new(mut card: Box<dyn SimulatedCard>, profile: ReaderProfile) -> Self {
        card.select();
        Self {
            profile,
            atr: card.atr(),
            card,
            has_session: false,
        }
    }

    /// The card.
    #[must_use]
    pub fn card(&self) -> &dyn SimulatedCard {
        &*self.card
    }

    /// The card, to look into or change its memory behind the reader's back.
    pub fn card_mut(&mut self) -> &mut dyn SimulatedCard {
        &mut *self.card
    }

    /// Selects the card again, as powering the reader's field off and on does.
    pub fn reset(&mut self) {
        self.has_session = false;
        self.card.select();
    }

    /// Answers one command APDU. Never fails: what is wrong with a command is said in the status word.
    pub fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        match Apdu::parse(command) {
            Some(apdu) => self.carry_out(&apdu),
            None => status(WRONG_LENGTH),
        }
        .to_bytes()
    }

    fn carry_out(&mut self, apdu: &Apdu<'_>) -> Response {
        match apdu.header {
            [0xFF, 0xCA, 0x00, 0x00] => success(self.card.uid().as_bytes().to_vec()),
            [0xFF, 0xCA, ..] => status(FUNCTION_NOT_SUPPORTED),
            [0xFF, 0xB0, msb, lsb] => self.read_binary(u16::from_be_bytes([msb, lsb]), apdu),
            [0xFF, 0xD6, msb, lsb] => self.update_binary(u16::from_be_bytes([msb, lsb]), apdu),
            [0xFF, 0x00, 0x00, 0x00] if self.profile == ReaderProfile::Pn532 => {
                self.pn532(apdu.data)
            }
            [0xFF, 0x00, 0x00, 0x00] if self.profile == ReaderProfile::Plain => {
                self.plain(apdu.data)
            }
            [0xFF, 0xC2, 0x00, function] if self.profile == ReaderProfile::Transparent => {
                self.transparent(function, apdu.data)
            }
            [0xFF, 0x00 | 0x82 | 0x86 | 0x88 | 0xC2, ..] => self.failure(FUNCTION_NOT_SUPPORTED),
            [0xFF, ..] => self.failure(INSTRUCTION_NOT_SUPPORTED),
            _ => self.failure(CLASS_NOT_SUPPORTED),
        }
    }

    fn read_binary(&mut self, block: u16, apdu: &Apdu<'_>) -> Response {
        let Ok(page) = u8::try_from(block) else {
            return self.failure(WRONG_ADDRESS);
        };
        let wanted = match apdu.expected {
            Some(0) | None => READ_BYTES,
            Some(wanted) => usize::from(wanted),
        };
        if wanted > READ_BYTES || !apdu.data.is_empty() {
            return self.failure(WRONG_LENGTH);
        }
        match self.card.exchange(&[0x30, page]) {
            Answer::Frame(mut bytes) if bytes.len() == READ_BYTES => {
                bytes.truncate(wanted);
                success(bytes)
            }
            _ => self.failure(WRONG_ADDRESS_OF_BLOCK),
        }
    }

    fn update_binary(&mut self, block: u16, apdu: &Apdu<'_>) -> Response {
        let Ok(page) = u8::try_from(block) else {
            return self.failure(WRONG_ADDRESS);
        };
        if apdu.data.len() != PAGE_BYTES {
            return self.failure(WRONG_LENGTH);
        }
        let frame = [&[0xA2, page], apdu.data].concat();
        match self.card.exchange(&frame) {
            Answer::Ack => success(vec![]),
            _ => self.failure(MEMORY_FAILURE),
        }
    }

    fn pn532(&mut self, data: &[u8]) -> Response {
        const TIMEOUT: u8 = 0x01;
        const CRC_ERROR: u8 = 0x02;
        let Some(frame) = data.strip_prefix(&[0xD4, 0x42]) else {
            // The PN532 knows no such command; nothing goes on the air.
            return self.failure(FUNCTION_NOT_SUPPORTED);
        };
        success(match self.card.exchange(frame) {
            Answer::Frame(answer) => [&[0xD5, 0x43, 0x00], answer.as_slice()].concat(),
            // Four bits cannot carry the CRC that the PN532 looks for.
            Answer::Ack | Answer::Nak => vec![0xD5, 0x43, CRC_ERROR],
            Answer::Silence => vec![0xD5, 0x43, TIMEOUT],
        })
    }

    fn plain(&mut self, frame: &[u8]) -> Response {
        match self.card.exchange(frame) {
            Answer::Frame(answer) => success(answer),
            Answer::Ack | Answer::Nak | Answer::Silence => self.failure(MEMORY_FAILURE),
        }
    }

    fn transparent(&mut self, function: u8, data: &[u8]) -> Response {
        const NO_ERROR: [u8; 5] = [0xC0, 0x03, 0x00, 0x90, 0x00];
        const NO_ANSWER: [u8; 5] = [0xC0, 0x03, 0x01, 0x64, 0x01];
        match (function, data) {
            (0x00, [0x81, 0x00]) => self.has_session = true,
            (0x00, [0x82, 0x00]) => self.has_session = false,
            (0x01, [0x95, length, frame @ ..])
                if self.has_session && frame.len() == usize::from(*length) =>
            {
                return success(match self.card.exchange(frame) {
                    Answer::Frame(answer) => {
                        let length = u8::try_from(answer.len()).unwrap_or(u8::MAX);
                        [&NO_ERROR, &[0x97, length][..], &answer].concat()
                    }
                    _ => NO_ANSWER.to_vec(),
                });
            }
            _ => return self.failure(FUNCTION_NOT_SUPPORTED),
        }
        success(NO_ERROR.to_vec())
    }

    fn failure(&self, word: u16) -> Response {
        status(if self.profile.is_acs() {
            ACS_FAILURE
        } else {
            word
        })
    }
}

impl CardChannel for SimulatedReader {
    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        Ok(self.answer(command))
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reset();
        Ok(())
    }
}

const READ_BYTES: usize = 16;
const PAGE_BYTES: usize = 4;

const ACS_FAILURE: u16 = 0x6300;
const MEMORY_FAILURE: u16 = 0x6581;
const WRONG_LENGTH: u16 = 0x6700;
const FUNCTION_NOT_SUPPORTED: u16 = 0x6A81;
const WRONG_ADDRESS_OF_BLOCK: u16 = 0x6A82;
const WRONG_ADDRESS: u16 = 0x6B00;
const INSTRUCTION_NOT_SUPPORTED: u16 = 0x6D00;
const CLASS_NOT_SUPPORTED: u16 = 0x6E00;

fn success(data: Vec<u8>) -> Response {
    Response {
        data,
        status: Response::SUCCESS,
    }
}

fn status(word: u16) -> Response {
    Response {
        data: vec![],
        status: word,
    }
}

#[cfg(test)]
mod tests;
