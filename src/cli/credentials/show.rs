//! A credential in words.

use cardbridge_drivers::profiles;
use jiff::Timestamp;

use crate::cli::{Context, Exit, Failure, time};
use crate::seam::{AcsCredential, CredentialWarningCode, Nullable};

/// The columns of [`row`]. The name comes last: it has no bounds.
pub(super) const HEAD: &[&str] = &["credential", "kind", "state", "ends", "name"];

pub(super) fn row(credential: &AcsCredential, now: Timestamp) -> Vec<String> {
    vec![
        credential.acs_credential_id.clone(),
        credential.access_method.to_string(),
        state(credential, now).to_owned(),
        credential
            .ends_at
            .as_deref()
            .map_or_else(|| "-".to_owned(), day),
        credential.display_name.clone(),
    ]
}

/// What a clerk wants to know first.
fn state(credential: &AcsCredential, now: Timestamp) -> &'static str {
    if credential.has_warning(&CredentialWarningCode::BeingDeleted) {
        "deleting"
    } else if !credential.errors.is_empty() {
        "error"
    } else if credential.has_warning(&CredentialWarningCode::NeedsToBeReissued) {
        "reissue"
    } else if credential.is_known_issued() {
        "issued"
    } else if matches!(credential.ends_at_time(), Ok(Some(end)) if end <= now.into()) {
        "ended"
    } else {
        "waiting"
    }
}

/// The day of a time, which is what fits; what is no time is shown as it came.
fn day(time: &str) -> String {
    time::of_seam(time).get(..10).unwrap_or(time).to_owned()
}

fn local(time: Option<&str>) -> Option<String> {
    time.map(time::of_seam)
}

/// Whose metadata this is: the access system by its name, or the API's name for the metadata.
fn access_system(metadata: &str) -> &str {
    let known = profiles::ALL
        .iter()
        .find(|profile| profile.metadata() == metadata);
    known.map_or(metadata, |profile| profile.title())
}

/// One credential: its JSON, or what people look for in it.
pub(super) fn credential(
    context: &Context,
    credential: &AcsCredential,
    now: Timestamp,
) -> Result<Exit, Failure> {
    if context.output.json() {
        context.output.document(credential)?;
        return Ok(Exit::Done);
    }
    let mut lines = vec![
        ("credential", credential.acs_credential_id.clone()),
        ("name", credential.display_name.clone()),
        ("kind", credential.access_method.to_string()),
        ("state", state(credential, now).to_owned()),
    ];
    let mut given =
        |name, value: Option<&str>| lines.extend(value.map(|value| (name, value.to_owned())));
    given(
        "card number",
        credential.card_number.value().map(String::as_str),
    );
    given(
        "issued at",
        local(credential.issued_at.value().map(String::as_str)).as_deref(),
    );
    given(
        "starts at",
        local(credential.starts_at.as_deref()).as_deref(),
    );
    given("ends at", local(credential.ends_at.as_deref()).as_deref());
    given(
        "holder",
        credential
            .acs_user_id
            .as_deref()
            .or(credential.user_identity_id.as_deref()),
    );
    given("system", Some(&credential.acs_system_id));
    given(
        "system's type",
        credential.external_type_display_name.as_deref(),
    );
    if matches!(credential.code, Nullable::Value(_)) {
        given("code", Some("(set; --json shows it)"));
    }
    for (key, metadata) in credential.all_metadata() {
        lines.push((access_system(key), metadata.to_string()));
    }
    lines.extend(
        credential
            .errors
            .iter()
            .map(|error| ("error", error.message.clone())),
    );
    lines.extend(
        credential
            .warnings
            .iter()
            .map(|warning| ("warning", warning.message.clone())),
    );
    context.output.text(&crate::cli::pairs(&lines))?;
    Ok(Exit::Done)
}
