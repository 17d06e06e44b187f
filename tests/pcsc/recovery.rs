//! What goes away comes back: the service, and a card that hangs.

use std::time::Duration;

use cardbridge::encoder::vpcd::{Connection, Request};
use cardbridge::encoder::{EncoderError, EncoderEvent, EncoderSettings, Encoders};
use cardbridge_drivers::contract::ChannelError;

use crate::cards::atr;
use crate::desk::{ACR122U, Desk, read_uid, uid, uid_of};
use crate::pcscd::{Card, address, beside_pcscd};

#[test]
fn a_service_that_dies_is_found_again_and_the_card_with_it() {
    beside_pcscd(&[ACR122U], async |pcscd| {
        let mut desk = Desk::watch(2).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let session = desk.placed().await;
        assert_eq!(uid_of(&session).await, uid(1));
        for _ in 0..2 {
            pcscd.kill();
            assert!(matches!(desk.next().await, EncoderEvent::ServiceLost));
            desk.removed().await;
            for _ in 0..2 {
                assert!(matches!(desk.next().await, EncoderEvent::Removed(_)));
            }
            assert_eq!(session.run(read_uid).await, Err(ChannelError::ReaderGone));
            let error = desk.encoders.list().unwrap_err();
            assert!(matches!(error, EncoderError::NoService(_)), "{error:?}");
            pcscd.revive();
            assert!(matches!(desk.next().await, EncoderEvent::ServiceBack));
            desk.added().await;
            desk.added().await;
            assert_eq!(uid_of(&desk.placed().await).await, uid(1));
        }
        card.remove().await;
        desk.removed().await;
    });
}

#[test]
fn a_service_that_is_not_there_at_first_is_waited_for() {
    beside_pcscd(&[ACR122U], async |pcscd| {
        pcscd.kill();
        let mut desk = Desk::watch(0).await;
        assert!(matches!(desk.next().await, EncoderEvent::ServiceLost));
        pcscd.revive();
        assert!(matches!(desk.next().await, EncoderEvent::ServiceBack));
        desk.added().await;
    });
}

#[test]
fn a_job_is_told_when_the_service_dies_under_it() {
    beside_pcscd(&[ACR122U], async |pcscd| {
        let mut desk = Desk::watch(2).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let session = desk.placed().await;
        let (tell, killed) = std::sync::mpsc::channel();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let job = tokio::spawn(async move {
            let work = move |card: &mut dyn cardbridge_drivers::contract::CardChannel| {
                let _ = begun.send(());
                let _ = killed.recv();
                read_uid(card)
            };
            session.run(work).await
        });
        has_begun.await.unwrap();
        pcscd.kill();
        assert!(matches!(desk.next().await, EncoderEvent::ServiceLost));
        tell.send(()).unwrap();
        assert_eq!(job.await.unwrap(), Ok(Err(ChannelError::ReaderGone)));
        card.remove().await;
    });
}

#[test]
fn a_card_that_never_answers_is_given_up_and_the_reader_recovers() {
    beside_pcscd(&[ACR122U], async |_| {
        let settings = EncoderSettings {
            patience: Duration::from_millis(300),
            ..EncoderSettings::default()
        };
        let mut desk = Desk::watch_with(settings, 2).await;
        let mut connection = Connection::open(&address(0)).await.unwrap();
        let (remove, removed) = tokio::sync::oneshot::channel::<()>();
        let hand = tokio::spawn(async move {
            while let Some(request) = connection.request().await.unwrap() {
                match request {
                    Request::Atr => connection.answer(&atr()).await.unwrap(),
                    Request::Command(_) => {
                        let _ = removed.await;
                        return;
                    }
                    _ => {}
                }
            }
        });
        let session = desk.placed().await;
        assert_eq!(session.run(read_uid).await, Err(ChannelError::Unresponsive));
        let event = desk.next().await;
        assert!(matches!(event, EncoderEvent::Stuck(_)), "{event:?}");
        assert_eq!(session.run(read_uid).await, Err(ChannelError::Unresponsive));
        remove.send(()).unwrap();
        hand.await.unwrap();
        let mut card = Card::place(0, "ntag215", uid(2)).await;
        let session = match desk.next().await {
            EncoderEvent::CardPlaced(session) => session,
            // When pcscd fails to reset a card that went away between two of its looks, it takes the reader for empty until
            // the next card is removed again.
            EncoderEvent::CardUnreadable(..) => {
                card.remove().await;
                desk.removed().await;
                card = Card::place(0, "ntag215", uid(2)).await;
                desk.placed().await
            }
            other => panic!("expected a card, not {other:?}"),
        };
        assert_eq!(uid_of(&session).await, uid(2));
        card.remove().await;
    });
}

#[test]
fn stopping_while_a_card_hangs_does_not_hang() {
    beside_pcscd(&[ACR122U], async |_| {
        let settings = EncoderSettings {
            patience: Duration::from_millis(300),
            ..EncoderSettings::default()
        };
        let mut desk = Desk::watch_with(settings, 2).await;
        let mut connection = Connection::open(&address(0)).await.unwrap();
        let hand = tokio::spawn(async move {
            while let Ok(Some(request)) = connection.request().await {
                if request == Request::Atr {
                    connection.answer(&atr()).await.unwrap();
                }
            }
        });
        let session = desk.placed().await;
        let job = tokio::spawn(async move { session.run(read_uid).await });
        tokio::task::spawn_blocking(move || drop(desk.encoders))
            .await
            .unwrap();
        assert!(job.await.unwrap().is_err());
        hand.abort();
    });
}

#[test]
fn watching_and_stopping_at_once_never_hangs() {
    beside_pcscd(&[ACR122U], async |_| {
        // The stop may come before the wait that it must end.
        for _ in 0..50 {
            let (encoders, events) = Encoders::pcsc(EncoderSettings::default()).unwrap();
            drop(encoders);
            drop(events);
        }
    });
}
