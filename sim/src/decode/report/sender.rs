//! What one board sent.

use super::spread::Spread;
use crate::decode::explanation::MacLayer;

/// Sequence numbers count modulo this.
const SEQUENCE_NUMBERS: u16 = 4096;

/// A board, by what it sent.
#[derive(Debug, Default)]
pub(super) struct Sender {
    pub(super) messages: u64,
    /// With repetitions.
    pub(super) frames: u64,
    pub(super) repetitions: u64,
    last: Option<Last>,
}

/// Its last message.
#[derive(Debug)]
struct Last {
    sequence: u16,
    timestamp_ns: Option<u64>,
}

/// What its messages have in common with those of others.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// From one message of a board to its next, µs.
    pub(super) intervals: Spread,
    /// Messages whose number is one above that of the board's last one.
    pub(super) next: u64,
    /// Those with another: others that were missed, or sent to somebody else, lie between.
    pub(super) skipped: u64,
}

impl Sender {
    /// Counts a frame. Returns whether it is a message's first.
    pub(super) fn note(&mut self, mac: &MacLayer, timestamp_ns: Option<u64>, steps: &mut Steps) -> bool {
        self.frames += 1;
        self.repetitions += u64::from(mac.retry);
        if mac.retry && self.last.as_ref().is_some_and(|last| last.sequence == mac.sequence) {
            return false;
        }
        self.messages += 1;
        if let Some(last) = &self.last {
            let step = (mac.sequence + SEQUENCE_NUMBERS - last.sequence % SEQUENCE_NUMBERS) % SEQUENCE_NUMBERS;
            if step == 1 {
                steps.next += 1;
            } else {
                steps.skipped += 1;
            }
            let since = timestamp_ns.zip(last.timestamp_ns);
            if let Some(ns) = since.and_then(|(now, last)| now.checked_sub(last)) {
                steps.intervals.note(i64::try_from(ns / 1000).unwrap_or(i64::MAX));
            }
        }
        self.last = Some(Last {
            sequence: mac.sequence,
            timestamp_ns,
        });
        true
    }
}
