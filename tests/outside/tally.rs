//! A driver that is not built in: a technology of its own, with keys, a setting and a form of command that nothing else knows.
//! All of it is this file, its simulated card included.
//!
//! A card has cells of four bytes and one key of four bytes. A write sends the key along; reading is free. Cell 0 says what
//! is in the others: a mark and the length of a record, which the setting `mark` chooses.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    Answer, CardChannel, CardKeys, CardType, Contents, Driver, DriverError, DriverSettings, Family,
    Finding, InspectedCard, Inspection, Mishap, Model, ModelKey, Others, Progress, ReaderProfile,
    Registration, Setting, SettingValue, SimulatedCard, Specimen, Uid, Writes,
};
use cardbridge_drivers::keys::{KeyVersion, SiteKey, SiteKeys};

pub(crate) const REGISTRATION: Registration = Registration {
    name: "tally",
    about: "cards of cells under one key",
    models: &[MODEL],
    settings: &[Setting {
        key: "mark",
        about: "the byte by which a record is known, 1 to 99",
        check: |value| mark(value).map(drop),
        tried: || vec![SettingValue::Number(7)],
    }],
    build: |settings| Box::new(Tally::new(settings)),
    simulate: |_, uid| Some(Box::new(SimulatedTally::new(uid)?)),
    specimens,
};

const MODEL: Model = Model {
    name: "tally-128",
    title: "Tally 128",
    memory: CELLS * CELL,
    capacity: 100,
    key: ModelKey::Site,
    key_needs_raw_path: false,
};

const CELL: usize = 4;
const CELLS: usize = 32;
/// The card name in its answer to reset.
const NAME: u16 = 0xFF20;
/// Where a record begins.
const FIRST: u8 = 1;
const USUAL_MARK: u8 = 1;
const TORN: u8 = 0xEE;
/// The cell that holds the key.
const KEY: u8 = 0xFF;
const FACTORY_KEY: [u8; 4] = [0xFF; 4];
/// The commands of a reader for such a card: read 16 bytes, write with the key, try a key.
const READ: u8 = 0xE1;
const WRITE: u8 = 0xE2;
const TRY: u8 = 0xE3;

fn mark(value: &SettingValue) -> Result<u8, String> {
    match value {
        SettingValue::Number(number @ 1..=99) => u8::try_from(*number).map_err(|_| String::new()),
        _ => Err("it must be a number from 1 to 99".to_owned()),
    }
}

#[derive(Debug)]
struct Tally {
    keys: Option<SiteKeys>,
    mark: u8,
}

impl Tally {
    fn new(settings: &DriverSettings) -> Self {
        let set = settings.own.value(REGISTRATION.name, "mark");
        Self {
            keys: settings.site_keys.clone(),
            mark: set.and_then(|set| mark(set).ok()).unwrap_or(USUAL_MARK),
        }
    }
}

impl Driver for Tally {
    fn recognises(&self, card: &CardType) -> bool {
        card.family == Family::Storage { name: NAME }
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError> {
        let mut cells = vec![];
        for cell in (0..).step_by(4).take(CELLS / 4) {
            let read = Command::new([0xFF, READ, 0, cell]).expecting(16);
            cells.extend(accepted(read.send(card)?, "read its cells")?);
        }
        let uid = card_type.uid;
        let site = self.keys.iter().flat_map(SiteKeys::iter);
        let known = site.map(|key| (CardKeys::Site(key.version), of_card(key, &uid)));
        let mut found = (CardKeys::Unknown, None);
        for (keys, key) in known.chain([(CardKeys::Factory, FACTORY_KEY)]) {
            let tried = Command::new([0xFF, TRY, 0, 0]).with_secret(&key);
            if tried.send(card)?.is_success() {
                found = (keys, Some(key));
                break;
            }
        }
        let (keys, key) = found;
        let length = usize::from(cells[1]);
        let contents = match cells[0] {
            0 => Contents::Blank,
            mark if mark == self.mark && length > 0 => cells
                .get(CELL..CELL + length)
                .map_or(Contents::Foreign, |record| {
                    Contents::Record(record.to_vec())
                }),
            mark if mark == self.mark || mark == TORN => Contents::Torn,
            _ => Contents::Foreign,
        };
        let foreign = contents == Contents::Foreign;
        Ok(Box::new(InspectedTally {
            summary: Inspection {
                uid,
                model: &MODEL,
                capacity: MODEL.capacity,
                contents,
                others: if foreign {
                    vec![Others::Memory]
                } else {
                    vec![]
                },
                keys,
            },
            key,
            current: self.keys.as_ref().map(|keys| {
                let current = keys.current();
                (current.version, of_card(current, &uid))
            }),
            mark: self.mark,
        }))
    }
}

fn of_card(key: &SiteKey, uid: &Uid) -> [u8; 4] {
    let [k0, k1, k2, k3, ..] = *key.diversify(uid, &[], 0).expose();
    [k0, k1, k2, k3]
}

#[derive(Debug)]
struct InspectedTally {
    summary: Inspection,
    /// The key that it has, where that is known.
    key: Option<[u8; 4]>,
    /// The one that it is to get.
    current: Option<(KeyVersion, [u8; 4])>,
    mark: u8,
}

impl InspectedTally {
    fn keys(&self) -> Result<([u8; 4], [u8; 4]), DriverError> {
        let card = MODEL.title;
        let (_, new) = self.current.ok_or(DriverError::NoSiteKeys { card })?;
        let what = "its key is not this site's";
        Ok((self.key.ok_or(DriverError::Locked { what })?, new))
    }
}

impl InspectedCard for InspectedTally {
    fn summary(&self) -> &Inspection {
        &self.summary
    }

    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        self.keys()?;
        if record_bytes <= MODEL.capacity {
            return Ok(());
        }
        Err(DriverError::TooSmall {
            needed: record_bytes,
            available: MODEL.capacity,
            card: MODEL.title,
            smallest: cards::smallest_for(record_bytes).map(|model| model.title),
        })
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        self.check_fits(record.len())?;
        let (old, new) = self.keys()?;
        let is_there = matches!(&self.summary.contents, Contents::Record(there) if there == record);
        if is_there && old == new {
            return Ok(());
        }
        let length =
            u8::try_from(record.len()).map_err(|_| DriverError::TooLong { what: "the record" })?;
        let mut steps = vec![(0, [TORN, 0, 0, 0], old)];
        steps.extend((FIRST..).zip(record.chunks(CELL)).map(|(cell, bytes)| {
            let mut whole = [0; CELL];
            whole[..bytes.len()].copy_from_slice(bytes);
            (cell, whole, old)
        }));
        steps.push((KEY, new, old));
        steps.push((0, [self.mark, length, 0, 0], new));
        carry_out(card, &steps, progress)
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        if let Contents::Blank | Contents::Foreign = self.summary.contents {
            return Ok(());
        }
        let (key, _) = self.keys()?;
        let cells = (FIRST..).take(CELLS - 1).map(|cell| (cell, [0; CELL], key));
        let steps: Vec<_> = [(0, [TORN, 0, 0, 0], key)]
            .into_iter()
            .chain(cells)
            .chain([(0, [0; CELL], key)])
            .collect();
        carry_out(card, &steps, &mut |_| {})
    }

    fn key_version(&self) -> Option<KeyVersion> {
        self.current.map(|(version, _)| version)
    }
}

fn carry_out(
    card: &mut dyn CardChannel,
    steps: &[(u8, [u8; CELL], [u8; 4])],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DriverError> {
    let total = steps.len();
    for (done, (cell, bytes, key)) in (1..).zip(steps) {
        let write = Command::new([0xFF, WRITE, 0, *cell]);
        let write = write.with_secret(key).with_data(bytes);
        accepted(write.send(card)?, "write a cell")?;
        progress(Progress { done, total });
    }
    Ok(())
}

fn accepted(answer: Response, step: &str) -> Result<Vec<u8>, DriverError> {
    if answer.is_success() {
        return Ok(answer.data);
    }
    Err(DriverError::Refused {
        step: step.to_owned(),
        status: answer.status,
    })
}

/// One card, which stores a cell in pieces and a key wholly or not at all.
#[derive(Debug)]
struct SimulatedTally {
    uid: Uid,
    cells: Vec<u8>,
    key: [u8; 4],
    writes: Writes,
    is_mute: bool,
}

impl SimulatedTally {
    fn new(uid: Uid) -> Option<Self> {
        (uid.as_bytes().len() == 7).then(|| Self {
            uid,
            cells: vec![0; CELLS * CELL],
            key: FACTORY_KEY,
            writes: Writes::default(),
            is_mute: false,
        })
    }

    fn write(&mut self, cell: u8, bytes: &[u8]) -> u16 {
        let at = usize::from(cell) * CELL;
        let stored = if cell == KEY {
            match self.writes.begin() {
                Some(Mishap::Torn { .. }) => Err(()),
                Some(Mishap::Swallowed) => Ok(()),
                None => {
                    self.key.copy_from_slice(bytes);
                    Ok(())
                }
            }
        } else if let Some(place) = self.cells.get_mut(at..at + CELL) {
            self.writes.store(place, bytes).map_err(|_| ())
        } else {
            return 0x6A82;
        };
        self.is_mute = stored.is_err();
        if self.is_mute { 0x6300 } else { 0x9000 }
    }
}

impl SimulatedCard for SimulatedTally {
    fn model(&self) -> &'static str {
        MODEL.name
    }

    fn uid(&self) -> Uid {
        self.uid
    }

    fn atr(&self) -> Vec<u8> {
        let [high, low] = NAME.to_be_bytes();
        let mut atr = vec![
            0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x03, high,
            low, 0x00, 0x00, 0x00, 0x00,
        ];
        atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
        atr
    }

    fn select(&mut self) {
        self.is_mute = false;
    }

    /// It knows no frames that another technology has.
    fn exchange(&mut self, _frame: &[u8]) -> Answer {
        Answer::Silence
    }

    fn answer_as_reader(&mut self, command: &[u8], _reader: &ReaderProfile) -> Option<Vec<u8>> {
        let (data, status) = match *command {
            [0xFF, READ | WRITE | TRY, ..] if self.is_mute => (&[][..], 0x6300),
            [0xFF, READ, 0, cell, 16] => {
                let at = usize::from(cell) * CELL;
                match self.cells.get(at..at + 16) {
                    Some(cells) => (cells, 0x9000),
                    None => (&[][..], 0x6A82),
                }
            }
            [0xFF, TRY, 0, 0, 4, ref key @ ..] if key == self.key => (&[][..], 0x9000),
            [0xFF, WRITE, 0, cell, 8, ref rest @ ..] if rest.starts_with(&self.key) => {
                (&[][..], self.write(cell, &rest[4..]))
            }
            [0xFF, WRITE | TRY, ..] => (&[][..], 0x6982),
            _ => return None,
        };
        Some([data, &u16::to_be_bytes(status)].concat())
    }

    fn memory(&self) -> Vec<u8> {
        [&self.key[..], &self.cells].concat()
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        let fits = memory.len() == self.memory().len();
        if fits {
            let (key, cells) = memory.split_at(CELL);
            self.key.copy_from_slice(key);
            self.cells.copy_from_slice(cells);
        }
        fits
    }

    fn writes(&self) -> u64 {
        self.writes.accepted()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.writes.spoil_next(mishap);
    }
}

fn specimens(_model: &str, uid: Uid) -> Vec<Specimen> {
    let card = |key: [u8; 4], first: u8| {
        let mut card = SimulatedTally::new(uid)?;
        card.key = key;
        card.cells[0] = first;
        Some(Box::new(card) as Box<dyn SimulatedCard>)
    };
    [
        (
            "a key of somebody's",
            Finding::Locked,
            card([1, 2, 3, 4], 0),
        ),
        (
            "a mark of others",
            Finding::Foreign,
            card(FACTORY_KEY, 0x55),
        ),
    ]
    .into_iter()
    .filter_map(|(what, finding, card)| {
        Some(Specimen {
            what,
            finding,
            card: card?,
        })
    })
    .collect()
}
