//! A card, explained: what it is, what is on it, whether it can be trusted and written. The same for every front end.
//!
//! | file | holds |
//! |---|---|
//! | `verdict` | what it is worth, in one word and in one sentence |
//! | `keys` | which keys it carries |
//! | `stranger` | what is known of a card that no driver knows |

mod keys;
mod stranger;
mod verdict;

use cardbridge_drivers::contract::{
    CardKeys, ChannelError, Contents, DriverError, Inspection, Others, Uid,
};
use cardbridge_drivers::profiles::CardCredential;
use cardbridge_drivers::record::Record;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

pub use self::keys::Keys;
use self::stranger::{family, known_as};
pub use self::verdict::{Validity, Verdict};
use crate::desk::contents::ContentsKind;
use crate::issuance::CardSettings;
use crate::issuance::inspect::{Holds, Look, Seen, Sight};
use crate::issuance::policy::{Allowed, card_may_be_written};
use crate::issuance::refusal::Refusal;
use crate::seam::Time;

/// One card, explained. What is not known of it is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// What the card is worth.
    pub verdict: Verdict,
    /// Whether it is one of this property, on this very card, and still that of its credential.
    pub verified: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is on it.
    pub contents: ContentsKind,
    /// Its make, in words.
    pub known_as: &'static str,
    /// Whether it could be written.
    pub writable: Writable,
    /// Its answer to reset, in hex.
    pub atr: String,
    /// Its family, for scripts.
    pub family: &'static str,
    /// Its identifier, in lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "uid")]
    pub card_uid: Option<Uid>,
    /// Whether it shows readers another identifier each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_uid: Option<bool>,
    /// The identifier that it showed this time, where that is another than its own.
    #[serde(skip)]
    pub shown_uid: Option<Uid>,
    /// What a driver found.
    #[serde(flatten)]
    pub found: Option<Found>,
    /// The record on it, in Seam's field names; one that does not verify, for what it claims to be.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
    /// That record.
    #[serde(skip)]
    pub record: Option<Record>,
    /// The credential of an issuance that the journal has begun on it and not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_for: Option<String>,
    /// The issuance that is still to be reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreported_issuance_id: Option<String>,
}

/// What a driver found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The model.
    pub card_type: &'static str,
    /// The driver.
    pub driver: String,
    /// The memory of the card, in bytes.
    pub memory: usize,
    /// How long a record may be on this very card, in bytes.
    pub capacity: usize,
    /// The same on a new one.
    #[serde(skip)]
    pub capacity_when_new: usize,
    /// The keys it carries.
    pub keys: Keys,
    /// What of others is beside our record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// Whether a card could be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Writable {
    /// Whether at all.
    pub possible: bool,
    /// Whether only if what is on it may be lost.
    pub needs_overwrite: bool,
    /// What is wrong.
    pub reason: Option<String>,
    /// What would be lost.
    #[serde(skip)]
    pub lost: Option<String>,
}

impl Writable {
    fn no(reason: &impl ToString) -> Self {
        Self {
            possible: false,
            needs_overwrite: false,
            reason: Some(reason.to_string()),
            lost: None,
        }
    }
}

impl Reading {
    /// What was seen, as one sees it who has these keys.
    ///
    /// # Errors
    /// When the card or the reader went away, so that there is nothing to explain.
    pub fn of(sight: &Sight, setup: &CardSettings) -> Result<Self, ChannelError> {
        let mut reading = match &sight.seen {
            Ok(Seen::Known(look)) => Self::known(look, setup),
            Ok(Seen::Unknown(card)) => Self {
                card_uid: Some(card.uid),
                random_uid: Some(card.uid.is_random()),
                ..Self::stranger(
                    Verdict::Unknown,
                    known_as(&sight.atr, Some(card)),
                    "no driver knows such a card",
                )
            },
            Err(DriverError::Channel(error)) => return Err(*error),
            Err(error) => {
                let uid = sight.card_type.as_ref().map(|card| card.uid);
                Self {
                    card_uid: uid,
                    random_uid: uid.map(|uid| uid.is_random()),
                    ..Self::stranger(
                        Verdict::Unreadable(error.clone()),
                        known_as(&sight.atr, sight.card_type.as_ref()),
                        "it cannot be read",
                    )
                }
            }
        };
        reading.atr = hex::encode(&sight.atr);
        reading.family = family(&sight.atr);
        Ok(reading)
    }

    fn known(look: &Look, setup: &CardSettings) -> Self {
        let card = look.inspection();
        let writable = writable(look, setup);
        let mut verdict = verdict(look, setup);
        if let (Verdict::Blank, Err(error)) = (&verdict, &writable) {
            verdict = Verdict::Unwritable(error.clone());
        }
        let record = match &look.holds {
            Holds::Verified(record) | Holds::Beside(record) => Some((**record).clone()),
            // Shown for what it claims to be: it shows which card this was.
            Holds::Unverified(_) => match &card.contents {
                Contents::Record(bytes) | Contents::Beside(bytes) => Record::peek(bytes).ok(),
                _ => None,
            },
            Holds::Nothing | Holds::Torn | Holds::Foreign => None,
        };
        let current = setup.drivers.settings().site_keys.as_ref();
        let is_beside = matches!(look.holds, Holds::Beside(_));
        let others = card.others.iter().filter(|_| is_beside);
        Self {
            card_uid: Some(card.uid),
            random_uid: Some(look.card_type.uid.is_random()),
            shown_uid: Some(look.card_type.uid).filter(|shown| *shown != card.uid),
            found: Some(Found {
                card_type: card.model.name,
                driver: look.driver_name.clone(),
                memory: card.model.memory,
                capacity: card.capacity,
                capacity_when_new: card.model.capacity,
                keys: Keys {
                    found: card.keys,
                    current: current.map(|keys| keys.current().version),
                },
                others: others.map(Others::to_string).collect(),
            }),
            fields: record.as_ref().map(fields).unwrap_or_default(),
            record,
            writable: writable.unwrap_or_else(|error| Writable::no(&error)),
            ..Self::stranger(verdict, card.model.title, "")
        }
    }

    /// One of which nothing more is known.
    fn stranger(verdict: Verdict, known_as: &'static str, unwritable: &str) -> Self {
        let mut reading = Self {
            verdict: Verdict::Blank,
            verified: false,
            reason: None,
            contents: ContentsKind::Unknown,
            known_as,
            writable: Writable::no(&unwritable),
            atr: String::new(),
            family: "",
            card_uid: None,
            random_uid: None,
            shown_uid: None,
            found: None,
            fields: Map::new(),
            record: None,
            begun_for: None,
            unreported_issuance_id: None,
        };
        reading.judge(verdict);
        reading
    }

    /// Says that of the card.
    pub(super) fn judge(&mut self, verdict: Verdict) {
        self.verified = verdict.is_genuine();
        self.reason = (!self.verified).then(|| verdict.to_string());
        self.contents = verdict.contents();
        self.verdict = verdict;
    }
}

fn verdict(look: &Look, setup: &CardSettings) -> Verdict {
    let Inspection { others, keys, .. } = look.inspection();
    match &look.holds {
        Holds::Verified(record) => Verdict::Genuine(Validity::of(record)),
        Holds::Beside(record) => Verdict::GenuineBeside {
            others: others.clone(),
            validity: Validity::of(record),
        },
        Holds::Unverified(_) if setup.keys.all().is_empty() => Verdict::NotChecked,
        Holds::Unverified(error) => Verdict::NotGenuine(error.clone()),
        Holds::Nothing => Verdict::Blank,
        Holds::Torn => Verdict::Torn { begun_for: None },
        Holds::Foreign if *keys == CardKeys::Unknown => Verdict::KeysUnknown {
            has_site_keys: setup.drivers.settings().site_keys.is_some(),
        },
        Holds::Foreign => Verdict::Foreign(others.clone()),
    }
}

/// The record in Seam's field names, times in RFC 3339.
fn fields(record: &Record) -> Map<String, Value> {
    let fields = serde_json::to_value(CardCredential::from(record));
    let mut fields = match fields {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    };
    let times = [
        ("starts_at", record.starts_at),
        ("ends_at", record.ends_at),
        ("written_at", Some(record.written_at)),
    ];
    for (name, seconds) in times {
        if let Some(seconds) = seconds {
            let time = Time::from_second(seconds).to_string();
            fields.insert(name.to_owned(), time.into());
        }
    }
    for (name, text) in [
        ("acs_credential_id", &record.acs_credential_id),
        ("card_number", &record.card_number),
    ] {
        fields.insert(name.to_owned(), text.as_str().into());
    }
    fields
}

/// Whether the card would be taken, with or without permission to lose what is there.
fn writable(look: &Look, setup: &CardSettings) -> Result<Writable, DriverError> {
    look.admits_a_record(setup.keys.all().first())?;
    let refusal = card_may_be_written(look, None, Allowed::default(), Timestamp::now()).err();
    let is_random = matches!(refusal, Some(Refusal::RandomUid(_)));
    let is_refused = refusal.is_some();
    Ok(Writable {
        possible: !is_random,
        needs_overwrite: is_refused && !is_random,
        reason: refusal.map(|refusal| refusal.to_string()),
        lost: look.lost(),
    })
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn uid<S: serde::Serializer>(uid: &Option<Uid>, serializer: S) -> Result<S::Ok, S::Error> {
    uid.map(|uid| uid.to_string()).serialize(serializer)
}
