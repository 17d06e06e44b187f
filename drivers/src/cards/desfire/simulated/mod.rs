//! A simulated MIFARE DESFire, as strict as the silicon: what DESFire answers to an APDU.
//!
//! What it holds against: the examples that NXP publishes for DESFire Light and NTAG 424 (AN12343, AN12196), whose secure
//! messaging is that of EV2; whole recorded sessions of an EV1 card; two clients that are not ours (`tests/desfire_*`).
//!
//! Where nothing public says what a card does, this one does what is harder for a driver:
//!
//! * Every error ends the authentication and drops what was not committed, `NoChanges` included.
//! * Every authentication but `AuthenticateEV2NonFirst` drops what was not committed, selecting an application too.
//! * A failed selection leaves the card itself selected.
//! * What an application or a file took is free again only after `FormatPICC`.
//! * With random UIDs `GetVersion` never says the true one.
//! * A wrapped command needs P1, P2 and Le 00.
//!
//! It does not know the authentication of the first DESFire (`0A`), value, record and transaction MAC files, ISO file names,
//! delegated applications, several key sets, LRP, the proximity check, and the failed-authentication counter of EV2 and EV3,
//! which makes a card slow and then deaf after many wrong keys.
//!
//! | file | holds |
//! |---|---|
//! | `builder` | cards that are not fresh from the factory |
//! | `commands` | what each command does |
//! | `frames` | frames in and out, wrapped or native |
//! | `handshake` | the authentications |
//! | `image` | the memory as bytes |
//! | `messaging` | secure messaging of EV1 and EV2 |
//! | `random` | the card's random numbers |
//! | `state` | what outlives power off |

pub(super) mod builder;
mod commands;
mod frames;
mod handshake;
mod image;
mod messaging;
mod random;
mod state;

use std::collections::{BTreeMap, VecDeque};

use crate::contract::{Answer, Mishap, SimulatedCard, Uid, Writes};

use super::models::Chip;
use super::wire::{Instruction, PICC, Status};

use commands::Order;
use frames::Frame;
use handshake::Handshake;
use messaging::Session;
use random::Random;
use state::Memory;

/// A card of this model, fresh from the factory; `None` for an unknown model, or a UID that is not one of 7 bytes.
pub(super) fn simulate(model: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>> {
    let card = SimulatedDesfire::new(Chip::by_name(model)?, &uid)?;
    Some(Box::new(card))
}

/// The simulated card.
#[derive(Debug)]
pub(super) struct SimulatedDesfire {
    chip: &'static Chip,
    memory: Memory,
    /// The application that is selected; 000000 for the card itself.
    selected: [u8; 3],
    session: Option<Session>,
    /// Backup files as they will be once committed, by number.
    uncommitted: BTreeMap<u8, Vec<u8>>,
    pending: Pending,
    random: Random,
    /// The UID of this selection, where the card is set to random ones.
    random_uid: [u8; 4],
    writes: Writes,
    /// The field went away in the middle of a write.
    is_mute: bool,
}

/// What the next additional frame is for.
#[derive(Debug, Default)]
enum Pending {
    #[default]
    Nothing,
    /// The second step of an authentication.
    Authentication(Handshake),
    /// The rest of a command's data.
    Command(Order),
    /// More of an answer.
    Answer(VecDeque<Vec<u8>>),
}

/// A frame of an answer.
struct Reply {
    data: Vec<u8>,
    status: Status,
}

impl SimulatedDesfire {
    /// A card fresh from the factory; `None` when the UID is not one of 7 bytes.
    pub(super) fn new(chip: &'static Chip, uid: &Uid) -> Option<Self> {
        let uid = uid.as_bytes().try_into().ok()?;
        Some(Self {
            chip,
            memory: Memory::factory(uid),
            selected: PICC,
            session: None,
            uncommitted: BTreeMap::new(),
            pending: Pending::Nothing,
            random: Random::default(),
            random_uid: [0x08, 0, 0, 0],
            writes: Writes::default(),
            is_mute: false,
        })
    }

    /// One frame of a command; an error ends whatever was going on.
    fn carry_out(&mut self, frame: &Frame<'_>) -> Reply {
        self.step(frame).unwrap_or_else(|status| {
            self.end_session();
            Reply {
                data: vec![],
                status,
            }
        })
    }

    fn step(&mut self, frame: &Frame<'_>) -> Result<Reply, Status> {
        let instruction = Instruction::from_code(frame.instruction)
            .filter(|instruction| self.knows(*instruction))
            .ok_or(Status::IllegalCommand)?;
        frame.checked_length(instruction)?;
        let pending = std::mem::take(&mut self.pending);
        match (instruction, pending) {
            (Instruction::AdditionalFrame, Pending::Authentication(handshake)) => {
                self.finish_authentication(handshake, frame.data)
            }
            (Instruction::AdditionalFrame, Pending::Command(order)) => {
                self.continue_order(order, frame.data)
            }
            (Instruction::AdditionalFrame, Pending::Answer(frames)) if frame.data.is_empty() => {
                Ok(self.next_frame(frames))
            }
            (Instruction::AdditionalFrame, Pending::Answer(_)) => Err(Status::LengthError),
            (Instruction::AdditionalFrame, Pending::Nothing) => Err(Status::IllegalCommand),
            (_, Pending::Nothing) => self.begin(instruction, frame.data),
            _ => Err(Status::CommandAborted),
        }
    }

    fn knows(&self, instruction: Instruction) -> bool {
        match instruction {
            Instruction::AuthenticateLegacy => false,
            Instruction::AuthenticateEv2First
            | Instruction::AuthenticateEv2NonFirst
            | Instruction::ReadDataIso
            | Instruction::WriteDataIso => self.chip.has_ev2_messaging(),
            _ => true,
        }
    }

    fn begin(&mut self, instruction: Instruction, data: &[u8]) -> Result<Reply, Status> {
        match instruction {
            Instruction::SelectApplication => self.select_application(data),
            Instruction::AuthenticateIso
            | Instruction::AuthenticateAes
            | Instruction::AuthenticateEv2First
            | Instruction::AuthenticateEv2NonFirst => self.begin_authentication(instruction, data),
            _ => self.begin_order(instruction, data),
        }
    }

    fn next_frame(&mut self, mut frames: VecDeque<Vec<u8>>) -> Reply {
        let data = frames.pop_front().unwrap_or_default();
        let status = if frames.is_empty() {
            Status::Ok
        } else {
            self.pending = Pending::Answer(frames);
            Status::AdditionalFrame
        };
        Reply { data, status }
    }

    fn select_application(&mut self, data: &[u8]) -> Result<Reply, Status> {
        self.end_session();
        self.selected = PICC;
        let aid: [u8; 3] = data.try_into().map_err(|_| Status::LengthError)?;
        if aid != PICC && self.memory.application(aid).is_none() {
            return Err(Status::ApplicationNotFound);
        }
        self.selected = aid;
        Ok(Reply {
            data: vec![],
            status: Status::Ok,
        })
    }

    fn free_memory(&self) -> usize {
        self.chip.free_memory.saturating_sub(self.memory.used)
    }

    fn end_session(&mut self) {
        self.session = None;
        self.uncommitted.clear();
        self.pending = Pending::Nothing;
    }
}

impl SimulatedCard for SimulatedDesfire {
    fn model(&self) -> &'static str {
        self.chip.model.name
    }

    fn uid(&self) -> Uid {
        Uid::from(self.memory.uid)
    }

    fn sent_uid(&self) -> Uid {
        if self.memory.has_random_uid() {
            Uid::try_from(self.random_uid.as_slice()).unwrap_or_else(|_| self.uid())
        } else {
            self.uid()
        }
    }

    fn atr(&self) -> Vec<u8> {
        // One historical byte, 80; the same for EV1, EV2 and EV3.
        vec![0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]
    }

    fn select(&mut self) {
        self.end_session();
        self.selected = PICC;
        self.is_mute = false;
        if let Some(fresh) = self.random.bytes(3) {
            self.random_uid[1..].copy_from_slice(&fresh);
        }
    }

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        if self.is_mute {
            return Answer::Silence;
        }
        let answer = match Frame::parse(frame) {
            Ok(frame) => {
                let reply = self.carry_out(&frame);
                frame.answer(reply)
            }
            Err(answer) => {
                self.end_session();
                answer
            }
        };
        if self.is_mute {
            Answer::Silence
        } else {
            Answer::Frame(answer)
        }
    }

    fn memory(&self) -> Vec<u8> {
        self.memory.to_bytes(self.chip)
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        let Some(memory) = Memory::from_bytes(self.chip, memory) else {
            return false;
        };
        self.memory = memory;
        self.end_session();
        self.selected = PICC;
        true
    }

    fn writes(&self) -> u64 {
        self.writes.accepted()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.writes.spoil_next(mishap);
    }
}

#[cfg(test)]
mod tests;
