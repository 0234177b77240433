//! The board's timer, in virtual time.

use std::future::poll_fn;

use protocol::board::Clock;
use protocol::time::Instant;

use super::Shared;
use super::timer::TimerId;
use crate::kernel::Time;

/// See [`Clock`].
#[derive(Debug)]
pub struct VirtualClock {
    hardware: Shared,
}

impl VirtualClock {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        self.hardware.borrow().uptime()
    }

    async fn sleep_until(&mut self, deadline: Instant) {
        let deadline = self.hardware.borrow().time_of(deadline);
        wait(&self.hardware, TimerId::Sleep, deadline).await;
    }
}

/// Waits for `deadline` on one of the board's timers. Dropped before that, it leaves no wake-up behind.
pub(super) async fn wait(hardware: &Shared, timer: TimerId, deadline: Time) {
    let _cancel = Cancel(hardware, timer);
    poll_fn(|cx| hardware.borrow_mut().poll_timer(timer, deadline, cx)).await;
}

/// Takes one of the board's timers back when whoever waits for it does not any more.
pub(super) struct Cancel<'a>(pub(super) &'a Shared, pub(super) TimerId);

impl Drop for Cancel<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().cancel_timer(self.1);
    }
}
