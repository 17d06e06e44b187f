//! The settings of the NDEF file, as `GetFileSettings` reports them (data sheet `NT4H2421Gx`, 10.7.2): who may do what with it.

use crate::contract::DriverError;

pub(super) fn may_be_read(settings: &[u8]) -> Result<(), DriverError> {
    match rights(settings)? {
        [_, FREE, _] | [FREE, ..] => Ok(()),
        _ => Err(DriverError::Locked {
            what: "its file is read with a key only",
        }),
    }
}

pub(super) fn may_be_written(settings: &[u8]) -> Result<(), DriverError> {
    const MIRRORS: u8 = 0x40;
    let locked = |what| Err(DriverError::Locked { what });
    match (rights(settings)?, settings) {
        (_, [_, option, ..]) if option & MIRRORS != 0 => {
            locked("it is set to show something else at each reading")
        }
        ([_, _, FREE] | [FREE, ..], _) => Ok(()),
        _ => locked("its file is written with a key only"),
    }
}

/// The access right that asks for no key.
pub(super) const FREE: u8 = 0x0E;

/// Who may read and write, read, write; of a standard file of the expected size in plain communication.
pub(super) fn rights(settings: &[u8]) -> Result<[u8; 3], DriverError> {
    const COMMUNICATION: u8 = 0x03;
    match *settings {
        [0x00, option, both, each, 0x00, 0x01, 0x00, ..] if option & COMMUNICATION == 0 => {
            Ok([both >> 4, each >> 4, each & 0x0F])
        }
        _ => Err(DriverError::Unsupported {
            what: "an NTAG 424 DNA whose NDEF file is not as from the factory",
        }),
    }
}
