//! Drivers with one fault each, around the real one.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::Command;
use cardbridge_drivers::contract::{
    CardChannel, CardType, ChannelError, Contents, Driver, DriverError, DriverSettings,
    InspectedCard, Inspection, Progress,
};
use cardbridge_drivers::keys::KeyVersion;
use cardbridge_drivers::record::{ndef, tlv};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    LengthFirst,
    OldLengthStays,
    BlindContainer,
    IgnoresLocks,
    WritesEverything,
    HidesErrors,
    WipesOnlyLength,
    WipesLengthLast,
    InspectionWrites,
    SeesNothingForeign,
    OneByteShort,
}

#[derive(Debug)]
pub(crate) struct WrongDriver {
    real: Box<dyn Driver>,
    fault: Fault,
}

impl WrongDriver {
    pub(crate) fn boxed(fault: Fault) -> Box<dyn Driver> {
        let (registration, _) = cards::model("ntag213").unwrap();
        Box::new(Self {
            real: (registration.build)(&DriverSettings::default()),
            fault,
        })
    }
}

impl Driver for WrongDriver {
    fn recognises(&self, card: &CardType) -> bool {
        self.real.recognises(card)
    }

    fn inspect(
        &self,
        card: &mut dyn CardChannel,
        card_type: &CardType,
    ) -> Result<Box<dyn InspectedCard>, DriverError> {
        let real = self.real.inspect(card, card_type)?;
        let mut summary = real.summary().clone();
        if self.fault == Fault::InspectionWrites && summary.contents == Contents::Blank {
            put(card, 4, [0x03, 0x00, 0xFE, 0x00])?;
        }
        if self.fault == Fault::SeesNothingForeign && summary.contents == Contents::Foreign {
            summary.contents = Contents::Blank;
        }
        let fault = self.fault;
        Ok(Box::new(WrongCard {
            real,
            summary,
            fault,
        }))
    }
}

#[derive(Debug)]
struct WrongCard {
    real: Box<dyn InspectedCard>,
    summary: Inspection,
    fault: Fault,
}

impl WrongCard {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

impl InspectedCard for WrongCard {
    fn summary(&self) -> &Inspection {
        &self.summary
    }

    fn write(
        &self,
        card: &mut dyn CardChannel,
        record: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        if self.is(Fault::BlindContainer) {
            put(card, 3, [0xE1, 0x10, 0x06, 0x00])?;
        }
        self.check_fits(record.len())?;
        let same = self.summary.contents == Contents::Record(record.to_vec());
        match self.fault {
            Fault::LengthFirst if !same => put_all(card, pages(record)),
            Fault::OldLengthStays if !same => {
                let mut pages = pages(record);
                pages.rotate_left(1);
                put_all(card, pages)
            }
            Fault::IgnoresLocks if !same => put_safely(card, record),
            Fault::WritesEverything => put_safely(card, record),
            Fault::HidesErrors => match self.real.write(card, record, progress) {
                Err(DriverError::Channel(ChannelError::Removed)) => Ok(()),
                other => other,
            },
            _ => self.real.write(card, record, progress),
        }
    }

    fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        match self.real.check_fits(record_bytes) {
            Err(DriverError::Locked { .. }) if self.is(Fault::IgnoresLocks) => Ok(()),
            Ok(()) if self.is(Fault::OneByteShort) => self.real.check_fits(record_bytes + 1),
            other => other,
        }
    }

    fn wipe(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        let Contents::Record(record) = &self.summary.contents else {
            return self.real.wipe(card);
        };
        let empty = (4, [0x03, 0x00, 0xFE, 0x00]);
        match self.fault {
            Fault::WipesOnlyLength => put_all(card, vec![empty]),
            Fault::WipesLengthLast => {
                let mut pages = pages(record);
                for (_, bytes) in &mut pages {
                    *bytes = [0; 4];
                }
                pages.reverse();
                pages.pop();
                pages.push(empty);
                put_all(card, pages)
            }
            _ => self.real.wipe(card),
        }
    }

    fn key_version(&self) -> Option<KeyVersion> {
        self.real.key_version()
    }
}

fn pages(record: &[u8]) -> Vec<(u16, [u8; 4])> {
    let area = tlv::wrap(&ndef::wrap(record)).unwrap();
    (4..)
        .zip(area.chunks(4).map(|chunk| {
            let mut page = [0; 4];
            page[..chunk.len()].copy_from_slice(chunk);
            page
        }))
        .collect()
}

/// The right order, but everything.
fn put_safely(card: &mut dyn CardChannel, record: &[u8]) -> Result<(), DriverError> {
    let mut pages = pages(record);
    let last = pages.remove(0);
    pages.insert(0, (4, [0x03, 0x00, 0xFE, 0x00]));
    pages.push(last);
    put_all(card, pages)
}

fn put_all(card: &mut dyn CardChannel, pages: Vec<(u16, [u8; 4])>) -> Result<(), DriverError> {
    pages
        .into_iter()
        .try_for_each(|(page, bytes)| put(card, page, bytes))
}

fn put(card: &mut dyn CardChannel, page: u16, bytes: [u8; 4]) -> Result<(), DriverError> {
    let response = Command::update_binary(page, &bytes).send(card)?;
    if response.is_success() {
        return Ok(());
    }
    Err(DriverError::Refused {
        step: format!("write page {page}"),
        status: response.status,
    })
}
