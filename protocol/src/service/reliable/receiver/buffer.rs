//! Segments that have come and were not taken yet, and the message that is read from them.
//!
//! ```text
//!      taken           next                       taken + WINDOW
//!   ─────┼───────────────┼──────────────────────────────┼──── sequence numbers
//!        │ in order      │ gaps and what came early     │ no room
//! ```

use crc::{Digest, Table};

use crate::service::reliable::packet::{CRC, DATA_OVERHEAD, Mark};

const FRAME_LEN: usize = 4;

/// What the next octets in order are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A message's length.
    Began { length: u32 },
    /// Octets of it, from its beginning counted, and where they stand in the slot.
    Octets {
        offset: u32,
        slot: usize,
        from: usize,
        to: usize,
    },
    /// Its end, and its check was right.
    Finished { length: u32 },
    /// It is no message.
    Malformed,
}

#[derive(Clone, Debug)]
struct Slot<const PACKET: usize> {
    octets: heapless::Vec<u8, PACKET>,
    mark: Mark,
    filled: bool,
}

/// A message that is being read.
struct Reading {
    length: u32,
    offset: u32,
    digest: Digest<'static, u32, Table<1>>,
    check: heapless::Vec<u8, FRAME_LEN>,
}

/// Segments by sequence number.
pub(super) struct Buffer<const PACKET: usize, const WINDOW: usize> {
    slots: [Slot<PACKET>; WINDOW],
    next: u32,
    taken: u32,
    /// Octets of the segment `taken` that were read.
    at: usize,
    /// Octets of a segment, except a message's last.
    segment: usize,
    reading: Option<Reading>,
}

impl<const PACKET: usize, const WINDOW: usize> Buffer<PACKET, WINDOW> {
    /// Octets of the longest segment.
    pub(super) const LONGEST: usize = PACKET - DATA_OVERHEAD;

    const VALID: () = assert!(
        WINDOW >= 1 && WINDOW <= 32 && PACKET >= DATA_OVERHEAD + 2 * FRAME_LEN,
        "reports have 32 bits, and a message's length is in its first segment"
    );

    pub(super) const fn new(segment: usize) -> Self {
        let () = Self::VALID;
        Self {
            slots: [const {
                Slot {
                    octets: heapless::Vec::new(),
                    mark: Mark {
                        first: false,
                        last: false,
                    },
                    filled: false,
                }
            }; WINDOW],
            next: 0,
            taken: 0,
            at: 0,
            segment,
            reading: None,
        }
    }

    /// Forgets what has come.
    pub(super) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.filled = false);
        (self.next, self.taken, self.at, self.reading) = (0, 0, 0, None);
    }

    /// All before have come.
    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// From `next` on.
    pub(super) const fn room(&self) -> u8 {
        (self.taken as u64 + WINDOW as u64 - self.next as u64) as u8
    }

    /// Bit n is set if `next` + 1 + n has come.
    pub(super) fn held(&self) -> u32 {
        (1..u32::from(self.room())).fold(0, |held, ahead| {
            let came = self.slots[(self.next + ahead) as usize % WINDOW].filled;
            held | u32::from(came) << (ahead - 1)
        })
    }

    /// Whether something in order has not been taken.
    pub(super) const fn is_unread(&self) -> bool {
        self.taken < self.next
    }

    /// Whether a message has begun and not ended.
    pub(super) const fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// A segment has come. Returns `false` if it can't be one.
    pub(super) fn take_in(&mut self, sequence: u32, mark: Mark, octets: &[u8]) -> bool {
        let fits = octets.len() == self.segment || mark.last && octets.len() < self.segment;
        if !fits || mark.first && octets.len() < FRAME_LEN {
            return false;
        }
        let ahead = sequence.wrapping_sub(self.next);
        let is_old = sequence < self.next;
        if is_old || ahead >= u32::from(self.room()) {
            return true;
        }
        let slot = &mut self.slots[sequence as usize % WINDOW];
        if slot.filled {
            return true;
        }
        slot.octets.clear();
        // Sessions with longer segments are refused.
        let _ = slot.octets.extend_from_slice(octets);
        slot.mark = mark;
        slot.filled = true;
        while self.room() > 0 && self.slots[self.next as usize % WINDOW].filled {
            self.next += 1;
        }
        true
    }

    pub(super) fn octets(&self, slot: usize, from: usize, to: usize) -> &[u8] {
        self.slots
            .get(slot)
            .and_then(|slot| slot.octets.get(from..to))
            .unwrap_or_default()
    }

    /// What the next octets in order are; `None` if they have not come.
    pub(super) fn read(&mut self) -> Option<Piece> {
        while self.is_unread() {
            let index = self.taken as usize % WINDOW;
            let slot = &mut self.slots[index];
            let Some(reading) = &mut self.reading else {
                let length = slot
                    .octets
                    .first_chunk::<FRAME_LEN>()
                    .filter(|_| slot.mark.first && self.at == 0);
                let Some(length) = length.copied().map(u32::from_le_bytes) else {
                    return Some(Piece::Malformed);
                };
                self.at = FRAME_LEN;
                self.reading = Some(Reading {
                    length,
                    offset: 0,
                    digest: CRC.digest(),
                    check: heapless::Vec::new(),
                });
                return Some(Piece::Began { length });
            };
            if slot.mark.first && self.at == 0 {
                return Some(Piece::Malformed);
            }
            let rest = slot.octets.get(self.at..).unwrap_or_default();
            let left = usize::try_from(reading.length - reading.offset).unwrap_or(usize::MAX);
            let octets = &rest[..rest.len().min(left)];
            if !octets.is_empty() {
                reading.digest.update(octets);
                let (offset, from) = (reading.offset, self.at);
                // It is no longer than what is left.
                reading.offset += octets.len() as u32;
                self.at += octets.len();
                let to = self.at;
                return Some(Piece::Octets {
                    offset,
                    slot: index,
                    from,
                    to,
                });
            }
            if reading.check.extend_from_slice(rest).is_err() {
                return Some(Piece::Malformed);
            }
            let (last, is_whole) = (slot.mark.last, reading.check.is_full());
            slot.filled = false;
            self.taken += 1;
            self.at = 0;
            if last != is_whole {
                return Some(Piece::Malformed);
            }
            if last {
                let (length, check) = (reading.length, reading.digest.clone().finalize().to_le_bytes());
                let is_right = reading.check == check;
                self.reading = None;
                return Some(if is_right {
                    Piece::Finished { length }
                } else {
                    Piece::Malformed
                });
            }
        }
        None
    }
}

impl<const PACKET: usize, const WINDOW: usize> core::fmt::Debug for Buffer<PACKET, WINDOW> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Buffer")
            .field("next", &self.next)
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}
