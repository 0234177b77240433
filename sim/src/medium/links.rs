//! Links set by hand: loss, bursts of loss, latency, jitter, signal, on or off.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::Rng;

use super::burst::{Burst, Bursts};
use crate::kernel::{Generator, Span, Time, chance};
use crate::observe::Loss;

/// The path from one board's antenna to another's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The probability, 0 to 1, that a frame is not decoded although nothing else disturbs it. It holds for each attempt
    /// and for ACKs as well.
    pub loss: f64,
    /// Losses that come in bursts, on top of `loss`.
    pub burst: Option<Burst>,
    /// From the receiver's MAC to its driver. The ACK is not delayed by it.
    pub latency: Span,
    /// Up to this much more, drawn for each frame. Frames of one link stay in order, as a driver's queue keeps them.
    pub jitter: Span,
    /// So much weaker than distance and environment make it, dB.
    pub attenuation_db: f64,
    /// Whether the two hear each other at all.
    pub up: bool,
}

impl Default for Link {
    /// As distance and environment make it.
    fn default() -> Self {
        Self {
            loss: 0.0,
            burst: None,
            latency: Span::ZERO,
            jitter: Span::ZERO,
            attenuation_db: 0.0,
            up: true,
        }
    }
}

/// A link for every ordered pair of boards: one for all, and those that differ.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// What holds unless a pair is set.
    pub everywhere: Link,
    pairs: BTreeMap<(u32, u32), Link>,
    /// Which side of a partition each board is on; empty while there is none. Whoever is not in it is on the side 0.
    sides: Vec<u32>,
    /// Links whose frames are kept between MAC and driver.
    held: BTreeSet<(u32, u32)>,
    bursts: Bursts,
    /// When the last frame of a link with a delay is handed over, to keep them in order.
    handed_over: BTreeMap<(u32, u32), Time>,
}

impl Links {
    /// All links alike.
    #[must_use]
    pub fn all(everywhere: Link) -> Self {
        Self {
            everywhere,
            ..Self::default()
        }
    }

    /// Sets the link from one board to another; the other direction stays as it is.
    pub fn set(&mut self, from: u32, to: u32, link: Link) {
        self.pairs.insert((from, to), link);
    }

    /// Parts the boards: those on different sides do not hear each other, whatever their link. An empty list heals.
    pub(super) fn part(&mut self, sides: Vec<u32>) {
        self.sides = sides;
    }

    fn are_parted(&self, from: u32, to: u32) -> bool {
        let side = |board: u32| self.sides.get(board as usize).copied().unwrap_or_default();
        side(from) != side(to)
    }

    /// Keeps what a link brings from its driver, or lets it through again.
    pub(crate) fn hold(&mut self, from: u32, to: u32, held: bool) {
        if held {
            self.held.insert((from, to));
        } else {
            self.held.remove(&(from, to));
        }
    }

    /// Whether what a link brings is kept from its driver.
    pub(crate) fn is_held(&self, from: u32, to: u32) -> bool {
        !self.held.is_empty() && self.held.contains(&(from, to))
    }

    /// Changes the loss of every link.
    pub fn set_loss(&mut self, loss: f64) {
        self.everywhere.loss = loss;
        for link in self.pairs.values_mut() {
            link.loss = loss;
        }
    }

    /// The link from one board to another.
    #[must_use]
    pub fn get(&self, from: u32, to: u32) -> Link {
        if self.pairs.is_empty() && self.sides.is_empty() {
            return self.everywhere;
        }
        let link = self.pairs.get(&(from, to)).copied().unwrap_or(self.everywhere);
        Link {
            up: link.up && !self.are_parted(from, to),
            ..link
        }
    }

    /// The link from one board to another as it was set, partition or not.
    pub(super) fn set_by_hand(&self, from: u32, to: u32) -> Link {
        self.pairs.get(&(from, to)).copied().unwrap_or(self.everywhere)
    }

    /// The link of all pairs, if they are alike.
    pub(super) fn of_all(&self) -> Option<&Link> {
        (self.pairs.is_empty() && self.sides.is_empty()).then_some(&self.everywhere)
    }

    /// Whether no link loses anything by hand.
    pub(super) fn are_faultless(&self) -> bool {
        self.pairs.is_empty() && self.everywhere.loss == 0.0 && self.everywhere.burst.is_none()
    }

    /// Whether every frame goes from the MAC to the driver at once.
    pub(crate) fn are_prompt(&self) -> bool {
        self.pairs.is_empty()
            && self.held.is_empty()
            && self.everywhere.latency == Span::ZERO
            && self.everywhere.jitter == Span::ZERO
    }

    /// Whether a fault set by hand takes a frame that has come through and ends now.
    pub(super) fn strike(&mut self, now: Time, from: u32, to: u32, chances: &mut Generator) -> Result<(), Loss> {
        let link = self.get(from, to);
        let hit = chance(chances, link.loss)
            || link
                .burst
                .is_some_and(|burst| self.bursts.strike(burst, now, (from, to), chances));
        if hit { Err(Loss::Fault) } else { Ok(()) }
    }

    pub(crate) fn hand_over_at(&mut self, now: Time, from: u32, to: u32, generator: &mut Generator) -> Time {
        let link = self.get(from, to);
        if link.latency == Span::ZERO && link.jitter == Span::ZERO {
            return now;
        }
        let jitter = match link.jitter.as_nanos() {
            0 => 0,
            most => generator.next_u64() % most.saturating_add(1),
        };
        let last = self.handed_over.entry((from, to)).or_default();
        *last = (now + link.latency + Span::from_nanos(jitter)).max(*last);
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Concern, stream};

    #[test]
    fn jitter_never_reorders_a_link() {
        let link = Link {
            latency: Span::from_micros(100),
            jitter: Span::from_micros(50),
            ..Link::default()
        };
        let mut links = Links::all(link);
        let mut generator = stream(1, Concern::Link, 0);
        let mut last = Time::ZERO;
        for micros in 0..1000 {
            let now = Time::from_micros(micros);
            let at = links.hand_over_at(now, 0, 1, &mut generator);
            assert!(at >= last && at >= now + link.latency);
            assert!(at <= now + link.latency + link.jitter);
            last = at;
        }
        assert_eq!(
            links
                .hand_over_at(Time::ZERO, 1, 0, &mut generator)
                .max(Time::from_micros(150)),
            Time::from_micros(150)
        );
    }

    #[test]
    fn the_longest_delay_there_is_is_no_overflow() {
        let longest = Span::from_nanos(u64::MAX);
        let mut links = Links::all(Link {
            latency: longest,
            jitter: longest,
            ..Link::default()
        });
        let mut generator = stream(1, Concern::Link, 0);
        assert_eq!(links.hand_over_at(Time::ZERO, 0, 1, &mut generator), Time::MAX);
    }

    #[test]
    fn a_pair_can_differ_in_one_direction() {
        let mut links = Links::default();
        links.set(
            0,
            1,
            Link {
                up: false,
                ..Link::default()
            },
        );
        assert!(!links.get(0, 1).up);
        assert!(links.get(1, 0).up);
    }
}
