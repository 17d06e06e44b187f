//! `cardbridge readers`: what is plugged in, and which model each reader is recognised as.

use clap::Args;
use serde::Serialize;

use super::simulated::SimulatedArgs;
use super::{Context, Exit, Failure};
use crate::compose::reader_profiles;
use crate::encoder::{Profiles, Slot, Tray, survey};

/// List the readers of the PC/SC service: which are encoders, and whether a card is on them.
///
/// Exits 5 when there is no encoder.
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
    reason: Option<&'static str>,
    has_card: bool,
    is_in_use: bool,
    /// The reader model it is recognised as; `null` for what is no encoder.
    profile: Option<&'static str>,
    /// Who says so.
    profile_from: Option<ProfileFrom>,
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
        let reason = slot.why_no_encoder();
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
            has_card: slot.has_card,
            is_in_use: slot.is_in_use,
            name: slot.name.0,
        }
    }
}

impl Readers {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let composer = context.composer(&config);
        let readers: Vec<Reader> =
            if let Some(tray) = self.simulated.tray_for_many(&composer, None)? {
                let slots = tray.survey().into_iter();
                slots.map(|slot| Reader::simulated(slot, &tray)).collect()
            } else {
                let profiles = reader_profiles(&config);
                let slots = survey()?.into_iter();
                slots.map(|slot| Reader::new(slot, &profiles)).collect()
            };
        show(context, &readers)
    }
}

fn show(context: &Context, readers: &[Reader]) -> Result<Exit, Failure> {
    if !readers.iter().any(|reader| reader.is_encoder) {
        for reader in readers {
            context.output.note(&format!(
                "{}: {}",
                reader.name,
                reader.reason.unwrap_or_default()
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
            &["reader", "make", "card", ""],
            readers.iter().map(row).collect(),
        )?;
    }
    Ok(Exit::Done)
}

fn row(reader: &Reader) -> Vec<String> {
    let card = match (reader.has_card, reader.is_in_use) {
        (false, _) => "none",
        (true, false) => "there",
        (true, true) => "in use by another program",
    };
    let note = reader
        .reason
        .map_or_else(String::new, |reason| format!("not an encoder: {reason}"));
    let make = match (reader.profile, reader.profile_from) {
        (Some(name), Some(ProfileFrom::Configuration)) => format!("{name}, as configured"),
        (Some(name), Some(ProfileFrom::Simulated)) => format!("{name}, simulated"),
        (name, _) => name.unwrap_or_default().to_owned(),
    };
    vec![reader.name.clone(), make, card.to_owned(), note]
}
