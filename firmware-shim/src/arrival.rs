//! When a message came.
//!
//! The Wi-Fi MAC stamps what it receives with a counter of microseconds that has 32 bits, turns over every 71 minutes and
//! began when the MAC was started, not when the chip was (ESP-IDF, `wifi_pkt_rx_ctrl_t::timestamp`). Both clocks have the
//! same crystal, so they differ by a constant, which nobody tells. But a message is read after it came: of all the
//! differences between the time of reading and the stamp, the smallest is the nearest to the truth. The filter is that of
//! clock synchronisation over a network (Marzullo and Owicki, 1983), with one side.
//!
//! The constant is one as long as the counter runs. It stands still, begins anew or shows the same time twice where the radio sleeps
//! or Wi-Fi is started again (the driver says "precise only if modem sleep or light sleep is not enabled"), and then the smallest
//! difference ever seen would put all later messages into the past, for good. So what was seen is forgotten after [`REMEMBERED`], a
//! difference by which a message would have lain unread for longer than [`LONGEST_UNREAD`] begins anew, a stamp that was seen
//! before says nothing, and while the radio sleeps by windows messages are dated when they are read.

use protocol::time::{Duration, Instant};

/// A message that seems to have lain unread for longer is dated when it is read.
pub const LONGEST_UNREAD: Duration = Duration::from_secs(1);

/// A difference is forgotten after twice this at the latest.
pub const REMEMBERED: Duration = Duration::from_secs(10);

/// Turns the radio's stamps into times of the board's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrivals {
    /// The clock less the stamp, modulo 2³²: the smallest since `begun`, and of the stretch before.
    smallest: [Option<u32>; 2],
    begun: Instant,
    stamp: Option<u32>,
    /// Messages are read in the order in which they came.
    latest: Instant,
    is_sleeping: bool,
}

impl Arrivals {
    /// No message came yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            smallest: [None; 2],
            begun: Instant::START,
            stamp: None,
            latest: Instant::START,
            is_sleeping: false,
        }
    }

    /// Whether the radio sleeps now and then from now on. What was seen before holds no longer.
    pub fn sleeps(&mut self, is_sleeping: bool) {
        self.is_sleeping = is_sleeping;
        self.smallest = [None; 2];
    }

    /// When a message with this stamp came, if it is read at `now`: never after `now`, never before the one that was read before it, and
    /// never more than [`LONGEST_UNREAD`] before `now`. Where the counter runs, it is late by the shortest time that any message of
    /// the last seconds lay unread.
    pub fn arrived(&mut self, stamp_micros: u32, now: Instant) -> Instant {
        let is_repeated = self.stamp.replace(stamp_micros) == Some(stamp_micros);
        let came = if self.is_sleeping || is_repeated {
            now
        } else {
            now - self.lay_unread(stamp_micros, now)
        };
        self.latest = came.max(self.latest).min(now);
        self.latest
    }

    fn lay_unread(&mut self, stamp_micros: u32, now: Instant) -> Duration {
        self.forget(now);
        // The low bits are what is wanted.
        let ahead = (now.as_micros() as u32).wrapping_sub(stamp_micros);
        // For how long, if a message with that difference was read at once; less than nothing where this one is a better measure.
        let unread = |known: u32| ahead.wrapping_sub(known).cast_signed();
        let longest = self.smallest.into_iter().flatten().map(unread).max();
        let longest = longest.and_then(|micros| Some(Duration::from_micros(u64::try_from(micros).ok()?)));
        match longest {
            Some(longest) if longest <= LONGEST_UNREAD => {
                let [newest, _] = &mut self.smallest;
                if newest.is_none_or(|known| unread(known) < 0) {
                    *newest = Some(ahead);
                }
                longest
            }
            _ => {
                self.smallest = [Some(ahead), None];
                Duration::ZERO
            }
        }
    }

    fn forget(&mut self, now: Instant) {
        let passed = now - self.begun;
        if passed < REMEMBERED {
            return;
        }
        let [newest, _] = self.smallest;
        self.smallest = [None, newest.filter(|_| passed < REMEMBERED * 2)];
        self.begun = now;
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const TURN: u64 = 1 << 32;
    const SECOND: u64 = 1_000_000;

    const fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn a_message_read_late_is_dated_back() {
        let mut arrivals = Arrivals::new();
        assert_eq!(arrivals.arrived(1_000, at(5_000)), at(5_000));
        assert_eq!(arrivals.arrived(2_000, at(9_000)), at(6_000));
        // Read sooner after it came than any before: the constant is better known now.
        assert_eq!(arrivals.arrived(3_500, at(7_000)), at(7_000));
        assert_eq!(arrivals.arrived(6_000, at(13_000)), at(9_500));
    }

    #[test]
    fn both_counters_may_turn_over() {
        let mut arrivals = Arrivals::new();
        for came in (0..20).map(|n| n * TURN / 3) {
            let stamp = (came + 77) as u32;
            let read = at(came + SECOND);
            assert_eq!(arrivals.arrived(stamp, read), read);
        }
    }

    #[test]
    fn a_stamp_that_was_seen_before_says_nothing() {
        let mut arrivals = Arrivals::new();
        arrivals.arrived(1_000, at(1_000));
        assert_eq!(arrivals.arrived(500_000, at(500_010)), at(500_000));
        for read in [600_000, 700_000, 799_999] {
            assert_eq!(arrivals.arrived(500_000, at(read)), at(read));
        }
        assert_eq!(arrivals.arrived(900_000, at(900_030)), at(900_000));
    }

    /// A counter that ran ahead for a message dates the others back, but for some seconds only.
    #[test]
    fn what_was_learnt_is_forgotten() {
        let mut arrivals = Arrivals::new();
        let ahead = 300_000;
        assert_eq!(arrivals.arrived(ahead, at(0)), at(0));
        let mut dated = (1..30).map(|second| {
            let read = second * SECOND;
            read - arrivals.arrived(read as u32, at(read)).as_micros()
        });
        assert_eq!(dated.next(), Some(u64::from(ahead)));
        assert_eq!(dated.nth(2 * REMEMBERED.as_secs() as usize), Some(0));
    }

    #[test]
    fn a_radio_that_sleeps_gives_no_times() {
        let mut arrivals = Arrivals::new();
        arrivals.arrived(1_000, at(1_000));
        arrivals.sleeps(true);
        // It stands still for 450 of 500 ms.
        for interval in 1..200 {
            let (stamp, read) = ((1_000 + interval * 50_000) as u32, at(1_000 + interval * 500_000));
            assert_eq!(arrivals.arrived(stamp, read), read);
        }
        arrivals.sleeps(false);
        let (stamp, read) = (11_000_000, 101_000_000);
        assert_eq!(arrivals.arrived(stamp, at(read)), at(read));
        assert_eq!(arrivals.arrived(stamp + 5_000, at(read + 9_000)), at(read + 5_000));
    }

    /// A message of a run: how long after the one before it came, and how long nobody read it.
    fn message() -> impl Strategy<Value = (u64, u64)> {
        (1..3 * SECOND, prop_oneof![0..500_u64, 0..SECOND])
    }

    proptest! {
        #[test]
        fn late_by_no_more_than_the_shortest_wait_of_the_last_seconds(
            start in 0..TURN * 5,
            mac_started in 0..TURN * 5,
            messages in prop::collection::vec(message(), 1..50),
        ) {
            let mut arrivals = Arrivals::new();
            let (mut came, mut read, mut waits) = (start, 0, Vec::new());
            for (gap, wait) in messages {
                came += gap;
                read = (came + wait).max(read);
                waits.push((read, read - came));
                let dated = arrivals.arrived(came.wrapping_sub(mac_started) as u32, at(read));
                let remembered = waits.iter().filter(|&&(when, _)| when + REMEMBERED.as_micros() as u64 > read);
                let shortest = remembered.map(|&(_, wait)| wait).min().unwrap_or(0);
                prop_assert!(dated <= at(read));
                prop_assert!(dated >= at(came) && dated <= at(came + shortest), "{dated:?}, {came} + {shortest}");
            }
        }

        /// The counter stands still now and then, begins anew, shows anything.
        #[test]
        fn no_counter_puts_a_message_long_before_it_was_read(
            messages in prop::collection::vec((1..30 * SECOND, prop_oneof![any::<u32>(), 0..100_000_u32]), 1..100),
        ) {
            let mut arrivals = Arrivals::new();
            let (mut read, mut latest) = (0, Instant::START);
            for (gap, stamp) in messages {
                read += gap;
                let dated = arrivals.arrived(stamp, at(read));
                prop_assert!(dated <= at(read) && dated >= latest && at(read) - dated <= LONGEST_UNREAD);
                latest = dated;
            }
        }

        /// After whatever it did, the counter runs again.
        #[test]
        fn a_counter_that_runs_again_is_believed_again(
            before in prop::collection::vec((1..SECOND, any::<u32>()), 0..30),
            offset in any::<u32>(),
            after in prop::collection::vec((1..SECOND, 0..300_u64), 60),
        ) {
            let mut arrivals = Arrivals::new();
            let mut came = 0;
            for (gap, stamp) in before {
                came += gap;
                arrivals.arrived(stamp, at(came));
            }
            let runs_since = came;
            for (gap, wait) in after {
                came += 1_000 + gap;
                let dated = arrivals.arrived((came as u32).wrapping_add(offset), at(came + wait));
                if came > runs_since + 2 * REMEMBERED.as_micros() as u64 + 2 * SECOND {
                    prop_assert!(dated >= at(came) && dated <= at(came + 300), "{dated:?}, {came}");
                }
            }
        }
    }
}
