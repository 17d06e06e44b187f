//! The guard, on a channel that misbehaves as no simulator should.

use mockall::{Sequence, mock};

use super::*;

mock! {
    Channel {}
    impl CardChannel for Channel {
        fn atr(&self) -> &[u8];
        fn profile(&self) -> ReaderProfile;
        fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError>;
        fn reconnect(&mut self) -> Result<(), ChannelError>;
    }
}

fn good(data: &[u8]) -> Response {
    Response {
        data: data.to_vec(),
        status: Response::SUCCESS,
    }
}

fn guarded(card: MockChannel) -> (GuardedChannel, Life) {
    let life = Life::default();
    let guard = GuardedChannel::new(Box::new(card), life.clone(), Arc::default());
    (guard, life)
}

/// A card that names itself so, one after the other, whenever it is asked.
fn card_with_uids(uids: &'static [&'static [u8]]) -> MockChannel {
    let mut card = MockChannel::new();
    let mut sequence = Sequence::new();
    for uid in uids {
        card.expect_transmit()
            .withf(|command| *command == Command::uid())
            .once()
            .in_sequence(&mut sequence)
            .return_once(|_| Ok(good(uid)));
    }
    card.expect_reconnect().returning(|| Ok(()));
    card
}

#[test]
fn a_session_that_is_over_passes_no_command() {
    // The mock expects nothing, and panics when it is called.
    let (mut guard, life) = guarded(MockChannel::new());
    life.end(ChannelError::Removed);
    assert_eq!(
        guard.transmit(&Command::new([0; 4])),
        Err(ChannelError::Removed)
    );
    assert_eq!(guard.reconnect(), Err(ChannelError::Removed));
}

#[test]
fn an_answer_that_comes_after_the_end_of_the_session_counts_for_nothing() {
    let mut card = MockChannel::new();
    let (_, late) = guarded(MockChannel::new());
    let ends = late.clone();
    card.expect_transmit().return_once(move |_| {
        ends.end(ChannelError::Unresponsive);
        Ok(good(&[]))
    });
    let mut guard = GuardedChannel::new(Box::new(card), late, Arc::default());
    assert_eq!(
        guard.transmit(&Command::new([0; 4])),
        Err(ChannelError::Unresponsive)
    );
}

/// A reader that is asked only now and then may have seen a card all the time.
#[test]
fn a_card_that_a_call_finds_gone_ends_the_session() {
    let mut card = MockChannel::new();
    card.expect_reconnect()
        .return_once(|| Err(ChannelError::Removed));
    let (mut guard, life) = guarded(card);
    assert_eq!(guard.reconnect(), Err(ChannelError::Removed));
    assert_eq!(life.ended(), Some(ChannelError::Removed));
}

#[test]
fn another_card_after_a_reconnect_ends_the_session() {
    let (mut guard, life) = guarded(card_with_uids(&[
        &[4, 1, 2, 3, 4, 5, 6],
        &[4, 1, 2, 3, 4, 5, 7],
    ]));
    guard.transmit(&Command::uid()).unwrap();
    guard.reconnect().unwrap();
    // The mock knows no such command: it must not reach the other card.
    let refused = guard.transmit(&Command::read_binary(4, 16));
    assert_eq!(refused, Err(ChannelError::Removed));
    assert_eq!(life.ended(), Some(ChannelError::Removed));
}

#[test]
fn a_card_that_gives_no_uid_after_a_reconnect_is_asked_again() {
    let mut card = card_with_uids(&[&[4, 1, 2, 3, 4, 5, 6]]);
    card.expect_transmit()
        .withf(|command| *command == Command::uid())
        .once()
        .return_once(|_| {
            Ok(Response {
                data: vec![],
                status: 0x6300,
            })
        });
    card.expect_transmit()
        .withf(|command| *command == Command::uid())
        .once()
        .return_once(|_| Ok(good(&[4, 1, 2, 3, 4, 5, 7])));
    let (mut guard, life) = guarded(card);
    guard.transmit(&Command::uid()).unwrap();
    guard.reconnect().unwrap();
    guard.transmit(&Command::uid()).unwrap();
    let refused = guard.transmit(&Command::read_binary(4, 16));
    assert_eq!(refused, Err(ChannelError::Removed));
    assert_eq!(life.ended(), Some(ChannelError::Removed));
}

#[test]
fn a_driver_that_asks_who_the_card_is_need_not_be_asked_for() {
    const UID: &[u8] = &[4, 1, 2, 3, 4, 5, 6];
    let mut card = card_with_uids(&[UID, UID]);
    card.expect_transmit()
        .withf(|command| *command == Command::read_binary(4, 16))
        .once()
        .return_once(|_| Ok(good(&[0; 16])));
    let (mut guard, _) = guarded(card);
    guard.transmit(&Command::uid()).unwrap();
    guard.reconnect().unwrap();
    guard.transmit(&Command::uid()).unwrap();
    guard.transmit(&Command::read_binary(4, 16)).unwrap();
}

#[test]
fn the_same_card_after_a_reconnect_goes_on() {
    let mut card = card_with_uids(&[&[4, 1, 2, 3], &[4, 1, 2, 3]]);
    card.expect_transmit()
        .withf(|command| *command == Command::read_binary(4, 16))
        .return_once(|_| Ok(good(&[0; 16])));
    let (mut guard, life) = guarded(card);
    guard.transmit(&Command::uid()).unwrap();
    guard.reconnect().unwrap();
    guard.transmit(&Command::read_binary(4, 16)).unwrap();
    assert_eq!(life.ended(), None);
}

#[test]
fn a_random_uid_names_no_card() {
    let (mut guard, _) = guarded(card_with_uids(&[&[8, 1, 2, 3], &[8, 9, 9, 9]]));
    guard.transmit(&Command::uid()).unwrap();
    guard.reconnect().unwrap();
    assert!(guard.transmit(&Command::uid()).is_ok());
}

#[test]
fn a_card_that_was_never_asked_is_not_asked_at_a_reconnect() {
    let mut card = card_with_uids(&[]);
    card.expect_transmit()
        .withf(|command| *command == Command::read_binary(4, 16))
        .return_once(|_| Ok(good(&[0; 16])));
    let (mut guard, _) = guarded(card);
    guard.reconnect().unwrap();
    guard.transmit(&Command::read_binary(4, 16)).unwrap();
}
