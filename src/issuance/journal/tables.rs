//! The two tables that a history is made of: what was written here, and what Seam was asked to encode.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

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

    /// The entries of which `condition` holds, each with its place in the history. What may follow WHERE in SQL may be in `condition`.
    pub(super) fn entries(
        self,
        connection: &Connection,
        condition: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<(i64, Encoded)>, JournalError> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {}, seq FROM {} WHERE {condition}",
            self.columns(),
            self.name(),
        ))?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((row.get("seq")?, self.read(row)?));
        }
        Ok(found)
    }

    fn columns(self) -> &'static str {
        match self {
            Self::Issuances => COLUMNS,
            Self::SeamEncodes => ENCODE_COLUMNS,
        }
    }

    fn read(self, row: &Row<'_>) -> Result<Encoded, JournalError> {
        match self {
            Self::Issuances => Ok(Encoded::Here(issuance_from(row)?)),
            Self::SeamEncodes => Ok(Encoded::BySeam(encode_from(row)?)),
        }
    }
}
