//! How far each report of an issuance came at each sink.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::steps::step;
use super::{Journal, JournalError, JournalReader};
use crate::issuance::entry::{Issuance, Report};

/// The name of a sink in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SinkName {
    /// The signed event, posted to `report.url`.
    Event,
    /// `POST /access_methods/assign_card`.
    AssignCard,
}

impl SinkName {
    /// The word in the journal and in people's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::AssignCard => "assign_card",
        }
    }
}

/// One report at one sink.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// Not to be tried before; absent when it may be tried at once.
    pub due_at: Option<Timestamp>,
    /// When the sink took it.
    pub delivered_at: Option<Timestamp>,
    /// When the sink said that it has no place for it.
    pub unconcerned_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

impl JournalReader {
    /// How far a report of an issuance is at a sink; the default when it was never tried.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn delivery(
        &self,
        issuance_id: Uuid,
        report: Report,
        sink: SinkName,
    ) -> Result<Delivery, JournalError> {
        let time = |value: Option<String>, what| {
            value
                .map(|text| {
                    text.parse().map_err(|_| JournalError::Corrupt {
                        issuance_id: issuance_id.to_string(),
                        what,
                    })
                })
                .transpose()
        };
        self.connection
            .query_row(
                "SELECT attempts, tried_at, due_at, delivered_at, unconcerned_at, last_error FROM delivery
                 WHERE issuance_id = ?1 AND report = ?2 AND sink = ?3",
                params![issuance_id.to_string(), report.as_str(), sink.as_str()],
                |row| {
                    let times: [Option<String>; 4] =
                        [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
                    let (attempts, last_error) = (row.get(0)?, row.get(5)?);
                    let read = |[tried_at, due_at, delivered_at, unconcerned_at]: [_; 4]| {
                        Ok(Delivery {
                            attempts,
                            tried_at: time(tried_at, "tried_at")?,
                            due_at: time(due_at, "due_at")?,
                            delivered_at: time(delivered_at, "delivered_at")?,
                            unconcerned_at: time(unconcerned_at, "unconcerned_at")?,
                            last_error,
                        })
                    };
                    Ok(read(times))
                },
            )
            .optional()?
            .unwrap_or_else(|| Ok(Delivery::default()))
    }
}

impl Journal {
    /// Writes down how far a report is at a sink.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_delivery(
        &self,
        issuance_id: Uuid,
        report: Report,
        sink: SinkName,
        delivery: &Delivery,
    ) -> Result<(), JournalError> {
        let delivery = delivery.clone();
        self.write(move |write| note(write, issuance_id, report, sink, &delivery).map(Some))
            .await?;
        Ok(())
    }

    /// Writes down, in one step, that the last sink has taken a report, where that was just now, and that the issuance is reported.
    /// `None` when it is no longer in the state that `issuance` says; what the sink did is written down all the same.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_reported(
        &self,
        issuance: &Issuance,
        report: Report,
        last: Option<(SinkName, Delivery)>,
        at: Timestamp,
    ) -> Result<Option<Issuance>, JournalError> {
        let seen = issuance.clone();
        let next = self
            .write(move |write| {
                if let Some((sink, delivery)) = &last {
                    note(write, seen.issuance_id, report, *sink, delivery)?;
                }
                match step(write, &seen, report.taken(), at) {
                    Ok(next) => Ok(Some(Some(next))),
                    Err(JournalError::Overtaken { .. }) => Ok(Some(None)),
                    Err(error) => Err(error),
                }
            })
            .await?;
        Ok(next.flatten())
    }
}

fn note(
    connection: &Connection,
    issuance_id: Uuid,
    report: Report,
    sink: SinkName,
    delivery: &Delivery,
) -> Result<(), JournalError> {
    connection.execute(
        "INSERT INTO delivery (issuance_id, report, sink, attempts, tried_at, due_at, delivered_at, unconcerned_at, last_error)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (issuance_id, report, sink) DO UPDATE SET
             attempts = ?4, tried_at = ?5, due_at = ?6, delivered_at = ?7, unconcerned_at = ?8, last_error = ?9",
        params![
            issuance_id.to_string(),
            report.as_str(),
            sink.as_str(),
            delivery.attempts,
            delivery.tried_at.map(|at| at.to_string()),
            delivery.due_at.map(|at| at.to_string()),
            delivery.delivered_at.map(|at| at.to_string()),
            delivery.unconcerned_at.map(|at| at.to_string()),
            delivery.last_error,
        ],
    )?;
    Ok(())
}
