//! The two tables that a history is made of: what was written here, and what Seam was asked to encode.

use rusqlite::Row;

use super::error::JournalError;
use super::rows::{COLUMNS, issuance_from};
use super::seam_encodes::{COLUMNS as ENCODE_COLUMNS, encode_from};
use crate::issuance::encoded::Encoded;

/// Where entries are. The column `seq` is counted across both.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Issuances,
    SeamEncodes,
}

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Issuances => "issuance",
            Self::SeamEncodes => "seam_encode",
        }
    }

    /// The columns that [`read`](Self::read) reads, in its order.
    pub(super) fn columns(self) -> &'static str {
        match self {
            Self::Issuances => COLUMNS,
            Self::SeamEncodes => ENCODE_COLUMNS,
        }
    }

    /// Reads one row.
    pub(super) fn read(self, row: &Row<'_>) -> Result<Encoded, JournalError> {
        match self {
            Self::Issuances => Ok(Encoded::Here(issuance_from(row)?)),
            Self::SeamEncodes => Ok(Encoded::BySeam(encode_from(row)?)),
        }
    }
}
