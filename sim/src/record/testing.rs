//! Two boards and a message between them, for the tests of this room.

use bytes::Bytes;
use protocol::{Channel, MacAddress, Rate};

use crate::kernel::Time;
use crate::observe::{BoardId, BoardInfo, Transmission, TransmissionKind};

pub(super) const SENDER: BoardId = BoardId(0);
pub(super) const RECEIVER: BoardId = BoardId(1);

pub(super) fn boards() -> Vec<BoardInfo> {
    [("sender", 1), ("receiver", 2)]
        .map(|(name, last)| BoardInfo {
            name: name.into(),
            chip: "ESP32-S3",
            address: MacAddress([0x24, 0x0a, 0xc4, 0, 0, last]),
            pixels: 1,
        })
        .to_vec()
}

/// A unicast frame of 293 octets and its ACK, at 1 Mbit/s; of the MPDUs only the length is meant.
pub(super) fn data_frame(start_micros: u64) -> [Transmission; 2] {
    let [sender, receiver] = [boards()[0].address, boards()[1].address];
    let rate = Rate::Dsss1M;
    let data = Transmission {
        id: 0,
        sender: SENDER,
        queued_at: Time::from_micros(start_micros),
        start: Time::from_micros(start_micros),
        airtime: rate.airtime(293).into(),
        rate,
        channel: Channel::DEFAULT,
        power_dbm: 20,
        mpdu: Bytes::from_static(&[0; 293]),
        kind: TransmissionKind::Data {
            destination: receiver,
            attempt: 1,
        },
    };
    let ack = Transmission {
        id: 1,
        sender: RECEIVER,
        start: data.end() + crate::kernel::Span::from_micros(10),
        airtime: rate.airtime(14).into(),
        mpdu: Bytes::from_static(&[0; 14]),
        kind: TransmissionKind::Ack { receiver: sender },
        ..data.clone()
    };
    [data, ack]
}
