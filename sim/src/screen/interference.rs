//! What interferers do, all of them together: one lane below the boards'.

use std::collections::VecDeque;

use crate::kernel::Time;
use crate::observe::InterfererInfo;

/// Stretches that are kept: some ten seconds of a busy network.
const KEPT: usize = 8_192;

/// When there was energy on the air that no board sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Interference {
    /// Which are on, and since when; a row an interferer that was ever on.
    on_since: Vec<Option<Time>>,
    /// What is over, in the order of its end.
    stretches: VecDeque<(Time, Time)>,
}

impl Interference {
    /// An interferer went on, off, or to another frequency.
    pub(super) fn change(&mut self, at: Time, interferer: u32, is_on: bool) {
        // A file of nonsense may name any.
        let Some(index) = usize::try_from(interferer).ok().filter(|index| *index < KEPT) else {
            return;
        };
        if self.on_since.len() <= index {
            self.on_since.resize(index + 1, None);
        }
        if let Some(since) = self.on_since.get_mut(index).and_then(Option::take) {
            if self.stretches.len() == KEPT {
                self.stretches.pop_front();
            }
            self.stretches.push_back((since, at));
        }
        if let Some(since) = self.on_since.get_mut(index) {
            *since = is_on.then_some(at);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.on_since.is_empty()
    }

    /// The stretches up to `now` that end after `start`, the newest first.
    pub(super) fn since(&self, start: Time, now: Time) -> impl Iterator<Item = (Time, Time)> {
        let going_on = self.on_since.iter().flatten().map(move |since| (*since, now));
        let over = self
            .stretches
            .iter()
            .rev()
            .copied()
            .take_while(move |(_, end)| *end >= start);
        going_on.chain(over)
    }

    /// How many stretches are kept.
    pub(super) fn kept(&self) -> usize {
        self.stretches.len()
    }
}

/// What the lane is called: the kind, if there is only one.
pub(super) fn name(infos: &[InterfererInfo]) -> &str {
    match infos {
        [first, others @ ..] if others.iter().all(|other| other.kind == first.kind) => first.kind,
        _ => "interferers",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Time {
        Time::from_micros(micros)
    }

    #[test]
    fn stretches_end_when_an_interferer_changes() {
        let mut interference = Interference::default();
        assert!(interference.is_empty());
        interference.change(at(1), 0, true);
        interference.change(at(2), 1, true);
        interference.change(at(3), 0, false);
        interference.change(at(4), 1, true);
        interference.change(at(5), u32::MAX, true);
        let shown: Vec<_> = interference.since(at(0), at(9)).collect();
        assert_eq!(shown, [(at(4), at(9)), (at(2), at(4)), (at(1), at(3))]);
        assert_eq!(interference.since(at(4), at(9)).count(), 2);
    }

    #[test]
    fn memory_is_bounded() {
        let mut interference = Interference::default();
        for turn in 0..4 * KEPT as u64 {
            interference.change(at(turn), 0, turn.is_multiple_of(2));
        }
        assert_eq!(interference.kept(), KEPT);
    }
}
