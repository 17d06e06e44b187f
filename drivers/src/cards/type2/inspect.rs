//! What is on a tag. Reads no more than it needs, but a record whole.

use std::sync::Arc;

use crate::contract::{
    CardChannel, CardKeys, CardType, Contents, DriverError, Inspection, Others, Uid, Version,
};
use crate::record::tlv::{self, Blocks, NULL, TERMINATOR, Walk};

use super::super::ndef::{self, Verdict, foreign, plain};
use super::access::{Access, Container};
use super::inspected::InspectedTag;
use super::models::{Chip, FIRST_USER_PAGE, Product, READ_PAGES, STATIC_LOCK_PAGE};
use super::plan;
use super::protection::Protection;
use super::secret::Secrets;
use super::tag::Tag;
use super::unlock::Search;

const PROTECTED: DriverError = DriverError::Locked {
    what: "a password protects its memory",
};

/// Inspects a tag: lock bits, capability container and the area's start in one READ, the guard pages behind the data area
/// in another, then the rest of the message. A tag that is protected is asked which of the known secrets it carries.
pub(super) fn inspect(
    card: &mut dyn CardChannel,
    card_type: &CardType,
    secrets: &Arc<Secrets>,
) -> Result<InspectedTag, DriverError> {
    let uid = card_type.uid;
    let mut tag = Tag::new(card, uid);
    let (chip, keys) = find_keys(&mut tag, card_type, secrets)?;
    let (mut contents, others) = contents(&mut tag, chip)?;
    let is_protected = Protection::of(chip, tag.memory()).is_whole();
    if is_unfinished(chip, keys, secrets, is_protected) {
        contents = match contents {
            Contents::Record(_) => Contents::Torn,
            // What is beside it may not be lost unasked.
            Contents::Beside(_) => Contents::Foreign,
            other => other,
        };
    }
    let memory = tag.rest(chip);
    Ok(InspectedTag {
        chip,
        summary: Inspection {
            uid,
            model: chip.model,
            capacity: Access::of(chip, &memory, keys).capacity(),
            contents,
            others,
            keys,
        },
        memory,
        secrets: Arc::clone(secrets),
    })
}

/// Identifies the chip, reads the pages around the data area, and finds the secret that the tag is protected with.
fn find_keys(
    tag: &mut Tag<'_>,
    card_type: &CardType,
    secrets: &Secrets,
) -> Result<(&'static Chip, CardKeys), DriverError> {
    let shown = tag.in_force().and_then(|(_, keys)| keys);
    let (chip, mut search) = tell(tag, card_type, secrets)?;
    if search.has_more() && shown.is_none() {
        tag.note_missing_raw_path();
    }
    let protection = Protection::of(chip, tag.memory());
    let keys = if !protection.is_on() {
        CardKeys::None
    } else if let Some(shown) = shown.filter(|_| tag.in_force().is_some_and(|now| now.1 == shown)) {
        shown
    } else if protection.counts_attempts() {
        // Ours are set to count none, so it is not ours, and every wrong password would bring it nearer to its end.
        CardKeys::Unknown
    } else {
        search.go_on(tag, chip)?.unwrap_or(CardKeys::Unknown)
    };
    Ok((chip, keys))
}

/// The chip, and the secrets that it may carry as far as they have not been tried.
fn tell(
    tag: &mut Tag<'_>,
    card_type: &CardType,
    secrets: &Secrets,
) -> Result<(&'static Chip, Search), DriverError> {
    let uid = &card_type.uid;
    let candidates = |chip| Search::new(secrets.candidates(chip, uid));
    let told = match &card_type.version {
        Version::Type2(version) => Chip::by_version(version),
        _ => tag.in_force().map(|(chip, _)| chip),
    };
    if let Some(chip) = told {
        tag.read_fast(chip);
        read_begun_frame(tag, chip)?;
        read_guard(tag, chip, *uid)?;
        return Ok((chip, candidates(chip)));
    }
    // Without a version it may be an Ultralight C, which shows itself by the end of its memory or by its authentication.
    if let Some(chip) = Chip::ultralight_c()
        && !matches!(card_type.version, Version::Type2(_))
    {
        let mut search = candidates(chip);
        if card_type.version == Version::Refused
            && tag.ends_as(chip)?
            && !Protection::of(chip, tag.memory()).is_on()
        {
            // Nothing is protected, and the reader passes its own commands on: no key has to be shown yet.
            refused_is_protected(tag.read(STATIC_LOCK_PAGE))?;
            refused_is_protected(tag.read(chip.configuration_page - READ_PAGES))?;
            return Ok((chip, search));
        }
        if search.tells_ultralight_c(tag)? {
            read_whole_frame(tag, chip, &mut search, uid)?;
            return Ok((chip, search));
        }
        // Every chip that can be identified now knows one of the two commands that were tried, so neither came through.
        tag.give_up_raw_path();
    }
    let chip = read_frame(tag, card_type)?;
    Ok((chip, candidates(chip)))
}

/// Reads from page 2 on: in one piece, where that goes, all of a small chip, or as much as a record mostly takes.
fn read_begun_frame(tag: &mut Tag<'_>, chip: &Chip) -> Result<(), DriverError> {
    // The end of an NTAG213, and of a record of 110 bytes.
    const SMALL: u8 = 0x2C;
    const USUAL: u8 = 0x24;
    let last = chip.last_readable_page();
    let last = if last <= SMALL { last } else { USUAL };
    if !tag.read_piece(STATIC_LOCK_PAGE, last)? {
        refused_is_protected(tag.read(STATIC_LOCK_PAGE))?;
    }
    Ok(())
}

/// Reads page 2 and the guard pages, telling the chip between them.
fn read_frame(tag: &mut Tag<'_>, card_type: &CardType) -> Result<&'static Chip, DriverError> {
    refused_is_protected(tag.read(STATIC_LOCK_PAGE))?;
    let chip = tag.chip(card_type)?;
    read_guard(tag, chip, card_type.uid)?;
    Ok(chip)
}

/// The same on an Ultralight C, where reading may need a key: the one that fits is looked for.
fn read_whole_frame(
    tag: &mut Tag<'_>,
    chip: &'static Chip,
    search: &mut Search,
    uid: &Uid,
) -> Result<(), DriverError> {
    let read = |tag: &mut Tag<'_>| {
        refused_is_protected(tag.read(STATIC_LOCK_PAGE))?;
        read_guard(tag, chip, *uid)
    };
    match read(tag) {
        Err(PROTECTED) if search.found().is_none() && search.go_on(tag, chip)?.is_some() => {
            read(tag)
        }
        other => other,
    }
}

/// Whether a record on this tag was not written to its end, or not by us: what we write is seen only under its protection.
fn is_unfinished(chip: &Chip, keys: CardKeys, secrets: &Secrets, is_protected: bool) -> bool {
    match keys {
        CardKeys::Mixed => true,
        CardKeys::None | CardKeys::Factory => {
            chip.product == Product::UltralightC && secrets.has_site_keys()
        }
        // Under our secret, with pages of ours left open to everybody.
        CardKeys::Site(_) => !is_protected,
        CardKeys::Unknown => false,
    }
}

/// Reads the dynamic lock bits and the configuration.
///
/// They are behind the data area, so where a password forbids reading any of it these pages are refused, or the READ goes
/// on at page 0 instead (data sheet NTAG21x, 10.2). A card that can be read up to here can be read wholly.
fn read_guard(tag: &mut Tag<'_>, chip: &Chip, uid: Uid) -> Result<(), DriverError> {
    let last = chip.configuration_page + 1;
    if (chip.guard_page()..=last).all(|page| tag.memory().page(page).is_some()) {
        return Ok(());
    }
    refused_is_protected(tag.read(chip.guard_page()))?;
    let is_page_0 = |number| {
        tag.memory()
            .page(number)
            .is_some_and(|bytes| uid.as_bytes().starts_with(&bytes[..3]))
    };
    // The second page says whether wrong passwords are counted: no other may be in its place.
    if is_page_0(chip.configuration_page) || is_page_0(chip.configuration_page + 1) {
        return Err(PROTECTED);
    }
    Ok(())
}

/// Every Type 2 tag lets its pages be read, unless a password forbids it.
fn refused_is_protected(read: Result<(), DriverError>) -> Result<(), DriverError> {
    match read {
        Err(DriverError::Refused { .. }) => Err(PROTECTED),
        other => other,
    }
}

fn contents(tag: &mut Tag<'_>, chip: &'static Chip) -> Result<Verdict, DriverError> {
    match Access::of(chip, tag.memory(), CardKeys::None).container() {
        Container::Ready { area_bytes } => ndef_contents(tag, chip, area_bytes),
        // Nothing says that the memory is unused but the memory itself.
        Container::Unwritten => {
            tag.read_area(chip.area_bytes())?;
            let area = tag.memory().area(chip.area_bytes());
            let is_blank = area.iter().all(|&byte| byte == 0) || chip.is_factory_area(&area);
            Ok(if is_blank {
                plain(Contents::Blank)
            } else if plan::is_ours(tag.memory()) {
                // The card did not keep the container that it was given.
                plain(Contents::Torn)
            } else {
                foreign(Others::Memory)
            })
        }
        Container::Alien => Ok(foreign(Others::Memory)),
    }
}

fn ndef_contents(
    tag: &mut Tag<'_>,
    chip: &Chip,
    area_bytes: usize,
) -> Result<Verdict, DriverError> {
    if plan::may_be_torn_from_factory(chip, tag.memory()) {
        tag.read_area(chip.factory_area.len())?;
    }
    if let Some(bytes) = plan::unread_length(tag.memory()) {
        tag.read_area(bytes)?;
    }
    if plan::is_first_torn(chip, tag.memory()) {
        read_torn(tag, chip)?;
        return Ok(plain(Contents::Torn));
    }
    let blocks = blocks(tag, area_bytes)?;
    let Some(found) = &blocks.ndef else {
        return without_message(tag, chip, area_bytes, &blocks);
    };
    // With the terminator, so that a later write knows whether its page differs.
    tag.read_area(area_bytes.min(found.message.end + 1))?;
    let (contents, others) = ndef::of_area(&tag.memory().area(area_bytes), &blocks);
    if contents == Contents::Blank && is_torn(tag, chip)? {
        return Ok(plain(Contents::Torn));
    }
    Ok((contents, others))
}

/// Walks over the blocks of the data area, reading on while what was read does not suffice.
fn blocks(tag: &mut Tag<'_>, area_bytes: usize) -> Result<Blocks, DriverError> {
    loop {
        match tlv::walk(&tag.memory().area(area_bytes), area_bytes) {
            Walk::ReadTo(bytes) => tag.read_area(bytes)?,
            Walk::Done(blocks) => return Ok(blocks),
        }
    }
}

/// A formatted area without an NDEF TLV: blank only if nothing else is there either, or what the chip came with.
fn without_message(
    tag: &mut Tag<'_>,
    chip: &Chip,
    area_bytes: usize,
    blocks: &Blocks,
) -> Result<Verdict, DriverError> {
    let may_be_blank = blocks.others.is_empty() || chip.has_factory_blocks();
    if may_be_blank {
        tag.read_area(area_bytes)?;
    }
    let bytes = tag.memory().area(area_bytes);
    if chip.is_factory_area(&bytes) {
        return Ok(plain(Contents::Blank));
    }
    if !blocks.others.is_empty() {
        return Ok(ndef::of_area(&bytes, blocks));
    }
    let is_unused = bytes[blocks.end..]
        .iter()
        .all(|byte| matches!(*byte, NULL | TERMINATOR));
    Ok(if is_unused {
        plain(Contents::Blank)
    } else {
        foreign(Others::Memory)
    })
}

/// Whether the beginning of a message of ours is behind an empty one: a torn write. What is left of it is read, so that it
/// can be wiped.
fn is_torn(tag: &mut Tag<'_>, chip: &Chip) -> Result<bool, DriverError> {
    if !tag
        .memory()
        .page(FIRST_USER_PAGE)
        .is_some_and(plan::is_opened)
    {
        return Ok(false);
    }
    if plan::torn_bytes(tag.memory()).is_none() {
        return Ok(false);
    }
    read_torn(tag, chip)?;
    Ok(true)
}

/// Reads as far as the record goes that is being written or wiped, behind the area that is declared too: its container may not
/// have been stored.
fn read_torn(tag: &mut Tag<'_>, chip: &Chip) -> Result<(), DriverError> {
    // The second page of a long record says only after the first of these reads how far the record goes.
    for _ in 0..2 {
        if let Some(bytes) = plan::torn_bytes(tag.memory()) {
            tag.read_area(bytes.min(chip.area_bytes()))?;
        }
    }
    Ok(())
}
