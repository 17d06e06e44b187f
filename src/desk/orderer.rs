//! On whose behalf a command is given: only they end it.

use serde::Serialize;
use uuid::Uuid;

/// On whose behalf a command is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Orderer {
    /// The program itself: what it does with a card that is placed, or the only command that it was started for.
    #[default]
    Program,
    /// A desk: the browser or the program with this token.
    Desk(Uuid),
    /// A program that makes Seam's own calls, as a kiosk does.
    LocalApi,
}

impl Serialize for Orderer {
    /// Which of them, and not whose token.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Program => "program",
            Self::Desk(_) => "desk",
            Self::LocalApi => "local_api",
        })
    }
}
