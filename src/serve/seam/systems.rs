//! The access systems whose encoders the readers of this desk count as.
//!
//! Seam's encoders belong to one access system each. A reader here writes the credentials of any, so it is listed under each of the
//! configured systems, or of the workspace's where none is configured, and belongs to the first of them where it is asked for alone.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

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
    workspace_id: OnceLock<String>,
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
            workspace_id: OnceLock::new(),
        }
    }

    /// The systems of this desk, in the order of the configuration. What was known before is good while Seam is away.
    ///
    /// # Errors
    /// When Seam does not say, or there is none.
    pub(super) async fn of_desk(&self) -> Result<Vec<System>, Refusal> {
        if let Some(known) = &*self.known()
            && known.asked_at.elapsed() < FRESH
        {
            return Ok(known.systems.clone());
        }
        // Callers do not wait for each other's answers: while Seam is silent, each would have to wait for those before it as well.
        let asked = self.ask().await;
        let mut known = self.known();
        let systems = match (asked, &*known) {
            (Ok(systems), _) => systems,
            (Err(_), Some(known)) => known.systems.clone(),
            (Err(error), None) => return Err(refusal(&error)),
        };
        *known = Some(Known {
            systems: systems.clone(),
            asked_at: Instant::now(),
        });
        Ok(systems)
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
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
        let own = if let Some(id) = self.workspace_id.get() {
            id
        } else {
            let workspace = self.client.workspaces().get().await;
            let id = workspace.map_err(|error| refusal(&error))?.workspace_id;
            self.workspace_id.get_or_init(|| id)
        };
        if own.eq_ignore_ascii_case(meant) {
            Ok(())
        } else {
            Err(other_workspace())
        }
    }
}
