//! What a board's program wants of the world.

use std::rc::Rc;
use std::sync::Arc;

use protocol::Channel;
use protocol::board::{Rgb, WakeWindow};
use protocol::espnow::Interface;

use super::{Asleep, Computation};
use crate::advice::Trap;
use crate::kernel::Span;
use crate::observe::ResetCause;
use crate::station::Queued;

/// A program wants its board to begin anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restart {
    pub(crate) cause: ResetCause,
    /// How long the chip sleeps before; `None` for ever.
    pub(crate) sleep: Option<Span>,
    /// What wakes it earlier.
    pub(crate) asleep: Asleep,
}

impl Restart {
    pub(crate) fn at_once(cause: ResetCause) -> Self {
        Self {
            cause,
            sleep: Some(Span::ZERO),
            asleep: Asleep::default(),
        }
    }
}

/// What the application wants of the world, collected after each poll.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) frames: Vec<Queued>,
    pub(crate) lines: Vec<Arc<str>>,
    pub(crate) colours: Option<Arc<[Rgb]>>,
    /// Output pins that changed, and how.
    pub(crate) pins: Vec<(u8, bool)>,
    pub(crate) channel: Option<Channel>,
    /// When the receiver is to be on; within, `None` for always.
    pub(crate) wake_window: Option<Option<WakeWindow>>,
    /// dBm at the antenna.
    pub(crate) power: Option<i8>,
    pub(crate) traps: Vec<Trap>,
    /// Interfaces that have become active.
    pub(crate) activated: Vec<Interface>,
    pub(crate) restart: Option<Restart>,
    /// What the program waits for in no virtual time.
    pub(crate) computation: Option<Rc<dyn Computation>>,
}

impl Requests {
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            frames,
            lines,
            colours,
            pins,
            channel,
            wake_window,
            power,
            traps,
            activated,
            restart,
            computation,
        } = self;
        let tuned = channel.is_some() || wake_window.is_some() || power.is_some();
        let told = !lines.is_empty() || !traps.is_empty() || !activated.is_empty();
        let asked = !frames.is_empty() || colours.is_some() || tuned || restart.is_some();
        !asked && !told && pins.is_empty() && computation.is_none()
    }
}
