//! The receive queue: a ring of octets, as MicroPython's `rxbuf` counts them.

use alloc::collections::VecDeque;

use super::Received;
use crate::MacAddress;
use crate::time::Instant;

/// What a message takes up beside its payload in MicroPython's ring on the ESP32: magic, length, time, RSSI, address.
const OVERHEAD: usize = 14;

/// Room for two of the longest messages, MicroPython's default: 2968 octets.
pub const DEFAULT_RECEIVE_BUFFER: usize = 2 * (OVERHEAD + 1470);

/// What a message with this many octets of payload takes up in a receive queue.
#[must_use]
pub const fn queue_octets(payload: usize) -> usize {
    OVERHEAD + payload
}

/// What is kept of a message in front of its payload.
const HEADER_LEN: usize = 6 + 6 + 2 + 1 + 8;

/// Messages that the application has not read yet.
#[derive(Debug)]
pub(super) struct ReceiveQueue {
    octets: VecDeque<u8>,
    /// In octets of `rxbuf`.
    capacity: usize,
    used: usize,
    messages: usize,
}

impl ReceiveQueue {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            octets: VecDeque::new(),
            capacity,
            used: 0,
            messages: 0,
        }
    }

    /// Adds a message, or tells that there is no room for it.
    pub(super) fn push<'a>(&mut self, message: Received, segments: impl Iterator<Item = &'a [u8]>) -> Result<(), Full> {
        let (Ok(length), taken) = (u16::try_from(message.length), OVERHEAD + message.length) else {
            return Err(Full);
        };
        if self.used + taken > self.capacity {
            return Err(Full);
        }
        let mut header = [0; HEADER_LEN];
        header[..6].copy_from_slice(&message.source.octets());
        header[6..12].copy_from_slice(&message.destination.octets());
        header[12..14].copy_from_slice(&length.to_le_bytes());
        header[14..15].copy_from_slice(&message.rssi_dbm.to_le_bytes());
        header[15..].copy_from_slice(&message.at.as_micros().to_le_bytes());
        self.octets.extend(&header);
        let mut left = message.length;
        for segment in segments {
            let part = &segment[..segment.len().min(left)];
            self.octets.extend(part);
            left -= part.len();
        }
        debug_assert_eq!(left, 0, "the length is that of the segments");
        self.used += taken;
        self.messages += 1;
        Ok(())
    }

    /// Takes the oldest message; as much of its payload as fits goes to `buffer`.
    pub(super) fn pop(&mut self, buffer: &mut [u8]) -> Option<Received> {
        // Asked far more often than there is anything.
        if self.messages == 0 {
            return None;
        }
        let mut header = [0; HEADER_LEN];
        self.copy(0, &mut header)?;
        let (source, rest) = header.split_first_chunk::<6>()?;
        let (destination, rest) = rest.split_first_chunk::<6>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (rssi, rest) = rest.split_first_chunk::<1>()?;
        let micros = rest.first_chunk::<8>()?;
        let length = usize::from(u16::from_le_bytes(*length));
        let copied = length.min(buffer.len());
        self.copy(HEADER_LEN, &mut buffer[..copied])?;
        self.octets.drain(..HEADER_LEN + length);
        self.used -= OVERHEAD + length;
        self.messages -= 1;
        Some(Received {
            source: MacAddress(*source),
            destination: MacAddress(*destination),
            length,
            rssi_dbm: i8::from_le_bytes(*rssi),
            at: Instant::from_micros(u64::from_le_bytes(*micros)),
        })
    }

    pub(super) const fn room(&self) -> usize {
        self.capacity.saturating_sub(self.used)
    }

    pub(super) const fn len(&self) -> usize {
        self.messages
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    /// Copies what stands `offset` octets behind the front, which may go round the ring's end.
    fn copy(&self, offset: usize, into: &mut [u8]) -> Option<()> {
        let (front, back) = self.octets.as_slices();
        let end = offset + into.len();
        if let Some(whole) = front.get(offset..end) {
            into.copy_from_slice(whole);
        } else if let Some(start) = offset.checked_sub(front.len()) {
            into.copy_from_slice(back.get(start..start + into.len())?);
        } else {
            let (first, second) = into.split_at_mut(front.len() - offset);
            first.copy_from_slice(&front[offset..]);
            second.copy_from_slice(back.get(..second.len())?);
        }
        Some(())
    }
}

/// There is no room for the message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn message(index: u8, length: usize) -> Received {
        Received {
            source: MacAddress([2, 0, 0, 0, 0, index]),
            destination: MacAddress([2, 0, 0, 0, 1, index]),
            length,
            rssi_dbm: -40 - i8::try_from(index % 50).expect("below 50"),
            at: Instant::from_micros(1_000_000 * u64::from(index)),
        }
    }

    #[test]
    fn the_default_holds_two_of_the_longest() {
        assert_eq!(DEFAULT_RECEIVE_BUFFER, 2968);
        let mut queue = ReceiveQueue::new(DEFAULT_RECEIVE_BUFFER);
        let payload = [7; 1470];
        for index in 0..2 {
            assert_eq!(queue.push(message(index, 1470), [&payload[..]].into_iter()), Ok(()));
        }
        assert_eq!(queue.push(message(2, 0), [].into_iter()), Err(Full));
        assert_eq!(queue.len(), 2);
    }

    proptest! {
        /// Against a plain list, with payloads in pieces and buffers that may be too short.
        #[test]
        fn messages_come_out_as_they_went_in(
            steps in prop::collection::vec((any::<bool>(), 0_usize..300, 0_usize..300), 1..60),
            capacity in 0_usize..1500,
        ) {
            let mut queue = ReceiveQueue::new(capacity);
            let mut model: VecDeque<(Received, Vec<u8>)> = VecDeque::new();
            for (index, (push, length, split)) in steps.into_iter().enumerate() {
                let tag = u8::try_from(index).expect("few steps");
                if push {
                    let payload: Vec<u8> = (0..length).map(|i| (i as u8) ^ tag).collect();
                    let pieces = payload.split_at(split.min(length));
                    let used: usize = model.iter().map(|(_, payload)| OVERHEAD + payload.len()).sum();
                    let pushed = queue.push(message(tag, length), [pieces.0, pieces.1].into_iter());
                    prop_assert_eq!(pushed.is_ok(), used + OVERHEAD + length <= capacity);
                    if pushed.is_ok() {
                        model.push_back((message(tag, length), payload));
                    }
                } else {
                    let mut buffer = std::vec![0; split];
                    let popped = queue.pop(&mut buffer);
                    let expected = model.pop_front();
                    prop_assert_eq!(popped, expected.as_ref().map(|(message, _)| *message));
                    if let Some((_, payload)) = expected {
                        let copied = payload.len().min(split);
                        prop_assert_eq!(&buffer[..copied], &payload[..copied]);
                    }
                }
                prop_assert_eq!(queue.len(), model.len());
            }
        }
    }
}
