//! A row whose values are checked as they are read: it is input like any other.

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::FromSql;
use uuid::Uuid;

use super::error::JournalError;

/// A row, and the error for a column whose value is not one that it can have.
pub(super) struct CheckedRow<'r, 's, C> {
    row: &'r Row<'s>,
    corrupt: C,
}

impl<'r, 's, C: Fn(&'static str) -> JournalError> CheckedRow<'r, 's, C> {
    pub(super) fn new(row: &'r Row<'s>, corrupt: C) -> Self {
        Self { row, corrupt }
    }

    /// What is wrong with a column.
    pub(super) fn corrupt(&self, column: &'static str) -> JournalError {
        (self.corrupt)(column)
    }

    /// A value of which every one is good.
    pub(super) fn get<T: FromSql>(&self, column: &'static str) -> Result<T, JournalError> {
        Ok(self.row.get(column)?)
    }

    /// A value that `check` makes something of.
    pub(super) fn checked<V: FromSql, T>(
        &self,
        column: &'static str,
        check: impl FnOnce(V) -> Option<T>,
    ) -> Result<T, JournalError> {
        check(self.get(column)?).ok_or_else(|| self.corrupt(column))
    }

    /// The same of a column that may be NULL.
    pub(super) fn checked_if_there<V: FromSql, T>(
        &self,
        column: &'static str,
        check: impl FnOnce(V) -> Option<T>,
    ) -> Result<Option<T>, JournalError> {
        let value: Option<V> = self.get(column)?;
        let checked = value.map(|value| check(value).ok_or_else(|| self.corrupt(column)));
        checked.transpose()
    }

    pub(super) fn uuid(&self, column: &'static str) -> Result<Uuid, JournalError> {
        self.checked(column, |text: String| Uuid::parse_str(&text).ok())
    }

    pub(super) fn uuid_if_there(&self, column: &'static str) -> Result<Option<Uuid>, JournalError> {
        self.checked_if_there(column, |text: String| Uuid::parse_str(&text).ok())
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, JournalError> {
        self.checked(column, |text: String| text.parse().ok())
    }

    pub(super) fn time_if_there(
        &self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, JournalError> {
        self.checked_if_there(column, |text: String| text.parse().ok())
    }
}
