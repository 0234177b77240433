//! The simulator's end of the line.

use super::conversation::{Conversation, Numbers};
use super::deframer::{Deframer, LineStatistics, Stretch, count, enclose};
use super::frame::{Frame, Sender};
use super::{Command, Report, VERSION, WINDOW};
use crate::time::{Duration, Instant};
use crate::{Channel, MacAddress};

const ASK_EVERY: Duration = Duration::from_millis(250);

/// What the antenna says of itself when a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Its address.
    pub address: MacAddress,
    /// The channel it is on.
    pub channel: Channel,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was heard for [`SILENCE`](super::SILENCE), or [`Host::restart`] was called.
    Silent,
    /// The antenna is in another session: it was started anew.
    Restarted,
}

/// Something that the host has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostEvent<'a> {
    /// A session began.
    Opened(Greeting),
    /// The antenna reports.
    Report(Report<'a>),
    /// The session is over. Commands without an answer have none; they may have been carried out.
    Ended(Ended),
    /// The antenna speaks another version of the protocol.
    Incompatible {
        /// Its version.
        version: u8,
    },
}

/// The simulator's end: opens sessions, sends commands, takes reports. No clock, no task, no port.
///
/// ```
/// use protocol::bridge::{Antenna, Command, Host, HostEvent, MAX_FRAME};
/// use protocol::time::Instant;
/// use protocol::{Channel, MacAddress};
///
/// let now = Instant::START;
/// let mut host = Host::new(1);
/// let mut antenna = Antenna::new(MacAddress([2, 0, 0, 0, 0, 1]), Channel::DEFAULT, 0xfeed);
/// let mut line = [0; MAX_FRAME];
///
/// let length = host.poll_transmit(now, &mut line).expect("it asks for a session");
/// antenna.handle(&line[..length], now);
/// let length = antenna.poll_transmit(now, &mut line).expect("it answers");
/// let mut octets = &line[..length];
/// assert!(matches!(host.handle(&mut octets, now), Some(HostEvent::Opened(_))));
///
/// let eleven = Channel::new(11).expect("a channel");
/// assert!(host.send(&Command::SetChannel(eleven)));
/// let length = host.poll_transmit(now, &mut line).expect("a command");
/// antenna.handle(&line[..length], now);
/// let mut buffer = [0; protocol::bridge::MAX_MESSAGE];
/// assert_eq!(antenna.next_command(&mut buffer), Some(Command::SetChannel(eleven)));
/// ```
#[derive(Debug)]
pub struct Host {
    deframer: Deframer,
    conversation: Conversation,
    nonce: u32,
    ask_at: Instant,
    /// Commands without an answer.
    unanswered: usize,
}

impl Host {
    /// An end without a session, which asks for one at once. `nonce` should differ from the one that another host used
    /// on the same antenna last; any random number will do.
    #[must_use]
    pub const fn new(nonce: u32) -> Self {
        Self {
            deframer: Deframer::new(Sender::Antenna),
            conversation: Conversation::new(Sender::Host),
            nonce,
            ask_at: Instant::START,
            unanswered: 0,
        }
    }

    /// Whether there is a session.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.conversation.session().is_some()
    }

    /// Whether a command would be taken.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.unanswered < WINDOW && self.conversation.has_room()
    }

    /// Gives a command to the antenna. `false` if there is no session, or [`WINDOW`] commands have no answer yet.
    pub fn send(&mut self, command: &Command<'_>) -> bool {
        let taken = self.has_room() && self.conversation.send(|buffer| command.emit(buffer));
        self.unanswered += usize::from(taken);
        taken
    }

    /// Ends the session, because the line was cut, and asks for another. Nothing that came before is looked at.
    pub fn restart(&mut self, now: Instant) {
        self.deframer = Deframer::new(Sender::Antenna);
        self.end(now);
    }

    fn end(&mut self, now: Instant) {
        self.conversation.end();
        self.nonce = self.nonce.wrapping_add(1);
        self.ask_at = now;
        self.unanswered = 0;
    }

    /// Takes octets off the front of `octets`, up to the first that make an event.
    pub fn handle(&mut self, octets: &mut &[u8], now: Instant) -> Option<HostEvent<'_>> {
        let happened = loop {
            if !self.deframer.take(octets) {
                return None;
            }
            if let Some(happened) = self.handle_stretch(now) {
                break happened;
            }
        };
        match happened {
            Happened::Opened(greeting) => Some(HostEvent::Opened(greeting)),
            Happened::Ended => Some(HostEvent::Ended(Ended::Restarted)),
            Happened::Incompatible(version) => Some(HostEvent::Incompatible { version }),
            Happened::Report => match self.deframer.stretch() {
                Stretch::Frame(Frame::Data { message, .. }) => Report::parse(message).ok().map(HostEvent::Report),
                _ => None,
            },
        }
    }

    fn handle_stretch(&mut self, now: Instant) -> Option<Happened> {
        let frame = match self.deframer.stretch() {
            Stretch::Frame(frame) => frame,
            Stretch::Broken => {
                self.conversation.handle_broken(now);
                return None;
            }
        };
        count(&mut self.conversation.statistics.frames);
        match frame {
            Frame::Open { .. } => None,
            Frame::Opened {
                version,
                nonce,
                session,
                address,
                channel,
            } => {
                if self.is_open() || nonce != self.nonce {
                    return None;
                }
                if version != VERSION {
                    return Some(Happened::Incompatible(version));
                }
                self.conversation.begin(session, now);
                Some(Happened::Opened(Greeting { address, channel }))
            }
            Frame::Ack { session, ack, gap } => {
                if self.is_foreign(session) {
                    self.end(now);
                    return Some(Happened::Ended);
                }
                self.conversation.handle_ack(session, ack, gap, now);
                None
            }
            Frame::Data {
                session,
                number,
                ack,
                message,
            } => {
                let numbers = Numbers { session, number, ack };
                if !self.conversation.handle_data(numbers, true, now) {
                    return None;
                }
                match Report::parse(message) {
                    Ok(Report::Sent { .. } | Report::Tuned { .. }) => {
                        self.unanswered = self.unanswered.saturating_sub(1);
                        Some(Happened::Report)
                    }
                    Ok(_) => Some(Happened::Report),
                    Err(_) => {
                        count(&mut self.conversation.statistics.turned_away);
                        None
                    }
                }
            }
        }
    }

    /// Whether this end is in a session and that is another one.
    fn is_foreign(&self, session: u32) -> bool {
        self.conversation.session().is_some_and(|own| own != session)
    }

    /// To be called when [`Host::next_timeout`] has come. Tells if the session ended with it.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Ended> {
        let over = self.conversation.is_over(now);
        over.then(|| {
            self.end(now);
            Ended::Silent
        })
    }

    /// Writes the next frame to `line`, which should have room for [`MAX_FRAME`](super::MAX_FRAME), and gives its
    /// length. To be called until there is none, whenever something was handled or sent or a timeout has come.
    pub fn poll_transmit(&mut self, now: Instant, line: &mut [u8]) -> Option<usize> {
        if self.is_open() {
            return self.conversation.poll_transmit(now, line);
        }
        if now < self.ask_at {
            return None;
        }
        self.ask_at = now + ASK_EVERY;
        let open = Frame::Open {
            version: VERSION,
            nonce: self.nonce,
        };
        enclose(&open, Sender::Host, line)
    }

    /// When [`Host::handle_timeout`] and [`Host::poll_transmit`] are to be called although nothing comes.
    #[must_use]
    pub fn next_timeout(&self) -> Instant {
        self.conversation.next_timeout().unwrap_or(self.ask_at)
    }

    /// What this end of the line has seen, over all sessions.
    #[must_use]
    pub const fn statistics(&self) -> LineStatistics {
        self.conversation.statistics
    }
}

/// An event without what it borrows.
enum Happened {
    Opened(Greeting),
    Report,
    Ended,
    Incompatible(u8),
}
