//! The hotel as facts: tables of models, what happened, and what is under way.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::http::StatusCode;
use uuid::Uuid;

use super::attempts::Attempt;
use super::envelope::ApiError;
use super::events::Event;
use super::issue::LastCard;
use super::model::{
    AccessGrant, AccessMethod, Credential, Encoder, Entrance, System, User, UserIdentity, Workspace,
};
use super::report::Reported;

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
}

/// Something that has an id and a name for not being there.
pub(super) trait Row {
    /// The `error.type` of a look-up that finds nothing. For credentials, encoders and access methods it is inferred by
    /// analogy: no public source names it.
    const NOT_FOUND: &'static str;
    const NOT_FOUND_STATUS: StatusCode = StatusCode::NOT_FOUND;
    fn id(&self) -> Uuid;
}

/// Rows in the order in which they were added.
#[derive(Debug)]
pub(super) struct Table<T> {
    rows: BTreeMap<u64, T>,
    by_id: HashMap<Uuid, u64>,
    next: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            by_id: HashMap::new(),
            next: 0,
        }
    }
}

impl<T: Row> Table<T> {
    pub(super) fn find(&self, id: Uuid) -> Result<&T, ApiError> {
        self.get(id).ok_or_else(|| not_found::<T>(id))
    }

    pub(super) fn find_mut(&mut self, id: Uuid) -> Result<&mut T, ApiError> {
        self.get_mut(id).ok_or_else(|| not_found::<T>(id))
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&T> {
        self.rows.get(self.by_id.get(&id)?)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut T> {
        self.rows.get_mut(self.by_id.get(&id)?)
    }

    /// Adds a row; one with the same id is there no more.
    pub(super) fn insert(&mut self, row: T) {
        let _ = self.remove(row.id());
        self.by_id.insert(row.id(), self.next);
        self.rows.insert(self.next, row);
        self.next += 1;
    }

    pub(super) fn remove(&mut self, id: Uuid) -> Option<T> {
        self.rows.remove(&self.by_id.remove(&id)?)
    }

    /// The rows, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    /// The rows with the sequence numbers that pages go by.
    pub(super) fn sequenced(&self) -> impl Iterator<Item = (u64, &T)> {
        self.rows.iter().map(|(sequence, row)| (*sequence, row))
    }
}

fn not_found<T: Row>(id: Uuid) -> ApiError {
    let noun = T::NOT_FOUND
        .strip_suffix("_not_found")
        .unwrap_or(T::NOT_FOUND);
    ApiError::new(
        T::NOT_FOUND_STATUS,
        T::NOT_FOUND,
        format!("Could not find {noun} {id}"),
    )
}
