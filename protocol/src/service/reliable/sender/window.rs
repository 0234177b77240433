//! Segments that are made and not yet with everybody.
//!
//! ```text
//!      base            next              end
//!   ─────┼───────────────┼─────────────────┼──── sequence numbers
//!        │ on their way  │ not sent yet    │ being filled
//!        └──── WINDOW slots at most ────────────┘
//! ```

use crc::{Digest, Table};

use crate::service::reliable::packet::{CRC, DATA_OVERHEAD, Mark};

/// Octets of a message's length before it, and of its CRC-32 after it.
const FRAME_LEN: usize = 4;

/// How far a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unsent,
    /// Under this packet number, the last time.
    Sent(u16),
    /// Somebody lacks it.
    Lost,
}

#[derive(Clone, Debug)]
struct Slot<const PACKET: usize> {
    octets: heapless::Vec<u8, PACKET>,
    mark: Mark,
    state: State,
}

impl<const PACKET: usize> Slot<PACKET> {
    const EMPTY: Self = Self {
        octets: heapless::Vec::new(),
        mark: Mark {
            first: false,
            last: false,
        },
        state: State::Unsent,
    };

    fn clear(&mut self) {
        *self = Self::EMPTY;
    }
}

/// A message that is being written.
struct Writing {
    /// Octets of it that are still to come.
    left: u32,
    digest: Digest<'static, u32, Table<1>>,
    /// Its length, then its check, as far as they are not in a segment yet.
    frame: heapless::Vec<u8, FRAME_LEN>,
    ends: bool,
}

/// Segments by sequence number, and the message that is being cut into them.
pub(super) struct Window<const PACKET: usize, const WINDOW: usize> {
    slots: [Slot<PACKET>; WINDOW],
    base: u32,
    next: u32,
    end: u32,
    writing: Option<Writing>,
}

impl<const PACKET: usize, const WINDOW: usize> Window<PACKET, WINDOW> {
    /// Octets of a segment.
    pub(super) const SEGMENT: usize = PACKET - DATA_OVERHEAD;

    const VALID: () = assert!(
        WINDOW >= 1 && WINDOW <= 32 && PACKET >= DATA_OVERHEAD + 2 * FRAME_LEN,
        "reports have 32 bits, and a message's length is in its first segment"
    );

    pub(super) const fn new() -> Self {
        let () = Self::VALID;
        Self {
            slots: [const { Slot::EMPTY }; WINDOW],
            base: 0,
            next: 0,
            end: 0,
            writing: None,
        }
    }

    pub(super) fn clear(&mut self) {
        (self.base, self.next, self.end, self.writing) = (0, 0, 0, None);
        self.slots.iter_mut().for_each(Slot::clear);
    }

    pub(super) const fn base(&self) -> u32 {
        self.base
    }

    /// The sequence number after the last that was sent.
    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// Whether anything made is not with everybody.
    pub(super) const fn is_busy(&self) -> bool {
        self.base < self.end
    }

    pub(super) const fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Octets of the message that are still to be written.
    pub(super) fn wanted(&self) -> u32 {
        self.writing.as_ref().map_or(0, |writing| writing.left)
    }

    fn slot(&self, sequence: u32) -> &Slot<PACKET> {
        &self.slots[sequence as usize % WINDOW]
    }

    fn slot_mut(&mut self, sequence: u32) -> &mut Slot<PACKET> {
        &mut self.slots[sequence as usize % WINDOW]
    }

    // ---- filling ----

    /// Whether a message may begin.
    pub(super) const fn has_room(&self) -> bool {
        self.writing.is_none() && self.has_slot()
    }

    /// Begins a message, for which there must be room.
    pub(super) fn begin(&mut self, length: u32) {
        let mut frame = heapless::Vec::new();
        // It has the room.
        let _ = frame.extend_from_slice(&length.to_le_bytes());
        self.writing = Some(Writing {
            left: length,
            digest: CRC.digest(),
            frame,
            ends: false,
        });
        let end = self.end;
        self.slot_mut(end).mark.first = true;
        self.advance();
    }

    /// Takes as much of `data` as the message lacks and the window has room for.
    pub(super) fn write(&mut self, data: &[u8]) -> usize {
        let mut taken = 0;
        self.advance();
        while let Some(writing) = &self.writing
            && writing.frame.is_empty()
            && !writing.ends
        {
            let wanted = usize::try_from(writing.left).unwrap_or(usize::MAX);
            let rest = &data[taken..];
            let room = self.room();
            let piece = &rest[..rest.len().min(wanted).min(room)];
            if piece.is_empty() {
                break;
            }
            self.push(piece);
            if let Some(writing) = &mut self.writing {
                writing.digest.update(piece);
                writing.left -= piece.len() as u32;
            }
            taken += piece.len();
            self.advance();
        }
        taken
    }

    /// Puts a message's length and check into segments, as far as there is room, and closes its last. A cleared slot is ready to be
    /// filled.
    fn advance(&mut self) {
        while let Some(writing) = &mut self.writing {
            if !writing.frame.is_empty() {
                // A full segment is closed only now, as it may have been its message's last.
                let room = self.room();
                let Some(writing) = &mut self.writing else { return };
                let piece: heapless::Vec<u8, FRAME_LEN> = writing.frame.iter().copied().take(room).collect();
                if piece.is_empty() {
                    return;
                }
                writing.frame.drain(..piece.len());
                self.push(&piece);
            } else if writing.ends {
                let end = self.end;
                self.slot_mut(end).mark.last = true;
                self.end += 1;
                self.writing = None;
            } else if writing.left == 0 {
                writing.ends = true;
                let check = writing.digest.clone().finalize();
                // It is empty.
                let _ = writing.frame.extend_from_slice(&check.to_le_bytes());
            } else {
                return;
            }
        }
    }

    const fn has_slot(&self) -> bool {
        ((self.end - self.base) as usize) < WINDOW
    }

    /// Octets for which there is room in the segment that is being filled. A full one is closed first.
    fn room(&mut self) -> usize {
        if !self.has_slot() {
            return 0;
        }
        let length = self.slot(self.end).octets.len();
        if length < Self::SEGMENT {
            return Self::SEGMENT - length;
        }
        self.end += 1;
        if self.has_slot() { Self::SEGMENT } else { 0 }
    }

    fn push(&mut self, octets: &[u8]) {
        let end = self.end;
        // The room was looked at.
        let _ = self.slot_mut(end).octets.extend_from_slice(octets);
    }

    // ---- sending ----

    /// What is to be sent next while receivers have room for all before `limit`: what was lost, then what is new.
    pub(super) fn due(&self, limit: u32) -> Option<u32> {
        let lost = (self.base..self.next).find(|&sequence| self.slot(sequence).state == State::Lost);
        lost.or_else(|| (self.next < self.end.min(limit)).then_some(self.next))
    }

    /// A segment goes out as packet `number`.
    pub(super) fn send(&mut self, sequence: u32, number: u16) {
        self.next = self.next.max(sequence + 1);
        self.slot_mut(sequence).state = State::Sent(number);
    }

    pub(super) fn segment(&self, sequence: u32) -> (Mark, &[u8]) {
        let slot = self.slot(sequence);
        (slot.mark, &slot.octets)
    }

    /// Packet `number` did not arrive.
    pub(super) fn lose(&mut self, number: u16) {
        for sequence in self.base..self.next {
            let slot = self.slot_mut(sequence);
            if slot.state == State::Sent(number) {
                slot.state = State::Lost;
            }
        }
    }

    /// Somebody lacks all of `base..next` that `has` does not know, though packet `answered` arrived: what was sent before it and is
    /// not there was lost.
    pub(super) fn lose_before(&mut self, answered: u16, has: impl Fn(u32) -> bool) {
        for sequence in self.base..self.next {
            let slot = self.slot_mut(sequence);
            if let State::Sent(number) = slot.state
                && is_before(number, answered)
                && !has(sequence)
            {
                slot.state = State::Lost;
            }
        }
    }

    /// Everybody has all before `sequence`. Returns how many messages end there.
    pub(super) fn release(&mut self, sequence: u32) -> u32 {
        let mut messages = 0;
        while self.base < sequence.min(self.next) {
            let base = self.base;
            let slot = self.slot_mut(base);
            messages += u32::from(slot.mark.last);
            slot.clear();
            self.base += 1;
        }
        self.advance();
        messages
    }
}

/// Packet numbers go round.
const fn is_before(number: u16, other: u16) -> bool {
    number.wrapping_sub(other) as i16 <= 0
}

impl<const PACKET: usize, const WINDOW: usize> core::fmt::Debug for Window<PACKET, WINDOW> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Window")
            .field("base", &self.base)
            .field("next", &self.next)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
