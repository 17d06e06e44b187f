//! Access methods of access grants: the credential that carries each, and those of which Seam wants another card.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::issuance::journal::CardMethod;
use crate::issuance::policy::reissue_warnings;
use crate::seam::AcsCredential;

/// The access methods that Seam wants a card for, by their credentials.
#[derive(Debug, Default)]
pub(super) struct Methods {
    /// Whether what the journal had is here.
    pub(super) is_loaded: bool,
    by_credential: HashMap<String, Known>,
    /// The events that were read of the last minute.
    pub(super) read: HashSet<String>,
    /// Until when they were read, by Seam's clock.
    pub(super) until: Option<Timestamp>,
    /// The same as the journal has it.
    pub(super) noted_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Known {
    method: CardMethod,
    /// The `created_at` of the warnings that ask for another card, as the API had them last.
    warned: Vec<String>,
}

impl Methods {
    pub(super) fn set(&mut self, method: CardMethod) {
        let id = method.acs_credential_id.clone();
        let warned = Vec::new();
        self.by_credential.insert(id, Known { method, warned });
    }

    pub(super) fn forget(&mut self, access_method_id: &str) {
        self.by_credential
            .retain(|_, known| known.method.access_method_id != access_method_id);
    }

    /// The access method of that credential, if Seam wants a card for it.
    pub(super) fn of(&self, acs_credential_id: &str) -> Option<&CardMethod> {
        let known = self.by_credential.get(acs_credential_id);
        known.map(|known| &known.method)
    }

    /// Whether Seam has said before that it wants another card.
    pub(super) fn is_again(&self, access_method_id: &str) -> bool {
        let mut known = self.by_credential.values();
        known
            .any(|known| known.method.is_again && known.method.access_method_id == access_method_id)
    }

    /// Notes what asks for another card.
    pub(super) fn heed(&mut self, credential: &AcsCredential) {
        if let Some(known) = self.by_credential.get_mut(&credential.acs_credential_id) {
            known.warned = reissue_warnings(credential).map(str::to_owned).collect();
        }
    }

    /// Those of these credentials of which another card is wanted, and by which warnings.
    pub(super) fn again<'a>(
        &self,
        ids: impl Iterator<Item = &'a String>,
    ) -> Vec<(String, Vec<String>)> {
        let known = ids.filter_map(|id| self.by_credential.get(id));
        let again = known.filter(|known| known.method.is_again && !known.warned.is_empty());
        again
            .map(|known| (known.method.acs_credential_id.clone(), known.warned.clone()))
            .collect()
    }
}
