//! Lines become frames.

use protocol::frame::{FCS_LEN, Mpdu};

use super::super::error::HexError;
use super::super::frame::{LinkType, Packet, split_fcs};
use super::offset::{Offset, Radix};
use super::{KEPT_LINES, MAX_FRAME_LEN};
use crate::record::radiotap::Header;

/// The shortest lines that a frame is broken into.
const SHORTEST_LINE: usize = 8;

/// Octets in a line of what tools write.
const USUAL_LINES: [usize; 6] = [8, 16, 24, 30, 32, 64];

/// More octets are not looked at for the end of a frame.
const LONGEST_FRAME: usize = 4096;

/// What has been read of a frame, or of several.
#[derive(Debug, Default)]
pub(super) enum Block {
    #[default]
    None,
    /// Lines without offsets.
    Lines(Vec<Vec<u8>>),
    /// A dump, whose first line has the offset `base`.
    Dump {
        base: u64,
        /// What its offsets are written in, as soon as that is known.
        radix: Option<Radix>,
        octets: Vec<u8>,
        /// Where its last line begins.
        last_line: usize,
        /// That line is repeated up to the next offset.
        is_repeated: bool,
    },
    /// A list that has begun.
    List(Vec<u8>),
}

impl Block {
    pub(super) const fn begin(offset: &Offset) -> Self {
        Self::Dump {
            base: offset.hexadecimal(),
            radix: None,
            octets: Vec::new(),
            last_line: 0,
            is_repeated: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Dump { octets, .. } | Self::List(octets) => octets.len(),
            Self::None | Self::Lines(_) => 0,
        }
    }

    /// Adds the octets of a line.
    pub(super) fn extend(&mut self, more: &[u8]) -> Result<(), HexError> {
        let (Self::Dump { octets, .. } | Self::List(octets)) = self else {
            return Ok(());
        };
        if octets.len() + more.len() > MAX_FRAME_LEN {
            return Err(HexError::TooLong);
        }
        octets.extend_from_slice(more);
        Ok(())
    }

    /// `*` stands for lines.
    pub(super) fn repeat(&mut self) -> Result<(), HexError> {
        match self {
            Self::Dump { is_repeated, .. } => {
                *is_repeated = true;
                Ok(())
            }
            _ => Err(HexError::NotADigit('*')),
        }
    }

    /// Whether a dump goes on at this offset. Characters that were taken for octets are cut off, and lines that `*` stands for are
    /// filled in.
    pub(super) fn is_continued_at(&mut self, offset: &Offset) -> Result<bool, HexError> {
        let Self::Dump {
            base,
            radix,
            octets,
            last_line,
            is_repeated,
        } = self
        else {
            return Ok(false);
        };
        let known = *radix;
        let places = || {
            offset
                .within(*base)
                .filter(move |(radix, _)| known.is_none_or(|known| known == *radix))
        };
        if std::mem::take(is_repeated) {
            let repeated = octets[*last_line..].to_vec();
            let end = places().map(|(_, end)| end).find(|end| *end >= octets.len());
            let end = end.filter(|_| !repeated.is_empty()).ok_or(HexError::Offset {
                found: offset.hexadecimal(),
                expected: octets.len(),
            })?;
            if end > MAX_FRAME_LEN {
                return Err(HexError::TooLong);
            }
            while octets.len() < end {
                let missing = end - octets.len();
                octets.extend(repeated.iter().take(missing));
            }
        }
        let here = |(_, end): &(Radix, usize)| *end == octets.len();
        let within_last_line = |(_, end): &(Radix, usize)| *end > *last_line && *end < octets.len();
        let place = places().find(here).or_else(|| places().find(within_last_line));
        let Some((read_in, end)) = place.filter(|(_, end)| *end > 0) else {
            return Ok(false);
        };
        *radix = Some(read_in);
        octets.truncate(end);
        *last_line = end;
        Ok(true)
    }

    /// Whether the line is an offset alone, and the dump's end.
    pub(super) fn ends_at(&mut self, text: &str) -> bool {
        let offset = Offset::parse(text.trim());
        offset.is_some_and(|offset| self.is_continued_at(&offset) == Ok(true))
    }

    /// Whether a line of octets can be the next of a frame that is broken into lines.
    pub(super) fn may_be_continued_by(&self, line: &[u8]) -> bool {
        match self {
            Self::Lines(lines) => {
                let first = lines.first().map_or(0, Vec::len);
                // Only the last line of a frame is shorter.
                lines.len() < KEPT_LINES && line.len() <= first && lines.last().is_some_and(|last| last.len() == first)
            }
            Self::None => true,
            Self::Dump { .. } | Self::List(_) => false,
        }
    }

    pub(super) fn into_frames(self) -> Vec<Vec<u8>> {
        match self {
            Self::None => Vec::new(),
            Self::Dump { octets, .. } | Self::List(octets) if octets.is_empty() => Vec::new(),
            Self::Dump { octets, .. } | Self::List(octets) => vec![octets],
            Self::Lines(lines) => joined(lines),
        }
    }
}

/// Frames from lines that follow each other, all as long as the first but the last one, which may be shorter.
fn joined(mut lines: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while !lines.is_empty() {
        let length = lines[0].len();
        let count = if length < SHORTEST_LINE { None } else { whole(&lines) };
        let Some(count) = count else {
            // Tools write such lines, and no whole frame is among them.
            let is_dump = USUAL_LINES.contains(&length) && !lines.iter().any(|line| is_whole(line));
            match is_dump && lines.len() > 1 && lines.len() * length <= LONGEST_FRAME {
                true => frames.push(lines.concat()),
                false => frames.append(&mut lines),
            }
            return frames;
        };
        let rest = lines.split_off(count);
        frames.push(std::mem::replace(&mut lines, rest).concat());
    }
    frames
}

/// How many of the lines, from the first on, are a whole frame.
fn whole(lines: &[Vec<u8>]) -> Option<usize> {
    let mut octets = Vec::new();
    for (count, line) in (1..).zip(lines) {
        octets.extend_from_slice(line);
        if octets.len() > LONGEST_FRAME {
            return None;
        }
        if is_whole(&octets) {
            // Its FCS may be alone on the next line.
            let Some(next) = lines.get(count).filter(|next| next.len() == FCS_LEN) else {
                return Some(count);
            };
            octets.extend_from_slice(next);
            return Some(count + usize::from(split_fcs(mpdu(&octets)).is_some()));
        }
    }
    None
}

/// Whether that is a frame from its beginning to its end, as far as one can tell.
pub(super) fn is_whole(octets: &[u8]) -> bool {
    let mpdu = mpdu(octets);
    Mpdu::parse(mpdu).is_ok() || split_fcs(mpdu).is_some()
}

/// What is behind the radiotap header, if there is one.
fn mpdu(octets: &[u8]) -> &[u8] {
    Header::parse(octets).map_or(octets, |(_, mpdu)| mpdu)
}

/// A frame as a packet. What begins as a radiotap header does has one: no ESP-NOW frame begins with two zeros.
pub(super) fn packet(data: Vec<u8>) -> Packet {
    let has_header = data.starts_with(&[0, 0]) && Header::parse(&data).is_ok();
    Packet {
        timestamp_ns: None,
        link_type: if has_header {
            LinkType::RADIOTAP
        } else {
            LinkType::IEEE802_11
        },
        original_len: data.len(),
        data,
    }
}
