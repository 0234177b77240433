//! What a board's program computes outside the lab: in real time, and in no virtual time.

use std::fmt;
use std::time::{Duration, Instant};

#[cfg(unix)]
use rustix::event::PollFd;

/// A program that computes. Its board's task is not polled before it is done, and while it is not, virtual time stands.
pub(crate) trait Computation: fmt::Debug {
    /// Whether the board's task can go on.
    fn is_done(&self) -> bool;

    /// Takes what has come and hands over what is to go, as far as that is possible without waiting.
    fn attend(&self);

    /// Adds what there is to wait for.
    #[cfg(unix)]
    fn watch<'a>(&'a self, descriptors: &mut Vec<PollFd<'a>>);

    /// Since when it computes.
    fn began(&self) -> Instant;

    /// How much real time it has.
    fn patience(&self) -> Duration;

    /// How much of that is left, after what it has computed lately.
    fn patience_left(&self) -> Duration;

    /// It was waited for, for so long.
    fn charge(&self, waited: Duration);

    /// It has had its time, and is done.
    fn give_up(&self);
}
