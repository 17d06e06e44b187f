//! The monitor: one thread that waits, in one call, for whatever happens on any reader.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ::pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState, State};

use super::card::PcscReader;
use super::service::{establish, is_service_gone, list, name_of, wanted};
use super::wait::wait;
use crate::encoder::message::Message;
use crate::encoder::reader::{Presence, Source};
use crate::encoder::{EncoderError, EncoderName, Profiles};

/// How long to wait before the service is looked for again: doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a fault that lasts is not logged again at first.
const FIRST_SILENCE: Duration = Duration::from_secs(60);
/// How often the readers are listed where the service does not tell of new ones (macOS).
const LIST_AGAIN: Duration = Duration::from_secs(2);
/// A cancellation may come just before the wait that it was meant for, and is then lost: it is repeated.
const CANCEL_AGAIN: Duration = Duration::from_millis(20);
/// So often. A monitor that does not come back then hangs in a dead service, holds no card, and is left behind.
const CANCELLATIONS: u32 = 100;

/// Watches every reader of the PC/SC service.
#[derive(Debug)]
pub(in crate::encoder) struct Monitor {
    name_part: Option<String>,
    shared: Arc<Shared>,
    /// Dropped to end a pause between two looks for the service.
    pause: Option<Sender<()>>,
    /// Closed when the thread is over. The lock makes it shareable; it is never contended.
    over: Mutex<Receiver<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// The context in which the thread waits, to cancel the wait by.
    waiting: Mutex<Option<Context>>,
}

impl Monitor {
    pub(in crate::encoder) fn start(
        name_part: Option<String>,
        profiles: Profiles,
        messages: Sender<Message>,
    ) -> Result<Self, EncoderError> {
        let shared = Arc::new(Shared::default());
        let (pause, pauses) = channel();
        let (alive, over) = channel();
        let watch = Watch {
            name_part: name_part.clone(),
            profiles,
            shared: Arc::clone(&shared),
            messages,
            pauses,
        };
        thread::Builder::new()
            .name("pcsc-monitor".to_owned())
            .spawn(move || {
                let _alive: Sender<()> = alive;
                watch.run();
            })?;
        Ok(Self {
            name_part,
            shared,
            pause: Some(pause),
            over: Mutex::new(over),
        })
    }
}

impl Source for Monitor {
    fn list(&self) -> Result<Vec<EncoderName>, EncoderError> {
        list(self.name_part.as_deref())
    }

    fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.pause = None;
        let over = self.over.get_mut().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..CANCELLATIONS {
            if let Some(context) = self.shared.waiting().as_ref() {
                // Nothing to cancel in a service that is gone.
                let _ = context.cancel();
            }
            if over.recv_timeout(CANCEL_AGAIN) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
        tracing::warn!("the PC/SC service does not let go of the monitor; it is left behind");
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Option<Context>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

/// The thread's own.
struct Watch {
    name_part: Option<String>,
    profiles: Profiles,
    shared: Arc<Shared>,
    messages: Sender<Message>,
    pauses: Receiver<()>,
}

impl Watch {
    fn run(&self) {
        let mut lost = false;
        let mut pause = FIRST_PAUSE;
        let mut complaint = Complaint::default();
        while !self.stopped() {
            let begun = Instant::now();
            let error = match establish() {
                Ok(context) => {
                    *self.shared.waiting() = Some(context.clone());
                    let error = self.watch(&context, &mut lost);
                    *self.shared.waiting() = None;
                    // What fails again and again is looked for less and less often, however far it comes each time.
                    if begun.elapsed() > LONGEST_PAUSE {
                        pause = FIRST_PAUSE;
                    }
                    error
                }
                Err(error) => error,
            };
            if self.stopped() {
                return;
            }
            if !lost {
                lost = true;
                self.tell(Message::ServiceLost);
            }
            if complaint.is_due() {
                tracing::warn!(%error, "the PC/SC service does not answer");
            }
            // Ends at once when the monitor is stopped.
            let _ = self.pauses.recv_timeout(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Watches until the service is gone, or until it is stopped, and gives the error that ended it.
    fn watch(&self, context: &Context, lost: &mut bool) -> Error {
        let mut states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        let mut list_again = None;
        loop {
            if let Err(error) = self.list_readers(context, &mut states, lost) {
                return error;
            }
            for state in &mut states {
                state.sync_current_state();
            }
            if self.stopped() {
                return Error::Cancelled;
            }
            match wait(context, list_again, &mut states) {
                // Unknown: a reader that vanished between the listing and the wait, or no plug and play here.
                Ok(()) | Err(Error::Timeout | Error::UnknownReader | Error::ReaderUnavailable) => {}
                Err(error) => return error,
            }
            for state in states.iter().filter(|state| is_reader(state)) {
                self.report(state);
            }
            if states[0].event_state().contains(State::UNKNOWN) {
                list_again = Some(LIST_AGAIN);
            }
        }
    }

    /// Brings `states` up to the readers that are there.
    fn list_readers(
        &self,
        context: &Context,
        states: &mut Vec<ReaderState>,
        lost: &mut bool,
    ) -> Result<(), Error> {
        let present: BTreeSet<CString> = match context.list_readers_owned() {
            Ok(readers) => readers.into_iter().collect(),
            Err(error) if is_service_gone(error) => return Err(error),
            // The list grew between asking for its length and reading it: the wait ends at once for the same reason.
            Err(Error::InsufficientBuffer) => return Ok(()),
            Err(error) => return Err(error),
        };
        let wanted = wanted(&present, self.name_part.as_deref());
        if *lost {
            probe(
                context,
                present
                    .iter()
                    .filter(|reader| wanted.contains(&name_of(reader))),
            )?;
            *lost = false;
            self.tell(Message::ServiceBack);
        }
        states.retain(|state| {
            let stays = !is_reader(state)
                || present.contains(state.name()) && !state.event_state().intersects(GONE);
            if !stays {
                self.tell(Message::Vanished(name_of(state.name())));
            }
            stays
        });
        for reader in present {
            let known = states.iter().any(|state| state.name() == reader.as_c_str());
            if known || !wanted.contains(&name_of(&reader)) {
                continue;
            }
            states.push(ReaderState::new(reader.clone(), State::UNAWARE));
            let profile = self.profiles.of(&name_of(&reader));
            self.tell(Message::Appeared(Arc::new(PcscReader::new(
                reader, profile,
            ))));
        }
        Ok(())
    }

    fn report(&self, state: &ReaderState) {
        let event = state.event_state();
        if !event.contains(State::CHANGED) || event.intersects(GONE) {
            return;
        }
        let count = state.event_count();
        let presence = if event.contains(State::PRESENT) {
            Presence::Card {
                count,
                in_use: event.intersects(State::INUSE | State::EXCLUSIVE),
            }
        } else {
            Presence::Empty { count }
        };
        self.tell(Message::Seen(name_of(state.name()), presence));
    }

    fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::SeqCst)
    }

    fn tell(&self, message: Message) {
        // A dispatcher that has stopped wants to hear no more.
        let _ = self.messages.send(message);
    }
}

/// Whether the service can be waited for, and not only asked: it is not back before that.
fn probe<'a>(context: &Context, readers: impl Iterator<Item = &'a CString>) -> Result<(), Error> {
    let plug_and_play = ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE);
    let readers = readers.map(|reader| ReaderState::new(reader.clone(), State::UNAWARE));
    let mut states: Vec<_> = [plug_and_play].into_iter().chain(readers).collect();
    match wait(context, Some(Duration::ZERO), &mut states) {
        Ok(()) | Err(Error::Timeout | Error::UnknownReader | Error::ReaderUnavailable) => Ok(()),
        Err(error) => Err(error),
    }
}

/// When a fault that lasts is logged: at once, and then after pauses that double.
#[derive(Debug, Default)]
struct Complaint {
    next: Option<(Instant, Duration)>,
}

impl Complaint {
    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let pause = match self.next {
            Some((due, _)) if now < due => return false,
            // Well in between for longer than it is silent: a new fault.
            Some((due, pause)) if now < due + pause => pause * 2,
            _ => FIRST_SILENCE,
        };
        self.next = Some((now + pause, pause));
        true
    }
}

/// What the service says of a reader that is no more.
const GONE: State = State::UNKNOWN
    .union(State::UNAVAILABLE)
    .union(State::IGNORE);

fn is_reader(state: &ReaderState) -> bool {
    state.name() != PNP_NOTIFICATION()
}
