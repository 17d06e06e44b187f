//! `GetVersion` of NXP's ISO/IEC 14443-4 cards, which alone distinguishes DESFire EV1, EV2 and EV3.

use crate::contract::apdu::{Command, Response};
use crate::contract::{CardChannel, DriverError, Uid, Version};

use super::uid::reselect;

/// `GetVersion` and the command for the rest of its answer, each wrapped in an ISO 7816-4 APDU (MIFARE DESFire data sheet).
const GET_VERSION: u8 = 0x60;
const ADDITIONAL_FRAME: u8 = 0xAF;
const MORE: u16 = 0x91AF;
const DONE: u16 = 0x9100;

/// A card often is not ready right after it was connected.
const ATTEMPTS: usize = 3;
/// The words of a card on which an authentication is still in force, or which waits for the rest of a command: a length error or a
/// missing MAC, a command aborted. Each ends what was going on.
const NOT_IDLE: [u16; 3] = [0x917E, 0x911E, 0x91CA];
/// The words by which readers say that nothing usable came from the card.
const NO_ANSWER: [u16; 3] = [0x6300, 0x6400, 0x6F00];

pub(super) fn read_version(card: &mut dyn CardChannel, uid: &Uid) -> Result<Version, DriverError> {
    for _ in 0..ATTEMPTS {
        let first = native(card, GET_VERSION)?;
        if NO_ANSWER.contains(&first.status) {
            reselect(card, uid)?;
            continue;
        }
        if NOT_IDLE.contains(&first.status) {
            continue;
        }
        let second = if first.status == MORE {
            native(card, ADDITIONAL_FRAME)?
        } else {
            return Ok(Version::Unavailable);
        };
        if second.status == MORE
            && native(card, ADDITIONAL_FRAME)?.status == DONE
            && let (Ok(hardware), Ok(software)) = (first.data.try_into(), second.data.try_into())
        {
            return Ok(Version::Part4 { hardware, software });
        }
        return Ok(Version::Unavailable);
    }
    Ok(Version::Unavailable)
}

fn native(card: &mut dyn CardChannel, instruction: u8) -> Result<Response, DriverError> {
    let command = Command::new([0x90, instruction, 0x00, 0x00]).expecting(0);
    Ok(command.send(card)?)
}
