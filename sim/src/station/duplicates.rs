//! The filter for repetitions whose first copy came through (IEEE 802.11-2020, clause 10.3.2.14).

use protocol::MacAddress;
use protocol::frame::SequenceNumber;

/// How many senders are remembered. Past that the one heard longest ago is forgotten.
const SENDERS: usize = 32;

/// The last sequence number taken in from each sender.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    /// The one heard last is at the end.
    last: Vec<(MacAddress, SequenceNumber)>,
}

impl Duplicates {
    /// Notes a unicast frame that was received. Returns whether it is a repetition of the one before: same sender, same
    /// sequence number, retry bit set. Such a frame is acknowledged and dropped.
    pub(crate) fn is_repetition(&mut self, source: MacAddress, sequence: SequenceNumber, retry: bool) -> bool {
        let known = self.last.iter().position(|&(sender, _)| sender == source);
        let repeated = known.is_some_and(|index| retry && self.last[index].1 == sequence);
        if let Some(index) = known {
            self.last.remove(index);
        } else if self.last.len() == SENDERS {
            self.last.remove(0);
        }
        self.last.push((source, sequence));
        repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u16) -> SequenceNumber {
        SequenceNumber::new(value).expect("12 bits")
    }

    #[test]
    fn only_a_retry_of_the_last_frame_of_the_same_sender_is_a_repetition() {
        let mut duplicates = Duplicates::default();
        let (a, b) = (MacAddress([0; 6]), MacAddress([2; 6]));
        assert!(!duplicates.is_repetition(a, number(5), true), "its first copy was lost");
        assert!(duplicates.is_repetition(a, number(5), true));
        assert!(!duplicates.is_repetition(b, number(5), true));
        assert!(
            !duplicates.is_repetition(a, number(5), false),
            "a new frame: the counter came round"
        );
        assert!(!duplicates.is_repetition(a, number(6), true));
    }

    #[test]
    fn memory_is_bounded() {
        let mut duplicates = Duplicates::default();
        for last in 0..=255 {
            duplicates.is_repetition(MacAddress([0, 0, 0, 0, 0, last]), number(1), false);
        }
        assert_eq!(duplicates.last.len(), SENDERS);
        assert!(duplicates.is_repetition(MacAddress([0, 0, 0, 0, 0, 255]), number(1), true));
        assert!(
            !duplicates.is_repetition(MacAddress([0; 6]), number(1), true),
            "long forgotten"
        );
    }
}
