//! Deadlines and other things that a board's program awaits.

use std::task::{Context, Poll, Waker};

use super::flash::Client;
use crate::kernel::Time;

/// Who waits for something.
#[derive(Debug, Default)]
pub(super) enum Waiting {
    #[default]
    Nobody,
    /// The board's program itself.
    Program,
    /// A part of it that has a waker of its own.
    Part(Waker),
}

impl Waiting {
    pub(super) const fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    pub(super) fn enter(&mut self, program: &Waker, cx: &Context<'_>) {
        *self = if cx.waker().will_wake(program) {
            Self::Program
        } else {
            Self::Part(cx.waker().clone())
        };
    }

    /// Wakes whoever waits. Returns whether that is the program, which only the lab can wake.
    pub(super) fn wake(&mut self) -> bool {
        match std::mem::take(self) {
            Self::Nobody => false,
            Self::Program => true,
            Self::Part(waker) => {
                waker.wake();
                false
            }
        }
    }
}

/// A deadline that somebody awaits.
#[derive(Debug, Default)]
pub(super) struct Timer {
    deadline: Option<Time>,
    waiting: Waiting,
}

impl Timer {
    /// When it is due; `None` if nobody awaits it.
    pub(super) const fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    pub(super) fn poll(&mut self, now: Time, deadline: Time, program: &Waker, cx: &Context<'_>) -> Poll<()> {
        if now >= deadline {
            *self = Self::default();
            return Poll::Ready(());
        }
        self.deadline = Some(deadline);
        self.waiting.enter(program, cx);
        Poll::Pending
    }

    pub(super) fn fire(&mut self, now: Time) -> bool {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            return self.waiting.wake();
        }
        false
    }
}

/// Which of the board's timers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TimerId {
    Sleep,
    Pixels,
    Flash(Client),
    /// Of whoever waits for a driver that may not call.
    Driver,
}
