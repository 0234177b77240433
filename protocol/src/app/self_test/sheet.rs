//! The findings, a line each.

use core::fmt;

use crate::board::Console;

/// Where findings are written, and how many there are of each kind.
pub(super) struct Sheet<'c, C> {
    console: &'c mut C,
    expected: u16,
    unexpected: u16,
    to_look_at: u16,
    skipped: u16,
}

impl<'c, C: Console> Sheet<'c, C> {
    pub(super) const fn new(console: &'c mut C) -> Self {
        Self {
            console,
            expected: 0,
            unexpected: 0,
            to_look_at: 0,
            skipped: 0,
        }
    }

    /// Something was found.
    pub(super) fn found(&mut self, what: impl fmt::Display, is_expected: bool, found: fmt::Arguments<'_>) {
        let verdict = if is_expected {
            self.expected += 1;
            "as expected"
        } else {
            self.unexpected += 1;
            "NOT as expected"
        };
        self.console.line(format_args!("{what}: {verdict}: {found}"));
    }

    /// Only a person can tell.
    pub(super) fn look(&mut self, what: &str, at: fmt::Arguments<'_>) {
        self.to_look_at += 1;
        self.console.line(format_args!("{what}: look: {at}"));
    }

    /// It was not tried.
    pub(super) fn skipped(&mut self, what: &str, why: fmt::Arguments<'_>) {
        self.skipped += 1;
        self.console.line(format_args!("{what}: skipped: {why}"));
    }

    /// A word to whoever watches.
    pub(super) fn say(&mut self, text: fmt::Arguments<'_>) {
        self.console.line(text);
    }

    pub(super) fn sum_up(self) {
        let Self {
            console,
            expected,
            unexpected,
            to_look_at,
            skipped,
        } = self;
        console.line(format_args!(
            "self-test: {expected} as expected, {unexpected} not, {to_look_at} to look at, {skipped} skipped"
        ));
    }
}
