//! Whether a seed's objects fit together: every id that is mentioned is defined, once, and in the right access system.

use std::collections::HashMap;

use uuid::Uuid;

use super::error::SeedError;
use super::file::Seed;
use crate::sim::model::{Credential, User};

pub(super) fn check(seed: &Seed) -> Result<(), SeedError> {
    let defined = Defined::read(seed)?;
    for (list, systems) in homes(seed) {
        for (index, system) in systems.into_iter().enumerate() {
            known(&defined.systems, system, || {
                format!("{list}[{index}].acs_system_id")
            })?;
        }
    }
    for (index, user) in seed.acs_users.iter().enumerate() {
        defined.check_user(user, &format!("acs_users[{index}]"))?;
    }
    for (index, credential) in seed.acs_credentials.iter().enumerate() {
        defined.check_credential(credential, &format!("acs_credentials[{index}]"))?;
    }
    for (index, grant) in seed.access_grants.iter().enumerate() {
        let at = format!("access_grants[{index}]");
        known(&defined.identities, grant.user_identity_id, || {
            format!("{at}.user_identity_id")
        })?;
        for door in &grant.acs_entrance_ids {
            known(&defined.entrances, *door, || {
                format!("{at}.acs_entrance_ids")
            })?;
        }
    }
    for (index, method) in seed.access_methods.iter().enumerate() {
        let at = format!("access_methods[{index}]");
        known(&defined.grants, method.access_grant_id, || {
            format!("{at}.access_grant_id")
        })?;
        if let Some(credential) = method.acs_credential_id {
            known(&defined.credentials, credential, || {
                format!("{at}.acs_credential_id")
            })?;
        }
    }
    Ok(())
}

/// The access system of each thing that belongs to one; the nil id for what belongs to none.
type Homes = HashMap<Uuid, Uuid>;

/// What the seed defines.
struct Defined {
    systems: Homes,
    entrances: Homes,
    identities: Homes,
    users: Homes,
    credentials: Homes,
    grants: Homes,
}

impl Defined {
    fn read(seed: &Seed) -> Result<Self, SeedError> {
        let encoders = seed
            .acs_encoders
            .iter()
            .map(|it| (it.acs_encoder_id, it.acs_system_id));
        collect("acs_encoders", encoders)?;
        let methods = seed
            .access_methods
            .iter()
            .map(|it| (it.access_method_id, Uuid::nil()));
        collect("access_methods", methods)?;
        let systems = seed
            .acs_systems
            .iter()
            .map(|it| (it.acs_system_id, Uuid::nil()));
        let entrances = seed
            .acs_entrances
            .iter()
            .map(|it| (it.acs_entrance_id, it.acs_system_id));
        let identities = seed
            .user_identities
            .iter()
            .map(|it| (it.user_identity_id, Uuid::nil()));
        let users = seed
            .acs_users
            .iter()
            .map(|it| (it.acs_user_id, it.acs_system_id));
        let credentials = seed
            .acs_credentials
            .iter()
            .map(|it| (it.acs_credential_id, it.acs_system_id));
        let grants = seed
            .access_grants
            .iter()
            .map(|it| (it.access_grant_id, Uuid::nil()));
        Ok(Self {
            systems: collect("acs_systems", systems)?,
            entrances: collect("acs_entrances", entrances)?,
            identities: collect("user_identities", identities)?,
            users: collect("acs_users", users)?,
            credentials: collect("acs_credentials", credentials)?,
            grants: collect("access_grants", grants)?,
        })
    }

    fn check_user(&self, user: &User, at: &str) -> Result<(), SeedError> {
        if let Some(identity) = user.user_identity_id {
            known(&self.identities, identity, || {
                format!("{at}.user_identity_id")
            })?;
        }
        for door in &user.acs_entrance_ids {
            at_home(&self.entrances, *door, user.acs_system_id, || {
                format!("{at}.acs_entrance_ids")
            })?;
        }
        Ok(())
    }

    fn check_credential(&self, credential: &Credential, at: &str) -> Result<(), SeedError> {
        let home = credential.acs_system_id;
        if let Some(user) = credential.acs_user_id {
            at_home(&self.users, user, home, || format!("{at}.acs_user_id"))?;
        }
        for door in &credential.allowed_acs_entrance_ids {
            at_home(&self.entrances, *door, home, || {
                format!("{at}.allowed_acs_entrance_ids")
            })?;
        }
        if credential
            .starts_at
            .zip(credential.ends_at)
            .is_some_and(|(start, end)| start >= end)
        {
            return Err(SeedError::contradiction(
                format!("{at}.ends_at"),
                "ends before it starts",
            ));
        }
        Ok(())
    }
}

/// The access systems that are mentioned, list by list.
fn homes(seed: &Seed) -> [(&'static str, Vec<Uuid>); 4] {
    [
        (
            "acs_entrances",
            seed.acs_entrances
                .iter()
                .map(|it| it.acs_system_id)
                .collect(),
        ),
        (
            "acs_encoders",
            seed.acs_encoders
                .iter()
                .map(|it| it.acs_system_id)
                .collect(),
        ),
        (
            "acs_users",
            seed.acs_users.iter().map(|it| it.acs_system_id).collect(),
        ),
        (
            "acs_credentials",
            seed.acs_credentials
                .iter()
                .map(|it| it.acs_system_id)
                .collect(),
        ),
    ]
}

fn collect(list: &str, ids: impl Iterator<Item = (Uuid, Uuid)>) -> Result<Homes, SeedError> {
    let mut homes = Homes::new();
    for (index, (id, home)) in ids.enumerate() {
        if homes.insert(id, home).is_some() {
            let reason = format!("{id} is defined twice");
            return Err(SeedError::contradiction(format!("{list}[{index}]"), reason));
        }
    }
    Ok(homes)
}

fn known(homes: &Homes, id: Uuid, path: impl FnOnce() -> String) -> Result<(), SeedError> {
    if homes.contains_key(&id) {
        Ok(())
    } else {
        Err(SeedError::contradiction(
            path(),
            format!("{id} is not defined"),
        ))
    }
}

fn at_home(
    homes: &Homes,
    id: Uuid,
    home: Uuid,
    path: impl Fn() -> String,
) -> Result<(), SeedError> {
    known(homes, id, &path)?;
    if homes.get(&id) == Some(&home) {
        Ok(())
    } else {
        Err(SeedError::contradiction(
            path(),
            format!("{id} belongs to another access system"),
        ))
    }
}
