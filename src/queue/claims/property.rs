//! The desks of a property, as one of them sees it: what it asks of their database, and shares with it.

use cardbridge_drivers::contract::Uid;
use uuid::Uuid;

use super::postgres::Database;
use super::{Asked, Begun, Decide, Ended, Known, PropertyError, PropertySettings, Taken};
use crate::issuance::elsewhere::{Elsewhere, Fence};
use crate::issuance::journal::Unshared;
use crate::issuance::refusal::Refusal;

/// The property that this desk belongs to. What it waits for is boxed: it is part of every way of a card, and most desks have none.
#[derive(Debug)]
pub struct Property {
    database: Database,
}

impl Property {
    /// The property of these settings, for the desk of this id. Nothing is connected yet.
    ///
    /// # Errors
    /// When the settings will not do.
    pub fn new(settings: &PropertySettings, desk_id: Uuid) -> Result<Self, PropertyError> {
        Ok(Self {
            database: Database::new(settings, desk_id)?,
        })
    }

    /// Which property it is.
    ///
    /// # Errors
    /// When its database cannot be asked.
    pub async fn id(&self) -> Result<Uuid, PropertyError> {
        Box::pin(self.database.property_id()).await
    }

    /// Takes a credential and a card for this desk, if `decide` allows it by what the others have done; what it refuses leaves nothing
    /// behind.
    ///
    /// # Errors
    /// When the database cannot be asked. What it may have taken all the same is free again after a while, by its clock.
    pub async fn claim<T: Send>(
        &self,
        asked: &Asked,
        decide: &Decide<'_, T>,
    ) -> Result<Result<Taken<T>, Refusal>, PropertyError> {
        Box::pin(self.database.claim(asked, decide)).await
    }

    /// Gives back what was claimed and is not used.
    pub async fn release(&self, issuance_id: Uuid, fence: Fence) {
        if let Err(error) = Box::pin(self.database.release(issuance_id, fence)).await {
            tracing::debug!(%issuance_id, "not released, which its lease does: {error}");
        }
    }

    /// Says that the first write comes next.
    ///
    /// # Errors
    /// When the database cannot be asked: then nothing may be written.
    pub async fn begin(&self, issuance_id: Uuid, fence: Fence) -> Result<Begun, PropertyError> {
        Box::pin(self.database.begin(issuance_id, fence)).await
    }

    /// Lets the other desks know how an issuance of this one is now.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn share(&self, unshared: &Unshared) -> Result<Known, PropertyError> {
        Box::pin(self.database.share(unshared)).await
    }

    /// What other desks have done with a credential.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn elsewhere(
        &self,
        acs_credential_id: &str,
    ) -> Result<Vec<Elsewhere>, PropertyError> {
        Box::pin(self.database.elsewhere(acs_credential_id)).await
    }

    /// The same, with what this desk has done: also what was given up, the newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn everywhere(
        &self,
        acs_credential_id: &str,
    ) -> Result<Vec<Elsewhere>, PropertyError> {
        Box::pin(self.database.everywhere(acs_credential_id)).await
    }

    /// Notes that a card is whole, and no longer its credential's.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn supersede(&self, issuance_id: Uuid) -> Result<(), PropertyError> {
        Box::pin(self.database.supersede(issuance_id)).await
    }

    /// Notes that a card was wiped here.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn wiped(&self, card_uid: &Uid) -> Result<(), PropertyError> {
        Box::pin(self.database.wiped(card_uid)).await
    }

    /// What was ended of this desk's, and not noticed yet.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn ended(&self) -> Result<Vec<Ended>, PropertyError> {
        Box::pin(self.database.ended()).await
    }

    /// Notes that it is noticed.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn noticed(&self, ended: &Ended) -> Result<(), PropertyError> {
        Box::pin(self.database.noticed(ended)).await
    }
}
