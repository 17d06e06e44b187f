//! A card that is exchanged for another so quickly that the reader does not notice.

use cardbridge::encoder::simulated::Fault;
use cardbridge::issuance::policy::Allowed;
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{SimulatedCard, Uid};

use crate::desk::{Desk, encoder, history_of, issue};

/// The record is bound to the first card: whatever happened to the other one, nothing good is concluded from it.
#[tokio::test]
async fn another_card_under_the_reader_is_never_taken_for_the_first() {
    for model in ["ntag213", "desfire-ev2-4k", "ntag424"] {
        swap_everywhere(|uid| cards::simulate(model, uid).unwrap()).await;
    }
}

/// Such a card says a new UID each time, so only what it gives an authenticated reader says which it is.
#[tokio::test]
async fn cards_that_hide_their_uids_are_told_apart() {
    swap_everywhere(|uid| {
        let (registration, model) = cards::model("desfire-ev2-4k").unwrap();
        let mut specimens = (registration.specimens)(model.name, uid).into_iter();
        specimens
            .find(|specimen| specimen.what == "a random UID")
            .unwrap()
            .card
    })
    .await;
}

/// Exchanges the card at every command of an issuance.
async fn swap_everywhere(make: impl Fn(Uid) -> Box<dyn SimulatedCard>) {
    for commands in 0.. {
        let mut desk = Desk::new().await;
        let credential = desk.credential().await;
        let [first, other] = [0, 1].map(|_| {
            let uid = desk.fresh_uid();
            desk.tray.add(make(uid)).unwrap()
        });
        let card = desk.place(first).await;
        desk.tray
            .break_after(&encoder(), commands, Fault::Swapped(other))
            .unwrap();
        let outcome = issue(&desk.agent(), &card, &credential, Allowed::default()).await;
        if let Ok(issuance) = outcome {
            let sent = desk.tray.commands(&encoder()).unwrap();
            if sent <= commands {
                assert_eq!(issuance.card_uid, first);
                return;
            }
            // Before the first card had said which it is, the other one is simply the card that is written.
            assert_eq!(issuance.card_uid, other, "exchanged at command {commands}");
            continue;
        }
        let history = history_of(&desk.agent()).await;
        assert!(
            history.iter().all(|issuance| !issuance.is_written()),
            "exchanged at command {commands}"
        );
        assert!(desk.events_of(&credential).await.is_empty());
    }
}
