//! The chip's timer, through embassy-time, which esp-rtos drives.

use embassy_time::Timer;
use protocol::board::Clock;
use protocol::time::Instant;

/// Microseconds since the chip started.
pub(crate) struct ChipClock;

impl Clock for ChipClock {
    fn now(&self) -> Instant {
        Instant::from_micros(embassy_time::Instant::now().as_micros())
    }

    async fn sleep_until(&mut self, deadline: Instant) {
        Timer::at(embassy_time::Instant::from_micros(deadline.as_micros())).await;
    }
}
