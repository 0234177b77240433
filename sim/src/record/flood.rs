//! Pins and NeoPixels can change faster than anybody reads: how many of their changes are told, and that others are not.

use std::collections::{BTreeMap, VecDeque};
use std::str::FromStr;

use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::kernel::{Span, Time};
use crate::observe::BoardId;

/// What of a board changes all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub(super) enum Changing {
    Pins,
    Pixels,
}

/// How many changes are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Share {
    /// [`MOST`] a second and board.
    #[default]
    Some,
    All,
    None,
}

/// Changes of a board that are told within a second.
const MOST: u32 = 10;

const SECOND: Span = Span::from_micros(1_000_000);

/// Which changes of pins and NeoPixels are told. By default some of both: ten a second and board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    pins: Share,
    pixels: Share,
}

/// The text says nothing that can be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not shown; write all, none, or some of {known} with commas", known = Changing::VARIANTS.join(", "))]
pub struct ParseShowError(String);

impl FromStr for Show {
    type Err = ParseShowError;

    /// `all`, `none`, or what is to be shown: `pins`, `pixels`. What is not named is not shown then.
    fn from_str(text: &str) -> Result<Self, ParseShowError> {
        let both = |share| Self {
            pins: share,
            pixels: share,
        };
        match text {
            "all" => return Ok(both(Share::All)),
            "none" => return Ok(both(Share::None)),
            _ => {}
        }
        let mut show = both(Share::None);
        for word in text.split(',') {
            let word = word.trim();
            *show.of(word.parse().map_err(|_| ParseShowError(word.to_owned()))?) = Share::All;
        }
        Ok(show)
    }
}

impl Show {
    fn of(&mut self, what: Changing) -> &mut Share {
        match what {
            Changing::Pins => &mut self.pins,
            Changing::Pixels => &mut self.pixels,
        }
    }
}

/// A second in which changes of one board are counted.
#[derive(Debug)]
struct Second {
    told: u32,
    hidden: u64,
}

/// Lets some changes through and counts the others.
#[derive(Debug, Default)]
pub(super) struct Flood {
    show: Show,
    seconds: BTreeMap<(BoardId, Changing), Second>,
    /// When they end: the earliest first.
    ends: VecDeque<(Time, BoardId, Changing)>,
}

/// Changes that were not told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    pub(super) at: Time,
    pub(super) board: BoardId,
    pub(super) what: Changing,
    pub(super) count: u64,
}

impl Flood {
    pub(super) fn new(show: Show) -> Self {
        Self {
            show,
            ..Self::default()
        }
    }

    /// Whether this change is told.
    pub(super) fn admits(&mut self, at: Time, board: BoardId, what: Changing) -> bool {
        match self.show.of(what) {
            Share::All => return true,
            Share::None => return false,
            Share::Some => {}
        }
        let ends = &mut self.ends;
        let second = self.seconds.entry((board, what)).or_insert_with(|| {
            ends.push_back((at + SECOND, board, what));
            Second { told: 0, hidden: 0 }
        });
        let is_told = second.told < MOST;
        if is_told {
            second.told += 1;
        } else {
            second.hidden += 1;
        }
        is_told
    }

    /// What was hidden in the earliest second that is over at this time; to be asked until there is none.
    pub(super) fn take_hidden(&mut self, now: Time) -> Option<Hidden> {
        while self.ends.front().is_some_and(|(end, ..)| *end <= now) {
            let (at, board, what) = self.ends.pop_front()?;
            let count = self.seconds.remove(&(board, what)).map_or(0, |second| second.hidden);
            if count > 0 {
                return Some(Hidden { at, board, what, count });
            }
        }
        None
    }
}

impl Hidden {
    /// In words. `can_show` is whether there is an option that shows them.
    pub(super) fn words(&self, can_show: bool) -> String {
        let what: &str = self.what.into();
        let changes = if self.count == 1 { "change" } else { "changes" };
        let hint = if can_show {
            format!(" (--show {what})")
        } else {
            String::new()
        };
        format!("… {} more {changes} of {what} not shown{hint}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARD: BoardId = BoardId(3);

    const fn millis(millis: u64) -> Time {
        Time::from_micros(1000 * millis)
    }

    #[test]
    fn some_are_told_and_the_others_counted() {
        let mut flood = Flood::default();
        let told = (0..100)
            .filter(|&at| flood.admits(millis(at), BOARD, Changing::Pins))
            .count();
        assert_eq!(told, 10);
        // Others have a share of their own.
        assert!(flood.admits(millis(100), BOARD, Changing::Pixels));
        assert!(flood.admits(millis(100), BoardId(4), Changing::Pins));
        assert_eq!(flood.take_hidden(millis(999)), None);
        let hidden = flood.take_hidden(millis(1000)).expect("the second is over");
        assert_eq!((hidden.at, hidden.count), (millis(1000), 90));
        assert_eq!(hidden.words(true), "… 90 more changes of pins not shown (--show pins)");
        assert_eq!(flood.take_hidden(millis(5000)), None);
        assert!(flood.admits(millis(1001), BOARD, Changing::Pins), "a new second");
    }

    #[test]
    fn what_is_asked_for_is_shown_alone() {
        let admitted = |show: &str| {
            let mut flood = Flood::new(show.parse().expect("a choice"));
            let mut count = |what| (0..50).filter(|&at| flood.admits(millis(at), BOARD, what)).count();
            (count(Changing::Pins), count(Changing::Pixels))
        };
        assert_eq!(admitted("all"), (50, 50));
        assert_eq!(admitted("none"), (0, 0));
        assert_eq!(admitted("pins"), (50, 0));
        assert_eq!(admitted("pixels, pins"), (50, 50));
        assert!(Changing::VARIANTS.iter().all(|word| word.parse::<Show>().is_ok()));
        assert!("pin".parse::<Show>().is_err() && "".parse::<Show>().is_err());
    }
}
