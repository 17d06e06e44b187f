//! What the journal holds, a page at a time: a long history is never in memory as a whole, and no transaction stays open while its
//! reader takes its time.

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};

use super::rows::{COLUMNS, issuance_from};
use super::{JournalError, JournalReader};
use crate::issuance::entry::Issuance;
use crate::issuance::state::State;

/// How many issuances are read at once.
const PAGE: i64 = 500;

/// When an issuance was begun, to the second: a text with a fraction would sort before one without. The index `by_time` is on these
/// words.
const BEGUN: &str = "substr(claimed_at, 1, 19)";

/// Which issuances are wanted: those of which all holds that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only so many, the newest.
    pub limit: Option<u32>,
    /// Begun then or later, to the second.
    pub since: Option<Timestamp>,
    /// Begun earlier than then, to the second.
    pub until: Option<Timestamp>,
    /// Of this card.
    pub card_uid: Option<Uid>,
    /// Of this credential.
    pub acs_credential_id: Option<String>,
    /// In one of these states; in any where none is named.
    pub states: Vec<State>,
}

impl JournalReader {
    /// Hands on the issuances that are wanted, oldest first, some at a time.
    ///
    /// # Errors
    /// When the journal fails, or `take` does.
    pub fn each_page<E: From<JournalError>>(
        &self,
        filter: &Filter,
        mut take: impl FnMut(Vec<Issuance>) -> Result<(), E>,
    ) -> Result<(), E> {
        let wanted = Condition::of(filter);
        let Some((mut after, last)) = self.bounds(filter, &wanted)? else {
            return Ok(());
        };
        loop {
            let (page, reached) = self.page(&wanted, after, last)?;
            if page.is_empty() {
                return Ok(());
            }
            after = reached;
            take(page)?;
        }
    }

    fn page(
        &self,
        wanted: &Condition,
        after: i64,
        last: i64,
    ) -> Result<(Vec<Issuance>, i64), JournalError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS}, seq FROM issuance WHERE {} ORDER BY seq LIMIT {PAGE}",
            wanted.between()
        ))?;
        let place = statement.column_count().saturating_sub(1);
        let mut rows = statement.query(params_from_iter(wanted.values(after, last)))?;
        let (mut page, mut reached) = (Vec::new(), after);
        while let Some(row) = rows.next()? {
            page.push(issuance_from(row)?);
            reached = row.get(place)?;
        }
        Ok((page, reached))
    }

    /// Behind which entry those that are wanted begin, and with which they end; `None` when there are none.
    fn bounds(
        &self,
        filter: &Filter,
        wanted: &Condition,
    ) -> Result<Option<(i64, i64)>, JournalError> {
        let (mut after, mut last) = (i64::MIN, i64::MAX);
        let mut times = Condition::default();
        times.of_time(BEGUN, filter);
        if !times.terms.is_empty() {
            let found: (Option<i64>, Option<i64>) = self.connection.query_row(
                &format!(
                    "SELECT min(seq), max(seq) FROM issuance WHERE {}",
                    times.terms.join(" AND ")
                ),
                params_from_iter(&times.values),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let (Some(first), Some(newest)) = found else {
                return Ok(None);
            };
            (after, last) = (first.saturating_sub(1), newest);
        }
        if let Some(limit) = filter.limit {
            let first: Option<i64> = self
                .connection
                .query_row(
                    &format!(
                        "SELECT seq FROM issuance WHERE {} ORDER BY seq DESC LIMIT 1 OFFSET {}",
                        wanted.between(),
                        limit.saturating_sub(1)
                    ),
                    params_from_iter(wanted.values(after, last)),
                    |row| row.get(0),
                )
                .optional()?;
            after = first.map_or(after, |first| first.saturating_sub(1));
        }
        Ok(Some((after, last)))
    }
}

/// What has to hold, in SQL.
#[derive(Debug, Default)]
struct Condition {
    terms: Vec<String>,
    values: Vec<Value>,
}

impl Condition {
    fn of(filter: &Filter) -> Self {
        let mut all = Self::default();
        if let Some(uid) = &filter.card_uid {
            all.add("card_uid = ?", [uid.to_string()]);
        }
        if let Some(id) = &filter.acs_credential_id {
            all.add("acs_credential_id = ?", [id.clone()]);
        }
        let states = filter.states.iter().map(|state| state.as_str().to_owned());
        match filter.states.len() {
            0 => {}
            // In the index these are in the order in which they are wanted.
            1 => all.add("state = ?", states),
            // Several are not: the plus keeps them from being sorted for each page.
            count => {
                let places = vec!["?"; count].join(", ");
                all.add(&format!("+state IN ({places})"), states);
            }
        }
        all.of_time(&format!("+{BEGUN}"), filter);
        all
    }

    fn of_time(&mut self, begun: &str, filter: &Filter) {
        let words = |time: Timestamp| [time.strftime("%Y-%m-%dT%H:%M:%S").to_string()];
        if let Some(since) = filter.since {
            self.add(&format!("{begun} >= ?"), words(since));
        }
        if let Some(until) = filter.until {
            self.add(&format!("{begun} < ?"), words(until));
        }
    }

    fn add(&mut self, term: &str, values: impl IntoIterator<Item = String>) {
        self.terms.push(term.to_owned());
        self.values.extend(values.into_iter().map(Value::Text));
    }

    /// All of it, and between two entries.
    fn between(&self) -> String {
        let places = ["seq > ?", "seq <= ?"].into_iter();
        let terms = places.chain(self.terms.iter().map(String::as_str));
        terms.collect::<Vec<_>>().join(" AND ")
    }

    fn values(&self, after: i64, last: i64) -> Vec<Value> {
        let places = [Value::Integer(after), Value::Integer(last)];
        places.into_iter().chain(self.values.clone()).collect()
    }
}
