//! Beeps and lights, remembered so that tests can ask what the reader showed at the desk.

use crate::contract::apdu::Response;
use crate::contract::{Signal, SignalCommands};

use super::SimulatedReader;
use super::apdu::Apdu;

/// How an ACR122U with a card on it answers: the second byte of the status word says that the green light is on.
const DONE_AND_GREEN: u16 = 0x9002;

impl SimulatedReader {
    /// A pseudo-APDU of the profile's signals; `None` for any other command.
    pub(super) fn hear_pseudo_apdu(&mut self, apdu: &Apdu<'_>) -> Option<Response> {
        let bytes = match (apdu.data, apdu.expected) {
            ([], None) => apdu.header.to_vec(),
            ([], Some(expected)) => [apdu.header.as_slice(), &[expected]].concat(),
            (data, _) => {
                let length = u8::try_from(data.len()).ok()?;
                [apdu.header.as_slice(), &[length], data].concat()
            }
        };
        self.hear(|commands| commands.pseudo_apdu == Some(&bytes))?;
        Some(Response {
            data: vec![],
            status: DONE_AND_GREEN,
        })
    }

    pub(super) fn hear_escape(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        self.hear(|commands| commands.escape == command)?;
        Some(vec![])
    }

    fn hear(&mut self, is_it: impl Fn(&SignalCommands) -> bool) -> Option<()> {
        let signals = self.profile.signals?;
        let known = [
            (Some(signals.done), Some(Signal::Done)),
            (Some(signals.refused), Some(Signal::Refused)),
            (signals.quiet, None),
        ];
        let (_, heard) = known
            .into_iter()
            .find(|(commands, _)| commands.as_ref().is_some_and(&is_it))?;
        self.signals.extend(heard);
        Some(())
    }
}
