//! A card is placed, worked on, removed, swapped.

use cardbridge::encoder::virtual_card::VirtualCard;
use cardbridge::encoder::vpcd::{Connection, Request};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{ChannelError, Contents, identify};
use cardbridge_drivers::testing::site_settings;

use crate::desk::{ACR122U, Desk, read_uid, uid, uid_of};
use crate::pcscd::{Card, address, beside_pcscd};

#[test]
fn a_card_is_announced_when_it_is_placed_and_when_it_is_removed() {
    beside_pcscd(&[ACR122U], async |_| {
        let mut desk = Desk::watch(2).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let session = desk.placed().await;
        assert_eq!(session.encoder().0, format!("{ACR122U} 00 00"));
        assert_eq!(uid_of(&session).await, uid(1));
        card.remove().await;
        desk.removed().await;
        assert_eq!(session.run(read_uid).await, Err(ChannelError::Removed));
        assert_eq!(session.ended().await, ChannelError::Removed);
    });
}

#[test]
fn a_card_that_lies_there_from_the_start_is_announced() {
    beside_pcscd(&[ACR122U], async |_| {
        let first = Desk::watch(2).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        drop(first);
        let mut desk = Desk::watch(2).await;
        assert_eq!(uid_of(&desk.placed().await).await, uid(1));
        card.remove().await;
    });
}

#[test]
fn an_ntag215_is_written_and_read_back() {
    beside_pcscd(&[ACR122U], async |_| {
        let mut desk = Desk::watch(2).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("card");
        let card = VirtualCard::open("ntag215", Some(uid(1)), Some(&file)).unwrap();
        let card = Card::put(0, card).await;
        let record = vec![0xA5; 300];
        let session = desk.placed().await;
        let found = session
            .run({
                let record = record.clone();
                move |card| {
                    let card_type = identify(card)?;
                    let (_, driver) =
                        cards::driver_for(&card_type, &site_settings()).expect("no driver");
                    let seen = driver.inspect(card, &card_type)?;
                    assert_eq!(seen.summary().contents, Contents::Blank);
                    seen.write(card, &record, &mut |_| {})?;
                    driver.inspect(card, &card_type)
                }
            })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.summary().contents, Contents::Record(record.clone()));
        let memory = std::fs::read(&file).unwrap();
        assert!(memory.windows(record.len()).any(|window| window == record));
        // Another process later: the file is the card.
        card.remove().await;
        desk.removed().await;
        let card = VirtualCard::open("ntag215", None, Some(&file)).unwrap();
        assert_eq!(card.uid(), uid(1));
        let card = Card::put(0, card).await;
        let again = desk
            .placed()
            .await
            .run(|card| {
                let card_type = identify(card)?;
                let (_, driver) =
                    cards::driver_for(&card_type, &site_settings()).expect("no driver");
                driver.inspect(card, &card_type)
            })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(again.summary().contents, Contents::Record(record));
        card.remove().await;
    });
}

#[test]
fn a_quick_swap_ends_the_session_of_the_first_card() {
    beside_pcscd(&[ACR122U], async |_| {
        let mut desk = Desk::watch(2).await;
        let first = Card::place(0, "ntag215", uid(1)).await;
        let session = desk.placed().await;
        assert_eq!(uid_of(&session).await, uid(1));
        first.remove().await;
        let second = Card::place(0, "ntag215", uid(2)).await;
        // Whether or not the service has noticed: nothing that belongs to the first card may reach the second.
        let answer = session
            .run(|card| {
                card.reconnect()?;
                read_uid(card)
            })
            .await
            .and_then(|answer| answer);
        assert!(answer.is_err(), "{answer:?}");
        desk.removed().await;
        assert_eq!(uid_of(&desk.placed().await).await, uid(2));
        assert!(!session.is_live());
        second.remove().await;
    });
}

#[test]
fn a_card_pulled_during_a_command_is_an_error_and_the_next_card_works() {
    beside_pcscd(&[ACR122U], async |_| {
        let mut desk = Desk::watch(2).await;
        let mut connection = Connection::open(&address(0)).await.unwrap();
        let hand = tokio::spawn(async move {
            while let Some(request) = connection.request().await.unwrap() {
                match request {
                    Request::Atr => connection.answer(&atr()).await.unwrap(),
                    // Pulled here: the answer never comes.
                    Request::Command(_) => return,
                    _ => {}
                }
            }
        });
        let session = desk.placed().await;
        let answer = session.run(read_uid).await.unwrap();
        assert_eq!(answer, Err(ChannelError::Communication));
        hand.await.unwrap();
        desk.removed().await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        assert_eq!(uid_of(&desk.placed().await).await, uid(1));
        card.remove().await;
    });
}

pub(crate) fn atr() -> Vec<u8> {
    cards::simulate("ntag215", uid(1)).unwrap().atr()
}
