//! The first block of the NDEF area, which alone says what is in the others.
//!
//! It holds the TLV's tag and its whole length. While a record is written or wiped it is [`opening`]: an empty message, a
//! terminator, and behind it, where no reader of NDEF looks, that work is in hand and how far it goes.

use crate::record::{ndef, tlv};

use super::sectors::{BLOCK, Block};

/// An empty NDEF TLV and the terminator.
const EMPTY: [u8; 3] = [0x03, 0x00, 0xFE];
const SIGN: &[u8; 10] = b"cardbridge";
const SIGN_AT: usize = EMPTY.len();
const EXTENT_AT: usize = SIGN_AT + SIGN.len();
/// The length of the TLV, or FF where it is longer.
const LENGTH_AT: usize = 1;

/// The first block of an area without a message.
pub(super) fn blank() -> Block {
    let mut block = [0; BLOCK];
    block[..SIGN_AT].copy_from_slice(&EMPTY);
    block
}

/// The first block while work is in hand on the area's first `extent` bytes.
pub(super) fn opening(extent: u16) -> Block {
    let mut block = blank();
    block[SIGN_AT..EXTENT_AT].copy_from_slice(SIGN);
    block[EXTENT_AT..EXTENT_AT + 2].copy_from_slice(&extent.to_be_bytes());
    block
}

/// How far the work goes that this first block says is in hand; `None` when it says no such thing.
pub(super) fn extent(first: &Block) -> Option<usize> {
    let is_opening = first.starts_with(&EMPTY) && first[SIGN_AT..].starts_with(SIGN);
    is_opening.then(|| usize::from(u16::from_be_bytes([first[EXTENT_AT], first[EXTENT_AT + 1]])))
}

/// Whether a first block says that there is nothing: as the factory or as we leave it, or cut short between the two.
pub(super) fn is_blank(first: &Block) -> bool {
    (0..=EMPTY.len()).any(|stored| {
        first[..stored] == EMPTY[..stored] && first[stored..].iter().all(|&byte| byte == 0)
    })
}

/// Whether work is in hand by this first block, also when only a part of it is stored: the block was cut short while it
/// announced the work, or while it ended it.
pub(super) fn is_in_hand(first: &Block) -> bool {
    let announced = pattern(opening(0), &[EXTENT_AT, EXTENT_AT + 1]);
    let ends = RECORDS.map(|(bytes, lengths)| pattern(start_of(bytes), lengths));
    let nothing = [pattern(blank(), &[]), pattern([0; BLOCK], &[])];
    let is_whole = |end: &Pattern| matches(first, end) && first[LENGTH_AT] != 0;
    extent(first).is_some()
        || ends
            .iter()
            .filter(|end| !is_whole(end))
            .any(|end| is_cut(first, &announced, end) || is_cut(first, end, &announced))
        || !is_blank(first)
            && nothing.iter().any(|nothing| {
                is_cut(first, &announced, nothing) || is_cut(first, nothing, &announced)
            })
}

/// What some byte of a block is; `None` where it may be any.
type Pattern = [Option<u8>; BLOCK];

/// A record of each form that the first block can have, and where in it the lengths are: TLV and NDEF record both short,
/// only the record, neither.
const RECORDS: [(usize, &[usize]); 3] = [(0, &[1, 4]), (240, &[2, 3, 6]), (300, &[2, 3, 8, 9])];

/// The first block around a record of so many bytes.
fn start_of(record: usize) -> Block {
    let area = tlv::wrap(&ndef::wrap(&vec![0; record])).unwrap_or_default();
    area.first_chunk().copied().unwrap_or_else(blank)
}

fn pattern(block: Block, any: &[usize]) -> Pattern {
    let mut pattern = block.map(Some);
    for &at in any {
        pattern[at] = None;
    }
    pattern
}

fn matches(bytes: &[u8], pattern: &[Option<u8>]) -> bool {
    let mut pairs = bytes.iter().zip(pattern);
    pairs.all(|(byte, wanted)| wanted.is_none_or(|wanted| wanted == *byte))
}

/// Whether a block is `new` at its beginning and `old` behind that.
fn is_cut(block: &Block, new: &Pattern, old: &Pattern) -> bool {
    (1..BLOCK).any(|stored| {
        matches(&block[..stored], &new[..stored]) && matches(&block[stored..], &old[stored..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tlv;

    #[test]
    fn readers_of_ndef_see_an_empty_message() {
        for block in [blank(), opening(0), opening(3360)] {
            let tlv::Walk::Done(found) = tlv::walk(&block, block.len()) else {
                panic!("all of it is known");
            };
            assert!(found.others.is_empty() && found.end == 2);
            let message = found.ndef.unwrap();
            assert!(message.tag_at == 0 && message.message.is_empty());
            assert_eq!(block[2], tlv::TERMINATOR);
        }
        assert_eq!(extent(&opening(3360)), Some(3360));
        assert_eq!(extent(&blank()), None);
        assert!(is_blank(&blank()) && !is_blank(&opening(0)));
    }

    #[test]
    fn a_block_cut_short_anywhere_is_still_known() {
        let records = [0, 1, 200, 240, 300].map(start_of);
        let mut changes = vec![(opening(48), [0; BLOCK]), (opening(48), blank())];
        changes.extend(records.map(|record| (opening(480), record)));
        changes.extend(records.map(|record| (record, opening(480))));
        for (new, old) in changes {
            for stored in 1..BLOCK {
                let mut block = old;
                block[..stored].copy_from_slice(&new[..stored]);
                let is_known = is_in_hand(&block) || is_blank(&block);
                assert!(is_known || block == new || block == old, "{block:02x?}");
            }
        }
        for whole in records.iter().chain([&blank(), &[0; BLOCK]]) {
            assert!(!is_in_hand(whole), "{whole:02x?}");
        }
    }
}
