//! Rows of one kind, in the order in which they were added, found by id.

use std::collections::{BTreeMap, HashMap};

use axum::http::StatusCode;
use uuid::Uuid;

use crate::rpc::Refusal;

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
    pub(super) fn find(&self, id: Uuid) -> Result<&T, Refusal> {
        self.get(id).ok_or_else(|| not_found::<T>(id))
    }

    pub(super) fn find_mut(&mut self, id: Uuid) -> Result<&mut T, Refusal> {
        self.get_mut(id).ok_or_else(|| not_found::<T>(id))
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&T> {
        self.rows.get(self.by_id.get(&id)?)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut T> {
        self.rows.get_mut(self.by_id.get(&id)?)
    }

    /// Adds a row, in place of one with the same id.
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

fn not_found<T: Row>(id: Uuid) -> Refusal {
    let noun = T::NOT_FOUND
        .strip_suffix("_not_found")
        .unwrap_or(T::NOT_FOUND);
    Refusal::new(
        T::NOT_FOUND_STATUS,
        T::NOT_FOUND,
        format!("Could not find {noun} {id}"),
    )
}
