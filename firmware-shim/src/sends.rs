//! How many frames the driver has, and when to stop waiting for it.
//!
//! The driver calls back for each frame that it is done with, and does not say for which. So calls are counted: when as many came as
//! frames were handed over, all are settled. Chips break that rule now and then. A call is lost (the driver has none where it lost a
//! frame's record), comes twice, or comes late; on some chips all of them stop, and the driver takes no frame any more until Wi-Fi
//! is started again. Hence the rules here:
//!
//! - Calls that come beyond the count settle nothing: what came before a frame was handed over is not that frame's. What comes late or
//!   twice while another frame is under way is taken for that frame's, as nobody can tell; the next is right again.
//! - Where no call comes for [`STALLED`], frames that are still open are written off, and their sender hears that nobody acknowledged.
//! - The driver gets at most [`MOST_OPEN`] frames at a time. It would take more, and the heap would pay for them (see [`crate::heap`]).
//! - A driver that has no memory while it has no frame of ours, for [`STUCK`] and [`STUCK_REFUSALS`] tries, is stuck.

use core::sync::atomic::{AtomicU32, Ordering};

use protocol::espnow::Delivery;
use protocol::time::{Duration, Instant};

/// Frames that the driver may have at a time. It needs a quarter of a millisecond for each at least, so that it does not run out of
/// work in the two milliseconds after which an application looks again.
pub const MOST_OPEN: u32 = 16;

/// How long no call may come while frames are open. The slowest frame, 1470 octets at 250 kbit/s, is on the air for 50 ms, and the
/// MAC begins no attempt later than some 20 ms after the first.
pub const STALLED: Duration = Duration::from_secs(1);

/// How long a driver may refuse frames without having any.
pub const STUCK: Duration = Duration::from_secs(5);

/// How often it has to be asked in that time.
pub const STUCK_REFUSALS: u32 = 8;

/// What the driver called back so far. The callback writes, and nobody else does.
#[derive(Debug, Default)]
pub struct Calls {
    settled: AtomicU32,
    failed: AtomicU32,
}

impl Calls {
    /// No call yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            settled: AtomicU32::new(0),
            failed: AtomicU32::new(0),
        }
    }

    /// A frame is done. The driver makes one call at a time, so loading and storing is enough, and is all that the ESP32-C3 has.
    pub fn count(&self, was_acknowledged: bool) {
        let add_one =
            |counter: &AtomicU32| counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
        if !was_acknowledged {
            add_one(&self.failed);
        }
        add_one(&self.settled);
    }

    /// Calls so far, modulo 2³².
    pub fn settled(&self) -> u32 {
        self.settled.load(Ordering::Acquire)
    }

    fn failed(&self) -> u32 {
        self.failed.load(Ordering::Acquire)
    }
}

/// Whether frames are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settling {
    /// The driver is done with all.
    Done,
    /// It may take until then; look again at the next call.
    Until(Instant),
    /// The driver did not call, and the frames are written off.
    WrittenOff,
}

/// Whether the driver is to be given another frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It is.
    Free,
    /// It has [`MOST_OPEN`] frames.
    Full,
}

/// Frames handed to the driver, against its calls.
#[derive(Debug)]
pub struct Sends {
    /// The count of calls at which all frames are settled, modulo 2³².
    handed: u32,
    /// The count of calls when it was looked at last, and since when it stands there.
    seen: u32,
    since: Instant,
    /// Failures among the calls before the last frame was handed over.
    failed_before: u32,
    /// The driver refuses since then, so many times.
    refused: Option<(Instant, u32)>,
}

impl Sends {
    /// Nothing is handed over yet. Calls that came before count for nothing.
    pub fn new(calls: &Calls) -> Self {
        let settled = calls.settled();
        Self {
            handed: settled,
            seen: settled,
            since: Instant::START,
            failed_before: calls.failed(),
            refused: None,
        }
    }

    /// Frames that the driver has not called back for.
    const fn open(&self) -> u32 {
        let open = self.handed.wrapping_sub(self.seen);
        // More calls than frames: none is open.
        if open > u32::MAX / 2 { 0 } else { open }
    }

    /// Takes in the calls that came. Returns whether frames had to be written off.
    fn look(&mut self, calls: &Calls, now: Instant) -> bool {
        let settled = calls.settled();
        if settled != self.seen {
            self.seen = settled;
            self.since = now;
            // It works.
            self.refused = None;
        }
        let is_stalled = self.open() > 0 && now - self.since >= STALLED;
        if self.open() == 0 || is_stalled {
            self.handed = self.seen;
        }
        is_stalled
    }

    /// Asks before a frame is handed over.
    pub fn room(&mut self, calls: &Calls, now: Instant) -> Room {
        self.look(calls, now);
        if self.open() >= MOST_OPEN {
            return Room::Full;
        }
        if self.open() == 0 {
            // It begins to wait with this frame.
            self.since = now;
        }
        self.failed_before = calls.failed();
        Room::Free
    }

    /// The driver took a frame, for which there was [`Room`]. Its call may have come already.
    pub const fn handed(&mut self) {
        self.handed = self.handed.wrapping_add(1);
        self.refused = None;
    }

    /// The driver had no memory for a frame for which there was [`Room`]. Returns whether it is stuck.
    pub fn refused(&mut self, now: Instant) -> bool {
        if self.open() > 0 {
            // It has enough to do, and may have memory when it is done.
            self.refused = None;
            return false;
        }
        let (since, times) = self
            .refused
            .map_or((now, 1), |(since, times)| (since, times.saturating_add(1)));
        self.refused = Some((since, times));
        now - since >= STUCK && times >= STUCK_REFUSALS
    }

    /// How it stands with the frames that were handed over.
    pub fn settling(&mut self, calls: &Calls, now: Instant) -> Settling {
        if self.look(calls, now) {
            return Settling::WrittenOff;
        }
        if self.open() == 0 {
            return Settling::Done;
        }
        Settling::Until(self.since + STALLED)
    }

    /// How the last frame fared, if it was handed over when no other was open and all calls came since.
    pub fn delivery(&self, calls: &Calls) -> Delivery {
        if calls.failed() == self.failed_before {
            Delivery::Acknowledged
        } else {
            Delivery::Unacknowledged
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    /// Hands a frame over.
    fn hand(sends: &mut Sends, calls: &Calls, now: Instant) {
        assert_eq!(sends.room(calls, now), Room::Free);
        sends.handed();
    }

    /// As a sender waits: until all is settled or written off. Each call has its time.
    fn wait(sends: &mut Sends, calls: &Calls, mut now: Instant, coming: &[(Instant, bool)]) -> (Settling, Instant) {
        let mut coming = coming.iter().peekable();
        loop {
            while let Some(&&(_, was_acknowledged)) = coming.peek().filter(|&&&(when, _)| when <= now) {
                calls.count(was_acknowledged);
                coming.next();
            }
            match sends.settling(calls, now) {
                Settling::Until(deadline) => {
                    now = coming.peek().map_or(deadline, |&&(when, _)| when.min(deadline));
                }
                settled => return (settled, now),
            }
        }
    }

    #[test]
    fn a_call_for_each_frame_settles_it() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        for (frame, was_acknowledged) in [true, false, false, true].into_iter().enumerate() {
            let now = at(10 * frame as u64);
            assert_eq!(sends.settling(&calls, now), Settling::Done);
            hand(&mut sends, &calls, now);
            let called = at(10 * frame as u64 + 2);
            let settled = wait(&mut sends, &calls, now, &[(called, was_acknowledged)]);
            assert_eq!(settled, (Settling::Done, called));
            assert_eq!(sends.delivery(&calls) == Delivery::Acknowledged, was_acknowledged);
        }
    }

    #[test]
    fn a_call_may_come_while_the_frame_is_handed_over() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        assert_eq!(sends.room(&calls, at(0)), Room::Free);
        calls.count(false);
        sends.handed();
        assert_eq!(sends.settling(&calls, at(0)), Settling::Done);
        assert_eq!(sends.delivery(&calls), Delivery::Unacknowledged);
    }

    #[test]
    fn a_lost_call_is_waited_for_a_second_and_no_longer() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        hand(&mut sends, &calls, at(5));
        assert_eq!(
            wait(&mut sends, &calls, at(5), &[]),
            (Settling::WrittenOff, at(5) + STALLED)
        );
        // What comes after it goes on as ever.
        assert_eq!(sends.settling(&calls, at(2000)), Settling::Done);
        hand(&mut sends, &calls, at(2000));
        assert_eq!(
            wait(&mut sends, &calls, at(2000), &[(at(2003), true)]),
            (Settling::Done, at(2003))
        );
        assert_eq!(sends.delivery(&calls), Delivery::Acknowledged);
    }

    #[test]
    fn a_driver_that_works_through_many_frames_is_waited_for() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        let mut coming = [(at(0), true); MOST_OPEN as usize];
        for (frame, call) in (1..).zip(&mut coming) {
            hand(&mut sends, &calls, at(0));
            // Each takes nearly as long as it may.
            call.0 = at(900 * frame);
        }
        let last = at(900 * u64::from(MOST_OPEN));
        assert_eq!(wait(&mut sends, &calls, at(0), &coming), (Settling::Done, last));
    }

    #[test]
    fn a_second_call_for_a_frame_is_no_other_frames() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        hand(&mut sends, &calls, at(0));
        let twice = [(at(1), true), (at(1), true)];
        assert_eq!(wait(&mut sends, &calls, at(0), &twice), (Settling::Done, at(1)));
        // The next one waits for a call of its own, and has its own fate.
        hand(&mut sends, &calls, at(10));
        assert_eq!(
            wait(&mut sends, &calls, at(10), &[(at(13), false)]),
            (Settling::Done, at(13))
        );
        assert_eq!(sends.delivery(&calls), Delivery::Unacknowledged);
    }

    #[test]
    fn a_late_call_is_no_other_frames() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        hand(&mut sends, &calls, at(0));
        assert_eq!(wait(&mut sends, &calls, at(0), &[]).0, Settling::WrittenOff);
        calls.count(false);
        hand(&mut sends, &calls, at(5000));
        assert_eq!(
            wait(&mut sends, &calls, at(5000), &[(at(5004), true)]),
            (Settling::Done, at(5004))
        );
        assert_eq!(sends.delivery(&calls), Delivery::Acknowledged);
    }

    #[test]
    fn the_driver_gets_so_many_frames_and_more_when_it_is_done_with_some() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        for _ in 0..MOST_OPEN {
            hand(&mut sends, &calls, at(0));
        }
        assert_eq!(sends.room(&calls, at(1)), Room::Full);
        calls.count(true);
        hand(&mut sends, &calls, at(2));
        assert_eq!(sends.room(&calls, at(3)), Room::Full);
        // Who does not wait is let go on as well when all calls are lost.
        assert_eq!(sends.room(&calls, at(3) + STALLED), Room::Free);
    }

    #[test]
    fn a_driver_without_memory_and_frames_is_stuck_after_a_while() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        let mut refuse = |millis| {
            assert_eq!(sends.room(&calls, at(millis)), Room::Free);
            sends.refused(at(millis))
        };
        assert!(!refuse(0));
        // Long ago, and asked but twice: a flood of messages may have had the memory both times.
        assert!(!refuse(6000));
        assert!((0..STUCK_REFUSALS - 3).all(|n| !refuse(6001 + u64::from(n))));
        assert!(refuse(6100));
    }

    #[test]
    fn a_driver_that_takes_a_frame_or_calls_is_not_stuck() {
        let calls = Calls::new();
        let mut sends = Sends::new(&calls);
        for second in 0..60 {
            let now = at(1000 * second);
            assert_eq!(sends.room(&calls, now), Room::Free);
            if second % 4 == 3 {
                sends.handed();
                calls.count(true);
            } else {
                for _ in 0..STUCK_REFUSALS {
                    assert!(!sends.refused(now), "{second}");
                }
            }
        }
    }

    proptest! {
        /// Whatever calls are lost, doubled or late, a sender waits no longer than [`STALLED`] after the last call, and the first send
        /// during which nothing of that kind happens has its own outcome.
        #[test]
        fn nothing_that_the_driver_does_is_for_ever(
            start in any::<u32>(),
            frames in prop::collection::vec((0..4_usize, any::<bool>(), 0..3_000_u64, 0..3_u8), 1..40),
        ) {
            let calls = Calls::new();
            // The counts may turn over.
            calls.settled.store(start, Ordering::Relaxed);
            calls.failed.store(start, Ordering::Relaxed);
            let mut sends = Sends::new(&calls);
            let mut now = at(0);
            for (times, was_acknowledged, late, pause) in frames {
                let coming = [(now + Duration::from_millis(late), was_acknowledged); 4];
                hand(&mut sends, &calls, now);
                let (settled, end) = wait(&mut sends, &calls, now, &coming[..times]);
                prop_assert!(end <= now + Duration::from_millis(late).min(STALLED) + STALLED);
                prop_assert_eq!(settled == Settling::Done, times > 0 && late <= 1_000);
                // What is late comes before the next frame, or not.
                now = end + Duration::from_millis(u64::from(pause) * 2_000);
                if settled == Settling::WrittenOff && pause > 0 {
                    for _ in 0..times {
                        calls.count(was_acknowledged);
                    }
                }
                // A frame that all goes well with.
                prop_assert_eq!(sends.settling(&calls, now), Settling::Done);
                hand(&mut sends, &calls, now);
                let (settled, end) = wait(&mut sends, &calls, now, &[(now + Duration::from_millis(3), was_acknowledged)]);
                prop_assert_eq!(settled, Settling::Done);
                prop_assert_eq!(sends.delivery(&calls) == Delivery::Acknowledged, was_acknowledged);
                now = end;
            }
        }
    }
}
