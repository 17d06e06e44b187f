//! What was read of a card, and what follows from it: which sectors are for the record, and what they still lack.
//!
//! Every sector that is free for it gets NDEF when a card is first written, and none later. That costs three commands for
//! each sector that the first record does not need, and as many again and more to look at it, once in a card's life. In return the
//! directory and the trailers are never touched again until the keys roll over: a card that comes back is read and written with
//! nothing but data, a longer record needs nothing new, and that sector 0 opens with the site's key vouches for all others, since its
//! trailer is the last.
//!
//! With [`ClassicSectors::Needed`] a card without a directory gets NDEF in those sectors that its first record needs, and more of them,
//! one after another, when a longer record comes. A sector that is not needed is not looked at; that it is free is found out
//! before anything is written on it.
//!
//! What belongs to others is never touched:
//! * A sector that is not as from the factory, and neither ours nor NDEF's, makes the card foreign: whatever the directory says,
//!   what is in it may be lost only if that was said.
//! * With a directory: a sector that it gives to another application, or whose keys are not known. NDEF gets the sectors in
//!   one piece that are free, from those on that hold NDEF already; where NDEF already holds one whose keys are not known,
//!   it all belongs to others. A 4K whose directory is of version 1 is used up to sector 15.
//! * Without one, there is no telling what an application needs that has but one sector under its own keys: such a card is left
//!   untouched as a whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{CardKeys, ClassicSectors, KeyKind};
use crate::keys::KeyVersion;

use super::access::Conditions;
use super::area;
use super::keys::Credential;
use super::mad::{self, Directory};
use super::sectors::{
    BLOCK, Block, Chip, MAD1_SECTOR, MAD2_SECTOR, data_blocks, is_directory, sector_of,
    trailer_block,
};
use super::trailer::Seen;

/// What was read of one card.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pub(super) chip: &'static Chip,
    blocks: BTreeMap<u8, Block>,
    credentials: BTreeMap<u8, Credential>,
    /// The sectors that no key of ours opens.
    closed: BTreeSet<u8>,
}

impl Memory {
    pub(super) fn new(chip: &'static Chip) -> Self {
        Self {
            chip,
            blocks: BTreeMap::new(),
            credentials: BTreeMap::new(),
            closed: BTreeSet::new(),
        }
    }

    pub(super) fn insert(&mut self, block: u8, bytes: Block) {
        self.blocks.insert(block, bytes);
    }

    /// Remembers which key opens a sector for writing; `None`: none does.
    pub(super) fn remember(&mut self, sector: u8, credential: Option<Credential>) {
        if let Some(credential) = credential {
            self.closed.remove(&sector);
            self.credentials.insert(sector, credential);
        } else {
            self.closed.insert(sector);
            self.credentials.remove(&sector);
        }
    }

    /// Whether a sector was not looked at.
    pub(super) fn is_unknown(&self, sector: u8) -> bool {
        !self.closed.contains(&sector) && self.credential(sector).is_none()
    }

    /// Whether a sector that was looked at is for the record: as from the factory, or under a key of the site's.
    pub(super) fn is_free(&self, sector: u8) -> bool {
        matches!(self.credential(sector), Some(Credential::Site(_)))
            || self.is_factory_blank(sector)
    }

    /// Whether we have begun to write: work is in hand, or some sector is under a key of the site's.
    fn is_begun(&self) -> bool {
        let mut sectors = self.chip.data_sectors();
        let first = sectors.next().and_then(|sector| data_blocks(sector).next());
        let mut credentials = self.credentials.values();
        first
            .and_then(|block| self.block(block))
            .is_some_and(|first| area::is_in_hand(&first))
            || credentials.any(|credential| matches!(credential, Credential::Site(_)))
    }

    /// The sectors behind those that the directory gives to NDEF which it calls free, or gives to NDEF in another piece: of two
    /// directories the second is written first.
    pub(super) fn free_behind_declared(&self) -> Vec<u8> {
        let directories = self.directories();
        let last = self.declared().last().copied();
        self.chip
            .data_sectors()
            .skip_while(|sector| Some(*sector) != last)
            .skip(1)
            .take_while(|sector| {
                matches!(
                    application(&directories, *sector),
                    Some(mad::FREE | mad::NFC)
                )
            })
            .collect()
    }

    pub(super) fn block(&self, block: u8) -> Option<Block> {
        self.blocks.get(&block).copied()
    }

    /// The key under which the whole sector can be written.
    pub(super) fn credential(&self, sector: u8) -> Option<Credential> {
        self.credentials.get(&sector).copied()
    }

    pub(super) fn trailer(&self, sector: u8) -> Option<Seen> {
        Seen::of(&self.block(trailer_block(sector))?).ok()
    }

    /// The version of the directory, if sector 0 says that there is one.
    pub(super) fn mad_version(&self) -> Option<u8> {
        mad::version(self.trailer(MAD1_SECTOR)?.gpb)
    }

    pub(super) fn directory(&self, sector: u8) -> Option<Directory> {
        Directory::read(sector, |block| self.block(block))
    }

    /// The directories that there are.
    fn directories(&self) -> Vec<Directory> {
        let sectors = match self.mad_version() {
            None => &[][..],
            Some(1) => &[MAD1_SECTOR],
            Some(_) => &[MAD1_SECTOR, MAD2_SECTOR],
        };
        sectors
            .iter()
            .filter_map(|sector| self.directory(*sector))
            .collect()
    }

    /// Whether there is a directory, and all of it was read and holds.
    pub(super) fn is_directory_sound(&self) -> bool {
        let directories = self.directories();
        let expected = self.mad_version().map_or(0, usize::from);
        expected > 0 && directories.len() == expected && directories.iter().all(Directory::is_sound)
    }

    /// Whether the directory names an application that is not NDEF.
    pub(super) fn has_other_applications(&self) -> bool {
        let directories = self.directories();
        self.chip.data_sectors().any(|sector| {
            application(&directories, sector)
                .is_some_and(|application| !matches!(application, mad::NFC | mad::FREE))
        })
    }

    /// The sectors that may be ours by the directory, whatever their keys are. Entries are honoured also where the checksum
    /// does not hold: a directory that was torn must not give a used sector away.
    pub(super) fn free_for_us(&self) -> Vec<u8> {
        let is_told = self.mad_version().is_some();
        let directories = self.directories();
        let mut sectors: Vec<u8> = self.chip.data_sectors().collect();
        sectors.retain(|sector| match application(&directories, *sector) {
            Some(application) => matches!(application, mad::NFC | mad::FREE),
            None => !is_told,
        });
        sectors
    }

    /// Every sector that the directory gives to NDEF.
    fn ndef(&self) -> Vec<u8> {
        let directories = self.directories();
        let mut sectors: Vec<u8> = self.chip.data_sectors().collect();
        sectors.retain(|sector| application(&directories, *sector) == Some(mad::NFC));
        sectors
    }

    /// The first piece of the sectors that the directory gives to NDEF.
    pub(super) fn declared(&self) -> Vec<u8> {
        let ndef = self.ndef();
        let first = ndef.first().copied();
        let from_first = self
            .chip
            .data_sectors()
            .skip_while(|sector| Some(*sector) != first);
        from_first
            .zip(ndef)
            .map_while(|(next, sector)| (next == sector).then_some(sector))
            .collect()
    }

    /// Whether a sector is as it comes from the factory: no data, the transport keys, and the access conditions that go with
    /// them, under which key B is data too. What the general purpose byte says differs from maker to maker.
    pub(super) fn is_factory_blank(&self, sector: u8) -> bool {
        let keeps_nothing = self.block(trailer_block(sector)).is_some_and(|trailer| {
            Seen::of(&trailer).is_ok_and(|seen| seen.conditions == Conditions::TRANSPORT)
                && is_transport_key_b(&trailer)
        });
        self.credential(sector) == Some(Credential::TransportA)
            && keeps_nothing
            && self.is_empty(sector)
    }

    /// Whether a sector holds no data, or no more than the mark that an area has nothing in it.
    fn is_empty(&self, sector: u8) -> bool {
        let mut blocks = data_blocks(sector).map(|block| self.block(block));
        let first = blocks.next().flatten();
        first.is_some_and(|first| area::is_blank(&first))
            && blocks.all(|block| block == Some([0; BLOCK]))
    }

    /// Whether the site's key opens sector 0, the last that gets it, and its directory holds: nothing is left to format.
    pub(super) fn is_formatted(&self) -> bool {
        matches!(self.credential(MAD1_SECTOR), Some(Credential::Site(_)))
            && self.is_directory_sound()
            && !self.declared().is_empty()
    }
}

/// The sectors of a card that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The directories that there are or will be: sector 0 last.
    pub(super) directories: Vec<u8>,
    /// The sectors that hold NDEF or will, in the order of the area.
    pub(super) ndef: Vec<u8>,
}

impl Layout {
    /// All that may be for a record; `None` for a card that is not ours to write. Where only `wanted` sectors were looked at, the
    /// others count as free until they are.
    pub(super) fn of(memory: &Memory, wanted: ClassicSectors) -> Option<Self> {
        let passes = |sector: &u8| wanted == ClassicSectors::Needed && memory.is_unknown(*sector);
        let is_open = |sector: &u8| memory.credential(*sector).is_some();
        if !is_open(&MAD1_SECTOR) {
            return None;
        }
        let has_mad2 = match memory.mad_version() {
            None => memory.chip.has_mad2_sector(),
            Some(version) => version == 2 && is_open(&MAD2_SECTOR),
        };
        let ndef = if memory.is_formatted() {
            let declared = memory.declared();
            let behind = memory.free_behind_declared().into_iter();
            let grown = behind.take_while(|sector| memory.is_free(*sector) || passes(sector));
            let is_whole = declared.iter().all(is_open);
            is_whole.then(|| declared.iter().copied().chain(grown).collect())
        } else if memory.mad_version().is_some() {
            pieces(memory, is_open)
        } else if has_mad2 && !is_open(&MAD2_SECTOR) {
            None
        } else {
            let all = memory.chip.data_sectors();
            let open: Vec<u8> = all
                .take_while(|sector| is_open(sector) || passes(sector))
                .collect();
            // What was begun was begun before a sector that does not open.
            let is_ours = open.len() == memory.chip.data_sectors().count() || memory.is_begun();
            (is_ours && !open.is_empty()).then_some(open)
        }?;
        let directories = if has_mad2 {
            vec![MAD2_SECTOR, MAD1_SECTOR]
        } else {
            vec![MAD1_SECTOR]
        };
        Some(Self { directories, ndef })
    }

    /// The same with no more sectors than an area of so many bytes needs and those that have the site's keys already. A card that
    /// others have set up keeps all of them.
    pub(super) fn needed(mut self, memory: &Memory, bytes: usize) -> Self {
        let is_under_site_key =
            |sector: u8| matches!(memory.credential(sector), Some(Credential::Site(_)));
        if memory.mad_version().is_none() || is_under_site_key(MAD1_SECTOR) {
            let needed = self.sectors_of(bytes).len();
            let mut ndef = self.ndef.iter();
            let keyed = ndef.rposition(|sector| is_under_site_key(*sector));
            self.ndef
                .truncate(needed.max(keyed.map_or(1, |last| last + 1)));
        }
        self
    }

    /// The blocks of the area, in its order.
    pub(super) fn blocks(&self) -> Vec<u8> {
        area_blocks(&self.ndef)
    }

    pub(super) fn area_bytes(&self) -> usize {
        self.blocks().len() * BLOCK
    }

    /// The sectors of the area's first `bytes` bytes.
    pub(super) fn sectors_of(&self, bytes: usize) -> Vec<u8> {
        let blocks = self.blocks();
        let mut sectors: Vec<u8> = blocks[..bytes.div_ceil(BLOCK).min(blocks.len())]
            .iter()
            .map(|block| sector_of(*block))
            .collect();
        sectors.dedup();
        sectors
    }

    /// Every sector that must be under the site's key.
    pub(super) fn sectors(&self) -> impl Iterator<Item = u8> + '_ {
        self.ndef.iter().chain(&self.directories).copied()
    }

    /// The sectors that would be taken and are in use: those that the directory does not give to NDEF, that are not
    /// under a key of the site's and not as from the factory, whatever the directory says.
    pub(super) fn taken(&self, memory: &Memory) -> Vec<u8> {
        let declared = memory.declared();
        let mut taken: Vec<u8> = self
            .sectors()
            .filter(|sector| match memory.credential(*sector) {
                Some(Credential::Site(_)) => false,
                None if memory.is_unknown(*sector) => false,
                _ if declared.contains(sector) => false,
                _ if is_directory(*sector) && memory.mad_version().is_some() => false,
                // A piece of NDEF that is apart from the one which holds the message.
                _ if memory.ndef().contains(sector) => !memory.is_empty(*sector),
                _ => !memory.is_factory_blank(*sector),
            })
            .collect();
        taken.sort_unstable();
        taken
    }

    /// The general purpose byte that a sector gets.
    pub(super) fn gpb(&self, sector: u8) -> u8 {
        match sector {
            MAD1_SECTOR if self.directories.contains(&MAD2_SECTOR) => mad::GPB_MAD2,
            MAD1_SECTOR => mad::GPB_MAD1,
            MAD2_SECTOR => mad::GPB_MAD2_SECTOR,
            _ => mad::GPB_NDEF,
        }
    }

    /// Whether a sector has the site's key of this version, and its conditions.
    pub(super) fn is_finished(&self, memory: &Memory, sector: u8, version: KeyVersion) -> bool {
        let expected = Seen {
            conditions: Conditions::OURS,
            gpb: self.gpb(sector),
        };
        memory.credential(sector) == Some(Credential::Site(version))
            && memory.trailer(sector) == Some(expected)
    }

    /// The blocks of the directories as they must be.
    pub(super) fn directory_blocks(&self, memory: &Memory, sector: u8) -> Vec<(u8, Block)> {
        let present = memory.directory(sector).filter(|_| {
            let needed = if sector == MAD2_SECTOR { 2 } else { 1 };
            memory
                .mad_version()
                .is_some_and(|version| version >= needed)
        });
        let mut directory = present.unwrap_or_else(|| Directory::empty(sector, memory.chip));
        for ndef in &self.ndef {
            directory.set(*ndef, mad::NFC);
        }
        directory.blocks().collect()
    }

    /// Under which keys the card is.
    pub(super) fn keys(&self, memory: &Memory) -> CardKeys {
        let declared = memory.declared();
        let is_formatted = memory.is_formatted();
        let mut kinds = self
            .sectors()
            .filter(|sector| {
                // What is behind the sectors of a record does not count before it is taken.
                let is_taken = !is_formatted || is_directory(*sector) || declared.contains(sector);
                is_taken && !memory.is_unknown(*sector)
            })
            .map(|sector| match memory.credential(sector) {
                Some(Credential::Site(version)) => CardKeys::Site(version),
                Some(_) => CardKeys::Factory,
                None => CardKeys::Unknown,
            });
        let first = kinds.next().unwrap_or(CardKeys::Unknown);
        if kinds.all(|kind| kind == first) {
            first
        } else {
            CardKeys::Mixed
        }
    }
}

/// The blocks of an area over these sectors.
pub(super) fn area_blocks(sectors: &[u8]) -> Vec<u8> {
    sectors
        .iter()
        .flat_map(|sector| data_blocks(*sector))
        .collect()
}

/// Whose a sector is by the directories; `None`: they do not say.
fn application(directories: &[Directory], sector: u8) -> Option<[u8; 2]> {
    directories
        .iter()
        .find_map(|directory| directory.application(sector))
}

/// The piece of free sectors that NDEF gets: the one that begins with what holds NDEF already, else the longest.
fn pieces(memory: &Memory, is_open: impl Fn(&u8) -> bool) -> Option<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = vec![vec![]];
    let free = memory.free_for_us();
    for sector in memory.chip.data_sectors() {
        match pieces.last_mut() {
            Some(piece) if free.contains(&sector) && is_open(&sector) => piece.push(sector),
            _ => pieces.push(vec![]),
        }
    }
    if let Some(first) = memory.declared().first() {
        let is_ours_to_give = memory.ndef().iter().all(&is_open);
        let piece = pieces
            .into_iter()
            .find(|piece| is_ours_to_give && piece.contains(first))?;
        return Some(
            piece
                .into_iter()
                .skip_while(|sector| sector != first)
                .collect(),
        );
    }
    pieces.reverse();
    pieces
        .into_iter()
        .max_by_key(Vec::len)
        .filter(|piece| !piece.is_empty())
}

/// Whether key B is that of the factory, or is not shown.
fn is_transport_key_b(trailer: &Block) -> bool {
    const KEY_B_AT: usize = 10;
    let key_b = &trailer[KEY_B_AT..];
    key_b.iter().all(|&byte| byte == 0xFF) || key_b.iter().all(|&byte| byte == 0)
}

/// Whether a trailer lets this kind of key make the sector ours.
pub(super) fn opens(trailer: &Block, kind: KeyKind) -> bool {
    Seen::of(trailer).is_ok_and(|seen| seen.conditions.lets_take_over(kind))
}
