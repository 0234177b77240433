//! Lines that outlive a reset.

use super::line::Level;
use crate::service::Output;
use crate::time::{Duration, Instant};

/// How many segments there are.
pub const SEGMENTS: usize = 4;

/// Octets of a segment: one value in the storage.
pub const SEGMENT_LEN: usize = 768;

/// The segments' names.
const KEYS: [&str; SEGMENTS] = ["log0", "log1", "log2", "log3"];

const VERSION: u8 = 1;
const HEADER_LEN: usize = 5;

/// Between two writes, on average: a segment that is full may be written before its time, and the next write waits the longer. What does
/// not fit meanwhile is not kept.
pub const LEAST_INTERVAL: Duration = Duration::from_secs(5);

/// A line waits no longer than that for its writing; an error no longer than [`LEAST_INTERVAL`].
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A segment with less room than that is as good as full.
const ALMOST: usize = 64;

/// A ring of segments in the storage, the newest of which is in memory as well.
///
/// ```text
/// log0 … log3:  version 1 │ sequence u32 little-endian │ lines, each with its line feed
/// ```
///
/// The segment with the highest sequence is the newest. It is written whole, again and again until it is full, at most every
/// [`LEAST_INTERVAL`], and after [`LONGEST_WAIT`] if nothing is urgent: a board that logs without end wears each sector of a storage of
/// 64 KiB at most some 200 times a day, of the 100 000 times that flash endures.
#[derive(Debug)]
pub(super) struct History {
    stage: Stage,
    /// The newest segment.
    current: heapless::Vec<u8, SEGMENT_LEN>,
    sequence: u32,
    /// When what is only in memory has to be written.
    due: Option<Instant>,
    /// No write before this.
    not_before: Instant,
    writing: bool,
    missed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Looking for the newest segment: this one's turn.
    Scanning {
        index: usize,
        asked: bool,
        newest: Option<u32>,
    },
    /// The newest is being read, to be continued.
    Continuing {
        asked: bool,
    },
    Ready,
    /// Somebody wants to read all: so many segments ago is this one's turn.
    Reading {
        back: u32,
        asked: bool,
    },
}

/// Where a segment is kept.
const fn key(sequence: u32) -> &'static str {
    KEYS[sequence as usize % SEGMENTS]
}

/// A segment's sequence and its lines.
fn parse(segment: &[u8]) -> Option<(u32, &[u8])> {
    let ([VERSION, sequence @ ..], lines) = segment.split_first_chunk::<HEADER_LEN>()? else {
        return None;
    };
    Some((u32::from_le_bytes(*sequence), lines))
}

impl History {
    pub(super) fn new() -> Self {
        let mut history = Self {
            stage: Stage::Scanning {
                index: 0,
                asked: false,
                newest: None,
            },
            current: heapless::Vec::new(),
            sequence: 0,
            due: None,
            not_before: Instant::START,
            writing: false,
            missed: 0,
        };
        history.begin_segment();
        history
    }

    /// Lines that were not kept, because they came too fast.
    pub(super) const fn missed(&self) -> u32 {
        self.missed
    }

    fn begin_segment(&mut self) {
        self.current.clear();
        // There is room for the header.
        let _ = self.current.push(VERSION);
        let _ = self.current.extend_from_slice(&self.sequence.to_le_bytes());
    }

    fn set_sequence(&mut self, sequence: u32) {
        self.sequence = sequence;
        self.current[1..HEADER_LEN].copy_from_slice(&sequence.to_le_bytes());
    }

    pub(super) fn append(&mut self, now: Instant, level: Level, line: &str) {
        let is_written = self.due.is_none() && !self.writing && self.is_known();
        if self.is_full() && is_written {
            self.sequence = self.sequence.wrapping_add(1);
            self.begin_segment();
        }
        if self.current.len() + line.len() + 1 > SEGMENT_LEN {
            self.missed += 1;
            return self.hurry(now, self.not_before - LEAST_INTERVAL);
        }
        // There is room, as was seen.
        let _ = self.current.extend_from_slice(line.as_bytes());
        let _ = self.current.push(b'\n');
        if self.due.is_none() {
            self.due = Some((now + LONGEST_WAIT).max(self.not_before));
        }
        if self.is_full() {
            // What follows will hardly fit: better one write too early than lines that are missed.
            self.hurry(now, self.not_before - LEAST_INTERVAL);
        } else if level == Level::Error {
            self.hurry(now, self.not_before);
        }
    }

    fn is_full(&self) -> bool {
        self.current.len() + ALMOST > SEGMENT_LEN
    }

    /// Lets what is only in memory be written as soon as `not_before` allows.
    fn hurry(&mut self, now: Instant, not_before: Instant) {
        self.due = self.due.map(|due| due.min(now.max(not_before)));
    }

    /// Lets it be written at once, since the board is about to stop. Returns whether all is written.
    pub(super) fn flush(&mut self, now: Instant) -> bool {
        self.due = self.due.map(|_| now);
        self.due.is_none() && !self.writing
    }

    const fn is_known(&self) -> bool {
        matches!(self.stage, Stage::Ready | Stage::Reading { .. })
    }

    /// Lets all that was kept be read, the oldest first. Returns whether it will be.
    pub(super) const fn read(&mut self) -> bool {
        let ready = matches!(self.stage, Stage::Ready);
        if ready {
            self.stage = Stage::Reading {
                back: SEGMENTS as u32 - 1,
                asked: false,
            };
        }
        ready
    }

    /// What it wants of the storage; `may_read` says that what it reads has a place to go.
    pub(super) fn poll(&mut self, now: Instant, may_read: bool) -> Option<Output<'_>> {
        match &mut self.stage {
            Stage::Scanning { index, asked, .. } if !*asked => {
                *asked = true;
                return Some(Output::Load { key: KEYS[*index] });
            }
            Stage::Continuing { asked } if !*asked => {
                *asked = true;
                return Some(Output::Load {
                    key: key(self.sequence),
                });
            }
            Stage::Reading { back, asked } if may_read && *back > 0 && !*asked => {
                *asked = true;
                return Some(Output::Load {
                    key: key(self.sequence.wrapping_sub(*back)),
                });
            }
            _ => {}
        }
        if self.is_known() && !self.writing && self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.writing = true;
            self.not_before = self.not_before.max(now) + LEAST_INTERVAL;
            return Some(Output::Store {
                key: key(self.sequence),
                value: &self.current,
            });
        }
        None
    }

    /// The newest segment's lines, which are in memory, when their turn has come in a reading. That ends it.
    pub(super) fn take_newest(&mut self) -> Option<&[u8]> {
        if !matches!(self.stage, Stage::Reading { back: 0, .. }) {
            return None;
        }
        self.stage = Stage::Ready;
        self.current.get(HEADER_LEN..)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.is_known() && !self.writing {
            self.due
        } else {
            None
        }
    }

    pub(super) fn handle_stored(&mut self, key_stored: &str) {
        if KEYS.contains(&key_stored) {
            self.writing = false;
        }
    }

    /// A segment was read. Gives its lines if they are to be read out.
    pub(super) fn handle_loaded<'v>(&mut self, key_loaded: &str, value: Option<&'v [u8]>) -> Option<&'v [u8]> {
        if !KEYS.contains(&key_loaded) {
            return None;
        }
        let segment = value.and_then(parse);
        match self.stage {
            Stage::Scanning { index, newest, .. } => {
                // What stands in another's place is damaged.
                let here = segment
                    .map(|(sequence, _)| sequence)
                    .filter(|&sequence| key(sequence) == key_loaded);
                let newest = newest.max(here);
                let index = index + 1;
                self.stage = if index < SEGMENTS {
                    Stage::Scanning {
                        index,
                        asked: false,
                        newest,
                    }
                } else if let Some(newest) = newest {
                    self.set_sequence(newest);
                    Stage::Continuing { asked: false }
                } else {
                    Stage::Ready
                };
                None
            }
            Stage::Continuing { .. } => {
                self.stage = Stage::Ready;
                self.continue_after(segment.map_or(&[], |(_, lines)| lines));
                None
            }
            Stage::Reading { back, .. } => {
                self.stage = Stage::Reading {
                    back: back.saturating_sub(1),
                    asked: false,
                };
                let expected = self.sequence.wrapping_sub(back);
                segment
                    .filter(|&(sequence, _)| sequence == expected)
                    .map(|(_, lines)| lines)
            }
            Stage::Ready => None,
        }
    }

    /// What was kept goes before what came since the start, if there is room; else a new segment has begun.
    fn continue_after(&mut self, kept: &[u8]) {
        let length = self.current.len();
        if self.current.resize(length + kept.len(), 0).is_err() {
            self.set_sequence(self.sequence.wrapping_add(1));
            return;
        }
        self.current.copy_within(HEADER_LEN..length, HEADER_LEN + kept.len());
        self.current[HEADER_LEN..HEADER_LEN + kept.len()].copy_from_slice(kept);
    }
}
