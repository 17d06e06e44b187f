//! Frames of commands and answers: native, or wrapped in ISO/IEC 7816-4 APDUs.

use super::Reply;
use crate::cards::desfire::wire::{Instruction, STATUS_CLASS, Status, WRAPPED_CLASS};

/// Most data bytes of a wrapped command: with header, Le, protocol byte and CRC they fill the 64 bytes that a DESFire
/// takes at once.
const LONGEST_WRAPPED: usize = 55;
/// Most bytes of a native command behind its code.
const LONGEST_NATIVE: usize = 59;
/// Most data bytes of one frame of an answer.
pub(super) const LONGEST_ANSWER: usize = 59;

/// What a card says to a class of commands that it does not know (ISO/IEC 7816-4).
const CLASS_NOT_SUPPORTED: [u8; 2] = [0x6E, 0x00];
const ISO_CLASS: u8 = 0x00;

/// One frame of a command.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) instruction: u8,
    pub(super) data: &'a [u8],
    is_wrapped: bool,
}

impl<'a> Frame<'a> {
    /// Takes it apart; `Err` is what the card answers to what is no frame.
    pub(super) fn parse(frame: &'a [u8]) -> Result<Self, Vec<u8>> {
        match frame {
            [WRAPPED_CLASS, rest @ ..] => {
                Self::parse_wrapped(rest).map_err(|status| vec![STATUS_CLASS, status.code()])
            }
            [ISO_CLASS, ..] | [] => Err(CLASS_NOT_SUPPORTED.to_vec()),
            [instruction, data @ ..] => Ok(Self {
                instruction: *instruction,
                data,
                is_wrapped: false,
            }),
        }
    }

    fn parse_wrapped(rest: &'a [u8]) -> Result<Self, Status> {
        let (instruction, data): (u8, &[u8]) = match rest {
            [instruction, 0x00, 0x00, 0x00] => (*instruction, &[]),
            [
                instruction,
                0x00,
                0x00,
                length @ 1..=u8::MAX,
                data @ ..,
                0x00,
            ] if data.len() == usize::from(*length) => (*instruction, data),
            [_, 0x00, 0x00, ..] => return Err(Status::LengthError),
            [_, _, _, ..] => return Err(Status::ParameterError),
            _ => return Err(Status::LengthError),
        };
        Ok(Self {
            instruction,
            data,
            is_wrapped: true,
        })
    }

    /// Refuses what does not fit into one frame.
    pub(super) fn checked_length(&self, instruction: Instruction) -> Result<(), Status> {
        let longest = match (instruction, self.is_wrapped) {
            (Instruction::WriteDataIso, true) => usize::from(u8::MAX),
            (_, true) => LONGEST_WRAPPED,
            (_, false) => LONGEST_NATIVE,
        };
        if self.data.len() > longest {
            return Err(Status::LengthError);
        }
        Ok(())
    }

    /// The answer in the same form: the status comes first in a native frame, last in a wrapped one.
    pub(super) fn answer(&self, reply: Reply) -> Vec<u8> {
        let Reply { mut data, status } = reply;
        if self.is_wrapped {
            data.extend([STATUS_CLASS, status.code()]);
        } else {
            data.insert(0, status.code());
        }
        data
    }
}
