//! Services moved by hand: one question, one answer.

#![allow(dead_code, reason = "every test takes what it needs")]

use protocol::message::{FrameHead, Kind, Message};
use protocol::service::{Incoming, Input, Output, Service};
use protocol::time::Instant;
use protocol::{Channel, MacAddress};
use rand_xoshiro::Xoshiro128PlusPlus;
use rand_xoshiro::rand_core::SeedableRng as _;

/// The board of the service.
const SELF: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 0xff]);

pub(crate) fn at(ms: u64) -> Instant {
    Instant::from_micros(ms * 1000)
}

fn random() -> Xoshiro128PlusPlus {
    Xoshiro128PlusPlus::seed_from_u64(1)
}

/// What a machine wants, without what it borrows.
#[derive(Debug, PartialEq)]
pub(crate) enum Wish {
    Send {
        tag: u16,
        kind: Kind,
        head: FrameHead,
        destination: MacAddress,
        payload: Vec<u8>,
    },
    Tune(u8),
    Load(&'static str),
    Store(&'static str, Vec<u8>),
    Restart,
    Wait(Option<Instant>),
}

pub(crate) fn ask(service: &mut impl Service, now: Instant) -> Wish {
    match service.poll(now, &mut random()) {
        Output::Send(send) => Wish::Send {
            tag: send.tag,
            kind: send.kind,
            head: send.head,
            destination: send.destination,
            payload: send.payload.to_vec(),
        },
        Output::Restart => Wish::Restart,
        Output::Tune(channel) => Wish::Tune(channel.number()),
        Output::Load { key } => Wish::Load(key),
        Output::Store { key, value } => Wish::Store(key, value.to_vec()),
        Output::Wait(until) => Wish::Wait(until),
        other => panic!("not a wish of this service: {other:?}"),
    }
}

/// Hands a message over.
pub(crate) fn tell(
    service: &mut impl Service,
    now: Instant,
    from: MacAddress,
    kind: Kind,
    head: FrameHead,
    payload: &[u8],
    rssi_dbm: i8,
) {
    service.handle(
        now,
        Input::Message(Incoming {
            message: Message {
                kind,
                head,
                destination: if head.broadcast { MacAddress::BROADCAST } else { SELF },
                source: from,
                payload,
            },
            secured: false,
            transmitter: from,
            rssi_dbm,
            channel: Channel::DEFAULT,
            at: now,
        }),
    );
}

/// Answers the question for what was kept.
pub(crate) fn load(service: &mut impl Service, key: &'static str, value: Option<&[u8]>) {
    assert_eq!(ask(service, Instant::START), Wish::Load(key));
    service.handle(Instant::START, Input::Loaded { key, value: Ok(value) });
}
