//! What was asked of an encoder through the local API, and what came of it: an answer that was given once is given again, also
//! after a restart.

use jiff::Timestamp;
use rusqlite::types::Value as Column;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::Value;
use uuid::Uuid;

use super::{Journal, JournalError, JournalReader};

/// An action, in Seam's word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Puts a credential onto a card.
    Encode,
    /// Reads a card.
    Scan,
    /// Reads a card and gives what it holds to a user.
    ScanToAssign,
}

impl Action {
    const ALL: [Self; 3] = [Self::Encode, Self::Scan, Self::ScanToAssign];

    /// Seam's word, which is also that of the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Encode => "ENCODE_CREDENTIAL",
            Self::Scan => "SCAN_CREDENTIAL",
            Self::ScanToAssign => "SCAN_TO_ASSIGN_CREDENTIAL",
        }
    }
}

/// One action attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its id.
    pub action_attempt_id: Uuid,
    /// What is attempted.
    pub action: Action,
    /// Where.
    pub acs_encoder_id: Uuid,
    /// For what: the credential that is encoded, the user that a card is given to.
    pub subject: Option<String>,
    /// The credential that is encoded, as Seam had it then. It is kept until the attempt has ended.
    pub credential: Option<Value>,
    /// When it was asked for.
    pub begun_at: Timestamp,
    /// How it ended; none while it is pending.
    pub ended: Option<Ended>,
}

/// The end of an action attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: Result<Value, AttemptFailure>,
}

/// Why an action attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptFailure {
    /// Seam's word for it.
    pub kind: String,
    /// The sentence beside it.
    pub message: String,
}

/// What became of the wish to begin an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is in the journal, pending.
    New(Attempt),
    /// The same was asked for before: this is what came of it so far. Nothing was begun.
    Repeated(Attempt),
    /// The credential is on its way onto a card on another encoder. Nothing was begun.
    Elsewhere(Attempt),
}

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

    /// Action attempts in the order in which they began, each with its place in that order: those behind a place, so many at most.
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
    /// Takes down that an action is attempted, unless the same is under way, or has succeeded since `repeats_since`: a client that
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

    /// Takes down an attempt that ended as it began.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_attempt(&self, attempt: Attempt) -> Result<(), JournalError> {
        self.write(move |write| insert(write, &attempt).map(Some))
            .await?;
        Ok(())
    }

    /// Takes down how an attempt ended. One that has ended stays as it is.
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
    let text = |text: &str| Column::Text(text.to_owned());
    let subject = attempt.subject.as_deref().map_or(Column::Null, text);
    let [action, encoder] = [
        text(attempt.action.as_str()),
        Column::Text(attempt.acs_encoder_id.to_string()),
    ];
    let earlier = one(
        connection,
        "action = ?1 AND acs_encoder_id = ?2 AND subject IS ?3
         AND (ended_at IS NULL OR ended_at >= ?4 AND result IS NOT NULL AND action = 'ENCODE_CREDENTIAL')
         ORDER BY seq DESC LIMIT 1",
        &[
            action.clone(),
            encoder,
            subject.clone(),
            Column::Text(written(repeats_since)),
        ],
    )?;
    if let Some(earlier) = earlier {
        return Ok(Begun::Repeated(earlier));
    }
    if attempt.action == Action::Encode {
        let elsewhere = one(
            connection,
            "action = ?1 AND subject IS ?2 AND ended_at IS NULL",
            &[action, subject],
        )?;
        if let Some(elsewhere) = elsewhere {
            return Ok(Begun::Elsewhere(elsewhere));
        }
    }
    connection.execute(
        "DELETE FROM attempt WHERE ended_at < ?1",
        [written(forget_before)],
    )?;
    insert(connection, attempt)?;
    Ok(Begun::New(attempt.clone()))
}

fn insert(connection: &Connection, attempt: &Attempt) -> Result<(), JournalError> {
    let ended = attempt.ended.as_ref().map(Columns::of).unwrap_or_default();
    connection.execute(
        "INSERT INTO attempt (action_attempt_id, action, acs_encoder_id, subject, credential, begun_at, ended_at, result, error_type, error_message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            attempt.action_attempt_id.to_string(),
            attempt.action.as_str(),
            attempt.acs_encoder_id.to_string(),
            attempt.subject,
            attempt.credential.as_ref().map(Value::to_string),
            written(attempt.begun_at),
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
            ended_at: Some(written(ended.at)),
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

/// Times are compared as texts, so all of them have the same length.
fn written(time: Timestamp) -> String {
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

fn attempt_from(row: &Row<'_>) -> Result<Attempt, JournalError> {
    let id: String = row.get("action_attempt_id")?;
    let corrupt = |what: &'static str| JournalError::CorruptAttempt {
        action_attempt_id: id.clone(),
        what,
    };
    let time = |name: &'static str| -> Result<Option<Timestamp>, JournalError> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| text.parse().map_err(|_| corrupt(name)))
            .transpose()
    };
    let json = |name: &'static str| -> Result<Option<Value>, JournalError> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| serde_json::from_str(&text).map_err(|_| corrupt(name)))
            .transpose()
    };
    let action: String = row.get("action")?;
    let encoder: String = row.get("acs_encoder_id")?;
    let failure = match (row.get("error_type")?, row.get("error_message")?) {
        (Some(kind), Some(message)) => Some(AttemptFailure { kind, message }),
        _ => None,
    };
    let ended = match time("ended_at")? {
        None => None,
        Some(at) => Some(Ended {
            at,
            outcome: match (json("result")?, failure) {
                (Some(result), None) => Ok(result),
                (None, Some(failure)) => Err(failure),
                _ => return Err(corrupt("result")),
            },
        }),
    };
    Ok(Attempt {
        action_attempt_id: Uuid::parse_str(&id).map_err(|_| corrupt("action_attempt_id"))?,
        action: Action::ALL
            .into_iter()
            .find(|one| one.as_str() == action)
            .ok_or_else(|| corrupt("action"))?,
        acs_encoder_id: Uuid::parse_str(&encoder).map_err(|_| corrupt("acs_encoder_id"))?,
        subject: row.get("subject")?,
        credential: json("credential")?,
        begun_at: time("begun_at")?.ok_or_else(|| corrupt("begun_at"))?,
        ended,
    })
}
