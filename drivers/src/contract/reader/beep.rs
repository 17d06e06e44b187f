//! Has a reader give a signal.

use super::super::CardChannel;
use super::super::apdu::Command;
use super::signals::{Signal, SignalCommands};

/// Lets the reader give a signal, as well as it can. It is not reported whether it did: nothing depends on it.
///
/// To be called when the work with the card is over, never before it was read back.
pub fn signal(card: &mut dyn CardChannel, signal: Signal) {
    let Some(signals) = card.profile().signals else {
        return;
    };
    if let Some(quiet) = &signals.quiet {
        say(card, quiet);
    }
    say(
        card,
        match signal {
            Signal::Done => &signals.done,
            Signal::Refused => &signals.refused,
        },
    );
}

fn say(card: &mut dyn CardChannel, commands: &SignalCommands) {
    if card.escape(commands.escape).is_none()
        && let Some(pseudo_apdu) = commands.pseudo_apdu.and_then(Command::from_apdu)
    {
        // Its answer gives the state of the lights, or that the reader has none.
        let _ = card.transmit(&pseudo_apdu);
    }
}
