//! `cardbridge readers`: what is plugged in, and which model each reader is recognised as.

use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::time::timeout;

use super::simulated::SimulatedArgs;
use super::{Context, Exit, Failure};
use crate::compose::reader_profiles;
use crate::config::Config;
use crate::desk::IssueError;
use crate::desk::seam_encoder::named;
use crate::desk::target::{EncoderKind, Opens};
use crate::encoder::{Profiles, Slot, Tray, survey};
use crate::queue::{CredentialQueue, FoundEncoder};

/// How long Seam may take to say which encoders it drives.
const PATIENCE: Duration = Duration::from_secs(5);

/// List the readers of the PC/SC service: which are encoders, and whether a card is on them.
///
/// With an API key it also lists the encoders of the access systems, which Seam drives: `encode --reader` takes their names too.
/// Exits 5 when there is no encoder. Where the PC/SC service does not answer, that is said, and Seam's are listed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge readers --json | jq -r '.[] | select(.is_encoder).name'"
)]
pub(super) struct Readers {
    #[command(flatten)]
    simulated: SimulatedArgs,
}

#[derive(Debug, Serialize)]
struct Reader {
    name: String,
    is_encoder: bool,
    /// Why it is none.
    reason: Option<String>,
    /// `null` where Seam drives it, which does not say.
    has_card: Option<bool>,
    is_in_use: Option<bool>,
    /// The reader model it is recognised as; `null` for what is no encoder.
    profile: Option<&'static str>,
    /// Who says so.
    profile_from: Option<ProfileFrom>,
    /// What is behind it.
    kind: EncoderKind,
    /// What its cards open; `null` for what is no encoder.
    opens: Option<Opens>,
    /// Seam's id of it, where Seam drives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    acs_encoder_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ProfileFrom {
    Name,
    Configuration,
    Simulated,
}

impl Reader {
    /// A reader that is simulated says itself which model it is.
    fn simulated(slot: Slot, tray: &Tray) -> Self {
        let profile = tray.profile(&slot.name).ok();
        Self {
            profile: profile.map(|profile| profile.name),
            profile_from: profile.map(|_| ProfileFrom::Simulated),
            ..Self::new(slot, &Profiles::default())
        }
    }

    fn new(slot: Slot, profiles: &Profiles) -> Self {
        let reason = slot.why_no_encoder().map(str::to_owned);
        let is_encoder = reason.is_none();
        Self {
            is_encoder,
            profile: is_encoder.then(|| profiles.of(&slot.name).name),
            profile_from: is_encoder.then(|| {
                if profiles.is_configured(&slot.name) {
                    ProfileFrom::Configuration
                } else {
                    ProfileFrom::Name
                }
            }),
            reason,
            has_card: Some(slot.has_card),
            is_in_use: Some(slot.is_in_use),
            name: slot.name.0,
            kind: EncoderKind::Local,
            opens: is_encoder.then_some(Opens::OwnRecord),
            acs_encoder_id: None,
        }
    }

    /// One that Seam drives. It does not say whether a card is on it.
    fn at_seam(found: &FoundEncoder, name: String) -> Self {
        Self {
            name,
            is_encoder: true,
            reason: found
                .encoder
                .errors
                .first()
                .map(|error| error.message.clone()),
            has_card: None,
            is_in_use: None,
            profile: None,
            profile_from: None,
            kind: EncoderKind::Seam,
            opens: Some(Opens::VendorCard),
            acs_encoder_id: Some(found.encoder.acs_encoder_id.clone()),
        }
    }
}

impl Readers {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let composer = context.composer(&config);
        let at_seam = at_seam(context, &config);
        let here: Vec<Reader> = if let Some(tray) = self.simulated.tray_for_many(&composer, None)? {
            let slots = tray.survey().into_iter();
            slots.map(|slot| Reader::simulated(slot, &tray)).collect()
        } else {
            let profiles = reader_profiles(&config);
            match survey() {
                Ok(slots) => {
                    let slots = slots.into_iter();
                    slots.map(|slot| Reader::new(slot, &profiles)).collect()
                }
                Err(error) if at_seam.is_empty() => return Err(error.into()),
                // Those of Seam need no service here, but its readers must not be missed without a word.
                Err(error) => {
                    context.output.tell(&error.into());
                    Vec::new()
                }
            }
        };
        let readers: Vec<_> = here.into_iter().chain(at_seam).collect();
        show(context, &readers)
    }
}

fn show(context: &Context, readers: &[Reader]) -> Result<Exit, Failure> {
    if !readers.iter().any(|reader| reader.is_encoder) {
        for reader in readers {
            context.output.note(&format!(
                "{}: {}",
                reader.name,
                reader.reason.as_deref().unwrap_or_default()
            ));
        }
        return Err(Failure::new(
            Exit::Encoder,
            "no encoder is plugged in",
            "plug in a contactless encoder; if one is plugged in, run `cardbridge doctor`",
        ));
    }
    if context.output.json() {
        context.output.document(&readers)?;
    } else {
        context.output.table(
            &["reader", "make", "card", "opens", ""],
            readers.iter().map(row).collect(),
        )?;
    }
    Ok(Exit::Done)
}

/// The encoders that Seam drives, where there is an API key. Without an answer the readers of this machine are shown all the same.
fn at_seam(context: &Context, config: &Config) -> Vec<Reader> {
    if config.seam.auth.is_none() {
        return Vec::new();
    }
    let listed = context.block_on(async {
        let client = context.composer(config).client()?;
        let queue = CredentialQueue::new(client, config.seam.acs_system_ids.clone());
        match timeout(PATIENCE, queue.encoders()).await {
            Ok(found) => Ok(found.map_err(IssueError::from)?),
            Err(_) => Err(Failure::new(
                Exit::Api,
                "Seam does not answer",
                "see whether it is reachable with `cardbridge doctor`",
            )),
        }
    });
    match listed {
        Ok(found) => named(&found)
            .into_iter()
            .map(|(found, name)| Reader::at_seam(found, name))
            .collect(),
        Err(failure) => {
            let what = failure.what();
            context.output.note(&format!(
                "the encoders that Seam drives are not known: {what}"
            ));
            Vec::new()
        }
    }
}

fn row(reader: &Reader) -> Vec<String> {
    let card = match (reader.has_card, reader.is_in_use) {
        (Some(false), _) => "none",
        (Some(true), Some(false)) => "there",
        (Some(true), _) => "in use by another program",
        (None, _) => "",
    };
    let opens = match reader.opens {
        Some(Opens::OwnRecord) => "what reads our record",
        Some(Opens::VendorCard) => "the access system's locks",
        None => "",
    };
    let note = match (&reader.reason, reader.is_encoder) {
        (None, _) => String::new(),
        (Some(reason), true) => reason.clone(),
        (Some(reason), false) => format!("not an encoder: {reason}"),
    };
    let make = match (reader.profile, reader.profile_from) {
        (Some(name), Some(ProfileFrom::Configuration)) => format!("{name}, as configured"),
        (Some(name), Some(ProfileFrom::Simulated)) => format!("{name}, simulated"),
        (None, _) if reader.kind == EncoderKind::Seam => "driven by Seam".to_owned(),
        (name, _) => name.unwrap_or_default().to_owned(),
    };
    vec![
        reader.name.clone(),
        make,
        card.to_owned(),
        opens.to_owned(),
        note,
    ]
}
