//! `cardbridge read`: what stands on the card, and whether it can be trusted.

use cardbridge_drivers::contract::Contents;
use cardbridge_drivers::profiles::credential_for;
use cardbridge_drivers::record::Record;
use clap::Args;
use serde_json::{Map, Value, json};

use super::card::CardArgs;
use super::{Context, Exit, Failure, pairs, time};
use crate::agent::look::{Holds, Look, Seen};

/// Show what stands on the card that is put down.
///
/// A record is verified with the record key and the card's own serial number: an altered one, or a copy on another card,
/// is told as such. Exits 0 on a good card, 6 on any other. Nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge read
  cardbridge read --json --timeout 5 | jq '{verified, reason, acs_credential_id, ends_at}'")]
pub(super) struct Read {
    #[command(flatten)]
    card: CardArgs,
}

impl Read {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let setup = context.setup(&config)?;
        context.block_on(async {
            let card = self.card.wait(context, &config).await?;
            let encoder = card.session.encoder().clone();
            let seen = card.look(setup).await?;
            let reading = Reading::of(&seen);
            if context.output.json() {
                let mut document = reading.document;
                document.insert("encoder".to_owned(), json!(encoder.to_string()));
                context.output.document(&document)?;
            } else {
                context.output.text(&pairs(&reading.lines))?;
            }
            match reading.trouble {
                None => Ok(Exit::Done),
                Some(trouble) => {
                    context.output.tell(&trouble);
                    Ok(trouble.exit())
                }
            }
        })
    }
}

/// What a look found, in JSON and in words.
struct Reading {
    document: Map<String, Value>,
    lines: Vec<(&'static str, String)>,
    trouble: Option<Failure>,
}

impl Reading {
    fn of(seen: &Seen) -> Self {
        match seen {
            Seen::Known(look) => Self::of_known(look),
            Seen::Unknown(card) => {
                let trouble = Failure::new(
                    Exit::Card,
                    "this card is of a type that cardbridge does not know",
                    "take a card of a type that `cardbridge drivers` lists",
                );
                let mut reading = Self {
                    document: Map::new(),
                    lines: Vec::new(),
                    trouble: None,
                };
                reading.say("card_uid", "card", card.uid.to_string());
                reading.with(false, "unknown", Some(trouble))
            }
        }
    }

    fn of_known(look: &Look) -> Self {
        let card = &look.inspection;
        let mut reading = Self {
            document: Map::new(),
            lines: Vec::new(),
            trouble: None,
        };
        reading.say("card_uid", "card", card.uid.to_string());
        reading.say("card_type", "type", card.model.name.to_owned());
        reading
            .document
            .insert("driver".to_owned(), json!(look.driver_name));
        reading
            .document
            .insert("capacity".to_owned(), json!(card.capacity));
        let trouble = |what: &str, hint: &str| Some(Failure::new(Exit::Card, what, hint));
        match &look.holds {
            Holds::Verified(record) => {
                reading.record(record);
                reading.with(true, "record", None)
            }
            Holds::Unverified(error) => {
                if let Contents::Record(bytes) = &card.contents {
                    // Shown for what it claims to be: whoever looks into it wants to know which card this was.
                    if let Ok(record) = Record::peek(bytes) {
                        reading.record(&record);
                    }
                }
                reading.with(false, "record", trouble(&error.to_string(), error.hint()))
            }
            Holds::Nothing => reading.with(
                false,
                "blank",
                trouble("the card is blank", "write it with `cardbridge encode`"),
            ),
            Holds::Torn => {
                let hint = "put it back with `cardbridge encode --credential ID` or `cardbridge run` to finish it";
                reading.with(
                    false,
                    "torn",
                    trouble("the card was lifted before its record was whole", hint),
                )
            }
            Holds::Foreign => {
                let hint = "take another card, or write it with `cardbridge encode --overwrite` if its data may be lost";
                reading.with(
                    false,
                    "foreign",
                    trouble("the card holds data that is not ours", hint),
                )
            }
        }
    }

    /// The record in Seam's field names, times in RFC 3339.
    fn record(&mut self, record: &Record) {
        let credential = credential_for(record);
        if let Ok(Value::Object(fields)) = serde_json::to_value(&credential) {
            self.document.extend(fields);
        }
        self.say(
            "acs_credential_id",
            "credential",
            record.acs_credential_id.clone(),
        );
        self.say("card_number", "number", record.card_number.clone());
        for (field, name, seconds) in [
            ("starts_at", "starts at", record.starts_at),
            ("ends_at", "ends at", record.ends_at),
            ("written_at", "written at", Some(record.written_at)),
        ] {
            if let Some(seconds) = seconds {
                self.say(field, name, time::of_record(seconds));
            }
        }
        for field in ["visionline_metadata", "assa_abloy_vostio_metadata"] {
            if let Some(metadata) = self.document.get(field) {
                let name = if field.starts_with("visionline") {
                    "Visionline"
                } else {
                    "Vostio"
                };
                self.lines.push((name, metadata.to_string()));
            }
        }
    }

    fn say(&mut self, field: &str, name: &'static str, value: String) {
        self.document.insert(field.to_owned(), json!(value));
        self.lines.push((name, value));
    }

    fn with(mut self, verified: bool, contents: &'static str, trouble: Option<Failure>) -> Self {
        self.document.insert("contents".to_owned(), json!(contents));
        self.document.insert("verified".to_owned(), json!(verified));
        if let Some(trouble) = &trouble {
            self.document
                .insert("reason".to_owned(), json!(trouble.what()));
        }
        let verdict = match (verified, contents) {
            (true, _) => "verified: written by this property, on this very card",
            (false, "record") => "NOT verified",
            (false, _) => "no record",
        };
        self.lines.push(("verdict", verdict.to_owned()));
        self.trouble = trouble;
        self
    }
}
