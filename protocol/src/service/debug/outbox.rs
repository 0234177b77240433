//! Lines that wait for the radio.

use super::{LONGEST_LINE, TAGS};
use crate::MacAddress;
use crate::message::{FrameHead, Kind};
use crate::service::Send;

/// Octets before a line: to whom, how long.
const HEADER_LEN: usize = 7;

/// Lines in the order of their writing, in `N` octets. One is on its way at a time.
#[derive(Debug)]
pub(super) struct Outbox<const N: usize> {
    octets: heapless::Vec<u8, N>,
    payload: heapless::Vec<u8, { LONGEST_LINE + 2 }>,
    tag: u16,
    on_its_way: bool,
    dropped: u32,
}

impl<const N: usize> Outbox<N> {
    pub(super) const fn new() -> Self {
        Self {
            octets: heapless::Vec::new(),
            payload: heapless::Vec::new(),
            tag: 0,
            on_its_way: false,
            dropped: 0,
        }
    }

    /// Adds a line. The newest is dropped and counted if there is no room, as in the component.
    pub(super) fn push(&mut self, to: MacAddress, line: &str) {
        let line = &line.as_bytes()[..line.floor_char_boundary(LONGEST_LINE)];
        if self.octets.len() + HEADER_LEN + line.len() > N {
            self.dropped += 1;
            return;
        }
        // There is room, and a line's length is below 256.
        let _ = self.octets.extend_from_slice(&to.octets());
        let _ = self.octets.push(line.len() as u8);
        let _ = self.octets.extend_from_slice(line);
    }

    /// Whether nothing waits and nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.octets.is_empty() && !self.on_its_way
    }

    /// How many lines were dropped since the last call, once there is room again to tell it.
    pub(super) fn take_dropped(&mut self) -> Option<u32> {
        let has_room = self.octets.len() + 64 <= N;
        (has_room && self.dropped > 0).then(|| core::mem::take(&mut self.dropped))
    }

    /// The next line, if none is on its way: the text, a line feed, a NUL.
    pub(super) fn poll(&mut self, secured: bool) -> Option<Send<'_>> {
        if self.on_its_way {
            return None;
        }
        let (header, rest) = self.octets.split_first_chunk::<HEADER_LEN>()?;
        let [to @ .., length] = *header;
        let length = usize::from(length);
        self.payload.clear();
        // It was made for this.
        let _ = self.payload.extend_from_slice(rest.get(..length)?);
        let _ = self.payload.extend_from_slice(b"\n\0");
        let next = HEADER_LEN + length;
        self.octets.copy_within(next.., 0);
        self.octets.truncate(self.octets.len() - next);
        self.on_its_way = true;
        self.tag = (self.tag + 1) & TAGS;
        Some(Send {
            tag: self.tag,
            kind: Kind::DebugLog,
            head: FrameHead {
                security: secured,
                ..FrameHead::BROADCAST
            },
            destination: MacAddress(to),
            payload: &self.payload,
        })
    }

    /// A line has gone, whichever way: nothing is written twice.
    pub(super) const fn handle_sent(&mut self, tag: u16) {
        if tag == self.tag {
            self.on_its_way = false;
        }
    }
}
