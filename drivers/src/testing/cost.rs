//! How many commands one issuance takes, against the fewest that it could take. Every command is an exchange on the air,
//! which is where the time of an issuance goes.

use crate::contract::{DriverError, ReaderProfile, SimulatedCard, identify};
use crate::record::{ndef, tlv};

use super::{Recorder, SimulatedReader, site_settings};

/// Bytes of a page of a Type 2 tag, and of a READ.
const PAGE: usize = 4;
const READ: usize = 16;
/// Lock bits and capability container, which stand right before the data area and must be known to write.
const HEADER: usize = 2 * PAGE;

/// What one issuance took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Commands sent: UID, version, inspection, writes, inspection.
    pub commands: usize,
    /// The fewest commands that do this: UID and version; a look at the card, one READ where it is formatted and all of
    /// its data area where nothing but the memory says that it is blank; a write for each page that changes; lock
    /// bits, capability container and message read back.
    pub lower_bound: usize,
}

impl Cost {
    /// Commands above the bound.
    #[must_use]
    pub fn excess(&self) -> usize {
        self.commands.saturating_sub(self.lower_bound)
    }
}

/// Issues `record` on a Type 2 tag, on a reader with a PN532, and counts.
///
/// # Errors
/// What the driver answers.
pub fn of_type2_issuance(card: Box<dyn SimulatedCard>, record: &[u8]) -> Result<Cost, DriverError> {
    let mut reader = Recorder::new(SimulatedReader::new(card, ReaderProfile::ACR122U));
    let before = reader.channel().card().memory();
    let card_type = identify(&mut reader)?;
    let (_, driver) =
        crate::cards::driver_for(&card_type, &site_settings()).ok_or(DriverError::Unsupported {
            what: "no driver recognises it",
        })?;
    let seen = driver.inspect(&mut reader, &card_type)?;
    driver.write(&mut reader, &seen, record, &mut |_| {})?;
    driver.inspect(&mut reader, &card_type)?;

    let after = reader.channel().card().memory();
    let changed = before
        .chunks(PAGE)
        .zip(after.chunks(PAGE))
        .filter(|(before, after)| before != after)
        .count();
    let looked_at = if declared_area(&before) > 0 {
        READ
    } else {
        HEADER + declared_area(&after)
    };
    let message = tlv::area_bytes(ndef::message_bytes(record.len()));
    Ok(Cost {
        commands: reader.exchanges().len(),
        lower_bound: 2 + looked_at.div_ceil(READ) + changed + (HEADER + message).div_ceil(READ),
    })
}

/// Bytes of the data area, as the capability container says; 0 on a tag that is not formatted.
fn declared_area(memory: &[u8]) -> usize {
    const SIZE_AT: usize = 3 * PAGE + 2;
    memory.get(SIZE_AT).map_or(0, |&size| usize::from(size) * 8)
}
