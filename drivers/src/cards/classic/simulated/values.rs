//! Value blocks: `value · inverted · value · address · inverted · address · inverted` (data sheet, 8.6.2.1), little-endian.

use crate::contract::Answer;

use super::{DECREMENT, INCREMENT, Nak, RESTORE, Session, SimulatedClassic, State};
use crate::cards::classic::sectors::{BLOCK, Block};

/// The card's transfer buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Register {
    value: i32,
    address: u8,
}

impl Register {
    /// `None` when the block is not one of a value.
    fn of(block: &Block) -> Option<Self> {
        let number = |at: usize| {
            i32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
        };
        let value = number(0);
        let address = block[12];
        let is_sound = number(4) == !value
            && number(8) == value
            && block[12..] == [address, !address, address, !address];
        is_sound.then_some(Self { value, address })
    }

    fn to_block(self) -> Block {
        let mut block = [0; BLOCK];
        block[..4].copy_from_slice(&self.value.to_le_bytes());
        block[4..8].copy_from_slice(&(!self.value).to_le_bytes());
        block[8..12].copy_from_slice(&self.value.to_le_bytes());
        block[12..].copy_from_slice(&[self.address, !self.address, self.address, !self.address]);
        block
    }
}

impl SimulatedClassic {
    pub(super) fn begin_counting(
        &mut self,
        session: Session,
        operation: u8,
        block: u8,
    ) -> Result<Answer, Nak> {
        let rights = self.data_rights(session, block)?;
        let who = if operation == INCREMENT {
            rights.increment
        } else {
            rights.decrement
        };
        if !who.admits(session.kind) || Register::of(&self.block(block)).is_none() {
            return Err(Nak);
        }
        self.state = State::Counting(session, operation, block);
        Ok(Answer::Ack)
    }

    /// The operand, which the card does not acknowledge.
    pub(super) fn finish_counting(
        &mut self,
        session: Session,
        operation: u8,
        block: u8,
        operand: &[u8],
    ) -> Result<Answer, Nak> {
        let operand = i32::from_le_bytes(operand.try_into().map_err(|_| Nak)?);
        let register = Register::of(&self.block(block)).ok_or(Nak)?;
        let value = match operation {
            INCREMENT => register.value.checked_add(operand),
            DECREMENT => register.value.checked_sub(operand),
            RESTORE => Some(register.value),
            _ => None,
        };
        self.register = Some(Register {
            value: value.ok_or(Nak)?,
            ..register
        });
        self.state = State::Open(session);
        Ok(Answer::Silence)
    }

    pub(super) fn transfer(&mut self, session: Session, block: u8) -> Result<Answer, Nak> {
        let rights = self.data_rights(session, block)?;
        let may_transfer = rights.decrement.admits(session.kind) && block != 0;
        let register = self.register.filter(|_| may_transfer).ok_or(Nak)?;
        Ok(self.store(session, block, &register.to_block()))
    }
}
