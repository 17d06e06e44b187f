//! Which slots are encoders, and several of them at once.

use cardbridge::encoder::{EncoderError, EncoderEvent, EncoderSettings, Encoders, choose, survey};

use crate::desk::{ACR122U, Desk, read_uid, uid, uid_of};
use crate::pcscd::{Card, beside_pcscd};

const SAM: &str = "ACS ACR1252 Dual Reader SAM";
const PICC: &str = "ACS ACR1252 Dual Reader PICC";

#[test]
fn a_slot_for_a_security_module_is_no_encoder() {
    beside_pcscd(&[SAM, ACR122U], async |_| {
        // A module always is there, and answers like a card.
        let module = Card::place(0, "ntag215", uid(9)).await;
        let mut desk = Desk::watch(2).await;
        let names = desk.encoders.list().unwrap();
        let expected = [format!("{ACR122U} 00 00"), format!("{ACR122U} 00 01")];
        assert_eq!(
            names.iter().map(|n| &n.0).collect::<Vec<_>>(),
            [&expected[0], &expected[1]]
        );
        let card = Card::place(1, "ntag213", uid(1)).await;
        assert_eq!(uid_of(&desk.placed().await).await, uid(1));
        card.remove().await;
        module.remove().await;
    });
}

#[test]
fn two_readers_work_at_once() {
    beside_pcscd(&[ACR122U, PICC], async |_| {
        let mut desk = Desk::watch(4).await;
        let first_card = Card::place(0, "ntag215", uid(1)).await;
        let first = desk.placed().await;
        let second_card = Card::place(1, "ntag216", uid(2)).await;
        let second = desk.placed().await;
        assert_eq!(first.encoder().0, format!("{ACR122U} 00 00"));
        assert_eq!(second.encoder().0, format!("{PICC} 00 00"));
        // The first waits in its job for the second's: one thread for both would never end.
        let (tell, told) = std::sync::mpsc::channel();
        let (left, right) = tokio::join!(
            first.run(move |card| told.recv().is_ok() && read_uid(card).is_ok()),
            second.run(move |card| read_uid(card).is_ok() && tell.send(()).is_ok()),
        );
        assert_eq!((left, right), (Ok(true), Ok(true)));
        assert_eq!(uid_of(&first).await, uid(1));
        assert_eq!(uid_of(&second).await, uid(2));
        first_card.remove().await;
        desk.removed().await;
        assert!(
            second.run(read_uid).await.unwrap().is_ok(),
            "the other card stays"
        );
        second_card.remove().await;
    });
}

/// As many slots as pcscd has room for: with plug and play one more than it waits for in one call.
#[test]
fn all_sixteen_slots_are_watched() {
    let readers: Vec<String> = ('A'..='H').map(|name| format!("Desk {name}")).collect();
    let readers: Vec<&str> = readers.iter().map(String::as_str).collect();
    beside_pcscd(&readers, async |pcscd| {
        let mut desk = Desk::watch(16).await;
        assert_eq!(survey().unwrap().len(), 16);
        for reader in [0, 7] {
            let card = Card::place(reader, "ntag215", uid(1)).await;
            assert_eq!(uid_of(&desk.placed().await).await, uid(1));
            card.remove().await;
            desk.removed().await;
        }
        pcscd.kill();
        for _ in 0..17 {
            let event = desk.next().await;
            assert!(
                matches!(event, EncoderEvent::ServiceLost | EncoderEvent::Removed(_)),
                "{event:?}"
            );
        }
        pcscd.revive();
        assert!(matches!(desk.next().await, EncoderEvent::ServiceBack));
        for _ in 0..16 {
            desk.added().await;
        }
    });
}

#[test]
fn a_part_of_a_name_chooses_the_reader() {
    beside_pcscd(&[ACR122U, PICC], async |_| {
        let settings = EncoderSettings {
            name_part: Some("acr1252".to_owned()),
            ..EncoderSettings::default()
        };
        let mut desk = Desk::watch_with(settings, 2).await;
        let unwanted = Card::place(0, "ntag215", uid(1)).await;
        let wanted = Card::place(1, "ntag215", uid(2)).await;
        assert_eq!(uid_of(&desk.placed().await).await, uid(2));
        let present = Encoders::list_pcsc(None).unwrap();
        assert_eq!(present.len(), 4);
        let error = choose(Some("PICC"), present.clone()).unwrap_err();
        assert!(
            matches!(error, EncoderError::Ambiguous { ref matching, .. } if matching.len() == 4)
        );
        assert_eq!(
            choose(Some("1252 Dual Reader PICC 00 00"), present)
                .unwrap()
                .len(),
            1
        );
        unwanted.remove().await;
        wanted.remove().await;
    });
}
