//! The one way into a board that is running: whatever is done to it from outside goes through [`Lab::touch`].
//!
//! ```text
//!   button, pins, sensors, typing, power ─┐                  ┌─► the board's clock shows the present
//!   radio: a frame came, a frame is sent ─┼─► touch(now, …) ─┼─► the change itself; what sleeps deeply may be woken by it
//!   resets, boot loader, timers, bridge  ─┘                  ├─► its program is woken, if it waited for this
//!                                                            └─► its next deadline is in the queue
//! ```
//!
//! A board keeps the time of its last poll. Code that changed it without setting its clock worked with that old time, and a
//! deadline counted from there lay in the past: the board was never looked at again. So the lab holds a board's hardware as a
//! [`Wired`], which nobody outside this room can change.

use std::cell::{Ref, RefCell};
use std::rc::Rc;
use std::task::Waker;

use super::life::Life;
use super::{Happening, Lab};
use crate::board::{Hardware, Shared, VirtualBoard};
use crate::kernel::Time;
use crate::observe::BoardId;

/// A board's hardware as the lab holds it: it can be read anywhere, and changed through [`Lab::touch`] alone.
pub(super) struct Wired(Shared);

impl Wired {
    pub(super) fn new(hardware: Hardware) -> Self {
        Self(Rc::new(RefCell::new(hardware)))
    }

    /// What there is to read.
    pub(super) fn look(&self) -> Ref<'_, Hardware> {
        self.0.borrow()
    }

    /// Says what the board's program is polled with.
    pub(super) fn introduce(&self, program: &Waker) {
        self.0.borrow_mut().set_program(program.clone());
    }

    /// The same hardware as its program has it.
    pub(super) fn board(&self) -> VirtualBoard {
        VirtualBoard::new(&self.0)
    }
}

impl Lab {
    /// Does something to a board, at the present.
    pub(super) fn touch<T>(&mut self, now: Time, index: u32, what: impl FnOnce(&mut Hardware) -> T) -> T {
        let result = self.touch_in_turn(now, index, what);
        self.arm_wake(now, index);
        if let Life::Asleep(_) = self.seats[index as usize].life {
            self.rouse(now, index);
        }
        result
    }

    /// The same around a poll of the board's program, whose end arms the next deadline once.
    pub(super) fn touch_in_turn<T>(&mut self, now: Time, index: u32, what: impl FnOnce(&mut Hardware) -> T) -> T {
        let (result, is_woken) = {
            let mut hardware = self.seats[index as usize].hardware.0.borrow_mut();
            hardware.now = now;
            (what(&mut hardware), hardware.take_woken())
        };
        if is_woken {
            self.tasks.wake(index);
        }
        result
    }

    /// Does something to a board between two events: whoever calls stands outside the lab. A program that waited for this is
    /// polled with the next event, which is now. Without such a board, nothing happens.
    pub(super) fn touch_from_outside(&mut self, board: BoardId, what: impl FnOnce(&mut Hardware)) {
        if board.index() >= self.seats.len() {
            return;
        }
        let now = self.queue.now();
        self.last_seen = now;
        self.touch(now, board.0, what);
        if self.tasks.is_any_ready() {
            self.poll_soon(board);
        }
        // Nothing else was left to happen; now there may be.
        self.over &= now >= self.limit;
    }

    /// Sees to it that the board's earliest timer is in the queue. One that was cancelled or put off stays there and is
    /// looked at again when it is due, so that a timeout renewed a million times is one event.
    pub(super) fn arm_wake(&mut self, now: Time, index: u32) {
        let seat = &mut self.seats[index as usize];
        let Some(deadline) = seat.hardware.0.borrow().next_deadline() else {
            return;
        };
        // What is past is due now.
        let deadline = deadline.max(now);
        if seat.wake_armed.is_none_or(|armed| armed > deadline) {
            seat.wake_armed = Some(deadline);
            self.schedule_wake(deadline, index);
        }
    }

    #[inline]
    fn schedule_wake(&mut self, at: Time, index: u32) {
        self.seats[index as usize].wakes_queued += 1;
        self.queue.schedule(at, Happening::Wake(index));
    }

    /// Has a board's program polled at once: somebody outside has something for it.
    pub(crate) fn poll_soon(&mut self, board: BoardId) {
        if board.index() < self.seats.len() {
            let now = self.queue.now();
            self.tasks.wake(board.0);
            self.schedule_wake(now, board.0);
            self.over &= now >= self.limit;
        }
    }

    /// A program has ended: what it would have waited for keeps no run going. The queue is searched only if there is something of
    /// this board in it.
    pub(super) fn forget_wakes(&mut self, now: Time, index: u32) {
        self.touch_in_turn(now, index, Hardware::forget_timers);
        let seat = &mut self.seats[index as usize];
        seat.wake_armed = None;
        if std::mem::take(&mut seat.wakes_queued) > 0 {
            self.queue
                .retain(|event| !matches!(event, Happening::Wake(board) if *board == index));
        }
        self.arm_wake(now, index);
    }

    /// A board's timer is due, or was when it was armed.
    pub(super) fn wake(&mut self, now: Time, index: u32) {
        let seat = &mut self.seats[index as usize];
        seat.wakes_queued -= 1;
        seat.wake_armed.take_if(|armed| *armed <= now);
        self.touch(now, index, Hardware::fire_timers);
    }
}
