//! What every test here does: watch, wait for the next event, look at a card.

use std::time::Duration;

use cardbridge::encoder::{CardSession, EncoderEvent, EncoderName, EncoderSettings, Encoders};
use cardbridge_drivers::contract::apdu::Command;
use cardbridge_drivers::contract::{CardChannel, ChannelError, Uid, identify};
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) const ACR122U: &str = "ACS ACR122U PICC Interface";

/// The encoders as the agent sees them.
pub(crate) struct Desk {
    pub(crate) encoders: Encoders,
    events: UnboundedReceiver<EncoderEvent>,
}

impl Desk {
    /// Watches, and hears of so many slots first.
    pub(crate) async fn watch(slots: usize) -> Self {
        Self::watch_with(EncoderSettings::default(), slots).await
    }

    pub(crate) async fn watch_with(settings: EncoderSettings, slots: usize) -> Self {
        let (encoders, events) = Encoders::pcsc(settings).unwrap();
        let mut desk = Self { encoders, events };
        for _ in 0..slots {
            desk.added().await;
        }
        desk
    }

    pub(crate) async fn next(&mut self) -> EncoderEvent {
        // Only a broken build waits so long.
        tokio::time::timeout(Duration::from_secs(20), self.events.recv())
            .await
            .expect("no event came")
            .expect("the encoders have stopped")
    }

    pub(crate) async fn added(&mut self) -> EncoderName {
        match self.next().await {
            EncoderEvent::Added(name) => name,
            other => panic!("expected an encoder, not {other:?}"),
        }
    }

    pub(crate) async fn placed(&mut self) -> CardSession {
        match self.next().await {
            EncoderEvent::CardPlaced(session) => session,
            other => panic!("expected a card, not {other:?}"),
        }
    }

    pub(crate) async fn removed(&mut self) {
        let event = self.next().await;
        assert!(matches!(event, EncoderEvent::CardRemoved(_)), "{event:?}");
    }
}

pub(crate) fn uid(number: u8) -> Uid {
    Uid::try_from([0x04, 1, 2, 3, 4, 5, number].as_slice()).unwrap()
}

pub(crate) fn read_uid(card: &mut dyn CardChannel) -> Result<Vec<u8>, ChannelError> {
    Ok(Command::uid().send(card)?.to_bytes())
}

/// The UID of the card in a session, by identification.
pub(crate) async fn uid_of(session: &CardSession) -> Uid {
    session.run(identify).await.unwrap().unwrap().uid
}
