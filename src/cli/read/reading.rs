//! What a look found, in words and in JSON. The verdict is the first line, for those on night duty.

use cardbridge_drivers::contract::{
    CardKeys, CardType, Contents, DriverError, DriverSettings, Others, Uid,
};
use cardbridge_drivers::profiles::CardCredential;
use cardbridge_drivers::record::{Record, RecordKey};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::keys::Keys;
use super::stranger::{family, known_as};
use crate::cli::card::under_unknown_keys;
use crate::cli::narrate::named;
use crate::cli::{Exit, Failure, time};
use crate::config::ConfigError;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::{Holds, Look, Seen, Sight};
use crate::issuance::policy::{Allowed, card_may_be_written};
use crate::issuance::refusal::Refusal;
use crate::text::{self, Hint};

/// What this desk knows cards by.
struct Desk<'a> {
    drivers: &'a DriverSettings,
    /// None where no record can be checked.
    keys: &'a [RecordKey],
}

/// One card, explained.
pub(super) struct Reading {
    /// For scripts.
    pub(super) document: Map<String, Value>,
    /// As text.
    pub(super) lines: Vec<(&'static str, String)>,
    /// Why it is no good card; `None` when it is one.
    pub(super) trouble: Option<Failure>,
}

impl Reading {
    /// # Errors
    /// When the card or the reader went away, so that there is nothing to explain.
    pub(super) fn of(
        sight: &Sight,
        drivers: &DriverSettings,
        keys: &[RecordKey],
    ) -> Result<Self, Failure> {
        let desk = &Desk { drivers, keys };
        let mut reading = Self {
            document: Map::new(),
            lines: Vec::new(),
            trouble: None,
        };
        reading.field("atr", hex::encode(&sight.atr));
        reading.field("family", family(&sight.atr));
        match &sight.seen {
            Ok(Seen::Known(look)) => reading.known(look, desk),
            Ok(Seen::Unknown(card)) => reading.unknown(&sight.atr, card),
            Err(DriverError::Channel(error)) => return Err((*error).into()),
            Err(error) => reading.unreadable(sight, error),
        }
        Ok(reading)
    }

    /// Adds what the journal says, so that this command, `history` and `run` agree on what is open.
    pub(super) fn journal(&mut self, is_torn: bool, begun: Option<&Issuance>) {
        if let Some(begun) = begun {
            self.line("begun for", named(begun));
            self.field("begun_for", begun.acs_credential_id.as_str());
        }
        if !is_torn {
            return;
        }
        let hint = match begun {
            Some(begun) => format!(
                "place it on the reader again with `cardbridge encode --credential {}` or `cardbridge run` to finish it",
                begun.acs_credential_id
            ),
            None => "write it again with `cardbridge encode`: the journal of this desk has nothing unfinished for it".to_owned(),
        };
        self.trouble = self.trouble.take().map(|trouble| trouble.advising(hint));
    }

    fn known(&mut self, look: &Look, desk: &Desk<'_>) {
        let card = look.inspection();
        self.verdict(look, desk);
        let room = match card.capacity {
            room if room == card.model.capacity => format!("room for a record of {room}"),
            room => format!(
                "room for a record of {room} ({} on a new one)",
                card.model.capacity
            ),
        };
        self.line(
            "card",
            format!("{}, {} bytes, {room}", card.model.title, card.model.memory),
        );
        self.field("known_as", card.model.title);
        self.field("card_type", card.model.name);
        self.field("driver", look.driver_name.as_str());
        self.field("memory", card.model.memory);
        self.field("capacity", card.capacity);
        self.serial(card.uid, Some(look.card_type.uid));
        match &look.holds {
            Holds::Verified(record) => self.record(record),
            Holds::Beside(record) => {
                let others: Vec<_> = card.others.iter().map(Others::to_string).collect();
                self.line("beside it", others.join(", "));
                self.field("others", others);
                self.record(record);
            }
            Holds::Unverified(error) => {
                if !desk.keys.is_empty() {
                    self.line("why", error.to_string());
                }
                // Shown for what it claims to be: it shows which card this was.
                if let Contents::Record(bytes) | Contents::Beside(bytes) = &card.contents
                    && let Ok(record) = Record::peek(bytes)
                {
                    self.record(&record);
                }
            }
            Holds::Nothing | Holds::Torn | Holds::Foreign => {}
        }
        let current = desk.drivers.site_keys.as_ref();
        let keys = Keys::new(card.keys, current.map(|keys| keys.current().version));
        self.line("keys", keys.words());
        self.field("keys", keys.document());
        self.writable(look, desk);
    }

    fn verdict(&mut self, look: &Look, desk: &Desk<'_>) {
        let trouble = |what: String, hint: &str| Some(Failure::new(Exit::Card, what, hint));
        let (verified, contents, words, trouble) = match &look.holds {
            Holds::Verified(record) => (
                true,
                "record",
                format!(
                    "verified: written by this property, on this very card{}",
                    validity(record)
                ),
                None,
            ),
            Holds::Unverified(_) if desk.keys.is_empty() => (
                false,
                "record",
                "not checked: this desk has no record key".to_owned(),
                Some(Failure::new(
                    Exit::Configuration,
                    "not checked whether the card is genuine: no record key is set",
                    ConfigError::NoRecordKey.hint(),
                )),
            ),
            Holds::Beside(record) => (
                true,
                "record",
                format!(
                    "verified: a valid credential of ours, with {} beside it{}",
                    Others::beside(&look.inspection().others),
                    validity(record)
                ),
                None,
            ),
            Holds::Unverified(error) => (
                false,
                "record",
                "NOT verified: do not trust this card".to_owned(),
                trouble(error.to_string(), &error.hint()),
            ),
            Holds::Nothing => (false, "blank", "blank: nothing is on it".to_owned(), None),
            Holds::Torn => (
                false,
                "torn",
                "torn: it was removed before its record was whole".to_owned(),
                trouble(
                    "the card was removed before its record was whole".to_owned(),
                    "place it again with `cardbridge encode --credential ID` or `cardbridge run` to finish it",
                ),
            ),
            Holds::Foreign if look.inspection().keys == CardKeys::Unknown => {
                let failure = under_unknown_keys(desk.drivers.site_keys.is_some());
                let words = format!("foreign: {}", failure.what());
                (false, "foreign", words, Some(failure))
            }
            Holds::Foreign => (
                false,
                "foreign",
                match Others::phrase(&look.inspection().others) {
                    Some(others) => format!("foreign: data that is not ours: {others}"),
                    None => "foreign: data that is not ours".to_owned(),
                },
                trouble(
                    "the card holds data that is not ours".to_owned(),
                    "use another card, or write it with `cardbridge encode --overwrite` if its data may be lost",
                ),
            ),
        };
        self.finish(verified, contents, words, trouble);
    }

    fn unknown(&mut self, atr: &[u8], card: &CardType) {
        let known_as = known_as(atr, Some(card));
        let what = "this card is of a type that cardbridge does not know";
        self.finish(
            false,
            "unknown",
            format!("no card for this desk: {known_as}"),
            Some(Failure::new(
                Exit::Card,
                what,
                text::another_type(text::Front::CommandLine),
            )),
        );
        self.field("known_as", known_as);
        self.serial(card.uid, None);
        self.cannot_be_written("no driver knows such a card");
    }

    fn unreadable(&mut self, sight: &Sight, error: &DriverError) {
        let known_as = known_as(&sight.atr, sight.card_type.as_ref());
        self.finish(
            false,
            "unreadable",
            format!("cannot be read: {error}"),
            Some(Failure::new(Exit::Card, error.to_string(), error.hint())),
        );
        self.line("card", format!("probably {known_as}"));
        self.field("known_as", known_as);
        if let Some(card) = &sight.card_type {
            self.serial(card.uid, None);
        }
        self.cannot_be_written("it cannot be read");
    }

    /// `sent`: the identifier that the reader gives, where it may be another than the card's own.
    fn serial(&mut self, uid: Uid, sent: Option<Uid>) {
        let words = match sent {
            Some(sent) if sent != uid => format!("{uid} (shows readers a random one: now {sent})"),
            _ if uid.is_random() => format!("{uid} (random: another one next time)"),
            _ => uid.to_string(),
        };
        self.line("serial", words);
        self.field("card_uid", uid.to_string());
        let is_random = sent.unwrap_or(uid).is_random();
        self.field("random_uid", is_random);
    }

    /// The record in Seam's field names, times in RFC 3339.
    fn record(&mut self, record: &Record) {
        if let Ok(Value::Object(fields)) = serde_json::to_value(CardCredential::from(record)) {
            self.document.extend(fields);
        }
        self.line("credential", record.acs_credential_id.clone());
        self.field("acs_credential_id", record.acs_credential_id.as_str());
        self.line("number", record.card_number.clone());
        self.field("card_number", record.card_number.as_str());
        for (field, name, seconds) in [
            ("starts_at", "starts at", record.starts_at),
            ("ends_at", "ends at", record.ends_at),
            ("written_at", "written at", Some(record.written_at)),
        ] {
            if let Some(seconds) = seconds {
                let (time, local) = time::of_record(seconds);
                self.field(field, time);
                self.line(name, local);
            }
        }
        if let Some(system) = &record.system
            && let Some(metadata) = self.document.get(system.profile().metadata())
        {
            self.lines
                .push((system.profile().title(), metadata.to_string()));
        }
    }

    /// Whether `encode` would take this card, with or without permission to overwrite what is there.
    fn writable(&mut self, look: &Look, desk: &Desk<'_>) {
        if let Err(error) = look.admits_a_record(desk.keys.first()) {
            self.line("writable", format!("no: {error}"));
            self.cannot_be_written(&error.to_string());
            if matches!(look.holds, Holds::Nothing) {
                let what = format!("the card is blank, and cannot be written: {error}");
                self.field("reason", what.as_str());
                self.trouble = Some(Failure::new(Exit::Card, what, error.hint()));
            }
            return;
        }
        let refusal = card_may_be_written(look, None, Allowed::default(), Timestamp::now()).err();
        let (words, possible, overwrites) = match &refusal {
            None => ("yes".to_owned(), true, false),
            Some(Refusal::RandomUid(_)) => {
                ("no: nothing can be bound to it".to_owned(), false, false)
            }
            Some(_) => (
                format!(
                    "only with --overwrite, which loses {}",
                    look.lost().unwrap_or_else(|| "what is on it".to_owned())
                ),
                true,
                true,
            ),
        };
        self.line("writable", words);
        self.field(
            "writable",
            json!({
                "possible": possible,
                "needs_overwrite": overwrites,
                "reason": refusal.map(|refusal| refusal.to_string()),
            }),
        );
    }

    fn cannot_be_written(&mut self, reason: &str) {
        let document = json!({"possible": false, "needs_overwrite": false, "reason": reason});
        self.field("writable", document);
    }

    /// The record is genuine, but the card is no longer the one of its credential.
    pub(super) fn is_superseded(&mut self, issuance: &Issuance) {
        let refusal = Refusal::Superseded {
            acs_credential_id: issuance.acs_credential_id.clone(),
        };
        let words = format!(
            "superseded: credential {} was given up for another card, or issued again on one",
            issuance.acs_credential_id
        );
        self.lines.retain(|(name, _)| *name != "verdict");
        self.lines.insert(0, ("verdict", words));
        self.field("verified", false);
        self.field("reason", refusal.to_string());
        self.trouble = Some(Failure::new(
            Exit::Card,
            refusal.to_string(),
            refusal.hint(),
        ));
    }

    /// The card is good, and not reported yet.
    pub(super) fn is_unreported(&mut self, issuance: &Issuance) {
        self.field("unreported_issuance_id", issuance.issuance_id.to_string());
        self.line(
            "reported",
            "not yet: `cardbridge run` or `cardbridge retry` does it".to_owned(),
        );
    }

    fn finish(
        &mut self,
        verified: bool,
        contents: &'static str,
        words: String,
        trouble: Option<Failure>,
    ) {
        self.field("verified", verified);
        self.field("contents", contents);
        if let Some(trouble) = &trouble {
            self.field("reason", trouble.what());
        } else if !verified {
            self.field("reason", words.as_str());
        }
        self.line("verdict", words);
        self.trouble = trouble;
    }

    fn line(&mut self, name: &'static str, words: String) {
        self.lines.push((name, words));
    }

    fn field(&mut self, name: &str, value: impl Into<Value>) {
        self.document.insert(name.to_owned(), value.into());
    }
}

/// A genuine card whose time is over, or has not come, opens nothing: that belongs beside the verdict.
fn validity(record: &Record) -> &'static str {
    let now = Timestamp::now().as_second();
    if record.ends_at.is_some_and(|end| end <= now) {
        "; expired by this machine's clock"
    } else if record.starts_at.is_some_and(|start| start > now) {
        "; not valid yet by this machine's clock"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_card_that_nothing_here_waits_for_is_not_said_to_be_finished() {
        let mut reading = Reading {
            document: Map::new(),
            lines: Vec::new(),
            trouble: Some(Failure::new(Exit::Card, "torn", "finish it")),
        };
        reading.journal(true, None);
        let trouble = reading.trouble.unwrap();
        assert_eq!(trouble.what(), "torn");
        assert!(trouble.hint().unwrap().contains("nothing unfinished"));
        assert!(reading.document.is_empty() && reading.lines.is_empty());
    }
}
