//! After an encoder of Seam's did not bring a credential onto a card.

use super::{Advice, Front, Hint};
use crate::desk::seam_encoder::AtSeamError;

impl Hint for AtSeamError {
    fn advice(&self, at: Front) -> Advice {
        let encoder = &self.encode().encoder;
        match self {
            Self::Failed { .. } => of_code(self.code(), encoder),
            Self::InDoubt { .. } => at.say(
                format!("look at the card on {encoder}: if it was written, that is found out by itself; if not, try again in ten minutes, or at once with --reissue"),
                format!("look at the card on {encoder}: if it was written, that is found out by itself; if not, try again in ten minutes, or issue it again at once"),
            ),
            Self::NotEnded { .. } | Self::Stopped { .. } => at.say(
                format!("it goes on at {encoder}: place the card there; what comes of it is in `cardbridge history`"),
                format!("it goes on at {encoder}: place the card there"),
            ),
        }
    }
}

fn of_code(code: &str, encoder: &str) -> Advice {
    match code {
        "no_credential_on_encoder" => {
            format!("try again, and place a card on {encoder} at once").into()
        }
        "encoding_interrupted" => {
            format!("place the card on {encoder} again, leave it there, and try again").into()
        }
        "incompatible_card_format" => {
            "take a card of the kind that the access system encodes".into()
        }
        "credential_cannot_be_reissued" => {
            "create a new credential for this guest: the access system makes one card of each"
                .into()
        }
        "credential_deleted" => "create a new credential for this guest".into(),
        "encoder_not_online" | "encoder_communication_timeout" => {
            format!("check that {encoder} is on and connected, and try again").into()
        }
        "bridge_disconnected" => {
            "check that Seam Bridge runs on its machine in the hotel, and try again".into()
        }
        _ => format!("try again; if it fails again, look at {encoder} in the access system").into(),
    }
}
