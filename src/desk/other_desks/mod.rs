//! The other desks of the property: what they are asked before a credential goes onto a card here, and what they learn of it.
//!
//! | file | holds |
//! |---|---|
//! | `take` | a credential and a card are taken from all desks |
//! | `share` | what is shared with them, until they know it |
//! | `hear` | what they have ended here |
//! | `cards` | cards that another desk has written |

mod cards;
mod hear;
mod share;
mod take;

use std::sync::Arc;

use tokio::sync::Mutex;
use uuid::Uuid;

pub(super) use self::take::OfJournal;
use crate::desk::IssueError;
use crate::issuance::journal::Journal;
use crate::queue::Property;

/// The other desks, for one that has this journal.
#[derive(Debug)]
pub(super) struct OtherDesks {
    journal: Arc<Journal>,
    property: Property,
    /// The database that the journal goes by, once that is known.
    joined: Mutex<Option<Uuid>>,
}

impl OtherDesks {
    pub(super) fn new(journal: Arc<Journal>, property: Property) -> Self {
        Self {
            journal,
            property,
            joined: Mutex::default(),
        }
    }

    /// Has the journal go by the database that is there, before anything is claimed or shared: another one than before has
    /// nothing of what was shared with that.
    async fn join(&self) -> Result<(), IssueError> {
        let property_id = self.property.id().await?;
        let mut joined = self.joined.lock().await;
        if *joined != Some(property_id) {
            self.journal.join(property_id).await?;
            *joined = Some(property_id);
        }
        Ok(())
    }
}
