//! Where a hotel comes from: a seed file, or the one that ships with cardbridge ([`hotel.json`](hotel.json), the example to
//! start from).
//! The format is documented at [`Hotel::from_seed_file`].

mod references;

use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

use super::auth::Keys;
use super::hotel::{Hotel, Secrets};
use super::model::{
    AccessGrant, AccessMethod, CardStep, Credential, Encoder, Entrance, Mode, System, User,
    UserIdentity, Workspace,
};
use super::moment::Moment;
use super::report::ReportSecret;
use super::state::State;

const SHIPPED: &str = include_str!("hotel.json");

/// Why a seed file is not a hotel.
#[derive(Debug, Error)]
pub enum SeedError {
    /// Not JSON, or a field that is unknown, missing or of the wrong type.
    #[error("{path}: {source}")]
    Malformed {
        /// Where in the document, for example `acs_credentials[3].ends_at`.
        path: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// Two things that do not go together.
    #[error("{path}: {reason}")]
    Contradiction {
        /// Where in the document.
        path: String,
        /// What does not go together.
        reason: String,
    },
}

impl SeedError {
    fn contradiction(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Contradiction {
            path: path.into(),
            reason: reason.into(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Seed {
    workspace: Workspace,
    api_key: Option<String>,
    personal_access_token: Option<String>,
    report_secret: Option<String>,
    acs_systems: Vec<System>,
    acs_entrances: Vec<Entrance>,
    acs_encoders: Vec<Encoder>,
    user_identities: Vec<UserIdentity>,
    acs_users: Vec<User>,
    acs_credentials: Vec<Credential>,
    access_grants: Vec<AccessGrant>,
    access_methods: Vec<AccessMethod>,
    registered_card_numbers: Vec<String>,
}

/// The hotel that ships with cardbridge.
pub(super) fn shipped() -> Hotel {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program, and every test of the simulated API loads it"
    )]
    load(SHIPPED).expect("the shipped hotel is well-formed")
}

/// The hotel of a seed file.
pub(super) fn load(json: &str) -> Result<Hotel, SeedError> {
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
    Ok(Hotel::new(furnish(seed), secrets))
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
            state.note_method(
                "access_method.card_encoding_required",
                &method,
                Moment::now(),
            );
        }
    }
    state
}
