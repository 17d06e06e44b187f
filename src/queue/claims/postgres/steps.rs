//! What becomes of what was taken: the first write, and every later state.

use jiff::Timestamp;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::connection::Database;
use super::rows::state;
use crate::issuance::elsewhere::Fence;
use crate::issuance::encoded::Encoded;
use crate::issuance::journal::Untold;
use crate::issuance::state::State;
use crate::queue::claims::{Begun, Known, PropertyError};

/// How long a desk may be at a card. After that, a person at another desk may give the card up.
const LEASE: &str = "interval '2 minutes'";

impl Database {
    /// Says that the first write comes next. Where it has been taken over meanwhile, nothing may be written.
    pub(in crate::queue::claims) async fn begin(
        &self,
        issuance_id: Uuid,
        fence: Fence,
    ) -> Result<Begun, PropertyError> {
        let held = self.held().await?;
        held.answered(async |client| {
            let begun = client
                .execute_typed(
                    &format!(
                        "UPDATE cardbridge.issuance
                         SET state = 'writing', lease_until = clock_timestamp() + {LEASE}, updated_at = now()
                         WHERE issuance_id = $1 AND fence = $2 AND desk_id = $3 AND ended_by IS NULL
                             AND state IN ('claiming', 'writing', 'torn')"
                    ),
                    &[
                        (&issuance_id, Type::UUID),
                        (&fence.get(), Type::INT8),
                        (&self.desk_id, Type::UUID),
                    ],
                )
                .await?;
            if begun == 1 {
                return Ok(Begun::Yes);
            }
            let row = client
                .query_typed_opt(
                    "SELECT d.name FROM cardbridge.issuance AS i
                     JOIN cardbridge.desk AS d ON d.desk_id = coalesce(i.ended_by, i.desk_id) WHERE i.issuance_id = $1",
                    &[(&issuance_id, Type::UUID)],
                )
                .await?;
            let desk = row.map(|row| row.try_get(0)).transpose()?;
            Ok(Begun::TakenOver(desk.unwrap_or_default()))
        })
        .await
    }

    /// Gives back what was taken and is not used. Should it not be heard, the lease ends by itself.
    pub(in crate::queue::claims) async fn release(
        &self,
        issuance_id: Uuid,
        fence: Fence,
    ) -> Result<(), PropertyError> {
        let held = self.held().await?;
        held.answered(async |client| {
            client
                .execute_typed(
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
        })
        .await
    }

    /// Tells it how an issuance of this desk is now, whatever it had heard before.
    pub(in crate::queue::claims) async fn tell(
        &self,
        untold: &Untold,
    ) -> Result<Known, PropertyError> {
        let held = self.held().await?;
        let row = Told::of(&untold.encoded);
        held.answered(async |client| row.tell(client, self.desk_id).await)
            .await
    }
}

/// What a row says of an issuance.
struct Told<'a> {
    issuance_id: Uuid,
    acs_credential_id: &'a str,
    card_uid: Option<String>,
    card_number: Option<&'a str>,
    card_type: Option<&'a str>,
    encoder: &'a str,
    state: State,
    claimed_at: Timestamp,
    written_at: Option<Timestamp>,
    answers: Option<&'a [String]>,
}

impl<'a> Told<'a> {
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
                answers: Some(&encode.answers),
            },
        }
    }

    async fn tell(&self, client: &Client, desk_id: Uuid) -> Result<Known, PropertyError> {
        // Where it collides with what another desk has open, both are kept, and the later one is marked.
        for is_double in [false, true] {
            match self.update(client, desk_id, is_double).await {
                Ok(Some(fence)) => return Ok(Known::AsTold(fence)),
                Ok(None) => break,
                Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(known) = self.ended_elsewhere(client, desk_id).await? {
            return Ok(known);
        }
        for is_double in [false, true] {
            if let Some(fence) = self.insert(client, desk_id, is_double).await? {
                return Ok(Known::AsTold(fence));
            }
        }
        Err(PropertyError::Failed(format!(
            "issuance {} is known as another desk's",
            self.issuance_id
        )))
    }

    /// What another desk has ended stays ended, unless its card turns out to hold the record.
    async fn update(
        &self,
        client: &Client,
        desk_id: Uuid,
        is_double: bool,
    ) -> Result<Option<Fence>, tokio_postgres::Error> {
        let row = client
            .query_typed_opt(
                &format!(
                    "UPDATE cardbridge.issuance
                     SET state = $3, written_at = $4, card_number = $5, card_type = $6, answers = $7,
                         is_double = is_double OR $8, updated_at = now(),
                         lease_until = CASE WHEN $3 = 'writing' THEN coalesce(lease_until, clock_timestamp() + {LEASE}) END
                     WHERE issuance_id = $1 AND desk_id = $2
                         AND (ended_by IS NULL OR $3 IN ('superseded', 'wiping', 'wiped'))
                     RETURNING fence"
                ),
                &[
                    (&self.issuance_id, Type::UUID),
                    (&desk_id, Type::UUID),
                    (&self.state.as_str(), Type::TEXT),
                    (&self.written_at, Type::TIMESTAMPTZ),
                    (&self.card_number, Type::TEXT),
                    (&self.card_type, Type::TEXT),
                    (&self.answers, Type::TEXT_ARRAY),
                    (&is_double, Type::BOOL),
                ],
            )
            .await?;
        row.map(|row| Ok(Fence::new(row.try_get(0)?))).transpose()
    }

    async fn ended_elsewhere(
        &self,
        client: &Client,
        desk_id: Uuid,
    ) -> Result<Option<Known>, PropertyError> {
        let row = client
            .query_typed_opt(
                "SELECT i.fence, i.state, d.name FROM cardbridge.issuance AS i
                 JOIN cardbridge.desk AS d ON d.desk_id = i.ended_by WHERE i.issuance_id = $1 AND i.desk_id = $2",
                &[(&self.issuance_id, Type::UUID), (&desk_id, Type::UUID)],
            )
            .await?;
        let Some(row) = row else {
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
        client: &Client,
        desk_id: Uuid,
        is_double: bool,
    ) -> Result<Option<Fence>, PropertyError> {
        let row = client
            .query_typed_opt(
                "INSERT INTO cardbridge.issuance (issuance_id, desk_id, acs_credential_id, card_uid, card_number, card_type, encoder,
                     state, claimed_at, written_at, answers, is_double)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                 ON CONFLICT DO NOTHING RETURNING fence",
                &[
                    (&self.issuance_id, Type::UUID),
                    (&desk_id, Type::UUID),
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
                ],
            )
            .await?;
        row.map(|row| Ok(Fence::new(row.try_get(0)?))).transpose()
    }
}
