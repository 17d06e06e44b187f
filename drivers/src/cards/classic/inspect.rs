//! What is on a card. A card of ours under the current key costs its directory and its message; any other is looked at
//! sector by sector, since only this shows that nothing on it belongs to others.

use crate::contract::{
    CardKeys, CardType, ClassicSectors, Contents, DriverError, Inspection, KeyKind, Others,
};
use crate::record::tlv::{self, Blocks, NULL, TERMINATOR, Walk};

use super::super::ndef::{self, Verdict, foreign, plain};
use super::access::Conditions;
use super::area;
use super::keys::{CardKeyring, Credential, Key};
use super::layout::{Layout, Memory, area_blocks, opens};
use super::sectors::{
    BLOCK, Block, Chip, MAD1_SECTOR, MAD2_SECTOR, data_blocks, sector_of, trailer_block,
};
use super::session::Session;
use super::write::Written;

/// One inspection.
pub(super) struct Look<'a> {
    pub(super) session: Session<'a>,
    keyring: CardKeyring,
    pub(super) memory: Memory,
    /// What to try on the next sector, the likeliest first.
    credentials: Vec<Credential>,
    wanted: ClassicSectors,
}

/// How many sectors of a new card are looked at where only those that are needed are wanted: as many as a record of the usual
/// length needs, and one more.
const FIRST_LOOK: usize = 4;

impl<'a> Look<'a> {
    pub(super) fn new(
        session: Session<'a>,
        keyring: CardKeyring,
        memory: Memory,
        wanted: ClassicSectors,
    ) -> Self {
        Self {
            credentials: keyring.writing(),
            session,
            keyring,
            memory,
            wanted,
        }
    }

    pub(super) fn inspect(
        mut self,
        card_type: &CardType,
        written: Option<Written>,
    ) -> Result<(Inspection, Memory), DriverError> {
        let read_back = match written {
            Some(written) => self.read_back(&written)?,
            None => None,
        };
        let by_directory = match read_back {
            Some(verdict) => Some(verdict),
            None => self.by_directory()?,
        };
        let (contents, others) = match by_directory {
            Some(verdict) => verdict,
            None => self.look_everywhere()?,
        };
        let memory = &self.memory;
        let layout = Layout::of(memory, self.wanted);
        let capacity = layout
            .as_ref()
            .map_or(0, |layout| tlv::capacity(layout.area_bytes()));
        let summary = Inspection {
            uid: card_type.uid,
            model: memory.chip.model,
            capacity,
            contents,
            others,
            keys: layout.map_or(CardKeys::Unknown, |layout| layout.keys(memory)),
        };
        self.session.leave(None);
        Ok((summary, self.memory))
    }

    /// The short way to what a card holds; `None` where it does not lead there. A sector may refuse the key that sector 0
    /// speaks for: a desk that has a later version began to change the keys, and this one does not know it.
    fn by_directory(&mut self) -> Result<Option<Verdict>, DriverError> {
        if !self.opens_as_ours()? {
            return Ok(None);
        }
        let sectors = self.memory.declared();
        match self.ndef_contents(&sectors) {
            Err(DriverError::Refused { .. }) => Ok(None),
            verdict => {
                let verdict = verdict?;
                if self.wanted == ClassicSectors::All {
                    self.look_behind_declared()?;
                }
                Ok(Some(verdict))
            }
        }
    }

    /// Whether the short way can be taken. Sector 0 gets the site's key when all others have it, and only it can give them another one, so
    /// under the current key it speaks for all that its directory gives to NDEF.
    fn opens_as_ours(&mut self) -> Result<bool, DriverError> {
        let Some(version) = self.keyring.current() else {
            return Ok(false);
        };
        let credential = Credential::Site(version);
        let directories: &[u8] = &[MAD1_SECTOR, MAD2_SECTOR];
        for &sector in directories {
            if sector == MAD2_SECTOR && self.memory.mad_version() != Some(2) {
                break;
            }
            if !self.try_credential(sector, credential)? {
                return Ok(false);
            }
            self.read_data(sector)?;
            self.learn_size();
        }
        let memory = &self.memory;
        let Some(layout) = Some(memory)
            .filter(|memory| memory.is_formatted())
            .map(|memory| Layout {
                directories: match memory.mad_version() {
                    Some(2) => vec![MAD2_SECTOR, MAD1_SECTOR],
                    _ => vec![MAD1_SECTOR],
                },
                ndef: memory.declared(),
            })
        else {
            return Ok(false);
        };
        let is_finished = layout
            .directories
            .iter()
            .all(|sector| layout.is_finished(memory, *sector, version));
        if is_finished {
            for sector in layout.ndef.iter().copied() {
                self.assume_finished(sector, credential, layout.gpb(sector));
            }
        }
        Ok(is_finished)
    }

    /// Only one size has two directories, whatever the reader made of the card.
    fn learn_size(&mut self) {
        if self.memory.mad_version() == Some(2) {
            self.memory.chip = Chip::largest();
        }
    }

    pub(super) fn assume_finished(&mut self, sector: u8, credential: Credential, gpb: u8) {
        let [b6, b7, b8] = Conditions::OURS.encode();
        let mut trailer = [0; BLOCK];
        trailer[6..10].copy_from_slice(&[b6, b7, b8, gpb]);
        self.insert(trailer_block(sector), trailer);
        self.memory.remember(sector, Some(credential));
    }

    /// The long way.
    fn look_everywhere(&mut self) -> Result<Verdict, DriverError> {
        self.memory = Memory::new(self.memory.chip);
        if !self.find_credential(MAD1_SECTOR)? {
            return self.read_as_anybody();
        }
        self.read_data(MAD1_SECTOR)?;
        self.learn_size();
        let wants_mad2 = match self.memory.mad_version() {
            None => self.memory.chip.has_mad2_sector(),
            Some(version) => version == 2,
        };
        if wants_mad2 && self.find_credential(MAD2_SECTOR)? {
            self.read_data(MAD2_SECTOR)?;
        }
        let is_formatted = self.memory.is_formatted();
        let candidates = if is_formatted {
            self.memory.declared()
        } else {
            self.memory.free_for_us()
        };
        let (first, rest) = candidates.split_at(FIRST_LOOK.min(candidates.len()));
        // In the end the sector that is written first is left open.
        let first = first.iter().rev();
        if self.wanted == ClassicSectors::Needed && self.is_like_new() {
            self.look_at_candidates(first.clone(), is_formatted)?;
            if !first
                .clone()
                .all(|&sector| self.memory.is_factory_blank(sector))
            {
                self.look_at_candidates(rest, is_formatted)?;
            }
        } else {
            self.look_at_candidates(rest, is_formatted)?;
            self.look_at_candidates(first, is_formatted)?;
        }
        let Some(layout) = Layout::of(&self.memory, self.wanted) else {
            return self.read_as_anybody();
        };
        if self.memory.is_formatted() {
            let verdict = self.ndef_contents(&self.memory.declared())?;
            return Ok(match verdict {
                // Sector 0 was the last to get its key, and so was another that has not kept it.
                (Contents::Record(_), _) if !self.is_of_one_key() => plain(Contents::Torn),
                verdict => verdict,
            });
        }
        self.contents_before_format(&layout)
    }

    /// Whether nothing was written where the directories will be, and no key there was changed.
    fn is_like_new(&self) -> bool {
        let memory = &self.memory;
        memory.is_factory_blank(MAD1_SECTOR)
            && (!memory.chip.has_mad2_sector() || memory.is_factory_blank(MAD2_SECTOR))
    }

    fn look_at_candidates<'s>(
        &mut self,
        sectors: impl IntoIterator<Item = &'s u8>,
        is_formatted: bool,
    ) -> Result<(), DriverError> {
        for &sector in sectors {
            let is_open = self.find_credential(sector)?;
            if !is_open && self.memory.mad_version().is_none() {
                // In use by an application that does not say what else it uses.
                break;
            }
            if is_open && !is_formatted {
                self.read_data(sector)?;
            }
        }
        Ok(())
    }

    /// Whether what sector 0 says of all sectors, by its being under the current key, is true.
    fn is_of_one_key(&self) -> bool {
        let of_first = self.memory.credential(MAD1_SECTOR);
        of_first != self.keyring.current().map(Credential::Site)
            || self
                .memory
                .declared()
                .iter()
                .all(|sector| self.memory.credential(*sector) == of_first)
    }

    /// On a card that is not wholly ours yet. All of its area was read.
    fn contents_before_format(&mut self, layout: &Layout) -> Result<Verdict, DriverError> {
        let memory = &self.memory;
        let blocks = layout.blocks();
        let first = blocks.first().and_then(|block| memory.block(*block));
        if first.is_some_and(|first| area::is_in_hand(&first)) {
            return Ok(plain(Contents::Torn));
        }
        let taken = layout.taken(memory);
        if !taken.is_empty() {
            return Ok(foreign(Others::Sectors(taken)));
        }
        let is_begun = layout
            .sectors()
            .any(|sector| matches!(memory.credential(sector), Some(Credential::Site(_))));
        let is_empty = first.is_some_and(|first| area::is_blank(&first))
            && blocks[1..]
                .iter()
                .all(|block| memory.block(*block) == Some([0; BLOCK]));
        if is_begun {
            return Ok(plain(if is_empty {
                Contents::Blank
            } else {
                Contents::Torn
            }));
        }
        if memory.mad_version().is_none() {
            return Ok(plain(Contents::Blank));
        }
        if !memory.is_directory_sound() || memory.has_other_applications() {
            return Ok(foreign(Others::Directory));
        }
        let declared = memory.declared();
        if declared.is_empty() {
            return Ok(plain(Contents::Blank));
        }
        Ok(match self.ndef_contents(&declared)? {
            // Anybody could have put it there, and anybody can change it.
            (Contents::Record(_), _) => plain(Contents::Torn),
            (Contents::Beside(_), others) => (Contents::Foreign, others),
            verdict => verdict,
        })
    }

    /// On a card that we cannot write: what everybody can read.
    fn read_as_anybody(&mut self) -> Result<Verdict, DriverError> {
        for sector in [MAD1_SECTOR, MAD2_SECTOR] {
            if sector == MAD2_SECTOR && self.memory.mad_version() != Some(2) {
                break;
            }
            if self.open_as_anybody(sector)? {
                if let Some(trailer) = self.session.read(trailer_block(sector))? {
                    self.insert(trailer_block(sector), trailer);
                }
                for block in data_blocks(sector) {
                    if self.open_as_anybody(sector)?
                        && let Some(bytes) = self.session.read(block)?
                    {
                        self.insert(block, bytes);
                    }
                }
            }
        }
        self.learn_size();
        let declared = self.memory.declared();
        if !self.memory.is_directory_sound() || declared.is_empty() {
            return Ok(foreign(Others::Memory));
        }
        match self.ndef_contents(&declared) {
            Ok((Contents::Blank, _)) | Err(DriverError::Refused { .. }) => {
                Ok(foreign(Others::Memory))
            }
            verdict => verdict,
        }
    }

    fn open_as_anybody(&mut self, sector: u8) -> Result<bool, DriverError> {
        Ok(self
            .session
            .authenticate(sector, KeyKind::A, &Key::public(sector))?
            || self
                .session
                .authenticate(sector, KeyKind::A, &Key::transport())?)
    }

    /// What an area that a directory declares holds.
    pub(super) fn ndef_contents(&mut self, sectors: &[u8]) -> Result<Verdict, DriverError> {
        let area_blocks = area_blocks(sectors);
        let area_bytes = area_blocks.len() * BLOCK;
        self.read_area(&area_blocks, BLOCK)?;
        let first = area_blocks
            .first()
            .and_then(|block| self.memory.block(*block));
        if first.is_some_and(|first| area::is_in_hand(&first)) {
            return Ok(plain(Contents::Torn));
        }
        let blocks = self.blocks(&area_blocks)?;
        let Some(found) = &blocks.ndef else {
            return self.without_message(&area_blocks, &blocks);
        };
        self.read_area(&area_blocks, area_bytes.min(found.message.end + 1))?;
        Ok(ndef::of_area(&self.known(&area_blocks), &blocks))
    }

    /// Walks over the blocks of the area, reading on while what was read does not suffice.
    fn blocks(&mut self, area_blocks: &[u8]) -> Result<Blocks, DriverError> {
        loop {
            match tlv::walk(&self.known(area_blocks), area_blocks.len() * BLOCK) {
                Walk::ReadTo(bytes) => self.read_area(area_blocks, bytes)?,
                Walk::Done(blocks) => return Ok(blocks),
            }
        }
    }

    /// An area without an NDEF TLV: blank only if nothing else is there either.
    fn without_message(
        &mut self,
        area_blocks: &[u8],
        blocks: &Blocks,
    ) -> Result<Verdict, DriverError> {
        if !blocks.others.is_empty() {
            return Ok(ndef::of_area(&self.known(area_blocks), blocks));
        }
        self.read_area(area_blocks, area_blocks.len() * BLOCK)?;
        let is_empty = self.known(area_blocks)[blocks.end..]
            .iter()
            .all(|byte| matches!(*byte, NULL | TERMINATOR));
        Ok(if is_empty {
            plain(Contents::Blank)
        } else {
            foreign(Others::Memory)
        })
    }

    /// Reads what is not known yet of the area's first `bytes` bytes.
    fn read_area(&mut self, blocks: &[u8], bytes: usize) -> Result<(), DriverError> {
        for &block in &blocks[..bytes.div_ceil(BLOCK).min(blocks.len())] {
            if self.memory.block(block).is_some() {
                continue;
            }
            let sector = sector_of(block);
            let (kind, key) = self.way_in(sector);
            if let Some(key) = key {
                let bytes = self.session.read_surely(block, kind, &key)?;
                self.insert(block, bytes);
                continue;
            }
            let read = if self.open_as_anybody(sector)? {
                self.session.read(block)?
            } else {
                None
            };
            let Some(bytes) = read else {
                return Err(DriverError::Refused {
                    step: format!("read block {block}"),
                    status: 0x6300,
                });
            };
            self.insert(block, bytes);
        }
        Ok(())
    }

    fn way_in(&self, sector: u8) -> (KeyKind, Option<Key>) {
        let credential = self.memory.credential(sector);
        let kind = credential.map_or(KeyKind::A, Credential::kind);
        let key = credential.and_then(|credential| self.keyring.key(credential));
        (kind, key)
    }

    /// What is known of the area, up to the first block that is not.
    fn known(&self, blocks: &[u8]) -> Vec<u8> {
        let memory = &self.memory;
        blocks
            .iter()
            .map_while(|block| memory.block(*block))
            .flatten()
            .collect()
    }

    /// Finds the key under which a sector can be made ours.
    pub(super) fn find_credential(&mut self, sector: u8) -> Result<bool, DriverError> {
        for (rank, credential) in self.credentials.clone().into_iter().enumerate() {
            if self.try_credential(sector, credential)? {
                // The next sector is likely to have it too.
                self.credentials[..=rank].rotate_right(1);
                return Ok(true);
            }
        }
        self.memory.remember(sector, None);
        Ok(false)
    }

    pub(super) fn try_credential(
        &mut self,
        sector: u8,
        credential: Credential,
    ) -> Result<bool, DriverError> {
        let Some(key) = self.keyring.key(credential) else {
            return Ok(false);
        };
        if !self.session.authenticate(sector, credential.kind(), &key)? {
            return Ok(false);
        }
        let Some(trailer) = self.session.read(trailer_block(sector))? else {
            return Ok(false);
        };
        self.insert(trailer_block(sector), trailer);
        let is_open = opens(&trailer, credential.kind());
        self.memory.remember(sector, is_open.then_some(credential));
        Ok(is_open)
    }

    /// Reads all data of a sector whose key is known.
    pub(super) fn read_data(&mut self, sector: u8) -> Result<(), DriverError> {
        let (kind, Some(key)) = self.way_in(sector) else {
            return Ok(());
        };
        for block in data_blocks(sector) {
            if self.memory.block(block).is_none() {
                let bytes = self.session.read_surely(block, kind, &key)?;
                self.insert(block, bytes);
            }
        }
        Ok(())
    }

    pub(super) fn insert(&mut self, block: u8, bytes: Block) {
        self.memory.insert(block, bytes);
    }
}
