//! `cardbridge sim-card`: a simulated card on a virtual reader of a real pcscd.

mod memory;
mod vpcd;

use std::path::PathBuf;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{SimulatedCard, Uid};
use cardbridge_drivers::testing::{ReaderProfile, SimulatedReader};
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::{Context, Exit, Failure};
use memory::MemoryFile;
use vpcd::{Message, Vpcd};

/// Put a simulated card on a virtual reader of pcscd, until Ctrl-C lifts it.
///
/// pcscd must have the virtual reader of vsmartcard (Debian: vsmartcard-vpcd). Everything above the reader's driver is
/// then real: pcscd, the PC/SC library, `cardbridge run`. Once the card lies there a line on stdout says so.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  cardbridge sim-card --type ntag215 --memory guest.bin &
  cardbridge encode --next")]
pub(super) struct SimCard {
    /// Which card: `cardbridge drivers` lists them.
    #[arg(long = "type", value_name = "T", value_parser = PossibleValuesParser::new(models()))]
    model: String,
    /// Its serial number in hex. Default: that of the memory file, else a random one.
    #[arg(long, value_name = "HEX")]
    uid: Option<String>,
    /// Keep its memory in this file: read at the start if it is there, written at every change.
    #[arg(long, value_name = "FILE")]
    memory: Option<PathBuf>,
    /// Where the virtual reader waits for its card.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:35963")]
    vpcd: String,
}

impl SimCard {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let card = self.card()?;
        let mut memory = self.memory.map(MemoryFile::new);
        let mut reader = SimulatedReader::new(card, ReaderProfile::Plain);
        if let Some(file) = &mut memory {
            file.load(reader.card_mut())?;
        }
        let uid = reader.card().uid();
        if let Some(wanted) = self
            .uid
            .as_deref()
            .map(parse_uid)
            .transpose()?
            .filter(|wanted| *wanted != uid)
        {
            return Err(Failure::new(
                Exit::Configuration,
                format!("the memory file is of card {uid}, not of card {wanted}"),
                "leave --uid out, or name another memory file",
            ));
        }
        // The serial number may have come from the memory just now.
        reader.reset();
        let mut vpcd = Vpcd::connect(&self.vpcd)?;
        if context.output.json() {
            context.output.document(
                &json!({"card_uid": uid.to_string(), "card_type": self.model, "vpcd": self.vpcd}),
            )?;
        } else {
            context.output.text(&format!(
                "{} {uid} lies on the virtual reader at {}",
                self.model, self.vpcd
            ))?;
        }
        loop {
            match vpcd.next()? {
                Message::PowerOff => {}
                Message::PowerOn | Message::Reset => reader.reset(),
                Message::Atr => vpcd.answer(&reader.card().atr())?,
                Message::Command(command) => {
                    let answer = reader.answer(&command);
                    if let Some(file) = &mut memory {
                        // Before the answer: what a card has acknowledged, it has kept.
                        file.keep(reader.card())?;
                    }
                    vpcd.answer(&answer)?;
                }
            }
        }
    }

    /// A card fresh from the factory.
    fn card(&self) -> Result<Box<dyn SimulatedCard>, Failure> {
        let uid = match &self.uid {
            Some(text) => parse_uid(text)?,
            None => random_uid()?,
        };
        cards::simulate(&self.model, uid).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!(
                    "no {} has a serial number of {} bytes",
                    self.model,
                    uid.as_bytes().len()
                ),
                "give 7 bytes beginning with 04, such as 04a1b2c3d4e580, or leave --uid out",
            )
        })
    }
}

fn models() -> Vec<&'static str> {
    cards::ALL
        .iter()
        .flat_map(|driver| driver.models)
        .map(|model| model.name)
        .collect()
}

fn parse_uid(text: &str) -> Result<Uid, Failure> {
    let unusable =
        |what: String| Failure::new(Exit::Usage, what, "give hex such as 04a1b2c3d4e580");
    let bytes =
        hex::decode(text).map_err(|error| unusable(format!("\"{text}\" is not hex: {error}")))?;
    Uid::try_from(bytes.as_slice()).map_err(|error| unusable(error.to_string()))
}

/// A serial number as NXP gives them: 7 bytes, the first one 04.
pub(super) fn random_uid() -> Result<Uid, Failure> {
    let mut bytes = [0x04; 7];
    getrandom::fill(&mut bytes[1..]).map_err(|error| Failure::unexpected(&error))?;
    Ok(Uid::from(bytes))
}
