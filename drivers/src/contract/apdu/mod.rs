//! Command and response APDUs, the pseudo-APDUs of PC/SC part 3, and a form of them that is safe to log.

mod form;
mod path;
mod raw;
mod redacted;

use zeroize::Zeroizing;

use super::ChannelError;

pub use form::RawForm;
pub use path::RawPath;
pub use raw::{Frame, RawOutcome};
pub use redacted::RedactedAnswer;

/// A short command APDU (ISO/IEC 7816-4): a header, up to 255 bytes of data, an expected length.
///
/// It knows which of its bytes are secret, since they are marked where they are put in: `Debug` and `Display` never show those,
/// so a command can be logged as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    header: [u8; 4],
    /// Wiped from memory when dropped, since it may hold a key.
    data: Zeroizing<Vec<u8>>,
    /// How many bytes of the data may be shown, from its start.
    open: usize,
    /// Whether the length of the data comes before it.
    has_length: bool,
    expected: Option<u8>,
    answer_is_secret: bool,
}

impl Command {
    /// A command of `CLA INS P1 P2` alone.
    #[must_use]
    pub fn new(header: [u8; 4]) -> Self {
        Self {
            header,
            data: Zeroizing::default(),
            open: 0,
            has_length: true,
            expected: None,
            answer_is_secret: false,
        }
    }

    /// A header and bytes that are where other commands have Lc and data, as in the authentication of old readers. All of it
    /// may be shown.
    #[must_use]
    pub fn unframed(header: [u8; 4], tail: &[u8]) -> Self {
        Self {
            has_length: false,
            ..Self::new(header).with_data(tail)
        }
    }

    /// A whole APDU of which every byte may be shown; `None` for one without a header.
    #[must_use]
    pub fn from_apdu(apdu: &[u8]) -> Option<Self> {
        let (header, tail) = apdu.split_first_chunk()?;
        Some(Self::unframed(*header, tail))
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
        Self::new([0xFF, 0xD6, msb, lsb]).with_secret(data)
    }

    /// Adds data that may be shown, if what is before it may. With more than 255 bytes in all it is no short APDU, and
    /// cannot be sent.
    #[must_use]
    pub fn with_data(mut self, data: &[u8]) -> Self {
        let is_open = self.open == self.data.len();
        self.data.extend(data);
        if is_open {
            self.open = self.data.len();
        }
        self
    }

    /// Adds data that must not be shown anywhere: keys, passwords. As long as in [`with_data`](Self::with_data).
    #[must_use]
    pub fn with_secret(mut self, data: &[u8]) -> Self {
        // A buffer that grew would leave its old bytes behind.
        let mut longer = Zeroizing::new(Vec::with_capacity(self.data.len() + data.len()));
        longer.extend(self.data.iter().chain(data));
        self.data = longer;
        self
    }

    /// Adds the length byte Le; 0 means up to 256.
    #[must_use]
    pub fn expecting(mut self, bytes: u8) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// Marks what comes back as secret.
    #[must_use]
    pub fn with_secret_answer(mut self) -> Self {
        self.answer_is_secret = true;
        self
    }

    /// The bytes that go to the reader; wiped from memory when dropped, since they may hold a key.
    ///
    /// # Errors
    /// [`ChannelError::TooLong`] when its data is longer than its length byte can say.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ChannelError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(6 + self.data.len()));
        bytes.extend(self.header);
        bytes.extend(self.length()?);
        bytes.extend(self.data.iter());
        bytes.extend(self.expected);
        Ok(bytes)
    }

    /// The length byte Lc, where there is one.
    fn length(&self) -> Result<Option<u8>, ChannelError> {
        if !self.has_length || self.data.is_empty() {
            return Ok(None);
        }
        let length = u8::try_from(self.data.len());
        length.map(Some).map_err(|_| ChannelError::TooLong)
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
