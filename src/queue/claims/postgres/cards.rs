//! What one desk finds out about cards of others, and what it hears of its own.

use cardbridge_drivers::contract::Uid;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::connection::Database;
use super::rows::{elsewhere, select, state};
use crate::issuance::elsewhere::{Elsewhere, Fence};
use crate::queue::claims::{Ended, PropertyError};

impl Database {
    /// What other desks have done with a credential.
    pub(in crate::queue::claims) async fn elsewhere(
        &self,
        acs_credential_id: &str,
    ) -> Result<Vec<Elsewhere>, PropertyError> {
        self.of_credential(
            "i.acs_credential_id = $2 AND i.desk_id <> $1 AND i.state <> 'abandoned'",
            acs_credential_id,
        )
        .await
    }

    /// The same, with what this desk has done.
    pub(in crate::queue::claims) async fn everywhere(
        &self,
        acs_credential_id: &str,
    ) -> Result<Vec<Elsewhere>, PropertyError> {
        self.of_credential("i.acs_credential_id = $2 AND $1 = $1", acs_credential_id)
            .await
    }

    async fn of_credential(
        &self,
        condition: &str,
        acs_credential_id: &str,
    ) -> Result<Vec<Elsewhere>, PropertyError> {
        let asked = [
            (&self.desk_id as _, Type::UUID),
            (&acs_credential_id as _, Type::TEXT),
        ];
        let rows = self.query(&select(condition), &asked).await?;
        rows.iter().map(elsewhere).collect()
    }

    /// Notes that a card is whole, and no longer its credential's.
    pub(in crate::queue::claims) async fn supersede(
        &self,
        issuance_id: Uuid,
    ) -> Result<(), PropertyError> {
        self.query(
            "UPDATE cardbridge.issuance
             SET state = 'superseded', ended_by = nullif($1, desk_id), noticed = false, updated_at = now()
             WHERE issuance_id = $2 AND state NOT IN ('superseded', 'wiping', 'wiped')",
            &[(&self.desk_id, Type::UUID), (&issuance_id, Type::UUID)],
        )
        .await?;
        Ok(())
    }

    /// Notes that a card was wiped here: what other desks had on it, from the last whole record on, is there no more.
    pub(in crate::queue::claims) async fn wiped(
        &self,
        card_uid: &Uid,
    ) -> Result<(), PropertyError> {
        self.query(
            "UPDATE cardbridge.issuance
             SET state = 'wiped', ended_by = $1, noticed = false, lease_until = NULL, updated_at = now()
             WHERE card_uid = $2 AND desk_id <> $1 AND is_begun AND state NOT IN ('abandoned', 'wiped')
                 AND fence >= coalesce((SELECT max(whole.fence) FROM cardbridge.issuance AS whole
                     WHERE whole.card_uid = $2 AND whole.written_at IS NOT NULL), fence)",
            &[
                (&self.desk_id, Type::UUID),
                (&card_uid.to_string(), Type::TEXT),
            ],
        )
        .await?;
        Ok(())
    }

    /// What was ended of this desk's, and not noticed yet.
    pub(in crate::queue::claims) async fn ended(&self) -> Result<Vec<Ended>, PropertyError> {
        let rows = self
            .query(
                "SELECT i.issuance_id, i.fence, i.state, d.name FROM cardbridge.issuance AS i
                 JOIN cardbridge.desk AS d ON d.desk_id = coalesce(i.ended_by, i.desk_id)
                 WHERE i.desk_id = $1 AND NOT i.noticed ORDER BY i.fence",
                &[(&self.desk_id, Type::UUID)],
            )
            .await?;
        let ended = |row: &Row| {
            Ok(Ended {
                issuance_id: row.try_get(0)?,
                fence: Fence::new(row.try_get(1)?),
                state: state(row.try_get(2)?)?,
                desk: row.try_get(3)?,
            })
        };
        rows.iter().map(ended).collect()
    }

    /// Notes that it is noticed, unless more has become of it.
    pub(in crate::queue::claims) async fn noticed(
        &self,
        ended: &Ended,
    ) -> Result<(), PropertyError> {
        self.query(
            "UPDATE cardbridge.issuance SET noticed = true WHERE issuance_id = $1 AND state = $2",
            &[
                (&ended.issuance_id, Type::UUID),
                (&ended.state.as_str(), Type::TEXT),
            ],
        )
        .await?;
        Ok(())
    }
}
