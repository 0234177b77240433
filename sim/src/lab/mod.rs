//! A run: kernel, medium, stations and boards as one.
//!
//! ```text
//!            ┌────────────── step: the next event, then every task that it woke ─────────────┐
//!            ▼                                                                               │
//!   Queue ─► Happening ─► air: access, end of frame, ACK ─► board ─► Tasks::poll ─► Requests ┘
//!                          └─► Observers                              frames, timers, lines, colours
//! ```
//!
//! ```
//! use protocol::MacAddress;
//! use protocol::board::{Board, Clock, Parts};
//! use protocol::time::Duration;
//! use sim::board::Profile;
//! use sim::kernel::Time;
//! use sim::lab::Lab;
//! use sim::observe::Ending;
//! use std::fmt::Write as _;
//!
//! let mut lab = Lab::builder("greeting", 1)
//!     .board("one", Profile::ESP32_S3, MacAddress([2, 0, 0, 0, 0, 1]), async |mut board| {
//!         let Parts { clock, console, .. } = board.parts();
//!         clock.sleep(Duration::from_secs(3600)).await;
//!         let _ = writeln!(console, "an hour later");
//!         Ending::Finished
//!     })
//!     .build();
//! lab.run();
//! assert_eq!(lab.now(), Time::from_micros(3_600_000_000));
//! ```

mod action;
mod air;
mod builder;
mod computing;
mod gateway;
mod interference;
mod landing;
mod life;
mod outside;
mod polls;
mod program;
mod shared_address;
mod statistics;
mod touch;
mod turns;
mod waits;
mod walk;

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::board::WakeWindow;
use protocol::espnow::Peer;
use protocol::time::Instant;
use protocol::{Channel, MacAddress};
use slab::Slab;

pub use action::{Action, LinkChange};
pub use builder::{AntennaError, AntennaPlan, LabBuilder};
pub(crate) use computing::Progress;
pub(crate) use gateway::{Inward, Outward};
pub use life::Intervention;
pub use statistics::{BoardStatistics, MediumStatistics, Statistics};
pub use waits::Awaited;
pub use walk::Walk;

use crate::advice::Trap;
use crate::board::{Computation, FramePool, Landings, Requests};
use crate::kernel::{Queue, Span, Tasks, Time};
use crate::medium::propagation::Position;
use crate::medium::{FlightId, Link, Medium, Verdict, WakeWindows};
use crate::observe::{Advice, BoardId, BoardInfo, Event, InterfererInfo, Observer, Transmission};
use crate::station::{Phase, Station};
use gateway::Gateway;
use interference::Interference;
use landing::{HandOver, Inbox, Mailing};
use life::Life;
use program::Program;
use touch::Wired;
use turns::{Countdowns, Turn};

/// Something that is due.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// Every program begins.
    PowerOn,
    /// A host has handed a frame to its MAC.
    HostReady(u32),
    /// A backoff may be over.
    Turn(Turn),
    /// A frame's last bit.
    FrameEnd(FlightId),
    /// SIFS after a unicast frame.
    SendAck(u32),
    /// An ACK should have begun by now.
    AckTimeout(u32),
    /// A frame reaches the driver after its link's latency.
    HandOver(usize),
    /// A board's timer.
    Wake(u32),
    /// Somebody does something to a board.
    Intervention(u32, Intervention),
    /// Something is done to the run.
    Action(u32),
    /// A board on its way is put a step further.
    Stride(u32),
    /// A board's boot loader is done.
    Boot(u32),
    /// An interferer goes on, off, or to another frequency.
    Interferer(u32),
}

impl Happening {
    fn as_turn(&self) -> Option<Turn> {
        match *self {
            Self::Turn(turn) => Some(turn),
            _ => None,
        }
    }

    fn as_frame_end(&self) -> Option<FlightId> {
        match *self {
            Self::FrameEnd(flight) => Some(flight),
            _ => None,
        }
    }
}

/// A board with all that belongs to it but its program.
struct Seat {
    info: BoardInfo,
    power_dbm: i8,
    hardware: Wired,
    station: Station,
    life: Life,
    /// From reset to the program's beginning.
    boot: Span,
    program: Program,
    /// When its earliest pending `Turn` is due.
    access_armed: Option<Time>,
    /// When the earliest pending `Wake` is due.
    wake_armed: Option<Time>,
    /// How many `Wake`s of this board are in the queue: a deadline that was put earlier leaves the later one there.
    wakes_queued: u32,
    statistics: BoardStatistics,
    /// What its program computes, for which time stands.
    computation: Option<Rc<dyn Computation>>,
    /// Names of traps it was told about.
    told: Vec<&'static str>,
}

/// A run in progress.
pub struct Lab {
    name: Rc<str>,
    seed: u64,
    queue: Queue<Happening>,
    tasks: Tasks,
    seats: Vec<Seat>,
    /// The boards' rows.
    rows: BTreeMap<MacAddress, u32>,
    medium: Medium,
    /// Frames on their way; `None` where the driver is gone meanwhile.
    hand_overs: Slab<Option<HandOver>>,
    /// Places of those that wait for their link's release, in the order in which they came.
    held: Vec<usize>,
    /// What is done to the run and when it is due; each is taken when it is.
    actions: Vec<Option<Action>>,
    /// Boards on their way.
    walkers: Vec<walk::Walker>,
    countdowns: Countdowns,
    /// A row a board.
    inboxes: Vec<Inbox>,
    landings: Landings,
    interference: Interference,
    /// The way to real boards, if there is one.
    gateway: Option<Gateway>,
    observers: Vec<Box<dyn Observer>>,
    air_is_watched: bool,
    medium_statistics: MediumStatistics,
    advice: Vec<Advice>,
    next_transmission: u64,
    /// Stations that wait for an ACK.
    awaiting_acks: usize,
    /// Boards that were reset while a frame of theirs was on the air. Its energy stays there to its end, but nobody can make
    /// anything of it.
    cut_off: Vec<u32>,
    /// The run is over then, whatever is still to come.
    limit: Time,
    /// It is over, too, when nothing was seen for so long.
    quiet: Option<Span>,
    /// When something was seen last.
    last_seen: Time,
    over: bool,
    /// The present moment has not come to its end, as a program computes.
    unfinished: bool,
    /// When, in real time, a program that computed asked for something last.
    asked_at: Option<std::time::Instant>,
    /// Boards whose program's end brings the run to its end, so much later.
    ends_with: Vec<(BoardId, Span)>,
    /// Empty; a program gets it for what it has asked for. `None` while that is carried out.
    requests: Option<Box<Requests>>,
    pool: FramePool,
    /// Lists that are filled and emptied with every frame.
    verdicts: Vec<Verdict>,
    idle: Vec<u32>,
    ending: Vec<FlightId>,
    ended: Vec<Transmission>,
    /// With how many of its verdicts are not in an inbox.
    mailings: Vec<(Option<Mailing>, usize)>,
}

impl Lab {
    /// Begins to describe a run.
    #[must_use]
    pub fn builder(name: &str, seed: u64) -> LabBuilder {
        LabBuilder::new(name, seed)
    }

    /// The scenario's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The seed that all random numbers come from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.queue.now()
    }

    /// What does not change about the boards.
    pub fn boards(&self) -> impl Iterator<Item = &BoardInfo> {
        self.seats.iter().map(|seat| &seat.info)
    }

    /// Where the boards are, in their order.
    pub fn positions(&self) -> impl Iterator<Item = Position> {
        (0..)
            .zip(&self.seats)
            .map(|(row, _)| self.medium.position(row).unwrap_or_default())
    }

    /// What does not change about the interferers.
    #[must_use]
    pub fn interferers(&self) -> &[InterfererInfo] {
        &self.interference.infos
    }

    /// Changes the loss of every link.
    pub fn set_loss(&mut self, loss: f64) {
        self.medium.links.set_loss(loss);
    }

    /// What is set by hand for the link from one board to another.
    #[must_use]
    pub fn link(&self, from: BoardId, to: BoardId) -> Link {
        self.medium.links.get(from.0, to.0)
    }

    /// Sets the link from one board to another by hand; the other direction stays as it is. Frames on the air end as they
    /// began.
    pub fn set_link(&mut self, from: BoardId, to: BoardId, link: Link) {
        self.medium.set_link(from.0, to.0, link);
    }

    /// Where a board is; `None` if there is no such board.
    #[must_use]
    pub fn position(&self, board: BoardId) -> Option<Position> {
        self.medium.position(board.0)
    }

    /// Puts a board elsewhere. Frames on the air end as they began.
    pub fn move_to(&mut self, board: BoardId, position: Position) {
        self.medium.move_to(board.0, position);
    }

    /// What a board's timer shows; `None` if there is no such board.
    #[must_use]
    pub fn board_time(&self, board: BoardId) -> Option<Instant> {
        let seat = self.seats.get(board.index())?;
        Some(seat.hardware.look().instant(self.now()))
    }

    /// The peers that a board's driver knows; none if there is no such board.
    #[must_use]
    pub fn peers(&self, board: BoardId) -> Vec<Peer> {
        let seat = self.seats.get(board.index());
        seat.map_or_else(Vec::new, |seat| {
            seat.hardware.look().endpoint.peers().cloned().collect()
        })
    }

    /// The frames that are on the air, in the order in which they began.
    #[must_use]
    pub fn in_flight(&self) -> Vec<Transmission> {
        let mut frames: Vec<_> = self.medium.in_flight().cloned().collect();
        frames.sort_by_key(|frame| frame.id);
        frames
    }

    /// The counters so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            boards: (0..)
                .zip(self.seats.iter().zip(&self.inboxes))
                .map(|(index, (seat, inbox))| {
                    let mut statistics = seat.statistics(inbox);
                    statistics.asleep += self.medium.slept(self.now(), index);
                    statistics
                })
                .collect(),
            medium: self.medium_statistics,
            interferers: self.medium.interferer_statistics().collect(),
            events: self.queue.scheduled(),
        }
    }

    /// The traps noticed so far.
    #[must_use]
    pub fn advice(&self) -> &[Advice] {
        &self.advice
    }

    /// Adds somebody who watches from now on.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.air_is_watched |= observer.watches_air();
        self.observers.push(observer);
    }

    /// Whether everybody who watched has given up. A run that nobody ever watched is not unwatched.
    #[must_use]
    pub fn is_unwatched(&self) -> bool {
        !self.observers.is_empty() && self.observers.iter().all(|observer| observer.has_given_up())
    }

    /// When the next thing happens, the run's end included; `None` when it is over.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        if self.over {
            return None;
        }
        if self.unfinished {
            return Some(self.queue.now());
        }
        self.next_due().map(|at| at.min(self.end()))
    }

    /// When the run is over, whatever is still to come.
    fn end(&self) -> Time {
        self.quiet
            .map_or(self.limit, |quiet| self.limit.min(self.last_seen + quiet))
    }

    /// Makes the next thing happen. Returns `false` when the run is over. Programs that compute are waited for, as long as their
    /// patience lasts.
    pub fn step(&mut self) -> bool {
        loop {
            match self.try_step() {
                Progress::Happened => return true,
                Progress::Over => return false,
                Progress::Computing => self.await_programs(std::time::Duration::MAX),
            }
        }
    }

    /// Makes the next thing happen, or goes on with it, as far as that is possible without waiting for a program.
    pub(crate) fn try_step(&mut self) -> Progress {
        if self.unfinished {
            self.poll_ready(self.queue.now());
            return self.progress();
        }
        let (due, end) = (self.next_due(), self.end());
        if self.over || due.is_none_or(|at| at > end) {
            self.over = true;
            // Boards that wait are waited for; if nobody does, time stands where the last thing happened.
            if due.is_some() {
                self.queue.advance_to(end);
            }
            return Progress::Over;
        }
        let Some((now, happening)) = self.queue.pop() else {
            return Progress::Over;
        };
        crate::log::set_virtual_time(now);
        match happening {
            // The programs were made ready when they were spawned.
            Happening::PowerOn => self.report_first_phases(now),
            Happening::HostReady(index) => self.host_ready(now, index),
            Happening::Turn(turn) => self.take_turns(now, turn),
            Happening::FrameEnd(flight) => self.end_frames(now, flight),
            Happening::SendAck(index) => self.send_ack(now, index),
            Happening::AckTimeout(index) => self.ack_timeout(now, index),
            Happening::HandOver(place) => self.hand_over(now, place),
            Happening::Wake(index) => self.wake(now, index),
            Happening::Intervention(index, what) => self.carry_out_intervention(now, index, what),
            Happening::Action(place) => self.carry_out_action(now, place),
            Happening::Stride(walker) => self.stride(now, walker),
            Happening::Boot(index) => self.boot(now, index),
            Happening::Interferer(index) => self.end_phase(now, index),
        }
        self.poll_ready(now);
        self.progress()
    }

    fn progress(&self) -> Progress {
        match self.unfinished {
            true => Progress::Computing,
            false => Progress::Happened,
        }
    }

    /// Makes everything happen that is due by `until`. Returns `false` when the run is over.
    pub fn run_until(&mut self, until: Time) -> bool {
        while let Some(at) = self.next_at() {
            if at > until {
                self.queue.advance_to(until);
                return true;
            }
            self.step();
        }
        // The end of an empty queue has no time of its own.
        self.step()
    }

    /// Runs to the end, and [concludes](Self::conclude). A run without a limit has none while a program goes on, or while interferers keep
    /// a station from its turn.
    pub fn run(&mut self) {
        while self.step() {}
        self.conclude();
    }

    fn tune(&mut self, now: Time, index: u32, channel: Channel) {
        if channel == self.medium.channel(index) {
            return;
        }
        let before = self.medium.carrier(index);
        if !before.busy {
            self.seats[index as usize].station.freeze(now, before);
        }
        self.medium.tune(now, index, channel);
        self.seats[index as usize].station.forget_owed_ack();
        self.arm_access(index);
        self.give_up_waiting(now, index);
    }

    fn set_wake_window(&mut self, now: Time, index: u32, window: Option<WakeWindow>) {
        let seat = &mut self.seats[index as usize];
        let hardware = seat.hardware.look();
        let (crystal, late_by) = (hardware.crystal(), hardware.wake_interval_late_by());
        let windows = window.and_then(|window| WakeWindows::new(now, window, crystal, late_by));
        seat.statistics.asleep += self.medium.set_wake_windows(now, index, windows);
        // An ACK that is awaited is heard whatever the windows.
        if matches!(seat.station.phase, Phase::AwaitingAck { .. }) {
            self.medium.keep_awake(now, index, true);
        }
    }

    /// Tells about a trap, once for each board.
    fn advise(&mut self, now: Time, board: BoardId, trap: &Trap) {
        let seat = &mut self.seats[board.index()];
        if seat.told.contains(&trap.name()) {
            return;
        }
        seat.told.push(trap.name());
        let advice = Advice {
            board,
            trap: trap.name(),
            text: trap.text(),
        };
        self.advice.push(advice.clone());
        self.report(now, || Event::Advice(advice));
    }

    /// Tells the observers about a frame. Where nobody watches the air, not even the event is made.
    fn report_air(&mut self, now: Time, event: impl FnOnce() -> Event) {
        if self.air_is_watched {
            self.report(now, event);
        }
    }

    /// Tells the observers. Where there are none, not even the event is made.
    fn report(&mut self, now: Time, event: impl FnOnce() -> Event) {
        if self.observers.is_empty() {
            return;
        }
        let event = event();
        for observer in &mut self.observers {
            observer.observe(now, &event);
        }
    }
}

impl Seat {
    fn statistics(&self, inbox: &Inbox) -> BoardStatistics {
        // What was counted before a reset is there already.
        let mut statistics = self.statistics;
        let hardware = self.hardware.look();
        let received = hardware.endpoint.statistics();
        statistics.rx_frames += received.rx_packets + inbox.len();
        statistics.rx_dropped += received.rx_dropped;
        statistics
    }
}
