//! Raw tag commands, in the form of each model.

use crate::contract::Answer;
use crate::contract::apdu::Response;

use super::{FUNCTION_NOT_SUPPORTED, MEMORY_FAILURE, SimulatedReader, success};

/// Bytes of a tag's answer that every reader with a way to its commands brings back.
const SHORT_ANSWER: usize = 64;

impl SimulatedReader {
    /// What comes back of a tag's own command: of what is longer than this model says, nothing.
    fn own_command(&mut self, frame: &[u8]) -> Answer {
        let longest = self.profile.longest_raw_answer.max(SHORT_ANSWER);
        match self.card.exchange(frame) {
            Answer::Frame(answer) if answer.len() > longest => Answer::Silence,
            answer => answer,
        }
    }

    pub(super) fn pn532(&mut self, data: &[u8]) -> Response {
        const TIMEOUT: u8 = 0x01;
        const CRC_ERROR: u8 = 0x02;
        let Some(frame) = data.strip_prefix(&[0xD4, 0x42]) else {
            // The PN532 knows no such command; nothing goes on the air.
            return self.failure(FUNCTION_NOT_SUPPORTED);
        };
        success(match self.own_command(frame) {
            Answer::Frame(answer) => [&[0xD5, 0x43, 0x00], answer.as_slice()].concat(),
            // Four bits cannot carry the CRC that the PN532 looks for.
            Answer::Ack | Answer::Nak => vec![0xD5, 0x43, CRC_ERROR],
            Answer::Silence => vec![0xD5, 0x43, TIMEOUT],
        })
    }

    pub(super) fn plain(&mut self, frame: &[u8]) -> Response {
        match self.own_command(frame) {
            Answer::Frame(answer) => success(answer),
            Answer::Ack | Answer::Nak | Answer::Silence => self.failure(MEMORY_FAILURE),
        }
    }

    pub(super) fn transparent(&mut self, function: u8, data: &[u8]) -> Response {
        const NO_ERROR: [u8; 5] = [0xC0, 0x03, 0x00, 0x90, 0x00];
        const NO_ANSWER: [u8; 5] = [0xC0, 0x03, 0x01, 0x64, 0x01];
        match (function, data) {
            (0x00, [0x81, 0x00]) => self.has_session = true,
            (0x00, [0x82, 0x00]) => self.has_session = false,
            (0x01, [0x95, length, frame @ ..])
                if self.has_session && frame.len() == usize::from(*length) =>
            {
                return success(match self.own_command(frame) {
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
}
