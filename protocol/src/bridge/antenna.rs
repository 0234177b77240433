//! The board's end of the line.

use heapless::{Deque, Vec};

use super::conversation::{Conversation, Numbers};
use super::deframer::{Deframer, LineStatistics, Stretch, count, enclose};
use super::frame::{Frame, Sender};
use super::{Command, MAX_MESSAGE, Report, VERSION, WINDOW};
use crate::time::Instant;
use crate::{Channel, MacAddress};

/// The board's end: answers to whoever asks for a session, takes commands, gives reports. No clock, no task, no port;
/// some 14 KiB, none of them on the heap. See [`Host`](super::Host) for an example.
#[derive(Debug)]
pub struct Antenna {
    deframer: Deframer,
    conversation: Conversation,
    address: MacAddress,
    channel: Channel,
    /// Of the session, or of the next one less one.
    name: u32,
    /// What the host of this session asked with.
    nonce: Option<u32>,
    /// Somebody asked with that nonce.
    asked: Option<u32>,
    /// A host is in a session that is over, and has to be told.
    owes_name: bool,
    /// Commands that nobody has taken yet.
    inbox: Deque<Vec<u8, MAX_MESSAGE>, WINDOW>,
}

impl Antenna {
    /// An end without a session. `random` names the first one and must differ from start to start: a board's random
    /// number generator is the right source.
    #[must_use]
    pub const fn new(address: MacAddress, channel: Channel, random: u32) -> Self {
        Self {
            deframer: Deframer::new(Sender::Host),
            conversation: Conversation::new(Sender::Antenna),
            address,
            channel,
            name: random,
            nonce: None,
            asked: None,
            owes_name: false,
            inbox: Deque::new(),
        }
    }

    /// The session's name; `None` while there is none. What was begun in another session has nobody to be reported to.
    #[must_use]
    pub const fn session(&self) -> Option<u32> {
        self.conversation.session()
    }

    /// The radio is on another channel.
    pub const fn set_channel(&mut self, channel: Channel) {
        self.channel = channel;
    }

    /// Takes octets from the line.
    pub fn handle(&mut self, mut octets: &[u8], now: Instant) {
        while self.deframer.take(&mut octets) {
            let frame = match self.deframer.stretch() {
                Stretch::Frame(frame) => frame,
                Stretch::Broken => {
                    self.conversation.handle_broken(now);
                    continue;
                }
            };
            count(&mut self.conversation.statistics.frames);
            match frame {
                Frame::Open { version, nonce } => self.open(version, nonce, now),
                Frame::Opened { .. } => {}
                Frame::Ack { session, ack, gap } => {
                    self.owes_name |= self.conversation.session() != Some(session);
                    self.conversation.handle_ack(session, ack, gap, now);
                }
                Frame::Data {
                    session,
                    number,
                    ack,
                    message,
                } => {
                    self.owes_name |= self.conversation.session() != Some(session);
                    let numbers = Numbers { session, number, ack };
                    if self.conversation.handle_data(numbers, !self.inbox.is_full(), now) {
                        // There is room, and no message is longer.
                        if let Ok(message) = Vec::from_slice(message) {
                            let _ = self.inbox.push_back(message);
                        }
                    }
                }
            }
        }
    }

    fn open(&mut self, version: u8, nonce: u32, now: Instant) {
        self.asked = Some(nonce);
        let is_repetition = self.session().is_some() && self.nonce == Some(nonce);
        if version != VERSION || is_repetition {
            return;
        }
        self.end();
        self.nonce = Some(nonce);
        self.conversation.begin(self.name, now);
    }

    fn end(&mut self) {
        self.conversation.end();
        self.inbox.clear();
        self.name = self.name.wrapping_add(1);
    }

    /// The oldest command that came, put into `buffer`.
    pub fn next_command<'b>(&mut self, buffer: &'b mut [u8; MAX_MESSAGE]) -> Option<Command<'b>> {
        loop {
            let message = self.inbox.pop_front()?;
            if Command::parse(&message).is_err() {
                count(&mut self.conversation.statistics.turned_away);
                continue;
            }
            let room = buffer.get_mut(..message.len())?;
            room.copy_from_slice(&message);
            return Command::parse(room).ok();
        }
    }

    /// Whether a report would be taken.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.conversation.has_room()
    }

    /// Gives a report to the host. `false` if there is no session, or [`WINDOW`] reports are on the way.
    pub fn report(&mut self, report: &Report<'_>) -> bool {
        self.conversation.send(|buffer| report.emit(buffer))
    }

    /// To be called when [`Antenna::next_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.conversation.is_over(now) {
            self.end();
        }
    }

    /// Writes the next frame to `line`, which should have room for [`MAX_FRAME`](super::MAX_FRAME), and gives its
    /// length. To be called until there is none, whenever something was handled or reported or a timeout has come.
    pub fn poll_transmit(&mut self, now: Instant, line: &mut [u8]) -> Option<usize> {
        if let Some(nonce) = self.asked.take() {
            let opened = Frame::Opened {
                version: VERSION,
                nonce,
                session: self.name,
                address: self.address,
                channel: self.channel,
            };
            return enclose(&opened, Sender::Antenna, line);
        }
        if core::mem::take(&mut self.owes_name) {
            let name = Frame::Ack {
                session: self.name,
                ack: 0,
                gap: false,
            };
            return enclose(&name, Sender::Antenna, line);
        }
        self.conversation.poll_transmit(now, line)
    }

    /// When [`Antenna::handle_timeout`] and [`Antenna::poll_transmit`] are to be called although nothing comes.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.conversation.next_timeout()
    }

    /// What this end of the line has seen, over all sessions.
    #[must_use]
    pub const fn statistics(&self) -> LineStatistics {
        self.conversation.statistics
    }
}
