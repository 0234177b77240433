//! A made-up run for tests.

use bytes::Bytes;
use protocol::board::Rgb;
use protocol::{Channel, MacAddress, Rate};

use super::palette::{Charset, ColourDepth, Palette};
use super::state::State;
use crate::kernel::{Span, Time};
use crate::observe::{Advice, BoardId, BoardInfo, Event, Loss, Observer, Reception, Transmission, TransmissionKind};

const SIFS: Span = Span::from_micros(10);

/// Octets of an action frame around its payload, FCS included.
const AROUND_PAYLOAD: usize = 43;

pub(super) const PALETTE: Palette = Palette {
    depth: ColourDepth::TrueColour,
    charset: Charset::Unicode,
};

pub(super) fn address(board: u32) -> MacAddress {
    MacAddress([0x24, 0x0a, 0xc4, 0, 0, board as u8 + 1])
}

/// "sender", "receiver", "board 2"…: each with a matrix of 25 pixels.
pub(super) fn boards(count: u32) -> Vec<BoardInfo> {
    let name = |board| match board {
        0 => "sender".into(),
        1 => "receiver".into(),
        other => format!("board {other}").into(),
    };
    let board = |board| BoardInfo {
        name: name(board),
        chip: "ESP32-S3",
        address: address(board),
        pixels: 25,
    };
    (0..count).map(board).collect()
}

pub(super) fn state(count: u32) -> State {
    State::new("hello", 7, boards(count), PALETTE)
}

/// Feeds a state with what happens between boards 0 and 1.
pub(super) struct Story {
    pub(super) state: State,
    next: u64,
}

impl Story {
    pub(super) fn new(count: u32) -> Self {
        Self {
            state: state(count),
            next: 0,
        }
    }

    pub(super) fn console(&mut self, at: Time, board: u32, line: &str) {
        let event = Event::Console {
            board: BoardId(board),
            line: line.into(),
        };
        self.state.observe(at, &event);
    }

    pub(super) fn light(&mut self, at: Time, board: u32, colour: Rgb) {
        let mut colours = [Rgb::OFF; 25];
        for index in [1, 3, 6, 8, 10, 14, 16, 17, 18] {
            colours[index] = colour;
        }
        let event = Event::Pixels {
            board: BoardId(board),
            colours: colours.into(),
        };
        self.state.observe(at, &event);
    }

    pub(super) fn advice(&mut self, at: Time, text: &str) {
        let advice = Advice {
            board: BoardId(0),
            trap: "group-address",
            text: text.to_owned(),
        };
        self.state.observe(at, &Event::Advice(advice));
    }

    /// One frame that ends at the other board. Returns its end.
    pub(super) fn frame(
        &mut self,
        at: Time,
        board: u32,
        kind: TransmissionKind,
        octets: usize,
        fate: Result<(), Loss>,
    ) -> Time {
        let transmission = Transmission {
            id: self.next,
            sender: BoardId(board),
            queued_at: at,
            start: at,
            airtime: Rate::Dsss1M.airtime(octets).into(),
            rate: Rate::Dsss1M,
            channel: Channel::DEFAULT,
            power_dbm: 20,
            mpdu: Bytes::from(vec![0; octets]),
            kind,
        };
        self.next += 1;
        let end = transmission.end();
        let reception = Reception {
            transmission: transmission.id,
            receiver: BoardId(1 - board),
            addressed: true,
            rssi_dbm: -40,
            outcome: fate,
        };
        self.state.observe(at, &Event::Transmission(transmission));
        self.state.observe(end, &Event::Reception(reception));
        end
    }

    fn data(&mut self, at: Time, payload: &[u8], attempt: u8, fate: Result<(), Loss>) -> Time {
        let kind = TransmissionKind::Data {
            destination: address(1),
            attempt,
        };
        self.frame(at, 0, kind, AROUND_PAYLOAD + payload.len(), fate)
    }

    fn ack(&mut self, data_end: Time, fate: Result<(), Loss>) -> Time {
        self.frame(
            data_end + SIFS,
            1,
            TransmissionKind::Ack { receiver: address(0) },
            14,
            fate,
        )
    }

    fn sent(&mut self, at: Time, acknowledged: bool, attempts: u8) {
        let event = Event::Sent {
            board: BoardId(0),
            destination: address(1),
            acknowledged,
            attempts,
        };
        self.state.observe(at, &event);
    }

    fn received(&mut self, at: Time, payload: &[u8]) {
        let event = Event::Received {
            board: BoardId(1),
            source: address(0),
            length: payload.len(),
            queued_at: at,
        };
        self.state.observe(at, &event);
    }

    /// A message that arrives at once.
    pub(super) fn delivered(&mut self, at: Time, payload: &[u8]) -> Time {
        let end = self.data(at, payload, 1, Ok(()));
        self.received(end, payload);
        let end = self.ack(end, Ok(()));
        self.sent(end, true, 1);
        end
    }

    /// A message whose first attempt is lost; the second starts 1 ms after it.
    pub(super) fn lost_once(&mut self, at: Time, payload: &[u8]) -> Time {
        let end = self.data(at, payload, 1, Err(Loss::Fault));
        let end = self.data(end + Span::from_micros(1_700), payload, 2, Ok(()));
        self.received(end, payload);
        let end = self.ack(end, Ok(()));
        self.sent(end, true, 2);
        end
    }

    /// A message of which nothing arrives, the second attempt aside, whose ACK is lost.
    pub(super) fn failed(&mut self, at: Time, payload: &[u8]) -> Time {
        let mut end = at;
        for attempt in 1..=4 {
            let fate = if attempt == 2 { Ok(()) } else { Err(Loss::Fault) };
            end = self.data(end + Span::from_micros(700), payload, attempt, fate);
            if attempt == 2 {
                self.received(end, payload);
                end = self.ack(end, Err(Loss::Collision));
            }
        }
        self.sent(end, false, 4);
        end
    }
}
