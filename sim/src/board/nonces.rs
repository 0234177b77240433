//! Which packet numbers a board has used, under which keys, in all its lives.
//!
//! ESP-NOW's packet numbers begin again with each reset, and keys mostly are constants of the program. What the driver forgets is kept here, beside
//! the board, so that the user can be told when a number comes a second time under a key.

use std::collections::VecDeque;

use protocol::MacAddress;
use protocol::espnow::Key;
use protocol::frame::PacketNumber;

/// A driver has at most 17 encrypted peers at a time, and a program that draws its keys anew uses each once: of more, the ones used
/// longest ago are forgotten.
const MOST: usize = 64;

/// What makes two frames' nonces and keys the same, but for the packet number: both master keys, and the sender's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealing {
    pub(super) pmk: Key,
    pub(super) lmk: Key,
    pub(super) source: MacAddress,
}

#[derive(Debug)]
struct Spent {
    sealing: Sealing,
    highest: PacketNumber,
    /// The highest before the last reset.
    before: Option<PacketNumber>,
}

#[derive(Debug, Default)]
pub(super) struct Nonces {
    spent: VecDeque<Spent>,
}

impl Nonces {
    /// A frame is sealed so. Returns whether that number was used so before the last reset.
    pub(super) fn spend(&mut self, sealing: Sealing, number: PacketNumber) -> bool {
        let place = self.spent.iter().position(|spent| spent.sealing == sealing);
        let spent = place.and_then(|place| self.spent.remove(place));
        let mut spent = spent.unwrap_or(Spent {
            sealing,
            highest: number,
            before: None,
        });
        let again = spent.before.is_some_and(|before| number <= before);
        spent.highest = spent.highest.max(number);
        if self.spent.len() >= MOST {
            self.spent.pop_front();
        }
        self.spent.push_back(spent);
        again
    }

    /// The driver has forgotten how far it had counted.
    pub(super) fn reset(&mut self) {
        for spent in &mut self.spent {
            spent.before = Some(spent.highest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealing(lmk: u8) -> Sealing {
        Sealing {
            pmk: Key::new([0; 16]),
            lmk: Key::new([lmk; 16]),
            source: MacAddress([2, 0, 0, 0, 0, 1]),
        }
    }

    fn number(value: u64) -> PacketNumber {
        PacketNumber::new(value).expect("48 bits")
    }

    #[test]
    fn a_number_comes_again_only_after_a_reset_and_under_the_same_key() {
        let mut nonces = Nonces::default();
        assert!(!nonces.spend(sealing(1), number(1)));
        assert!(!nonces.spend(sealing(1), number(2)));
        assert!(!nonces.spend(sealing(2), number(3)));
        nonces.reset();
        assert!(!nonces.spend(sealing(3), number(1)), "a new key");
        assert!(nonces.spend(sealing(1), number(2)));
        assert!(!nonces.spend(sealing(1), number(3)), "a new number");
        let mut elsewhere = sealing(1);
        elsewhere.source = MacAddress([2, 0, 0, 0, 0, 2]);
        assert!(
            !nonces.spend(elsewhere, number(1)),
            "another sender's nonces are others"
        );
    }

    #[test]
    fn a_program_with_a_new_key_for_each_frame_fills_no_memory() {
        let mut nonces = Nonces::default();
        for lmk in 0..=255 {
            nonces.spend(sealing(lmk), number(1));
        }
        assert_eq!(nonces.spent.len(), MOST);
    }
}
