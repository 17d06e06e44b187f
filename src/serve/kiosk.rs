//! What a kiosk is shown: how far the card on it is. Nothing that names a guest, a room or a credential, since the next one who looks at
//! it is a stranger.

use serde_json::{Map, Value};

/// Of everything at the desk, or of it without the encoders.
const SNAPSHOT: &[&str] = &[
    "number",
    "service_lost",
    "encoders",
    "waiting",
    "simulated",
    "version",
];

const ENCODER: &[&str] = &[
    "acs_encoder_id",
    "name",
    "kind",
    "online",
    "stuck",
    "card",
    "job",
];

const CARD: &[&str] = &["card_uid"];

const JOB: &[&str] = &[
    "ticket",
    "kind",
    "ordered_by",
    "step",
    "cancellable",
    "progress",
    "issuance_id",
    "card_uid",
];

/// Of what happened.
const HAPPENED: &[&str] = &[
    "event",
    "number",
    "ticket",
    "kind",
    "ending",
    "encoder",
    "acs_encoder_id",
    "card_uid",
    "issuance_id",
    "written_at",
    "error",
];

/// What went wrong is a word: a sentence may have names in it.
const ERROR: &[&str] = &["code"];

/// What a kiosk is shown in place of the data of an event with this name.
pub(super) fn shown(event: &str, data: &Value) -> Value {
    match event {
        "encoder" => encoder(data),
        "happened" => Fields::of(data, HAPPENED).each("error", error).into(),
        "encoder_removed" => data.clone(),
        _ => snapshot(data),
    }
}

/// The same of everything.
pub(super) fn snapshot(data: &Value) -> Value {
    Fields::of(data, SNAPSHOT)
        .each("encoders", encoder)
        .each("waiting", job)
        .into()
}

fn encoder(data: &Value) -> Value {
    Fields::of(data, ENCODER)
        .each("card", |card| Fields::of(card, CARD).into())
        .each("job", job)
        .into()
}

fn job(data: &Value) -> Value {
    Fields::of(data, JOB).into()
}

fn error(data: &Value) -> Value {
    Fields::of(data, ERROR).into()
}

/// Some fields of an object.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(data: &Value, names: &[&str]) -> Self {
        let fields = data.as_object().into_iter().flatten();
        let shown = fields.filter(|(name, _)| names.contains(&name.as_str()));
        Self(
            shown
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// The same with less of the object in a field, or of each in its list.
    fn each(mut self, name: &str, of: impl Fn(&Value) -> Value) -> Self {
        if let Some(field) = self.0.get_mut(name) {
            *field = match &*field {
                Value::Array(all) => all.iter().map(of).collect(),
                Value::Object(_) => of(field),
                _ => Value::Null,
            };
        }
        self
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Object(fields.0)
    }
}
