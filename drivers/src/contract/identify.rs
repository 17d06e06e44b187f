//! Finding out which card lies there: family, UID, version.

use super::apdu::{Command, RawForm, RawOutcome};
use super::{CardChannel, CardType, ChannelError, DriverError, Family, Uid, Version};

/// `GET_VERSION` of Ultralight EV1 and NTAG21x (NXP data sheets): 8 bytes.
const GET_VERSION: u8 = 0x60;
const VERSION_BYTES: usize = 8;

/// Asks what the channel's card is. On the commonest readers two commands: the UID, the version.
///
/// `GET_VERSION` goes through the reader's raw path, and every make has its own; a form that a reader does not know fails
/// at the reader or comes out as a command that halts the tag, so the card is selected again after each failure.
///
/// # Errors
/// When the channel fails, the reader gives no UID, or the UID is a random one that names no card.
pub fn identify(card: &mut dyn CardChannel) -> Result<CardType, DriverError> {
    let family = Family::from_atr(card.atr());
    let uid = read_uid(card)?;
    if uid.is_random() {
        return Err(DriverError::Unsupported {
            what: "its UID is made anew each time, so a record cannot be bound to it",
        });
    }
    // To other cards the command is foreign and would only halt them.
    let version = if family.may_be_ultralight() {
        read_version(card, &uid)?
    } else {
        Version::Unavailable
    };
    Ok(CardType {
        uid,
        family,
        version,
    })
}

/// Selects the card again, as after a NAK, and makes sure that it is still the same one.
///
/// # Errors
/// [`ChannelError::Removed`] when it is gone or another card lies there.
pub fn reselect(card: &mut dyn CardChannel, uid: &Uid) -> Result<(), DriverError> {
    card.reconnect()?;
    if read_uid(card)? == *uid {
        Ok(())
    } else {
        Err(ChannelError::Removed.into())
    }
}

fn read_uid(card: &mut dyn CardChannel) -> Result<Uid, DriverError> {
    let response = Command::uid().send(card)?;
    if !response.is_success() {
        return Err(DriverError::Refused {
            step: "give its UID".to_owned(),
            status: response.status,
        });
    }
    Uid::try_from(response.data.as_slice()).map_err(|_| DriverError::Malformed {
        step: "give its UID".to_owned(),
    })
}

fn read_version(card: &mut dyn CardChannel, uid: &Uid) -> Result<Version, DriverError> {
    // The PN532 form first: the ACR122U is the commonest reader. Some ACR firmware wants a byte behind the command.
    const ATTEMPTS: [(RawForm, &[u8]); 4] = [
        (RawForm::Pn532, &[GET_VERSION]),
        (RawForm::Plain, &[GET_VERSION, 0x00]),
        (RawForm::Plain, &[GET_VERSION]),
        (RawForm::Transparent, &[GET_VERSION]),
    ];
    /// What ACS readers say to every failure, of their own and of the card's.
    const ACS_FAILURE: u16 = 0x6300;

    let mut is_acs = false;
    for (form, frame) in ATTEMPTS {
        if form == RawForm::Transparent && is_acs {
            break;
        }
        match form.exchange(card, frame)? {
            RawOutcome::Answered(version) if version.len() == VERSION_BYTES => {
                return Ok(Version::Answered(version));
            }
            RawOutcome::Answered(_) => {}
            RawOutcome::TagRefused => {
                reselect(card, uid)?;
                return Ok(Version::Unavailable);
            }
            RawOutcome::Failed(status) => is_acs |= status == ACS_FAILURE,
        }
        reselect(card, uid)?;
    }
    Ok(Version::Unavailable)
}
