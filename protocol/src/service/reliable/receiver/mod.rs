//! Who listens.

mod buffer;

use rand_core::Rng;

use self::buffer::{Buffer, Piece};
use super::packet::{Body, LONGEST_CONTROL, Packet, Reason};
use crate::MacAddress;
use crate::message::{FrameHead, Kind, Kinds};
use crate::service::{Incoming, Input, Output, Send, Service};
use crate::time::{Duration, Instant};

/// A sender that says nothing for so long is forgotten. Longer than senders wait by themselves.
pub const LINGER: Duration = Duration::from_secs(60);

/// An `open` that is not confirmed keeps others from its place for so long, from its last answer on: the sender can't confirm before it has
/// that, and a driver may be slow to let go of it.
const OPENING_LASTS: Duration = Duration::from_secs(1);

/// How a [`Receiver`] works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverConfig {
    /// This board.
    pub address: MacAddress,
    /// How answers travel. With [`FrameHead::security`], packets that were not secured are ignored.
    pub head: FrameHead,
}

impl ReceiverConfig {
    /// Plain, from board to board.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            head: FrameHead::UNICAST,
        }
    }
}

/// What a [`Receiver`] tells. Octets of a message come in order, each once; but only [`Event::Finished`] says that the message is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A message begins.
    Began {
        /// Whose.
        source: MacAddress,
        /// Octets that it will have.
        length: u32,
    },
    /// The next octets of it.
    Octets {
        /// Whose.
        source: MacAddress,
        /// Where in the message.
        offset: u32,
        /// They.
        octets: &'a [u8],
    },
    /// It is whole, and its check is right.
    Finished {
        /// Whose.
        source: MacAddress,
        /// Octets that it had.
        length: u32,
    },
    /// It will not be finished: its sender started anew, gave up, fell silent, or what came is no message. What came of it is void.
    Abandoned {
        /// Whose.
        source: MacAddress,
    },
}

/// A session that is wished for.
#[derive(Clone, Copy, Debug)]
struct Opening {
    session: u32,
    segment: usize,
    /// Drawn with the first answer.
    token: Option<u32>,
    /// Its answer is under way.
    is_answering: bool,
    since: Instant,
}

/// A session.
#[derive(Debug)]
struct Open<const PACKET: usize, const WINDOW: usize> {
    session: u32,
    token: u32,
    /// After what time it answers when a group is polled.
    stagger: Duration,
    buffer: Buffer<PACKET, WINDOW>,
    /// The sender was last told that there is no room.
    told_full: bool,
    /// The sender is done.
    closed: bool,
    /// What came is no message.
    malformed: bool,
}

/// An answer that is owed.
#[derive(Clone, Copy, Debug)]
struct Owed {
    answer: Answer,
    /// To this packet.
    number: u16,
    at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accept,
    Report,
}

/// What is known of a sender.
#[derive(Debug)]
struct Place<const PACKET: usize, const WINDOW: usize> {
    source: MacAddress,
    opening: Option<Opening>,
    open: Option<Open<PACKET, WINDOW>>,
    owed: Option<Owed>,
    heard_at: Instant,
    last_number: u16,
    abandoned: bool,
}

/// Takes messages of any length from several boards. See [the module's page](crate::service::reliable).
///
/// `PACKET` is the longest packet, `WINDOW` how many segments of each sender are kept, `SENDERS` how many may have a session at once.
#[derive(Debug)]
pub struct Receiver<const PACKET: usize = 216, const WINDOW: usize = 16, const SENDERS: usize = 1> {
    config: ReceiverConfig,
    places: [Option<Place<PACKET, WINDOW>>; SENDERS],
    /// To whom there is no session to be said.
    reset: Option<(MacAddress, u32, u16, Reason)>,
    octets: [u8; LONGEST_CONTROL],
}

impl<const PACKET: usize, const WINDOW: usize, const SENDERS: usize> Receiver<PACKET, WINDOW, SENDERS> {
    /// One that has heard nothing.
    #[must_use]
    pub const fn new(config: ReceiverConfig) -> Self {
        Self {
            config,
            places: [const { None }; SENDERS],
            reset: None,
            octets: [0; LONGEST_CONTROL],
        }
    }

    /// Takes the next event. What is not taken stays: senders wait when there is no room.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        let (index, piece) = (0..SENDERS).find_map(|index| Some((index, self.places[index].as_mut()?.read()?)))?;
        let place = self.places[index].as_ref()?;
        let source = place.source;
        Some(match piece {
            Piece::Began { length } => Event::Began { source, length },
            Piece::Octets { offset, slot, from, to } => Event::Octets {
                source,
                offset,
                octets: place.open.as_ref()?.buffer.octets(slot, from, to),
            },
            Piece::Finished { length } => Event::Finished { source, length },
            Piece::Malformed => Event::Abandoned { source },
        })
    }

    /// Senders that have a session.
    pub fn senders(&self) -> impl Iterator<Item = MacAddress> {
        self.places
            .iter()
            .flatten()
            .filter(|place| place.open.as_ref().is_some_and(|open| !open.closed))
            .map(|place| place.source)
    }

    fn handle_message(&mut self, now: Instant, incoming: &Incoming<'_>) {
        if self.config.head.security && !incoming.secured {
            return;
        }
        let message = &incoming.message;
        let Ok(packet) = Packet::parse(message.payload, message.source, message.destination) else {
            return;
        };
        let to_all = message.destination.is_group();
        if let Body::Open { segment } = packet.body {
            self.handle_open(now, message.source, &packet, usize::from(segment));
            return;
        }
        let wants_answer = match packet.body {
            Body::Data { poll, .. } => poll,
            Body::Poll { .. } | Body::Confirm { .. } => true,
            // A receiver's own words, and the last one.
            Body::Open { .. } | Body::Close | Body::Accept { .. } | Body::Report { .. } | Body::Reset { .. } => false,
        };
        let known = self
            .place_of(message.source)
            .is_some_and(|place| place.handle(now, &packet, to_all));
        if !known && wants_answer && !to_all {
            self.reset = Some((message.source, packet.session, packet.number, Reason::Unknown));
        }
        if let Some(place) = self.place_of(message.source)
            && place
                .open
                .as_ref()
                .is_some_and(|open| open.malformed && open.session == packet.session)
            && wants_answer
        {
            self.reset = Some((message.source, packet.session, packet.number, Reason::Malformed));
        }
    }

    fn place_of(&mut self, source: MacAddress) -> Option<&mut Place<PACKET, WINDOW>> {
        self.places.iter_mut().flatten().find(|place| place.source == source)
    }

    fn handle_open(&mut self, now: Instant, source: MacAddress, packet: &Packet<'_>, segment: usize) {
        let refuse = |reason| Some((source, packet.session, packet.number, reason));
        if segment > Buffer::<PACKET, WINDOW>::LONGEST {
            self.reset = refuse(Reason::TooLong);
            return;
        }
        let known = self
            .places
            .iter()
            .position(|place| place.as_ref().is_some_and(|place| place.source == source));
        let free = || {
            self.places
                .iter()
                .position(|place| place.as_ref().is_none_or(|place| place.is_idle(now)))
        };
        let Some(index) = known.or_else(free) else {
            self.reset = refuse(Reason::Busy);
            return;
        };
        if known.is_none() {
            self.places[index] = Some(Place::new(source, now));
        }
        if let Some(place) = &mut self.places[index] {
            place.handle_open(now, packet, segment);
        }
    }

    /// Places whose senders fell silent are free again.
    fn forget(&mut self, now: Instant) {
        for place in &mut self.places {
            if let Some(known) = place
                && known.heard_at + LINGER <= now
            {
                known.give_up();
            }
            if place.as_ref().is_some_and(|place| place.is_empty(now)) {
                *place = None;
            }
        }
    }

    fn next_answer(&mut self, now: Instant, random: &mut dyn Rng) -> Option<(MacAddress, usize)> {
        if let Some((to, session, number, reason)) = self.reset.take() {
            let packet = Packet {
                number,
                session,
                body: Body::Reset { reason },
            };
            let length = packet.emit(&mut self.octets, self.config.address, to)?;
            return Some((to, length));
        }
        for place in self.places.iter_mut().flatten() {
            place.reopen(now);
            let Some(owed) = place.owed.take_if(|owed| owed.at <= now) else {
                continue;
            };
            if let Some(packet) = place.answer(owed, random) {
                let to = place.source;
                let length = packet.emit(&mut self.octets, self.config.address, to)?;
                return Some((to, length));
            }
        }
        None
    }
}

impl<const PACKET: usize, const WINDOW: usize> Place<PACKET, WINDOW> {
    const fn new(source: MacAddress, now: Instant) -> Self {
        Self {
            source,
            opening: None,
            open: None,
            owed: None,
            heard_at: now,
            last_number: 0,
            abandoned: false,
        }
    }

    /// Whether another sender may have it: nobody's session is in it, nor may one be soon.
    fn is_idle(&self, now: Instant) -> bool {
        let is_wanted = self.opening.is_some_and(|opening| now < opening.since + OPENING_LASTS);
        let is_used = self
            .open
            .as_ref()
            .is_some_and(|open| !open.closed || open.buffer.is_unread() || open.buffer.is_reading());
        !is_wanted && !is_used && !self.abandoned
    }

    fn is_empty(&self, now: Instant) -> bool {
        self.is_idle(now) && self.owed.is_none()
    }

    /// What was begun will not be finished.
    fn give_up(&mut self) {
        self.opening = None;
        if let Some(open) = &mut self.open {
            open.closed = true;
        }
    }

    fn owe(&mut self, answer: Answer, number: u16, at: Instant) {
        self.last_number = number;
        // Of two answers the earlier moment counts, and the later number.
        let at = self
            .owed
            .filter(|owed| owed.answer == answer)
            .map_or(at, |owed| owed.at.min(at));
        self.owed = Some(Owed { answer, number, at });
    }

    fn handle_open(&mut self, now: Instant, packet: &Packet<'_>, segment: usize) {
        let session = packet.session;
        if self.open.as_ref().is_some_and(|open| open.session == session) {
            // It came again, late.
            return;
        }
        match self.opening {
            Some(opening) if opening.session == session => {}
            // An old one that was delayed must not get in the way of the one that is under way; a new one will come again.
            Some(opening) if now < opening.since + OPENING_LASTS => return,
            _ => {
                self.opening = Some(Opening {
                    session,
                    segment,
                    token: None,
                    is_answering: false,
                    since: now,
                });
            }
        }
        self.heard_at = now;
        self.owe(Answer::Accept, packet.number, now);
    }

    /// Returns whether it is of a session that is known.
    fn handle(&mut self, now: Instant, packet: &Packet<'_>, to_all: bool) -> bool {
        if let Body::Confirm { token, place, slot_ms } = packet.body {
            self.confirm(packet.session, token, u32::from(place) * u32::from(slot_ms));
        }
        if let Some(open) = &mut self.open
            && open.session == packet.session
        {
            self.heard_at = now;
            let stagger = if to_all { open.stagger } else { Duration::ZERO };
            let wants_report = match packet.body {
                Body::Data {
                    sequence,
                    mark,
                    poll,
                    segment,
                } => {
                    if !open.malformed && !open.closed && !open.buffer.take_in(sequence, mark, segment) {
                        open.malformed = true;
                    }
                    poll
                }
                Body::Poll { .. } => true,
                Body::Confirm { token, .. } => token == open.token,
                Body::Close => {
                    open.closed = true;
                    false
                }
                Body::Open { .. } | Body::Accept { .. } | Body::Report { .. } | Body::Reset { .. } => false,
            };
            if wants_report {
                self.owe(Answer::Report, packet.number, now + stagger);
            }
            return true;
        }
        let Some(opening) = self.opening.filter(|opening| opening.session == packet.session) else {
            return false;
        };
        self.heard_at = now;
        match packet.body {
            Body::Data { poll: true, .. } | Body::Poll { .. } if opening.token.is_some() => {
                let places = Duration::from_millis(u64::from(to_all));
                self.owe(Answer::Accept, packet.number, now + places);
            }
            Body::Close => self.opening = None,
            _ => {}
        }
        true
    }

    /// The sender has the token: its wish is no echo, and the session begins, once all of the last one is read.
    fn confirm(&mut self, session: u32, token: u32, stagger_ms: u32) {
        let Some(opening) = self
            .opening
            .filter(|opening| opening.session == session && opening.token == Some(token))
        else {
            return;
        };
        if let Some(open) = &self.open {
            if open.buffer.is_unread() && !open.malformed {
                return;
            }
            self.abandoned |= open.buffer.is_reading() || open.malformed;
        }
        self.opening = None;
        self.open = Some(Open {
            session,
            token,
            stagger: Duration::from_millis(u64::from(stagger_ms)),
            buffer: Buffer::new(opening.segment),
            told_full: false,
            closed: false,
            malformed: false,
        });
    }

    /// What the application is to know next.
    fn read(&mut self) -> Option<Piece> {
        if core::mem::take(&mut self.abandoned) {
            return Some(Piece::Malformed);
        }
        let open = self.open.as_mut()?;
        let piece = if open.malformed { None } else { open.buffer.read() };
        match piece {
            Some(Piece::Malformed) => open.malformed = true,
            Some(_) => return piece,
            None => {}
        }
        let is_over = open.malformed && !open.closed || open.closed && open.buffer.is_reading();
        if is_over {
            // Told once.
            open.buffer.clear();
            open.closed = true;
            return Some(Piece::Malformed);
        }
        None
    }

    /// The sender was told that there is no room, and now there is.
    fn reopen(&mut self, now: Instant) {
        if let Some(open) = &self.open
            && open.told_full
            && usize::from(open.buffer.room()) >= WINDOW.div_ceil(2)
        {
            let number = self.last_number;
            self.owe(Answer::Report, number, now);
        }
    }

    fn answer(&mut self, owed: Owed, random: &mut dyn Rng) -> Option<Packet<'static>> {
        let number = owed.number;
        match owed.answer {
            Answer::Accept => {
                let opening = self.opening.as_mut()?;
                let token = *opening.token.get_or_insert_with(|| random.next_u32());
                opening.is_answering = true;
                Some(Packet {
                    number,
                    session: opening.session,
                    body: Body::Accept {
                        token,
                        room: WINDOW as u8,
                    },
                })
            }
            Answer::Report => {
                let open = self.open.as_mut().filter(|open| !open.malformed)?;
                open.told_full = open.buffer.room() == 0;
                Some(Packet {
                    number,
                    session: open.session,
                    body: Body::Report {
                        next: open.buffer.next(),
                        room: open.buffer.room(),
                        held: open.buffer.held(),
                    },
                })
            }
        }
    }
}

impl<const PACKET: usize, const WINDOW: usize, const SENDERS: usize> Service for Receiver<PACKET, WINDOW, SENDERS> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Reserved])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) if incoming.message.kind == Kind::Reserved => self.handle_message(now, &incoming),
            Input::Sent { .. } => {
                let openings = self
                    .places
                    .iter_mut()
                    .flatten()
                    .filter_map(|place| place.opening.as_mut());
                for opening in openings {
                    if core::mem::take(&mut opening.is_answering) {
                        opening.since = now;
                    }
                }
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        self.forget(now);
        if let Some((destination, length)) = self.next_answer(now, random) {
            return Output::Send(Send {
                tag: 0,
                kind: Kind::Reserved,
                head: self.config.head,
                destination,
                payload: &self.octets[..length],
            });
        }
        let places = || self.places.iter().flatten();
        let answers = places().filter_map(|place| place.owed).map(|owed| owed.at);
        let silences = places().map(|place| place.heard_at + LINGER).filter(|&at| at > now);
        Output::Wait(answers.chain(silences).min())
    }
}
