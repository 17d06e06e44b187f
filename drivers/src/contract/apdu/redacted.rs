//! Commands and answers as they may appear in a log.

use std::fmt;

use super::{Command, Response};

impl fmt::Display for Command {
    /// The bytes in hex, without those that are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, secret) = self.data.split_at(self.open);
        f.write_str(&hex::encode(self.header))?;
        // One that is too long is never sent.
        if let Ok(Some(length)) = self.length() {
            write!(f, "{length:02x}")?;
        }
        f.write_str(&hex::encode(open))?;
        if !secret.is_empty() {
            write!(f, " [{} bytes redacted] ", secret.len())?;
        }
        match self.expected {
            Some(expected) => write!(f, "{expected:02x}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({})", self.to_string().trim_end())
    }
}

/// An answer in hex, or only its status word where the command says that it is secret: the PACK with which a tag proves to a reader
/// that it is genuine.
#[derive(Clone, Copy)]
pub struct RedactedAnswer<'a> {
    /// What was sent.
    pub command: &'a Command,
    /// What came back.
    pub answer: &'a Response,
}

impl fmt::Display for RedactedAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Response { data, status } = self.answer;
        if self.command.answer_is_secret && !data.is_empty() {
            write!(f, "[{} bytes redacted] {status:04x}", data.len())
        } else {
            write!(f, "{}{status:04x}", hex::encode(data))
        }
    }
}

impl fmt::Debug for RedactedAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
