//! Waiting for many readers: pcsc-lite takes only so many in one call.

use std::time::Duration;

use ::pcsc::{Context, Error, ReaderState};

/// `PCSCLITE_MAX_READERS_CONTEXTS` of pcsc-lite. With more, plug and play counted, `SCardGetStatusChange` is refused.
const AT_ONCE: usize = 16;

/// How long a wait lasts that leaves plug and play out. pcsc-lite has no room for a reader more then, so that none is missed.
const FULL: Duration = Duration::from_secs(2);

/// How long the first readers are waited for while there are others: as often as pcscd itself looks at its slots.
const TURN: Duration = Duration::from_millis(400);

/// Waits for a change on one of `states`, of which the first is plug and play, but not longer than `longest`.
///
/// # Errors
/// As `SCardGetStatusChange`, [`Error::Timeout`] among them; some of `states` may have changed then too.
pub(super) fn wait(
    context: &Context,
    longest: Option<Duration>,
    states: &mut [ReaderState],
) -> Result<(), Error> {
    in_turns(longest, states, |patience, states| {
        context.get_status_change(patience, states)
    })
}

/// Looks at all of `states`, none of which is plug and play, without waiting.
///
/// # Errors
/// As `SCardGetStatusChange`.
pub(super) fn look(context: &Context, states: &mut [ReaderState]) -> Result<(), Error> {
    for states in states.chunks_mut(AT_ONCE) {
        match context.get_status_change(Duration::ZERO, states) {
            Ok(()) | Err(Error::Timeout) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn in_turns<S>(
    longest: Option<Duration>,
    states: &mut [S],
    mut wait: impl FnMut(Option<Duration>, &mut [S]) -> Result<(), Error>,
) -> Result<(), Error> {
    if states.len() <= AT_ONCE {
        return wait(longest, states);
    }
    let (first, others) = states[1..].split_at_mut(AT_ONCE);
    let mut patience = if others.is_empty() { FULL } else { TURN };
    for turn in others.chunks_mut(AT_ONCE) {
        match wait(Some(Duration::ZERO), turn) {
            Ok(()) => patience = Duration::ZERO,
            Err(Error::Timeout) => {}
            Err(error) => return Err(error),
        }
    }
    let patience = longest.map_or(patience, |longest| longest.min(patience));
    wait(Some(patience), first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which states each call was for, and how long it waited.
    fn turns(count: u8, news_on: Option<u8>) -> Vec<(Vec<u8>, Option<Duration>)> {
        let mut states: Vec<u8> = (0..count).collect();
        let mut calls = Vec::new();
        let _ = in_turns(None, &mut states, |patience, states| {
            calls.push((states.to_vec(), patience));
            match news_on {
                Some(news) if states.contains(&news) => Ok(()),
                _ => Err(Error::Timeout),
            }
        });
        calls
    }

    #[test]
    fn as_many_as_there_is_room_for_are_waited_for_at_once_with_plug_and_play() {
        assert_eq!(turns(16, None), [((0..16).collect(), None)]);
    }

    #[test]
    fn with_every_slot_taken_plug_and_play_makes_room() {
        assert_eq!(turns(17, None), [((1..17).collect(), Some(FULL))]);
    }

    #[test]
    fn more_have_turns_and_news_from_one_keeps_none_waiting() {
        let (zero, all) = (Duration::ZERO, |patience| {
            vec![
                ((17..33).collect(), Some(Duration::ZERO)),
                ((33..40).collect(), Some(Duration::ZERO)),
                ((1..17).collect(), Some(patience)),
            ]
        });
        assert_eq!(turns(40, None), all(TURN));
        assert_eq!(turns(40, Some(35)), all(zero));
    }
}
