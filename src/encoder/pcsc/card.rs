//! One PC/SC reader, and the channel to the card on it.

use std::ffi::CString;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::pcsc::{
    Card, Context, Disposition, Error, MAX_BUFFER_SIZE, Protocols, ReaderState, ShareMode, State,
    ctl_code,
};
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{CardChannel, ChannelError, ReaderProfile, Session};

use super::service::{channel_error, establish, is_service_gone, no_service};
use crate::encoder::reader::Reader;
use crate::encoder::{EncoderError, EncoderName};

/// One reader of the service.
pub(super) struct PcscReader {
    name: CString,
    profile: ReaderProfile,
    /// Its own: a context carries out one call at a time. Made for the first card, and again after the service has failed.
    context: Mutex<Option<Context>>,
}

impl PcscReader {
    pub(super) fn new(name: CString, profile: ReaderProfile) -> Self {
        Self {
            name,
            profile,
            context: Mutex::new(None),
        }
    }

    fn context(&self) -> Result<Context, Error> {
        let mut kept = self.kept();
        if let Some(context) = &*kept {
            return Ok(context.clone());
        }
        let context = establish()?;
        Ok(kept.insert(context).clone())
    }

    /// Takes note of an error: the context of a service that is gone is of no more use.
    fn noted(&self, error: Error) -> Error {
        if is_service_gone(error) {
            *self.kept() = None;
        }
        error
    }

    fn kept(&self) -> MutexGuard<'_, Option<Context>> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader for PcscReader {
    fn name(&self) -> EncoderName {
        EncoderName(self.name.to_string_lossy().into_owned())
    }

    fn connect(&self) -> Result<Box<dyn CardChannel>, EncoderError> {
        let encoder = || self.name.to_string_lossy().into_owned();
        let context = self
            .context()
            .map_err(|error| no_service(error, &encoder()))?;
        // Read before the card is taken: a swap in between then shows at the first reconnect.
        let count =
            event_count(&context, &self.name).map_err(|error| channel_error(self.noted(error)))?;
        let card = context
            .connect(&self.name, ShareMode::Exclusive, Protocols::ANY)
            .map_err(|error| match self.noted(error) {
                Error::SharingViolation => EncoderError::InUse { encoder: encoder() },
                Error::SecurityViolation | Error::NoAccess => {
                    EncoderError::Forbidden { encoder: encoder() }
                }
                error => EncoderError::Channel(channel_error(error)),
            })?;
        let atr = card.status2_owned().map_err(channel_error)?.atr().to_vec();
        Ok(Box::new(PcscChannel {
            card: Some(card),
            context,
            reader: self.name.clone(),
            count,
            atr,
            profile: self.profile,
            session: Session::default(),
        }))
    }
}

/// A card held exclusively. Dropped, it is reset, so that the next program finds it as if just placed.
struct PcscChannel {
    /// Some until it is dropped.
    card: Option<Card>,
    context: Context,
    reader: CString,
    /// Insertions and removals on the reader when the card was taken.
    count: u32,
    atr: Vec<u8>,
    profile: ReaderProfile,
    session: Session,
}

impl PcscChannel {
    fn card(&mut self) -> Result<&mut Card, ChannelError> {
        self.card.as_mut().ok_or(ChannelError::Removed)
    }

    fn is_as_it_was(&self) -> Result<bool, ChannelError> {
        let count = event_count(&self.context, &self.reader).map_err(channel_error)?;
        Ok(count == self.count)
    }
}

impl Drop for PcscChannel {
    fn drop(&mut self) {
        // A card that was removed may be back before pcscd has looked again. A reset would power it then, and pcscd would
        // never say that it was placed. Where pcscd does not answer, the handle is gone anyway.
        if self.is_as_it_was() == Ok(false)
            && let Some(card) = self.card.take()
        {
            let _ = card.disconnect(Disposition::LeaveCard);
        }
    }
}

impl CardChannel for PcscChannel {
    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn profile(&self) -> ReaderProfile {
        self.profile
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let mut answer = [0; MAX_BUFFER_SIZE];
        let answer = self
            .card()?
            .transmit(&command.to_bytes()?, &mut answer)
            .map_err(channel_error)
            .and_then(|answer| Response::parse(answer.to_vec()));
        if answer.is_err() {
            // The card may have been reset, or gone.
            self.session.end();
        }
        answer
    }

    fn session(&mut self) -> Option<&mut Session> {
        Some(&mut self.session)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.session.end();
        self.card()?
            .reconnect(ShareMode::Exclusive, Protocols::ANY, Disposition::ResetCard)
            .map_err(channel_error)?;
        // Reconnecting succeeds with whatever is there now. Only the count shows that it is another card.
        if self.is_as_it_was()? {
            Ok(())
        } else {
            Err(ChannelError::Removed)
        }
    }

    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let mut answer = [0; MAX_BUFFER_SIZE];
        // A driver that takes no escape commands says so in one error or another.
        self.card()
            .ok()?
            .control(ctl_code(ESCAPE.into()), command, &mut answer)
            .ok()
            .map(<[u8]>::to_vec)
    }
}

/// The function code of escape commands: pcsc-lite's CCID driver has its own (CCID, SCARDCONTROL.md).
const ESCAPE: u32 = if cfg!(target_os = "linux") { 1 } else { 3500 };

/// Insertions and removals that the service has seen on this reader, without waiting.
fn event_count(context: &Context, reader: &CString) -> Result<u32, Error> {
    let mut state = [ReaderState::new(reader.clone(), State::UNAWARE)];
    match context.get_status_change(Duration::ZERO, &mut state) {
        Ok(()) | Err(Error::Timeout) => Ok(state[0].event_count()),
        Err(error) => Err(error),
    }
}
