//! The tray seen as a source of readers.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use cardbridge_drivers::contract::{CardChannel, ChannelError};
use cardbridge_drivers::testing::SimulatedReader;

use super::channel::TrayChannel;
use super::desk::Desk;
use super::fault::TrayError;
use crate::encoder::message::Message;
use crate::encoder::reader::{Reader, Source};
use crate::encoder::{EncoderError, EncoderName};

/// Someone who watches a tray.
#[derive(Debug)]
pub(in crate::encoder) struct TrayWatch {
    desk: Arc<Desk>,
    watcher: u64,
}

impl TrayWatch {
    pub(super) fn start(desk: Arc<Desk>, messages: Sender<Message>) -> Self {
        let mut state = desk.lock();
        let watcher = state.next_watcher;
        state.next_watcher += 1;
        for encoder in state.plugged() {
            let _ = messages.send(Message::Appeared(TrayReader::shared(&desk, &encoder)));
            if let Some(slot) = state.slots.get(&encoder) {
                let _ = messages.send(Message::Seen(encoder, slot.presence()));
            }
        }
        state.watchers.insert(watcher, messages);
        drop(state);
        Self { desk, watcher }
    }
}

impl Source for TrayWatch {
    fn list(&self) -> Result<Vec<EncoderName>, EncoderError> {
        Ok(self.desk.lock().plugged())
    }

    fn stop(&mut self) {
        self.desk.lock().watchers.remove(&self.watcher);
    }
}

/// Plugs an encoder in, or pulls its plug.
pub(super) fn plug(
    desk: &Arc<Desk>,
    encoder: &EncoderName,
    plugged: bool,
) -> Result<(), TrayError> {
    let mut state = desk.lock();
    let slot = state.slot(encoder)?;
    if slot.unplugged != plugged {
        return Ok(());
    }
    slot.unplugged = !plugged;
    slot.hangs = false;
    for watcher in state.watchers.values() {
        let _ = watcher.send(if plugged {
            Message::Appeared(TrayReader::shared(desk, encoder))
        } else {
            Message::Vanished(encoder.clone())
        });
    }
    state.publish(encoder);
    desk.changed.notify_all();
    Ok(())
}

/// One simulated encoder.
struct TrayReader {
    desk: Arc<Desk>,
    name: EncoderName,
}

impl TrayReader {
    fn shared(desk: &Arc<Desk>, name: &EncoderName) -> Arc<dyn Reader> {
        Arc::new(Self {
            desk: Arc::clone(desk),
            name: name.clone(),
        })
    }
}

impl Reader for TrayReader {
    fn name(&self) -> EncoderName {
        self.name.clone()
    }

    fn connect(&self) -> Result<Box<dyn CardChannel>, EncoderError> {
        let mut state = self.desk.lock();
        let slot = state
            .slots
            .get_mut(&self.name)
            .filter(|slot| !slot.unplugged)
            .ok_or(ChannelError::ReaderGone)?;
        let uid = slot.card.ok_or(ChannelError::Removed)?;
        if slot.held {
            return Err(EncoderError::InUse {
                encoder: self.name.0.clone(),
            });
        }
        slot.held = true;
        let (count, profile, pace) = (slot.count, slot.profile, slot.pace);
        let card = state.cards.get(&uid).cloned();
        state.publish(&self.name);
        drop(state);
        let card = card.ok_or(ChannelError::Removed)?;
        Ok(Box::new(TrayChannel::new(
            Arc::clone(&self.desk),
            self.name.clone(),
            count,
            SimulatedReader::new(Box::new(card), profile),
            pace,
        )))
    }
}
