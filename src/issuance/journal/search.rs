//! Searching the journal, newest first, a page at a time: for a room, a card, a card number.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rusqlite::types::Value;
use uuid::Uuid;

use super::tables::Table;
use super::{JournalError, JournalReader};
use crate::issuance::encoded::Encoded;

/// What is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// A part of the credential's name, of the card's UID or of the card number; none: all of them.
    pub text: Option<String>,
    /// These credentials as well, whatever the text is.
    pub acs_credential_ids: BTreeSet<String>,
    /// Only what came before this issuance.
    pub before: Option<Uuid>,
    /// The most that are wanted.
    pub limit: u32,
}

impl JournalReader {
    /// What is wanted of what was encoded here and by Seam, newest first.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn search(&self, search: &Search) -> Result<Vec<Encoded>, JournalError> {
        let mut found = self.search_in(Table::Issuances, search)?;
        found.extend(self.search_in(Table::SeamEncodes, search)?);
        found.sort_by_key(|(place, _)| Reverse(*place));
        found.truncate(usize::try_from(search.limit).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|(_, one)| one).collect())
    }

    fn search_in(
        &self,
        table: Table,
        search: &Search,
    ) -> Result<Vec<(i64, Encoded)>, JournalError> {
        let mut terms = vec!["1".to_owned()];
        let mut values = Vec::new();
        if let Some(before) = search.before {
            terms.push(
                "seq < (SELECT seq FROM (SELECT seq, issuance_id FROM issuance
                    UNION ALL SELECT seq, issuance_id FROM seam_encode) WHERE issuance_id = ?)"
                    .to_owned(),
            );
            values.push(Value::Text(before.to_string()));
        }
        if let Some(text) = &search.text {
            let ids = vec!["?"; search.acs_credential_ids.len()].join(", ");
            let card = match table {
                Table::Issuances => "card_uid",
                // Which card Seam's encoder has written is not known.
                Table::SeamEncodes => "''",
            };
            terms.push(format!(
                "(display_name LIKE ? ESCAPE '\\' OR card_number LIKE ? ESCAPE '\\' OR {card} LIKE ? ESCAPE '\\' \
                 OR acs_credential_id = ? OR acs_credential_id IN ({ids}))"
            ));
            let part = Value::Text(format!("%{}%", escaped(text)));
            values.extend([part.clone(), part.clone(), part]);
            values.push(Value::Text(text.clone()));
            let ids = search.acs_credential_ids.iter().cloned();
            values.extend(ids.map(Value::Text));
        }
        values.push(Value::Integer(search.limit.into()));
        let condition = format!("{} ORDER BY seq DESC LIMIT ?", terms.join(" AND "));
        table.entries(&self.connection, &condition, values)
    }
}

/// The text as a pattern that fits itself alone.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}
