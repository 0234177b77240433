//! What is done to a run from outside, at a given time or now.

use std::fmt;
use std::sync::Arc;

use protocol::Channel;

use super::life::Life;
use super::{Happening, Intervention, Lab};
use crate::kernel::{Span, Time};
use crate::medium::interferer::Interferer;
use crate::medium::propagation::Position;
use crate::medium::{Burst, Link};
use crate::observe::{BoardId, Event};

/// Something that is done to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To a board: reset, power, button.
    Intervene(BoardId, Intervention),
    /// Puts a board elsewhere. One that walks walks on from where it would be.
    Move(BoardId, Position),
    /// Tunes a board's radio, as its program could have. A board that is not up does not notice.
    Tune(BoardId, Channel),
    /// Sets what a board's sensor shows to programs that ask.
    Sense(BoardId, Arc<str>, f64),
    /// Changes the link from one board to another; the other direction stays as it is.
    Link(BoardId, BoardId, LinkChange),
    /// Parts the boards: a list each; those of different lists do not hear each other. Boards in no list are together. It
    /// takes the place of a partition before.
    Part(Vec<Vec<BoardId>>),
    /// Ends the partition.
    Heal,
    /// Keeps what a link brings between the receiver's MAC, which acknowledges it, and its driver.
    Hold(BoardId, BoardId),
    /// Lets through what was kept, and what comes.
    Release(BoardId, BoardId),
    /// Adds an interferer.
    Interfere(Interferer),
}

/// What of a link changes; the rest stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkChange {
    /// [`Link::loss`].
    pub loss: Option<f64>,
    /// [`Link::burst`].
    pub burst: Option<Burst>,
    /// [`Link::latency`].
    pub latency: Option<Span>,
    /// [`Link::jitter`].
    pub jitter: Option<Span>,
    /// [`Link::attenuation_db`].
    pub attenuation_db: Option<f64>,
    /// [`Link::up`].
    pub up: Option<bool>,
}

impl LinkChange {
    /// What becomes of a link.
    #[must_use]
    pub fn applied_to(&self, link: Link) -> Link {
        Link {
            loss: self.loss.unwrap_or(link.loss),
            burst: self.burst.or(link.burst),
            latency: self.latency.unwrap_or(link.latency),
            jitter: self.jitter.unwrap_or(link.jitter),
            attenuation_db: self.attenuation_db.unwrap_or(link.attenuation_db),
            up: self.up.unwrap_or(link.up),
        }
    }
}

impl fmt::Display for LinkChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            self.loss.map(|loss| format!("loss {loss}")),
            self.burst
                .map(|burst| format!("bursts for {} of the time", burst.share_bad())),
            self.latency
                .map(|latency| format!("latency {} us", latency.as_micros())),
            self.jitter.map(|jitter| format!("jitter {} us", jitter.as_micros())),
            self.attenuation_db
                .map(|attenuation| format!("attenuation {attenuation} dB")),
            self.up.map(|up| if up { "on" } else { "off" }.to_owned()),
        ];
        let words: Vec<_> = words.into_iter().flatten().collect();
        f.write_str(&words.join(", "))
    }
}

impl Lab {
    /// Does something to the run, now.
    pub fn act(&mut self, action: Action) {
        let now = self.now();
        self.schedule_action(now, action);
        // Nothing else was left to happen; now there is.
        self.over &= now >= self.limit;
    }

    /// Does something to the run at a later time; what is past is done now.
    pub(super) fn schedule_action(&mut self, at: Time, action: Action) {
        let place = u32::try_from(self.actions.len()).expect("fewer than 2^32 actions");
        self.actions.push(Some(action));
        self.queue.schedule(at.max(self.now()), Happening::Action(place));
    }

    pub(super) fn carry_out_action(&mut self, now: Time, place: u32) {
        let Some(action) = self.actions.get_mut(place as usize).and_then(Option::take) else {
            return;
        };
        if let Some(what) = self.words_for(&action) {
            self.report(now, || Event::Staged { what: what.into() });
        }
        let is_there = |lab: &Self, board: BoardId| board.index() < lab.seats.len();
        match action {
            Action::Intervene(board, what) if is_there(self, board) => self.carry_out_intervention(now, board.0, what),
            Action::Tune(board, channel) if is_there(self, board) => self.tune_from_outside(now, board.0, channel),
            Action::Sense(board, name, value) if is_there(self, board) => {
                self.touch(now, board.0, |hardware| hardware.sense(&name, value));
            }
            Action::Intervene(..) | Action::Tune(..) | Action::Sense(..) => {}
            Action::Move(board, position) => self.medium.move_to(board.0, position),
            Action::Link(from, to, change) => {
                let link = change.applied_to(self.medium.link_by_hand(from.0, to.0));
                self.medium.set_link(from.0, to.0, link);
            }
            Action::Part(parts) => self.part(&parts),
            Action::Heal => self.medium.part(Vec::new()),
            Action::Hold(from, to) => self.medium.links.hold(from.0, to.0, true),
            Action::Release(from, to) => {
                self.medium.links.hold(from.0, to.0, false);
                self.let_through(now);
            }
            Action::Interfere(interferer) => self.add_interferer(now, &interferer),
        }
    }

    fn part(&mut self, parts: &[Vec<BoardId>]) {
        let mut sides = vec![0; self.seats.len()];
        for (side, boards) in (1..).zip(parts) {
            for board in boards {
                if let Some(of) = sides.get_mut(board.index()) {
                    *of = side;
                }
            }
        }
        self.medium.part(sides);
    }

    fn tune_from_outside(&mut self, now: Time, index: u32, channel: Channel) {
        if self.seats[index as usize].life == Life::Up {
            self.touch(now, index, |hardware| hardware.endpoint.set_channel(channel));
            self.tune(now, index, channel);
        }
    }

    /// What an action is called; `None` where the board's own events tell.
    fn words_for(&self, action: &Action) -> Option<String> {
        let name = |board: BoardId| self.seats.get(board.index()).map_or("?", |seat| &*seat.info.name);
        Some(match action {
            Action::Intervene(..) => return None,
            Action::Move(board, Position { x_m, y_m, z_m }) => {
                format!("{} moves to {x_m}, {y_m}, {z_m} m", name(*board))
            }
            Action::Tune(board, channel) => format!("{} goes to channel {channel}", name(*board)),
            Action::Sense(board, sensor, value) => format!("{sensor} at {} is {value}", name(*board)),
            Action::Link(from, to, change) => format!("link from {} to {}: {change}", name(*from), name(*to)),
            Action::Part(parts) => {
                let part = |boards: &Vec<BoardId>| {
                    let names: Vec<_> = boards.iter().map(|board| name(*board)).collect();
                    names.join(", ")
                };
                format!("parted: {}", parts.iter().map(part).collect::<Vec<_>>().join(" | "))
            }
            Action::Heal => "healed".to_owned(),
            Action::Hold(from, to) => format!("held: {} to {}", name(*from), name(*to)),
            Action::Release(from, to) => format!("released: {} to {}", name(*from), name(*to)),
            Action::Interfere(interferer) => format!("{} begins", interferer.kind()),
        })
    }
}
