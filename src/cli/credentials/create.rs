//! `cardbridge credentials create`: every parameter of the API as a flag.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::{Exit, Failure, time};
use crate::seam::{
    AccessMode, CardFormat, CardFunctionType, CreateAcsCredential, CredentialHolder, HotekOptions,
    SaltoSpaceOptions, Sensitive, VisionlineOptions, VostioOptions,
};

/// Create a credential, by default a card.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  cardbridge credentials create --acs-user ID --entrance ID --visionline-override \\
    --starts-at 2026-08-01T15:00:00+02:00 --ends-at 2026-08-03T11:00:00+02:00")]
pub(in crate::cli) struct Create {
    /// What it is: card, code, mobile_key or cloud_key.
    #[arg(long, value_name = "KIND", default_value = "card", value_parser = known(AccessMode::KNOWN, AccessMode::as_str))]
    access_method: AccessMode,
    #[command(flatten)]
    new: NewCard,
    /// The PIN of a code credential, read from this file; - reads standard input.
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
    /// Sync a mobile key to all phones of its holder.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    multi_phone_sync: Option<bool>,
    /// The system that manages a mobile key, if it differs from the one that the key opens.
    #[arg(
        long,
        value_name = "ID",
        visible_alias = "credential-manager-acs-system-id"
    )]
    credential_manager: Option<String>,
}

impl Create {
    pub(super) fn request(&self) -> Result<CreateAcsCredential, Failure> {
        Ok(CreateAcsCredential {
            code: self.code_file.as_deref().map(read_code).transpose()?,
            is_multi_phone_sync_credential: self.multi_phone_sync,
            credential_manager_acs_system_id: self.credential_manager.clone(),
            ..self.new.request(self.access_method.clone())?
        })
    }
}

/// The options of a new card credential; `encode --create` takes the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(in crate::cli) struct NewCard {
    /// For this user of an access control system.
    #[arg(
        long,
        value_name = "ID",
        visible_alias = "acs-user-id",
        conflicts_with = "user_identity"
    )]
    acs_user: Option<String>,
    /// For this user identity, in the system that --acs-system names.
    #[arg(
        long,
        value_name = "ID",
        visible_alias = "user-identity-id",
        requires = "acs_system"
    )]
    user_identity: Option<String>,
    /// The access control system for a user identity.
    #[arg(
        long,
        value_name = "ID",
        visible_alias = "acs-system-id",
        requires = "user_identity"
    )]
    acs_system: Option<String>,
    /// An entrance that it may open; may be repeated. Default: those of its holder.
    #[arg(
        long = "entrance",
        value_name = "ID",
        visible_alias = "allowed-acs-entrance-id"
    )]
    entrances: Vec<String>,
    /// From when it is valid (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = time::rfc3339)]
    starts_at: Option<String>,
    /// Until when it is valid (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = time::rfc3339)]
    ends_at: Option<String>,
    #[command(flatten)]
    visionline: Visionline,
    #[command(flatten)]
    vostio: Vostio,
    #[command(flatten)]
    others: Others,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Visionline")]
struct Visionline {
    /// First card of a stay: ends earlier cards of its rooms.
    #[arg(id = "visionline_override", long = "visionline-override", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    overrides_earlier: Option<bool>,
    /// Let Seam choose between joining and overriding.
    #[arg(id = "visionline_auto_join", long = "visionline-auto-join", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    auto_join: Option<bool>,
    /// A card of the same stay that it joins; may be repeated.
    #[arg(
        id = "visionline_joiners",
        long = "visionline-joiner",
        value_name = "ID"
    )]
    joiners: Vec<String>,
    /// For a guest or for staff.
    #[arg(id = "visionline_card_function_type", long = "visionline-card-function-type", value_name = "TYPE", value_parser = known(CardFunctionType::KNOWN, CardFunctionType::as_str))]
    card_function_type: Option<CardFunctionType>,
    /// The format of the card in Visionline: TLCode or rfid48.
    #[arg(id = "visionline_card_format", long = "visionline-card-format", value_name = "FORMAT", value_parser = known(CardFormat::KNOWN, CardFormat::as_str))]
    card_format: Option<CardFormat>,
    /// --visionline-override under the API's old name.
    #[arg(id = "visionline_is_override_key", long = "visionline-is-override-key", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    is_override_key: Option<bool>,
    /// The mobile endpoint of a mobile key; deprecated by Seam.
    #[arg(
        id = "visionline_mobile_endpoint",
        long = "visionline-mobile-endpoint",
        value_name = "ID",
        hide_short_help = true
    )]
    mobile_endpoint: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Vostio")]
struct Vostio {
    /// Let Seam choose between joining and overriding.
    #[arg(id = "vostio_auto_join", long = "vostio-auto-join", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    auto_join: Option<bool>,
    /// Join the earlier keys of every guest door.
    #[arg(id = "vostio_join_all", long = "vostio-join-all", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    join_all: Option<bool>,
    /// End the earlier keys of every guest door.
    #[arg(id = "vostio_override_all", long = "vostio-override-all", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    override_all: Option<bool>,
    /// A guest door where it ends earlier keys; may be repeated.
    #[arg(id = "vostio_overrides", long = "vostio-override", value_name = "ID")]
    override_entrances: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Salto Space and Hotek")]
struct Others {
    /// Salto Space: give the holder a new key.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    salto_assign_new_key: Option<bool>,
    /// Salto Space: update the holder's key.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    salto_update_current_key: Option<bool>,
    /// Hotek: let Seam choose between joining and overriding.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    hotek_auto_join: Option<bool>,
    /// Hotek: end earlier cards.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    hotek_override: Option<bool>,
}

impl NewCard {
    /// The request for such a credential.
    ///
    /// # Errors
    /// Exit 2 when no holder is given.
    pub(in crate::cli) fn request(
        &self,
        access_method: AccessMode,
    ) -> Result<CreateAcsCredential, Failure> {
        Ok(CreateAcsCredential {
            allowed_acs_entrance_ids: self.entrances.clone(),
            starts_at: self.starts_at.clone(),
            ends_at: self.ends_at.clone(),
            visionline_metadata: given(self.visionline.options()),
            assa_abloy_vostio_metadata: given(self.vostio.options()),
            salto_space_metadata: given(SaltoSpaceOptions {
                assign_new_key: self.others.salto_assign_new_key,
                update_current_key: self.others.salto_update_current_key,
            }),
            hotek_metadata: given(HotekOptions {
                auto_join: self.others.hotek_auto_join,
                overrides: self.others.hotek_override,
            }),
            ..CreateAcsCredential::new(access_method, self.holder()?)
        })
    }

    fn holder(&self) -> Result<CredentialHolder, Failure> {
        match (&self.acs_user, &self.user_identity, &self.acs_system) {
            (Some(acs_user_id), ..) => Ok(CredentialHolder::AcsUser {
                acs_user_id: acs_user_id.clone(),
            }),
            (None, Some(user_identity_id), Some(acs_system_id)) => {
                Ok(CredentialHolder::UserIdentity {
                    user_identity_id: user_identity_id.clone(),
                    acs_system_id: acs_system_id.clone(),
                })
            }
            _ => Err(Failure::new(
                Exit::Usage,
                "no holder given",
                "add --acs-user ID, or --user-identity ID with --acs-system ID",
            )),
        }
    }
}

impl Visionline {
    fn options(&self) -> VisionlineOptions {
        VisionlineOptions {
            card_format: self.card_format.clone(),
            card_function_type: self.card_function_type.clone(),
            overrides: self.overrides_earlier,
            joiner_acs_credential_ids: self.joiners.clone(),
            auto_join: self.auto_join,
            is_override_key: self.is_override_key,
            assa_abloy_credential_service_mobile_endpoint_id: self.mobile_endpoint.clone(),
        }
    }
}

impl Vostio {
    fn options(&self) -> VostioOptions {
        VostioOptions {
            auto_join: self.auto_join,
            join_all_guest_acs_entrances: self.join_all,
            override_all_guest_acs_entrances: self.override_all,
            override_guest_acs_entrance_ids: self.override_entrances.clone(),
        }
    }
}

/// Options of which none was given are not sent at all.
fn given<T: Default + PartialEq>(options: T) -> Option<T> {
    (options != T::default()).then_some(options)
}

/// One of the values that the API has today; a typing error is reported before anything is sent.
fn known<T: Clone + Send + Sync + 'static>(
    values: &'static [T],
    text: fn(&T) -> &str,
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(values.iter().map(text)).try_map(move |given| {
        values
            .iter()
            .find(|value| text(value) == given)
            .cloned()
            .ok_or("no such value")
    })
}

/// A PIN, which does not belong on the command line.
pub(super) fn read_code(path: &Path) -> Result<Sensitive, Failure> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = read.map_err(|error| {
        Failure::new(
            Exit::Usage,
            format!("cannot read the code from {}: {error}", path.display()),
            "name another file, or -",
        )
    })?;
    Ok(Sensitive::from(text.trim()))
}
