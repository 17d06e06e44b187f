//! Command and response APDUs, the pseudo-APDUs of PC/SC part 3, and a form of them that is safe to log.

mod path;
mod raw;
mod redacted;

use std::fmt;

use zeroize::Zeroizing;

use super::{CardChannel, ChannelError};

pub use path::RawPath;
pub use raw::{RawForm, RawOutcome};
pub use redacted::{Redacted, RedactedAnswer};

/// A short command APDU (ISO/IEC 7816-4): a header, up to 255 bytes of data, an expected length.
///
/// `Debug` never shows sensitive data, so a command can be logged as it is.
#[derive(Clone)]
pub struct Command {
    header: [u8; 4],
    data: Data,
    expected: Option<u8>,
}

#[derive(Clone)]
enum Data {
    None,
    Plain(Vec<u8>),
    Sensitive(Zeroizing<Vec<u8>>),
    /// What follows the header without a length byte.
    Unframed([u8; 2]),
}

impl Command {
    /// A command of `CLA INS P1 P2` alone.
    #[must_use]
    pub fn new(header: [u8; 4]) -> Self {
        Self {
            header,
            data: Data::None,
            expected: None,
        }
    }

    /// A header and two bytes that stand where other commands have Lc and data: the authentication of old readers.
    #[must_use]
    pub fn unframed(header: [u8; 4], tail: [u8; 2]) -> Self {
        Self {
            data: Data::Unframed(tail),
            ..Self::new(header)
        }
    }

    /// `FF CA 00 00 00`: the card's UID (PC/SC part 3, 3.2.2.1.3).
    #[must_use]
    pub fn uid() -> Self {
        Self::new([0xFF, 0xCA, 0x00, 0x00]).expecting(0)
    }

    /// `FF B0 MSB LSB Le`: reads `bytes` bytes from a block (3.2.2.1.8); on a Type 2 tag the block is a page.
    #[must_use]
    pub fn read_binary(block: u16, bytes: u8) -> Self {
        let [msb, lsb] = block.to_be_bytes();
        Self::new([0xFF, 0xB0, msb, lsb]).expecting(bytes)
    }

    /// `FF D6 MSB LSB Lc data`: writes a block (3.2.2.1.9), 4 bytes on a Type 2 tag.
    #[must_use]
    pub fn update_binary(block: u16, data: &[u8]) -> Self {
        let [msb, lsb] = block.to_be_bytes();
        Self::new([0xFF, 0xD6, msb, lsb]).with_data(data)
    }

    /// As [`update_binary`](Self::update_binary), for a block that holds keys: its data is never shown.
    #[must_use]
    pub fn update_binary_with_keys(block: u16, data: &[u8]) -> Self {
        let [msb, lsb] = block.to_be_bytes();
        Self::new([0xFF, 0xD6, msb, lsb]).with_sensitive_data(data)
    }

    /// Adds data that may be shown. With more than 255 bytes it is no short APDU, and cannot be sent.
    #[must_use]
    pub fn with_data(mut self, data: &[u8]) -> Self {
        self.data = Data::Plain(data.to_vec());
        self
    }

    /// Adds data that must not be shown anywhere: keys, passwords. As long as in [`with_data`](Self::with_data).
    #[must_use]
    pub fn with_sensitive_data(mut self, data: &[u8]) -> Self {
        self.data = Data::Sensitive(Zeroizing::new(data.to_vec()));
        self
    }

    /// Adds the length byte Le; 0 means up to 256.
    #[must_use]
    pub fn expecting(mut self, bytes: u8) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// The bytes that go to the reader; wiped from memory when dropped, since they may hold a key.
    ///
    /// # Errors
    /// [`ChannelError::TooLong`] when its data is longer than its length byte can say.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ChannelError> {
        let data = self.data();
        let mut bytes = Zeroizing::new(Vec::with_capacity(6 + data.len()));
        bytes.extend(self.header);
        if let Data::Unframed(tail) = &self.data {
            bytes.extend(tail);
        } else if !data.is_empty() {
            bytes.push(u8::try_from(data.len()).map_err(|_| ChannelError::TooLong)?);
            bytes.extend(data);
        }
        bytes.extend(self.expected);
        Ok(bytes)
    }

    /// Sends the command and splits the answer.
    ///
    /// # Errors
    /// What the channel answers, [`ChannelError::Communication`] for an answer without a status word, and
    /// [`ChannelError::TooLong`] before anything is sent.
    pub fn send(&self, card: &mut dyn CardChannel) -> Result<Response, ChannelError> {
        Response::parse(card.transmit(&self.to_bytes()?)?)
    }

    fn data(&self) -> &[u8] {
        match &self.data {
            Data::None | Data::Unframed(_) => &[],
            Data::Plain(data) => data,
            Data::Sensitive(data) => data,
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({}", hex::encode(self.header))?;
        match &self.data {
            Data::None => {}
            Data::Plain(data) => write!(f, " {}", hex::encode(data))?,
            Data::Unframed(tail) => write!(f, " {}", hex::encode(tail))?,
            Data::Sensitive(data) => write!(f, " [{} bytes redacted]", data.len())?,
        }
        if let Some(expected) = self.expected {
            write!(f, " Le {expected:02x}")?;
        }
        f.write_str(")")
    }
}

/// A response APDU: data and the status word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The data before the status word.
    pub data: Vec<u8>,
    /// SW1 SW2, big-endian.
    pub status: u16,
}

impl Response {
    /// `9000`, the only status that means success. ACS readers say `6300` to every failure.
    pub const SUCCESS: u16 = 0x9000;

    /// Splits an answer into data and status word.
    ///
    /// # Errors
    /// [`ChannelError::Communication`] when there is no status word: a virtual reader gives an empty answer for a card
    /// that was pulled during the command.
    pub fn parse(mut answer: Vec<u8>) -> Result<Self, ChannelError> {
        let (_, status) = answer
            .split_last_chunk()
            .ok_or(ChannelError::Communication)?;
        let status = u16::from_be_bytes(*status);
        answer.truncate(answer.len() - 2);
        Ok(Self {
            data: answer,
            status,
        })
    }

    /// Whether the status is `9000`.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == Self::SUCCESS
    }

    /// The answer's bytes, as a reader sends them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.data.clone();
        bytes.extend(self.status.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests;
