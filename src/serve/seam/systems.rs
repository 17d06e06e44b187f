//! The access systems whose encoders the readers of this desk count as.
//!
//! Seam's encoders belong to one access system each. A reader here writes the credentials of any, so it is listed under each of the
//! configured systems, or of the workspace's where none is configured, and belongs to the first of them where it is asked for alone.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::foreign_key::other_workspace;
use super::upstream::refusal;
use crate::rpc::Refusal;
use crate::seam::{AcsSystem, Client, ListAcsSystems, SeamError};

/// How long an answer of Seam's is good for.
const FRESH: Duration = Duration::from_secs(300);

/// An access system, as far as an encoder names it.
#[expect(
    clippy::struct_field_names,
    reason = "the fields have the names that the API gives them"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct System {
    pub(super) acs_system_id: String,
    pub(super) connected_account_id: String,
    pub(super) workspace_id: String,
}

/// The access systems of this desk, as Seam has them.
#[derive(Debug)]
pub(super) struct Systems {
    client: Client,
    /// Those that the configuration names.
    configured: Vec<String>,
    known: Mutex<Option<Known>>,
    workspace_id: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Known {
    systems: Vec<System>,
    asked_at: Instant,
}

impl Systems {
    pub(super) fn new(client: Client, configured: Vec<String>) -> Self {
        Self {
            client,
            configured,
            known: Mutex::default(),
            workspace_id: Mutex::default(),
        }
    }

    /// The systems of this desk, in the order of the configuration. What was known before is good while Seam is away.
    ///
    /// # Errors
    /// When Seam does not say, or there is none.
    pub(super) async fn of_desk(&self) -> Result<Vec<System>, Refusal> {
        let mut known = self.known.lock().await;
        if let Some(known) = known
            .as_ref()
            .filter(|known| known.asked_at.elapsed() < FRESH)
        {
            return Ok(known.systems.clone());
        }
        match self.ask().await {
            Ok(systems) => {
                let asked_at = Instant::now();
                *known = Some(Known {
                    systems: systems.clone(),
                    asked_at,
                });
                Ok(systems)
            }
            Err(error) => match &*known {
                Some(known) => Ok(known.systems.clone()),
                None => Err(refusal(&error)),
            },
        }
    }

    async fn ask(&self) -> Result<Vec<System>, SeamError> {
        let filters = ListAcsSystems::default();
        let of_workspace = self.client.systems().list(&filters).await?.items;
        let of_desk: Vec<AcsSystem> = if self.configured.is_empty() {
            let has_cards = |system: &AcsSystem| !system.is_credential_manager;
            of_workspace.into_iter().filter(has_cards).collect()
        } else {
            let find = |id: &String| {
                let mut found = of_workspace.iter();
                found.find(|system| system.acs_system_id == *id).cloned()
            };
            self.configured.iter().filter_map(find).collect()
        };
        Ok(of_desk
            .into_iter()
            .map(|system| System {
                acs_system_id: system.acs_system_id,
                connected_account_id: system.connected_account_id,
                workspace_id: system.workspace_id,
            })
            .collect())
    }

    /// Lets a caller pass that means the workspace of this desk.
    ///
    /// # Errors
    /// When it means another, or Seam does not say which one this is.
    pub(super) async fn check_workspace(&self, meant: &str) -> Result<(), Refusal> {
        let mut known = self.workspace_id.lock().await;
        let own = if let Some(id) = &*known {
            id
        } else {
            let workspace = self.client.workspaces().get().await;
            known.insert(workspace.map_err(|error| refusal(&error))?.workspace_id)
        };
        if own.eq_ignore_ascii_case(meant) {
            Ok(())
        } else {
            Err(other_workspace())
        }
    }
}
