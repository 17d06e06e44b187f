//! `GET_VERSION` of Type 2 tags.
//!
//! It goes through the reader's raw path, and every model has its own; a form that a reader does not know fails at the
//! reader or comes out as a command that halts the tag, so the card is selected again after each failure. It comes before
//! the card is asked who it is: after a failure that is asked in any case.

use crate::contract::apdu::{Frame, RawForm, RawOutcome};
use crate::contract::{CardChannel, DriverError, Version};

/// `GET_VERSION` of Ultralight EV1 and NTAG21x (NXP data sheets): 8 bytes.
const GET_VERSION: u8 = 0x60;

pub(super) fn read_version(card: &mut dyn CardChannel) -> Result<Version, DriverError> {
    /// What ACS readers say to every failure, of their own and of the card's.
    const ACS_FAILURE: u16 = 0x6300;

    let mut is_acs = false;
    for &form in card.profile().raw {
        if form == RawForm::Transparent && is_acs {
            break;
        }
        for frame in frames(form) {
            match form.exchange(card, &Frame::new(frame))? {
                RawOutcome::Answered(version) => {
                    if let Ok(version) = <[u8; 8]>::try_from(version) {
                        return Ok(Version::Type2(version));
                    }
                }
                RawOutcome::TagRefused => {
                    card.reconnect()?;
                    return Ok(Version::Refused);
                }
                RawOutcome::Failed(status) => is_acs |= status == ACS_FAILURE,
            }
            card.reconnect()?;
        }
    }
    Ok(Version::Unavailable)
}

/// Some ACR firmware wants a byte behind the command.
fn frames(form: RawForm) -> &'static [&'static [u8]] {
    match form {
        RawForm::Plain => &[&[GET_VERSION, 0x00], &[GET_VERSION]],
        RawForm::Pn532 | RawForm::Transparent => &[&[GET_VERSION]],
    }
}
