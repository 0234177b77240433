//! The board that answers.

use core::convert::Infallible;

use super::message::{Kind, LEN, Message};
use super::{ASLEEP, LENGTHS, WINDOW};
use crate::MacAddress;
use crate::app::stream::add_peer;
use crate::board::{Board, Clock as _, Console as _, Parts, Radio, receive_until};
use crate::espnow::{Error, Peer, Received, Version};
use crate::rate::Rate;
use crate::time::Instant;

/// Answers an [`initiator`](super::initiator), one at a time. Goes on for ever.
///
/// # Errors
/// What the radio refuses.
pub async fn responder<B: Board>(board: &mut B) -> Result<Infallible, Error> {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    console.line(format_args!("answers self-tests as {}", radio.address()));
    let mut tester: Option<Tester> = None;
    let mut asleep_until: Option<Instant> = None;
    let mut head = [0; LEN];
    loop {
        let received = match asleep_until {
            None => radio.receive(&mut head).await,
            Some(until) => match receive_until(radio, clock, until, &mut head).await {
                Some(received) => received,
                None => {
                    radio.set_wake_window(None)?;
                    asleep_until = None;
                    continue;
                }
            },
        };
        let octets = head.get(..received.length.min(LEN)).unwrap_or_default();
        let Some(message) = Message::parse(octets) else {
            continue;
        };
        if message.kind == Kind::Hello {
            let is_new = tester.as_ref().is_none_or(|tester| tester.address != received.source);
            if is_new {
                console.line(format_args!("tested by {}", received.source));
            }
            let welcome = Message {
                value: radio.version().number().into(),
                ..Message::new(Kind::Welcome, 0)
            };
            let next = Tester::meet(radio, received.source, tester.take())?;
            tester.insert(next).say(radio, welcome, LEN).await?;
            continue;
        }
        let Some(tester) = tester.as_mut().filter(|tester| tester.address == received.source) else {
            continue;
        };
        match message.kind {
            Kind::Echo => tester.echo(radio, message, &received).await?,
            Kind::Count => tester.count(message.number, received.rssi_dbm),
            Kind::Ask => {
                let counted = tester.counted(message.number);
                tester.say(radio, counted, LEN).await?;
            }
            Kind::Sleep => {
                tester
                    .say(radio, Message::new(Kind::Asleep, message.number), LEN)
                    .await?;
                if asleep_until.is_none() {
                    radio.set_wake_window(Some(WINDOW))?;
                    asleep_until = Some(clock.now() + ASLEEP);
                }
            }
            Kind::Hello | Kind::Welcome | Kind::Echoed | Kind::Counted | Kind::Asleep => {}
        }
    }
}

/// Whom it answers.
struct Tester {
    address: MacAddress,
    /// The rate at which that is spoken to.
    rate: Rate,
    /// What is counted, how much of it came, and how strong the last was.
    step: u16,
    count: u16,
    rssi_dbm: i8,
}

impl Tester {
    /// Makes somebody the one who is answered.
    fn meet<R: Radio>(radio: &mut R, address: MacAddress, before: Option<Self>) -> Result<Self, Error> {
        if let Some(before) = before {
            radio.remove_peer(before.address)?;
        }
        add_peer(radio, Peer::new(address))?;
        Ok(Self {
            address,
            rate: Rate::default(),
            step: 0,
            count: 0,
            rssi_dbm: 0,
        })
    }

    /// Whether that is heard is the tester's business.
    async fn say<R: Radio>(&mut self, radio: &mut R, message: Message, length: usize) -> Result<(), Error> {
        if message.rate != self.rate {
            radio.modify_peer(Peer::new(self.address).at_rate(message.rate))?;
            self.rate = message.rate;
        }
        let mut octets = [0x55; Version::V2.max_payload()];
        octets[..LEN].copy_from_slice(&message.emit());
        match octets.get(..length) {
            Some(octets) => radio.send(self.address, octets).await.map(|_delivery| ()),
            // No message is that long.
            None => Ok(()),
        }
    }

    async fn echo<R: Radio>(&mut self, radio: &mut R, message: Message, received: &Received) -> Result<(), Error> {
        if !LENGTHS.contains(&received.length) {
            return Ok(());
        }
        let echo = Message {
            kind: Kind::Echoed,
            rssi_dbm: received.rssi_dbm,
            ..message
        };
        self.say(radio, echo, received.length).await
    }

    const fn count(&mut self, step: u16, rssi_dbm: i8) {
        if step != self.step {
            self.step = step;
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        self.rssi_dbm = rssi_dbm;
    }

    fn counted(&self, step: u16) -> Message {
        Message {
            value: if step == self.step { self.count } else { 0 },
            rssi_dbm: self.rssi_dbm,
            ..Message::new(Kind::Counted, step)
        }
    }
}
