//! The channel that jobs get: the reader's own, kept honest.
//!
//! Three things are guarded for every kind of reader: the call is timed, for the watchdog; a session that is over passes
//! no more commands, so that a thread that was given up cannot go on writing; and a card that was swapped for another between
//! two looks of the reader is recognised by its UID, before it gets any other command.

use std::sync::Arc;
use std::time::Instant;

use cardbridge_drivers::contract::apdu::{Command, RedactedAnswer, Response};
use cardbridge_drivers::contract::{CardChannel, ChannelError, ReaderProfile, Session};

use super::ExchangeMeter;
use super::session::Life;
use super::watchdog::CallTimer;

/// A card channel that ends with its session.
pub(super) struct GuardedChannel {
    card: Box<dyn CardChannel>,
    life: Life,
    timer: Arc<CallTimer>,
    meter: ExchangeMeter,
    /// What the card answered when it was first asked who it is.
    uid: Option<Vec<u8>>,
    /// Whether the card was selected again since it was last asked: it may be another one.
    may_be_another: bool,
}

impl GuardedChannel {
    pub(super) fn new(card: Box<dyn CardChannel>, life: Life, timer: Arc<CallTimer>) -> Self {
        Self {
            card,
            life,
            timer,
            meter: ExchangeMeter::default(),
            uid: None,
            may_be_another: false,
        }
    }

    /// The same; this hears how long commands take.
    pub(super) fn measured(self, meter: ExchangeMeter) -> Self {
        Self { meter, ..self }
    }

    /// One timed call into the reader, refused before and after the end of the session.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut (dyn CardChannel + 'static)) -> Result<T, ChannelError>,
    ) -> Result<T, ChannelError> {
        self.check_life()?;
        let result = {
            let _timed = self.timer.call();
            call(self.card.as_mut())
        };
        self.check_life()?;
        // pcscd may never say so: a card that was gone for less than its 400 ms between two looks has not been gone for it.
        if matches!(result, Err(ChannelError::Removed)) {
            self.life.end(ChannelError::Removed);
        }
        result
    }

    fn check_life(&self) -> Result<(), ChannelError> {
        self.life.ended().map_or(Ok(()), Err)
    }

    fn exchange(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let begin = Instant::now();
        let answer = self.call(|card| card.transmit(command));
        self.meter.took(begin.elapsed());
        match &answer {
            Ok(answer) => {
                let answer = RedactedAnswer { command, answer };
                tracing::trace!(%command, %answer);
            }
            Err(error) => tracing::trace!(%command, %error),
        }
        answer
    }

    /// Asks the card who it is, and takes note of the answer.
    fn ask(&mut self) -> Result<Response, ChannelError> {
        let answer = self.exchange(&Command::uid())?;
        self.recognise(&answer)?;
        // Who gave no UID is asked again.
        self.may_be_another &= !answer.is_success();
        Ok(answer)
    }

    /// Takes note of who the card says it is; ends the session when it is another than before.
    fn recognise(&mut self, answer: &Response) -> Result<(), ChannelError> {
        if !answer.is_success() {
            return Ok(());
        }
        let uid = answer.data.as_slice();
        let same = match self.uid.as_deref() {
            None => {
                self.uid = Some(uid.to_vec());
                true
            }
            // A random identifier (ISO/IEC 14443-3, 6.5.4) is new at every selection and identifies nothing.
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

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        if *command == Command::uid() {
            return self.ask();
        }
        if self.may_be_another {
            self.ask()?;
        }
        self.exchange(command)
    }

    /// The card is asked who it is with the next command, which drivers mostly do by themselves: once is enough.
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.call(<dyn CardChannel>::reconnect)?;
        self.may_be_another = self.uid.is_some();
        Ok(())
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.card.session()
    }

    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let answer = self.call(|card| Ok(card.escape(command))).ok().flatten();
        tracing::trace!(
            escape = hex::encode(command),
            answer = answer
                .as_deref()
                .map_or_else(|| "not taken".to_owned(), hex::encode)
        );
        answer
    }
}

#[cfg(test)]
mod tests;
