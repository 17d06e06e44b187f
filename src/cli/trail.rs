//! What a failure is about: the card and the credential, as far as what happened before it shows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cardbridge_drivers::contract::Uid;
use serde_json::{Map, Value};

use crate::desk::notice::{Notice, Observer};
use crate::encoder::EncoderName;

/// A card, and the credential that was to go onto it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) card_uid: Option<Uid>,
    pub(super) acs_credential_id: Option<String>,
}

impl About {
    /// What is known, in the fields of an issuance.
    pub(super) fn to_json(&self) -> Value {
        let mut fields = Map::new();
        if let Some(uid) = self.card_uid {
            fields.insert("card_uid".to_owned(), uid.to_string().into());
        }
        if let Some(id) = &self.acs_credential_id {
            fields.insert("acs_credential_id".to_owned(), id.as_str().into());
        }
        Value::Object(fields)
    }
}

/// What is under way on each encoder. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail(Arc<Mutex<HashMap<EncoderName, About>>>);

impl Trail {
    /// Takes notice of what passes on to `observer`.
    pub(super) fn before(&self, observer: Observer) -> Observer {
        let trail = self.clone();
        Arc::new(move |notice| {
            trail.hear(&notice);
            observer(notice);
        })
    }

    pub(super) fn hear(&self, notice: &Notice) {
        match notice {
            Notice::CardPlaced(encoder) => {
                self.encoders().remove(encoder);
            }
            Notice::Looked {
                encoder, card_uid, ..
            } => {
                let about = About {
                    card_uid: Some(*card_uid),
                    acs_credential_id: None,
                };
                self.encoders().insert(encoder.clone(), about);
            }
            Notice::Tried {
                encoder,
                acs_credential_id,
            } => {
                let mut encoders = self.encoders();
                let about = encoders.entry(encoder.clone()).or_default();
                about.acs_credential_id = Some(acs_credential_id.clone());
            }
            _ => {}
        }
    }

    /// What is under way where only one encoder is used.
    pub(super) fn on_the_only_one(&self) -> About {
        self.encoders().values().next().cloned().unwrap_or_default()
    }

    fn encoders(&self) -> MutexGuard<'_, HashMap<EncoderName, About>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
