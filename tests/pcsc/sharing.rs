//! One card, two programs.

use cardbridge::encoder::{EncoderError, EncoderEvent};

use crate::desk::{ACR122U, Desk, uid, uid_of};
use crate::pcscd::{Card, beside_pcscd};

#[test]
fn a_second_program_hears_that_the_card_is_in_use_and_gets_it_when_it_is_free() {
    beside_pcscd(&[ACR122U], async |_| {
        let mut first = Desk::watch(2).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let session = first.placed().await;
        let mut second = Desk::watch(2).await;
        let event = second.next().await;
        let EncoderEvent::CardUnreadable(encoder, error) = event else {
            panic!("{event:?}");
        };
        assert_eq!(&encoder, session.encoder());
        assert_eq!(error, EncoderError::InUse { encoder: encoder.0 });
        drop(session);
        assert_eq!(uid_of(&second.placed().await).await, uid(1));
        card.remove().await;
        first.removed().await;
        second.removed().await;
    });
}

#[test]
fn stopping_leaves_no_card_held() {
    beside_pcscd(&[ACR122U], async |_| {
        let mut first = Desk::watch(2).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let session = first.placed().await;
        tokio::task::spawn_blocking(move || drop(first.encoders))
            .await
            .unwrap();
        assert!(!session.is_live());
        let mut second = Desk::watch(2).await;
        assert_eq!(uid_of(&second.placed().await).await, uid(1));
        card.remove().await;
    });
}
