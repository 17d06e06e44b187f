//! The channel that jobs get: the reader's own, kept honest.
//!
//! Four things are guarded for every kind of reader: the call is timed, for the watchdog; a session that is over passes
//! no more commands, so that a thread that was given up cannot go on writing; an answer without a status word is an
//! error; and a card that was swapped for another between two looks of the reader is told by its UID.

use std::sync::Arc;

use cardbridge_drivers::contract::apdu::{Redacted, RedactedAnswer};
use cardbridge_drivers::contract::{CardChannel, ChannelError, ReaderProfile};

use super::pulse::Pulse;
use super::session::Life;

/// Asks a PC/SC part 3 reader for the UID (PC/SC part 3, 3.2.2.1.3).
const UID_COMMAND: [u8; 5] = [0xFF, 0xCA, 0x00, 0x00, 0x00];

/// A card channel that ends with its session.
pub(super) struct GuardedChannel {
    card: Box<dyn CardChannel>,
    life: Life,
    pulse: Arc<Pulse>,
    /// What the card answered when it was first asked who it is.
    uid: Option<Vec<u8>>,
}

impl GuardedChannel {
    pub(super) fn new(card: Box<dyn CardChannel>, life: Life, pulse: Arc<Pulse>) -> Self {
        Self {
            card,
            life,
            pulse,
            uid: None,
        }
    }

    /// One timed call into the reader, refused before and after the end of the session.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut (dyn CardChannel + 'static)) -> Result<T, ChannelError>,
    ) -> Result<T, ChannelError> {
        self.check_life()?;
        let result = {
            let _timed = self.pulse.call();
            call(self.card.as_mut())
        };
        self.check_life()?;
        result
    }

    fn check_life(&self) -> Result<(), ChannelError> {
        self.life.ended().map_or(Ok(()), Err)
    }

    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let answer = self.call(|card| card.transmit(command));
        match &answer {
            Ok(answer) => {
                let answer = RedactedAnswer { command, answer };
                tracing::trace!(command = %Redacted(command), %answer);
            }
            Err(error) => tracing::trace!(command = %Redacted(command), %error),
        }
        let answer = answer?;
        // A driver may return nothing, and call it success, when the card goes away during the exchange.
        if answer.len() < 2 {
            return Err(ChannelError::Communication);
        }
        Ok(answer)
    }

    /// Takes note of who the card says it is; ends the session when it is another than before.
    fn recognise(&mut self, answer: &[u8]) -> Result<(), ChannelError> {
        let Some(uid) = answer.strip_suffix(&[0x90, 0x00]) else {
            return Ok(());
        };
        let same = match self.uid.as_deref() {
            None => {
                self.uid = Some(uid.to_vec());
                true
            }
            // A random identifier (ISO/IEC 14443-3, 6.5.4) is new at every selection and tells nothing.
            Some([0x08, _, _, _]) => matches!(uid, [0x08, _, _, _]),
            Some(known) => known == uid,
        };
        if same {
            return Ok(());
        }
        self.life.end(ChannelError::Removed);
        Err(ChannelError::Removed)
    }
}

impl CardChannel for GuardedChannel {
    fn atr(&self) -> &[u8] {
        self.card.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.card.profile()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let answer = self.exchange(command)?;
        if command == UID_COMMAND {
            self.recognise(&answer)?;
        }
        Ok(answer)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.call(<dyn CardChannel>::reconnect)?;
        if self.uid.is_some() {
            let answer = self.exchange(&UID_COMMAND)?;
            self.recognise(&answer)?;
        }
        Ok(())
    }

    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let answer = self.call(|card| Ok(card.escape(command))).ok().flatten();
        tracing::trace!(
            escape = %Redacted(command),
            answer = answer.as_deref().map_or_else(|| "not taken".to_owned(), hex::encode)
        );
        answer
    }
}

#[cfg(test)]
mod tests;
