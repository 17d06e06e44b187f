//! Action attempts of the local API: an answer that was given once is given again, also after a restart.

use jiff::Timestamp;
use rusqlite::types::Value as Column;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::Value;
use uuid::Uuid;

use super::checked::CheckedRow;
use super::{Journal, JournalError, JournalReader};
use crate::issuance::attempt::{Action, ActionType, Attempt, AttemptFailure, Ended};
use crate::seam::Holder;

/// What became of the request to begin an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is in the journal, pending.
    New(Attempt),
    /// The same was asked for before: this is what came of it so far. Nothing was begun.
    Repeated(Attempt),
    /// The credential is on its way onto a card on another encoder. Nothing was begun.
    Elsewhere,
}

/// All columns but the place, in the order in which [`insert`] gives them.
const COLUMNS: &str = "action_attempt_id, action, acs_encoder_id, subject, credential, begun_at, ended_at, result, error_type, error_message";

impl JournalReader {
    /// One action attempt.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn attempt(&self, id: Uuid) -> Result<Option<Attempt>, JournalError> {
        one(
            &self.connection,
            "action_attempt_id = ?1",
            &[Column::Text(id.to_string())],
        )
    }

    /// The action attempts that have not ended, in the order in which they began.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn pending_attempts(&self) -> Result<Vec<Attempt>, JournalError> {
        let found = many(&self.connection, "ended_at IS NULL ORDER BY seq", &[])?;
        Ok(found.into_iter().map(|(_, attempt)| attempt).collect())
    }

    /// Action attempts in the order in which they began, each with its place in that order: at most `most`, those after the place `after`.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn attempts(&self, after: i64, most: u32) -> Result<Vec<(i64, Attempt)>, JournalError> {
        many(
            &self.connection,
            "seq > ?1 ORDER BY seq LIMIT ?2",
            &[Column::Integer(after), Column::Integer(most.into())],
        )
    }
}

impl Journal {
    /// Notes that an action is attempted, unless the same is under way, or has succeeded since `repeats_since`: a client that
    /// lost the answer asks again. Attempts that ended before `forget_before` are forgotten.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn begin_attempt(
        &self,
        attempt: Attempt,
        repeats_since: Timestamp,
        forget_before: Timestamp,
    ) -> Result<Begun, JournalError> {
        let begun = {
            let attempt = attempt.clone();
            self.write(move |write| begin(write, &attempt, repeats_since, forget_before).map(Some))
        };
        Ok(begun.await?.unwrap_or(Begun::New(attempt)))
    }

    /// Notes an attempt that ended as it began.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_attempt(&self, attempt: Attempt) -> Result<(), JournalError> {
        self.write(move |write| insert(write, &attempt).map(Some))
            .await?;
        Ok(())
    }

    /// Notes how an attempt ended. One that has ended stays as it is.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn end_attempt(&self, id: Uuid, ended: Ended) -> Result<(), JournalError> {
        let columns = Columns::of(&ended);
        self.write(move |write| {
            let ended = write.execute(
                "UPDATE attempt SET ended_at = ?2, result = ?3, error_type = ?4, error_message = ?5, credential = NULL
                 WHERE action_attempt_id = ?1 AND ended_at IS NULL",
                params![
                    id.to_string(),
                    columns.ended_at,
                    columns.result,
                    columns.error_type,
                    columns.error_message
                ],
            )?;
            Ok((ended > 0).then_some(()))
        })
        .await?;
        Ok(())
    }
}

fn begin(
    connection: &Connection,
    attempt: &Attempt,
    repeats_since: Timestamp,
    forget_before: Timestamp,
) -> Result<Begun, JournalError> {
    let action = Column::Text(attempt.action.action_type().as_str().to_owned());
    let subject = subject_of(&attempt.action).map_or(Column::Null, Column::Text);
    let earlier = one(
        connection,
        "action = ?1 AND acs_encoder_id = ?2 AND subject IS ?3
         AND (ended_at IS NULL OR ended_at >= ?4 AND result IS NOT NULL AND action = 'ENCODE_CREDENTIAL')
         ORDER BY seq DESC LIMIT 1",
        &[
            action.clone(),
            Column::Text(attempt.acs_encoder_id.to_string()),
            subject.clone(),
            Column::Text(sortable(repeats_since)),
        ],
    )?;
    if let Some(earlier) = earlier {
        return Ok(Begun::Repeated(earlier));
    }
    if attempt.action.action_type() == ActionType::Encode {
        let elsewhere = "action = ?1 AND subject IS ?2 AND ended_at IS NULL";
        if one(connection, elsewhere, &[action, subject])?.is_some() {
            return Ok(Begun::Elsewhere);
        }
    }
    connection.execute(
        "DELETE FROM attempt WHERE ended_at < ?1",
        [sortable(forget_before)],
    )?;
    insert(connection, attempt)?;
    Ok(Begun::New(attempt.clone()))
}

fn insert(connection: &Connection, attempt: &Attempt) -> Result<(), JournalError> {
    let ended = attempt.ended.as_ref().map(Columns::of).unwrap_or_default();
    connection.execute(
        &format!(
            "INSERT INTO attempt ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        ),
        params![
            attempt.action_attempt_id.to_string(),
            attempt.action.action_type().as_str(),
            attempt.acs_encoder_id.to_string(),
            subject_of(&attempt.action),
            attempt.credential.as_ref().map(Value::to_string),
            sortable(attempt.begun_at),
            ended.ended_at,
            ended.result,
            ended.error_type,
            ended.error_message,
        ],
    )?;
    Ok(())
}

/// The end of an attempt, as the journal has it.
#[derive(Default)]
struct Columns {
    ended_at: Option<String>,
    result: Option<String>,
    error_type: Option<String>,
    error_message: Option<String>,
}

impl Columns {
    fn of(ended: &Ended) -> Self {
        let mut columns = Self {
            ended_at: Some(sortable(ended.at)),
            ..Self::default()
        };
        match &ended.outcome {
            Ok(result) => columns.result = Some(result.to_string()),
            Err(failure) => {
                columns.error_type = Some(failure.kind.clone());
                columns.error_message = Some(failure.message.clone());
            }
        }
        columns
    }
}

/// A time as text. Times are compared as texts, so all of them have the same length.
fn sortable(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

fn one(
    connection: &Connection,
    condition: &str,
    values: &[Column],
) -> Result<Option<Attempt>, JournalError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, seq FROM attempt WHERE {condition}"
    ))?;
    let found = statement
        .query_row(params_from_iter(values), |row| Ok(attempt_from(row)))
        .optional()?;
    found.transpose()
}

fn many(
    connection: &Connection,
    condition: &str,
    values: &[Column],
) -> Result<Vec<(i64, Attempt)>, JournalError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, seq FROM attempt WHERE {condition}"
    ))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get("seq")?, attempt_from(row)?));
    }
    Ok(found)
}

/// What an action is for, as the journal has it.
fn subject_of(action: &Action) -> Option<String> {
    match action {
        Action::Encode { acs_credential_id } => Some(acs_credential_id.clone()),
        Action::Scan => None,
        Action::ScanToAssign { holder } => Some(match holder {
            Holder::AcsUser(id) => format!("acs_user {id}"),
            Holder::UserIdentity(id) => format!("user_identity {id}"),
        }),
    }
}

fn holder_in(subject: &str) -> Option<Holder> {
    match subject.split_once(' ')? {
        ("acs_user", id) => Some(Holder::AcsUser(id.to_owned())),
        ("user_identity", id) => Some(Holder::UserIdentity(id.to_owned())),
        _ => None,
    }
}

fn action_in(word: &str, subject: Option<String>) -> Option<Action> {
    let types = [
        ActionType::Encode,
        ActionType::Scan,
        ActionType::ScanToAssign,
    ];
    match types.into_iter().find(|one| one.as_str() == word)? {
        ActionType::Encode => Some(Action::Encode {
            acs_credential_id: subject?,
        }),
        ActionType::Scan => Some(Action::Scan),
        ActionType::ScanToAssign => Some(Action::ScanToAssign {
            holder: holder_in(&subject?)?,
        }),
    }
}

fn attempt_from(row: &Row<'_>) -> Result<Attempt, JournalError> {
    let id: String = row.get("action_attempt_id")?;
    let row = CheckedRow::new(row, |what| JournalError::CorruptAttempt {
        action_attempt_id: id.clone(),
        what,
    });
    let json = |column| -> Result<Option<Value>, JournalError> {
        row.checked_if_there(column, |text: String| serde_json::from_str(&text).ok())
    };
    let subject = row.get("subject")?;
    let failure = match (row.get("error_type")?, row.get("error_message")?) {
        (Some(kind), Some(message)) => Some(AttemptFailure { kind, message }),
        _ => None,
    };
    let ended = match row.time_if_there("ended_at")? {
        None => None,
        Some(at) => Some(Ended {
            at,
            outcome: match (json("result")?, failure) {
                (Some(result), None) => Ok(result),
                (None, Some(failure)) => Err(failure),
                _ => return Err(row.corrupt("result")),
            },
        }),
    };
    Ok(Attempt {
        action_attempt_id: row.uuid("action_attempt_id")?,
        action: row.checked("action", |word: String| action_in(&word, subject))?,
        acs_encoder_id: row.uuid("acs_encoder_id")?,
        credential: json("credential")?,
        begun_at: row.time("begun_at")?,
        ended,
    })
}
