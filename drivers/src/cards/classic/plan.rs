//! What to write, and in which order.
//!
//! 1. The first block of the area says that work is in hand.
//! 2. The message, sector by sector, and behind the data of each its trailer, where that is not ours yet.
//! 3. The directories, sector 0 last: it speaks for all others.
//! 4. The first block, with the true length, under the site's key: only now there is a record.

use crate::contract::{Contents, DriverError};
use crate::keys::KeyVersion;

use super::super::ndef::area_with;
use super::area;
use super::keys::Credential;
use super::layout::{Layout, Memory};
use super::sectors::{BLOCK, Block, data_blocks, sector_of};

/// One write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Data { block: u8, bytes: Block },
    Trailer { sector: u8 },
}

/// The steps that write `record` to the inspected card, under the site's key of this version: none when it is there so.
pub(super) fn to_write(
    memory: &Memory,
    layout: &Layout,
    contents: &Contents,
    record: &[u8],
    version: KeyVersion,
) -> Result<Vec<Step>, DriverError> {
    let lacks_trailer = |sector: u8| !layout.is_finished(memory, sector, version);
    let is_there = matches!(contents, Contents::Record(present) if present == record);
    if is_there && !layout.sectors().any(lacks_trailer) {
        return Ok(vec![]);
    }
    let message = area_with(record)?;
    let blocks = layout.blocks();
    let mut new = blocks
        .iter()
        .copied()
        .zip(message.chunks(BLOCK).map(padded));
    let last = new.next().map(|(block, bytes)| Step::Data { block, bytes });
    let new: Vec<(u8, Block)> = new.collect();

    let declared = memory.declared();
    let extent = message.len().next_multiple_of(BLOCK);
    let mut steps: Vec<Step> = opening(memory, &blocks, extent)?.into_iter().collect();
    for &sector in &layout.ndef {
        let of_sector = new.iter().filter(|(block, _)| sector_of(*block) == sector);
        let data = differing(memory, of_sector);
        let trailer = lacks_trailer(sector).then_some(Step::Trailer { sector });
        // A sector that a card of ours takes in addition gets its key first: cut short, it is free or has that key.
        if memory.is_formatted() && !declared.contains(&sector) {
            steps.extend(trailer.into_iter().chain(data));
        } else {
            steps.extend(data.chain(trailer));
        }
    }
    for &sector in &layout.directories {
        steps.extend(differing(memory, &layout.directory_blocks(memory, sector)));
        steps.extend(lacks_trailer(sector).then_some(Step::Trailer { sector }));
    }
    steps.extend(last);
    Ok(steps)
}

/// How many bytes of the area a record takes.
pub(super) fn message_bytes(record: &[u8]) -> Result<usize, DriverError> {
    Ok(area_with(record)?.len())
}

/// The steps that take our record, of which there is one, off the card seen. Keys and directory stay: the next
/// record needs them. Torn on the way, the card is wiped by wiping it again.
pub(super) fn to_wipe(memory: &Memory, layout: &Layout) -> Result<Vec<Step>, DriverError> {
    let blocks = layout.blocks();
    let used = used_bytes(memory, &blocks).div_ceil(BLOCK);
    let mut area = blocks.iter().copied().take(used.max(1));
    let last = area.next().map(|block| Step::Data {
        block,
        bytes: area::blank(),
    });
    let zeroes: Vec<(u8, Block)> = area
        .chain(begun_directories(memory, layout))
        .map(|block| (block, [0; BLOCK]))
        .collect();
    Ok(opening(memory, &blocks, 0)?
        .into_iter()
        .chain(differing(memory, &zeroes))
        .chain(last)
        .collect())
}

/// The blocks of directories that were written and have not got their key yet: without the mark of work in hand they would pass
/// for another system's data.
fn begun_directories(memory: &Memory, layout: &Layout) -> impl Iterator<Item = u8> {
    let is_begun = memory.mad_version().is_none();
    let sectors = layout.directories.iter().filter(move |sector| {
        is_begun && !matches!(memory.credential(**sector), Some(Credential::Site(_)))
    });
    sectors.flat_map(|&sector| data_blocks(sector))
}

/// How far work is in hand that was cut short; 0 where none is.
pub(super) fn begun_bytes(memory: &Memory, blocks: &[u8]) -> usize {
    let first = blocks.first().and_then(|block| memory.block(*block));
    match first.filter(area::is_in_hand) {
        Some(first) => area::extent(&first).unwrap_or_else(|| used_bytes(memory, blocks)),
        None => 0,
    }
}

fn differing<'a>(
    memory: &'a Memory,
    blocks: impl IntoIterator<Item = &'a (u8, Block)>,
) -> impl Iterator<Item = Step> {
    blocks
        .into_iter()
        .filter(|(block, bytes)| memory.block(*block) != Some(*bytes))
        .map(|&(block, bytes)| Step::Data { block, bytes })
}

/// Says that work is in hand over what is written now and what was there before, so that a wipe later on takes both off.
fn opening(memory: &Memory, blocks: &[u8], extent: usize) -> Result<Option<Step>, DriverError> {
    let Some(&block) = blocks.first() else {
        return Ok(None);
    };
    let extent = extent.max(used_bytes(memory, blocks));
    let present = memory.block(block).and_then(|first| area::extent(&first));
    if present.is_some_and(|present| present >= extent) {
        return Ok(None);
    }
    let extent = u16::try_from(extent).map_err(|_| DriverError::TooLong {
        what: "what is on the card",
    })?;
    Ok(Some(Step::Data {
        block,
        bytes: area::opening(extent),
    }))
}

/// How far anything is in the area: by what is in hand, or by what was read.
pub(super) fn used_bytes(memory: &Memory, blocks: &[u8]) -> usize {
    let in_hand = blocks
        .first()
        .and_then(|block| area::extent(&memory.block(*block)?))
        .unwrap_or(0);
    let known = blocks
        .iter()
        .rposition(|block| {
            memory
                .block(*block)
                .is_some_and(|bytes| bytes != [0; BLOCK])
        })
        .map_or(0, |last| (last + 1) * BLOCK);
    in_hand.max(known).min(blocks.len() * BLOCK)
}

fn padded(chunk: &[u8]) -> Block {
    let mut block = [0; BLOCK];
    block[..chunk.len()].copy_from_slice(chunk);
    block
}
