//! Where a hotel comes from: a seed file, or the one that ships with cardbridge ([`hotel.json`](hotel.json), the example to
//! start from).
//! The format is documented at [`Hotel::from_seed_file`].

mod error;
mod file;
mod references;

use uuid::Uuid;

pub use error::SeedError;

use self::file::Seed;
use super::auth::Keys;
use super::hotel::{Hotel, Secrets};
use super::model::{CardStep, Mode};
use super::report::ReportSecret;
use super::state::State;
use super::time::Time;

const SHIPPED: &str = include_str!("hotel.json");

impl Hotel {
    /// The hotel that ships with cardbridge, its keys new at every start.
    ///
    /// A Visionline and a Vostio system, guests, doors, vendor encoders, access grants, a dozen card credentials that wait to
    /// be issued, and some that must be refused.
    #[must_use]
    pub fn seeded() -> Self {
        shipped()
    }

    /// The hotel that a seed file describes.
    ///
    /// A seed is a JSON object of Seam's own objects, in lists named as the API names them: `acs_systems`, `acs_entrances`,
    /// `acs_encoders`, `user_identities`, `acs_users`, `acs_credentials`, `access_grants`, `access_methods`. Fields have Seam's
    /// names. Whatever follows from something else is left out (workspace, connected account, external type of a credential,
    /// `is_issued`, the warning `waiting_to_be_issued`), and nearly all else may be: an id that is left out is generated.
    ///
    /// * A time is RFC 3339, or `now`, `now+3d`, `now-90m` (units `s`, `m`, `h`, `d`), so that a seed stays good.
    /// * A credential is issued if it has `issued_at`. Its `warnings` are codes, its doors are `allowed_acs_entrance_ids`; metadata
    ///   that is not given follows from the doors.
    /// * An access method names its `acs_credential_id`, and `card_step` is `encoding` or `assignment`.
    /// * `registered_card_numbers` are the cards that `assign_card` can assign.
    /// * `workspace`, `api_key`, `personal_access_token` and `report_secret` are new at each start unless given.
    ///
    /// The shipped hotel, `src/sim/seed/hotel.json`, is the example to start from.
    ///
    /// # Errors
    /// [`SeedError`] with the place in the file.
    pub fn from_seed_file(json: &str) -> Result<Self, SeedError> {
        if json.trim_start().starts_with('[') {
            // The derived reader would take a list for an object's fields in their order.
            return Err(SeedError::contradiction(
                "line 1",
                "a seed is a JSON object, not a list",
            ));
        }
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let seed: Seed = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            SeedError::Malformed {
                path: place(&error),
                source: error.into_inner(),
            }
        })?;
        deserializer.end().map_err(|source| SeedError::Malformed {
            path: "after the end".to_owned(),
            source,
        })?;
        references::check(&seed)?;
        let secrets = secrets(&seed)?;
        Ok(Self::new(furnish(seed), secrets))
    }
}

/// The hotel that ships with cardbridge.
fn shipped() -> Hotel {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program, and every test of the simulated API loads it"
    )]
    Hotel::from_seed_file(SHIPPED).expect("the shipped hotel is well-formed")
}

/// Where a field is wrong; text that breaks off or is no JSON is wrong at no field.
fn place(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = error.path();
    if !error.inner().is_data() {
        "not JSON".to_owned()
    } else if path.iter().next().is_none() {
        "the whole file".to_owned()
    } else {
        path.to_string()
    }
}

fn secrets(seed: &Seed) -> Result<Secrets, SeedError> {
    let random = || Uuid::new_v4().simple().to_string();
    let api_key = seed
        .api_key
        .clone()
        .unwrap_or_else(|| format!("seam_test_{}", random()));
    let reserved = ["seam_at", "seam_cst", "seam_pk"];
    if !api_key.starts_with("seam_") || reserved.iter().any(|prefix| api_key.starts_with(prefix)) {
        let reason = format!(
            "an API key begins with seam_ and not with {}: the SDKs refuse any other",
            reserved.join(", ")
        );
        return Err(SeedError::contradiction("api_key", reason));
    }
    let personal_access_token = seed
        .personal_access_token
        .clone()
        .unwrap_or_else(|| format!("seam_at1_{}", random()));
    if !personal_access_token.starts_with("seam_at") {
        return Err(SeedError::contradiction(
            "personal_access_token",
            "a personal access token begins with seam_at",
        ));
    }
    let report_secret = match &seed.report_secret {
        Some(text) => ReportSecret::parse(text)
            .ok_or_else(|| SeedError::contradiction("report_secret", "not whsec_ and base64"))?,
        None => {
            ReportSecret::new([*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat())
        }
    };
    let keys = Keys {
        api_key,
        personal_access_token,
        workspace_id: seed.workspace.workspace_id,
    };
    Ok(Secrets {
        keys,
        report_secret,
    })
}

/// Puts checked facts into their tables, and notes what an access method waits for, as Seam does when it makes one.
fn furnish(seed: Seed) -> State {
    let mut state = State::new(seed.workspace);
    seed.acs_systems
        .into_iter()
        .for_each(|system| state.systems.insert(system));
    seed.acs_entrances
        .into_iter()
        .for_each(|entrance| state.entrances.insert(entrance));
    seed.acs_encoders
        .into_iter()
        .for_each(|encoder| state.encoders.insert(encoder));
    seed.user_identities
        .into_iter()
        .for_each(|identity| state.identities.insert(identity));
    seed.acs_users
        .into_iter()
        .for_each(|user| state.users.insert(user));
    seed.access_grants
        .into_iter()
        .for_each(|grant| state.grants.insert(grant));
    for mut credential in seed.acs_credentials {
        state.complete_metadata(&mut credential);
        state.credentials.insert(credential);
    }
    state
        .registered_card_numbers
        .extend(seed.registered_card_numbers);
    for method in seed.access_methods {
        state.methods.insert(method.clone());
        state.note_method("access_method.created", &method, method.created_at);
        if method.mode == Mode::Card
            && method.card_step == CardStep::Encoding
            && method.issued_at.is_none()
        {
            state.note_method("access_method.card_encoding_required", &method, Time::now());
        }
    }
    state
}
