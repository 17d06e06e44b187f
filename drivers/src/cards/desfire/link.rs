//! Native commands over the channel: wrapped in ISO 7816-4 APDUs, cut into frames, their answers put together.
//!
//! Always wrapped: a bare native command may be a single byte, which virtual readers take for a control code.

use crate::contract::apdu::{Command, Response};
use crate::contract::{CardChannel, DriverError, Uid, reselect};

use super::wire::{Instruction, PICC, STATUS_CLASS, Status, WRAPPED_CLASS};

/// The bytes around the data of a wrapped command: `90 INS 00 00 Lc`, and Le.
const WRAPPING: usize = 6;
/// The data of a wrapped command that a card surely takes in one frame: frames of 64 bytes (ATS of EV1, EV2 and EV3), less
/// 3 of ISO/IEC 14443-4 and the wrapping. Longer frames can be agreed upon with EV2 and EV3; no card was at hand to
/// prove it through a reader.
const CARD_FRAME: usize = 64 - 3 - WRAPPING;
/// The data of an answer in one such frame, less the status word.
pub(super) const ANSWER_FRAME: usize = 64 - 3 - 2;
/// More than any answer of ours has.
const LONGEST_ANSWER: usize = 2048;
/// A card often is not ready right after it was connected.
const ATTEMPTS: usize = 3;

/// What a card, or the reader in its place, said to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The card, in a word that we know.
    Card(Status),
    /// The card, in a word that we do not know.
    Unknown(u8),
    /// Not the card: a status word that is none of a native command.
    Reader(u16),
}

impl Outcome {
    const OK: Self = Self::Card(Status::Ok);
    const MORE: Self = Self::Card(Status::AdditionalFrame);

    fn of(word: u16) -> Self {
        match (Status::from_word(word), word.to_be_bytes()) {
            (Some(status), _) => Self::Card(status),
            (None, [STATUS_CLASS, code]) => Self::Unknown(code),
            (None, _) => Self::Reader(word),
        }
    }

    /// The status word it came as.
    fn word(self) -> u16 {
        match self {
            Self::Card(status) => status.word(),
            Self::Unknown(code) => u16::from_be_bytes([STATUS_CLASS, code]),
            Self::Reader(word) => word,
        }
    }

    /// The error for a step that should have succeeded.
    pub(super) fn refused(self, step: &'static str) -> DriverError {
        DriverError::Refused {
            step: step.to_owned(),
            status: self.word(),
        }
    }
}

/// An answer, of one frame or put together from several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) outcome: Outcome,
    pub(super) data: Vec<u8>,
}

impl Reply {
    /// The data of a command that was carried out.
    pub(super) fn data_of(self, step: &'static str) -> Result<Vec<u8>, DriverError> {
        match self.outcome {
            Outcome::OK => Ok(self.data),
            other => Err(other.refused(step)),
        }
    }
}

/// The error for an answer that is not what the step must give.
pub(super) fn malformed(step: &'static str) -> DriverError {
    DriverError::Malformed {
        step: step.to_owned(),
    }
}

/// The card on a channel, without an authentication.
pub(super) struct Link<'a> {
    card: &'a mut dyn CardChannel,
    /// The UID that the card sent, where that is known.
    uid: Option<Uid>,
    frame: usize,
    on_frame: Option<&'a mut dyn FnMut()>,
}

impl<'a> Link<'a> {
    pub(super) fn new(card: &'a mut dyn CardChannel) -> Self {
        let frame = frame_bytes(card);
        Self {
            card,
            uid: None,
            frame,
            on_frame: None,
        }
    }

    /// The same to the card that sends this UID, and to no other.
    pub(super) fn to(self, uid: Uid) -> Self {
        Self {
            uid: Some(uid),
            ..self
        }
    }

    /// As [`new`](Self::new), telling of every frame that the card accepted.
    pub(super) fn watched(card: &'a mut dyn CardChannel, on_frame: &'a mut dyn FnMut()) -> Self {
        Self {
            on_frame: Some(on_frame),
            ..Self::new(card)
        }
    }

    /// One frame there and one back.
    pub(super) fn frame(
        &mut self,
        instruction: Instruction,
        data: &[u8],
    ) -> Result<Reply, DriverError> {
        let mut command =
            Command::new([WRAPPED_CLASS, instruction.code(), 0x00, 0x00]).expecting(0);
        if !data.is_empty() {
            // Keys go this way, enciphered or not: nothing of it is ever shown.
            command = command.with_secret(data);
        }
        let Response { data, status } = command.send(self.card)?;
        let outcome = Outcome::of(status);
        if let (Outcome::OK | Outcome::MORE, Some(on_frame)) = (outcome, &mut self.on_frame) {
            on_frame();
        }
        Ok(Reply { outcome, data })
    }

    /// A command in as many frames as it takes, and its whole answer.
    ///
    /// # Errors
    /// [`DriverError::Malformed`] when the card asks for more than it may, or its answer does not end.
    pub(super) fn exchange(
        &mut self,
        instruction: Instruction,
        data: &[u8],
        step: &'static str,
    ) -> Result<Reply, DriverError> {
        let mut frames = data.chunks(self.frame);
        let mut reply = self.frame(instruction, frames.next().unwrap_or_default())?;
        for frame in frames {
            match reply.outcome {
                Outcome::MORE if reply.data.is_empty() => {}
                Outcome::OK | Outcome::MORE => return Err(malformed(step)),
                _ => return Ok(reply),
            }
            reply = self.frame(Instruction::AdditionalFrame, frame)?;
        }
        let mut answer = std::mem::take(&mut reply.data);
        while reply.outcome == Outcome::MORE {
            reply = self.frame(Instruction::AdditionalFrame, &[])?;
            let is_endless = reply.outcome == Outcome::MORE && reply.data.is_empty();
            answer.append(&mut reply.data);
            if is_endless || answer.len() > LONGEST_ANSWER {
                return Err(malformed(step));
            }
        }
        Ok(Reply {
            outcome: reply.outcome,
            data: answer,
        })
    }

    /// Selects an application, or the card itself, as the first command of an operation: the card may not be ready yet, or
    /// waiting for the rest of a command that was cut short. `false` when there is no such application.
    pub(super) fn start(&mut self, application: [u8; 3]) -> Result<bool, DriverError> {
        const STEP: &str = "select an application";
        for _ in 1..ATTEMPTS {
            let reply = self.frame(Instruction::SelectApplication, &application)?;
            match reply.outcome {
                Outcome::Reader(_) => self.reconnect()?,
                Outcome::Card(Status::CommandAborted) => {}
                outcome => return is_selected(outcome, STEP),
            }
        }
        self.select(application)
    }

    fn reconnect(&mut self) -> Result<(), DriverError> {
        match self.uid {
            Some(uid) => reselect(self.card, &uid),
            None => Ok(self.card.reconnect()?),
        }
    }

    /// Selects an application, or the card itself; ends every authentication. `false` when there is no such application.
    pub(super) fn select(&mut self, application: [u8; 3]) -> Result<bool, DriverError> {
        let reply = self.frame(Instruction::SelectApplication, &application)?;
        is_selected(reply.outcome, "select an application")
    }

    /// Selects the card itself.
    pub(super) fn select_picc(&mut self) -> Result<(), DriverError> {
        self.select(PICC).map(drop)
    }
}

fn is_selected(outcome: Outcome, step: &'static str) -> Result<bool, DriverError> {
    match outcome {
        Outcome::OK => Ok(true),
        Outcome::Card(Status::ApplicationNotFound) => Ok(false),
        other => Err(other.refused(step)),
    }
}

/// How much data of a command fits one frame, both of the card and of the reader.
fn frame_bytes(card: &dyn CardChannel) -> usize {
    let reader = card.profile().longest_apdu.saturating_sub(WRAPPING);
    reader.clamp(1, CARD_FRAME)
}

/// How many frames a command with so much data takes on this reader.
pub(super) fn frames(card: &dyn CardChannel, data_bytes: usize) -> usize {
    data_bytes.div_ceil(frame_bytes(card)).max(1)
}
