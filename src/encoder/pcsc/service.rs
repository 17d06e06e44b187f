//! The PC/SC service itself: a context of it, its readers, and what its errors mean.

use std::ffi::{CStr, CString};
use std::thread;
use std::time::Duration;

use ::pcsc::{Context, Error, Scope};
use cardbridge_drivers::contract::ChannelError;

use crate::encoder::name::meant;
use crate::encoder::{EncoderError, EncoderName};

/// The encoders that are there now: contactless slots whose name has the wanted part.
pub(in crate::encoder) fn list(name_part: Option<&str>) -> Result<Vec<EncoderName>, EncoderError> {
    let context = establish().map_err(|error| no_service(error, "any reader"))?;
    let readers = context
        .list_readers_owned()
        .map_err(|error| no_service(error, "any reader"))?;
    Ok(wanted(&readers, name_part))
}

/// A context of one's own. A daemon that is about to die refuses every client for a moment; one that is still refused after
/// that is not wanted.
pub(super) fn establish() -> Result<Context, Error> {
    for pause in DYING_MOMENT {
        match Context::establish(Scope::User) {
            Err(Error::SecurityViolation) => thread::sleep(pause),
            outcome => return outcome,
        }
    }
    Context::establish(Scope::User)
}

const DYING_MOMENT: [Duration; 3] = [
    Duration::from_millis(2),
    Duration::from_millis(10),
    Duration::from_millis(50),
];

pub(super) fn wanted<'a>(
    readers: impl IntoIterator<Item = &'a CString>,
    name_part: Option<&str>,
) -> Vec<EncoderName> {
    let contactless = readers.into_iter().map(|reader| name_of(reader));
    meant(
        name_part,
        contactless.filter(EncoderName::is_contactless).collect(),
    )
}

pub(super) fn name_of(reader: &CStr) -> EncoderName {
    EncoderName(reader.to_string_lossy().into_owned())
}

/// Whether the service itself is gone. `CommError` is what a waiting call gets when the daemon dies,
/// `SecurityViolation` what a call gets in the very moment.
pub(super) fn is_service_gone(error: Error) -> bool {
    matches!(
        error,
        Error::NoService
            | Error::ServiceStopped
            | Error::CommError
            | Error::InvalidHandle
            | Error::SecurityViolation
            | Error::Shutdown
    )
}

pub(super) fn no_service(error: Error, encoder: &str) -> EncoderError {
    match error {
        // A daemon with polkit answers so to a user whom no rule lets in.
        Error::SecurityViolation | Error::NoAccess => EncoderError::Forbidden {
            encoder: encoder.to_owned(),
        },
        error => EncoderError::NoService(error.to_string()),
    }
}

/// What an error of a card handle means for the work on the card.
pub(super) fn channel_error(error: Error) -> ChannelError {
    match error {
        Error::RemovedCard | Error::NoSmartcard => ChannelError::Removed,
        Error::UnresponsiveCard | Error::Timeout => ChannelError::Unresponsive,
        Error::ReaderUnavailable | Error::UnknownReader | Error::NoReadersAvailable => {
            ChannelError::ReaderGone
        }
        error if is_service_gone(error) => ChannelError::ReaderGone,
        _ => ChannelError::Communication,
    }
}
