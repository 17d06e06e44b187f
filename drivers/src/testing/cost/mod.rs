//! What one issuance takes: how many commands, and how many bytes, against the least that this card and this record could
//! do with. Every command is an exchange on the air, which is where the time of an issuance goes.
//!
//! An issuance is all that goes to the reader from the moment at which the card is placed until what was written is read back:
//! identify, inspect, ask again whether it is the same card, write, ask once more, inspect. It is counted where the PC/SC
//! library hands it to an ACS ACR122U, commands and answers, status words included. The bound counts no failed command and
//! nothing twice; what it treats as indispensable is stated for each technology.
//!
//! | file | the least on |
//! |---|---|
//! | `type2` | Type 2 tags |
//! | `type4` | NTAG 424 DNA |
//! | `classic` | MIFARE Classic |
//! | `desfire` | DESFire |
//! | `table` | all cards, in the README's table |

mod classic;
mod desfire;
mod table;
mod type2;
mod type4;

use std::ops::{Add, AddAssign, Mul};

use crate::cards;
use crate::contract::{
    CardChannel, ClassicSectors, Contents, DriverError, DriverSettings, Family, ReaderProfile,
    SimulatedCard, Version, identify, identify_again, inspect_again,
};

use super::{Recorder, SimulatedReader, site_settings};

pub use table::{RECORD_BYTES, table};

/// Command APDUs and their answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Commands sent.
    pub commands: usize,
    /// Bytes of the commands and of their answers, status words included.
    pub bytes: usize,
}

impl Traffic {
    /// One command of `sent` bytes that is answered with `answered` bytes and a status word.
    const fn one(sent: usize, answered: usize) -> Self {
        const STATUS_WORD: usize = 2;
        Self {
            commands: 1,
            bytes: sent + answered + STATUS_WORD,
        }
    }
}

impl Add for Traffic {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            commands: self.commands + other.commands,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<usize> for Traffic {
    type Output = Self;

    fn mul(self, times: usize) -> Self {
        Self {
            commands: self.commands * times,
            bytes: self.bytes * times,
        }
    }
}

/// What one issuance took, and the least that it could have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// What went over the channel.
    pub spent: Traffic,
    /// The lower bound.
    pub least: Traffic,
}

impl Cost {
    /// Commands above the bound.
    #[must_use]
    pub fn excess(&self) -> usize {
        self.spent.commands.saturating_sub(self.least.commands)
    }
}

/// One issuance, as the bounds see it.
struct Issuance<'a> {
    /// Bytes of the UID that the reader gives.
    uid_bytes: usize,
    /// Bytes of the record that was on the card, if one was.
    old_record: Option<usize>,
    /// Bytes of the record that was written.
    record: usize,
    /// Which sectors of a MIFARE Classic are to get keys.
    sectors: ClassicSectors,
    /// The card's memory before and after.
    before: &'a [u8],
    after: &'a [u8],
}

/// A card on a reader that counts.
#[derive(Debug)]
pub struct CountingDesk {
    reader: Recorder<SimulatedReader>,
    settings: DriverSettings,
}

impl CountingDesk {
    /// Puts a card on an ACR122U, at a site with keys.
    #[must_use]
    pub fn with(card: Box<dyn SimulatedCard>) -> Self {
        Self {
            reader: Recorder::new(SimulatedReader::new(card, ReaderProfile::ACR122U)),
            settings: site_settings(),
        }
    }

    /// The same where only those sectors of a MIFARE Classic get keys that are needed.
    #[must_use]
    pub fn with_needed_sectors(mut self) -> Self {
        self.settings.classic_sectors = ClassicSectors::Needed;
        self
    }

    /// Issues `record` on the card as it now is.
    ///
    /// # Errors
    /// What the driver answers.
    pub fn issue(&mut self, record: &[u8]) -> Result<Cost, DriverError> {
        const DESFIRE: u8 = 0x01;

        let reader = &mut self.reader;
        // Counted as for a caller that comes to this card afresh.
        reader.channel_mut().reset();
        reader.clear();
        let before = reader.channel().card().memory();
        let card_type = identify(reader)?;
        let (_, driver) = cards::driver_for(&card_type, &self.settings).ok_or(UNKNOWN)?;
        let seen = driver.inspect(reader, &card_type)?;
        // As the agent does, whose count of commands a test compares with this one.
        identify_again(reader, &card_type)?;
        seen.write(reader, record, &mut |_| {})?;
        let holds = inspect_again(reader, &card_type, &*driver)?;
        if holds.summary().contents != Contents::Record(record.to_vec()) {
            return Err(DriverError::Malformed {
                step: "hold what was written".to_owned(),
            });
        }
        let mut spent = Traffic::default();
        for exchange in reader.exchanges() {
            let answered = exchange
                .answer
                .as_ref()
                .map_or(0, |answer| answer.to_bytes().len());
            spent += Traffic {
                commands: 1,
                bytes: exchange.bytes().len() + answered,
            };
        }
        let issuance = Issuance {
            uid_bytes: card_type.uid.as_bytes().len(),
            old_record: match &seen.summary().contents {
                Contents::Record(old) | Contents::Beside(old) => Some(old.len()),
                Contents::Blank | Contents::Torn | Contents::Foreign | Contents::Broken => None,
            },
            record: record.len(),
            sectors: self.settings.classic_sectors,
            before: &before,
            after: &reader.channel().card().memory(),
        };
        let least = match card_type.version {
            // The major version of EV1 is 1.
            Version::Part4 { hardware, .. } if hardware[1] & 0x0F == DESFIRE => {
                desfire::least(&issuance, hardware[3] > 1)
            }
            Version::Part4 { .. } => type4::least(&issuance),
            _ if Family::from_atr(reader.atr()).may_be_ultralight() => type2::least(&issuance),
            // Classic is what else there is.
            _ => classic::least(&issuance),
        };
        Ok(Cost { spent, least })
    }
}

const UNKNOWN: DriverError = DriverError::Unsupported {
    what: "there is no driver or no simulated card for it",
};

/// `FF CA 00 00 00`: which card it is, asked again before anything is written on it, and before what was written is read back.
/// A card that proves a key which was made for its UID, and which cannot be found out, need not be asked for the latter.
fn read_uid(uid_bytes: usize) -> Traffic {
    Traffic::one(5, uid_bytes)
}

/// READ BINARY of 16 bytes, as often as it takes.
fn read_binary(bytes: usize) -> Traffic {
    const READ: usize = 16;
    Traffic::one(5, READ) * bytes.div_ceil(READ)
}

/// UPDATE BINARY of every unit of memory that differs, once.
fn update_binary(unit: usize, before: &[u8], after: &[u8]) -> Traffic {
    const HEADER: usize = 5;
    let changed = before
        .chunks(unit)
        .zip(after.chunks(unit))
        .filter(|(before, after)| before != after)
        .count();
    Traffic::one(HEADER + unit, 0) * changed
}

/// A record of no zero bytes, so that what is zero on a new card must be written; another one for each `seed`.
#[must_use]
pub fn record(seed: u8, bytes: usize) -> Vec<u8> {
    (1..=255)
        .cycle()
        .skip(usize::from(seed))
        .take(bytes)
        .collect()
}
