//! Readers, real and simulated, and the one door between async code and blocking card I/O.
//!
//! ```text
//! watcher (PC/SC monitor, or the tray) ─► dispatcher ─► EncoderEvent ─► agent
//!                                          │    ▲                        │
//!                                          ▼    │                        ▼
//!                                       reader thread ◄──── jobs ─── CardSession
//! ```
//!
//! Each reader has a thread of its own, which alone uses it: the thread takes each card that is placed exclusively, runs the
//! jobs of its [`CardSession`], and releases the card when it is removed or when the last clone of the session is dropped.
//! Every thread waits in the kernel; nothing is polled, and no timer runs unless a job does.
//!
//! | module | holds |
//! |---|---|
//! | `session` | [`CardSession`], and the life it shares with its thread |
//! | `event`, `settings` | what is reported, and how encoders are watched |
//! | `dispatch` | the ordered story of what happens, and the watchdog |
//! | `message`, `reader_state` | what the dispatcher hears, and what it knows of one reader |
//! | `reader_thread`, `guard`, `watchdog` | the thread of one reader, the channel it gives to jobs, how long its calls take |
//! | `meter` | hears how long commands take |
//! | `reader` | the seam: what a reader and a source of readers must do |
//! | `pcsc` | readers of the PC/SC service |
//! | [`simulated`] | a tray of simulated cards and the encoders they are put on |
//! | `memory_file`, `random_uid` | what simulated cards are kept in, and named by |
//! | [`virtual_card`], [`vpcd`] | a simulated card on a virtual reader of a real PC/SC service |
//! | `name` | which slots are encoders, and which one a part of a name means |
//! | `profiles` | which model each reader is recognised as |

mod dispatch;
mod error;
mod event;
mod guard;
mod memory_file;
mod message;
mod meter;
mod name;
mod pcsc;
mod profiles;
mod random_uid;
mod reader;
mod reader_state;
mod reader_thread;
mod session;
mod settings;
pub mod simulated;
pub mod virtual_card;
pub mod vpcd;
mod watchdog;

use std::fmt;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use message::Message;
use reader::Source;

pub use self::pcsc::{Slot, survey};
pub use error::EncoderError;
pub use event::EncoderEvent;
pub use memory_file::MemoryError;
pub use meter::ExchangeMeter;
pub use name::{EncoderName, choose};
pub use profiles::Profiles;
pub use random_uid::{NoRandomUid, random_uid};
pub use session::CardSession;
pub use settings::EncoderSettings;
pub use simulated::Tray;

/// The encoders of this machine, being watched. Dropping it stops the watch, lets running jobs end and every card go; it
/// waits for that, at most as long as the watchdog does for a card that hangs.
pub struct Encoders {
    source: Box<dyn Source>,
    messages: Sender<Message>,
    dispatcher: Option<JoinHandle<()>>,
}

impl Encoders {
    /// Encoders with nothing to plug in: those of a simulated tray.
    ///
    /// # Errors
    /// [`EncoderError::NoThread`].
    pub fn simulated(tray: &Tray) -> Result<(Self, UnboundedReceiver<EncoderEvent>), EncoderError> {
        Self::simulated_measured(tray, ExchangeMeter::default())
    }

    /// The same; `meter` hears how long commands take.
    ///
    /// # Errors
    /// As [`simulated`](Self::simulated).
    pub fn simulated_measured(
        tray: &Tray,
        meter: ExchangeMeter,
    ) -> Result<(Self, UnboundedReceiver<EncoderEvent>), EncoderError> {
        let patience = tray.patience();
        Self::start(patience, meter, |messages| {
            Ok(Box::new(tray.watch(messages)))
        })
    }

    /// The readers of this machine's PC/SC service, watched from now on. A service that is not there is waited for:
    /// [`EncoderEvent::ServiceLost`] says so.
    ///
    /// # Errors
    /// [`EncoderError::NoThread`].
    pub fn pcsc(
        settings: EncoderSettings,
    ) -> Result<(Self, UnboundedReceiver<EncoderEvent>), EncoderError> {
        Self::start(settings.patience, settings.meter, |messages| {
            Ok(Box::new(self::pcsc::Monitor::start(
                settings.name_part,
                settings.profiles,
                messages,
            )?))
        })
    }

    /// The encoders that are there now. Blocks for the moment that the PC/SC service needs to answer.
    ///
    /// # Errors
    /// [`EncoderError::NoService`], [`EncoderError::Forbidden`].
    pub fn list(&self) -> Result<Vec<EncoderName>, EncoderError> {
        self.source.list()
    }

    /// Takes the card on an encoder once more, after its session was dropped: [`EncoderEvent::CardTaken`] follows, or
    /// [`EncoderEvent::CardUnreadable`] where another program has the card; then it is taken as soon as it is free. Where no
    /// card is, or it is held already, nothing happens.
    pub fn take_again(&self, encoder: &EncoderName) {
        // Encoders that are being stopped take no card.
        let _ = self.messages.send(Message::TakeAgain(encoder.clone()));
    }

    /// The PC/SC encoders that are there now, without watching them: contactless slots whose name has the wanted part.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn list_pcsc(name_part: Option<&str>) -> Result<Vec<EncoderName>, EncoderError> {
        self::pcsc::list(name_part)
    }

    fn start(
        patience: Duration,
        meter: ExchangeMeter,
        source: impl FnOnce(Sender<Message>) -> Result<Box<dyn Source>, EncoderError>,
    ) -> Result<(Self, UnboundedReceiver<EncoderEvent>), EncoderError> {
        let (sender, events) = unbounded_channel();
        let (messages, dispatcher) = dispatch::start(patience, meter, sender)?;
        let source = match source(messages.clone()) {
            Ok(source) => source,
            Err(error) => {
                // The dispatcher ends by itself.
                let _ = messages.send(Message::Stop);
                return Err(error);
            }
        };
        let encoders = Self {
            source,
            messages,
            dispatcher: Some(dispatcher),
        };
        Ok((encoders, events))
    }
}

impl Drop for Encoders {
    fn drop(&mut self) {
        self.source.stop();
        let _ = self.messages.send(Message::Stop);
        if let Some(dispatcher) = self.dispatcher.take() {
            // A dispatcher that panicked has let its sessions go.
            let _ = dispatcher.join();
        }
    }
}

impl fmt::Debug for Encoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoders")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
