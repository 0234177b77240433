//! Interferers' part in a run.

use super::{Happening, Lab};
use crate::kernel::Time;
use crate::medium::interferer::Interferer;
use crate::observe::{Event, InterfererInfo};

/// What is to be known about a run's interferers.
#[derive(Debug, Default)]
pub(super) struct Interference {
    /// How many of the events to come are theirs.
    pub(super) pending: usize,
    pub(super) infos: Vec<InterfererInfo>,
}

impl Lab {
    /// Adds an interferer, which enters its first phase.
    pub(super) fn add_interferer(&mut self, now: Time, interferer: &Interferer) {
        let index = self.medium.add_interferer(interferer);
        self.interference.infos.push(InterfererInfo {
            kind: interferer.kind(),
            power_dbm: interferer.power_dbm(),
            position: interferer.position(),
        });
        self.advance_interferer(now, index);
    }

    /// An interferer's phase is over.
    pub(super) fn end_phase(&mut self, now: Time, index: u32) {
        self.interference.pending -= 1;
        let before = self.medium.centre_mhz(index);
        self.advance_interferer(now, index);
        if self.medium.centre_mhz(index) != before {
            self.report_interference(now, index);
        }
    }

    /// Tells of those that are on from the start, which was before anybody watched.
    pub(super) fn report_first_phases(&mut self, now: Time) {
        for (index, _) in (0..).zip(self.interference.infos.clone()) {
            if self.medium.centre_mhz(index).is_some() {
                self.report_interference(now, index);
            }
        }
    }

    fn report_interference(&mut self, now: Time, interferer: u32) {
        let centre_mhz = self.medium.centre_mhz(interferer);
        self.report_air(now, || Event::Interference { interferer, centre_mhz });
    }

    fn advance_interferer(&mut self, now: Time, index: u32) {
        let mut idle = std::mem::take(&mut self.idle);
        let seats = &mut self.seats;
        let ends_at = self.medium.advance_interferer(
            now,
            index,
            |hearer, carrier| seats[hearer as usize].station.freeze(now, carrier),
            |hearer| idle.push(hearer),
        );
        if let Some(at) = ends_at {
            self.interference.pending += 1;
            self.queue.schedule(at, Happening::Interferer(index));
        }
        self.arm_all(&idle);
        idle.clear();
        self.idle = idle;
    }

    /// When the next thing happens; `None` if all that is to come is interference that nobody waits for the end of. It goes
    /// on for ever, a run does not.
    pub(super) fn next_due(&self) -> Option<Time> {
        if self.interference.pending > 0
            && self.queue.len() <= self.interference.pending
            && !self.medium.anybody_contends()
        {
            return None;
        }
        self.queue.next_at()
    }
}
