//! What a desk works with. Only the means to read cards are always there: a desk without an API wipes them as well, and one without
//! a journal still reads them.

use std::sync::Arc;

use crate::desk::other_desks::OtherDesks;
use crate::desk::{Agent, DeskError};
use crate::issuance::CardSettings;
use crate::issuance::journal::Journal;
use crate::queue::{CredentialQueue, Property};
use crate::report::Reporter;

/// The parts of a desk. An [`Agent`] has them all.
#[derive(Debug, Clone)]
pub struct Parts {
    /// What issues credentials.
    pub(super) agent: Option<Arc<Agent>>,
    pub(super) setup: Arc<CardSettings>,
    pub(super) journal: Option<Arc<Journal>>,
    pub(super) reporter: Option<Arc<Reporter>>,
    /// The other desks, where there are some.
    pub(super) others: Option<Arc<OtherDesks>>,
    /// Where Seam can be asked what time it is.
    pub(super) queue: Option<Arc<CredentialQueue>>,
}

impl Parts {
    /// Enough to read cards; with a journal, to say what it knows of them.
    #[must_use]
    pub fn to_read(setup: CardSettings, journal: Option<Journal>) -> Self {
        Self {
            agent: None,
            setup: Arc::new(setup),
            journal: journal.map(Arc::new),
            reporter: None,
            others: None,
            queue: None,
        }
    }

    /// Enough to read and wipe cards, and to report that. Without `queue`, this machine's clock alone decides which records are
    /// still valid.
    #[must_use]
    pub fn to_wipe(
        setup: CardSettings,
        journal: Journal,
        reporter: Reporter,
        queue: Option<CredentialQueue>,
    ) -> Self {
        Self {
            reporter: Some(Arc::new(reporter)),
            queue: queue.map(Arc::new),
            ..Self::to_read(setup, Some(journal))
        }
    }

    /// The same at one desk of a property. Without a journal there is nothing to tell the others.
    #[must_use]
    pub fn with_property(self, property: Option<Property>) -> Self {
        let others = self.journal.as_ref().zip(property);
        let others =
            others.map(|(journal, property)| OtherDesks::new(Arc::clone(journal), property));
        Self {
            others: others.map(Arc::new),
            ..self
        }
    }

    pub(super) fn agent(&self) -> Result<&Arc<Agent>, DeskError> {
        self.agent.as_ref().ok_or(DeskError::Lacks("an API"))
    }

    pub(super) fn journal(&self) -> Result<&Journal, DeskError> {
        self.journal.as_deref().ok_or(DeskError::Lacks("a journal"))
    }

    /// Lets the loop that sends reports know that there is one, where there is such a loop.
    pub(super) fn something_to_report(&self) {
        if let Some(agent) = &self.agent {
            agent.something_to_report();
        }
    }
}

impl From<Arc<Agent>> for Parts {
    fn from(agent: Arc<Agent>) -> Self {
        Self {
            setup: Arc::clone(&agent.setup),
            journal: Some(Arc::clone(&agent.journal)),
            reporter: Some(Arc::clone(&agent.reporter)),
            queue: Some(Arc::clone(&agent.queue)),
            others: agent.others.clone(),
            agent: Some(agent),
        }
    }
}
