//! A card and a driver as small as they can be that know keys: for the promises about keys, with faults to be caught.
//!
//! The card's page 0 is `state, length, 0, 0`, page 1 names its key: `0, 0` from the factory, or a byte of the site's key
//! and its version; the record begins at page 2. Nothing guards the pages: what the driver leaves alone is up to it.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::Command;
use cardbridge_drivers::contract::{
    Answer, CardChannel, CardKeys, CardType, Contents, Driver, DriverError, DriverSettings,
    FieldLost, InspectedCard, Inspection, Mishap, Model, ModelKey, Progress, SimulatedCard, Uid,
    Writes,
};
use cardbridge_drivers::keys::{KeyVersion, SiteKey, SiteKeys};

const PAGE: usize = 4;
const PAGES: usize = 12;
const CAPACITY: usize = (PAGES - 2) * PAGE;

pub(crate) const MODEL: Model = Model {
    name: "toy",
    title: "Toy",
    memory: PAGES * PAGE,
    capacity: CAPACITY,
    key: ModelKey::Site,
    key_needs_raw_path: false,
};

const WHOLE: u8 = 0xA5;
const TORN: u8 = 0x5A;

/// What a driver of keyed cards can do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Leaves a card under the earlier version where it is.
    ForgetsToRollOver,
    /// Takes a UID of 4 bytes for one of 7.
    PadsShortUids,
    /// Writes under the current version and journals the one that the card has.
    NamesTheOldVersion,
    /// Writes the key after the record is whole.
    KeyAfterTheRecord,
    /// Calls a card torn under an earlier version another site's.
    KnowsOnlyTheCurrentVersion,
    /// Finds out that a card is another site's when it is halfway.
    WritesBeforeItLooksAtKeys,
    /// Writes another site's cards.
    TakesAnotherSitesCard,
    /// Admits another site's cards, and refuses them when it comes to writing.
    AdmitsAnotherSitesCard,
    /// Writes under the factory's key when there is no other.
    WritesWithoutSiteKeys,
    /// Says that it wiped what it did not.
    WipesNothing,
    /// Cannot write on a reader without raw commands, and says so like the real ones do.
    NeedsRawCommands,
    /// The same, and notices it only while it writes.
    NoticesTheReaderLate,
}

#[derive(Debug)]
pub(crate) struct ToyCard {
    uid: Uid,
    memory: Vec<u8>,
    writes: Writes,
}

impl ToyCard {
    pub(crate) fn boxed(model: &str, uid: Uid) -> Option<Box<dyn SimulatedCard>> {
        let memory = vec![0; PAGES * PAGE];
        let writes = Writes::default();
        (model == MODEL.name).then(|| {
            Box::new(Self {
                uid,
                memory,
                writes,
            }) as Box<dyn SimulatedCard>
        })
    }
}

impl SimulatedCard for ToyCard {
    fn model(&self) -> &'static str {
        MODEL.name
    }

    fn uid(&self) -> Uid {
        self.uid
    }

    fn atr(&self) -> Vec<u8> {
        let mut atr = hex::decode("3b8f8001804f0ca00000030603ff2000000000").unwrap();
        atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
        atr
    }

    fn select(&mut self) {}

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        match *frame {
            [0x30, page] => {
                let from = usize::from(page) * PAGE;
                match self.memory.get(from..from + 4 * PAGE) {
                    Some(bytes) => Answer::Frame(bytes.to_vec()),
                    None => Answer::Nak,
                }
            }
            [0xA2, page, ref bytes @ ..] if usize::from(page) < PAGES && bytes.len() == PAGE => {
                let from = usize::from(page) * PAGE;
                let place = &mut self.memory[from..from + PAGE];
                match self.writes.store(place, bytes) {
                    Ok(()) => Answer::Ack,
                    Err(FieldLost) => Answer::Silence,
                }
            }
            _ => Answer::Nak,
        }
    }

    fn memory(&self) -> Vec<u8> {
        self.memory.clone()
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        self.memory = memory.to_vec();
        memory.len() == PAGES * PAGE
    }

    fn writes(&self) -> u64 {
        self.writes.accepted()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.writes.spoil_next(mishap);
    }
}

#[derive(Debug)]
pub(crate) struct ToyDriver {
    keys: Option<SiteKeys>,
    fault: Fault,
}

impl ToyDriver {
    pub(crate) fn boxed(settings: &DriverSettings, fault: Fault) -> Box<dyn Driver> {
        Box::new(Self {
            keys: settings.site_keys.clone(),
            fault,
        })
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn card_keys(&self, page: [u8; 2]) -> CardKeys {
        let mut known = self.keys.iter().flat_map(SiteKeys::iter);
        let keys = || self.keys.iter().flat_map(SiteKeys::iter).map(named);
        if page == [0, 0] {
            return CardKeys::Factory;
        }
        // Cut short between the two bytes.
        let is_version = page[1] == 0 || keys().any(|key| key[1] == page[1]);
        if is_version && keys().any(|key| key[0] == page[0]) && keys().all(|key| key != page) {
            return CardKeys::Mixed;
        }
        if self.is(Fault::KnowsOnlyTheCurrentVersion) {
            let current = self.keys.as_ref().map(SiteKeys::current);
            return match current {
                Some(key) if named(key) == page => CardKeys::Site(key.version),
                _ => CardKeys::Unknown,
            };
        }
        known
            .find(|key| named(key) == page)
            .map_or(CardKeys::Unknown, |key| CardKeys::Site(key.version))
    }
}

fn padded(uid: Uid) -> Uid {
    let mut bytes = [0; 7];
    let length = uid.as_bytes().len().min(7);
    bytes[..length].copy_from_slice(&uid.as_bytes()[..length]);
    Uid::from(bytes)
}

fn named(key: &SiteKey) -> [u8; 2] {
    [key.key.expose()[0], key.version.get()]
}

impl Driver for ToyDriver {
    fn recognises(&self, _card: &CardType) -> bool {
        true
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError> {
        let mut memory = vec![];
        for page in [0, 4, 8] {
            memory.extend(Command::read_binary(page, 16).send(card)?.data);
        }
        let length = usize::from(memory[1]);
        let summary = Inspection {
            uid: if self.is(Fault::PadsShortUids) {
                padded(card_type.uid)
            } else {
                card_type.uid
            },
            model: &MODEL,
            capacity: CAPACITY,
            contents: match memory[0] {
                0 => Contents::Blank,
                WHOLE => Contents::Record(memory[2 * PAGE..2 * PAGE + length].to_vec()),
                _ => Contents::Torn,
            },
            others: vec![],
            keys: self.card_keys([memory[4], memory[5]]),
        };
        Ok(Box::new(InspectedToy {
            summary,
            key_page: [memory[4], memory[5], memory[6], memory[7]],
            lacks_raw_commands: card.profile().raw.is_empty(),
            keys: self.keys.clone(),
            fault: self.fault,
        }))
    }
}

#[derive(Debug)]
struct InspectedToy {
    summary: Inspection,
    key_page: [u8; PAGE],
    lacks_raw_commands: bool,
    keys: Option<SiteKeys>,
    fault: Fault,
}

impl InspectedToy {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// The key that the card gets.
    fn key(&self) -> Option<&SiteKey> {
        let keys = self.keys.as_ref()?;
        match self.summary.keys {
            CardKeys::Site(version) if self.is(Fault::ForgetsToRollOver) => keys.version(version),
            _ => Some(keys.current()),
        }
    }
}

impl InspectedCard for InspectedToy {
    fn summary(&self) -> &Inspection {
        &self.summary
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        const LOCKED: DriverError = DriverError::Locked { what: "keys" };

        if self.is(Fault::WritesBeforeItLooksAtKeys) && self.summary.contents == Contents::Blank {
            put(card, 0, [TORN, 0, 0, 0])?;
        }
        match self.check_fits(record.len()) {
            Err(DriverError::Reader { .. }) if self.is(Fault::NoticesTheReaderLate) => {}
            other => other?,
        }
        if self.is(Fault::AdmitsAnotherSitesCard) && self.summary.keys == CardKeys::Unknown {
            return Err(LOCKED);
        }
        let key_page = match self.key().map(named) {
            Some([site, version]) => [site, version, 0, 0],
            None => [0; PAGE],
        };
        let length = u8::try_from(record.len()).unwrap();
        let mut pages = vec![(0, [TORN, 0, 0, 0])];
        pages.extend((2..).zip(record.chunks(PAGE)).map(|(page, chunk)| {
            let mut bytes = [0; PAGE];
            bytes[..chunk.len()].copy_from_slice(chunk);
            (page, bytes)
        }));
        let last = (0, [WHOLE, length, 0, 0]);
        if self.is(Fault::KeyAfterTheRecord) {
            pages.extend([last, (1, key_page)]);
        } else {
            pages.extend([(1, key_page), last]);
        }
        if self.summary.contents == Contents::Record(record.to_vec()) && self.key_page == key_page {
            pages.clear();
        }
        let total = pages.len();
        for (done, (page, bytes)) in (1..).zip(pages) {
            put(card, page, bytes)?;
            if page == 1
                && !Command::read_binary(1, 16)
                    .send(card)?
                    .data
                    .starts_with(&bytes)
            {
                let step = "keep its key".to_owned();
                return Err(DriverError::Malformed { step });
            }
            progress(Progress { done, total });
            if self.is(Fault::NoticesTheReaderLate) && self.lacks_raw_commands {
                return Err(READER);
            }
        }
        Ok(())
    }

    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        if record_bytes > CAPACITY {
            return Err(DriverError::TooSmall {
                needed: record_bytes,
                available: CAPACITY,
                card: MODEL.title,
                smallest: cards::smallest_for(record_bytes).map(|model| model.title),
            });
        }
        let may_need_raw = [Fault::NeedsRawCommands, Fault::NoticesTheReaderLate];
        let has_none = self.lacks_raw_commands;
        if has_none && may_need_raw.contains(&self.fault) {
            return Err(READER);
        }
        if self.keys.is_none() && !self.is(Fault::WritesWithoutSiteKeys) {
            return Err(DriverError::NoSiteKeys { card: MODEL.title });
        }
        let admitted = [Fault::TakesAnotherSitesCard, Fault::AdmitsAnotherSitesCard];
        if self.summary.keys == CardKeys::Unknown && !admitted.contains(&self.fault) {
            return Err(DriverError::Locked { what: "keys" });
        }
        Ok(())
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        if self.summary.contents == Contents::Blank {
            return Ok(());
        }
        if let Err(refused) = self.check_fits(0) {
            return if self.is(Fault::WipesNothing) {
                Ok(())
            } else {
                Err(refused)
            };
        }
        put(card, 0, [TORN, 0, 0, 0])?;
        for page in 2..u16::try_from(PAGES).unwrap() {
            put(card, page, [0; PAGE])?;
        }
        put(card, 0, [0; PAGE])
    }

    fn key_version(&self) -> Option<KeyVersion> {
        match self.summary.keys {
            CardKeys::Site(version) if self.is(Fault::NamesTheOldVersion) => Some(version),
            _ => self.key().map(|key| key.version),
        }
    }
}

const READER: DriverError = DriverError::Reader {
    what: "send a toy its own commands",
};

fn put(card: &mut dyn CardChannel, page: u16, bytes: [u8; PAGE]) -> Result<(), DriverError> {
    let response = Command::update_binary(page, &bytes).send(card)?;
    if response.is_success() {
        return Ok(());
    }
    Err(DriverError::Refused {
        step: format!("write page {page}"),
        status: response.status,
    })
}
