//! Secure messaging: how a command's data is protected on its way in, and an answer's on its way out.

mod ev1;
mod ev2;

use crate::cards::desfire::wire::{Communication, Status};

pub(super) use ev1::Ev1Session;
pub(super) use ev2::Ev2Session;

/// How many bytes of a MAC are sent.
const MAC_BYTES: usize = 8;

/// How one command is built, before anything protects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) communication: Communication,
    /// Bytes that are never enciphered: numbers, offsets, lengths.
    pub(super) header: usize,
    /// Bytes behind them.
    pub(super) data: usize,
    pub(super) checksum: Checksum,
}

/// The checksum of enciphered data under the messaging of EV1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checksum {
    /// A CRC-32 follows the data.
    Added,
    /// The data brings its own: that of `ChangeKey`.
    Contained,
}

/// How an enciphered answer under the messaging of EV1 is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// With zeros: the terminal knows the length.
    Zeros,
    /// With 80 and zeros: it asked for all there is.
    Marked,
}

/// What an authentication opened.
#[derive(Debug)]
pub(super) enum Session {
    /// After `AuthenticateISO` or `AuthenticateAES`.
    Ev1(Ev1Session),
    /// After `AuthenticateEV2First` or `NonFirst`.
    Ev2(Ev2Session),
}

impl Session {
    /// The key that was authenticated with.
    pub(super) fn key_number(&self) -> u8 {
        match self {
            Self::Ev1(session) => session.key_number,
            Self::Ev2(session) => session.key_number,
        }
    }

    /// Bytes of a command of this shape, all protection included.
    pub(super) fn command_bytes(&self, shape: &Shape) -> usize {
        match self {
            Self::Ev1(session) => session.command_bytes(shape),
            Self::Ev2(_) => Ev2Session::command_bytes(shape),
        }
    }

    /// Header and data of a command, in clear; its length has been checked.
    pub(super) fn open(
        &mut self,
        instruction: u8,
        shape: &Shape,
        sent: &[u8],
    ) -> Result<Vec<u8>, Status> {
        match self {
            Self::Ev1(session) => session.open(instruction, shape, sent),
            Self::Ev2(session) => session.open(instruction, shape, sent),
        }
    }

    /// An answer with its protection, for a command that succeeded.
    pub(super) fn seal(
        &mut self,
        communication: Communication,
        filling: Filling,
        data: &[u8],
    ) -> Vec<u8> {
        match self {
            Self::Ev1(session) => session.seal(communication, filling, data),
            Self::Ev2(session) => session.seal(communication, data),
        }
    }
}
