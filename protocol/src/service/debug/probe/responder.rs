//! Who answers.

use super::frame::{PROBE_LEN, Probe, ProbeKind};
use super::prober::LONGEST;
use crate::MacAddress;
use crate::message::{FrameHead, Kind};
use crate::service::{Incoming, Send};
use crate::time::{Duration, Instant};

/// Answers that wait for the radio. Those who get none ask again.
const ANSWERS: usize = 4;

/// What came of a throughput test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbesReceived {
    /// From whom.
    pub from: MacAddress,
    /// How many.
    pub count: u32,
    /// Octets of all.
    pub octets: u64,
    /// From the first to the last.
    pub duration: Duration,
    /// How strong the last was heard, in dBm.
    pub rssi_dbm: i8,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    from: MacAddress,
    count: u32,
    octets: u64,
    first: Instant,
    last: Instant,
    stopped: bool,
}

/// Answers pings, and counts what throughput tests send, one at a time.
#[derive(Debug)]
pub struct ProbeResponder {
    session: Option<Session>,
    answers: heapless::Deque<(MacAddress, Probe, u16), ANSWERS>,
    payload: [u8; LONGEST],
    received: Option<ProbesReceived>,
}

impl ProbeResponder {
    /// One that nobody has asked yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            session: None,
            answers: heapless::Deque::new(),
            payload: [0; LONGEST],
            received: None,
        }
    }

    /// What a test that is over has brought.
    pub const fn poll_event(&mut self) -> Option<ProbesReceived> {
        self.received.take()
    }

    /// A probe came in.
    pub fn handle_probe(&mut self, incoming: &Incoming<'_>, probe: Probe) {
        let from = incoming.message.source;
        let length = incoming.message.payload.len();
        match probe.kind {
            ProbeKind::Bandwidth => self.count(incoming, probe.sequence),
            ProbeKind::BandwidthStop => {
                let session = self.session.as_mut().filter(|session| session.from == from);
                let count = session.as_ref().map_or(0, |session| session.count);
                if let Some(session) = session.filter(|session| !session.stopped) {
                    session.stopped = true;
                    self.received = Some(ProbesReceived {
                        from,
                        count,
                        octets: session.octets,
                        duration: session.last - session.first,
                        rssi_dbm: incoming.rssi_dbm,
                    });
                }
                self.answer(from, ProbeKind::BandwidthStopAck, count, PROBE_LEN);
            }
            ProbeKind::Ping => self.answer(from, ProbeKind::PingAck, probe.sequence, length),
            ProbeKind::BandwidthStopAck | ProbeKind::PingAck => {}
        }
    }

    fn count(&mut self, incoming: &Incoming<'_>, sequence: u32) {
        let from = incoming.message.source;
        let goes_on = self
            .session
            .is_some_and(|session| session.from == from && !session.stopped && sequence > 0);
        if !goes_on {
            self.session = Some(Session {
                from,
                count: 0,
                octets: 0,
                first: incoming.at,
                last: incoming.at,
                stopped: false,
            });
        }
        if let Some(session) = &mut self.session {
            session.count += 1;
            session.octets += incoming.message.payload.len() as u64;
            session.last = incoming.at;
        }
    }

    fn answer(&mut self, to: MacAddress, kind: ProbeKind, sequence: u32, length: usize) {
        let length = length.min(LONGEST) as u16;
        let _ = self.answers.push_back((to, Probe { kind, sequence }, length));
    }

    /// The next answer.
    pub fn poll(&mut self, tag: u16, kind: Kind) -> Option<Send<'_>> {
        let (destination, probe, length) = self.answers.pop_front()?;
        self.payload[..PROBE_LEN].copy_from_slice(&probe.to_octets());
        Some(Send {
            tag,
            kind,
            head: FrameHead {
                filter_adjacent_channel: probe.kind == ProbeKind::BandwidthStopAck,
                ..FrameHead::UNICAST
            },
            destination,
            payload: &self.payload[..usize::from(length)],
        })
    }
}

impl Default for ProbeResponder {
    fn default() -> Self {
        Self::new()
    }
}
