//! An APDU as it may stand in a log.

use std::fmt;

/// Shows a command APDU in hex with every byte hidden that may be a key or a password: the data of load-key commands,
/// of authentications, of writes to blocks where a card may have its keys, and of everything that goes to the tag past the
/// reader.
///
/// Of answers, [`RedactedAnswer`] hides what may be a secret.
#[derive(Clone, Copy)]
pub struct Redacted<'a>(pub &'a [u8]);

impl Redacted<'_> {
    /// How many bytes may be shown from the start.
    fn shown(&self) -> usize {
        const HEADER_AND_LENGTH: usize = 5;
        match self.0 {
            // The UID, and reading the card's open memory.
            [0xFF, 0xCA | 0xB0, ..] => self.0.len(),
            [0xFF, 0xD6, _, block, length, ..] if !may_hold_keys(*block, *length) => self.0.len(),
            // Load key, authenticate, raw commands such as PWD_AUTH, and whatever else there is.
            _ => HEADER_AND_LENGTH,
        }
    }
}

/// Whether keys stand on the block on some card: on another it may be open memory, and nothing here tells which card it is.
fn may_hold_keys(block: u8, bytes: u8) -> bool {
    const PAGE: u8 = 4;
    match bytes {
        // Password and PACK of Ultralight EV1 and NTAG21x, the key of an Ultralight C.
        PAGE => matches!(
            block,
            0x12 | 0x13 | 0x27 | 0x28 | 0x2B..=0x2F | 0x85 | 0x86 | 0xE5 | 0xE6
        ),
        // The sector trailers of MIFARE Classic: sectors of 4 blocks, from block 128 on of 16.
        _ => block % 4 == 3,
    }
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, hidden) = self.0.split_at(self.shown().min(self.0.len()));
        f.write_str(&hex::encode(shown))?;
        if hidden.is_empty() {
            return Ok(());
        }
        write!(f, " [{} bytes redacted]", hidden.len())
    }
}

/// Shows the answer to a command in hex, without what proves to a reader that the tag is genuine: the PACK with which it
/// answers a password. Nothing else that a card answers is a secret of ours in clear.
#[derive(Clone, Copy)]
pub struct RedactedAnswer<'a> {
    /// What was sent.
    pub command: &'a [u8],
    /// What came back, with its status word.
    pub answer: &'a [u8],
}

impl RedactedAnswer<'_> {
    /// Whether a password went to the tag. In every form of the makes the frame stands at the end, before an expected length
    /// if there is one.
    fn is_to_password(&self) -> bool {
        const PWD_AUTH: u8 = 0x1B;
        match self.command {
            [0xFF, _, _, _, data @ ..] => matches!(
                data,
                [.., PWD_AUTH, _, _, _, _] | [.., PWD_AUTH, _, _, _, _, _]
            ),
            _ => false,
        }
    }
}

impl fmt::Display for RedactedAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STATUS_WORD: usize = 2;
        if !self.is_to_password() || self.answer.len() <= STATUS_WORD {
            return f.write_str(&hex::encode(self.answer));
        }
        let (hidden, status) = self.answer.split_at(self.answer.len() - STATUS_WORD);
        write!(
            f,
            "[{} bytes redacted] {}",
            hidden.len(),
            hex::encode(status)
        )
    }
}

impl fmt::Debug for RedactedAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
