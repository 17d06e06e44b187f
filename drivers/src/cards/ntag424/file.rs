//! The commands for the NDEF file (data sheet `NT4H2421Gx`, 10.7.2, 10.9.1 to 10.9.3).

use crate::contract::apdu::{Command, Response};
use crate::contract::{CardChannel, DriverError, Progress, Session};

use super::super::ndef::order;
use super::super::steps::each;
use super::model::FILE;

const SELECT_APPLICATION: [u8; 4] = [0x00, 0xA4, 0x04, 0x0C];
pub(super) const APPLICATION: [u8; 7] = [0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01];
const GET_FILE_SETTINGS: [u8; 4] = [0x90, 0xF5, 0x00, 0x00];
pub(super) const NDEF_FILE_NUMBER: [u8; 1] = [0x02];
/// The short ISO file identifier (data sheet, table 69), by which a command names its file: none has to be selected.
pub(super) const NDEF_SHORT_ID: u8 = 0x02;
const NATIVE_OK: u16 = 0x9100;

/// Data that fits one frame of 64 bytes with header and length, and with the status word: not every reader passes more on.
pub(super) const COMMAND_FRAME: usize = 56;
const ANSWER_FRAME: u8 = 59;

/// The application is selected, and nothing that we send changes the settings of the file in it.
pub(super) struct Opened {
    pub(super) settings: Vec<u8>,
    /// Whether the last operation has left it selected, and nothing has shown yet that it still is.
    is_left: bool,
}

impl Opened {
    /// For the next session, until the card is reset.
    pub(super) fn stays(self, card: &mut dyn CardChannel) {
        if let Some(session) = card.session() {
            session.keep(self);
        }
    }

    /// Sends a command for the file. Where the application was left selected and the reader has lost the card for a moment, it is
    /// selected once more.
    fn send(
        &mut self,
        card: &mut dyn CardChannel,
        command: &Command,
        step: &str,
    ) -> Result<Response, DriverError> {
        let was_left = std::mem::take(&mut self.is_left);
        let mut answer = command.send(card)?;
        if was_left && !is_success(&answer) {
            *self = select(card)?;
            answer = command.send(card)?;
        }
        expect(&answer, step)?;
        Ok(answer)
    }
}

pub(super) fn open(card: &mut dyn CardChannel) -> Result<Opened, DriverError> {
    if let Some(opened) = card.session().and_then(Session::take::<Opened>) {
        return Ok(Opened {
            is_left: true,
            ..opened
        });
    }
    select(card)
}

fn select(card: &mut dyn CardChannel) -> Result<Opened, DriverError> {
    let application = Command::new(SELECT_APPLICATION).with_data(&APPLICATION);
    expect(
        &application.expecting(0).send(card)?,
        "open its application",
    )?;
    let settings = Command::new(GET_FILE_SETTINGS).with_data(&NDEF_FILE_NUMBER);
    let settings = settings.expecting(0).send(card)?;
    expect(&settings, "tell its file settings")?;
    Ok(Opened {
        settings: settings.data,
        is_left: false,
    })
}

pub(super) fn read_on(
    opened: &mut Opened,
    card: &mut dyn CardChannel,
    content: &mut Vec<u8>,
    end: usize,
) -> Result<(), DriverError> {
    while content.len() < end {
        // As much as comes in one answer: what is asked for less would take a command of its own.
        let left = u8::try_from(FILE - content.len());
        let wanted = left.map_or(ANSWER_FRAME, |left| left.min(ANSWER_FRAME));
        let read = Command::new(in_file(0xB0, content.len())?).expecting(wanted);
        let answer = opened.send(card, &read, "read its file")?;
        if answer.data.len() != usize::from(wanted) {
            let step = "read its file".to_owned();
            return Err(DriverError::Malformed { step });
        }
        content.extend(answer.data);
    }
    Ok(())
}

pub(super) fn update(
    card: &mut dyn CardChannel,
    steps: &[order::Step],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DriverError> {
    if steps.is_empty() {
        return Ok(());
    }
    let mut opened = open(card)?;
    each(steps, progress, |step| {
        let update = Command::new(in_file(0xD6, step.at)?).with_data(&step.bytes);
        opened.send(card, &update, "write its file").map(drop)
    })?;
    opened.stays(card);
    Ok(())
}

/// A command on the NDEF file from an offset on.
fn in_file(instruction: u8, at: usize) -> Result<[u8; 4], DriverError> {
    let at = u8::try_from(at).map_err(|_| TOO_LONG)?;
    Ok([0x00, instruction, 0x80 | NDEF_SHORT_ID, at])
}

pub(super) fn two_bytes(length: usize) -> Result<[u8; 2], DriverError> {
    let length = u16::try_from(length).map_err(|_| TOO_LONG)?;
    Ok(length.to_be_bytes())
}

const TOO_LONG: DriverError = DriverError::TooLong { what: "the record" };

fn is_success(answer: &Response) -> bool {
    matches!(answer.status, Response::SUCCESS | NATIVE_OK)
}

fn expect(answer: &Response, step: &str) -> Result<(), DriverError> {
    if is_success(answer) {
        return Ok(());
    }
    Err(DriverError::Refused {
        step: step.to_owned(),
        status: answer.status,
    })
}
