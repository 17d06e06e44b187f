//! The channel to one powered card. Blocking: what is done with a card is done on one thread.

use std::any::Any;
use std::fmt;

use super::apdu::{Command, Response};
use super::{ChannelError, ReaderProfile};

/// One powered card, held exclusively. Dropping it releases the card.
pub trait CardChannel {
    /// The answer to reset that the reader reported when it powered this card.
    fn atr(&self) -> &[u8];

    /// The model of the reader, as far as it is known.
    fn profile(&self) -> ReaderProfile;

    /// Sends one command APDU and returns the answer.
    ///
    /// # Errors
    /// [`ChannelError::TooLong`] before anything is sent. Any other error leaves open whether the card carried out the command:
    /// read before concluding. An answer without a status word is [`ChannelError::Communication`].
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError>;

    /// Resets and selects the card again. A Type 2 tag that answered NAK is halted until then.
    ///
    /// # Errors
    /// [`ChannelError::Removed`] when the card is no longer there.
    fn reconnect(&mut self) -> Result<(), ChannelError>;

    /// What is in force on the card since it was last selected. `None`: this channel remembers nothing, so that everything is
    /// done again. A channel that remembers forgets at every [`reconnect`](Self::reconnect) and at every error; one that wraps
    /// another asks that one.
    fn session(&mut self) -> Option<&mut Session> {
        None
    }

    /// Sends an escape command, which is for the reader alone: it does not reach the card, and needs none. `None` where
    /// the reader or its driver takes no such commands, which is what most do by default.
    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let _ = command;
        None
    }
}

impl Command {
    /// Sends the command.
    ///
    /// # Errors
    /// As [`CardChannel::transmit`].
    pub fn send(&self, card: &mut dyn CardChannel) -> Result<Response, ChannelError> {
        card.transmit(self)
    }
}

/// What a driver knows to be in force on a card: what it has selected there, and by which keys it is authenticated. It is kept with
/// the channel, since it ends with the card's power: a caller that inspects, writes and inspects again goes on where the last one stopped,
/// as long as no reset came in between.
#[derive(Default)]
pub struct Session {
    state: Option<Box<dyn Any + Send>>,
    proves_card: bool,
}

impl Session {
    /// Keeps what is now in force, in a type of the driver's own.
    pub fn keep<T: Any + Send>(&mut self, state: T) {
        self.state = Some(Box::new(state));
        self.proves_card = false;
    }

    /// The same where it shows by itself that it is still the same card: only that one has the key by which what it says is
    /// authenticated.
    pub fn keep_proof<T: Any + Send>(&mut self, state: T) {
        self.keep(state);
        self.proves_card = true;
    }

    /// Whether what is in force shows which card it is on. A driver that then finds that nothing is in force any more asks
    /// for the UID.
    #[must_use]
    pub fn proves_card(&self) -> bool {
        self.state.is_some() && self.proves_card
    }

    /// What is in force, if it is of this type. It is gone from here: its user keeps it again once all went well, so that an
    /// error on the way leaves nothing to go by.
    pub fn take<T: Any + Send>(&mut self) -> Option<T> {
        let state = self.state.take()?.downcast().ok()?;
        Some(*state)
    }

    /// Forgets what was in force.
    pub fn end(&mut self) {
        self.state = None;
    }
}

impl fmt::Debug for Session {
    /// Says only whether there is anything: it may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.state.is_some() {
            "Session(in force)"
        } else {
            "Session(none)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_given_to_whoever_knows_its_type_and_once() {
        let mut session = Session::default();
        session.keep(0x1234_u16);
        assert_eq!(format!("{session:?}"), "Session(in force)");
        assert_eq!(session.take::<u16>(), Some(0x1234));
        assert_eq!(session.take::<u16>(), None);
        session.keep(0x1234_u16);
        assert_eq!(session.take::<u32>(), None);
        assert_eq!(session.take::<u16>(), None, "another driver was here");
        session.keep(0x1234_u16);
        session.end();
        assert_eq!(session.take::<u16>(), None);
        assert_eq!(format!("{session:?}"), "Session(none)");
        session.keep_proof(0x1234_u16);
        assert!(session.proves_card());
        session.take::<u16>().unwrap();
        assert!(!session.proves_card());
        session.keep(0x1234_u16);
        assert!(!session.proves_card());
    }
}
