//! Which user a call is about: `acs_user_id`, or `user_identity_id`, where it takes one `acs_system_id` more to be sure.

use uuid::Uuid;

use crate::rpc::{Reader, Refusal};
use crate::sim::model::User;
use crate::sim::state::State;
use crate::sim::time::Time;

/// A user as a caller names one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    User(Uuid),
    Identity {
        user_identity_id: Uuid,
        acs_system_id: Option<Uuid>,
    },
}

impl Subject {
    /// Exactly one of the two ids.
    pub(super) fn read(body: &Reader<'_>) -> Self {
        let user = body.optional_uuid("acs_user_id");
        let identity = body.optional_uuid("user_identity_id");
        let acs_system_id = body.optional_uuid("acs_system_id");
        match (user, identity) {
            (Some(_), Some(_)) => {
                body.refuse_all("Provide only one of acs_user_id and user_identity_id");
            }
            (None, None) if !body.has("acs_user_id") && !body.has("user_identity_id") => {
                body.refuse_all("Either acs_user_id or user_identity_id is required");
            }
            _ => {}
        }
        match user {
            Some(id) => Self::User(id),
            None => Self::Identity {
                user_identity_id: identity.unwrap_or_default(),
                acs_system_id,
            },
        }
    }

    /// The user that is meant, in the system that is meant.
    pub(super) fn find(self, state: &State) -> Result<&User, Refusal> {
        let (user_identity_id, acs_system_id) = match self {
            Self::User(id) => return state.users.find(id),
            Self::Identity {
                user_identity_id,
                acs_system_id,
            } => (user_identity_id, acs_system_id),
        };
        state.identities.find(user_identity_id)?;
        if let Some(system) = acs_system_id {
            state.systems.find(system)?;
        }
        let mut users = state.users.iter().filter(|user| {
            user.user_identity_id == Some(user_identity_id)
                && acs_system_id.is_none_or(|system| user.acs_system_id == system)
        });
        // Looking for the identity's own id finds nothing, which is the right refusal.
        let user = users
            .next()
            .map_or_else(|| state.users.find(user_identity_id), Ok)?;
        if users.next().is_some() {
            let message = "Required: the user identity has users in more than one system";
            return Err(Refusal::invalid_field("acs_system_id", message));
        }
        Ok(user)
    }

    /// As [`Self::find`], within one system.
    pub(super) fn find_in(self, state: &State, system: Uuid) -> Result<&User, Refusal> {
        let here = match self {
            Self::User(id) => Self::User(id),
            Self::Identity {
                user_identity_id, ..
            } => Self::Identity {
                user_identity_id,
                acs_system_id: Some(system),
            },
        };
        let user = here.find(state)?;
        if user.acs_system_id == system {
            Ok(user)
        } else {
            Err(Refusal::invalid_field(
                "acs_user_id",
                "The user belongs to another access system",
            ))
        }
    }

    /// As [`Self::find`]; a user identity without a user in the system gets one: the user there with the same e-mail address
    /// or phone number, or a new one.
    pub(super) fn find_or_create(self, state: &mut State, now: Time) -> Result<User, Refusal> {
        let Self::Identity {
            user_identity_id,
            acs_system_id,
        } = self
        else {
            return self.find(state).cloned();
        };
        let Some(acs_system_id) = acs_system_id else {
            return Err(Refusal::invalid_field("acs_system_id", "Required"));
        };
        state.systems.find(acs_system_id)?;
        link_or_create(state, user_identity_id, acs_system_id, now)
    }
}

/// The user that a user identity has, or now gets, in a system.
pub(super) fn link_or_create(
    state: &mut State,
    user_identity_id: Uuid,
    acs_system_id: Uuid,
    now: Time,
) -> Result<User, Refusal> {
    let identity = state.identities.find(user_identity_id)?.clone();
    let here = |user: &&User| user.acs_system_id == acs_system_id;
    let own = state
        .users
        .iter()
        .filter(here)
        .find(|user| user.user_identity_id == Some(user_identity_id));
    if let Some(user) = own {
        return Ok(user.clone());
    }
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let linked = state
        .users
        .iter()
        .filter(here)
        .find(|user| {
            user.user_identity_id.is_none()
                && (same(&user.email_address, &identity.email_address)
                    || same(&user.phone_number, &identity.phone_number))
        })
        .map(|user| user.acs_user_id);
    if let Some(id) = linked {
        let user = state.users.find_mut(id)?;
        user.user_identity_id = Some(user_identity_id);
        return Ok(user.clone());
    }
    let user = User {
        email_address: identity.email_address.clone(),
        phone_number: identity.phone_number.clone(),
        user_identity_id: Some(user_identity_id),
        ..User::new(acs_system_id, identity.display_name().to_owned(), now)
    };
    state.users.insert(user.clone());
    state.note_user("acs_user.created", &user, now);
    Ok(user)
}
