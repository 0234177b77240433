//! The initiator's way to its responder.

use super::message::{Kind, LEN, Message};
use super::{CALL_EVERY, CALLS, MESSAGES};
use crate::app::stream::add_peer;
use crate::board::{Clock, Radio, receive_until};
use crate::espnow::{Delivery, Error, Peer, Received, Version};
use crate::time::{Duration, Instant};
use crate::{MacAddress, Rate};

/// An answer that takes longer is taken for lost.
const PATIENCE: Duration = Duration::from_millis(500);

/// From one question to the next, if no answer comes.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// How long somebody who answers is looked for.
const LOOK_FOR: Duration = Duration::from_secs(60);

/// How often a question is asked: the responder may sleep meanwhile.
const TRIES: u32 = 25;

/// Where the first messages at a rate are all lost, the others would be.
const HOPELESS: u16 = 3;

/// What became of messages of one length at one rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loop {
    pub(super) acknowledged: u16,
    pub(super) answered: u16,
    /// The mean; zero if nothing was answered.
    pub(super) round_trip: Duration,
    /// How the last ones were heard.
    pub(super) rssi_dbm: Option<Heard>,
}

/// How strong the other one is at both ends, dBm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub(super) here: i8,
    pub(super) there: i8,
}

/// The initiator's radio and clock, and its responder.
pub(super) struct Link<'b, R, C> {
    pub(super) radio: &'b mut R,
    pub(super) clock: &'b mut C,
    peer: MacAddress,
    /// What that speaks.
    pub(super) version: Version,
    number: u16,
}

impl<'b, R: Radio, C: Clock> Link<'b, R, C> {
    /// Looks for a responder, or for this one; `None` if nobody answers.
    pub(super) async fn find(
        radio: &'b mut R,
        clock: &'b mut C,
        wanted: Option<MacAddress>,
    ) -> Result<Option<Self>, Error> {
        add_peer(radio, Peer::new(MacAddress::BROADCAST))?;
        let hello = Message {
            value: radio.version().number().into(),
            ..Message::new(Kind::Hello, 0)
        };
        let until = clock.now() + LOOK_FOR;
        while clock.now() < until {
            radio.send(MacAddress::BROADCAST, &hello.emit()).await?;
            let again = clock.now() + ASK_EVERY;
            let is_welcome = |message: &Message, received: &Received| {
                message.kind == Kind::Welcome && wanted.is_none_or(|wanted| wanted == received.source)
            };
            if let Some((welcome, received)) = listen(radio, clock, again, is_welcome).await {
                let peer = received.source;
                match radio.add_peer(Peer::new(peer)) {
                    Ok(()) | Err(Error::Exist) => {}
                    Err(error) => return Err(error),
                }
                return Ok(Some(Self {
                    radio,
                    clock,
                    peer,
                    version: if welcome.value >= u16::from(Version::V2.number()) {
                        Version::V2
                    } else {
                        Version::V1
                    },
                    number: 0,
                }));
            }
        }
        Ok(None)
    }

    pub(super) const fn peer(&self) -> MacAddress {
        self.peer
    }

    fn next_number(&mut self) -> u16 {
        self.number = self.number.wrapping_add(1);
        self.number
    }

    /// Tunes what is said to the responder and to everybody.
    pub(super) fn set_rate(&mut self, rate: Rate) -> Result<(), Error> {
        for address in [self.peer, MacAddress::BROADCAST] {
            self.radio.modify_peer(Peer::new(address).at_rate(rate))?;
        }
        Ok(())
    }

    /// Has messages of so many octets come back.
    pub(super) async fn round_trips(&mut self, rate: Rate, length: usize) -> Result<Loop, Error> {
        let mut octets = [0x55; Version::V2.max_payload()];
        let mut found = Loop::default();
        let mut sum = Duration::ZERO;
        for tried in 0..MESSAGES {
            if tried == HOPELESS && found.acknowledged == 0 && found.answered == 0 {
                break;
            }
            let number = self.next_number();
            let message = Message {
                rate,
                ..Message::new(Kind::Echo, number)
            };
            octets[..LEN].copy_from_slice(&message.emit());
            let asked = self.clock.now();
            if self.radio.send(self.peer, &octets[..length]).await? == Delivery::Acknowledged {
                found.acknowledged += 1;
            }
            let peer = self.peer;
            let is_answer = |message: &Message, received: &Received| {
                message.kind == Kind::Echoed
                    && message.number == number
                    && received.source == peer
                    && received.length == length
            };
            if let Some((message, received)) = listen(self.radio, self.clock, asked + PATIENCE, is_answer).await {
                found.answered += 1;
                sum += received.at - asked;
                found.rssi_dbm = Some(Heard {
                    here: received.rssi_dbm,
                    there: message.rssi_dbm,
                });
            }
        }
        found.round_trip = sum.checked_div(found.answered.into()).unwrap_or_default();
        Ok(found)
    }

    /// Says something to everybody; how many of it did the responder hear? `None` if it does not say.
    pub(super) async fn broadcasts(&mut self) -> Result<Option<u16>, Error> {
        let step = self.next_number();
        for _ in 0..MESSAGES {
            let message = Message::new(Kind::Count, step).emit();
            self.radio.send(MacAddress::BROADCAST, &message).await?;
        }
        self.counted(step).await
    }

    /// The same while its radio sleeps.
    pub(super) async fn calls(&mut self) -> Result<Option<u16>, Error> {
        let step = self.next_number();
        let Some(_) = self.ask(Kind::Sleep, Kind::Asleep, step).await? else {
            return Ok(None);
        };
        let mut next = self.clock.now();
        for _ in 0..CALLS {
            let message = Message::new(Kind::Count, step).emit();
            self.radio.send(MacAddress::BROADCAST, &message).await?;
            next = next + CALL_EVERY;
            self.clock.sleep_until(next).await;
        }
        self.counted(step).await
    }

    async fn counted(&mut self, step: u16) -> Result<Option<u16>, Error> {
        self.set_rate(Rate::default())?;
        let answer = self.ask(Kind::Ask, Kind::Counted, step).await?;
        Ok(answer.map(|counted| counted.value))
    }

    /// Asks until there is an answer, or too often.
    async fn ask(&mut self, question: Kind, answer: Kind, number: u16) -> Result<Option<Message>, Error> {
        let peer = self.peer;
        let is_answer = |message: &Message, received: &Received| {
            message.kind == answer && message.number == number && received.source == peer
        };
        for _ in 0..TRIES {
            self.radio.send(peer, &Message::new(question, number).emit()).await?;
            let again = self.clock.now() + ASK_EVERY;
            if let Some((answer, _)) = listen(self.radio, self.clock, again, is_answer).await {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}

/// Waits for a message like that, until `deadline`. Others are passed over.
async fn listen<R: Radio, C: Clock>(
    radio: &mut R,
    clock: &mut C,
    deadline: Instant,
    is_wanted: impl Fn(&Message, &Received) -> bool,
) -> Option<(Message, Received)> {
    let mut head = [0; LEN];
    loop {
        let received = receive_until(radio, clock, deadline, &mut head).await?;
        let octets = head.get(..received.length.min(LEN)).unwrap_or_default();
        if let Some(message) = Message::parse(octets).filter(|message| is_wanted(message, &received)) {
            return Some((message, received));
        }
    }
}
