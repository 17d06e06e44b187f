//! The channel to a card on a simulated encoder.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardChannel, ChannelError, Mishap, ReaderProfile, Session, Uid,
};
use cardbridge_drivers::testing::{Loss, SimulatedReader};

use super::desk::{Desk, DeskState, Slot};
use super::fault::Fault;
use crate::encoder::EncoderName;

/// A card held on a simulated encoder.
pub(super) struct TrayChannel {
    desk: Arc<Desk>,
    encoder: EncoderName,
    /// The encoder's count when the card was taken: another one means that this card is gone.
    count: u32,
    reader: SimulatedReader,
    /// How long one command takes.
    pace: Duration,
}

impl TrayChannel {
    pub(super) fn new(
        desk: Arc<Desk>,
        encoder: EncoderName,
        count: u32,
        reader: SimulatedReader,
        pace: Duration,
    ) -> Self {
        Self {
            desk,
            encoder,
            count,
            reader,
            pace,
        }
    }

    /// Whether the card of this channel is still there.
    fn check(&self, state: &DeskState) -> Result<(), ChannelError> {
        match state.slots.get(&self.encoder) {
            Some(Slot {
                unplugged: false,
                count,
                ..
            }) if *count == self.count => Ok(()),
            Some(Slot {
                unplugged: false, ..
            }) => Err(ChannelError::Removed),
            _ => Err(ChannelError::ReaderGone),
        }
    }

    /// The fault that is due at this command.
    fn due_fault(&self, state: &mut DeskState) -> Option<Fault> {
        let slot = state.slots.get_mut(&self.encoder)?;
        match &mut slot.fault {
            Some((0, fault)) => {
                let fault = *fault;
                slot.fault = None;
                Some(fault)
            }
            Some((commands, _)) => {
                *commands -= 1;
                None
            }
            None => None,
        }
    }

    /// Counts writes, and says whether it was for the last one that the card was to stay.
    fn is_enough(&self, state: &mut DeskState, writes: u64) -> bool {
        let slot = state.slots.get_mut(&self.encoder);
        let left = slot.and_then(|slot| slot.writes_left.as_mut());
        left.is_some_and(|left| {
            *left = left.saturating_sub(writes);
            *left == 0
        })
    }

    fn carry_out(
        &mut self,
        mut state: MutexGuard<'_, DeskState>,
        command: &Command,
    ) -> Result<Response, ChannelError> {
        if let Some(slot) = state.slots.get_mut(&self.encoder) {
            slot.commands += 1;
        }
        self.reader.transmit(command)
    }

    fn carry_out_spoilt(
        &mut self,
        state: MutexGuard<'_, DeskState>,
        command: &Command,
        mishap: Mishap,
    ) -> Result<Response, ChannelError> {
        self.reader.card_mut().spoil_next_write(Some(mishap));
        let answer = self.carry_out(state, command);
        self.reader.card_mut().spoil_next_write(None);
        answer
    }

    /// Exchanges the card under the reader, which goes on as if nothing had happened.
    fn swap(&mut self, state: &mut DeskState, uid: Uid) -> Result<(), ChannelError> {
        let card = state.cards.get(&uid).ok_or(ChannelError::Removed)?.clone();
        if let Some(slot) = state.slots.get_mut(&self.encoder) {
            slot.card = Some(uid);
        }
        self.reader = SimulatedReader::new(Box::new(card), self.reader.profile());
        Ok(())
    }

    fn remove(&self, state: &mut DeskState) -> ChannelError {
        if let Some(slot) = state.slots.get_mut(&self.encoder) {
            slot.take_off();
        }
        state.publish(&self.encoder);
        ChannelError::Removed
    }
}

impl CardChannel for TrayChannel {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.reader.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        // Before the desk is locked: in this time too the card can be taken away.
        thread::sleep(self.pace);
        let desk = Arc::clone(&self.desk);
        let mut state = desk.lock();
        self.check(&state)?;
        match self.due_fault(&mut state) {
            None => {
                let before = self.reader.card().writes();
                let answer = self.carry_out(state, command);
                let done = self.reader.card().writes() - before;
                if self.is_enough(&mut desk.lock(), done) {
                    return Err(self.remove(&mut desk.lock()));
                }
                answer
            }
            Some(Fault::Removed(Loss::Rest { stored })) => {
                let torn = Mishap::Torn { stored };
                let _ = self.carry_out_spoilt(state, command, torn);
                Err(self.remove(&mut desk.lock()))
            }
            Some(Fault::Swallowed) => self.carry_out_spoilt(state, command, Mishap::Swallowed),
            Some(Fault::Swapped(uid)) => {
                self.swap(&mut state, uid)?;
                self.carry_out(state, command)
            }
            Some(Fault::Removed(Loss::Command)) => Err(self.remove(&mut state)),
            Some(Fault::Removed(Loss::Answer)) => {
                // Nothing of what the card answered comes back, not even that it failed.
                let _ = self.carry_out(state, command);
                Err(self.remove(&mut desk.lock()))
            }
            Some(Fault::Hang) => {
                if let Some(slot) = state.slots.get_mut(&self.encoder) {
                    slot.hangs = true;
                }
                let state = desk
                    .changed
                    .wait_while(state, |state| {
                        state
                            .slots
                            .get(&self.encoder)
                            .is_some_and(|slot| slot.hangs)
                    })
                    .unwrap_or_else(PoisonError::into_inner);
                self.check(&state)?;
                Err(ChannelError::Communication)
            }
        }
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.check(&self.desk.lock())?;
        self.reader.reconnect()
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.reader.session()
    }

    fn escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let desk = Arc::clone(&self.desk);
        let mut state = desk.lock();
        self.check(&state).ok()?;
        let known = self.reader.signals().len();
        let answer = self.reader.escape(command);
        let slot = state.slots.get_mut(&self.encoder)?;
        slot.signals.extend(&self.reader.signals()[known..]);
        answer
    }
}

impl Drop for TrayChannel {
    fn drop(&mut self) {
        let mut state = self.desk.lock();
        if let Some(slot) = state.slots.get_mut(&self.encoder) {
            slot.held = false;
        }
        state.publish(&self.encoder);
    }
}
