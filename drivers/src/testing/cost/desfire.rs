//! The least on a DESFire: its UID and its version; the version of the key to begin with; each thing that must be made or
//! changed, once; one authentication with each key that is needed; the record written and made valid, and read back. That
//! each key which was changed is there is not in it, nor the question for an application that is not there.
//!
//! A card from the factory is asked for its free memory before anything is made. One that holds a record is read before it is
//! overwritten.

use super::{Issuance, Traffic, read_uid};

/// Data of a command and of an answer in one frame of 64 bytes.
const COMMAND_FRAME: usize = 55;
const ANSWER_FRAME: usize = 59;
const MAC: usize = 8;
const BLOCK: usize = 16;
/// File, offset and length before the data.
const HEADER: usize = 7;
/// The record's length before the record.
const LENGTH: usize = 2;

pub(super) fn least(issuance: &Issuance<'_>, has_ev2: bool) -> Traffic {
    let card = Card { has_ev2 };
    let version = native(0, 7) * 2 + native(0, 14);
    let key_version = native(1, 1);
    // It proves by its own keys who it is, once it had them before.
    let questions = if issuance.old_record.is_some() { 2 } else { 3 };
    let known = read_uid(issuance.uid_bytes) * questions + version + key_version;
    let select = native(3, 0);
    let prepared = match issuance.old_record {
        Some(old) => select + card.authenticate() + card.read(LENGTH + old),
        None => card.first_issue() + card.authenticate(),
    };
    let written = issuance.record.max(issuance.old_record.unwrap_or(0));
    known
        + prepared
        + card.write(LENGTH + written)
        + card.command(0)
        + card.read(LENGTH + issuance.record)
}

struct Card {
    has_ev2: bool,
}

impl Card {
    /// Free memory; under the PICC master key an application, and the change of that key; in the application the proof that its
    /// keys are those of the factory, a file, and three changes of keys, the last of which has no MAC in its answer.
    fn first_issue(&self) -> Traffic {
        const FREE_MEMORY: Traffic = native(0, 3);
        const SELECT: Traffic = native(3, 0);
        const PICC: [Traffic; 2] = [native(1, 8), native(16, 8)];
        const CREATE: Traffic = native(5, MAC);
        const CHANGE: Traffic = native(25, 0);
        const KEY_VERSION: Traffic = native(1, 1);
        let [challenge, proof] = PICC;
        let picc = FREE_MEMORY + challenge + proof + CREATE + CHANGE;
        let mac = if self.has_ev2 { MAC } else { 0 };
        let change = |answer| native(1 + 2 * BLOCK + mac, answer);
        picc + SELECT
            + KEY_VERSION
            + self.authenticate()
            + self.command(HEADER)
            + change(MAC) * 2
            + change(0)
    }

    fn authenticate(&self) -> Traffic {
        let [begin, proof] = if self.has_ev2 { [2, 32] } else { [1, 16] };
        native(begin, 16) + native(32, proof)
    }

    /// A command that is not enciphered, and its answer without data.
    fn command(&self, data: usize) -> Traffic {
        native(data + if self.has_ev2 { MAC } else { 0 }, MAC)
    }

    fn write(&self, bytes: usize) -> Traffic {
        let mut data = HEADER + self.sealed(bytes);
        let mut traffic = Traffic::default();
        while data > COMMAND_FRAME {
            traffic += native(COMMAND_FRAME, 0);
            data -= COMMAND_FRAME;
        }
        traffic + native(data, MAC)
    }

    fn read(&self, bytes: usize) -> Traffic {
        let mut answer = self.sealed(bytes);
        let mut command = HEADER + if self.has_ev2 { MAC } else { 0 };
        let mut traffic = Traffic::default();
        while answer > ANSWER_FRAME {
            traffic += native(command, ANSWER_FRAME);
            answer -= ANSWER_FRAME;
            command = 0;
        }
        traffic + native(command, answer)
    }

    /// With checksum or MAC, and filled up.
    fn sealed(&self, bytes: usize) -> usize {
        if self.has_ev2 {
            (bytes + 1).next_multiple_of(BLOCK) + MAC
        } else {
            (bytes + 4).next_multiple_of(BLOCK)
        }
    }
}

/// A wrapped command with so much data, and its answer.
const fn native(data: usize, answer: usize) -> Traffic {
    const HEADER_AND_LE: usize = 5;
    const LC: usize = 1;
    let sent = HEADER_AND_LE + if data > 0 { LC + data } else { 0 };
    Traffic::one(sent, answer)
}
