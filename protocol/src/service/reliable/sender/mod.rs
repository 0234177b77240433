//! Who has something to say.

mod interface;
mod member;
mod outgoing;
mod window;

pub use interface::{CommandError, Event, SenderConfig};
pub use member::Loss;

use rand_core::Rng;

use self::member::{Member, Stage};
use self::window::Window;
use super::packet::{Body, LONGEST_CONTROL, Packet};
use super::round_trip::RoundTrip;
use crate::MacAddress;
use crate::message::{FrameHead, Kind, Kinds};
use crate::service::{Incoming, Input, Outcome, Output, Send, SendError, Service};
use crate::time::{Duration, Instant};

/// Packets that the message layer has at once: one on the air and the next.
const IN_HAND: u8 = 2;

/// After a failed transmission the next one waits so long, twice as long after the next failure, up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

const LONGEST_PAUSE: Duration = Duration::from_millis(256);

/// Members that are polled as a group answer one after the other, so far apart: a report's airtime at 1 Mbit/s and a wait for the air.
const ANSWER_SLOT: Duration = Duration::from_millis(2);

/// How often `close` is sent, where the MAC does not say that it arrived.
const LAST_WORDS: u8 = 3;

/// A session in which nothing is said for so long is closed, while its receivers still know it.
const IDLE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    /// The session's number is drawn with the first packet.
    Fresh,
    Running,
    /// To be closed when all is delivered.
    Closing,
}

/// A packet that wants an answer.
#[derive(Clone, Copy, Debug)]
struct Probe {
    number: u16,
    /// When it was handed over, then when it was sent.
    at: Instant,
    /// The number of somebody who is asked alone.
    alone: Option<MacAddress>,
}

/// Sends messages of any length to a board, or to several at once. See [the module's page](crate::service::reliable).
///
/// `PACKET` is the longest packet, 16 octets of which are overhead; `WINDOW` segments are kept until everybody has them; `MEMBERS` is
/// how many a group has at most.
///
/// ```text
///   open(to) ─► Opened ─► begin(length) ─► write(data) … write(data) ─► Delivered ─► begin … ─► close() ─► Closed
/// ```
#[derive(Debug)]
pub struct Sender<const PACKET: usize = 216, const WINDOW: usize = 16, const MEMBERS: usize = 8> {
    config: SenderConfig,
    phase: Phase,
    session: u32,
    /// Where segments go: the only receiver, or a group's address.
    to: MacAddress,
    members: heapless::Vec<Member, MEMBERS>,
    window: Window<PACKET, WINDOW>,
    round_trip: RoundTrip,
    /// The next packet's.
    number: u16,
    probe: Option<Probe>,
    /// When to ask anew, if nothing else happens.
    ask_at: Option<Instant>,
    /// Sequence number of the segment that was last sent with a poll.
    polled_at: u32,
    in_hand: u8,
    failures: u32,
    pause_until: Option<Instant>,
    /// Whether anything is owed by receivers; they are given up only then.
    was_waiting: bool,
    /// Since when nothing is to be said.
    idle_since: Option<Instant>,
    opened: bool,
    opened_told: bool,
    delivered: u32,
    over: Option<Event>,
    octets: [u8; PACKET],
}

impl<const PACKET: usize, const WINDOW: usize, const MEMBERS: usize> Sender<PACKET, WINDOW, MEMBERS> {
    /// Octets of a message in a packet.
    pub const SEGMENT: usize = Window::<PACKET, WINDOW>::SEGMENT;

    const VALID: () = assert!(
        PACKET >= LONGEST_CONTROL && MEMBERS >= 1 && MEMBERS <= 255,
        "every packet fits, and places are an octet"
    );

    /// One without a session.
    #[must_use]
    pub const fn new(config: SenderConfig) -> Self {
        let () = Self::VALID;
        Self {
            config,
            phase: Phase::Idle,
            session: 0,
            to: MacAddress::BROADCAST,
            members: heapless::Vec::new(),
            window: Window::new(),
            round_trip: RoundTrip::new(),
            number: 0,
            probe: None,
            ask_at: None,
            polled_at: 0,
            in_hand: 0,
            failures: 0,
            pause_until: None,
            was_waiting: false,
            idle_since: None,
            opened: false,
            opened_told: false,
            delivered: 0,
            over: None,
            octets: [0; PACKET],
        }
    }

    // ---- commands ----

    /// Wants a session with a board.
    ///
    /// # Errors
    /// [`CommandError::InSession`], [`CommandError::Members`] if it is a group's address.
    pub fn open(&mut self, now: Instant, to: MacAddress) -> Result<(), CommandError> {
        self.open_group(now, to, &[to])
    }

    /// Wants a session with several boards at once. Segments go to `group`: [`MacAddress::BROADCAST`], or a group that they have joined.
    ///
    /// # Errors
    /// [`CommandError::InSession`], [`CommandError::Members`].
    pub fn open_group(&mut self, now: Instant, group: MacAddress, members: &[MacAddress]) -> Result<(), CommandError> {
        if self.phase != Phase::Idle {
            return Err(CommandError::InSession);
        }
        let are_boards = members.iter().all(|member| !member.is_group());
        if members.is_empty() || members.len() > MEMBERS || !are_boards {
            return Err(CommandError::Members);
        }
        self.to = group;
        self.members = members.iter().map(|&address| Member::new(address, now)).collect();
        self.window.clear();
        self.round_trip = RoundTrip::new();
        self.phase = Phase::Fresh;
        (self.probe, self.ask_at, self.pause_until) = (None, None, None);
        (self.polled_at, self.failures, self.delivered) = (0, 0, 0);
        (self.opened, self.opened_told, self.was_waiting) = (false, false, false);
        (self.over, self.idle_since) = (None, None);
        Ok(())
    }

    /// Begins a message of `length` octets; [`Sender::write`] follows.
    ///
    /// # Errors
    /// [`CommandError::NoSession`], [`CommandError::Unfinished`], [`CommandError::Full`].
    pub fn begin(&mut self, length: u32) -> Result<(), CommandError> {
        if !matches!(self.phase, Phase::Fresh | Phase::Running) {
            return Err(CommandError::NoSession);
        }
        if self.window.is_writing() {
            return Err(CommandError::Unfinished);
        }
        if !self.window.has_room() {
            return Err(CommandError::Full);
        }
        self.window.begin(length);
        Ok(())
    }

    /// Takes the next octets of the message, as many as there is room for, and says how many. To be called again with the rest as
    /// messages come in.
    pub fn write(&mut self, data: &[u8]) -> usize {
        self.window.write(data)
    }

    /// Octets of the message that are still to be written.
    #[must_use]
    pub fn wanted(&self) -> u32 {
        self.window.wanted()
    }

    /// Ends the session once everything written is delivered; a message that is not written to its end is abandoned.
    pub fn close(&mut self) {
        if matches!(self.phase, Phase::Fresh | Phase::Running) {
            self.phase = Phase::Closing;
        }
    }

    /// Takes the next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        if self.opened && !self.opened_told {
            self.opened_told = true;
            return Some(Event::Opened);
        }
        // Losses first: what is delivered then is delivered to those who are left.
        for member in &mut self.members {
            if let Stage::Gone(loss) = member.stage
                && !member.loss_told
            {
                member.loss_told = true;
                let address = member.address;
                return Some(Event::Lost { address, loss });
            }
        }
        if self.delivered > 0 {
            self.delivered -= 1;
            return Some(Event::Delivered);
        }
        self.over.take()
    }

    // ---- what is seen ----

    /// Whether there is a session.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// Segments that every receiver has, counted since the session's beginning.
    #[must_use]
    pub const fn acknowledged(&self) -> u32 {
        self.window.base()
    }

    /// Segments that this receiver has, counted since the session's beginning; `None` if it is none.
    #[must_use]
    pub fn acknowledged_by(&self, address: MacAddress) -> Option<u32> {
        let member = self.members.iter().find(|member| member.address == address)?;
        Some(member.next)
    }

    /// Segments of a message of `length` octets: its own, its length and its check.
    #[must_use]
    pub const fn segments(length: u32) -> u32 {
        (length as u64 + 8).div_ceil(Self::SEGMENT as u64) as u32
    }

    /// How long an answer takes, smoothed; `None` before the first.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip.smoothed()
    }

    // ---- what comes in ----

    fn handle_message(&mut self, now: Instant, incoming: &Incoming<'_>) {
        if self.config.head.security && !incoming.secured {
            return;
        }
        let message = &incoming.message;
        let Ok(packet) = Packet::parse(message.payload, message.source, message.destination) else {
            return;
        };
        if !matches!(self.phase, Phase::Running | Phase::Closing) || packet.session != self.session {
            return;
        }
        let sent = self.window.next();
        let Some(member) = self.members.iter_mut().find(|member| member.address == message.source) else {
            return;
        };
        match packet.body {
            Body::Accept { token, room } => {
                member.handle_accept(now, packet.number, token, room);
                self.round_trip.progress();
            }
            Body::Report { next, room, held } => {
                let before = (member.next, member.limit);
                if !member.handle_report(now, packet.number, next, room, held, sent) {
                    return;
                }
                if (member.next, member.limit) != before {
                    self.round_trip.progress();
                }
                let member = &*member;
                self.window.lose_before(packet.number, |sequence| member.has(sequence));
            }
            Body::Reset { reason } => member.handle_reset(reason),
            Body::Open { .. } | Body::Confirm { .. } | Body::Data { .. } | Body::Poll { .. } | Body::Close => return,
        }
        self.settle(now);
    }

    /// After an answer or a loss: is the probe answered, is the window on?
    fn settle(&mut self, now: Instant) {
        if let Some(probe) = self.probe
            && self
                .members
                .iter()
                .filter(|member| probe.alone.is_none_or(|alone| alone == member.address))
                .all(|member| member.is_gone() || member.has_answered(probe.number))
        {
            self.probe = None;
            self.ask_at = None;
            self.round_trip.sample((now - probe.at).saturating_sub(self.stagger()));
        }
        if let Some(next) = self.living().map(|member| member.next).min() {
            self.delivered += self.window.release(next);
        }
        if self.living().next().is_none() && self.phase != Phase::Idle {
            self.end(Event::Failed);
        }
        if !self.opened && self.phase != Phase::Idle && self.living().all(|member| member.token.is_some()) {
            self.opened = true;
        }
    }

    fn end(&mut self, event: Event) {
        self.phase = Phase::Idle;
        self.window.clear();
        self.over = Some(event);
        (self.probe, self.ask_at, self.pause_until) = (None, None, None);
    }

    fn living(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| !member.is_gone())
    }

    fn is_single(&self) -> bool {
        !self.to.is_group()
    }

    fn handle_sent(&mut self, now: Instant, number: u16, outcome: Outcome) {
        self.in_hand = self.in_hand.saturating_sub(1);
        match outcome {
            Outcome::Sent | Outcome::Acknowledged => {
                self.failures = 0;
                if let Some(probe) = &mut self.probe
                    && probe.number == number
                {
                    probe.at = now;
                    self.ask_at = Some(now + self.answer_within());
                }
            }
            Outcome::Refused(SendError::TooLong | SendError::NoKey | SendError::Channel) => {
                if self.phase != Phase::Idle {
                    self.end(Event::Failed);
                }
            }
            Outcome::Unacknowledged | Outcome::Refused(_) => {
                self.failures += 1;
                let pause = SHORTEST_PAUSE * (1 << (self.failures - 1).min(8));
                self.pause_until = Some(now + pause.min(LONGEST_PAUSE));
                self.window.lose(number);
                for member in &mut self.members {
                    if member.last_number == Some(number) && member.is_joined() && member.next == 0 {
                        member.stage = Stage::Confirming;
                    }
                }
            }
        }
    }

    /// How long after a poll was sent all answers are there.
    fn answer_within(&self) -> Duration {
        self.round_trip.timeout() + self.stagger()
    }

    /// After what time the last member of a group answers.
    fn stagger(&self) -> Duration {
        let places = self.members.iter().rposition(|member| !member.is_gone()).unwrap_or(0);
        if self.is_single() {
            Duration::ZERO
        } else {
            ANSWER_SLOT * places as u32
        }
    }
}

impl<const PACKET: usize, const WINDOW: usize, const MEMBERS: usize> Service for Sender<PACKET, WINDOW, MEMBERS> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Reserved])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) if incoming.message.kind == Kind::Reserved => self.handle_message(now, &incoming),
            Input::Sent { tag, outcome } => self.handle_sent(now, tag, outcome),
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if self.phase == Phase::Idle {
            return Output::Wait(None);
        }
        self.check_patience(now);
        if self.phase == Phase::Idle {
            return Output::Wait(None);
        }
        let may_send = self.in_hand < IN_HAND && self.pause_until.is_none_or(|until| until <= now);
        if may_send {
            self.pause_until = None;
            if let Some((to, tag, length)) = self.next_packet(now, random) {
                self.in_hand += 1;
                let is_group = to.is_group();
                // Nobody answers the last word; what loses it waits for a while.
                let is_last_word = self.phase == Phase::Idle;
                return Output::Send(Send {
                    tag,
                    kind: Kind::Reserved,
                    head: FrameHead {
                        broadcast: is_group || self.config.head.broadcast,
                        group: is_group && to != MacAddress::BROADCAST,
                        retransmit_count: if is_last_word {
                            LAST_WORDS
                        } else {
                            self.config.head.retransmit_count
                        },
                        ..self.config.head
                    },
                    destination: to,
                    payload: &self.octets[..length],
                });
            }
        }
        if self.in_hand >= IN_HAND {
            return Output::Wait(None);
        }
        Output::Wait(self.deadline(now))
    }
}
