//! What an NDEF message, and the blocks around it, mean for a driver that writes the card, and ([`order`]) how it is written.

pub(super) mod order;

use crate::contract::{Contents, DriverError, Others};
use crate::record::ndef::{self, Message};
use crate::record::tlv::{self, Blocks, NDEF_MESSAGE};

/// What is on a card, and what of it is not ours.
pub(super) type Verdict = (Contents, Vec<Others>);

/// What a data area holds with `record` on it, from its first byte to the terminator.
///
/// # Errors
/// [`DriverError::TooLong`].
pub(super) fn area_with(record: &[u8]) -> Result<Vec<u8>, DriverError> {
    tlv::wrap(&ndef::wrap(record)).ok_or(DriverError::TooLong { what: "the record" })
}

/// Judges a message by itself.
pub(super) fn of_message(message: &[u8]) -> Verdict {
    let others = || match ndef::others(message) {
        Some(kinds) => kinds.into_iter().map(Others::Record).collect(),
        None => vec![Others::Message],
    };
    match ndef::unwrap(message) {
        Message::Empty => (Contents::Blank, vec![]),
        Message::Record(record) => (Contents::Record(record.to_vec()), vec![]),
        Message::Beside(record) => (Contents::Beside(record.to_vec()), others()),
        Message::Foreign => (Contents::Foreign, others()),
        Message::Broken => (Contents::Broken, others()),
    }
}

/// Judges a data area by its blocks. Its message was read, if it has one.
pub(super) fn of_area(area: &[u8], blocks: &Blocks) -> Verdict {
    let message = blocks
        .ndef
        .as_ref()
        .map_or(Some(&[][..]), |found| area.get(found.message.clone()));
    let Some(message) = message else {
        return foreign(Others::Message);
    };
    let (contents, mut others) = of_message(message);
    if blocks.others.is_empty() {
        return (contents, others);
    }
    others.extend(blocks.others.iter().copied().map(Others::Block));
    let is_cut_off = blocks.ndef.is_none() && blocks.others == [NDEF_MESSAGE];
    let contents = match contents {
        _ if is_cut_off => Contents::Broken,
        Contents::Record(record) | Contents::Beside(record) => Contents::Beside(record),
        Contents::Blank | Contents::Torn | Contents::Foreign | Contents::Broken => {
            Contents::Foreign
        }
    };
    (contents, others)
}

/// A card with this of others.
pub(super) fn foreign(what: Others) -> Verdict {
    (Contents::Foreign, vec![what])
}

/// A card with nothing of others.
pub(super) fn plain(contents: Contents) -> Verdict {
    (contents, vec![])
}
