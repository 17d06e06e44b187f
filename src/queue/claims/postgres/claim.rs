//! A credential and a card are taken in one transaction, which the unique indexes decide.
//!
//! The row is there before anything is read: another desk that is at the same credential waits for the end of this transaction, or this one
//! waits for its end and then sees what it has done. So the policy decides by what no other desk can change meanwhile.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};
use uuid::Uuid;

use super::connection::Database;
use super::rows::{elsewhere, fence, select};
use crate::issuance::elsewhere::{Elsewhere, Fence};
use crate::issuance::refusal::Refusal;
use crate::queue::claims::{Asked, Decide, PropertyError, Taken};

/// How long a desk may take from its claim to its first write. A desk that has died in between is not waited for longer.
const LEASE: &str = "interval '30 seconds'";

/// What holds for one transaction: no other desk waits for long for a desk that has gone silent in the middle of one.
const SETTINGS: &str = "SET LOCAL lock_timeout = '4s'; SET LOCAL statement_timeout = '4s';
    SET LOCAL idle_in_transaction_session_timeout = '5s'";

/// How often a claim is made when it is not known what came of it, or another one got in between.
const TRIES: usize = 3;

/// How a transaction ended.
enum Ended<T> {
    Taken(Taken<T>),
    Refused(Refusal),
    /// What it collided with is not there any more, or is of this desk: the next try sees more.
    InTheWay,
}

impl Database {
    /// Takes what is asked for, if the policy allows it by what is there. A claim whose answer was lost is made again: it has the same id.
    pub(in crate::queue::claims) async fn claim<T: Send>(
        &self,
        asked: &Asked,
        decide: &Decide<'_, T>,
    ) -> Result<Result<Taken<T>, Refusal>, PropertyError> {
        let mut last = PropertyError::Failed("another claim came first, and again".to_owned());
        for _ in 0..TRIES {
            let held = self.held().await?;
            let outcome = held
                .answered(async |client| claim(client, self.desk_id, asked, decide).await)
                .await;
            match outcome {
                Ok(Ended::Taken(taken)) => return Ok(Ok(taken)),
                Ok(Ended::Refused(refusal)) => return Ok(Err(refusal)),
                Ok(Ended::InTheWay) => {}
                Err(error @ PropertyError::Unreachable(_)) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

async fn claim<T>(
    client: &mut Client,
    desk_id: Uuid,
    asked: &Asked,
    decide: &Decide<'_, T>,
) -> Result<Ended<T>, PropertyError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(SETTINGS).await?;
    make_room(&transaction, desk_id, asked).await?;
    let mut taken = insert(&transaction, desk_id, asked).await?;
    let others = others(&transaction, desk_id, asked).await?;
    let (decided, given_up) = match decide(&others) {
        Ok(decision) => decision,
        Err(refusal) => {
            transaction.rollback().await?;
            return Ok(Ended::Refused(refusal));
        }
    };
    end(&transaction, desk_id, &given_up).await?;
    if taken.is_none() {
        taken = insert(&transaction, desk_id, asked).await?;
    }
    if taken.is_none() {
        taken = mine(&transaction, desk_id, asked).await?;
    }
    let Some(fence) = taken else {
        transaction.rollback().await?;
        return Ok(Ended::InTheWay);
    };
    transaction.commit().await?;
    Ok(Ended::Taken(Taken { fence, decided }))
}

/// Ends what makes way without being asked: what this desk says, and claims whose desk has not begun to write in time.
async fn make_room(
    transaction: &Transaction<'_>,
    desk_id: Uuid,
    asked: &Asked,
) -> Result<(), PropertyError> {
    for (issuance_id, state) in &asked.superseded {
        transaction
            .execute_typed(
                "UPDATE cardbridge.issuance SET state = $3, lease_until = NULL, updated_at = now()
                 WHERE issuance_id = $1 AND desk_id = $2 AND ended_by IS NULL",
                &[
                    (issuance_id, Type::UUID),
                    (&desk_id, Type::UUID),
                    (&state.as_str(), Type::TEXT),
                ],
            )
            .await?;
    }
    transaction
        .execute_typed(
            "UPDATE cardbridge.issuance
             SET state = 'abandoned', ended_by = nullif($1, desk_id), noticed = desk_id = $1, lease_until = NULL, updated_at = now()
             WHERE (acs_credential_id = $2 OR card_uid = $3) AND state = 'claiming' AND lease_until < clock_timestamp()
                 AND issuance_id <> $4",
            &[
                (&desk_id, Type::UUID),
                (&asked.acs_credential_id, Type::TEXT),
                (&card(asked), Type::TEXT),
                (&asked.issuance_id, Type::UUID),
            ],
        )
        .await?;
    Ok(())
}

/// Adds the row; `None` where it collides with another one. A desk that is adding one of the same is waited for.
async fn insert(
    transaction: &Transaction<'_>,
    desk_id: Uuid,
    asked: &Asked,
) -> Result<Option<Fence>, PropertyError> {
    let rows = transaction
        .query_typed(
            &format!(
                "INSERT INTO cardbridge.issuance (issuance_id, desk_id, acs_credential_id, card_uid, encoder, state, lease_until)
                 VALUES ($1, $2, $3, $4, $5, 'claiming', clock_timestamp() + {LEASE})
                 ON CONFLICT DO NOTHING RETURNING fence"
            ),
            &[
                (&asked.issuance_id, Type::UUID),
                (&desk_id, Type::UUID),
                (&asked.acs_credential_id, Type::TEXT),
                (&card(asked), Type::TEXT),
                (&asked.encoder, Type::TEXT),
            ],
        )
        .await?;
    fence(&rows)
}

/// The row that an earlier try of the same claim has left, whose answer was lost.
async fn mine(
    transaction: &Transaction<'_>,
    desk_id: Uuid,
    asked: &Asked,
) -> Result<Option<Fence>, PropertyError> {
    let rows = transaction
        .query_typed(
            "SELECT fence FROM cardbridge.issuance WHERE issuance_id = $1 AND desk_id = $2 AND state = 'claiming' FOR UPDATE",
            &[(&asked.issuance_id, Type::UUID), (&desk_id, Type::UUID)],
        )
        .await?;
    fence(&rows)
}

/// What other desks have done with the credential, and what they have open on the card.
async fn others(
    transaction: &Transaction<'_>,
    desk_id: Uuid,
    asked: &Asked,
) -> Result<Vec<Elsewhere>, PropertyError> {
    let rows = transaction
        .query_typed(
            &select(
                "i.desk_id <> $1 AND i.state <> 'abandoned' AND (i.acs_credential_id = $2
                    OR i.card_uid = $3 AND i.state IN ('claiming', 'writing', 'torn'))",
            ),
            &[
                (&desk_id, Type::UUID),
                (&asked.acs_credential_id, Type::TEXT),
                (&card(asked), Type::TEXT),
            ],
        )
        .await?;
    rows.iter().map(elsewhere).collect()
}

/// Ends issuances of other desks, as a person at this one has decided.
async fn end(
    transaction: &Transaction<'_>,
    desk_id: Uuid,
    given_up: &[Uuid],
) -> Result<(), PropertyError> {
    if given_up.is_empty() {
        return Ok(());
    }
    transaction
        .execute_typed(
            "UPDATE cardbridge.issuance
             SET state = 'abandoned', ended_by = $1, noticed = false, lease_until = NULL, updated_at = now()
             WHERE issuance_id = ANY($2) AND state IN ('claiming', 'writing', 'torn')",
            &[(&desk_id, Type::UUID), (&given_up, Type::UUID_ARRAY)],
        )
        .await?;
    Ok(())
}

fn card(asked: &Asked) -> Option<String> {
    asked.card_uid.map(|uid| uid.to_string())
}
