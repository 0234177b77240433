//! The account of wrong proofs, which outlives a reset.
//!
//! ```text
//!   clear ── a proof comes ──► mark it in the flash ──► marked: proofs are judged ── a right one ──► remove the mark ──► clear
//!                                                         │ a wrong one: counted      start, marked or unreadable: closed for a while
//!                                                         └───────────┘
//! ```
//!
//! A count in the flash would be a write a guess, and whoever guesses would wear the flash out. So all that is kept is that somebody may be
//! guessing: it stands there before the first proof is judged, and goes with a right one. A start that finds it, or can't read it, begins as if
//! there had been one guess too many. So power cuts make nobody faster, and cost the rightful initiator
//! [`CLOSED_FOR`] only after wrong proofs, or after a cut in the middle of its handshake. That is two writes a handshake, and none a guess.

use super::{CLOSED_FOR, MAX_WRONG_PROOFS};
use crate::board::StorageError;
use crate::time::Instant;

/// What the mark says. Only that there is one counts, so that it needs no check.
pub(super) const MARK: &[u8] = &[1];

/// What is known of the mark in the flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Unread,
    Clear,
    Set,
    /// It is to be removed.
    Done,
    /// It is being removed.
    Leaving,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Guesses {
    mark: Mark,
    wrong: u8,
    closed_until: Option<Instant>,
}

impl Guesses {
    pub(super) const fn new() -> Self {
        Self {
            mark: Mark::Unread,
            wrong: 0,
            closed_until: None,
        }
    }

    pub(super) fn is_unread(&self) -> bool {
        self.mark == Mark::Unread
    }

    /// The flash says what is marked. A board that has a key was given the right proof last. Returns whether nobody is heard for a while.
    pub(super) fn handle_loaded(
        &mut self,
        now: Instant,
        mark: Result<Option<&[u8]>, StorageError>,
        has_key: bool,
    ) -> bool {
        self.mark = match mark {
            Ok(None) => Mark::Clear,
            Ok(Some(_)) | Err(_) if has_key => Mark::Done,
            Ok(Some(_)) | Err(_) => Mark::Set,
        };
        let closes = self.mark == Mark::Set;
        if closes {
            self.closed_until = Some(now + CLOSED_FOR);
        }
        closes
    }

    /// Whether nobody is heard now.
    pub(super) fn is_closed(&self, now: Instant) -> bool {
        self.is_unread() || self.closed_until.is_some_and(|until| now < until)
    }

    /// Whether a proof may be judged: the flash says that somebody may be guessing.
    pub(super) fn may_judge(&self) -> bool {
        matches!(self.mark, Mark::Set | Mark::Done)
    }

    /// Whether the flash is to be marked before a proof is judged.
    pub(super) fn wants_mark(&self) -> bool {
        self.mark == Mark::Clear
    }

    pub(super) fn handle_marked(&mut self) {
        self.mark = Mark::Set;
    }

    /// Returns whether that was one too many.
    pub(super) fn handle_wrong(&mut self, now: Instant) -> bool {
        self.mark = Mark::Set;
        self.wrong += 1;
        let closes = self.wrong >= MAX_WRONG_PROOFS;
        if closes {
            self.wrong = 0;
            self.closed_until = Some(now + CLOSED_FOR);
        }
        closes
    }

    pub(super) fn handle_right(&mut self) {
        self.mark = Mark::Done;
    }

    /// The owner has the board in hand. The mark stays until a right proof.
    pub(super) fn pardon(&mut self) {
        self.wrong = 0;
        self.closed_until = None;
    }

    /// The key was taken: whoever was wrong before is out.
    pub(super) fn forgive(&mut self) {
        self.wrong = 0;
    }

    /// Whether the mark is to be removed now. Asked once.
    pub(super) fn take_done(&mut self) -> bool {
        let done = self.mark == Mark::Done;
        if done {
            self.mark = Mark::Leaving;
        }
        done
    }

    /// A flash that did not remove it is marked still, which is on the safe side.
    pub(super) fn handle_removed(&mut self, removed: bool) {
        self.mark = if removed { Mark::Clear } else { Mark::Set };
    }

    pub(super) fn expire(&mut self, now: Instant) {
        self.closed_until.take_if(|until| now >= *until);
    }

    pub(super) const fn closed_until(&self) -> Option<Instant> {
        self.closed_until
    }
}
