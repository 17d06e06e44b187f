//! Raw tag commands through a reader: three reader models, three forms.
//!
//! PC/SC part 3 has no pseudo-APDU for a tag's own commands, so every manufacturer found its own way.

use zeroize::Zeroizing;

use super::super::{CardChannel, ChannelError};
use super::{Command, RawForm, Response};

const PN532_COMMUNICATE_THRU: [u8; 2] = [0xD4, 0x42];
const PN532_COMMUNICATE_THRU_ANSWER: [u8; 2] = [0xD5, 0x43];
const TRANSCEIVE: u8 = 0x95;
const TRANSCEIVED: u8 = 0x97;

/// One of a tag's own commands.
#[derive(Clone)]
pub struct Frame {
    bytes: Zeroizing<Vec<u8>>,
    /// How many of them may be shown, from the start.
    open: usize,
}

impl Frame {
    /// A command of which every byte may be shown.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: Zeroizing::new(bytes.to_vec()),
            open: bytes.len(),
        }
    }

    /// A code that may be shown and what must not be: a password, or what is made of a key. What the tag answers is secret too.
    #[must_use]
    pub fn secret(code: u8, bytes: &[u8]) -> Self {
        let mut all = Zeroizing::new(Vec::with_capacity(1 + bytes.len()));
        all.push(code);
        all.extend(bytes);
        Self {
            bytes: all,
            open: 1,
        }
    }

    /// This frame as the data of a command, behind `header`.
    fn within(&self, command: Command, header: &[u8]) -> Command {
        let (open, secret) = self.bytes.split_at(self.open);
        let command = command.with_data(header).with_data(open);
        if secret.is_empty() {
            command
        } else {
            command.with_secret(secret).with_secret_answer()
        }
    }
}

/// What became of a raw command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawOutcome {
    /// The tag's answer, without CRC.
    Answered(Vec<u8>),
    /// The reader knows the form, and the tag did not answer with a frame. It is halted now: reconnect.
    TagRefused,
    /// The command failed, and it is not known whether at the reader or at the tag, which may be halted: reconnect. The
    /// status word says more on some readers.
    Failed(u16),
}

impl RawForm {
    /// Sends `frame` to the tag.
    ///
    /// # Errors
    /// What the channel answers.
    pub fn exchange(
        self,
        card: &mut dyn CardChannel,
        frame: &Frame,
    ) -> Result<RawOutcome, ChannelError> {
        match self {
            Self::Pn532 => {
                let command = direct_transmit(frame, &PN532_COMMUNICATE_THRU);
                Ok(pn532_outcome(&command.send(card)?))
            }
            Self::Plain => {
                let response = direct_transmit(frame, &[]).send(card)?;
                Ok(if response.is_success() && !response.data.is_empty() {
                    RawOutcome::Answered(response.data)
                } else {
                    RawOutcome::Failed(response.status)
                })
            }
            Self::Transparent => transparent(card, frame),
        }
    }
}

fn direct_transmit(frame: &Frame, header: &[u8]) -> Command {
    frame.within(Command::new([0xFF, 0x00, 0x00, 0x00]), header)
}

fn pn532_outcome(response: &Response) -> RawOutcome {
    if !response.is_success() {
        return RawOutcome::Failed(response.status);
    }
    match response.data.strip_prefix(&PN532_COMMUNICATE_THRU_ANSWER) {
        Some([0x00, answer @ ..]) if !answer.is_empty() => RawOutcome::Answered(answer.to_vec()),
        Some(_) => RawOutcome::TagRefused,
        None => RawOutcome::Failed(response.status),
    }
}

fn transparent(card: &mut dyn CardChannel, frame: &Frame) -> Result<RawOutcome, ChannelError> {
    let start = start_session(card)?;
    if !start.is_success() {
        return Ok(RawOutcome::Failed(start.status));
    }
    let outcome = transceive(card, frame)?;
    end_session(card)?;
    Ok(outcome)
}

/// Opens a transparent session.
pub(super) fn start_session(card: &mut dyn CardChannel) -> Result<Response, ChannelError> {
    session(0x81).send(card)
}

/// Ends a transparent session. What the reader says to it changes nothing.
pub(super) fn end_session(card: &mut dyn CardChannel) -> Result<(), ChannelError> {
    session(0x82).send(card)?;
    Ok(())
}

fn session(action: u8) -> Command {
    Command::new([0xFF, 0xC2, 0x00, 0x00]).with_data(&[action, 0x00])
}

/// Sends `frame` within a transparent session.
pub(super) fn transceive(
    card: &mut dyn CardChannel,
    frame: &Frame,
) -> Result<RawOutcome, ChannelError> {
    let Ok(length @ ..0x80) = u8::try_from(frame.bytes.len()) else {
        return Ok(RawOutcome::Failed(0x6700));
    };
    let command = Command::new([0xFF, 0xC2, 0x00, 0x01]).expecting(0);
    let response = frame.within(command, &[TRANSCEIVE, length]).send(card)?;
    if !response.is_success() {
        return Ok(RawOutcome::Failed(response.status));
    }
    Ok(match data_object(&response.data, TRANSCEIVED) {
        Some(answer) if !answer.is_empty() => RawOutcome::Answered(answer.to_vec()),
        _ => RawOutcome::TagRefused,
    })
}

/// The value of the first data object with this one-byte tag; lengths are of one byte.
fn data_object(mut objects: &[u8], wanted: u8) -> Option<&[u8]> {
    while let [tag, length @ ..0x80, rest @ ..] = objects {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        if *tag == wanted {
            return Some(value);
        }
        objects = rest;
    }
    None
}
