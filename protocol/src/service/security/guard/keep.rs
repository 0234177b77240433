//! What a guard has in the flash: when it is read, kept and forgotten, and what becomes of the messages that wait for it.

use super::counter::{COUNTER_LEN, Counter};
use super::{AHEAD, GuardEvent, Guarded, QUIET};
use crate::board::StorageError;
use crate::service::Service;
use crate::service::security::KeptError;
use crate::time::{Duration, Instant};

/// After the flash refused, it is left alone for so long.
const FLASH_PAUSE: Duration = Duration::from_secs(1);

/// How often the flash is asked for a value that it refuses, before the guard is left to its owner.
const LOADS: u8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlashUse {
    None,
    LoadCounter,
    LoadWindows,
    StoreCounter,
    StoreWindows,
    RemoveCounter,
    RemoveWindows,
}

/// What is known of the windows in the flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeptWindows {
    Unread,
    Read,
    Lost(KeptError),
}

/// How far the owner's wish to forget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forgets {
    Nothing,
    Windows,
    Counter,
}

impl<S: Service, const SENDERS: usize, const LENGTH: usize> Guarded<S, SENDERS, LENGTH> {
    /// The flash has the held message's number: now it counts as taken, and nothing can bring it a second time.
    fn release(&mut self, now: Instant) {
        let Some(held) = self.held.take() else { return };
        if !self.windows.is_allowed(held.lasting.source, held.epoch, held.counter) {
            return;
        }
        self.windows.take(held.lasting.source, held.epoch, held.counter);
        self.taken_at = Some(now);
        self.statistics.opened += 1;
        self.service.handle(now, held.input(&self.plain[..held.length]));
    }

    pub(super) fn handle_flash(&mut self, now: Instant, result: Result<(), StorageError>) {
        let stored = result.is_ok();
        match core::mem::replace(&mut self.flash, FlashUse::None) {
            FlashUse::StoreCounter => {
                if stored && let Some(counter) = &mut self.counter {
                    counter.handle_reserved();
                }
            }
            FlashUse::StoreWindows => {
                self.windows.handle_stored(stored);
                if stored {
                    self.release(now);
                } else {
                    // It was never taken: its sender may send it again.
                    self.held = None;
                }
            }
            use_of @ (FlashUse::RemoveWindows | FlashUse::RemoveCounter) => self.handle_removed(use_of, result),
            FlashUse::None | FlashUse::LoadCounter | FlashUse::LoadWindows => {}
        }
        if !stored {
            self.statistics.flash_refused += 1;
            self.flash_at = Some(now + FLASH_PAUSE);
        }
    }

    fn handle_removed(&mut self, removed: FlashUse, result: Result<(), StorageError>) {
        self.forgets = match (removed, result) {
            (FlashUse::RemoveWindows, Ok(())) if self.counter.is_none() => Forgets::Counter,
            (_, Ok(())) => {
                self.windows.clear();
                self.windows_kept = KeptWindows::Unread;
                self.counter_error = None;
                self.counter_refused = 0;
                self.tell(GuardEvent::Opened);
                Forgets::Nothing
            }
            (_, Err(error)) => {
                self.windows_kept = KeptWindows::Lost(KeptError::Unreadable(error));
                self.tell(GuardEvent::NotForgotten(error));
                Forgets::Nothing
            }
        };
    }

    pub(super) fn handle_counter(&mut self, now: Instant, value: Result<Option<&[u8]>, StorageError>) {
        self.flash = FlashUse::None;
        match value {
            Err(_) if self.forgets != Forgets::Nothing => {}
            Ok(value) => {
                self.counter_error = None;
                // Too long or too short is as good as damaged.
                self.counter_loaded = Some(value.map(|value| value.try_into().unwrap_or([0; COUNTER_LEN])));
            }
            Err(error) => {
                let error = KeptError::Unreadable(error);
                self.statistics.flash_refused += 1;
                self.flash_at = Some(now + FLASH_PAUSE);
                self.counter_refused += 1;
                if self.counter_error.replace(error).is_none() {
                    self.tell(GuardEvent::Mute(error));
                }
            }
        }
    }

    pub(super) fn handle_windows(&mut self, now: Instant, value: Result<Option<&[u8]>, StorageError>) {
        self.flash = FlashUse::None;
        // What was there before its owner had it forgotten is not what will be there.
        if self.forgets != Forgets::Nothing {
            return;
        }
        let Some(key) = &self.key else { return };
        let was_lost = self.is_shut().is_some();
        let restored = match value {
            Ok(None) => Ok(()),
            Ok(Some(value)) => self
                .windows
                .restore(value, key.fingerprint())
                .map_err(|_| KeptError::Damaged),
            Err(error) => Err(KeptError::Unreadable(error)),
        };
        match restored {
            Ok(()) => {
                self.windows_kept = KeptWindows::Read;
                if was_lost {
                    self.tell(GuardEvent::Opened);
                }
            }
            Err(error) => {
                self.windows_kept = KeptWindows::Lost(error);
                if error == KeptError::Damaged {
                    self.statistics.damaged += 1;
                } else {
                    self.statistics.flash_refused += 1;
                    self.flash_at = Some(now + FLASH_PAUSE);
                    self.windows_refused += 1;
                }
                if !was_lost {
                    self.tell(GuardEvent::Shut(error));
                }
            }
        }
    }

    /// What the guard itself wants of the flash.
    pub(super) fn next_flash_use(&mut self, now: Instant) -> FlashUse {
        let pauses = self.flash_at.is_some_and(|at| now < at);
        if self.flash != FlashUse::None || pauses {
            return FlashUse::None;
        }
        match self.forgets {
            Forgets::Windows => return FlashUse::RemoveWindows,
            // One that is in use goes on; it knows its numbers.
            Forgets::Counter => return FlashUse::RemoveCounter,
            Forgets::Nothing => {}
        }
        if self.key.is_none() {
            return FlashUse::None;
        }
        self.flash_at = None;
        // A value that can be read does not wait for one that can't.
        let windows_wanted = match self.windows_kept {
            KeptWindows::Unread => true,
            KeptWindows::Lost(error) => self.windows_refused < LOADS && error != KeptError::Damaged,
            KeptWindows::Read => false,
        };
        if self.counter.is_none() && self.counter_error.is_none() {
            return FlashUse::LoadCounter;
        }
        if windows_wanted {
            return FlashUse::LoadWindows;
        }
        if self.counter.is_none() {
            let may_load = self.counter_refused < LOADS;
            return if may_load {
                FlashUse::LoadCounter
            } else {
                FlashUse::None
            };
        }
        if let Some(value) = self.counter.as_mut().and_then(Counter::wants_to_reserve) {
            self.counter_value = value;
            return FlashUse::StoreCounter;
        }
        if let Some(held) = &self.held {
            let source = held.lasting.source;
            self.windows.raise(source, held.epoch, held.counter, held.ahead);
        } else if let Some((source, epoch, counter)) = self.go_ahead.take() {
            self.windows.raise(source, epoch, counter, AHEAD);
        } else if self.taken_at.is_none_or(|taken_at| now < taken_at + QUIET) || !self.windows.settle() {
            return FlashUse::None;
        }
        FlashUse::StoreWindows
    }

    /// When time alone makes the guard want something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.flash != FlashUse::None || self.key.is_none() {
            return None;
        }
        let settles_at = self.taken_at.filter(|_| self.windows.is_ahead()).map(|at| at + QUIET);
        self.flash_at
            .max(settles_at)
            .filter(|_| self.flash_at.is_some() || settles_at.is_some())
    }

    /// The counter is about to be in the flash: what is to be sent can wait for that.
    pub(super) fn is_getting_ready(&self) -> bool {
        self.key.is_some()
            && self.flash_at.is_none()
            && self.counter_error.is_none()
            && self
                .counter
                .as_ref()
                .is_none_or(|counter| !counter.is_ready() && !counter.is_exhausted())
    }
}
