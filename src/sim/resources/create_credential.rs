//! `/acs/credentials/create`: every parameter of the API, and which of them go together.
//!
//! The rules between parameters are in no specification. Those that the docs state in prose are kept; beyond them, metadata of
//! another manufacturer than the system's is refused, and so is a card that both overrides and joins.

use uuid::Uuid;

use super::subject::Subject;
use crate::rpc::{Answer, Reader, Refusal, Success};
use crate::sim::call::Call;
use crate::sim::issue::issue_without_card;
use crate::sim::model::{
    CardFunctionType, Credential, Entrance, Manufacturer, Mode, VisionlineMetadata, VostioMetadata,
};
use crate::sim::state::State;
use crate::sim::time::Time;
use crate::sim::times::Times;

pub(in crate::sim) fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let wanted = call.input.read(|body| Wanted::read(body, call.now))?;
    if let Some(id) = wanted.credential_manager {
        state.systems.find(id)?;
    }
    let doors = wanted.doors.clone().unwrap_or_default();
    let system = wanted.system_without_user(state)?;
    check_metadata(state, system, &wanted)?;
    for door in &doors {
        if state.entrances.find(*door)?.acs_system_id != system {
            let message = format!("Entrance {door} belongs to another access system");
            return Err(Refusal::invalid_field("allowed_acs_entrance_ids", message));
        }
    }
    check_joiners(state, system, wanted.visionline.as_ref())?;

    // Nothing can be refused from here on, so a refused call leaves no new user behind.
    let user = wanted.subject.find_or_create(state, call.now)?;
    let code = wanted
        .code
        .clone()
        .or_else(|| (wanted.mode == Mode::Code).then(new_code));
    let mut credential = Credential {
        acs_user_id: Some(user.acs_user_id),
        starts_at: Some(wanted.starts_at.unwrap_or(call.now)),
        ends_at: wanted.ends_at,
        code,
        is_multi_phone_sync_credential: wanted.multi_phone_sync,
        assa_abloy_vostio_metadata: wanted.vostio.map(|vostio| vostio.build(state, &doors)),
        visionline_metadata: wanted.visionline,
        allowed_acs_entrance_ids: doors,
        ..Credential::new(system, wanted.mode, call.now)
    };
    state.complete_metadata(&mut credential);
    let id = credential.acs_credential_id;
    state.credentials.insert(credential);
    if wanted.mode != Mode::Card {
        issue_without_card(state, id, call.now)?;
    }
    Ok(Success::one(
        "acs_credential",
        state.credentials.find(id)?.view(state),
    ))
}

struct Wanted {
    mode: Mode,
    subject: Subject,
    acs_system_id: Option<Uuid>,
    doors: Option<Vec<Uuid>>,
    starts_at: Option<Time>,
    ends_at: Option<Time>,
    code: Option<String>,
    multi_phone_sync: bool,
    credential_manager: Option<Uuid>,
    visionline: Option<VisionlineMetadata>,
    vostio: Option<VostioRequest>,
    foreign: Option<&'static str>,
}

struct VostioRequest {
    auto_join: Option<bool>,
    overrides_all: bool,
    override_ids: Option<Vec<Uuid>>,
}

impl Wanted {
    fn read(body: &Reader<'_>, now: Time) -> Self {
        let mode = body.optional_choice("access_method", Mode::ALL);
        if !body.has("access_method") {
            body.refuse("access_method", "Required");
        }
        let mode = mode.unwrap_or_default();
        let (starts_at, ends_at) = (
            body.optional_time("starts_at"),
            body.optional_time("ends_at"),
        );
        if ends_at.is_some_and(|end| end <= now) {
            body.refuse("ends_at", "ends_at must be in the future");
        }
        if ends_at.is_some_and(|end| end <= starts_at.unwrap_or(now)) {
            body.refuse("ends_at", "ends_at must be after starts_at");
        }
        let code = read_code(body);
        if code.is_some() && mode != Mode::Code {
            body.refuse(
                "code",
                "Only a credential with access_method 'code' has a code",
            );
        }
        let multi_phone_sync = body
            .optional_bool("is_multi_phone_sync_credential")
            .unwrap_or(false);
        if multi_phone_sync && mode != Mode::MobileKey {
            let message = "Only a credential with access_method 'mobile_key' syncs to phones";
            body.refuse("is_multi_phone_sync_credential", message);
        }
        Self {
            mode,
            subject: Subject::read(body),
            acs_system_id: body.optional_uuid("acs_system_id"),
            doors: body.uuids("allowed_acs_entrance_ids"),
            starts_at,
            ends_at,
            code,
            multi_phone_sync,
            credential_manager: body.optional_uuid("credential_manager_acs_system_id"),
            visionline: body.object("visionline_metadata", |part| read_visionline(part, mode)),
            vostio: body.object("assa_abloy_vostio_metadata", read_vostio),
            foreign: ["salto_space_metadata", "hotek_metadata"]
                .into_iter()
                .find(|name| body.object(name, |_| ()).is_some()),
        }
    }

    /// The system of the new credential, before a user is made for it.
    fn system_without_user(&self, state: &State) -> Result<Uuid, Refusal> {
        match (self.subject, self.acs_system_id) {
            (Subject::User(id), given) => {
                let system = state.users.find(id)?.acs_system_id;
                if given.is_some_and(|given| given != system) {
                    let message = "The user belongs to another access system";
                    return Err(Refusal::invalid_field("acs_system_id", message));
                }
                Ok(system)
            }
            (
                Subject::Identity {
                    user_identity_id, ..
                },
                given,
            ) => {
                state.identities.find(user_identity_id)?;
                let given =
                    given.ok_or_else(|| Refusal::invalid_field("acs_system_id", "Required"))?;
                Ok(state.systems.find(given)?.acs_system_id)
            }
        }
    }
}

/// A PIN: digits only.
pub(super) fn read_code(body: &Reader<'_>) -> Option<String> {
    let code = body.optional_text("code")?;
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        body.refuse("code", "Invalid");
    }
    Some(code)
}

fn read_visionline(part: &Reader<'_>, mode: Mode) -> VisionlineMetadata {
    let card_format = part.optional_choice("card_format", &[("TLCode", ()), ("rfid48", ())]);
    if card_format.is_some() && mode != Mode::Card {
        part.refuse("card_format", "Only a card has a card format");
    }
    let functions = &[
        ("guest", CardFunctionType::Guest),
        ("staff", CardFunctionType::Staff),
    ];
    let card_function_type = part.optional_choice("card_function_type", functions);
    let _ = part.optional_uuid("assa_abloy_credential_service_mobile_endpoint_id");
    // The second name is the deprecated one.
    let overrides = part
        .optional_bool("override")
        .or(part.optional_bool("is_override_key"));
    let joiners = part.uuids("joiner_acs_credential_ids");
    let auto_join = part.optional_bool("auto_join");
    let overrides = overrides.unwrap_or(false);
    let joins = joiners.as_ref().is_some_and(|joiners| !joiners.is_empty());
    if overrides && (joins || auto_join == Some(true)) {
        part.refuse_all("A card either overrides earlier cards or joins them");
    }
    if mode == Mode::Card && !overrides && !joins && auto_join != Some(true) {
        let message = "Required unless override or auto_join is true";
        part.refuse("joiner_acs_credential_ids", message);
    }
    VisionlineMetadata {
        card_function_type,
        joiner_acs_credential_ids: joiners,
        auto_join,
        overrides,
        ..VisionlineMetadata::default()
    }
}

fn read_vostio(part: &Reader<'_>) -> VostioRequest {
    let joins_all = part
        .optional_bool("join_all_guest_acs_entrances")
        .unwrap_or(false);
    let overrides_all = part
        .optional_bool("override_all_guest_acs_entrances")
        .unwrap_or(false);
    let override_ids = part.uuids("override_guest_acs_entrance_ids");
    let overrides_some = override_ids.as_ref().is_some_and(|ids| !ids.is_empty());
    if joins_all && (overrides_all || overrides_some) {
        part.refuse_all("A key either joins at all guest entrances or overrides at some");
    }
    VostioRequest {
        auto_join: part.optional_bool("auto_join"),
        overrides_all,
        override_ids,
    }
}

impl VostioRequest {
    fn build(self, state: &State, doors: &[Uuid]) -> VostioMetadata {
        let guest_doors = || {
            doors.iter().filter(|id| {
                state
                    .entrances
                    .get(**id)
                    .is_some_and(Entrance::is_guest_door)
            })
        };
        let overridden = if self.overrides_all {
            Some(guest_doors().copied().collect())
        } else {
            self.override_ids
        };
        VostioMetadata {
            auto_join: self.auto_join,
            override_guest_acs_entrance_ids: overridden
                .map(|ids: Vec<Uuid>| ids.iter().map(Uuid::to_string).collect()),
            ..VostioMetadata::default()
        }
    }
}

fn check_metadata(state: &State, system: Uuid, wanted: &Wanted) -> Result<(), Refusal> {
    let manufacturer = state.systems.find(system)?.external_type;
    let stranger = match manufacturer {
        Manufacturer::Visionline => wanted.vostio.as_ref().map(|_| "assa_abloy_vostio_metadata"),
        Manufacturer::Vostio => wanted.visionline.as_ref().map(|_| "visionline_metadata"),
    };
    match stranger.or(wanted.foreign) {
        None => Ok(()),
        Some(field) => Err(Refusal::invalid_field(
            field,
            "The access system is of another manufacturer",
        )),
    }
}

fn check_joiners(
    state: &State,
    system: Uuid,
    metadata: Option<&VisionlineMetadata>,
) -> Result<(), Refusal> {
    let joiners = metadata.and_then(|metadata| metadata.joiner_acs_credential_ids.as_deref());
    for joiner in joiners.unwrap_or_default() {
        if state.credentials.find(*joiner)?.acs_system_id != system {
            let message = format!("Credential {joiner} belongs to another access system");
            return Err(Refusal::invalid_field("visionline_metadata", message));
        }
    }
    Ok(())
}

/// A PIN of four digits, as a system makes one up.
fn new_code() -> String {
    format!("{:04}", Uuid::new_v4().as_u128() % 10_000)
}
