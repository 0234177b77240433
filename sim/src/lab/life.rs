//! A board's life: resets, power cuts, boot loader, button.
//!
//! ```text
//!              reset: restart, crash, pin            boot time, image found
//!        ┌───────────────────────────────► Booting ──────────────────────────► Up ───┐
//!        │                                  ▲    │ no image                          │
//!        │                         power on │    └───────────► Stuck                 │
//!        │                                  │                   │                    │
//!        │                                 Off ◄── power off ───┴────────────────────┤
//!        └───────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A program that wants deep sleep has its board reset into Asleep, from where it goes to Booting when its time is over or a pin
//! has the level that wakes it, whatever has brought the pin to that.
//!
//! What outlives a reset: the flash (slots, boot data, storage), the random generator, what the strip shows. Lost are the
//! program and all it knew, peers and keys, messages that wait, frames that had not gone out, sequence and packet numbers, and
//! the clock, which begins at zero. A power cut darkens the strip, too, and leaves half done what flash was doing.

use std::mem;
use std::rc::Rc;
use std::sync::Arc;

use protocol::board::{ImageState, Rgb};

use super::program::App;
use super::{Happening, Lab};
use crate::advice::Trap;
use crate::board::{Hardware, Restart, WakeCause, Woken};
use crate::kernel::Time;
use crate::observe::{BoardId, Event, ResetCause};
use crate::station::Phase;

/// What somebody does to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intervention {
    /// Presses its button. A program that is not there does not notice, but a board in deep sleep may be woken.
    Press,
    /// Presses its reset button. Without power, nothing happens.
    Restart,
    /// Makes its program crash, upon which the chip resets itself. One that has not started can't crash.
    Crash,
    /// Takes its power away, at once and whatever it is doing.
    PowerOff,
    /// Gives it its power back. With power, nothing happens.
    PowerOn,
}

/// How far a board is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Off,
    /// In deep sleep until then, or until something wakes it; [`Time::MAX`] is for ever.
    Asleep(Time),
    /// The boot loader is done then.
    Booting(Time),
    /// It has found nothing to run.
    Stuck,
    Up,
}

impl Lab {
    /// Does something to a board, now.
    pub fn intervene(&mut self, board: BoardId, what: Intervention) {
        if board.index() < self.seats.len() {
            let now = self.queue.now();
            self.queue.schedule(now, Happening::Intervention(board.0, what));
            // Nothing else was left to happen; now there is.
            self.last_seen = now;
            self.over &= now >= self.limit;
        }
    }

    /// Presses a board's button: [`Intervention::Press`].
    pub fn press(&mut self, board: BoardId) {
        self.intervene(board, Intervention::Press);
    }

    /// Presses a board's reset button: [`Intervention::Restart`].
    pub fn restart(&mut self, board: BoardId) {
        self.intervene(board, Intervention::Restart);
    }

    /// Makes a board's program crash: [`Intervention::Crash`].
    pub fn crash(&mut self, board: BoardId) {
        self.intervene(board, Intervention::Crash);
    }

    /// Takes a board's power away: [`Intervention::PowerOff`].
    pub fn power_off(&mut self, board: BoardId) {
        self.intervene(board, Intervention::PowerOff);
    }

    /// Gives a board its power back: [`Intervention::PowerOn`].
    pub fn power_on(&mut self, board: BoardId) {
        self.intervene(board, Intervention::PowerOn);
    }

    pub(super) fn carry_out_intervention(&mut self, now: Time, index: u32, what: Intervention) {
        let life = self.seats[index as usize].life;
        match (what, life) {
            (Intervention::Press, _) => self.press_button(now, index),
            (Intervention::Restart, Life::Asleep(_) | Life::Booting(_) | Life::Stuck | Life::Up) => {
                self.reset(now, index, Restart::at_once(ResetCause::Pin));
            }
            (Intervention::Crash, Life::Up) => self.reset(now, index, Restart::at_once(ResetCause::Panic)),
            (Intervention::PowerOff, Life::Asleep(_) | Life::Booting(_) | Life::Stuck | Life::Up) => {
                self.cut_power(now, index);
            }
            (Intervention::PowerOn, Life::Off) => self.reset(now, index, Restart::at_once(ResetCause::PowerOn)),
            (Intervention::Restart | Intervention::PowerOff, Life::Off)
            | (Intervention::Crash, Life::Off | Life::Asleep(_) | Life::Booting(_) | Life::Stuck)
            | (Intervention::PowerOn, Life::Asleep(_) | Life::Booting(_) | Life::Stuck | Life::Up) => {}
        }
    }

    fn press_button(&mut self, now: Time, index: u32) {
        self.report(now, || Event::Pressed { board: BoardId(index) });
        let is_up = self.seats[index as usize].life == Life::Up;
        self.touch(now, index, if is_up { Hardware::press } else { Hardware::push_button });
    }

    /// The chip begins anew, after a sleep if its program wanted one.
    pub(super) fn reset(&mut self, now: Time, index: u32, Restart { cause, sleep, asleep }: Restart) {
        self.stop(now, index);
        let seat = &mut self.seats[index as usize];
        tracing::info!(board = &*seat.info.name, cause = cause.name(), "reset");
        let until = sleep.map_or(Time::MAX, |sleep| now + sleep);
        let done_at = until + seat.boot;
        seat.life = match cause {
            ResetCause::DeepSleep => Life::Asleep(until),
            _ => Life::Booting(done_at),
        };
        if done_at < Time::MAX {
            self.queue.schedule(done_at, Happening::Boot(index));
        }
        let board = BoardId(index);
        self.report(now, || Event::Reset { board, cause });
        self.touch(now, index, |hardware| hardware.begin_anew(cause, asleep));
        if until == Time::MAX && !asleep.has_sources() {
            self.advise(now, board, &Trap::WaitsInVain { asleep: true });
        }
    }

    fn cut_power(&mut self, now: Time, index: u32) {
        let dark = self.touch(now, index, |hardware| {
            hardware.cut_power().then(|| hardware.pixel_count())
        });
        self.stop(now, index);
        let seat = &mut self.seats[index as usize];
        tracing::info!(board = &*seat.info.name, "power off");
        seat.life = Life::Off;
        let board = BoardId(index);
        if let Some(pixels) = dark {
            let colours = vec![Rgb::OFF; pixels].into();
            self.report(now, || Event::Pixels { board, colours });
        }
        self.report(now, || Event::PowerOff { board });
    }

    /// Program, driver and MAC are gone, and the radio is off.
    fn stop(&mut self, now: Time, index: u32) {
        self.tasks.end(index);
        // What waits for it has come in, and is counted, before it is lost.
        self.empty_inbox(now, index);
        let inbox = mem::take(&mut self.inboxes[index as usize]);
        self.forget_hand_overs(index);
        let seat = &mut self.seats[index as usize];
        // The driver's counters would go with it.
        seat.statistics = seat.statistics(&inbox);
        self.touch(now, index, Hardware::reset);
        let asked = self.take_requests(now, index);
        let seat = &mut self.seats[index as usize];
        seat.computation = None;
        if matches!(seat.station.phase, Phase::AwaitingAck { .. }) {
            self.awaiting_acks -= 1;
        }
        for mpdu in seat.station.reset() {
            self.pool.keep(mpdu);
        }
        if self.medium.is_sending(index) && !self.cut_off.contains(&index) {
            self.cut_off.push(index);
        }
        seat.statistics.asleep += self.medium.set_wake_windows(now, index, None);
        self.medium.set_contending(index, false);
        self.medium.set_on(now, index, false);
        // What it asked for is void, but for what it had printed already.
        for line in asked.into_iter().flat_map(|asked| asked.lines) {
            let board = BoardId(index);
            self.report(now, || Event::Console { board, line });
        }
    }

    /// A board in deep sleep boots if its pins have come to a level that wakes it.
    #[cold]
    pub(super) fn rouse(&mut self, now: Time, index: u32) {
        let seat = &mut self.seats[index as usize];
        // When its time has come, that has woken it.
        let Life::Asleep(until) = seat.life else { return };
        if now >= until {
            return;
        }
        let Some(woken) = seat.hardware.look().woken_by_pins() else {
            return;
        };
        let done_at = now + seat.boot;
        tracing::info!(board = &*seat.info.name, cause = ?woken.cause, "woken");
        seat.life = Life::Booting(done_at);
        self.queue.schedule(done_at, Happening::Boot(index));
        self.touch(now, index, |hardware| hardware.wake_up(woken));
    }

    /// The boot loader has had its time.
    pub(super) fn boot(&mut self, now: Time, index: u32) {
        let seat = &mut self.seats[index as usize];
        match seat.life {
            Life::Booting(done_at) if done_at == now => {}
            Life::Asleep(until) if until + seat.boot == now => {
                // Its life goes on first: what comes next is no touch of a sleeping board.
                seat.life = Life::Booting(now);
                let (cause, pins) = (WakeCause::Timer, 0);
                self.touch(now, index, |hardware| hardware.wake_up(Woken { cause, pins }));
            }
            // It was reset again meanwhile, was woken, or lost its power.
            _ => return,
        }
        let seat = &self.seats[index as usize];
        let board = BoardId(index);
        let boots = seat.program.boots.clone();
        let found = self.touch(now, index, |hardware| {
            hardware.boot(|description| boots.as_ref().is_none_or(|boots| boots(description)))
        });
        let seat = &mut self.seats[index as usize];
        let Some((description, state)) = found else {
            seat.life = Life::Stuck;
            self.report(now, || Event::Unbootable { board });
            return;
        };
        seat.life = Life::Up;
        self.last_seen = now;
        let program = App::start(Rc::clone(&seat.program.app), seat.hardware.board());
        self.tasks.restart(index, program);
        self.medium.set_on(now, index, true);
        self.report(now, || Event::Started {
            board,
            version: Arc::from(description.version.as_str()),
            on_trial: state == ImageState::OnTrial,
        });
    }

    /// Whether the sender of a frame that ends was reset after its beginning.
    pub(super) fn was_cut_off(&mut self, sender: u32) -> bool {
        let place = self.cut_off.iter().position(|&cut_off| cut_off == sender);
        place.map(|place| self.cut_off.swap_remove(place)).is_some()
    }
}
