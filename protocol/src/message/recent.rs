//! Telling repetitions from new messages.

use super::Kind;

/// `ESPNOW_MSG_CACHE` in the component's `espnow.c`.
const REMEMBERED: usize = 32;

/// The messages taken last, by kind and magic.
///
/// As in the component, plain and secured messages have a list each and one place counts for both, and the source is not
/// looked at: of two boards' messages with the same kind and magic a receiver takes one. That happens to one message in
/// 2¹⁶/32 where many are on the air.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    plain: [(Kind, u16); REMEMBERED],
    secured: [(Kind, u16); REMEMBERED],
    next: usize,
}

impl Recent {
    pub(super) const fn new() -> Self {
        Self {
            plain: [(Kind::Ack, 0); REMEMBERED],
            secured: [(Kind::Ack, 0); REMEMBERED],
            next: 0,
        }
    }

    pub(super) fn contains(&self, secured: bool, kind: Kind, magic: u16) -> bool {
        let list = if secured { &self.secured } else { &self.plain };
        list.contains(&(kind, magic))
    }

    pub(super) fn remember(&mut self, secured: bool, kind: Kind, magic: u16) {
        self.next = (self.next + 1) % REMEMBERED;
        let list = if secured { &mut self.secured } else { &mut self.plain };
        list[self.next] = (kind, magic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thirty_third_message_is_forgotten() {
        let mut recent = Recent::new();
        for magic in 1..=32 {
            recent.remember(false, Kind::Data, magic);
        }
        assert!(recent.contains(false, Kind::Data, 1));
        assert!(!recent.contains(true, Kind::Data, 1));
        assert!(!recent.contains(false, Kind::Ack, 1));
        recent.remember(false, Kind::Data, 33);
        assert!(!recent.contains(false, Kind::Data, 1));
        assert!(recent.contains(false, Kind::Data, 2));
    }
}
