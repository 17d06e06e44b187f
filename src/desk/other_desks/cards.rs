//! Cards that another desk has written: whether one is still its credential's, and that it was wiped here.

use cardbridge_drivers::contract::Uid;

use super::OtherDesks;
use crate::desk::IssueError;
use crate::issuance::elsewhere::superseding;
use crate::issuance::inspect::{Holds, Look};

impl OtherDesks {
    /// Whether a whole card is no longer its credential's, because that has gone onto another card since, at whatever desk. The desk that
    /// wrote it hears of that. While that cannot be asked, it counts as good.
    pub(in crate::desk) async fn is_superseded(&self, look: &Look) -> Result<bool, IssueError> {
        let Holds::Verified(record) = &look.holds else {
            return Ok(false);
        };
        let uid = look.inspection().uid;
        let asked = self.property.everywhere(&record.acs_credential_id).await;
        let cards = match asked {
            Ok(cards) => cards,
            Err(error) => {
                tracing::warn!("not known whether this card is still good: {error}");
                return Ok(false);
            }
        };
        let Some(old) = superseding(&cards, &uid) else {
            return Ok(false);
        };
        self.property.supersede(old.issuance_id).await?;
        self.hear().await?;
        Ok(true)
    }

    /// Says that a card was wiped: what other desks had on it is there no more. It is not waited for long.
    pub(in crate::desk) async fn wiped(&self, card_uid: Uid) -> Result<(), IssueError> {
        self.soon(async {
            self.property.wiped(&card_uid).await?;
            self.exchange(&mut true).await?;
            Ok(())
        })
        .await
    }
}
