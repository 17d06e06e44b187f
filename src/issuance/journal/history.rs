//! What the journal holds, a page at a time: a long history is never in memory as a whole, and no transaction stays open while its
//! reader takes its time.

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};

use super::tables::Table;
use super::{JournalError, JournalReader};
use crate::issuance::encoded::Encoded;
use crate::issuance::state::State;

/// How many issuances are read at once.
const PAGE: usize = 500;

/// When an issuance was begun, to the second: a text with a fraction would sort before one without. The index `by_time` is on these
/// words.
const BEGUN: &str = "substr(claimed_at, 1, 19)";

/// Which issuances are wanted: those of which all holds that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// At most this many, the newest.
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
    /// Hands on what is wanted of what was encoded here and by Seam, oldest first, some at a time.
    ///
    /// # Errors
    /// When the journal fails, or `take` does.
    pub fn each_page<E: From<JournalError>>(
        &self,
        filter: &Filter,
        mut take: impl FnMut(Vec<Encoded>) -> Result<(), E>,
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

    /// The next entries of either table, in the order of their places.
    fn page(
        &self,
        wanted: &Condition,
        after: i64,
        last: i64,
    ) -> Result<(Vec<Encoded>, i64), JournalError> {
        let here = self.rows(wanted, Table::Issuances, after, last)?;
        let by_seam = self.rows(wanted, Table::SeamEncodes, after, last)?;
        let mut page: Vec<_> = here.into_iter().chain(by_seam).collect();
        page.sort_by_key(|(place, _)| *place);
        page.truncate(PAGE);
        let reached = page.last().map_or(after, |(place, _)| *place);
        Ok((page.into_iter().map(|(_, one)| one).collect(), reached))
    }

    fn rows(
        &self,
        wanted: &Condition,
        table: Table,
        after: i64,
        last: i64,
    ) -> Result<Vec<(i64, Encoded)>, JournalError> {
        let condition = format!("{} ORDER BY seq LIMIT {PAGE}", wanted.between(table));
        table.entries(&self.connection, &condition, wanted.values(after, last))
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
            let terms = times.all(Table::Issuances).join(" AND ");
            let found: (Option<i64>, Option<i64>) = self.connection.query_row(
                &format!(
                    "SELECT min(first), max(newest) FROM (
                         SELECT min(seq) AS first, max(seq) AS newest FROM issuance WHERE {terms}
                         UNION ALL SELECT min(seq), max(seq) FROM seam_encode WHERE {terms})"
                ),
                params_from_iter(times.values(after, last)),
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
                        "SELECT seq FROM issuance WHERE {} UNION ALL SELECT seq FROM seam_encode WHERE {}
                         ORDER BY seq DESC LIMIT 1 OFFSET {}",
                        wanted.between(Table::Issuances),
                        wanted.between(Table::SeamEncodes),
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
    terms: Vec<Term>,
    values: Vec<Value>,
}

/// One term, in the words of each table.
#[derive(Debug)]
struct Term {
    here: String,
    by_seam: String,
}

impl Condition {
    fn of(filter: &Filter) -> Self {
        let mut all = Self::default();
        if let Some(uid) = &filter.card_uid {
            let place = all.place(uid.to_string());
            all.terms.push(Term {
                here: format!("card_uid = {place}"),
                // Which card Seam's encoder has written is not known.
                by_seam: format!("{place} IS NULL"),
            });
        }
        if let Some(id) = &filter.acs_credential_id {
            let place = all.place(id.clone());
            all.add(format!("acs_credential_id = {place}"));
        }
        let states = filter.states.iter().map(|state| state.as_str().to_owned());
        let states: Vec<_> = states.map(|state| all.place(state)).collect();
        match states.as_slice() {
            [] => {}
            // In the index these are in the order in which they are wanted.
            [one] => all.add(format!("state = {one}")),
            // Several are not: the plus keeps them from being sorted for each page.
            several => all.add(format!("+state IN ({})", several.join(", "))),
        }
        all.of_time(&format!("+{BEGUN}"), filter);
        all
    }

    fn of_time(&mut self, begun: &str, filter: &Filter) {
        let words = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        if let Some(since) = filter.since {
            let place = self.place(words(since));
            self.add(format!("{begun} >= {place}"));
        }
        if let Some(until) = filter.until {
            let place = self.place(words(until));
            self.add(format!("{begun} < {place}"));
        }
    }

    /// Adds a value, and gives its placeholder. The first two are those between which entries are looked for.
    fn place(&mut self, value: String) -> String {
        self.values.push(Value::Text(value));
        format!("?{}", self.values.len() + 2)
    }

    fn add(&mut self, term: String) {
        self.terms.push(Term {
            here: term.clone(),
            by_seam: term,
        });
    }

    /// All of it.
    fn all(&self, table: Table) -> Vec<&str> {
        let terms = self.terms.iter().map(|term| match table {
            Table::Issuances => term.here.as_str(),
            Table::SeamEncodes => term.by_seam.as_str(),
        });
        terms.collect()
    }

    /// All of it, and between two entries.
    fn between(&self, table: Table) -> String {
        [&["seq > ?1", "seq <= ?2"], self.all(table).as_slice()]
            .concat()
            .join(" AND ")
    }

    fn values(&self, after: i64, last: i64) -> Vec<Value> {
        let places = [Value::Integer(after), Value::Integer(last)];
        places.into_iter().chain(self.values.clone()).collect()
    }
}
