//! Any event, for properties.

use proptest::prelude::*;
use protocol::board::Rgb;
use protocol::{Channel, MacAddress};

use super::serial::rate;
use super::{Advice, BoardId, Ending, Event, Loss, Reception, ResetCause, Transmission, TransmissionKind};
use crate::kernel::{Span, Time};

/// The addresses of the boards in the screen's stories among them.
pub(crate) fn any_address() -> impl Strategy<Value = MacAddress> {
    prop_oneof![
        (1..6_u8).prop_map(|last| MacAddress([0x24, 0x0a, 0xc4, 0, 0, last])),
        Just(MacAddress::BROADCAST),
        any::<[u8; 6]>().prop_map(MacAddress),
    ]
}

fn any_loss() -> impl Strategy<Value = Result<(), Loss>> {
    prop::sample::select(vec![
        Ok(()),
        Err(Loss::Collision),
        Err(Loss::Noise),
        Err(Loss::Fault),
        Err(Loss::Busy),
        Err(Loss::Asleep),
    ])
}

fn any_transmission() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        (any_address(), any::<u8>()).prop_map(|(destination, attempt)| TransmissionKind::Data { destination, attempt }),
        any_address().prop_map(|receiver| TransmissionKind::Ack { receiver }),
    ];
    let rate = prop::sample::select(rate::all().collect::<Vec<_>>());
    let channel = (1..=14_u8).prop_filter_map("a channel", Channel::new);
    let mpdu = prop::collection::vec(any::<u8>(), 0..300);
    (
        0..5_u32,
        kind,
        rate,
        channel,
        any::<u64>(),
        any::<i8>(),
        mpdu,
        0..40_u64,
    )
        .prop_map(|(sender, kind, rate, channel, airtime, power_dbm, mpdu, id)| {
            Event::Transmission(Transmission {
                id,
                sender: BoardId(sender),
                queued_at: Time::from_micros(id * 900),
                start: Time::from_micros(id * 1_000),
                airtime: Span::from_nanos(airtime >> (airtime % 64)),
                rate,
                channel,
                power_dbm,
                mpdu: mpdu.into(),
                kind,
            })
        })
}

/// An event of one of five boards, and when it happens, ns.
pub(crate) fn any_event() -> impl Strategy<Value = (u64, Event)> {
    let board = || (0..5_u32).prop_map(BoardId);
    let reception = (0..40_u64, board(), any::<bool>(), any::<i8>(), any_loss()).prop_map(
        |(transmission, receiver, addressed, rssi_dbm, outcome)| {
            Event::Reception(Reception {
                transmission,
                receiver,
                addressed,
                rssi_dbm,
                outcome,
            })
        },
    );
    let pixels = prop::collection::vec(any::<[u8; 3]>(), 0..80).prop_map(|pixels| {
        pixels
            .into_iter()
            .map(|[red, green, blue]| Rgb::new(red, green, blue))
            .collect::<Vec<_>>()
    });
    let ending = prop_oneof![Just(Ending::Finished), ".{0,50}".prop_map(Ending::Failed)];
    let event = prop_oneof![
        3 => any_transmission(),
        3 => reception,
        1 => (board(), any_address(), any::<bool>(), any::<u8>()).prop_map(|(board, destination, acknowledged, attempts)| {
            Event::Sent { board, destination, acknowledged, attempts }
        }),
        1 => (board(), any_address(), 0..1500_usize, any::<u64>()).prop_map(|(board, source, length, queued_at)| {
            Event::Received { board, source, length, queued_at: Time::from_nanos(queued_at) }
        }),
        1 => (board(), any_address()).prop_map(|(board, source)| Event::Dropped { board, source }),
        1 => ".{0,50}".prop_map(|what| Event::Staged { what: what.into() }),
        1 => (0..3_u32, any::<Option<u16>>()).prop_map(|(interferer, centre_mhz)| {
            Event::Interference { interferer, centre_mhz }
        }),
        2 => (board(), ".{0,50}").prop_map(|(board, line)| Event::Console { board, line: line.into() }),
        1 => (board(), pixels).prop_map(|(board, colours)| Event::Pixels { board, colours: colours.into() }),
        1 => (board(), any::<u8>(), any::<bool>()).prop_map(|(board, pin, level)| Event::Pin { board, pin, level }),
        1 => (board(), ".{0,200}").prop_map(|(board, text)| Event::Advice(Advice { board, trap: "trap", text })),
        1 => (board(), ending).prop_map(|(board, ending)| Event::Ended { board, ending }),
        1 => (board(), ".{0,50}", any::<bool>(), 0..8).prop_map(|(board, version, on_trial, turn)| match turn {
            0 => Event::Pressed { board },
            1 => Event::Reset { board, cause: ResetCause::PowerOn },
            2 => Event::Reset { board, cause: ResetCause::Pin },
            3 => Event::Reset { board, cause: ResetCause::Software },
            4 => Event::Reset { board, cause: ResetCause::Panic },
            5 => Event::Started { board, version: version.into(), on_trial },
            6 => Event::Unbootable { board },
            _ => Event::PowerOff { board },
        }),
    ];
    (any::<u64>(), event).prop_map(|(at, event)| (at >> (at % 64), event))
}
