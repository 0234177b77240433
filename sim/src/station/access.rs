//! Carrier sense and backoff: when the next frame may start (IEEE 802.11-2020, clauses 10.3.3 and 10.3.4).
//!
//! Instead of an event a slot there is one moment, worked out anew whenever the air becomes busy or idle: idle for the
//! interframe space, then the slots that are left. What the air is like is the medium's to say ([`Carrier`]); it tells on
//! every change, but only to stations that want to know ([`Access::is_contending`]).

use rand_core::Rng;

use super::MacParameters;
use crate::kernel::{Generator, Time};
use crate::medium::Carrier;

/// From when on slots are counted.
fn free_at(carrier: Carrier, parameters: &MacParameters) -> Time {
    let space = if carrier.broken {
        parameters.eifs()
    } else {
        parameters.difs()
    };
    (carrier.idle_since + space).max(carrier.reserved_until + parameters.difs())
}

/// The access procedure of one station.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing to send and nothing to count down: the next frame may start as soon as the air has been idle for long enough.
    #[default]
    Rest,
    /// A frame came while the air was idle: no backoff unless the air becomes busy before its turn.
    Defer {
        /// When it came.
        since: Time,
    },
    /// Slots are counted down.
    Backoff {
        slots: u32,
        /// The countdown does not begin before then.
        since: Time,
    },
    /// The countdown ended in the very moment in which somebody else's frame began. It can't have been heard yet.
    Turn { at: Time },
}

impl Access {
    /// A frame wants to go out, and none did before.
    pub(crate) fn request(
        &mut self,
        now: Time,
        carrier: Carrier,
        parameters: &MacParameters,
        window: u16,
        generator: &mut Generator,
    ) {
        if *self == Self::Rest {
            let occupied =
                carrier.busy || carrier.reserved_until > now || (carrier.broken && free_at(carrier, parameters) > now);
            *self = if occupied {
                Self::Backoff {
                    slots: draw(window, generator),
                    since: now,
                }
            } else {
                Self::Defer { since: now }
            };
        }
    }

    /// A frame was sent or failed: a new backoff.
    pub(crate) fn back_off(&mut self, now: Time, window: u16, generator: &mut Generator) {
        *self = Self::Backoff {
            slots: draw(window, generator),
            since: now,
        };
    }

    /// The countdown is over and there was nothing to send.
    pub(crate) fn rest(&mut self) {
        *self = Self::Rest;
    }

    /// Whether changes of the air matter to it.
    pub(crate) fn is_contending(&self) -> bool {
        *self != Self::Rest
    }

    /// The air becomes busy; `carrier` is as it was before. Slots that passed are counted, the rest waits.
    pub(crate) fn freeze(
        &mut self,
        now: Time,
        carrier: Carrier,
        parameters: &MacParameters,
        window: u16,
        generator: &mut Generator,
    ) {
        match *self {
            Self::Rest | Self::Turn { .. } => {}
            Self::Defer { .. } | Self::Backoff { .. } if self.due(carrier, parameters) == Some(now) => {
                *self = Self::Turn { at: now };
            }
            Self::Defer { .. } => {
                *self = Self::Backoff {
                    slots: draw(window, generator),
                    since: now,
                }
            }
            Self::Backoff { slots, since } => {
                let counting_since = free_at(carrier, parameters).max(since);
                let passed = (now - counting_since).as_nanos() / parameters.slot.as_nanos();
                let slots = slots.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX));
                *self = Self::Backoff { slots, since };
            }
        }
    }

    /// When the frame may start if the air stays as it is; `None` while it is busy, or if there is nothing to count down.
    pub(crate) fn due(&self, carrier: Carrier, parameters: &MacParameters) -> Option<Time> {
        let free_at = free_at(carrier, parameters);
        match *self {
            Self::Rest => None,
            Self::Turn { at } => Some(at),
            _ if carrier.busy => None,
            Self::Defer { since } => Some(free_at.max(since)),
            Self::Backoff { slots, since } => Some(free_at.max(since) + parameters.slot * u64::from(slots)),
        }
    }
}

/// Uniform in 0 to `window`, which is a power of two less one.
fn draw(window: u16, generator: &mut Generator) -> u32 {
    debug_assert!((u32::from(window) + 1).is_power_of_two());
    (generator.next_u64() >> 32) as u32 & u32::from(window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Concern, stream};

    const ESP32: MacParameters = MacParameters::ESP32;

    fn at(micros: u64) -> Time {
        Time::from_micros(micros)
    }

    /// Idle since then, nothing broken, nothing reserved.
    fn idle(since: u64) -> Carrier {
        Carrier {
            busy: false,
            idle_since: at(since),
            reserved_until: Time::ZERO,
            broken: false,
        }
    }

    fn slots(access: Access) -> u32 {
        match access {
            Access::Backoff { slots, .. } => slots,
            state => panic!("not backing off: {state:?}"),
        }
    }

    #[test]
    fn an_idle_air_is_taken_at_once() {
        let mut access = Access::default();
        let mut generator = stream(1, Concern::Backoff, 0);
        access.request(at(1000), idle(0), &ESP32, 15, &mut generator);
        assert_eq!(access.due(idle(0), &ESP32), Some(at(1000)));
    }

    #[test]
    fn an_air_that_was_idle_for_less_than_difs_is_waited_for() {
        let mut access = Access::default();
        let mut generator = stream(1, Concern::Backoff, 0);
        access.request(at(1010), idle(1000), &ESP32, 15, &mut generator);
        assert_eq!(access.due(idle(1000), &ESP32), Some(at(1028)));
        // It becomes busy before DIFS is over: now there is a backoff.
        access.freeze(at(1020), idle(1000), &ESP32, 15, &mut generator);
        assert_eq!(
            access.due(
                Carrier {
                    busy: true,
                    ..idle(1000)
                },
                &ESP32
            ),
            None
        );
        let expected = at(2028) + ESP32.slot * u64::from(slots(access));
        assert_eq!(access.due(idle(2000), &ESP32), Some(expected));
    }

    #[test]
    fn whole_idle_slots_are_counted_and_kept_over_a_busy_air() {
        let mut access = Access::Backoff {
            slots: 10,
            since: at(0),
        };
        let mut generator = stream(1, Concern::Backoff, 0);
        assert_eq!(access.due(idle(0), &ESP32), Some(at(28 + 90)));
        // DIFS and three and a half slots.
        access.freeze(at(28 + 31), idle(0), &ESP32, 15, &mut generator);
        assert_eq!(slots(access), 7);
        assert_eq!(access.due(idle(500), &ESP32), Some(at(500 + 28 + 63)));
        // Busy again before DIFS is over: nothing counted.
        access.freeze(at(510), idle(500), &ESP32, 15, &mut generator);
        assert_eq!(slots(access), 7);
    }

    #[test]
    fn a_broken_frame_is_followed_by_eifs_and_a_reservation_by_difs() {
        let access = Access::Backoff { slots: 1, since: at(0) };
        let broken = Carrier {
            broken: true,
            ..idle(1000)
        };
        // SIFS 10, an ACK at 1 Mbit/s 304, DIFS 28.
        assert_eq!(access.due(broken, &ESP32), Some(at(1000 + 342 + 9)));
        let reserved = Carrier {
            reserved_until: at(1314),
            ..idle(1000)
        };
        assert_eq!(access.due(reserved, &ESP32), Some(at(1314 + 28 + 9)));
    }

    #[test]
    fn two_stations_in_the_same_slot_collide() {
        let mut access = Access::Backoff { slots: 1, since: at(0) };
        let mut generator = stream(1, Concern::Backoff, 0);
        access.freeze(at(37), idle(0), &ESP32, 15, &mut generator);
        let busy = Carrier { busy: true, ..idle(0) };
        assert_eq!(access.due(busy, &ESP32), Some(at(37)), "its own turn is in this moment");
    }

    #[test]
    fn draws_cover_the_window() {
        let mut generator = stream(3, Concern::Backoff, 0);
        let mut seen = [false; 16];
        for _ in 0..1000 {
            seen[draw(15, &mut generator) as usize] = true;
        }
        assert!(seen.iter().all(|&hit| hit));
        assert_eq!(draw(0, &mut generator), 0);
    }
}
