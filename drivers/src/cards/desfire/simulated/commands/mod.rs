//! The commands behind an authentication or without one: how each is built, who may give it, what it answers.

mod applications;
mod card;
mod data;
mod files;
mod keys;

use super::frames::LONGEST_ANSWER;
use super::messaging::{Checksum, Filling, Shape};
use super::state::{Application, DefaultKey};
use super::{Pending, Reply, SimulatedDesfire};
use crate::cards::desfire::wire::{Communication, Instruction, PICC, Status};
use crate::contract::Mishap;

/// A command of which all, or the first part, has arrived.
#[derive(Debug)]
pub(super) struct Order {
    instruction: Instruction,
    shape: Shape,
    data: Vec<u8>,
}

/// What a command that succeeded answers.
struct Outcome {
    data: Vec<u8>,
    communication: Communication,
    filling: Filling,
    /// False for what makes the key in use worthless.
    keeps_session: bool,
    /// The bytes of the first frames, where the answer is not simply cut where a frame is full.
    frames: &'static [usize],
    longest_frame: usize,
}

impl Outcome {
    /// Data that is not enciphered.
    fn open(data: Vec<u8>) -> Self {
        Self {
            data,
            communication: Communication::Mac,
            filling: Filling::Zeros,
            keeps_session: true,
            frames: &[],
            longest_frame: LONGEST_ANSWER,
        }
    }

    fn nothing() -> Self {
        Self::open(vec![])
    }

    fn ending_session() -> Self {
        Self {
            keeps_session: false,
            ..Self::nothing()
        }
    }
}

/// Whether a command changes the card, at once or with `CommitTransaction`.
fn writes(instruction: Instruction) -> bool {
    matches!(
        instruction,
        Instruction::FormatPicc
            | Instruction::SetConfiguration
            | Instruction::ChangeKeySettings
            | Instruction::ChangeKey
            | Instruction::CreateApplication
            | Instruction::DeleteApplication
            | Instruction::ChangeFileSettings
            | Instruction::CreateStdDataFile
            | Instruction::CreateBackupDataFile
            | Instruction::DeleteFile
            | Instruction::WriteData
            | Instruction::WriteDataIso
            | Instruction::CommitTransaction
    )
}

impl SimulatedDesfire {
    pub(super) fn begin_order(
        &mut self,
        instruction: Instruction,
        data: &[u8],
    ) -> Result<Reply, Status> {
        let order = Order {
            instruction,
            shape: self.shape(instruction, data)?,
            data: vec![],
        };
        self.continue_order(order, data)
    }

    pub(super) fn continue_order(
        &mut self,
        mut order: Order,
        data: &[u8],
    ) -> Result<Reply, Status> {
        order.data.extend(data);
        let wanted = match &self.session {
            Some(session) => session.command_bytes(&order.shape),
            None => order.shape.header + order.shape.data,
        };
        let may_go_on = order.instruction == Instruction::WriteData && !data.is_empty();
        if order.data.len() == wanted {
            self.finish_order(&order)
        } else if order.data.len() < wanted && may_go_on {
            self.pending = Pending::Command(order);
            Ok(Reply {
                data: vec![],
                status: Status::AdditionalFrame,
            })
        } else {
            Err(Status::LengthError)
        }
    }

    fn finish_order(&mut self, order: &Order) -> Result<Reply, Status> {
        let plain = match &mut self.session {
            Some(session) => session.open(order.instruction.code(), &order.shape, &order.data)?,
            None => order.data.clone(),
        };
        let (header, data) = plain.split_at(order.shape.header);
        let outcome = self.run_safely(order, header, data)?;
        if !outcome.keeps_session {
            self.end_session();
        }
        let sealed = match &mut self.session {
            Some(session) => session.seal(outcome.communication, outcome.filling, &outcome.data),
            None => outcome.data,
        };
        let mut rest = sealed.as_slice();
        let mut frames = std::collections::VecDeque::new();
        for &length in outcome.frames {
            let (frame, behind) = rest.split_at(length.min(rest.len()));
            frames.push_back(frame.to_vec());
            rest = behind;
        }
        frames.extend(rest.chunks(outcome.longest_frame).map(<[u8]>::to_vec));
        Ok(self.next_frame(frames))
    }

    /// How the command must be built, as far as its first bytes and the card's state show; refuses what needs no look at its
    /// data.
    fn shape(&self, instruction: Instruction, sent: &[u8]) -> Result<Shape, Status> {
        let header = match instruction {
            Instruction::GetKeyVersion
            | Instruction::DeleteFile
            | Instruction::GetFileSettings
            | Instruction::SetConfiguration
            | Instruction::ChangeFileSettings
            | Instruction::ChangeKey => 1,
            Instruction::DeleteApplication => 3,
            Instruction::CreateApplication => 5,
            Instruction::CreateStdDataFile
            | Instruction::CreateBackupDataFile
            | Instruction::ReadData
            | Instruction::ReadDataIso
            | Instruction::WriteData
            | Instruction::WriteDataIso => 7,
            _ => 0,
        };
        let header = sent.get(..header).ok_or(Status::LengthError)?;
        let (communication, data, checksum) = match instruction {
            Instruction::ReadData | Instruction::ReadDataIso => {
                (self.reading(header)?.communication, 0, Checksum::Added)
            }
            Instruction::WriteData | Instruction::WriteDataIso => {
                let writing = self.writing(header)?;
                (writing.communication, writing.length, Checksum::Added)
            }
            Instruction::ChangeFileSettings => (self.changing_file(header)?, 3, Checksum::Added),
            Instruction::ChangeKey => {
                let bytes = self.changing_key(header)?.command_bytes();
                (Communication::Full, bytes, Checksum::Contained)
            }
            Instruction::ChangeKeySettings => {
                self.authenticated_with_master_key()?;
                (Communication::Full, 1, Checksum::Added)
            }
            Instruction::SetConfiguration => {
                const DEFAULT_KEY: [u8; 1] = [0x01];
                self.authenticated_with_master_key()?;
                let bytes = if header == DEFAULT_KEY {
                    DefaultKey::BYTES + 1
                } else {
                    1
                };
                (Communication::Full, bytes, Checksum::Added)
            }
            Instruction::GetCardUid => {
                self.session.as_ref().ok_or(Status::AuthenticationError)?;
                (Communication::Full, 0, Checksum::Added)
            }
            _ => (Communication::Mac, 0, Checksum::Added),
        };
        Ok(Shape {
            communication,
            header: header.len(),
            data,
            checksum,
        })
    }

    /// A write is stored wholly or not at all (data sheets: backup files by their transaction, the rest by the card itself).
    fn run_safely(&mut self, order: &Order, header: &[u8], data: &[u8]) -> Result<Outcome, Status> {
        if !writes(order.instruction) {
            return self.run(order, header, data);
        }
        let before = (self.memory.clone(), self.uncommitted.clone());
        let outcome = self.run(order, header, data)?;
        if let Some(mishap) = self.writes.begin() {
            (self.memory, self.uncommitted) = before;
            self.is_mute = matches!(mishap, Mishap::Torn { .. });
        }
        Ok(outcome)
    }

    fn run(&mut self, order: &Order, header: &[u8], data: &[u8]) -> Result<Outcome, Status> {
        match order.instruction {
            Instruction::GetVersion => Ok(self.version()),
            Instruction::GetCardUid => Ok(self.card_uid()),
            Instruction::GetFreeMemory => Ok(self.free_memory_answer()),
            Instruction::FormatPicc => self.format(),
            Instruction::SetConfiguration => self.set_configuration(header, data),
            Instruction::GetKeySettings => self.key_settings(),
            Instruction::ChangeKeySettings => self.change_key_settings(data),
            Instruction::GetKeyVersion => self.key_version(header),
            Instruction::ChangeKey => self.change_key(header, data),
            Instruction::GetApplicationIds => self.application_ids(),
            Instruction::CreateApplication => self.create_application(header),
            Instruction::DeleteApplication => self.delete_application(header),
            Instruction::GetFileIds => self.file_ids(),
            Instruction::GetFileSettings => self.file_settings(header),
            Instruction::ChangeFileSettings => self.change_file_settings(header, data),
            Instruction::CreateStdDataFile | Instruction::CreateBackupDataFile => {
                self.create_file(order.instruction, header)
            }
            Instruction::DeleteFile => self.delete_file(header),
            Instruction::ReadData | Instruction::ReadDataIso => {
                self.read_data(order.instruction, header)
            }
            Instruction::WriteData | Instruction::WriteDataIso => self.write_data(header, data),
            Instruction::CommitTransaction => self.commit(),
            Instruction::AbortTransaction => self.abort(),
            // `begin` keeps the others away.
            Instruction::SelectApplication
            | Instruction::AuthenticateLegacy
            | Instruction::AuthenticateIso
            | Instruction::AuthenticateAes
            | Instruction::AuthenticateEv2First
            | Instruction::AuthenticateEv2NonFirst
            | Instruction::AdditionalFrame => Err(Status::IllegalCommand),
        }
    }

    fn is_card_level(&self) -> bool {
        self.selected == PICC
    }

    fn at_card_level(&self) -> Result<(), Status> {
        if self.is_card_level() {
            Ok(())
        } else {
            Err(Status::PermissionDenied)
        }
    }

    fn selected_application(&self) -> Result<&Application, Status> {
        self.memory
            .application(self.selected)
            .ok_or(Status::PermissionDenied)
    }

    fn selected_application_mut(&mut self) -> Result<&mut Application, Status> {
        self.memory
            .application_mut(self.selected)
            .ok_or(Status::PermissionDenied)
    }

    fn is_authenticated_with(&self, key_number: u8) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| session.key_number() == key_number)
    }

    fn authenticated_with_master_key(&self) -> Result<(), Status> {
        if self.is_authenticated_with(0) {
            Ok(())
        } else {
            Err(Status::AuthenticationError)
        }
    }

    /// Whether a bit of the key settings spares the master key.
    fn allowed_by(&self, setting: u8) -> Result<(), Status> {
        if self.memory.settings_of(self.selected) & setting != 0 {
            Ok(())
        } else {
            self.authenticated_with_master_key()
        }
    }

    fn take_memory(&mut self, bytes: usize) -> Result<(), Status> {
        if bytes > self.free_memory() {
            return Err(Status::OutOfMemory);
        }
        self.memory.used += bytes;
        Ok(())
    }
}
