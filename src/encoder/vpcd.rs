//! The card's side of vsmartcard's vpcd protocol: a virtual reader of a real PC/SC service, reached over TCP.
//!
//! Each message is a length (2 bytes, big-endian) and a body. A body of one byte is a control code, which only
//! [`Request::Atr`] answers; anything longer is a command APDU, answered by a message with the response. The service
//! listens, the card connects, and the card is on the reader as long as the connection lasts. (vsmartcard,
//! virtualsmartcard/src/vpcd/vpcd.h; measured with vpcd 3.3.)

use std::io;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where vpcd listens for the card of its first slot.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:35963";

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const GET_ATR: u8 = 4;

const LENGTH_BYTES: usize = 2;

/// What the reader wants of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Switch the field off.
    PowerOff,
    /// Switch the field on and select the card.
    PowerOn,
    /// Select the card again.
    Reset,
    /// Answer with the ATR. Also how the reader sees that the card is there: it asks every 400 ms.
    Atr,
    /// Answer with the response to this command APDU.
    Command(Vec<u8>),
}

/// A card's connection to a virtual reader. Dropping it removes the card.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Puts a card on the reader that listens at `address`, a host and a port.
    ///
    /// # Errors
    /// When nothing listens there.
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    /// Waits for the next request that concerns the card; `None` when the reader has closed the connection.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn request(&mut self) -> io::Result<Option<Request>> {
        loop {
            let request = match self.message().await?.as_deref() {
                None => return Ok(None),
                Some([POWER_OFF]) => Request::PowerOff,
                Some([POWER_ON]) => Request::PowerOn,
                Some([RESET]) => Request::Reset,
                Some([GET_ATR]) => Request::Atr,
                // Codes of other versions, to which no answer is expected.
                Some([] | [_]) => continue,
                Some(command) => Request::Command(command.to_vec()),
            };
            return Ok(Some(request));
        }
    }

    /// Answers a request.
    ///
    /// # Errors
    /// When the connection breaks, or the answer is longer than the protocol's 65535 bytes.
    pub async fn answer(&mut self, answer: &[u8]) -> io::Result<()> {
        let length = u16::try_from(answer.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "answer too long for vpcd"))?;
        // In one piece: two would cost a delayed acknowledgement each.
        let message = [&length.to_be_bytes(), answer].concat();
        self.stream.write_all(&message).await
    }

    async fn message(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some((length, rest)) = self.received.split_first_chunk::<LENGTH_BYTES>() {
                let length = usize::from(u16::from_be_bytes(*length));
                if let Some(body) = rest.get(..length) {
                    let body = body.to_vec();
                    self.received.drain(..LENGTH_BYTES + length);
                    return Ok(Some(body));
                }
            }
            acknowledge_at_once(&self.stream)?;
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Ok(None);
            }
        }
    }
}

/// vpcd sends length and body apart and lets Nagle's algorithm hold the body back until the length is acknowledged: 40 ms
/// and more per command. The kernel forgets this option, so it is set before every read.
#[cfg(target_os = "linux")]
fn acknowledge_at_once(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_tcp_quickack(true)
}

/// Other systems have no such option; there a virtual card is slow.
#[cfg(not(target_os = "linux"))]
fn acknowledge_at_once(_stream: &TcpStream) -> io::Result<()> {
    Ok(())
}
