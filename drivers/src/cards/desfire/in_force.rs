//! An authentication that is still in force on a card when an operation ends: what comes next goes on in it.

use crate::contract::CardChannel;

use super::messaging::Messaging;

/// What is selected, and how what is said there is authenticated.
pub(super) struct InForce {
    pub(super) open: Open,
    pub(super) messaging: Messaging,
}

/// What is open, and by which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// The card itself, by its master key.
    Picc,
    /// Our application, whose keys are the site's current ones, by the key that writes the file.
    File {
        /// Whether the application's master key was changed, and nothing has shown yet that the card kept it.
        has_new_master: bool,
        /// Bytes of the record that was written, to read it back in one go; 0 where none was.
        record_bytes: usize,
        /// Whether the card had that key before: only this one has it then.
        proves_card: bool,
    },
}

impl InForce {
    /// What the last operation left, if it is still there.
    pub(super) fn take(card: &mut dyn CardChannel) -> Option<Self> {
        card.session()?.take()
    }

    /// Leaves it to the next operation. Where the card is authenticated by a key that it had before, and which is made for it alone,
    /// nothing else need show which card it is. A key that it was given just now shows nothing: all cards have the same ones when
    /// their keys are still to come, so that it may be on another than the one that was begun.
    pub(super) fn keep(self, card: &mut dyn CardChannel) {
        if let Some(session) = card.session() {
            match self.open {
                Open::File {
                    proves_card: true, ..
                } => session.keep_proof(self),
                Open::File { .. } | Open::Picc => session.keep(self),
            }
        }
    }
}
