//! Two boards' message layers, and an air that keeps, repeats and changes what they say.

use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use protocol::espnow::{Delivery, Error, Received};
use protocol::message::{AppKey, FrameHead, Message, MessengerConfig};
use protocol::node::{Step, Switchboard};
use protocol::service::data::{Data, Event};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Frames that the air keeps.
const KEPT: usize = 64;

/// Octets of the longest raw message.
const LONGEST: usize = 250;

/// What a board may be asked between two waits, and how often it may wait until all is done. Eight messages are under way at most, each
/// is sent 31 times on 14 channels at most.
const MOST_STEPS: usize = 4 * 8 * 31 * 14;

#[derive(Arbitrary, Debug)]
struct Turn<'a> {
    /// Whose turn it is.
    second: bool,
    call: Call<'a>,
}

#[derive(Arbitrary, Debug)]
enum Call<'a> {
    Send {
        to: u8,
        head: [u8; 6],
        payload: &'a [u8],
    },
    /// A frame that was sent, as it was or with an octet changed.
    Hear {
        frame: u8,
        place: u16,
        mask: u8,
        rssi_dbm: i8,
        channel: u8,
    },
    /// A payload that nobody sent.
    HearAnything {
        from: u8,
        octets: &'a [u8],
    },
    /// So much time passes, µs, and the board works.
    Work {
        micros: u32,
        deliveries: u8,
    },
    Join(u8),
    SetKey(Option<u8>),
    SetChannel(u8),
}

/// A board: its data service and its message layer.
struct Board {
    address: MacAddress,
    data: Data<4>,
    switchboard: Switchboard<4, LONGEST>,
    random: Xoshiro256PlusPlus,
    /// What was taken and has no outcome yet.
    under_way: BTreeSet<u16>,
}

/// The octets are calls and what the air does. Every message that was taken has one outcome, a frame is never longer than its slot and
/// always a message, nothing heard twice in a row is delivered twice, and no board waits for the past.
pub fn messenger(octets: &[u8]) {
    let mut script = Unstructured::new(octets);
    let _ = run(&mut script);
}

fn run(script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let mut boards = [board(0, script.arbitrary()?), board(1, script.arbitrary()?)];
    let mut air = Vec::new();
    let mut now = Instant::START;
    while !script.is_empty() {
        let Turn { second, call } = script.arbitrary()?;
        boards[usize::from(second)].turn(call, &mut air, &mut now);
    }
    // With all the time there is, every message comes to its end.
    for board in &mut boards {
        for _ in 0..MOST_STEPS {
            let deadline = board.work(now, 0, &mut air);
            if board.under_way.is_empty() {
                break;
            }
            now = deadline.expect("what has no outcome waits for something");
        }
        assert!(board.under_way.is_empty(), "{:?} have no outcome", board.under_way);
    }
    Ok(())
}

const fn address(number: u8) -> MacAddress {
    match number {
        0xff => MacAddress::BROADCAST,
        number => MacAddress([0x24, 0x0a, 0xc4, 0, 0, number % 4]),
    }
}

fn channel(number: u8) -> Channel {
    Channel::new(number % 14 + 1).expect("1 to 14")
}

fn board(number: u8, [forward, forward_on_all_channels]: [bool; 2]) -> Board {
    let config = MessengerConfig {
        forward,
        forward_on_all_channels,
        ..MessengerConfig::new(address(number))
    };
    Board {
        address: address(number),
        data: Data::new(),
        switchboard: Switchboard::new(config),
        random: Xoshiro256PlusPlus::seed_from_u64(number.into()),
        under_way: BTreeSet::new(),
    }
}

impl Board {
    fn turn(&mut self, call: Call<'_>, air: &mut Vec<Vec<u8>>, now: &mut Instant) {
        match call {
            Call::Send { to, head, payload } => {
                if let Ok(tag) = self.data.send(address(to), FrameHead::from_octets(head), payload) {
                    assert!(self.under_way.insert(tag), "a number given twice");
                }
            }
            Call::Hear {
                frame,
                place,
                mask,
                rssi_dbm,
                channel: number,
            } => {
                if air.is_empty() {
                    return;
                }
                let mut octets = air[usize::from(frame) % air.len()].clone();
                let place = usize::from(place) % octets.len();
                octets[place] ^= mask;
                self.hear_twice(*now, address(2), rssi_dbm, channel(number), &octets);
            }
            Call::HearAnything { from, octets } => {
                self.hear_twice(*now, address(from), -40, Channel::DEFAULT, octets);
            }
            Call::Work { micros, deliveries } => {
                *now = *now + Duration::from_micros(micros.into());
                let _ = self.work(*now, deliveries, air);
            }
            Call::Join(number) => {
                let _ = self.switchboard.join(address(number));
            }
            Call::SetKey(number) => self
                .switchboard
                .set_key(number.map(|number| AppKey::new([number % 2; 32]))),
            Call::SetChannel(number) => self.switchboard.set_channel(channel(number)),
        }
        self.take_events();
    }

    fn hear_twice(&mut self, now: Instant, source: MacAddress, rssi_dbm: i8, channel: Channel, octets: &[u8]) {
        let received = Received {
            source,
            destination: self.address,
            length: octets.len(),
            rssi_dbm,
            at: now,
        };
        let mut hear = || {
            let mut octets = octets.to_vec();
            self.switchboard
                .handle_received(now, &received, channel, &mut octets, &mut [&mut self.data])
        };
        hear();
        assert!(hear().is_some(), "delivered twice");
    }

    /// Does what the board wants until it waits, and says for when. Each bit of `deliveries` says how a frame fares.
    fn work(&mut self, now: Instant, mut deliveries: u8, air: &mut Vec<Vec<u8>>) -> Option<Instant> {
        for _ in 0..MOST_STEPS {
            match self.switchboard.step(now, &mut [&mut self.data], &mut self.random) {
                Step::Again | Step::Told => {}
                Step::Transmit(transmit) => {
                    assert!(transmit.octets.len() <= LONGEST);
                    Message::parse(transmit.octets).expect("what is sent is a message");
                    if air.len() < KEPT && air.last().is_none_or(|last| last != transmit.octets) {
                        air.push(transmit.octets.to_vec());
                    }
                    deliveries = deliveries.rotate_left(1);
                    let result = match (deliveries & 1, deliveries) {
                        (_, 0xff) => Err(Error::Full),
                        (0, _) => Ok(Delivery::Acknowledged),
                        _ => Ok(Delivery::Unacknowledged),
                    };
                    self.switchboard.handle_sent(now, result);
                }
                Step::Wait(deadline) => {
                    assert!(deadline.is_none_or(|deadline| deadline > now), "waits for the past");
                    return deadline;
                }
                other => panic!("the data service does not want {other:?}"),
            }
            self.take_events();
        }
        panic!("it never waits");
    }

    fn take_events(&mut self) {
        while let Some(event) = self.data.poll_event() {
            if let Event::Sent(tag, _) = event {
                assert!(
                    self.under_way.remove(&tag),
                    "an outcome for a message that has none coming"
                );
            }
        }
    }
}
