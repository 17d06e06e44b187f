//! `cardbridge sim-card`: a simulated card on a virtual reader of a real pcscd.

use std::path::PathBuf;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{ReaderProfile, Uid};
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::signals::Stop;
use super::{Context, Exit, Failure};
use crate::encoder::virtual_card::{VirtualCard, VirtualCardEvent};
use crate::encoder::vpcd::DEFAULT_ADDRESS;

/// Put a simulated card on a virtual reader of pcscd, until Ctrl-C removes it.
///
/// pcscd must have the virtual reader of vsmartcard (Debian: vsmartcard-vpcd). Everything above the reader's driver is
/// then real: pcscd, the PC/SC library, `cardbridge run`. Each time the card is placed a line on stdout says so; while no
/// reader is there it waits for one.
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
    uid: Option<Uid>,
    /// Keep its memory in this file: read at the start if it is there, written at every change.
    #[arg(long, value_name = "FILE")]
    memory: Option<PathBuf>,
    /// Which reader model to simulate. Programs recognise it by its name, the `FRIENDLYNAME` of vpcd.
    #[arg(long, value_name = "MODEL", value_parser = PossibleValuesParser::new(makes()), default_value = ReaderProfile::ACR122U.name)]
    reader_profile: String,
    /// Where the virtual reader waits for its card.
    #[arg(long, value_name = "HOST:PORT", default_value = DEFAULT_ADDRESS, value_parser = host_and_port)]
    vpcd: String,
}

impl SimCard {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let profile = ReaderProfile::named(&self.reader_profile).unwrap_or(ReaderProfile::ACR122U);
        let mut card =
            VirtualCard::open(&self.model, self.uid, self.memory.as_deref())?.on_reader(profile);
        let uid = card.uid().to_string();
        let output = &context.output;
        let stop = Stop::listen(output)?;
        // It need not be read: the card stays there.
        let tell = |event| {
            match event {
            VirtualCardEvent::Inserted if output.json() => output.event(
                &json!({"card_uid": uid, "card_type": self.model, "vpcd": self.vpcd}),
            ),
            VirtualCardEvent::Inserted => output.event_text(&format!(
                "{} {uid} is on the virtual reader at {}",
                self.model, self.vpcd
            )),
            VirtualCardEvent::Waiting => output.note(&format!(
                "no virtual reader at {}; waiting for one\n  fix: sudo apt-get install pcscd vsmartcard-vpcd; \
                 sudo systemctl restart pcscd",
                self.vpcd
            )),
        }
        };
        context.block_on(async { Ok(card.run(&self.vpcd, stop.asked_any(), tell).await?) })?;
        Ok(Exit::Done)
    }
}

fn makes() -> impl Iterator<Item = &'static str> {
    ReaderProfile::ALL.iter().map(|profile| profile.name)
}

fn models() -> Vec<&'static str> {
    cards::ALL
        .iter()
        .flat_map(|driver| driver.models)
        .map(|model| model.name)
        .collect()
}

/// A name that nothing resolves is refused later, by [`VirtualCard::run`].
fn host_and_port(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port))
            if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(format!(
            "write a host and a port, such as {DEFAULT_ADDRESS}"
        )),
    }
}
