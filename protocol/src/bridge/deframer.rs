//! From octets to frames and back.

use crc::{CRC_32_ISO_HDLC, Crc};

use super::MAX_FRAME;
use super::frame::{Frame, MAX_BODY, Sender};

/// Octets of the check.
pub(super) const CHECK_LEN: usize = 4;

static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What one end of the line has seen. Counters stay at their highest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineStatistics {
    /// Frames that were whole.
    pub frames: u32,
    /// Stretches between zeros that were none: broken frames, a boot loader's words, noise.
    pub broken: u32,
    /// Data frames that this end sent again.
    pub repeated: u32,
    /// Whole frames that were not taken: of another session, out of turn, or without room.
    pub turned_away: u32,
}

/// Adds one, up to the highest.
pub(super) const fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}

/// What the octets up to a zero were.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stretch<'a> {
    Frame(Frame<'a>),
    Broken,
}

/// Collects octets up to the zero that ends a frame.
#[derive(Debug)]
pub(super) struct Deframer {
    sender: Sender,
    buffer: [u8; MAX_FRAME],
    length: usize,
    /// More came than any frame has: all up to the next zero is garbage.
    overlong: bool,
    /// Octets of the last stretch's frame, if it was one.
    body: Option<usize>,
}

impl Deframer {
    /// For the frames of that sender.
    pub(super) const fn new(sender: Sender) -> Self {
        Self {
            sender,
            buffer: [0; MAX_FRAME],
            length: 0,
            overlong: false,
            body: None,
        }
    }

    /// Takes octets off the front of `octets`, up to the end of a stretch. Returns whether it came to one.
    pub(super) fn take(&mut self, octets: &mut &[u8]) -> bool {
        loop {
            let zero = octets.iter().position(|&octet| octet == 0);
            let (piece, rest) = octets.split_at(zero.unwrap_or(octets.len()));
            self.collect(piece);
            let Some((_zero, rest)) = rest.split_first() else {
                *octets = rest;
                return false;
            };
            *octets = rest;
            let length = core::mem::take(&mut self.length);
            if core::mem::take(&mut self.overlong) {
                self.body = None;
                return true;
            }
            if length > 0 {
                self.body = open(&mut self.buffer[..length]);
                return true;
            }
        }
    }

    /// What the last stretch was.
    pub(super) fn stretch(&self) -> Stretch<'_> {
        self.body
            .and_then(|length| Frame::parse(self.sender, self.buffer.get(..length)?).ok())
            .map_or(Stretch::Broken, Stretch::Frame)
    }

    fn collect(&mut self, piece: &[u8]) {
        let end = self.length + piece.len();
        match self.buffer.get_mut(self.length..end) {
            Some(room) if !self.overlong => {
                room.copy_from_slice(piece);
                self.length = end;
            }
            _ => self.overlong = true,
        }
    }
}

/// Decodes and checks in place, and gives the length of the frame at the front.
fn open(encoded: &mut [u8]) -> Option<usize> {
    let length = cobs::decode_in_place(encoded).ok()?;
    let (body, check) = encoded.get(..length)?.split_last_chunk::<CHECK_LEN>()?;
    (CRC.checksum(body) == u32::from_le_bytes(*check)).then_some(body.len())
}

/// Writes a frame as it is on the line and gives its length; `None` if `line` is too short.
pub(super) fn enclose(frame: &Frame<'_>, sender: Sender, line: &mut [u8]) -> Option<usize> {
    let mut body = [0; MAX_BODY + CHECK_LEN];
    let length = frame.emit(sender, &mut body[..MAX_BODY])?;
    let check = CRC.checksum(&body[..length]);
    let whole = length + CHECK_LEN;
    body[length..whole].copy_from_slice(&check.to_le_bytes());
    let room = line.get_mut(..cobs::max_encoding_length(whole) + 2)?;
    room[0] = 0;
    let encoded = cobs::encode(&body[..whole], &mut room[1..]);
    room[1 + encoded] = 0;
    Some(encoded + 2)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn ack(number: u32) -> Frame<'static> {
        Frame::Ack {
            session: 7,
            ack: number,
            gap: false,
        }
    }

    fn line(frame: &Frame<'_>) -> Vec<u8> {
        let mut line = [0; MAX_FRAME];
        let length = enclose(frame, Sender::Host, &mut line).expect("room for the longest");
        line[..length].to_vec()
    }

    fn all(deframer: &mut Deframer, mut octets: &[u8]) -> (Vec<u32>, usize) {
        let (mut acks, mut broken) = (Vec::new(), 0);
        while deframer.take(&mut octets) {
            match deframer.stretch() {
                Stretch::Frame(Frame::Ack { ack, .. }) => acks.push(ack),
                Stretch::Frame(_) | Stretch::Broken => broken += 1,
            }
        }
        (acks, broken)
    }

    #[test]
    fn the_longest_frame_fits_and_no_octet_of_it_is_zero() {
        for octet in [0, 1, 0xff] {
            let message = [octet; super::super::MAX_MESSAGE];
            let frame = Frame::Data {
                session: 1,
                number: 2,
                ack: 3,
                message: &message,
            };
            let line = line(&frame);
            assert!(line[1..line.len() - 1].iter().all(|&octet| octet != 0));
            let mut deframer = Deframer::new(Sender::Host);
            assert!(deframer.take(&mut &line[..]));
            assert_eq!(deframer.stretch(), Stretch::Frame(frame));
        }
    }

    proptest! {
        #[test]
        fn frames_are_found_after_any_garbage_and_in_any_pieces(
            garbage in proptest::collection::vec(any::<u8>(), 0..4000),
            size in 1..2000_usize,
        ) {
            let mut octets = garbage;
            octets.extend(line(&ack(1)));
            octets.extend(line(&ack(2)));
            let mut deframer = Deframer::new(Sender::Host);
            let found: Vec<_> = octets.chunks(size).flat_map(|piece| all(&mut deframer, piece).0).collect();
            prop_assert!(found.ends_with(&[1, 2]), "{found:?}");
        }

        #[test]
        fn a_flipped_bit_costs_its_frame_and_no_other(at in 0..1000_usize, bit in 0..8_u32) {
            let frames = [line(&ack(1)), line(&ack(2)), line(&ack(3))];
            let mut octets = frames.concat();
            let at = at % octets.len();
            octets[at] ^= 1 << bit;
            let (found, _) = all(&mut Deframer::new(Sender::Host), &octets);
            let hit = at / frames[0].len();
            for number in [1, 2, 3] {
                // The zero between two frames belongs to both of them, but each has one of its own.
                let unharmed = hit + 1 != number as usize;
                prop_assert!(!unharmed || found.contains(&number), "{found:?} without {number}");
            }
            prop_assert!(found.iter().all(|number| (1..=3).contains(number)));
        }
    }
}
