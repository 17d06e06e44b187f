//! The least on a MIFARE Classic: its UID; each key that is needed loaded once; an authentication for each sector at each of
//! look, write and reading back, but one that the step before may have left open; each block that changes written once; the
//! message read back, and the directory where it was written. That each sector has its new keys is not in it.
//!
//! The look at a card from the factory is all of it but the manufacturer's block, since nothing but the memory says that it is
//! blank, and nothing but the trailers that it can be written. On a card that holds a record it is directory and message.

use crate::record::{ndef, tlv};

use crate::contract::ClassicSectors;

use super::{Issuance, Traffic, read_binary, read_uid, update_binary};

const BLOCK: usize = 16;
/// `FF 82 00 slot 06 key` and `FF 86 00 00 05 01 00 block kind slot`.
const LOAD_KEY: Traffic = Traffic::one(11, 0);
const AUTHENTICATE: Traffic = Traffic::one(10, 0);
/// The directory of sector 0, and the one of sector 16 where there is one.
const DIRECTORY_1: usize = 2 * BLOCK;
const DIRECTORY_2: usize = 3 * BLOCK;
const MEMORY_4K: usize = 4096;

pub(super) fn least(issuance: &Issuance<'_>) -> Traffic {
    let has_second = issuance.before.len() == MEMORY_4K;
    let directories = if has_second {
        AUTHENTICATE * 2 + read_binary(DIRECTORY_1) + read_binary(DIRECTORY_2)
    } else {
        AUTHENTICATE + read_binary(DIRECTORY_1)
    };
    let area = |record| tlv::area_bytes(ndef::message_bytes(record));
    let message = |record| AUTHENTICATE * sectors_of(area(record)) + read_binary(area(record));
    let read_back =
        AUTHENTICATE * (sectors_of(area(issuance.record)) - 1) + read_binary(area(issuance.record));
    let read_back = match issuance.old_record {
        Some(_) => read_back,
        None => read_back + directories,
    };
    let (keys, look) = if let Some(old) = issuance.old_record {
        (LOAD_KEY, directories + message(old))
    } else if issuance.sectors == ClassicSectors::Needed {
        // What is changed was looked at, but for the manufacturer's block.
        let blocks = changed_bytes(issuance) - BLOCK;
        let look = AUTHENTICATE * changed_sectors(issuance) + read_binary(blocks);
        (LOAD_KEY * 2, look)
    } else {
        let blocks = issuance.before.len() - BLOCK;
        let sectors = sectors(issuance.before.len()).len();
        (LOAD_KEY * 2, AUTHENTICATE * sectors + read_binary(blocks))
    };
    read_uid(issuance.uid_bytes) * 3
        + keys
        + look
        + AUTHENTICATE * (changed_sectors(issuance).saturating_sub(1))
        + update_binary(BLOCK, issuance.before, issuance.after)
        + read_back
}

/// Bytes of each sector of a memory.
fn sectors(memory: usize) -> Vec<usize> {
    const SMALL: usize = 64;
    const LARGE: usize = 256;
    const SMALL_SECTORS: usize = 32;
    let small = (memory / SMALL).min(SMALL_SECTORS);
    let large = (memory - small * SMALL) / LARGE;
    [vec![SMALL; small], vec![LARGE; large]].concat()
}

/// How many sectors an area of so many bytes takes.
fn sectors_of(area: usize) -> usize {
    const DATA: usize = 48;
    const LARGE_DATA: usize = 240;
    const SMALL_SECTORS: usize = 30;
    let small = area.div_ceil(DATA).min(SMALL_SECTORS);
    small
        + area
            .saturating_sub(SMALL_SECTORS * DATA)
            .div_ceil(LARGE_DATA)
}

fn changed_sectors(issuance: &Issuance<'_>) -> usize {
    changed(issuance).count()
}

fn changed_bytes(issuance: &Issuance<'_>) -> usize {
    changed(issuance).sum()
}

/// Bytes of each sector that is another than before.
fn changed(issuance: &Issuance<'_>) -> impl Iterator<Item = usize> {
    let mut start = 0;
    sectors(issuance.before.len())
        .into_iter()
        .filter(move |bytes| {
            let sector = start..start + bytes;
            start += bytes;
            issuance.before.get(sector.clone()) != issuance.after.get(sector)
        })
}
