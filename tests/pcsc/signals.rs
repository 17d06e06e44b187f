//! Beeps and lights through a real service, whose virtual readers take no escape commands.

use cardbridge::encoder::virtual_card::VirtualCard;
use cardbridge_drivers::contract::{ReaderProfile, Signal};

use crate::desk::{ACR122U, Desk, read_uid, uid};
use crate::pcscd::{Card, beside_pcscd};

#[test]
fn a_driver_that_takes_no_escape_commands_gets_the_signal_as_a_pseudo_apdu() {
    beside_pcscd(&[ACR122U], async |_| {
        let mut desk = Desk::watch(2).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let session = desk.placed().await;
        let escaped = session.run(|card| card.escape(&[0xFF, 0x00, 0x52, 0x00, 0x00]));
        assert_eq!(escaped.await, Ok(None), "vpcd refuses every control code");
        session.signal(Signal::Done);
        session.signal(Signal::Refused);
        let uid = session.run(read_uid).await.unwrap();
        assert!(uid.is_ok(), "the card is where it was");
        let card = card.remove().await;
        assert_eq!(card.signals(), [Signal::Done, Signal::Refused]);
    });
}

#[test]
fn a_reader_that_gives_no_signals_is_sent_none() {
    beside_pcscd(&["Desk"], async |_| {
        let mut desk = Desk::watch(2).await;
        let card = VirtualCard::open("ntag215", Some(uid(1)), None).unwrap();
        let card = Card::put(0, card.on_reader(ReaderProfile::ACR122U)).await;
        let session = desk.placed().await;
        session.signal(Signal::Done);
        assert!(session.run(read_uid).await.unwrap().is_ok());
        assert_eq!(card.remove().await.signals(), []);
    });
}
