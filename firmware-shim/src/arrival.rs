//! When a message came.
//!
//! The Wi-Fi MAC stamps what it receives with a counter of microseconds that has 32 bits, turns over every 71 minutes and
//! began when the MAC was started, not when the chip was (ESP-IDF, `wifi_pkt_rx_ctrl_t::timestamp`). Both clocks have the
//! same crystal, so they differ by a constant, which nobody tells. But a message is read after it came: of all the
//! differences between the time of reading and the stamp, the smallest is the nearest to the truth. The filter is that of
//! clock synchronisation over a network (Marzullo and Owicki, 1983), with one side.

use protocol::time::{Duration, Instant};

/// Turns the radio's stamps into times of the board's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrivals {
    /// The clock less the stamp, modulo 2³²; the smallest so far.
    ahead: Option<u32>,
}

impl Arrivals {
    /// No message came yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { ahead: None }
    }

    /// When a message with this stamp came, if it is read at `now`. Never after `now`. It is late by the shortest time that
    /// any message so far lay unread. A message may lie unread for 35 minutes, half the counter's turn.
    pub fn arrived(&mut self, stamp_micros: u32, now: Instant) -> Instant {
        // The low bits are what is wanted.
        let ahead = (now.as_micros() as u32).wrapping_sub(stamp_micros);
        let smallest = match self.ahead {
            Some(known) if ahead.wrapping_sub(known) < 1 << 31 => known,
            _ => ahead,
        };
        self.ahead = Some(smallest);
        now - Duration::from_micros(ahead.wrapping_sub(smallest).into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TURN: u64 = 1 << 32;

    #[test]
    fn a_message_read_late_is_dated_back() {
        let mut arrivals = Arrivals::new();
        let at = |micros| Instant::from_micros(micros);
        assert_eq!(arrivals.arrived(1_000, at(5_000)), at(5_000));
        assert_eq!(arrivals.arrived(2_000, at(9_000)), at(6_000));
        // Read sooner after it came than any before: the constant is better known now.
        assert_eq!(arrivals.arrived(3_000, at(6_500)), at(6_500));
        assert_eq!(arrivals.arrived(2_000, at(9_000)), at(5_500));
    }

    #[test]
    fn both_counters_may_turn_over() {
        let mut arrivals = Arrivals::new();
        for came in (0..20).map(|n| n * TURN / 3) {
            let stamp = (came + 77) as u32;
            let read = Instant::from_micros(came + 1_000_000);
            assert_eq!(arrivals.arrived(stamp, read), read);
        }
    }

    proptest! {
        #[test]
        fn never_late_by_more_than_the_shortest_wait(
            start in 0..TURN * 5,
            mac_started in 0..TURN * 5,
            messages in prop::collection::vec((0..10_000_000_u64, 0..30 * 60_000_000_u64), 1..50),
        ) {
            let mut arrivals = Arrivals::new();
            let (mut came, mut shortest) = (start, u64::MAX);
            for (gap, wait) in messages {
                came += gap;
                shortest = shortest.min(wait);
                let read = Instant::from_micros(came + wait);
                let dated = arrivals.arrived(came.wrapping_sub(mac_started) as u32, read);
                prop_assert!(dated <= read);
                prop_assert_eq!(dated, Instant::from_micros(came + shortest));
            }
        }
    }
}
