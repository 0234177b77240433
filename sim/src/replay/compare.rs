//! Two recordings beside each other.

use std::fmt;

use crate::kernel::Time;
use crate::observe::{BoardInfo, Event, Transmission};
use crate::record::lines::{Names, one_line};
use crate::record::recording::{Damage, Ended, Entry, Recording};
use crate::record::trace;

/// What two recordings have in common, and where that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Events that are the same in both, from the start.
    pub common: usize,
    /// The last of them: `0.002 receiver console hello`.
    pub last_common: Option<String>,
    /// The first frame among them whose octets differ: its words, and which octet. ESP-NOW's frames have four random ones, so
    /// that two seeds differ there long before they differ in what happens.
    pub octets: Option<String>,
    /// The first difference; `None` if there is none.
    pub difference: Option<Difference>,
}

/// The first difference of two recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// When it is: the earlier of the two times.
    pub at: Time,
    /// What each saw.
    pub sides: [Side; 2],
    /// Where the same words stand for different things, what that is.
    pub detail: Option<String>,
}

/// What one recording saw where it differs from the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// Boards that are not the other's.
    Boards(String),
    /// Something happened: `0.002 receiver console hello`.
    Saw(String),
    /// It ends there.
    Ends(String),
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boards(words) | Self::Saw(words) | Self::Ends(words) => f.write_str(words),
        }
    }
}

/// Compares what was seen. Names and seeds of the scenarios and the lines that ran them may differ; the boards may not.
#[must_use]
pub fn compare(a: &Recording, b: &Recording) -> Comparison {
    let boards = [a, b].map(|recording| &recording.description().boards);
    if boards[0] != boards[1] {
        let sides = other_boards(boards[0], boards[1]);
        return Comparison {
            common: 0,
            last_common: None,
            octets: None,
            difference: Some(Difference {
                at: Time::ZERO,
                sides,
                detail: None,
            }),
        };
    }
    let names = Names::new(boards[0].clone());
    let (mut left, mut right) = (a.cursor(), b.cursor());
    let mut octets = None;
    loop {
        let common = left.position();
        match (left.advance(), right.advance()) {
            (None, None) => {
                // Both are cut, or neither: an end is an entry.
                return Comparison {
                    common,
                    last_common: last_common(&names, a, common),
                    octets,
                    difference: None,
                };
            }
            (one, other) if one == other => {}
            (Some(one), Some(other)) if is_same_but_for_octets(one, other) => {
                let told = || format!("{}: {}", words(&names, one), detail(&one.1, &other.1));
                octets.get_or_insert_with(told);
            }
            (one, other) => {
                let ends = [(one, a), (other, b)];
                let at = ends.map(|(entry, recording)| entry.map_or(recording.end(), |(at, _)| *at));
                let sides = ends.map(|(entry, recording)| match entry {
                    Some(entry @ (_, Entry::Conclusion(_))) => Side::Ends(words(&names, entry)),
                    Some(entry) => Side::Saw(words(&names, entry)),
                    None => Side::Ends(cut_off(recording)),
                });
                let same_words = sides[0] == sides[1];
                return Comparison {
                    common,
                    last_common: last_common(&names, a, common),
                    octets,
                    difference: Some(Difference {
                        at: at[0].min(at[1]),
                        detail: one
                            .zip(other)
                            .filter(|_| same_words)
                            .map(|(one, other)| detail(&one.1, &other.1)),
                        sides,
                    }),
                };
            }
        }
    }
}

/// Whether two frames are the same for all that they do on the air.
fn is_same_but_for_octets((at, one): &(Time, Entry), (other_at, other): &(Time, Entry)) -> bool {
    match (one, other) {
        (Entry::Event(Event::Transmission(one)), Entry::Event(Event::Transmission(other))) => {
            let mpdu = one.mpdu.clone();
            at == other_at && one.mpdu.len() == other.mpdu.len() && *one == Transmission { mpdu, ..other.clone() }
        }
        _ => false,
    }
}

/// The last of so many entries, in words.
fn last_common(names: &Names, recording: &Recording, common: usize) -> Option<String> {
    let mut cursor = recording.cursor();
    cursor.seek(common);
    cursor.retreat().map(|entry| words(names, entry))
}

fn cut_off(recording: &Recording) -> String {
    let how = match recording.damage() {
        Some(Damage::Broken) => "is damaged",
        Some(Damage::CutOff) | None => "is cut off",
    };
    format!("{} the recording {how}", recording.end())
}

fn other_boards(a: &[BoardInfo], b: &[BoardInfo]) -> [Side; 2] {
    let told = |board: Option<&BoardInfo>, index: usize, all: usize| match board {
        None => format!("has {all} boards"),
        Some(board) => {
            let BoardInfo {
                name,
                chip,
                address,
                pixels,
            } = board;
            format!(
                "board {index} is {}, {}, {address}, with {pixels} NeoPixels",
                one_line(name),
                one_line(chip)
            )
        }
    };
    let first = (0..).find(|&index| a.get(index) != b.get(index)).unwrap_or(0);
    [a, b].map(|boards| Side::Boards(told(boards.get(first), first, boards.len())))
}

fn words(names: &Names, (at, entry): &(Time, Entry)) -> String {
    match entry {
        Entry::Event(event) => {
            let name = event.board().map_or("-", |board| names.name(board));
            format!("{at} {name} {}", trace::words(names, event))
        }
        Entry::Loss(loss) => format!("{at} - somebody set the loss of all links to {loss}"),
        Entry::Conclusion(conclusion) => {
            let how = match conclusion.ended {
                Ended::Over => "the run was over",
                Ended::Interrupted => "the run was interrupted",
                Ended::Left => "the run was left",
            };
            format!("{at} {how}")
        }
    }
}

/// What is different where the words are the same.
fn detail(one: &Entry, other: &Entry) -> String {
    match (one, other) {
        (Entry::Event(Event::Transmission(one)), Entry::Event(Event::Transmission(other))) => {
            let differs = |(_, (one, other)): &(usize, (&u8, &u8))| one != other;
            let octet = one.mpdu.iter().zip(&other.mpdu).enumerate().find(differs);
            match octet {
                Some((place, (one, other))) => {
                    format!("octet {place} of the frame is {one:#04x} in the first and {other:#04x} in the second")
                }
                None if one.queued_at != other.queued_at => format!(
                    "its program handed it over at {} in the first and at {} in the second",
                    one.queued_at, other.queued_at
                ),
                None => format!(
                    "{} dBm on channel {} in the first, {} dBm on channel {} in the second",
                    one.power_dbm,
                    one.channel.number(),
                    other.power_dbm,
                    other.channel.number()
                ),
            }
        }
        (
            Entry::Event(Event::Received { queued_at: one, .. }),
            Entry::Event(Event::Received { queued_at: other, .. }),
        ) => {
            format!("its sender handed it over at {one} in the first and at {other} in the second")
        }
        (Entry::Event(Event::Pixels { .. }), _) => "other NeoPixels than the first eight".to_owned(),
        (Entry::Conclusion(_), _) => "the counters differ".to_owned(),
        _ => "the times differ by less than a microsecond".to_owned(),
    }
}

impl Comparison {
    /// Whether nothing differs, not even an octet.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.difference.is_none() && self.octets.is_none()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            common,
            last_common,
            octets,
            difference,
        } = self;
        let Some(Difference { at, sides, detail }) = difference else {
            write!(f, "the same: {common} events")?;
            return match octets {
                None => Ok(()),
                Some(octets) => write!(f, ", but for octets of frames\n  octets       {octets}"),
            };
        };
        write!(f, "different from {at} s on, after {common} events that are the same")?;
        if let Some(last) = last_common {
            write!(f, "\n  last common  {last}")?;
        }
        for (name, side) in ["first", "second"].iter().zip(sides) {
            write!(f, "\n  {name:<11}  {side}")?;
        }
        if let Some(detail) = detail {
            write!(f, "\n  {:<11}  {detail}", "that is")?;
        }
        if let Some(octets) = octets {
            write!(f, "\n  {:<11}  differ before: {octets}", "octets")?;
        }
        Ok(())
    }
}
