//! A simulated MIFARE Classic, as strict as the silicon (NXP data sheets `MF1S50yyX`, `MF1S70yyX`).
//!
//! It is a genuine card: block 0 cannot be written. What the data sheets leave open is taken the strict way: after any NAK
//! and any failed authentication the card is deaf until it is selected again; a key B that can be read is accepted and then
//! opens nothing, as the note below table 7 says; a write to a trailer changes those parts that the key may change, and
//! none says so.

mod values;

use crate::contract::{Answer, FieldLost, KeyKind, Mishap, SimulatedCard, Uid, Writes};

use super::access::{Bits, Conditions, DataRights};
use super::sectors::{
    BLOCK, Block, Chip, MANUFACTURER_BLOCK, first_block, group_of, sector_of, trailer_block,
};
use super::trailer;

use values::Register;

const AUTHENTICATE_A: u8 = 0x60;
const AUTHENTICATE_B: u8 = 0x61;
const READ: u8 = 0x30;
const WRITE: u8 = 0xA0;
const DECREMENT: u8 = 0xC0;
const INCREMENT: u8 = 0xC1;
const RESTORE: u8 = 0xC2;
const TRANSFER: u8 = 0xB0;
const HLTA: [u8; 2] = [0x50, 0x00];

/// The group of a sector's access bits that is the trailer's.
const TRAILER_GROUP: usize = 3;

/// One card.
#[derive(Debug)]
pub(super) struct SimulatedClassic {
    chip: &'static Chip,
    uid_bytes: usize,
    memory: Vec<u8>,
    state: State,
    /// What a value operation has made, until it is transferred.
    register: Option<Register>,
    writes: Writes,
    /// A trailer was half stored: its sector has access bits that contradict themselves, or unknown keys.
    is_damaged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Halted or idle: deaf until selected again.
    Deaf,
    Selected,
    Open(Session),
    /// The first pass of a WRITE was acknowledged; the block's bytes come next.
    Writing(Session, u8),
    /// The first pass of a value operation was acknowledged; its operand comes next.
    Counting(Session, u8, u8),
}

/// One authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Session {
    sector: u8,
    kind: KeyKind,
}

/// The frame is one that the card answers NAK.
struct Nak;

impl SimulatedClassic {
    /// A card fresh from the factory; `None` when the UID has neither 4 nor 7 bytes.
    pub(super) fn new(chip: &'static Chip, uid: &Uid) -> Option<Self> {
        let mut card = Self {
            chip,
            uid_bytes: uid.as_bytes().len(),
            memory: vec![0; chip.model.memory],
            state: State::Selected,
            register: None,
            writes: Writes::default(),
            is_damaged: false,
        };
        let manufacturer = card.manufacturer_block(uid.as_bytes())?;
        card.set(MANUFACTURER_BLOCK, manufacturer);
        for sector in 0..chip.sectors {
            card.set(trailer_block(sector), trailer::transport());
        }
        Some(card)
    }

    /// `UID · check byte · SAK · ATQA` with 4 bytes, `UID · SAK · ATQA` with 7; the rest is the manufacturer's.
    fn manufacturer_block(&self, uid: &[u8]) -> Option<Block> {
        let mut block = [0x62; BLOCK];
        block[..uid.len()].copy_from_slice(uid);
        match *uid {
            [a, b, c, d] => {
                block[4..8].copy_from_slice(&[a ^ b ^ c ^ d, self.chip.sak, self.chip.atqa, 0x00]);
            }
            [_, _, _, _, _, _, _] => {
                block[7..10].copy_from_slice(&[self.chip.sak, self.chip.atqa | 0x40, 0x00]);
            }
            _ => return None,
        }
        Some(block)
    }

    fn block(&self, block: u8) -> Block {
        let start = usize::from(block) * BLOCK;
        let mut bytes = [0; BLOCK];
        bytes.copy_from_slice(&self.memory[start..start + BLOCK]);
        bytes
    }

    fn set(&mut self, block: u8, bytes: Block) {
        let start = usize::from(block) * BLOCK;
        self.memory[start..start + BLOCK].copy_from_slice(&bytes);
    }

    fn has(&self, block: u8) -> bool {
        usize::from(block) * BLOCK < self.memory.len()
    }

    /// `None` in a sector whose access bits are inconsistent.
    fn conditions(&self, sector: u8) -> Option<Conditions> {
        let trailer = self.block(trailer_block(sector));
        Conditions::decode([trailer[6], trailer[7], trailer[8]]).ok()
    }

    fn authenticate(&mut self, kind: KeyKind, block: u8, key: &[u8], uid: &[u8]) -> Answer {
        self.state = State::Deaf;
        self.register = None;
        let own_uid = self.uid();
        if !self.has(block) || !own_uid.as_bytes().ends_with(uid) {
            return Answer::Silence;
        }
        let sector = sector_of(block);
        let trailer = self.block(trailer_block(sector));
        let expected = match kind {
            KeyKind::A => &trailer[..6],
            KeyKind::B => &trailer[10..],
        };
        if self.conditions(sector).is_none() || key != expected {
            return Answer::Silence;
        }
        self.state = State::Open(Session { sector, kind });
        Answer::Ack
    }

    /// What this session may do with a block of data of its own sector.
    fn data_rights(&self, session: Session, block: u8) -> Result<DataRights, Nak> {
        let conditions = self.sector_conditions(session, block)?;
        match group_of(block) {
            TRAILER_GROUP => Err(Nak),
            group => Ok(conditions.data(group)),
        }
    }

    fn sector_conditions(&self, session: Session, block: u8) -> Result<Conditions, Nak> {
        if !self.has(block) || sector_of(block) != session.sector {
            return Err(Nak);
        }
        self.conditions(session.sector)
            .filter(|conditions| conditions.makes_key(session.kind))
            .ok_or(Nak)
    }

    fn read(&self, session: Session, block: u8) -> Result<Answer, Nak> {
        let conditions = self.sector_conditions(session, block)?;
        let mut bytes = self.block(block);
        if group_of(block) == TRAILER_GROUP {
            let rights = conditions.trailer();
            if !rights.read_access.admits(session.kind) {
                return Err(Nak);
            }
            bytes[..6].fill(0);
            if !rights.read_key_b.admits(session.kind) {
                bytes[10..].fill(0);
            }
        } else if !conditions.data(group_of(block)).read.admits(session.kind) {
            return Err(Nak);
        }
        Ok(Answer::Frame(bytes.to_vec()))
    }

    fn begin_write(&mut self, session: Session, block: u8) -> Result<Answer, Nak> {
        let may_write = if group_of(block) == TRAILER_GROUP {
            let rights = self.sector_conditions(session, block)?.trailer();
            [rights.write_key_a, rights.write_access, rights.write_key_b]
                .iter()
                .any(|who| who.admits(session.kind))
        } else {
            self.data_rights(session, block)?.write.admits(session.kind)
        };
        if !may_write || block == MANUFACTURER_BLOCK {
            return Err(Nak);
        }
        self.state = State::Writing(session, block);
        Ok(Answer::Ack)
    }

    fn finish_write(&mut self, session: Session, block: u8, bytes: &[u8]) -> Result<Answer, Nak> {
        let new = Block::try_from(bytes).map_err(|_| Nak)?;
        let mut stored = new;
        if group_of(block) == TRAILER_GROUP {
            let rights = self.sector_conditions(session, block)?.trailer();
            stored = self.block(block);
            for (part, who) in [
                (0..6, rights.write_key_a),
                (6..10, rights.write_access),
                (10..16, rights.write_key_b),
            ] {
                if who.admits(session.kind) {
                    stored[part.clone()].copy_from_slice(&new[part]);
                }
            }
        }
        Ok(self.store(session, block, &stored))
    }

    fn store(&mut self, session: Session, block: u8, bytes: &Block) -> Answer {
        let start = usize::from(block) * BLOCK;
        let place = &mut self.memory[start..start + BLOCK];
        let old = place.to_vec();
        if let Err(FieldLost) = self.writes.store(place, bytes) {
            let is_between = *place != *old && place != bytes;
            self.is_damaged |= is_between && group_of(block) == TRAILER_GROUP;
            self.state = State::Deaf;
            return Answer::Silence;
        }
        self.state = State::Open(session);
        Answer::Ack
    }

    fn command(&mut self, session: Session, frame: &[u8]) -> Result<Answer, Nak> {
        match *frame {
            [READ, block] => self.read(session, block),
            [WRITE, block] => self.begin_write(session, block),
            [operation @ (INCREMENT | DECREMENT | RESTORE), block] => {
                self.begin_counting(session, operation, block)
            }
            [TRANSFER, block] => self.transfer(session, block),
            _ => Err(Nak),
        }
    }

    /// Writes memory behind the card's back, as specimens need it.
    pub(super) fn put(&mut self, block: u8, bytes: Block) {
        self.set(block, bytes);
    }
}

impl SimulatedCard for SimulatedClassic {
    fn model(&self) -> &'static str {
        self.chip.model.name
    }

    fn uid(&self) -> Uid {
        // Both lengths are those of a UID.
        Uid::try_from(&self.memory[..self.uid_bytes]).unwrap_or_else(|_| Uid::from([0; 7]))
    }

    fn atr(&self) -> Vec<u8> {
        // A card that answers otherwise than NXP's has no name; ACS readers then give its SAK.
        let sak = self.memory[if self.uid_bytes == 4 { 5 } else { 7 }];
        let name = if sak == self.chip.sak {
            [0x00, self.chip.card_name]
        } else {
            [0xFF, sak]
        };
        let mut atr = vec![
            0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x03, name[0],
            name[1], 0x00, 0x00, 0x00, 0x00,
        ];
        let check = atr[1..].iter().fold(0, |sum, byte| sum ^ byte);
        atr.push(check);
        atr
    }

    fn select(&mut self) {
        self.state = State::Selected;
        self.register = None;
    }

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        if let (
            State::Selected | State::Open(_),
            [
                command @ (AUTHENTICATE_A | AUTHENTICATE_B),
                block,
                rest @ ..,
            ],
        ) = (self.state, frame)
            && let Some((key, uid)) = rest.split_at_checked(6).filter(|(_, uid)| uid.len() == 4)
        {
            let kind = if *command == AUTHENTICATE_A {
                KeyKind::A
            } else {
                KeyKind::B
            };
            return self.authenticate(kind, *block, key, uid);
        }
        let answer = match self.state {
            State::Deaf => return Answer::Silence,
            State::Selected | State::Open(_) if frame == HLTA => {
                self.state = State::Deaf;
                return Answer::Silence;
            }
            State::Selected => Err(Nak),
            State::Open(session) => self.command(session, frame),
            State::Writing(session, block) => self.finish_write(session, block, frame),
            State::Counting(session, operation, block) => {
                self.finish_counting(session, operation, block, frame)
            }
        };
        answer.unwrap_or_else(|Nak| {
            self.state = State::Deaf;
            self.register = None;
            Answer::Nak
        })
    }

    fn memory(&self) -> Vec<u8> {
        self.memory.clone()
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        if memory.len() != self.memory.len() {
            return false;
        }
        self.memory.copy_from_slice(memory);
        self.is_damaged = false;
        self.state = State::Deaf;
        // How long the UID is, is not stored; what follows it shows that.
        let uid4 = &memory[..4];
        let told = Uid::try_from(uid4)
            .ok()
            .and_then(|uid| self.manufacturer_block(uid.as_bytes()));
        self.uid_bytes = match told {
            // Its check byte and ATQA; the SAK between them is the maker's.
            Some(block) if block[4] == memory[4] && block[6..8] == memory[6..8] => 4,
            _ => 7,
        };
        true
    }

    fn writes(&self) -> u64 {
        self.writes.accepted()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.writes.spoil_next(mishap);
    }

    fn is_damaged(&self) -> bool {
        self.is_damaged
    }
}

/// The conditions of data that cannot be written, and of a trailer that cannot be written either.
pub(super) const READ_ONLY: Conditions =
    Conditions::new(Bits::READ_ONLY_DATA, Bits::FROZEN_TRAILER);

/// The first block of data of a sector.
pub(super) fn first_data_block(sector: u8) -> u8 {
    first_block(sector).max(1)
}

#[cfg(test)]
mod tests;
