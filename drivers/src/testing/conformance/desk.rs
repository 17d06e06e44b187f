//! A desk with one reader and one card: what the cases do on it, with every error reported as a broken promise.

use crate::contract::apdu::{Command, Response};
use crate::contract::{
    CardChannel, CardKeys, CardType, ChannelError, Contents, Driver, DriverError, InspectedCard,
    Mishap, ReaderProfile, Session, SimulatedCard, Uid, identify, inspect_again,
};
use crate::testing::{Faulty, HoldsCard, Loss, Recorder, SimulatedReader};

use super::subject::Site;
use super::{Subject, Tear, Wrong};

/// The UID of every card in the suite.
pub(super) const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

/// One reader, one card, one driver.
pub(super) struct Desk {
    reader: Recorder<SimulatedReader>,
    driver: Box<dyn Driver>,
    /// How many writes the card had accepted when the last operation began.
    writes: u64,
    /// What the last inspection was of.
    card_type: Option<CardType>,
}

/// How an operation under a [`Tear`] ended.
pub(super) enum Torn {
    /// The card was pulled before the operation ended.
    Pulled,
    /// The operation needed fewer commands.
    Finished,
}

impl Desk {
    pub(super) fn fresh(subject: &Subject) -> Result<Self, Wrong> {
        Self::fresh_at(subject, Site::Ours)
    }

    pub(super) fn fresh_at(subject: &Subject, site: Site) -> Result<Self, Wrong> {
        let card = (subject.registration.simulate)(subject.model.name, Uid::from(UID))
            .ok_or_else(|| Wrong::new("there is no simulated card of this model"))?;
        Ok(Self {
            driver: driver(subject, site),
            ..Self::with(subject, card)
        })
    }

    /// A fresh card that `record` was written on.
    pub(super) fn holding(subject: &Subject, record: &[u8]) -> Result<Self, Wrong> {
        let mut desk = Self::fresh(subject)?;
        desk.issue(record)?;
        Ok(desk)
    }

    /// A card that `record` was written on at this site.
    pub(super) fn holding_from(
        subject: &Subject,
        site: Site,
        record: &[u8],
    ) -> Result<Self, Wrong> {
        let mut desk = Self::fresh_at(subject, site)?;
        desk.issue(record)?;
        Ok(desk)
    }

    pub(super) fn with(subject: &Subject, card: Box<dyn SimulatedCard>) -> Self {
        Self {
            reader: Recorder::new(SimulatedReader::new(card, *subject.profile)),
            driver: driver(subject, Site::Ours),
            writes: 0,
            card_type: None,
        }
    }

    /// Carries the card to another site, or the site over a change of its keys.
    pub(super) fn move_to(&mut self, subject: &Subject, site: Site) {
        self.driver = driver(subject, site);
        self.reader.channel_mut().reset();
    }

    pub(super) fn memory(&self) -> Vec<u8> {
        self.reader.channel().card().memory()
    }

    /// Puts a memory in place and places the card again.
    pub(super) fn restore(&mut self, memory: &[u8]) -> Result<(), Wrong> {
        if !self.reader.channel_mut().card_mut().load(memory) {
            return Err(Wrong::new("the card does not take its own memory back"));
        }
        self.reader.channel_mut().reset();
        Ok(())
    }

    /// Identifies and inspects, as at the start and at the end of an issuance. The memory must not change.
    pub(super) fn inspect(&mut self) -> Result<Box<dyn InspectedCard>, Wrong> {
        self.try_inspect()?
            .map_err(|error| self.wrong(format!("the card cannot be inspected: {error}")))
    }

    pub(super) fn try_inspect(
        &mut self,
    ) -> Result<Result<Box<dyn InspectedCard>, DriverError>, Wrong> {
        let before = self.memory();
        self.begin();
        let seen = identify(&mut self.reader).and_then(|card_type| {
            let seen = inspect_identified(&mut self.reader, &*self.driver, &card_type);
            self.card_type = Some(card_type);
            seen
        });
        self.expect_untouched(&before, "the inspection")?;
        Ok(seen)
    }

    /// Reads back what was written after the last inspection, going on in what is in force on the card.
    pub(super) fn read_back_last(
        &mut self,
    ) -> Result<Result<Box<dyn InspectedCard>, DriverError>, Wrong> {
        let Some(card_type) = self.card_type.clone() else {
            return Err(Wrong::new("nothing was inspected that could be read back"));
        };
        let before = self.memory();
        self.begin();
        let seen = inspect_again(&mut self.reader, &card_type, &*self.driver);
        self.expect_untouched(&before, "reading back")?;
        Ok(seen)
    }

    /// Takes the card off the reader and puts it back.
    pub(super) fn put_back(&mut self) {
        self.reader.channel_mut().reset();
    }

    /// Inspects, writes, inspects; the record must be there, under the keys that were promised: for one that goes on in what is in
    /// force on the card, as the agent does, and for one that comes to it afresh.
    pub(super) fn issue(&mut self, record: &[u8]) -> Result<(), Wrong> {
        let seen = self.inspect()?;
        self.write(&*seen, record)?;
        let read_back = self.read_back()?;
        self.put_back();
        self.expect_issued(&*seen, record)?;
        let anew = self.inspect()?;
        if read_back.summary() != anew.summary() {
            let found = brief(&read_back.summary().contents);
            return Err(self.wrong(format!("read back without a reset, the card holds {found}")));
        }
        Ok(())
    }

    fn read_back(&mut self) -> Result<Box<dyn InspectedCard>, Wrong> {
        self.read_back_last()?
            .map_err(|error| self.wrong(format!("the card cannot be read back: {error}")))
    }

    /// The record is there, under the keys that were promised for the card as it was `before`.
    pub(super) fn expect_issued(
        &mut self,
        before: &dyn InspectedCard,
        record: &[u8],
    ) -> Result<(), Wrong> {
        let promised = before.key_version().map(CardKeys::Site);
        self.expect(&Contents::Record(record.to_vec()))?;
        let found = self.inspect()?.summary().keys;
        match promised {
            Some(promised) if promised != found => Err(self.wrong(format!(
                "the card was to carry {promised:?} and carries {found:?}"
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn write(&mut self, seen: &dyn InspectedCard, record: &[u8]) -> Result<(), Wrong> {
        let mut progress = vec![];
        self.try_write_with(seen, record, &mut |step| progress.push(step))
            .map_err(|error| self.wrong(format!("the record is not written: {error}")))?;
        let counts_up = progress
            .iter()
            .zip(1..)
            .all(|(step, done)| step.done == done);
        if counts_up && progress.last().is_none_or(|last| last.done == last.total) {
            Ok(())
        } else {
            Err(self.wrong(format!(
                "progress does not count up to its total: {progress:?}"
            )))
        }
    }

    pub(super) fn try_write(
        &mut self,
        seen: &dyn InspectedCard,
        record: &[u8],
    ) -> Result<(), DriverError> {
        self.try_write_with(seen, record, &mut |_| {})
    }

    fn try_write_with(
        &mut self,
        seen: &dyn InspectedCard,
        record: &[u8],
        progress: &mut dyn FnMut(crate::contract::Progress),
    ) -> Result<(), DriverError> {
        self.begin();
        seen.write(&mut self.reader, record, progress)
    }

    pub(super) fn try_wipe(&mut self, seen: &dyn InspectedCard) -> Result<(), DriverError> {
        self.begin();
        seen.wipe(&mut self.reader)
    }

    pub(super) fn wipe(&mut self, seen: &dyn InspectedCard) -> Result<(), Wrong> {
        self.try_wipe(seen)
            .map_err(|error| self.wrong(format!("the card cannot be wiped: {error}")))
    }

    /// Does `work` on a card that is pulled at `tear`, and puts the card back.
    pub(super) fn pulled_at(
        &mut self,
        tear: Tear,
        work: impl FnOnce(&mut dyn CardChannel, &dyn Driver) -> Result<(), DriverError>,
    ) -> Result<Torn, Wrong> {
        self.begin();
        let mut channel = Faulty::new(&mut self.reader, tear.command, tear.loss);
        let ended = work(&mut channel, &*self.driver);
        let is_pulled = channel.is_pulled();
        self.reader.channel_mut().reset();
        match ended {
            Err(DriverError::Channel(_)) if is_pulled => Ok(Torn::Pulled),
            Ok(()) if is_pulled => Err(self.wrong("the pull went unnoticed")),
            Ok(()) => Ok(Torn::Finished),
            Err(error) => Err(self.wrong(format!("wrong error for a pulled card: {error}"))),
        }
    }

    /// Does `work` on a card that forgets what the command at `index` writes, and leaves the card as it then is. `true` when it
    /// was sent that command.
    pub(super) fn forgetting_at(
        &mut self,
        index: usize,
        work: impl FnOnce(&mut dyn CardChannel, &dyn Driver) -> Result<(), DriverError>,
    ) -> bool {
        self.begin();
        let mut channel = Forgetful {
            channel: &mut self.reader,
            until: Some(index),
        };
        // Whatever the driver makes of it, only what is on the card counts.
        let _ = work(&mut channel, &*self.driver);
        channel.until.is_none()
    }

    pub(super) fn card_is_damaged(&self) -> bool {
        self.reader.channel().card().is_damaged()
    }

    /// Whether the last operation changed nothing, since the card took no write.
    pub(super) fn has_written(&self) -> bool {
        self.card_writes() != self.writes
    }

    pub(super) fn expect(&mut self, contents: &Contents) -> Result<(), Wrong> {
        let seen = self.inspect()?;
        if seen.summary().contents == *contents {
            Ok(())
        } else {
            Err(self.wrong(format!(
                "the card holds {}",
                brief(&seen.summary().contents)
            )))
        }
    }

    /// The memory is `before`, and the last operation sent no write.
    pub(super) fn expect_untouched(&self, before: &[u8], what: &str) -> Result<(), Wrong> {
        if self.card_writes() != self.writes || self.memory() != before {
            return Err(self.wrong(format!("{what} wrote on the card")));
        }
        Ok(())
    }

    fn card_writes(&self) -> u64 {
        self.reader.channel().card().writes()
    }

    /// Forgets what led to this moment.
    fn begin(&mut self) {
        self.reader.clear();
        self.writes = self.card_writes();
    }

    /// A broken promise, with the last exchanges of this desk.
    pub(super) fn wrong(&self, what: impl Into<String>) -> Wrong {
        const SHOWN: usize = 6;
        let log = self.reader.exchanges();
        Wrong {
            last_exchanges: log[log.len().saturating_sub(SHOWN)..].to_vec(),
            ..Wrong::new(what)
        }
    }
}

/// A channel whose card forgets what one command writes.
struct Forgetful<'a, C> {
    channel: &'a mut C,
    /// How many commands come before that one; `None` once it was sent.
    until: Option<usize>,
}

impl<C: HoldsCard> CardChannel for Forgetful<'_, C> {
    fn atr(&self) -> &[u8] {
        self.channel.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.channel.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let forgets = self.until == Some(0);
        self.until = self.until.and_then(|until| until.checked_sub(1));
        if !forgets {
            return self.channel.transmit(command);
        }
        let card = self.channel.card_mut();
        card.spoil_next_write(Some(Mishap::Swallowed));
        let answer = self.channel.transmit(command);
        self.channel.card_mut().spoil_next_write(None);
        answer
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.channel.reconnect()
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.channel.session()
    }
}

/// Identifies and inspects a card.
pub(super) fn inspect(
    card: &mut dyn CardChannel,
    driver: &dyn Driver,
) -> Result<Box<dyn InspectedCard>, DriverError> {
    let card_type = identify(card)?;
    inspect_identified(card, driver, &card_type)
}

fn inspect_identified(
    card: &mut dyn CardChannel,
    driver: &dyn Driver,
    card_type: &CardType,
) -> Result<Box<dyn InspectedCard>, DriverError> {
    if !driver.recognises(card_type) {
        return Err(DriverError::Unsupported {
            what: "its driver does not recognise it",
        });
    }
    driver.inspect(card, card_type)
}

/// Every moment at which a card can be pulled, until [`Torn::Finished`].
pub(super) fn every_tear(
    mut attempt: impl FnMut(Tear) -> Result<Torn, Wrong>,
) -> Result<(), Wrong> {
    for loss in [Loss::Command, Loss::Answer] {
        for command in 0.. {
            let tear = Tear { command, loss };
            match attempt(tear).map_err(|wrong| wrong.torn_at(tear))? {
                Torn::Pulled => {}
                Torn::Finished => break,
            }
        }
    }
    Ok(())
}

fn driver(subject: &Subject, site: Site) -> Box<dyn Driver> {
    (subject.registration.build)(&site.settings(subject))
}

/// Bytes that look like nothing in particular, different for every seed.
pub(super) fn record(seed: u32, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_be_bytes()[1]
        })
        .collect()
}

/// Sizes to try up to a capacity: the smallest, the largest, and those around a change of length bytes (NDEF short
/// record, TLV). None is 0: a record is a COSE message, and where nothing but its length is before it a card that holds
/// none is blank.
pub(super) fn sizes(capacity: usize) -> impl Iterator<Item = usize> {
    [1, 2, 3, 4, 26, 100, 236, 237, 238, 255, 256, 257]
        .into_iter()
        .filter(move |&bytes| bytes + 1 < capacity)
        .chain([capacity - 1, capacity])
}

pub(super) fn brief(contents: &Contents) -> String {
    match contents {
        Contents::Record(record) => format!("a record of {} bytes, not the expected", record.len()),
        Contents::Beside(record) => format!("a record of {} bytes and more", record.len()),
        other => format!("{other:?}"),
    }
}
