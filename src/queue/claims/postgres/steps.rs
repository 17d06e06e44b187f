//! What becomes of what was taken: the first write, and every later state.

use jiff::Timestamp;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::connection::Database;
use super::rows::{fence, state};
use crate::issuance::elsewhere::Fence;
use crate::issuance::encoded::Encoded;
use crate::issuance::journal::Unshared;
use crate::issuance::state::State;
use crate::queue::claims::{Begun, Known, PropertyError};

/// How long a desk may be at a card. After that, a person at another desk may give the card up.
const LEASE: &str = "interval '2 minutes'";

/// The states in which a credential and a card are taken.
const OPEN: &str = "('claiming', 'writing', 'torn')";

/// What was begun before a desk belonged to the property was not claimed of all desks: it gets a number below all claims, in the order of
/// that desk's clock.
const BEFORE_ALL: i64 = i64::MIN / 2;

impl Database {
    /// Says that the first write comes next. Where it has been taken over meanwhile, nothing may be written.
    pub(in crate::queue::claims) async fn begin(
        &self,
        issuance_id: Uuid,
        fence: Fence,
    ) -> Result<Begun, PropertyError> {
        let begun = self
            .query(
                &format!(
                    "UPDATE cardbridge.issuance
                     SET state = 'writing', is_begun = true, lease_until = clock_timestamp() + {LEASE}, updated_at = now()
                     WHERE issuance_id = $1 AND fence = $2 AND desk_id = $3 AND ended_by IS NULL
                         AND state IN ('claiming', 'writing', 'torn') RETURNING 1"
                ),
                &[
                    (&issuance_id, Type::UUID),
                    (&fence.get(), Type::INT8),
                    (&self.desk_id, Type::UUID),
                ],
            )
            .await?;
        if !begun.is_empty() {
            return Ok(Begun::Yes);
        }
        let by = self
            .query(
                "SELECT d.name FROM cardbridge.issuance AS i
                 JOIN cardbridge.desk AS d ON d.desk_id = coalesce(i.ended_by, i.desk_id) WHERE i.issuance_id = $1",
                &[(&issuance_id, Type::UUID)],
            )
            .await?;
        let desk = by.first().map(|row| row.try_get(0)).transpose()?;
        Ok(Begun::TakenOver(desk.unwrap_or_default()))
    }

    /// Gives back what was taken and is not used. Should it not be heard, the lease ends by itself.
    pub(in crate::queue::claims) async fn release(
        &self,
        issuance_id: Uuid,
        fence: Fence,
    ) -> Result<(), PropertyError> {
        self.query(
            "UPDATE cardbridge.issuance SET state = 'abandoned', lease_until = NULL, updated_at = now()
             WHERE issuance_id = $1 AND fence = $2 AND desk_id = $3 AND state = 'claiming'",
            &[
                (&issuance_id, Type::UUID),
                (&fence.get(), Type::INT8),
                (&self.desk_id, Type::UUID),
            ],
        )
        .await?;
        Ok(())
    }

    /// Notes how an issuance of this desk is now, whatever was noted before.
    pub(in crate::queue::claims) async fn share(
        &self,
        unshared: &Unshared,
    ) -> Result<Known, PropertyError> {
        Shared::of(&unshared.encoded).share(self).await
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an end of validity is in whole seconds, exact for longer than there are hotels"
)]
fn seconds(seconds: i64) -> f64 {
    seconds as f64
}

/// What a row says of an issuance.
struct Shared<'a> {
    issuance_id: Uuid,
    acs_credential_id: &'a str,
    card_uid: Option<String>,
    card_number: Option<&'a str>,
    card_type: Option<&'a str>,
    encoder: &'a str,
    state: State,
    claimed_at: Timestamp,
    written_at: Option<Timestamp>,
    /// In seconds since 1970.
    ends_at: Option<f64>,
    answers: Option<&'a [String]>,
}

impl<'a> Shared<'a> {
    fn of(encoded: &'a Encoded) -> Self {
        match encoded {
            Encoded::Here(issuance) => Self {
                issuance_id: issuance.issuance_id,
                acs_credential_id: &issuance.acs_credential_id,
                card_uid: Some(issuance.card_uid.to_string()),
                card_number: Some(&issuance.card_number),
                card_type: Some(&issuance.card_type),
                encoder: &issuance.encoder,
                state: issuance.state(),
                claimed_at: issuance.claimed_at,
                written_at: issuance.written_at(),
                ends_at: issuance.ends_at().map(seconds),
                answers: issuance.answers.as_deref(),
            },
            Encoded::BySeam(encode) => Self {
                issuance_id: encode.issuance_id,
                acs_credential_id: &encode.acs_credential_id,
                card_uid: None,
                card_number: encode.card_number(),
                card_type: None,
                encoder: &encode.encoder,
                state: encode.state(),
                claimed_at: encode.claimed_at,
                written_at: encode.ended_at.filter(|_| encode.is_issued()),
                ends_at: None,
                answers: Some(&encode.answers),
            },
        }
    }

    async fn share(&self, database: &Database) -> Result<Known, PropertyError> {
        if let Some(fence) = self.update(database).await? {
            self.displace(database, fence).await?;
            return Ok(Known::AsShared(fence));
        }
        if let Some(known) = self.ended_elsewhere(database).await? {
            return Ok(known);
        }
        // Where it collides with what another desk has open, both are kept, and the later one is marked.
        for is_double in [false, true] {
            if let Some(fence) = self.insert(database, is_double).await? {
                return Ok(Known::AsShared(fence));
            }
        }
        Err(PropertyError::Failed(format!(
            "issuance {} is known as another desk's",
            self.issuance_id
        )))
    }

    /// What another desk has ended stays ended, unless its card turns out to hold the record.
    async fn update(&self, database: &Database) -> Result<Option<Fence>, PropertyError> {
        let rows = database
            .query(
                &format!(
                    "UPDATE cardbridge.issuance AS i
                     SET state = $3, written_at = $4, card_number = $5, card_type = $6, answers = $7, ends_at = to_timestamp($8),
                         is_begun = is_begun OR $3 <> 'abandoned', updated_at = now(),
                         is_double = is_double OR $3 IN {OPEN} AND EXISTS (SELECT 1 FROM cardbridge.issuance AS other
                             WHERE other.issuance_id <> $1 AND other.state IN {OPEN} AND NOT other.is_double
                                 AND (other.acs_credential_id = i.acs_credential_id OR other.card_uid = i.card_uid)),
                         lease_until = CASE WHEN $3 = 'writing' THEN coalesce(lease_until, clock_timestamp() + {LEASE}) END
                     WHERE issuance_id = $1 AND desk_id = $2
                         AND (ended_by IS NULL OR $3 IN ('superseded', 'wiping', 'wiped'))
                     RETURNING fence"
                ),
                &[
                    (&self.issuance_id, Type::UUID),
                    (&database.desk_id, Type::UUID),
                    (&self.state.as_str(), Type::TEXT),
                    (&self.written_at, Type::TIMESTAMPTZ),
                    (&self.card_number, Type::TEXT),
                    (&self.card_type, Type::TEXT),
                    (&self.answers, Type::TEXT_ARRAY),
                    (&self.ends_at, Type::FLOAT8),
                ],
            )
            .await?;
        fence(&rows)
    }

    async fn ended_elsewhere(&self, database: &Database) -> Result<Option<Known>, PropertyError> {
        let rows = database
            .query(
                "SELECT i.fence, i.state, d.name FROM cardbridge.issuance AS i
                 JOIN cardbridge.desk AS d ON d.desk_id = i.ended_by WHERE i.issuance_id = $1 AND i.desk_id = $2",
                &[
                    (&self.issuance_id, Type::UUID),
                    (&database.desk_id, Type::UUID),
                ],
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Known::EndedElsewhere {
            fence: Fence::new(row.try_get(0)?),
            state: state(row.try_get(1)?)?,
            desk: row.try_get(2)?,
        }))
    }

    async fn insert(
        &self,
        database: &Database,
        is_double: bool,
    ) -> Result<Option<Fence>, PropertyError> {
        let number = BEFORE_ALL + self.claimed_at.as_microsecond();
        let rows = database
            .query(
                "INSERT INTO cardbridge.issuance (issuance_id, desk_id, acs_credential_id, card_uid, card_number, card_type, encoder,
                     state, claimed_at, written_at, answers, is_double, is_begun, ends_at, fence)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, true, to_timestamp($13), $14)
                 ON CONFLICT DO NOTHING RETURNING fence",
                &[
                    (&self.issuance_id, Type::UUID),
                    (&database.desk_id, Type::UUID),
                    (&self.acs_credential_id, Type::TEXT),
                    (&self.card_uid, Type::TEXT),
                    (&self.card_number, Type::TEXT),
                    (&self.card_type, Type::TEXT),
                    (&self.encoder, Type::TEXT),
                    (&self.state.as_str(), Type::TEXT),
                    (&self.claimed_at, Type::TIMESTAMPTZ),
                    (&self.written_at, Type::TIMESTAMPTZ),
                    (&self.answers, Type::TEXT_ARRAY),
                    (&is_double, Type::BOOL),
                    (&self.ends_at, Type::FLOAT8),
                    (&number, Type::INT8),
                ],
            )
            .await?;
        fence(&rows)
    }

    /// A card that holds a record now holds no other one any more: a valid one of another desk was overwritten on purpose. What was not
    /// claimed of all desks says nothing about what came later.
    async fn displace(&self, database: &Database, fence: Fence) -> Result<(), PropertyError> {
        let (Some(card_uid), Some(_), State::Reporting | State::Closed) =
            (&self.card_uid, self.written_at, self.state)
        else {
            return Ok(());
        };
        database
            .query(
                "UPDATE cardbridge.issuance
                 SET state = 'wiped', ended_by = $1, noticed = false, lease_until = NULL, updated_at = now()
                 WHERE card_uid = $2 AND desk_id <> $1 AND fence < $3 AND $3 > 0 AND acs_credential_id <> $4
                     AND state IN ('reporting', 'closed', 'superseded') AND (ends_at IS NULL OR ends_at > clock_timestamp())",
                &[
                    (&database.desk_id, Type::UUID),
                    (card_uid, Type::TEXT),
                    (&fence.get(), Type::INT8),
                    (&self.acs_credential_id, Type::TEXT),
                ],
            )
            .await?;
        Ok(())
    }
}
