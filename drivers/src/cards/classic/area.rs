//! The first block of the NDEF area, which alone says what stands in the others.
//!
//! It holds the TLV's tag and its whole length. While a record is written or wiped it is [`opening`]: an empty message, a
//! terminator, and behind it, where no reader of NDEF looks, that work is in hand and how far it goes.

use super::sectors::{BLOCK, Block};

/// An empty NDEF TLV and the terminator.
const EMPTY: [u8; 3] = [0x03, 0x00, 0xFE];
const SIGN: &[u8; 10] = b"cardbridge";
const SIGN_AT: usize = EMPTY.len();
const EXTENT_AT: usize = SIGN_AT + SIGN.len();

/// The first block of an area without a message.
pub(super) fn blank() -> Block {
    let mut block = [0; BLOCK];
    block[..SIGN_AT].copy_from_slice(&EMPTY);
    block
}

/// The first block while work is in hand on the area's first `extent` bytes.
pub(super) fn opening(extent: usize) -> Block {
    let mut block = blank();
    block[SIGN_AT..EXTENT_AT].copy_from_slice(SIGN);
    // No card has an area of more than 3360 bytes.
    let extent = u16::try_from(extent).unwrap_or(u16::MAX);
    block[EXTENT_AT..EXTENT_AT + 2].copy_from_slice(&extent.to_be_bytes());
    block
}

/// How far the work goes that this first block says is in hand; `None` when it says no such thing.
pub(super) fn extent(first: &Block) -> Option<usize> {
    let is_opening = first.starts_with(&EMPTY) && first[SIGN_AT..].starts_with(SIGN);
    is_opening.then(|| usize::from(u16::from_be_bytes([first[EXTENT_AT], first[EXTENT_AT + 1]])))
}

/// Whether a first block says that there is nothing: as the factory or as we leave it.
pub(super) fn is_blank(first: &Block) -> bool {
    *first == blank() || *first == [0; BLOCK]
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
}
