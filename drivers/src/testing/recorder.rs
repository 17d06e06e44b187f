//! A channel that remembers what went over it: for counting commands, and for showing what led to a failure.

use std::fmt;

use crate::contract::apdu::{Command, RedactedAnswer, Response};
use crate::contract::{CardChannel, ChannelError, ReaderProfile, Session, SimulatedCard};

use super::HoldsCard;

/// One command and what came of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The command APDU.
    pub command: Command,
    /// The answer, or why there was none.
    pub answer: Result<Response, ChannelError>,
}

impl Exchange {
    /// The bytes of the command, secrets included.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.command
            .to_bytes()
            .map_or_else(|_| vec![], |bytes| bytes.to_vec())
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> ", self.command)?;
        match &self.answer {
            Ok(answer) => {
                let command = &self.command;
                write!(f, "{}", RedactedAnswer { command, answer })
            }
            Err(error) => write!(f, "{error}"),
        }
    }
}

/// Any channel, with a memory.
#[derive(Debug)]
pub struct Recorder<C> {
    channel: C,
    exchanges: Vec<Exchange>,
    reconnects: usize,
}

impl<C: CardChannel> Recorder<C> {
    /// Begins to record.
    pub fn new(channel: C) -> Self {
        Self {
            channel,
            exchanges: vec![],
            reconnects: 0,
        }
    }

    /// The channel behind.
    pub fn channel(&self) -> &C {
        &self.channel
    }

    /// The channel behind, past the record.
    pub fn channel_mut(&mut self) -> &mut C {
        &mut self.channel
    }

    /// Everything since the start, or since [`clear`](Self::clear).
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// How often the card was selected again.
    #[must_use]
    pub fn reconnects(&self) -> usize {
        self.reconnects
    }

    /// Forgets what was recorded.
    pub fn clear(&mut self) {
        self.exchanges.clear();
        self.reconnects = 0;
    }
}

impl<C: CardChannel> CardChannel for Recorder<C> {
    fn atr(&self) -> &[u8] {
        self.channel.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.channel.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let answer = self.channel.transmit(command);
        self.exchanges.push(Exchange {
            command: command.clone(),
            answer: answer.clone(),
        });
        answer
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reconnects += 1;
        self.channel.reconnect()
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.channel.session()
    }
}

impl<C: HoldsCard> HoldsCard for Recorder<C> {
    fn card_mut(&mut self) -> &mut dyn SimulatedCard {
        self.channel.card_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards;
    use crate::contract::Uid;
    use crate::contract::apdu::{Frame, RawForm};
    use crate::testing::{Faulty, Loss, SimulatedReader};

    #[test]
    fn exchanges_are_remembered_and_shown_without_passwords() {
        let card = cards::simulate("ntag215", Uid::from([4, 1, 2, 3, 4, 5, 6])).unwrap();
        let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
        let mut recorder = Recorder::new(Faulty::new(&mut reader, 1, Loss::Answer));
        let password = Frame::secret(0x1B, b"SECR");
        let raw = |channel: &mut dyn CardChannel| RawForm::Pn532.exchange(channel, &password);
        raw(&mut recorder).unwrap();
        recorder.reconnect().unwrap();
        assert_eq!(raw(&mut recorder), Err(ChannelError::Removed));
        assert_eq!(recorder.exchanges().len(), 2);
        assert_eq!(recorder.reconnects(), 1);
        let shown = format!("{recorder:?}");
        assert!(!shown.contains("53454352"), "{shown}");
        assert!(shown.contains("bytes redacted] 9000"), "{shown}");
        recorder.clear();
        assert!(recorder.exchanges().is_empty());
    }
}
