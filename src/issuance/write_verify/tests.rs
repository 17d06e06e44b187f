//! Cards that fail in ways no simulated card should learn: a memory that forgets, an answer that is lost while the card stays.

use std::collections::VecDeque;
use std::sync::Arc;

use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardKeys, CardType, Driver, Family, Inspection, Model, ModelKey, ReaderProfile, Uid, Version,
};
use cardbridge_drivers::keys::KeyVersion;
use mockall::mock;

use crate::issuance::inspect::Holds;
use crate::issuance::write_verify::*;

mock! {
    Card {}
    impl CardChannel for Card {
        fn atr(&self) -> &[u8];
        fn profile(&self) -> ReaderProfile;
        fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError>;
        fn reconnect(&mut self) -> Result<(), ChannelError>;
    }
}

mock! {
    #[derive(Debug)]
    Type {}
    impl Driver for Type {
        fn recognises(&self, card: &CardType) -> bool;
        fn inspect(&self, card: &mut dyn CardChannel, card_type: &CardType) -> Result<Box<dyn InspectedCard>, DriverError>;
    }
}

mock! {
    #[derive(Debug)]
    Inspected {}
    impl InspectedCard for Inspected {
        fn summary(&self) -> &Inspection;
        fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError>;
        fn write(
            &self,
            card: &mut dyn CardChannel,
            record: &[u8],
            progress: &mut dyn FnMut(Progress),
        ) -> Result<(), DriverError>;
        fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError>;
        fn key_version(&self) -> Option<KeyVersion>;
    }
}

static MODEL: Model = Model {
    name: "test",
    title: "Test card",
    memory: 540,
    capacity: 500,
    key: ModelKey::None,
    key_needs_raw_path: false,
};

fn uid() -> Uid {
    Uid::try_from([4, 1, 2, 3, 4, 5, 6].as_slice()).unwrap()
}

fn key() -> RecordKey {
    RecordKey::new(vec![1], [7; 32]).unwrap()
}

fn record() -> Vec<u8> {
    let record = Record::new("c", "n", 0);
    record.seal(&key(), &uid()).unwrap()
}

fn inspected(contents: Contents) -> MockInspected {
    let mut card = MockInspected::new();
    card.expect_summary().return_const(Inspection {
        uid: uid(),
        model: &MODEL,
        capacity: 500,
        contents,
        others: vec![],
        keys: CardKeys::None,
    });
    card
}

/// Writes over a channel that stays, with a driver that answers so to writing and finds this afterwards.
fn outcome(
    written: Result<(), DriverError>,
    found: Result<Contents, DriverError>,
) -> Result<(), WriteError> {
    outcome_on(&[uid(), uid()], written, found)
}

/// The same; `uids` are what the reader says when it is asked who is there, one after the other.
fn outcome_on(
    uids: &[Uid],
    written: Result<(), DriverError>,
    found: Result<Contents, DriverError>,
) -> Result<(), WriteError> {
    let is_written = uids.first() == Some(&uid());
    let mut uids: VecDeque<Uid> = uids.iter().copied().collect();
    let mut card = MockCard::new();
    card.expect_transmit()
        .withf(|command| *command == Command::uid())
        .returning(move |_| {
            Ok(Response {
                data: uids.pop_front().unwrap().as_bytes().to_vec(),
                status: Response::SUCCESS,
            })
        });
    card.expect_reconnect()
        .times(usize::from(written.is_err()))
        .returning(|| Ok(()));
    let mut before = inspected(Contents::Blank);
    before
        .expect_write()
        .times(usize::from(is_written))
        .return_once(move |_, _, _| written);
    let mut driver = MockType::new();
    driver
        .expect_inspect()
        .return_once(move |_, _| Ok(Box::new(inspected(found?))));
    let look = Look {
        card_type: CardType {
            uid: uid(),
            family: Family::Unknown,
            version: Version::Unavailable,
        },
        driver_name: "test".to_owned(),
        driver: Arc::new(driver),
        card: Arc::new(before),
        holds: Holds::Nothing,
        reader: ReaderProfile::GENERIC,
    };
    write_and_read_back(&mut card, &look, &record(), &[key()], |_| {})
}

#[test]
fn a_card_that_forgets_what_it_acknowledged_is_not_written() {
    for found in [
        Contents::Blank,
        Contents::Torn,
        Contents::Foreign,
        Contents::Record(vec![0xD1]),
    ] {
        assert_eq!(outcome(Ok(()), Ok(found)), Err(WriteError::Differs));
    }
}

#[test]
fn a_lost_answer_does_not_make_a_whole_card_a_torn_one() {
    let lost = DriverError::Channel(ChannelError::Communication);
    assert_eq!(
        outcome(Err(lost.clone()), Ok(Contents::Record(record()))),
        Ok(())
    );
    assert_eq!(
        outcome(Err(lost.clone()), Ok(Contents::Torn)),
        Err(WriteError::Stopped(lost))
    );
}

#[test]
fn another_card_in_the_field_is_not_written_and_passes_for_no_other() {
    let another = Uid::from([4, 9, 9, 9, 9, 9, 9]);
    let removed = Err(WriteError::Stopped(ChannelError::Removed.into()));
    let record = || Ok(Contents::Record(record()));
    assert_eq!(outcome_on(&[another], Ok(()), record()), removed);
    assert_eq!(outcome_on(&[uid(), another], Ok(()), record()), removed);
    let random = Uid::try_from([8, 1, 2, 3].as_slice()).unwrap();
    assert_eq!(outcome_on(&[random], Ok(()), record()), removed);
}

#[test]
fn without_reading_back_nothing_is_concluded() {
    let lost = DriverError::Channel(ChannelError::Removed);
    assert_eq!(
        outcome(Ok(()), Err(lost.clone())),
        Err(WriteError::Stopped(lost))
    );
}

#[test]
fn the_first_error_is_the_one_that_is_told() {
    let first = DriverError::Channel(ChannelError::Communication);
    let second = DriverError::Channel(ChannelError::Removed);
    assert_eq!(
        outcome(Err(first.clone()), Err(second)),
        Err(WriteError::Stopped(first))
    );
}
