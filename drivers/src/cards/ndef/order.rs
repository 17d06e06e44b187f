//! The order in which an NDEF message is written, and cleared. The same on every technology that has one.
//!
//! The place is written in units: pages, blocks, frames. The first of them holds the length, with the message's beginning behind
//! it, and is written twice: first without a length, so that there is no message; last with it, so that there is one. In
//! between come the others, front to back. Torn anywhere, the card holds no message, or the whole one.

/// Bytes to write, and where in the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cards) struct Step {
    pub(in crate::cards) at: usize,
    pub(in crate::cards) bytes: Vec<u8>,
}

/// The steps of a write. What a driver has to do before there may be a message goes in front of the last of them.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cards) struct Order {
    /// Leaves no message; absent where there is none.
    pub(in crate::cards) opening: Option<Step>,
    /// The units behind the first, without those that are there.
    pub(in crate::cards) body: Vec<Step>,
    /// The first unit, which makes the message valid.
    pub(in crate::cards) last: Step,
}

/// How to write `place`, from its length to its end, to the card. `opening` is what to begin with; `is_there` says of a unit at
/// an offset whether the card has its bytes.
pub(in crate::cards) fn to_write(
    place: &[u8],
    unit: usize,
    opening: Option<Vec<u8>>,
    is_there: impl Fn(usize, &[u8]) -> bool,
) -> Order {
    let (first, rest) = place.split_at(unit.min(place.len()));
    let units = (unit..).step_by(unit).zip(rest.chunks(unit));
    Order {
        opening: opening.map(|bytes| Step { at: 0, bytes }),
        body: units
            .filter(|(at, bytes)| !is_there(*at, bytes))
            .map(|(at, bytes)| step(at, bytes))
            .collect(),
        last: step(0, first),
    }
}

impl IntoIterator for Order {
    type Item = Step;
    type IntoIter = std::vec::IntoIter<Step>;

    fn into_iter(self) -> Self::IntoIter {
        let steps: Vec<Step> = self
            .opening
            .into_iter()
            .chain(self.body)
            .chain([self.last])
            .collect();
        steps.into_iter()
    }
}

/// How to take off what was read of a place, which begins with `place`: back to front, so that the beginning, by which a torn
/// message is known, goes last.
pub(in crate::cards) fn to_wipe(place: &[u8], unit: usize, opening: Option<Vec<u8>>) -> Vec<Step> {
    let units = (0..).step_by(unit).zip(place.chunks(unit));
    let mut steps: Vec<Step> = units
        .filter(|(_, bytes)| bytes.iter().any(|&byte| byte != 0))
        .map(|(at, bytes)| step(at, &vec![0; bytes.len()]))
        .collect();
    steps.extend(opening.map(|bytes| Step { at: 0, bytes }));
    steps.reverse();
    steps
}

fn step(at: usize, bytes: &[u8]) -> Step {
    let bytes = bytes.to_vec();
    Step { at, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: impl IntoIterator<Item = Step>) -> Vec<(usize, Vec<u8>)> {
        let steps = steps.into_iter();
        steps.map(|step| (step.at, step.bytes)).collect()
    }

    #[test]
    fn the_length_goes_first_without_a_message_and_last_with_it() {
        let order = |opening| to_write(&[7, 1, 2, 3, 4, 5, 6, 7], 3, opening, |at, _| at == 3);
        assert_eq!(
            steps(order(Some(vec![0]))),
            [(0, vec![0]), (6, vec![6, 7]), (0, vec![7, 1, 2])]
        );
        assert_eq!(steps(order(None)).len(), 2);
        let short = to_write(&[1, 1], 3, Some(vec![0]), |_, _| false);
        assert_eq!(steps(short), [(0, vec![0]), (0, vec![1, 1])]);
    }

    #[test]
    fn the_beginning_is_wiped_last_and_nothing_that_is_zero() {
        let place = [7, 1, 2, 0, 0, 0, 6, 7];
        assert_eq!(
            steps(to_wipe(&place, 3, Some(vec![0]))),
            [(0, vec![0]), (6, vec![0, 0]), (0, vec![0; 3])]
        );
        assert_eq!(steps(to_wipe(&[0; 8], 3, None)), []);
    }
}
