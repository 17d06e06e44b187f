//! UIDs for simulated cards.

use cardbridge_drivers::contract::Uid;
use thiserror::Error;

/// NXP's manufacturer code (ISO/IEC 7816-6), with which the UIDs of its cards begin.
const NXP: u8 = 0x04;

/// A UID as NXP gives them: 7 bytes, the first one 04.
///
/// # Errors
/// [`NoRandomUid`].
pub fn random_uid() -> Result<Uid, NoRandomUid> {
    let mut bytes = [NXP; 7];
    getrandom::fill(&mut bytes[1..])?;
    // 88 is the cascade tag and cannot be in the first part of a UID (ISO/IEC 14443-3, 6.5.4).
    if bytes[3] == 0x88 {
        bytes[3] = 0x00;
    }
    Uid::try_from(bytes.as_slice()).map_err(|_| getrandom::Error::UNEXPECTED.into())
}

/// The system gave no random bytes for a UID.
#[derive(Debug, Error)]
#[error("no random UID: {0}")]
pub struct NoRandomUid(#[from] getrandom::Error);

impl NoRandomUid {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "no_random_bytes"
    }
}
