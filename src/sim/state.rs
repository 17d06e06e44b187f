//! The hotel as facts: tables of models, what happened, and what is under way.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::model::{
    AccessGrant, AccessMethod, Attempt, Credential, Encoder, Entrance, Event, LastCard,
    Manufacturer, Reported, System, User, UserIdentity, Workspace,
};
use super::table::Table;

/// Everything that the simulated API knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) workspace: Workspace,
    pub(super) systems: Table<System>,
    pub(super) entrances: Table<Entrance>,
    pub(super) encoders: Table<Encoder>,
    pub(super) identities: Table<UserIdentity>,
    pub(super) users: Table<User>,
    pub(super) credentials: Table<Credential>,
    pub(super) grants: Table<AccessGrant>,
    pub(super) methods: Table<AccessMethod>,
    pub(super) attempts: Table<Attempt>,
    pub(super) events: Vec<Event>,
    /// Reports that were taken, by message id.
    pub(super) reports: HashMap<String, Reported>,
    /// The card that each credential was last issued on.
    pub(super) last_cards: HashMap<Uuid, LastCard>,
    /// Cards that an access system knows beforehand, which alone `assign_card` can assign.
    pub(super) registered_card_numbers: BTreeSet<String>,
}

impl State {
    pub(super) fn new(workspace: Workspace) -> Self {
        Self {
            workspace,
            systems: Table::default(),
            entrances: Table::default(),
            encoders: Table::default(),
            identities: Table::default(),
            users: Table::default(),
            credentials: Table::default(),
            grants: Table::default(),
            methods: Table::default(),
            attempts: Table::default(),
            events: Vec::new(),
            reports: HashMap::new(),
            last_cards: HashMap::new(),
            registered_card_numbers: BTreeSet::new(),
        }
    }

    /// Gives a credential the metadata of its manufacturer, worked out from its doors where it is not given.
    pub(super) fn complete_metadata(&self, credential: &mut Credential) {
        let doors: Vec<&Entrance> = credential
            .allowed_acs_entrance_ids
            .iter()
            .filter_map(|id| self.entrances.get(*id))
            .collect();
        match self
            .systems
            .get(credential.acs_system_id)
            .map(|system| system.external_type)
        {
            Some(Manufacturer::Visionline) => credential
                .visionline_metadata
                .get_or_insert_default()
                .complete(&doors),
            Some(Manufacturer::Vostio) => {
                credential
                    .assa_abloy_vostio_metadata
                    .get_or_insert_default()
                    .complete(&doors, credential.access_method);
            }
            None => {}
        }
    }
}
