//! The card's side of vsmartcard's vpcd protocol.
//!
//! Each message is a length of two bytes, big-endian, and a body. A body of one byte is a control code: 0 power off,
//! 1 power on, 2 reset, 4 asks for the ATR. Anything longer is a command APDU. The ATR and the answers to commands go
//! back in the same frame; the other control codes have no answer. (vsmartcard, `virtualsmartcard/src/vpcd/vpcd.c`.)

use std::io::{self, Read, Write};
use std::net::TcpStream;

use socket2::SockRef;

use crate::cli::{Exit, Failure};

/// What the virtual reader wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// The field goes off.
    PowerOff,
    /// The field goes on.
    PowerOn,
    /// Off and on again.
    Reset,
    /// The answer to reset is asked for.
    Atr,
    /// A command APDU.
    Command(Vec<u8>),
}

/// The connection to a virtual reader.
#[derive(Debug)]
pub(super) struct Vpcd {
    stream: TcpStream,
}

impl Vpcd {
    /// Puts the card on the reader at `address`.
    pub(super) fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).map_err(|error| {
            Failure::new(
                Exit::Encoder,
                format!("no virtual reader at {address}: {error}"),
                "start pcscd with the vpcd driver (Debian: apt-get install pcscd vsmartcard-vpcd; systemctl restart pcscd)",
            )
        })?;
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// The next message. Control codes that are none are passed over, as other cards do.
    pub(super) fn next(&mut self) -> Result<Message, Failure> {
        loop {
            let mut length = [0; 2];
            self.read(&mut length)?;
            let mut body = vec![0; usize::from(u16::from_be_bytes(length))];
            self.read(&mut body)?;
            match body.as_slice() {
                [0] => return Ok(Message::PowerOff),
                [1] => return Ok(Message::PowerOn),
                [2] => return Ok(Message::Reset),
                [4] => return Ok(Message::Atr),
                [] | [_] => {}
                _ => return Ok(Message::Command(body)),
            }
        }
    }

    /// Sends an answer, in one piece.
    pub(super) fn answer(&mut self, answer: &[u8]) -> Result<(), Failure> {
        let length = u16::try_from(answer.len()).map_err(|error| Failure::unexpected(&error))?;
        let frame = [&length.to_be_bytes(), answer].concat();
        self.stream.write_all(&frame).map_err(|error| gone(&error))
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<(), Failure> {
        let mut filled = 0;
        while filled < buffer.len() {
            // vpcd sends length and body apart, without TCP_NODELAY: its kernel holds the body back until the length is
            // acknowledged, and ours acknowledges late unless it is told not to, every time. 44 ms per command otherwise.
            quick_acknowledge(&self.stream);
            match self.stream.read(&mut buffer[filled..]) {
                Ok(0) => return Err(gone(&io::Error::from(io::ErrorKind::UnexpectedEof))),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(gone(&error)),
            }
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn quick_acknowledge(stream: &TcpStream) {
    // Without it the card is slow, not wrong.
    let _ = SockRef::from(stream).set_tcp_quickack(true);
}

#[cfg(not(target_os = "linux"))]
fn quick_acknowledge(_stream: &TcpStream) {}

fn gone(error: &io::Error) -> Failure {
    Failure::new(
        Exit::Encoder,
        format!("the virtual reader went away: {error}"),
        "start the card again when pcscd is back",
    )
}
