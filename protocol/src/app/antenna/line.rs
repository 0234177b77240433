//! The antenna's end of the line, driven.

use core::future::pending;
use core::ops::Range;

use embassy_futures::select::{Either3, select3};

use super::LinePipe;
use crate::board::Clock;
use crate::bridge::{Antenna, MAX_FRAME, Report, STATUS_EVERY, Status};
use crate::time::Instant;

/// An [`Antenna`] with the pipes to its line.
pub(super) struct Line<'p> {
    pub(super) antenna: Antenna,
    pub(super) status: Status,
    inward: &'p LinePipe,
    outward: &'p LinePipe,
    /// A frame on its way out, of which this part is still to go.
    frame: [u8; MAX_FRAME],
    to_go: Range<usize>,
    status_at: Instant,
}

impl<'p> Line<'p> {
    pub(super) fn new(antenna: Antenna, inward: &'p LinePipe, outward: &'p LinePipe) -> Self {
        Self {
            antenna,
            status: Status::default(),
            inward,
            outward,
            frame: [0; MAX_FRAME],
            to_go: 0..0,
            status_at: Instant::START,
        }
    }

    /// Waits for the next thing on the line, and does it: octets came, or went, or it was silent for too long. Dropping
    /// the future loses nothing.
    pub(super) async fn attend<C: Clock>(&mut self, clock: &mut C) {
        let now = clock.now();
        self.say_how_it_is(now);
        if self.to_go.is_empty() {
            let length = self.antenna.poll_transmit(now, &mut self.frame);
            self.to_go = 0..length.unwrap_or(0);
        }
        let mut octets = [0; 64];
        let (frame, outward) = (&self.frame[self.to_go.clone()], self.outward);
        let writing = async {
            match frame.is_empty() {
                true => pending().await,
                false => outward.write(frame).await,
            }
        };
        // Nothing new can go out before the frame has; then the antenna is asked.
        let timeout = match frame.is_empty() {
            true => self.antenna.next_timeout().map(|at| at.min(self.status_at)),
            false => None,
        };
        let happened = {
            let sleeping = async {
                match timeout {
                    Some(at) => clock.sleep_until(at).await,
                    None => pending().await,
                }
            };
            select3(self.inward.read(&mut octets), writing, sleeping).await
        };
        match happened {
            Either3::First(length) => self.antenna.handle(&octets[..length], clock.now()),
            Either3::Second(length) => self.to_go.start += length,
            Either3::Third(()) => self.antenna.handle_timeout(clock.now()),
        }
    }

    /// Gives a report to the host of that session, as soon as there is room. `false` if the session has ended.
    pub(super) async fn report<C: Clock>(&mut self, session: Option<u32>, report: &Report<'_>, clock: &mut C) -> bool {
        while session.is_some() && self.antenna.session() == session {
            if self.antenna.report(report) {
                return true;
            }
            self.attend(clock).await;
        }
        false
    }

    fn say_how_it_is(&mut self, now: Instant) {
        if now < self.status_at || self.antenna.session().is_none() {
            return;
        }
        // Where there is no room, enough is being said.
        self.status_at = now + STATUS_EVERY;
        self.antenna.report(&Report::Status(Status {
            uptime: now,
            line: self.antenna.statistics(),
            ..self.status
        }));
    }
}
