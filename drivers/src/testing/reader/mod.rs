//! A simulated PC/SC part 3 reader with one simulated card on it.
//!
//! It answers the pseudo-APDUs for the UID, for keys, for reading and for writing, and raw tag commands in the form of the
//! make that it plays; APDUs go to a card of ISO/IEC 14443-4 as they are. Like a real one it does not select a halted tag
//! again by itself.
//!
//! It plays a make strictly. Where the table has a second way to load a key, this reader has only that one, so that the
//! first is always seen to fail. The generic reader knows PC/SC part 3 and nothing else: of all ways for a tag's own commands
//! only the transparent session, which is part of the standard since version 2.02.

mod apdu;
mod classic;
mod raw;
mod signals;

use crate::contract::apdu::{Command, RawForm, Response};
use crate::contract::{
    Answer, CardChannel, ChannelError, Family, ReaderProfile, Session, Signal, SimulatedCard,
};

use super::HoldsCard;

use apdu::Apdu;
use classic::Keys;

/// A reader and the card on it.
#[derive(Debug)]
pub struct SimulatedReader {
    profile: ReaderProfile,
    card: Box<dyn SimulatedCard>,
    atr: Vec<u8>,
    has_session: bool,
    keys: Keys,
    signals: Vec<Signal>,
    session: Session,
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
            keys: Keys::default(),
            signals: vec![],
            session: Session::default(),
        }
    }

    /// The same card on a reader of another make.
    #[must_use]
    pub fn playing(self, profile: ReaderProfile) -> Self {
        Self::new(self.card, profile)
    }

    /// What this model says to a command when it has selected no card.
    #[must_use]
    pub fn no_card(&self) -> Vec<u8> {
        self.failure(NO_ANSWER).to_bytes()
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

    /// Every signal that the reader gave so far.
    #[must_use]
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// Selects the card again, as powering the reader's field off and on does.
    pub fn reset(&mut self) {
        self.has_session = false;
        self.session.end();
        self.card.select();
    }

    /// Answers one command APDU. Never fails: what is wrong with a command is said in the status word.
    pub fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        let is_for_the_card = match Family::from_atr(&self.atr) {
            // A slot with contacts knows no commands of its own.
            Family::Unknown => true,
            Family::Part4 => command.first().is_some_and(|class| *class != 0xFF),
            Family::Storage { .. } => false,
        };
        if is_for_the_card {
            return self.pass_on(command).to_bytes();
        }
        if let Some(answer) = self.card.answer_as_reader(command, &self.profile) {
            return answer;
        }
        if let [0xFF, 0x88, block @ .., kind, number] = command
            && block.len() == 2
        {
            return self
                .authenticate_as_of_old(block, *kind, *number)
                .to_bytes();
        }
        match Apdu::parse(command) {
            Some(apdu) => self.carry_out(&apdu),
            None => status(WRONG_LENGTH),
        }
        .to_bytes()
    }

    fn carry_out(&mut self, apdu: &Apdu<'_>) -> Response {
        if let Some(answer) = self.hear_pseudo_apdu(apdu) {
            return answer;
        }
        match apdu.header {
            [0xFF, 0xCA, 0x00, 0x00] => success(self.card.sent_uid().as_bytes().to_vec()),
            [0xFF, 0xCA, ..] => status(FUNCTION_NOT_SUPPORTED),
            [0xFF, 0xB0, msb, lsb] => self.read_binary(u16::from_be_bytes([msb, lsb]), apdu),
            [0xFF, 0xD6, msb, lsb] => self.update_binary(u16::from_be_bytes([msb, lsb]), apdu),
            [0xFF, 0x82, p1, p2] => self.load_key(p1, p2, apdu.data),
            [0xFF, 0x86, 0x00, 0x00] => self.authenticate(apdu.data),
            [0xFF, 0x00, 0x00, 0x00] if self.plays(RawForm::Pn532) => self.pn532(apdu.data),
            [0xFF, 0x00, 0x00, 0x00] if self.plays(RawForm::Plain) => self.plain(apdu.data),
            [0xFF, 0xC2, 0x00, function] if self.plays(RawForm::Transparent) => {
                self.transparent(function, apdu.data)
            }
            [0xFF, 0x00 | 0x88 | 0xC2, ..] => self.failure(FUNCTION_NOT_SUPPORTED),
            [0xFF, ..] => self.failure(INSTRUCTION_NOT_SUPPORTED),
            _ => self.failure(CLASS_NOT_SUPPORTED),
        }
    }

    /// Whether this reader takes raw commands in this form.
    fn plays(&self, form: RawForm) -> bool {
        if self.profile.name == ReaderProfile::GENERIC.name {
            form == RawForm::Transparent
        } else {
            self.profile.raw.contains(&form)
        }
    }

    fn is_part4(&self) -> bool {
        Family::from_atr(&self.atr) == Family::Part4
    }

    /// MIFARE Classic Mini, 1K and 4K: their memory goes in blocks of 16 bytes, each under a key.
    fn is_classic(&self) -> bool {
        const CLASSIC: u16 = 0x08;
        match Family::from_atr(&self.atr) {
            // Without a name: what the card answered to selection.
            Family::Storage {
                name: name @ 0xFF00..,
            } => name & CLASSIC != 0,
            Family::Storage { name } => matches!(name, 0x0001 | 0x0002 | 0x0026),
            Family::Part4 | Family::Unknown => false,
        }
    }

    /// An APDU for the card itself.
    fn pass_on(&mut self, command: &[u8]) -> Response {
        if command.len() > self.profile.longest_apdu {
            return self.failure(WRONG_LENGTH);
        }
        let answer = match self.card.exchange(command) {
            Answer::Frame(answer) if answer.len() <= self.profile.longest_apdu => {
                Response::parse(answer).ok()
            }
            _ => None,
        };
        answer.unwrap_or_else(|| self.failure(NO_ANSWER))
    }

    fn read_binary(&mut self, block: u16, apdu: &Apdu<'_>) -> Response {
        let Ok(block) = u8::try_from(block) else {
            return self.failure(WRONG_ADDRESS);
        };
        if self.is_part4() {
            return self.failure(INSTRUCTION_NOT_SUPPORTED);
        }
        let wanted = match apdu.expected {
            Some(0) | None => READ_BYTES,
            Some(wanted) => usize::from(wanted),
        };
        if wanted > READ_BYTES || !apdu.data.is_empty() {
            return self.failure(WRONG_LENGTH);
        }
        match self.card.exchange(&[0x30, block]) {
            Answer::Frame(mut bytes) if bytes.len() == READ_BYTES => {
                bytes.truncate(wanted);
                success(bytes)
            }
            _ => self.failure(WRONG_ADDRESS_OF_BLOCK),
        }
    }

    fn update_binary(&mut self, block: u16, apdu: &Apdu<'_>) -> Response {
        let Ok(block) = u8::try_from(block) else {
            return self.failure(WRONG_ADDRESS);
        };
        if self.is_part4() {
            return self.failure(INSTRUCTION_NOT_SUPPORTED);
        }
        if self.is_classic() {
            return self.write_block(block, apdu.data);
        }
        if apdu.data.len() != PAGE_BYTES {
            return self.failure(WRONG_LENGTH);
        }
        let frame = [&[0xA2, block], apdu.data].concat();
        match self.card.exchange(&frame) {
            Answer::Ack => success(vec![]),
            _ => self.failure(MEMORY_FAILURE),
        }
    }

    fn failure(&self, word: u16) -> Response {
        status(if self.profile.says_6300 {
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

    fn profile(&self) -> ReaderProfile {
        self.profile
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        Response::parse(self.answer(&command.to_bytes()?))
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reset();
        Ok(())
    }

    fn session(&mut self) -> Option<&mut Session> {
        Some(&mut self.session)
    }

    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        self.hear_escape(command)
    }
}

impl HoldsCard for SimulatedReader {
    fn card_mut(&mut self) -> &mut dyn SimulatedCard {
        &mut *self.card
    }
}

const READ_BYTES: usize = 16;
const PAGE_BYTES: usize = 4;

const ACS_FAILURE: u16 = 0x6300;
const MEMORY_FAILURE: u16 = 0x6581;
const NO_ANSWER: u16 = 0x6400;
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
