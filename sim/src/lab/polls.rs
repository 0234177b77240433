//! A program's turn: it is polled, and what it asked for is carried out.
//!
//! ```text
//!    woken ──► poll ──► collect: requests ──► channel, power, console, pixels, pins, frames, restart
//!                │                       └──► its next deadline is armed
//!                └──► ended, or waits for what can't come: that is told
//! ```

use super::Lab;
use super::life::Life;
use crate::advice::Trap;
use crate::board::{Hardware, Requests, Restart};
use crate::kernel::Time;
use crate::observe::{BoardId, Ending, Event};

impl Lab {
    /// Polls every program that was woken, in the order of waking, and carries out what it asks for. Where one computes, those behind
    /// it wait with it, so that the order does not depend on how fast a process is.
    pub(super) fn poll_ready(&mut self, now: Time) {
        self.unfinished = false;
        // So it is after most events.
        if !self.tasks.is_any_ready() {
            return;
        }
        while let Some(index) = self.tasks.first_ready() {
            if self.still_computes(index) {
                self.unfinished = true;
                return;
            }
            self.tasks.take_first();
            self.open_inbox(now, index);
            let horizon = match self.tasks.is_any_ready() {
                true => now,
                false => self.queue.next_at().unwrap_or(Time::MAX),
            };
            self.touch_in_turn(now, index, |hardware| hardware.horizon = horizon);
            let ending = self.tasks.poll(index);
            if ending.is_some() {
                self.touch_in_turn(now, index, Hardware::flush_console);
            }
            self.collect(now, index);
            match ending {
                Some(ending) => self.end_program(now, BoardId(index), ending),
                None => self.look_for_vain_wait(now, index),
            }
        }
    }

    /// A program that waits for what can't come is told, as nobody would notice otherwise.
    fn look_for_vain_wait(&mut self, now: Time, index: u32) {
        let seat = &self.seats[index as usize];
        // One that was restarted, or is to be polled again, does not wait.
        if seat.hardware.look().waits_in_vain() && seat.life == Life::Up && !self.tasks.is_ready(index) {
            self.advise(now, BoardId(index), &Trap::WaitsInVain { asleep: false });
        }
    }

    fn end_program(&mut self, now: Time, board: BoardId, ending: Ending) {
        tracing::info!(board = &*self.seats[board.index()].info.name, ?ending, "program ended");
        self.last_seen = now;
        self.forget_wakes(now, board.0);
        for &(last, grace) in &self.ends_with {
            if last == board {
                self.limit = self.limit.min(now + grace);
            }
        }
        self.report(now, || Event::Ended { board, ending });
    }

    /// Carries out what a board's program asked for.
    pub(super) fn collect(&mut self, now: Time, index: u32) {
        let mut restart = None;
        if let Some(mut requests) = self.take_requests(now, index) {
            restart = self.carry_out(now, index, &mut requests);
            // With the room that its lists have got.
            self.requests = Some(requests);
        }
        self.close_inbox(now, index);
        self.arm_wake(now, index);
        if let Some(restart) = restart {
            self.reset(now, index, restart);
        }
    }

    /// Takes from a board what its program asked for, if it did.
    pub(super) fn take_requests(&mut self, now: Time, index: u32) -> Option<Box<Requests>> {
        if !self.seats[index as usize].hardware.look().has_requests() {
            return None;
        }
        let mut requests = self.requests.take().unwrap_or_default();
        self.touch_in_turn(now, index, |hardware| hardware.exchange_requests(&mut requests));
        Some(requests)
    }

    /// Returns how the program wants to be restarted, if it does. Leaves the requests empty.
    fn carry_out(&mut self, now: Time, index: u32, requests: &mut Requests) -> Option<Restart> {
        let board = BoardId(index);
        if let Some(channel) = requests.channel.take() {
            self.tune(now, index, channel);
        }
        if let Some(window) = requests.wake_window.take() {
            self.set_wake_window(now, index, window);
        }
        if let Some(power_dbm) = requests.power.take() {
            self.seats[board.index()].power_dbm = power_dbm;
            self.medium.set_power(index, power_dbm);
        }
        if !requests.lines.is_empty() || requests.colours.is_some() || requests.restart.is_some() {
            self.last_seen = now;
        }
        for line in requests.lines.drain(..) {
            self.report(now, || Event::Console { board, line });
        }
        if let Some(colours) = requests.colours.take() {
            self.report(now, || Event::Pixels { board, colours });
        }
        for (pin, level) in requests.pins.drain(..) {
            self.last_seen = now;
            self.report(now, || Event::Pin { board, pin, level });
        }
        for interface in requests.activated.drain(..) {
            self.look_for_shared_address(now, board, interface);
        }
        for trap in requests.traps.drain(..) {
            self.advise(now, board, &trap);
        }
        for frame in requests.frames.drain(..) {
            self.enqueue(now, index, frame);
        }
        if let Some(computation) = requests.computation.take() {
            self.seats[board.index()].computation = Some(computation);
        }
        requests.restart.take()
    }
}
