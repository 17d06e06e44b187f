//! What access systems and their entrances are called, in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::people::REFRESH;
use crate::queue::{Opens, Shown};
use crate::seam::{
    AcsEntrance, AcsSystem, SystemExternalType, VisionlineDoorCategory, VostioDoorType,
};

/// How often the entrances of a system are listed again at most, for one that is not among them.
const LIST_AGAIN: Duration = Duration::from_secs(60);

/// The access systems and entrances of the property.
#[derive(Debug, Default)]
pub(super) struct Places {
    systems: BTreeMap<String, System>,
    /// When the systems were listed last.
    systems_listed: Option<Instant>,
    workspace: Option<Arc<str>>,
    entrances: HashMap<String, Entrance>,
    /// Whether the door of this name in a system is that of a room.
    by_name: HashMap<(String, Arc<str>), bool>,
    listed: HashMap<String, Instant>,
    /// What a credential opens that does not say so itself, by its id, and the credential that was asked for.
    accessible: HashMap<String, (Arc<Shown>, Vec<String>)>,
}

#[derive(Debug)]
struct System {
    name: Arc<str>,
    time_zone: Option<Arc<str>>,
    kind: Option<SystemExternalType>,
}

#[derive(Debug)]
struct Entrance {
    name: Arc<str>,
    is_room: bool,
}

/// The property, as a page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Property {
    /// Its name.
    pub name: Option<Arc<str>>,
    /// Its time zone, IANA name.
    pub time_zone: Option<Arc<str>>,
}

/// Where a card lets its holder in, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Doors {
    pub(super) rooms: Vec<Arc<str>>,
    pub(super) doors: Vec<Arc<str>>,
}

impl Places {
    pub(super) fn system(&self, acs_system_id: &str) -> Option<Arc<str>> {
        let system = self.systems.get(acs_system_id);
        system.map(|system| Arc::clone(&system.name))
    }

    /// The kind of an access system, in Seam's words.
    pub(super) fn kind_of(&self, acs_system_id: &str) -> Option<SystemExternalType> {
        self.systems.get(acs_system_id)?.kind.clone()
    }

    /// That of these access systems, of all where none is named.
    pub(super) fn property(&self, acs_system_ids: &[String]) -> Property {
        let is_ours = |id: &String| {
            acs_system_ids.is_empty()
                || acs_system_ids
                    .iter()
                    .any(|ours| ours.eq_ignore_ascii_case(id))
        };
        let ours = self.systems.iter().filter(|(id, _)| is_ours(id));
        let ours: Vec<_> = ours.map(|(_, system)| system).collect();
        Property {
            name: match ours.as_slice() {
                [] => None,
                [only] => Some(Arc::clone(&only.name)),
                _ => self.workspace.clone(),
            },
            time_zone: ours.iter().find_map(|system| system.time_zone.clone()),
        }
    }

    pub(super) fn doors(&self, shown: &Shown) -> Doors {
        let mut found = Doors::default();
        let Opens {
            room_ids,
            door_ids,
            names,
        } = &shown.opens;
        let named = |id: &String| self.entrances.get(id).map(|one| Arc::clone(&one.name));
        found.rooms.extend(room_ids.iter().filter_map(named));
        found.doors.extend(door_ids.iter().filter_map(named));
        for name in names {
            let name: Arc<str> = name.as_str().into();
            let key = (shown.acs_system_id.clone(), Arc::clone(&name));
            let is_room = self.by_name.get(&key).copied().unwrap_or(true);
            found.of_kind(is_room).push(name);
        }
        if let Some((_, ids)) = self.accessible.get(&shown.acs_credential_id) {
            for entrance in ids.iter().filter_map(|id| self.entrances.get(id)) {
                found
                    .of_kind(entrance.is_room)
                    .push(Arc::clone(&entrance.name));
            }
        }
        found
    }

    /// Whether the systems are to be listed: one of these is not known, or it is some time ago.
    pub(super) fn wants_systems<'a>(&self, mut ids: impl Iterator<Item = &'a str>) -> bool {
        match self.systems_listed {
            None => true,
            Some(at) => {
                at.elapsed() > REFRESH
                    || at.elapsed() > LIST_AGAIN && ids.any(|id| !self.systems.contains_key(id))
            }
        }
    }

    /// A system whose entrances are to be listed, of those that these credentials belong to.
    pub(super) fn wants_entrances(&self, shown: &[Arc<Shown>]) -> Option<String> {
        let lacks = |one: &Arc<Shown>| {
            let opens = &one.opens;
            let mut ids = opens.room_ids.iter().chain(&opens.door_ids);
            match self.listed.get(&one.acs_system_id) {
                None => !opens.is_unknown(),
                Some(at) => {
                    at.elapsed() > REFRESH
                        || at.elapsed() > LIST_AGAIN
                            && ids.any(|id| !self.entrances.contains_key(id))
                }
            }
        };
        let lacking = shown.iter().find(|one| lacks(one));
        lacking.map(|one| one.acs_system_id.clone())
    }

    /// The first few credentials of which Seam has to be asked what they open.
    pub(super) fn wants_accessible(&self, shown: &[Arc<Shown>], few: usize) -> Vec<Arc<Shown>> {
        let lacks = |one: &&Arc<Shown>| {
            let known = self.accessible.get(&one.acs_credential_id);
            one.opens.is_unknown() && known.is_none_or(|(asked, _)| *asked != **one)
        };
        shown.iter().filter(lacks).take(few).cloned().collect()
    }

    pub(super) fn learn_systems(&mut self, systems: Vec<AcsSystem>, workspace: Option<&str>) {
        self.systems_listed = Some(Instant::now());
        self.workspace = workspace.map(Arc::from);
        let systems = systems.into_iter().map(|system| {
            let known = System {
                name: system.name.as_str().into(),
                time_zone: system.location.time_zone.as_deref().map(Arc::from),
                kind: system.external_type,
            };
            (system.acs_system_id, known)
        });
        self.systems.extend(systems);
    }

    pub(super) fn learn_entrances(&mut self, entrances: Vec<AcsEntrance>) {
        for entrance in entrances {
            let is_room = is_room(&entrance);
            let name: Arc<str> = entrance.display_name.as_str().into();
            let mut names = vec![Arc::clone(&name)];
            let vostio = entrance.assa_abloy_vostio_metadata.as_ref();
            names.extend(vostio.and_then(|vostio| Some(vostio.door_name.as_deref()?.into())));
            for name in names {
                let key = (entrance.acs_system_id.clone(), name);
                self.by_name.insert(key, is_room);
            }
            let known = Entrance { name, is_room };
            self.entrances.insert(entrance.acs_entrance_id, known);
        }
    }

    pub(super) fn listed(&mut self, acs_system_id: String) {
        self.listed.insert(acs_system_id, Instant::now());
    }

    pub(super) fn learn_accessible(&mut self, shown: Arc<Shown>, entrances: Vec<AcsEntrance>) {
        let ids = entrances.iter().map(|one| one.acs_entrance_id.clone());
        let ids = ids.collect();
        self.learn_entrances(entrances);
        self.accessible
            .insert(shown.acs_credential_id.clone(), (shown, ids));
    }
}

impl Doors {
    fn of_kind(&mut self, is_room: bool) -> &mut Vec<Arc<str>> {
        if is_room {
            &mut self.rooms
        } else {
            &mut self.doors
        }
    }
}

/// Whether an entrance is that of a guest's room, and no door for everyone.
pub(super) fn is_room(entrance: &AcsEntrance) -> bool {
    let visionline = entrance.visionline_metadata.as_ref();
    if let Some(category) = visionline.and_then(|visionline| visionline.door_category.as_ref()) {
        return *category == VisionlineDoorCategory::Guest;
    }
    let vostio = entrance.assa_abloy_vostio_metadata.as_ref();
    if let Some(kind) = vostio.and_then(|vostio| vostio.door_type.as_ref()) {
        return *kind == VostioDoorType::GuestDoor;
    }
    let hotek = entrance.hotek_metadata.as_ref();
    hotek.is_some_and(|hotek| hotek.room_number.is_some())
        || entrance.can_belong_to_reservation == Some(true)
}
