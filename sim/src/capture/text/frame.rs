//! Lines become frames.

use protocol::frame::{FCS_LEN, Mpdu};

use super::super::error::HexError;
use super::super::frame::{LinkType, Packet, split_fcs};
use super::super::is_capture_file;
use super::dump::Dump;
use super::line::Within;
use super::literal::Then;
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
        /// The same with each group's octets in the other order, and whether that is the right one.
        reversed: Vec<u8>,
        is_reversed: bool,
        /// Where its last line begins.
        last_line: usize,
        /// Whether what stands beside that line's octets may have been taken for some.
        may_be_shorter: bool,
        /// That line is repeated up to the next offset.
        is_repeated: bool,
    },
    /// A list that has begun.
    List(Vec<u8>),
    /// A string of one literal or several.
    Literal { octets: Vec<u8>, then: Then },
}

impl Block {
    pub(super) const fn begin(offset: &Offset) -> Self {
        Self::Dump {
            base: offset.hexadecimal(),
            radix: None,
            octets: Vec::new(),
            reversed: Vec::new(),
            is_reversed: false,
            last_line: 0,
            may_be_shorter: false,
            is_repeated: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Dump { octets, .. } | Self::List(octets) | Self::Literal { octets, .. } => octets.len(),
            Self::None | Self::Lines(_) => 0,
        }
    }

    /// Adds the octets of a line.
    pub(super) fn extend(&mut self, more: &[u8]) -> Result<(), HexError> {
        let (Self::Dump { octets, .. } | Self::List(octets) | Self::Literal { octets, .. }) = self else {
            return Ok(());
        };
        if octets.len() + more.len() > MAX_FRAME_LEN {
            return Err(HexError::TooLong);
        }
        octets.extend_from_slice(more);
        if is_capture_file(octets) {
            *self = Self::None;
            return Err(HexError::CaptureFile);
        }
        Ok(())
    }

    /// Adds a line of a dump.
    pub(super) fn extend_dump(&mut self, dump: &Dump) -> Result<(), HexError> {
        self.extend(&dump.octets)?;
        if let Self::Dump {
            reversed,
            is_reversed,
            may_be_shorter,
            ..
        } = self
        {
            reversed.extend_from_slice(&dump.reversed);
            *is_reversed |= dump.is_reversed;
            *may_be_shorter = dump.may_be_shorter;
        }
        Ok(())
    }

    /// What the next line is in.
    pub(super) const fn within(&self) -> Within {
        match self {
            Self::List(_) => Within::List,
            Self::Literal { .. } => Within::Literal,
            Self::None | Self::Lines(_) | Self::Dump { .. } => Within::Nothing,
        }
    }

    /// Whether empty lines may come in it.
    pub(super) const fn is_unfinished(&self) -> bool {
        matches!(
            self,
            Self::List(_)
                | Self::Literal {
                    then: Then::UntilItEnds,
                    ..
                }
        )
    }

    /// Whether the next literal belongs to this string.
    pub(super) fn is_string_that_goes_on(&self) -> bool {
        match self {
            Self::Literal { octets, then } => match then {
                Then::NextLine | Then::UntilItEnds => true,
                Then::Open => !is_whole(octets),
                Then::Ends => false,
            },
            _ => false,
        }
    }

    /// A line of literals says how the string goes on, unless that is known already.
    pub(super) fn goes_on(&mut self, how: Then) {
        if let Self::Literal { then, .. } = self
            && *then != Then::UntilItEnds
        {
            *then = how;
        }
    }

    /// Whether the line has nothing but what ends a string.
    pub(super) fn closes_with(&self, text: &str) -> bool {
        let is_end = |character| matches!(character, ')' | ']' | '}' | ';' | ',');
        matches!(self, Self::Literal { .. }) && text.trim().chars().all(is_end)
    }

    /// Whether a line begins with the offset at which a dump goes on.
    pub(super) fn goes_on_at(&self, text: &str) -> bool {
        let Self::Dump { base, octets, .. } = self else {
            return false;
        };
        let offset = text.split_whitespace().next().and_then(Offset::parse);
        offset.is_some_and(|offset| {
            let mut places = offset.within(*base);
            places.any(|(_, place)| place > 0 && place == octets.len())
        })
    }

    /// `*` stands for lines.
    pub(super) fn repeat(&mut self) -> Result<(), HexError> {
        match self {
            Self::Dump { is_repeated, .. } => {
                *is_repeated = true;
                Ok(())
            }
            Self::Lines(_) => {
                // What is before it is no whole frame.
                *self = Self::None;
                Err(HexError::LeftOut)
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
            reversed,
            last_line,
            may_be_shorter,
            is_repeated,
            ..
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
            let repeated = [&*octets, &*reversed].map(|octets| octets.get(*last_line..).unwrap_or_default().to_vec());
            let end = places().map(|(_, end)| end).find(|end| *end >= octets.len());
            let end = end.filter(|_| !repeated[0].is_empty()).ok_or(HexError::Offset {
                found: offset.hexadecimal(),
                expected: octets.len(),
            })?;
            if end > MAX_FRAME_LEN {
                return Err(HexError::TooLong);
            }
            for (octets, repeated) in [&mut *octets, &mut *reversed].into_iter().zip(&repeated) {
                while octets.len() < end {
                    let missing = end - octets.len();
                    octets.extend(repeated.iter().take(missing));
                }
            }
        }
        let here = |(_, end): &(Radix, usize)| *end == octets.len();
        let within_last_line = |(_, end): &(Radix, usize)| *may_be_shorter && *end > *last_line && *end < octets.len();
        let place = places().find(here).or_else(|| places().find(within_last_line));
        let Some((read_in, end)) = place.filter(|(_, end)| *end > 0) else {
            return Ok(false);
        };
        *radix = Some(read_in);
        octets.truncate(end);
        reversed.truncate(end);
        *last_line = end;
        Ok(true)
    }

    /// Whether the line is an offset alone, and the dump's end. It is an error if the dump has another end.
    pub(super) fn ends_at(&mut self, text: &str) -> Result<bool, HexError> {
        let Some(offset) = Offset::parse(text.trim()).filter(|_| matches!(self, Self::Dump { .. })) else {
            return Ok(false);
        };
        match self.is_continued_at(&offset)? {
            true => Ok(true),
            // Longer ones are octets, of which no frame has so few.
            false if !offset.has_colon && (6..=8).contains(&offset.digits) => Err(HexError::Offset {
                found: offset.hexadecimal(),
                expected: self.len(),
            }),
            false => Ok(false),
        }
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
            Self::Dump { .. } | Self::List(_) | Self::Literal { .. } => false,
        }
    }

    pub(super) fn into_frames(self) -> Vec<Vec<u8>> {
        match self {
            Self::None => Vec::new(),
            Self::Dump {
                octets,
                reversed,
                is_reversed,
                ..
            } => {
                // xxd -e writes groups with the least significant octet first, and some systems' od the other way round.
                let is_other = is_reversed || (!is_whole(&octets) && is_whole(&reversed));
                Some(if is_other { reversed } else { octets })
                    .filter(|octets| !octets.is_empty())
                    .into_iter()
                    .collect()
            }
            Self::List(octets) | Self::Literal { octets, .. } if octets.is_empty() => Vec::new(),
            Self::List(octets) | Self::Literal { octets, .. } => vec![octets],
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
        is_pasted: true,
    }
}
