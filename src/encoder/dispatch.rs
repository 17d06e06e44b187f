//! The dispatcher: hears what the watcher and the card threads see, and makes one ordered story of it.
//!
//! It runs on a thread of its own, blocked until there is news. It wakes by itself only while a card thread is at work, to
//! see whether a command has hung, and while a card could not be taken, to try again: pcscd does not tell when another
//! program lets a card go (measured with 1.9.9).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cardbridge_drivers::contract::ChannelError;
use tokio::sync::mpsc::UnboundedSender;

use super::card_thread::CardThread;
use super::lane::{Hold, Lane};
use super::notice::{Notice, ThreadId};
use super::pulse::Pulse;
use super::reader::{Presence, Reader};
use super::session::{CardSession, Control, session};
use super::{EncoderError, EncoderEvent, EncoderName};

/// Starts a dispatcher. `patience` is how long one call to a reader may take.
pub(super) fn start(
    patience: Duration,
    events: UnboundedSender<EncoderEvent>,
) -> Result<(Sender<Notice>, JoinHandle<()>), EncoderError> {
    let (sender, notices) = channel();
    let dispatcher = Dispatcher {
        patience,
        events,
        notices,
        sender: sender.clone(),
        lanes: BTreeMap::new(),
        threads: BTreeMap::new(),
        given_up: BTreeMap::new(),
        next_thread: 0,
        stopping: false,
    };
    let thread = thread::Builder::new()
        .name("encoders".to_owned())
        .spawn(move || dispatcher.run())?;
    Ok((sender, thread))
}

struct Dispatcher {
    patience: Duration,
    events: UnboundedSender<EncoderEvent>,
    notices: Receiver<Notice>,
    sender: Sender<Notice>,
    lanes: BTreeMap<EncoderName, Lane>,
    threads: BTreeMap<ThreadId, Running>,
    /// Threads that were given up and have not come back yet.
    given_up: BTreeMap<ThreadId, EncoderName>,
    next_thread: u64,
    stopping: bool,
}

/// A card thread that is looked after.
struct Running {
    encoder: EncoderName,
    /// Kept until it is handed out with [`EncoderEvent::CardPlaced`].
    session: Option<CardSession>,
    control: Control,
    pulse: Arc<Pulse>,
}

impl Dispatcher {
    fn run(mut self) {
        while !(self.stopping && self.threads.is_empty()) {
            if let Some(notice) = self.next_notice() {
                self.hear(notice);
            }
            self.give_up_overdue();
            self.try_again();
        }
    }

    /// Waits for news; with nothing to look after, for as long as it takes.
    fn next_notice(&self) -> Option<Notice> {
        let calls = self
            .threads
            .values()
            .filter_map(|thread| thread.pulse.due_in(self.patience));
        let now = Instant::now();
        let waiting = self.lanes.values().filter_map(|lane| match lane.hold {
            Hold::Waiting(until) => Some(until.saturating_duration_since(now)),
            _ => None,
        });
        match calls.chain(waiting).min() {
            Some(due) => self.notices.recv_timeout(due).ok(),
            None => self.notices.recv().ok(),
        }
    }

    fn hear(&mut self, notice: Notice) {
        match notice {
            Notice::Appeared(reader) => self.add(reader),
            Notice::Vanished(encoder) => self.remove(&encoder),
            Notice::Seen(encoder, presence) => self.see(&encoder, presence),
            Notice::ServiceLost => {
                self.tell(EncoderEvent::ServiceLost);
                self.remove_all();
            }
            Notice::ServiceBack => self.tell(EncoderEvent::ServiceBack),
            Notice::TakeAgain(encoder) => {
                if let Some(lane) = self.lanes.get_mut(&encoder)
                    && lane.take_again()
                {
                    self.take_card(&encoder);
                }
            }
            Notice::Taken(id) => self.taken(id),
            Notice::Refused(id, error) => self.refused(id, error),
            Notice::Working => {}
            Notice::Ended(id) => self.ended(id),
            Notice::Stop => {
                self.stopping = true;
                self.lanes.clear();
                for thread in self.threads.values_mut() {
                    thread.session = None;
                    thread.control.release();
                }
            }
        }
    }

    fn add(&mut self, reader: Arc<dyn Reader>) {
        if self.stopping {
            return;
        }
        let encoder = reader.name();
        self.remove(&encoder);
        self.lanes.insert(encoder.clone(), Lane::new(reader));
        self.tell(EncoderEvent::Added(encoder));
    }

    fn remove_all(&mut self) {
        let encoders: Vec<_> = self.lanes.keys().cloned().collect();
        for encoder in &encoders {
            self.remove(encoder);
        }
    }

    fn remove(&mut self, encoder: &EncoderName) {
        let Some(lane) = self.lanes.remove(encoder) else {
            return;
        };
        if let Hold::Taken(id) | Hold::Leaving(id) = lane.hold {
            self.end_thread(id, ChannelError::ReaderGone);
        }
        if lane.announced {
            self.tell(EncoderEvent::CardLifted(encoder.clone()));
        }
        self.tell(EncoderEvent::Removed(encoder.clone()));
    }

    fn see(&mut self, encoder: &EncoderName, presence: Presence) {
        let Some(lane) = self.lanes.get_mut(encoder) else {
            return;
        };
        if lane.sees(presence) {
            if let Some(id) = lane.begin_anew() {
                self.end_thread(id, ChannelError::Removed);
            }
            self.take_back(encoder);
        }
        self.take_card(encoder);
    }

    /// Says that the announced card is gone.
    fn take_back(&mut self, encoder: &EncoderName) {
        if let Some(lane) = self.lanes.get_mut(encoder)
            && std::mem::take(&mut lane.announced)
        {
            lane.placed = false;
            self.tell(EncoderEvent::CardLifted(encoder.clone()));
        }
    }

    /// Starts a thread for the card on a reader, if there is one to be taken.
    fn take_card(&mut self, encoder: &EncoderName) {
        let Some(lane) = self.lanes.get_mut(encoder) else {
            return;
        };
        if !lane.wants_taking() {
            return;
        }
        let id = ThreadId(self.next_thread);
        self.next_thread += 1;
        let (session, work, control) = session(encoder.clone());
        let pulse = Arc::new(Pulse::default());
        let started = CardThread {
            id,
            reader: Arc::clone(&lane.reader),
            work,
            life: control.life().clone(),
            pulse: Arc::clone(&pulse),
            notices: self.sender.clone(),
        }
        .start();
        lane.hold = Hold::Taken(id);
        self.threads.insert(
            id,
            Running {
                encoder: encoder.clone(),
                session: Some(session),
                control,
                pulse,
            },
        );
        if let Err(error) = started {
            self.refused(id, error);
            self.threads.remove(&id);
        }
    }

    fn taken(&mut self, id: ThreadId) {
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        let Some(session) = thread.session.take() else {
            return;
        };
        // A card that was lifted in the meantime was never there: dropping the session lets it go.
        if let Some(lane) = self.lanes.get_mut(&thread.encoder)
            && lane.hold == Hold::Taken(id)
            && session.is_live()
        {
            lane.announced = true;
            lane.wanted_again = false;
            let event = if std::mem::replace(&mut lane.placed, true) {
                EncoderEvent::CardTaken(session)
            } else {
                EncoderEvent::CardPlaced(session)
            };
            self.tell(event);
        }
    }

    fn refused(&mut self, id: ThreadId, error: EncoderError) {
        let Some(thread) = self.threads.get(&id) else {
            return;
        };
        let encoder = thread.encoder.clone();
        let in_use = matches!(error, EncoderError::InUse { .. });
        let earlier = self.earlier_hold(&encoder, id).filter(|_| in_use);
        let Some(lane) = self.lanes.get_mut(&encoder) else {
            return;
        };
        if lane.hold != Hold::Taken(id) {
            return;
        }
        if let Some(hold) = earlier {
            lane.hold = hold;
            return;
        }
        if lane.put_off(&error) && (std::mem::take(&mut lane.wanted_again) || !lane.announced) {
            lane.announced = true;
            self.tell(EncoderEvent::CardUnreadable(encoder, error));
        }
    }

    /// The hold of an earlier thread of ours that has not yet let go of this reader.
    fn earlier_hold(&self, encoder: &EncoderName, than: ThreadId) -> Option<Hold> {
        let running = self.threads.iter();
        let leaving = running
            .filter(|(id, thread)| **id < than && thread.encoder == *encoder)
            .map(|(id, _)| Hold::Leaving(*id));
        let stuck = self.given_up.iter();
        let stuck = stuck
            .filter(|(_, held)| *held == encoder)
            .map(|(id, _)| Hold::Stuck(*id));
        leaving.chain(stuck).next()
    }

    fn ended(&mut self, id: ThreadId) {
        let Some(thread) = self.threads.remove(&id) else {
            self.recovered(id);
            return;
        };
        let why = thread.control.life().ended();
        // Whoever still has the session learns that nobody works for it.
        thread.control.life().end(ChannelError::ReaderGone);
        let Some(lane) = self.lanes.get_mut(&thread.encoder) else {
            return;
        };
        match lane.hold {
            Hold::Leaving(gone) if gone == id => lane.hold = Hold::Open,
            // Only the card's UID gave the swap away; the reader has seen nothing.
            Hold::Taken(held) if held == id && why == Some(ChannelError::Removed) => {
                lane.hold = Hold::Open;
                self.take_back(&thread.encoder);
            }
            Hold::Taken(held) if held == id => {
                lane.hold = Hold::Done;
                if std::mem::take(&mut lane.wanted_again) {
                    lane.take_again();
                }
            }
            _ => return,
        }
        self.take_card(&thread.encoder);
    }

    /// A thread that had been given up is back: its reader answers again.
    fn recovered(&mut self, id: ThreadId) {
        self.given_up.remove(&id);
        let stuck = self
            .lanes
            .iter_mut()
            .find(|(_, lane)| lane.hold == Hold::Stuck(id));
        if let Some((encoder, lane)) = stuck {
            lane.hold = Hold::Open;
            let encoder = encoder.clone();
            self.take_card(&encoder);
        }
    }

    /// Tries the cards again that could not be taken.
    fn try_again(&mut self) {
        let now = Instant::now();
        let due: Vec<_> = self
            .lanes
            .iter()
            .filter(|(_, lane)| matches!(lane.hold, Hold::Waiting(until) if until <= now))
            .map(|(encoder, _)| encoder.clone())
            .collect();
        for encoder in &due {
            self.take_card(encoder);
        }
    }

    /// Gives up every thread whose call to its reader takes too long. PC/SC cannot end such a call: the thread stays
    /// until the call comes back, and then finds its session over.
    fn give_up_overdue(&mut self) {
        let overdue: Vec<_> = self
            .threads
            .iter()
            .filter(|(_, thread)| thread.pulse.due_in(self.patience) == Some(Duration::ZERO))
            .map(|(id, _)| *id)
            .collect();
        for id in overdue {
            self.end_thread(id, ChannelError::Unresponsive);
            let Some(thread) = self.threads.remove(&id) else {
                continue;
            };
            self.given_up.insert(id, thread.encoder.clone());
            if let Some(lane) = self.lanes.get_mut(&thread.encoder)
                && matches!(lane.hold, Hold::Taken(held) | Hold::Leaving(held) if held == id)
            {
                lane.hold = Hold::Stuck(id);
                lane.announced = false;
                lane.placed = false;
                self.tell(EncoderEvent::Stuck(thread.encoder));
            }
        }
    }

    fn end_thread(&self, id: ThreadId, why: ChannelError) {
        if let Some(thread) = self.threads.get(&id) {
            thread.control.end(why);
        }
    }

    fn tell(&self, event: EncoderEvent) {
        // An agent that listens no more is about to stop.
        let _ = self.events.send(event);
    }
}
