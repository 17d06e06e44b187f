//! The dispatcher: puts what the watcher and the reader threads see into one order.
//!
//! It runs on a thread of its own, blocked until a message comes. It wakes by itself only while a reader thread is at work, to
//! check whether a command hangs, and while a card could not be taken, to try again: pcscd does not say when another
//! program releases a card (measured with 1.9.9).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cardbridge_drivers::contract::ChannelError;
use tokio::sync::mpsc::UnboundedSender;

use super::message::{Message, TurnId};
use super::reader::{Presence, Reader};
use super::reader_state::{Phase, ReaderState};
use super::reader_thread::Turn;
use super::session::{CardSession, Control, session};
use super::watchdog::CallTimer;
use super::{EncoderError, EncoderEvent, EncoderName, ExchangeMeter};

/// Starts a dispatcher. `patience` is how long one call to a reader may take.
pub(super) fn start(
    patience: Duration,
    meter: ExchangeMeter,
    events: UnboundedSender<EncoderEvent>,
) -> Result<(Sender<Message>, JoinHandle<()>), EncoderError> {
    let (sender, messages) = channel();
    let dispatcher = Dispatcher {
        patience,
        meter,
        events,
        messages,
        sender: sender.clone(),
        readers: BTreeMap::new(),
        turns: BTreeMap::new(),
        given_up: BTreeMap::new(),
        next_turn: 0,
        stopping: false,
    };
    let thread = thread::Builder::new()
        .name("encoders".to_owned())
        .spawn(move || dispatcher.run())?;
    Ok((sender, thread))
}

struct Dispatcher {
    patience: Duration,
    meter: ExchangeMeter,
    events: UnboundedSender<EncoderEvent>,
    messages: Receiver<Message>,
    sender: Sender<Message>,
    readers: BTreeMap<EncoderName, ReaderState>,
    turns: BTreeMap<TurnId, Running>,
    /// Turns that were given up because a call to the reader hangs.
    given_up: BTreeMap<TurnId, EncoderName>,
    next_turn: u64,
    stopping: bool,
}

/// A turn that is watched.
struct Running {
    encoder: EncoderName,
    /// Kept until it is handed out with [`EncoderEvent::CardPlaced`].
    session: Option<CardSession>,
    control: Control,
    timer: Arc<CallTimer>,
}

impl Dispatcher {
    fn run(mut self) {
        while !(self.stopping && self.turns.is_empty()) {
            if let Some(message) = self.next_notice() {
                self.hear(message);
            }
            self.give_up_overdue();
            self.try_again();
        }
    }

    /// Waits for news; with nothing to look after, for as long as it takes.
    fn next_notice(&self) -> Option<Message> {
        let calls = self
            .turns
            .values()
            .filter_map(|turn| turn.timer.due_in(self.patience));
        let now = Instant::now();
        let waiting = self
            .readers
            .values()
            .filter_map(|reader| match reader.phase {
                Phase::Waiting(until) => Some(until.saturating_duration_since(now)),
                _ => None,
            });
        match calls.chain(waiting).min() {
            Some(due) => self.messages.recv_timeout(due).ok(),
            None => self.messages.recv().ok(),
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Appeared(reader) => self.add(reader),
            Message::Vanished(encoder) => self.remove(&encoder),
            Message::Seen(encoder, presence) => self.see(&encoder, presence),
            Message::ServiceLost => {
                self.tell(EncoderEvent::ServiceLost);
                self.remove_all();
            }
            Message::ServiceBack => self.tell(EncoderEvent::ServiceBack),
            Message::TakeAgain(encoder) => {
                if let Some(reader) = self.readers.get_mut(&encoder)
                    && reader.take_again()
                {
                    self.take_card(&encoder);
                }
            }
            Message::Taken(id) => self.taken(id),
            Message::Refused(id, error) => self.refused(id, error),
            Message::Working => {}
            Message::Ended(id) => self.ended(id),
            Message::Stop => {
                self.stopping = true;
                self.readers.clear();
                for turn in self.turns.values_mut() {
                    turn.session = None;
                    turn.control.release();
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
        self.readers
            .insert(encoder.clone(), ReaderState::new(reader));
        self.tell(EncoderEvent::Added(encoder));
    }

    fn remove_all(&mut self) {
        let encoders: Vec<_> = self.readers.keys().cloned().collect();
        for encoder in &encoders {
            self.remove(encoder);
        }
    }

    fn remove(&mut self, encoder: &EncoderName) {
        let Some(reader) = self.readers.remove(encoder) else {
            return;
        };
        if let Phase::Taken(id) | Phase::Leaving(id) = reader.phase {
            self.end_turn(id, ChannelError::ReaderGone);
        }
        if reader.announced {
            self.tell(EncoderEvent::CardRemoved(encoder.clone()));
        }
        self.tell(EncoderEvent::Removed(encoder.clone()));
    }

    fn see(&mut self, encoder: &EncoderName, presence: Presence) {
        let Some(reader) = self.readers.get_mut(encoder) else {
            return;
        };
        if reader.sees(presence) {
            if let Some(id) = reader.begin_anew() {
                self.end_turn(id, ChannelError::Removed);
            }
            self.take_back(encoder);
        }
        self.take_card(encoder);
    }

    /// Says that the announced card is gone.
    fn take_back(&mut self, encoder: &EncoderName) {
        if let Some(reader) = self.readers.get_mut(encoder)
            && std::mem::take(&mut reader.announced)
        {
            reader.placed = false;
            self.tell(EncoderEvent::CardRemoved(encoder.clone()));
        }
    }

    /// Begins a turn for the card on a reader, if there is one to be taken.
    fn take_card(&mut self, encoder: &EncoderName) {
        let Some(reader) = self.readers.get_mut(encoder) else {
            return;
        };
        if !reader.wants_taking() {
            return;
        }
        let id = TurnId(self.next_turn);
        self.next_turn += 1;
        let (session, work, control) = session(encoder.clone());
        let timer = Arc::new(CallTimer::default());
        let started = reader.thread.begin(Turn {
            id,
            reader: Arc::clone(&reader.reader),
            work,
            life: control.life().clone(),
            timer: Arc::clone(&timer),
            meter: self.meter.clone(),
            messages: self.sender.clone(),
        });
        reader.phase = Phase::Taken(id);
        self.turns.insert(
            id,
            Running {
                encoder: encoder.clone(),
                session: Some(session),
                control,
                timer,
            },
        );
        if let Err(error) = started {
            self.refused(id, error);
            self.turns.remove(&id);
        }
    }

    fn taken(&mut self, id: TurnId) {
        let Some(turn) = self.turns.get_mut(&id) else {
            return;
        };
        let Some(session) = turn.session.take() else {
            return;
        };
        // A card that was removed in the meantime was never there: dropping the session releases it.
        if let Some(reader) = self.readers.get_mut(&turn.encoder)
            && reader.phase == Phase::Taken(id)
            && session.is_live()
        {
            reader.announced = true;
            reader.wanted_again = false;
            let event = if std::mem::replace(&mut reader.placed, true) {
                EncoderEvent::CardTaken(session)
            } else {
                EncoderEvent::CardPlaced(session)
            };
            self.tell(event);
        }
    }

    fn refused(&mut self, id: TurnId, error: EncoderError) {
        let Some(turn) = self.turns.get(&id) else {
            return;
        };
        let encoder = turn.encoder.clone();
        let in_use = matches!(error, EncoderError::InUse { .. });
        let earlier = self.earlier_phase(&encoder, id).filter(|_| in_use);
        let Some(reader) = self.readers.get_mut(&encoder) else {
            return;
        };
        if reader.phase != Phase::Taken(id) {
            return;
        }
        if let Some(hold) = earlier {
            reader.phase = hold;
            return;
        }
        if reader.put_off(&error) && (std::mem::take(&mut reader.wanted_again) || !reader.announced)
        {
            reader.announced = true;
            self.tell(EncoderEvent::CardUnreadable(encoder, error));
        }
    }

    /// The phase of an earlier turn of ours that has not yet released this reader: the reader may have been unplugged meanwhile.
    fn earlier_phase(&self, encoder: &EncoderName, than: TurnId) -> Option<Phase> {
        let running = self.turns.iter();
        let leaving = running
            .filter(|(id, turn)| **id < than && turn.encoder == *encoder)
            .map(|(id, _)| Phase::Leaving(*id));
        let stuck = self.given_up.iter();
        let stuck = stuck
            .filter(|(_, held)| *held == encoder)
            .map(|(id, _)| Phase::Stuck(*id));
        leaving.chain(stuck).next()
    }

    fn ended(&mut self, id: TurnId) {
        let Some(turn) = self.turns.remove(&id) else {
            self.recovered(id);
            return;
        };
        let why = turn.control.life().ended();
        // The holder of the session learns that its thread is gone.
        turn.control.life().end(ChannelError::ReaderGone);
        let Some(reader) = self.readers.get_mut(&turn.encoder) else {
            return;
        };
        match reader.phase {
            Phase::Leaving(gone) if gone == id => reader.phase = Phase::Open,
            // Only the card's UID gave the swap away; the reader has seen nothing.
            Phase::Taken(held) if held == id && why == Some(ChannelError::Removed) => {
                reader.phase = Phase::Open;
                self.take_back(&turn.encoder);
            }
            Phase::Taken(held) if held == id => {
                reader.phase = Phase::Done;
                if std::mem::take(&mut reader.wanted_again) {
                    reader.take_again();
                }
            }
            _ => return,
        }
        self.take_card(&turn.encoder);
    }

    /// A turn that had been given up is over: its reader answers again.
    fn recovered(&mut self, id: TurnId) {
        self.given_up.remove(&id);
        let stuck = self
            .readers
            .iter_mut()
            .find(|(_, reader)| reader.phase == Phase::Stuck(id));
        if let Some((encoder, reader)) = stuck {
            reader.phase = Phase::Open;
            let encoder = encoder.clone();
            self.take_card(&encoder);
        }
    }

    /// Tries the cards again that could not be taken.
    fn try_again(&mut self) {
        let now = Instant::now();
        let due: Vec<_> = self
            .readers
            .iter()
            .filter(|(_, reader)| matches!(reader.phase, Phase::Waiting(until) if until <= now))
            .map(|(encoder, _)| encoder.clone())
            .collect();
        for encoder in &due {
            self.take_card(encoder);
        }
    }

    /// Gives up every turn whose call to its reader takes too long. PC/SC cannot end such a call: the thread waits in it
    /// until it returns, and then finds the session over.
    fn give_up_overdue(&mut self) {
        let overdue: Vec<_> = self
            .turns
            .iter()
            .filter(|(_, turn)| turn.timer.due_in(self.patience) == Some(Duration::ZERO))
            .map(|(id, _)| *id)
            .collect();
        for id in overdue {
            self.end_turn(id, ChannelError::Unresponsive);
            let Some(turn) = self.turns.remove(&id) else {
                continue;
            };
            self.given_up.insert(id, turn.encoder.clone());
            if let Some(reader) = self.readers.get_mut(&turn.encoder)
                && matches!(reader.phase, Phase::Taken(held) | Phase::Leaving(held) if held == id)
            {
                reader.phase = Phase::Stuck(id);
                reader.announced = false;
                reader.placed = false;
                self.tell(EncoderEvent::Stuck(turn.encoder));
            }
        }
    }

    fn end_turn(&self, id: TurnId, why: ChannelError) {
        if let Some(turn) = self.turns.get(&id) {
            turn.control.end(why);
        }
    }

    fn tell(&self, event: EncoderEvent) {
        // An agent that listens no more is about to stop.
        let _ = self.events.send(event);
    }
}
