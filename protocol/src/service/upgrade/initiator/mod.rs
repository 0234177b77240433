//! The board that has the image.
//!
//! ```text
//!   scan: request ─► infos …                                        (500 ms each, five times at most)
//!
//!   measure the image ─► all targets join the group ─► round ◄─────────────────────────┐
//!                                                       │ ask: how far is each?        │
//!                                                       ▼                              │
//!                                              AND of the bitmaps ─► send what is missing
//!                                                       │ all done, nobody answers, rounds over, stopped
//!                                                       ▼
//!                                              all leave the group ─► finished
//! ```
//!
//! An answer holds one page: 1600 packets, the first of which any are missing. So where all miss some packets of every page, pages
//! are completed one after the other.
//!
//! Packets name no image. The component lets all targets join before it asks them, so that one that did not hear the question takes
//! packets of this image for those of another that the same initiator sent before: it finds out at the end, by the hash, and begins
//! anew. Where targets are asked one by one, everybody leaves the group first, and a target joins when it has answered.

mod ask;
mod config;
mod measure;
mod scan;
mod send;
mod targets;

use rand_core::Rng;

use super::wire::PACKET_HEADER_LEN;
use super::{Answer, ImageId, LONGEST_PACKET, TURN, bitmap};
use crate::MacAddress;
use crate::board::FirmwareError;
use crate::image::Checker;
use crate::message::{FrameHead, GroupChange, Kind, Kinds, MAX_MEMBERS, UPGRADE_GROUP};
use crate::service::{ImageDone, ImageTask, Incoming, Input, Outcome, Output, Send, Service};
use crate::time::{Duration, Instant};

use ask::Ask;
pub use config::{Asking, Copies, End, Found, InitiatorConfig, InitiatorEvent, Source, StartError, Summary};
use measure::Measuring;
use scan::Scan;
use send::Sending;
use targets::Targets;
pub use targets::{Target, TargetState};

/// Events that may wait.
const EVENTS: usize = 8;

/// The initiator, for up to `TARGETS` boards and images of up to 8 · `BITMAP` packets: 4800, 1 050 KiB. It weighs about 1.6 KiB beside
/// `BITMAP` and 24 octets a target.
#[derive(Debug)]
pub struct Initiator<const TARGETS: usize = 50, const BITMAP: usize = 600> {
    config: InitiatorConfig,
    state: State,
    /// What the board is doing for it.
    job: Option<Job>,
    /// The application has its turn, before the next packet.
    breathe: bool,
    stopping: bool,
    source: Source,
    image: ImageId,
    packets: u16,
    checker: Checker,
    targets: Targets<TARGETS>,
    /// Bit set: nobody is known to miss the packet.
    written: [u8; BITMAP],
    rounds: u16,
    packets_sent: u32,
    /// When anybody answered.
    heard: Instant,
    asking_took: Duration,
    packet_takes: Duration,
    end: End,
    packet_len: usize,
    octets: [u8; PACKET_HEADER_LEN + LONGEST_PACKET],
    events: heapless::Deque<InitiatorEvent, EVENTS>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Scanning(Scan),
    Measuring(Measuring),
    /// Whoever is in the group is told to leave it: packets name no image, and somebody may still wait for those of another.
    Clearing,
    /// All are told to join.
    Joining,
    /// A round is to begin.
    Round,
    Pause(Instant),
    Asking(Ask),
    Sending(Sending),
    /// It is over, but for the group.
    Leaving,
}

/// What a step comes to.
enum Want {
    /// Ask again.
    Again,
    Wait(Option<Instant>),
    Image(ImageTask<'static>),
    /// So many of the octets.
    Send {
        kind: Kind,
        head: FrameHead,
        destination: MacAddress,
        length: usize,
    },
}

/// What the board, or the application, is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Request,
    Measure,
    Group,
    Question,
    /// A part of the image is wanted.
    Part {
        number: u16,
        length: u16,
    },
    /// Not a job any more: the packet can go out.
    PacketReady,
    Packet,
}

impl<const TARGETS: usize, const BITMAP: usize> Initiator<TARGETS, BITMAP> {
    /// An initiator with nothing to do.
    #[must_use]
    pub fn new(config: InitiatorConfig) -> Self {
        Self {
            config,
            state: State::Idle,
            job: None,
            breathe: false,
            stopping: false,
            source: Source::Application(ImageId { hash: [0; 16], size: 0 }),
            image: ImageId { hash: [0; 16], size: 0 },
            packets: 0,
            checker: Checker::new(),
            targets: Targets::new(),
            written: [0; BITMAP],
            rounds: 0,
            packets_sent: 0,
            heard: Instant::START,
            asking_took: Duration::ZERO,
            packet_takes: Self::FIRST_PACKET_TAKES,
            end: End::Complete,
            packet_len: 0,
            octets: [0; PACKET_HEADER_LEN + LONGEST_PACKET],
            events: heapless::Deque::new(),
        }
    }

    /// Whether it scans or sends.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// The boards that it upgrades, or found.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        self.targets.as_slice()
    }

    /// Begins to send an image to the boards that the last scan found (`espnow_ota_initiator_send` to everybody).
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start_found(&mut self, now: Instant, source: Source) -> Result<(), StartError> {
        if self.is_busy() {
            return Err(StartError::Busy);
        }
        if self.targets().is_empty() {
            return Err(StartError::NoTargets);
        }
        for target in self.targets.iter_mut() {
            target.renew();
            target.join = self.config.asking == Asking::Group;
        }
        self.begin(now, source)
    }

    /// Begins to send an image to these boards (`espnow_ota_initiator_send`).
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(&mut self, now: Instant, source: Source, targets: &[MacAddress]) -> Result<(), StartError> {
        if self.is_busy() {
            return Err(StartError::Busy);
        }
        self.targets.clear();
        for &address in targets {
            if address.is_group() {
                return Err(StartError::GroupAddress);
            }
            self.targets.add(address).ok_or(StartError::TooManyTargets)?;
        }
        self.start_found(now, source)
    }

    fn begin(&mut self, now: Instant, source: Source) -> Result<(), StartError> {
        self.source = source;
        self.rounds = 0;
        self.packets_sent = 0;
        self.heard = now;
        self.stopping = false;
        self.asking_took = Duration::ZERO;
        self.packet_takes = Self::FIRST_PACKET_TAKES;
        self.end = End::Complete;
        match source {
            Source::Slot(_) => {
                self.checker = Checker::new();
                self.state = State::Measuring(Measuring::Length);
                Ok(())
            }
            Source::Application(image) if self.set_image(image) => Ok(()),
            Source::Application(_) => Err(StartError::Size),
        }
    }

    /// The image is known. Returns whether it can be sent.
    fn set_image(&mut self, image: ImageId) -> bool {
        let packets = self.config.layout.packets(image.size);
        match packets {
            Some(packets) if packets > 0 && bitmap::octets(packets) <= BITMAP => {
                self.image = image;
                self.packets = packets;
                self.state = match self.config.asking {
                    Asking::Group => State::Joining,
                    Asking::Each => State::Clearing,
                };
                self.tell(InitiatorEvent::Started { image, packets });
                true
            }
            _ => false,
        }
    }

    /// Gives the part of the image that [`InitiatorEvent::Wanted`] asked for; `None` if it can't be had, which ends the upgrade.
    pub fn provide(&mut self, octets: Option<&[u8]>) {
        if let (Source::Application(_), Some(Job::Part { number, length })) = (self.source, self.job) {
            self.job = None;
            match octets {
                Some(octets) => self.handle_part(number, length, octets),
                None => self.end(End::Image(FirmwareError::Image)),
            }
        }
    }

    /// Ends the scan or the upgrade (`espnow_ota_initiator_stop`): what is on its way is finished, and all leave the group.
    pub const fn stop(&mut self) {
        self.stopping = self.is_busy();
    }

    /// What has happened, one event at a time.
    pub fn poll_event(&mut self) -> Option<InitiatorEvent> {
        self.events.pop_front()
    }

    fn tell(&mut self, event: InitiatorEvent) {
        if self.events.is_full() {
            self.events.pop_front();
        }
        // There is room.
        let _ = self.events.push_back(event);
        self.breathe = true;
    }

    /// It is over, but for the boards' leaving the group.
    fn end(&mut self, end: End) {
        self.end = end;
        self.job = None;
        self.state = State::Leaving;
        for target in self.targets.iter_mut() {
            target.leave |= target.state == TargetState::Unfinished;
        }
    }

    fn stop_now(&mut self) {
        match self.state {
            State::Idle | State::Leaving => {}
            State::Scanning(_) => self.end_scan(),
            _ => self.end(End::Stopped),
        }
    }

    fn finish(&mut self) {
        self.state = State::Idle;
        let already = self.targets.count(TargetState::AlreadyRunning);
        self.tell(InitiatorEvent::Finished(Summary {
            end: self.end,
            succeeded: self.targets.count(TargetState::Succeeded) + already,
            refused: self.targets.count(TargetState::Refused),
            unfinished: self.targets.count(TargetState::Unfinished),
            rounds: self.rounds,
            packets_sent: self.packets_sent,
        }));
    }

    /// Makes targets join or leave the group: 32 at most in a message, as the component does.
    fn change_group(&mut self, join: bool, members: &[[u8; 6]]) -> Want {
        let change = GroupChange::new(join, UPGRADE_GROUP, members);
        self.job = Some(Job::Group);
        Want::Send {
            kind: Kind::Group,
            head: FrameHead::BROADCAST,
            destination: MacAddress::BROADCAST,
            length: change
                .and_then(|change| change.emit(&mut self.octets))
                .unwrap_or_default(),
        }
    }

    /// Who is to join or leave now. With the component's way they leave one by one as they are done, else all at the end.
    fn poll_group(&mut self) -> Option<Want> {
        let (join, most) = match (self.state, self.config.asking) {
            (State::Joining | State::Sending(_), _) => (true, MAX_MEMBERS),
            (State::Leaving, Asking::Each) => (false, MAX_MEMBERS),
            (State::Asking(_) | State::Leaving, Asking::Group) => (false, 1),
            _ => return None,
        };
        let members: heapless::Vec<[u8; 6], MAX_MEMBERS> = self
            .targets
            .iter_mut()
            .filter(|target| if join { target.join } else { target.leave })
            .take(most)
            .map(|target| {
                *(if join { &mut target.join } else { &mut target.leave }) = false;
                target.joined = join;
                target.address.octets()
            })
            .collect();
        (!members.is_empty()).then(|| self.change_group(join, &members))
    }

    fn handle_message(&mut self, now: Instant, incoming: &Incoming<'_>) {
        if self.config.security && !incoming.secured {
            return;
        }
        match Answer::parse(incoming.message.payload) {
            Ok(Answer::Info(info)) => self.handle_info(incoming, info),
            Ok(Answer::Status(status)) if !matches!(self.state, State::Idle | State::Scanning(_)) => {
                self.handle_status(now, incoming.message.source, &status);
            }
            Ok(Answer::Status(_)) | Err(_) => {}
        }
    }

    fn handle_sent(&mut self, now: Instant, outcome: Outcome) {
        match self.job.take() {
            Some(Job::Question) => self.handle_question_sent(now, outcome),
            Some(Job::Packet) => self.breathe = true,
            Some(Job::Request) => self.handle_request_sent(now),
            // Another was begun since.
            Some(job @ (Job::Part { .. } | Job::PacketReady | Job::Measure)) => self.job = Some(job),
            Some(Job::Group) | None => {}
        }
    }

    fn handle_image(&mut self, result: Result<ImageDone<'_>, FirmwareError>) {
        match (self.job, result) {
            (Some(Job::Measure), result) => {
                self.job = None;
                self.handle_measured(result);
            }
            (Some(Job::Part { number, length }), Ok(ImageDone::Read(octets))) => {
                self.job = None;
                self.handle_part(number, length, octets);
            }
            (Some(Job::Part { .. }), result) => {
                let error = result.err().unwrap_or(FirmwareError::Flash);
                self.end(End::Image(error));
            }
            _ => {}
        }
    }

    fn step(&mut self, now: Instant) -> Want {
        match self.state {
            State::Idle => Want::Wait(None),
            State::Scanning(scan) => self.poll_scan(now, scan),
            State::Measuring(measuring) => self.poll_measure(measuring),
            State::Clearing => {
                self.state = State::Round;
                self.change_group(false, &[MacAddress::BROADCAST.octets()])
            }
            State::Joining | State::Round => {
                self.begin_round(now);
                Want::Again
            }
            State::Pause(until) if now < until => Want::Wait(Some(until)),
            State::Pause(_) => {
                self.state = State::Round;
                Want::Again
            }
            State::Asking(ask) => self.poll_ask(now, ask),
            State::Sending(sending) => self.poll_send(now, sending),
            State::Leaving => {
                self.finish();
                Want::Again
            }
        }
    }
}

impl<const TARGETS: usize, const BITMAP: usize> Service for Initiator<TARGETS, BITMAP> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::UpgradeStatus])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) => self.handle_message(now, &incoming),
            Input::Sent { outcome, .. } => self.handle_sent(now, outcome),
            Input::Image(result) => self.handle_image(result),
            Input::Loaded { .. } | Input::Stored { .. } => {}
        }
    }

    fn poll(&mut self, now: Instant, _random: &mut dyn Rng) -> Output<'_> {
        loop {
            let waits = matches!(self.job, Some(job) if job != Job::PacketReady);
            if self.stopping && (!waits || matches!(self.job, Some(Job::Part { .. }))) {
                self.stopping = false;
                self.stop_now();
            }
            if core::mem::take(&mut self.breathe) {
                return Output::Wait(Some(now + TURN));
            }
            if waits {
                return Output::Wait(None);
            }
            let want = if self.job.is_none() { self.poll_group() } else { None };
            match want.unwrap_or_else(|| self.step(now)) {
                Want::Again => {}
                Want::Wait(until) => return Output::Wait(until),
                Want::Image(task) => return Output::Image(task),
                Want::Send {
                    kind,
                    head,
                    destination,
                    length,
                } => {
                    return Output::Send(Send {
                        tag: 0,
                        kind,
                        head,
                        destination,
                        payload: &self.octets[..length],
                    });
                }
            }
        }
    }
}
