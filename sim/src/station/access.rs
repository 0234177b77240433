//! Carrier sense and backoff: when the next frame may start (IEEE 802.11-2020, clauses 10.3.3 and 10.3.4).

use rand_core::Rng;

use super::MacParameters;
use crate::kernel::{Generator, Time};

/// The access procedure of one station.
///
/// Instead of an event a slot there is one moment, worked out anew whenever the air becomes busy: idle for DIFS, then the
/// slots that are left.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// The air, as heard here and counting this station's own frames, is busy until then.
    busy_until: Time,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing to send and nothing to count down: the next frame may start as soon as the air has been idle for DIFS.
    #[default]
    Rest,
    /// A frame came while the air was idle: no backoff unless the air becomes busy before DIFS is over.
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
    pub(crate) fn request(&mut self, now: Time, parameters: &MacParameters, window: u16, generator: &mut Generator) {
        if self.state == State::Rest {
            self.state = if self.busy_until > now {
                State::Backoff {
                    slots: draw(window, generator),
                    since: now,
                }
            } else {
                State::Defer { since: now }
            };
        }
        debug_assert!(self.due(parameters).is_some());
    }

    /// A frame was sent or failed: a new backoff.
    pub(crate) fn back_off(&mut self, now: Time, window: u16, generator: &mut Generator) {
        self.state = State::Backoff {
            slots: draw(window, generator),
            since: now,
        };
    }

    /// The countdown is over and there was nothing to send.
    pub(crate) fn rest(&mut self) {
        self.state = State::Rest;
    }

    /// This station's own frame, or its ACK, is on the air until `end`.
    pub(crate) fn own_frame(&mut self, end: Time) {
        self.busy_until = self.busy_until.max(end);
    }

    /// Somebody's frame is on the air from `now` to `end`: slots that passed before it are counted, the rest waits.
    pub(crate) fn freeze(
        &mut self,
        now: Time,
        end: Time,
        parameters: &MacParameters,
        window: u16,
        generator: &mut Generator,
    ) {
        match self.state {
            State::Rest | State::Turn { .. } => {}
            State::Defer { .. } | State::Backoff { .. } if self.due(parameters) == Some(now) => {
                self.state = State::Turn { at: now };
            }
            State::Defer { .. } => {
                self.state = State::Backoff {
                    slots: draw(window, generator),
                    since: now,
                }
            }
            State::Backoff { slots, since } => {
                let counting_since = (self.busy_until + parameters.difs()).max(since);
                let passed = (now - counting_since).as_nanos() / parameters.slot.as_nanos();
                let slots = slots.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX));
                self.state = State::Backoff { slots, since };
            }
        }
        self.busy_until = self.busy_until.max(end);
    }

    /// When the frame may start, if the air stays as it is.
    pub(crate) fn due(&self, parameters: &MacParameters) -> Option<Time> {
        let idle = self.busy_until + parameters.difs();
        match self.state {
            State::Rest => None,
            State::Defer { since } => Some(idle.max(since)),
            State::Backoff { slots, since } => Some(idle.max(since) + parameters.slot * u64::from(slots)),
            State::Turn { at } => Some(at),
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

    fn slots(access: &Access) -> u32 {
        match access.state {
            State::Backoff { slots, .. } => slots,
            state => panic!("not backing off: {state:?}"),
        }
    }

    #[test]
    fn an_idle_air_is_taken_at_once() {
        let mut access = Access::default();
        let mut generator = stream(1, Concern::Backoff, 0);
        access.request(at(1000), &ESP32, 15, &mut generator);
        assert_eq!(access.due(&ESP32), Some(at(1000)));
    }

    #[test]
    fn an_air_that_was_idle_for_less_than_difs_is_waited_for() {
        let mut access = Access::default();
        let mut generator = stream(1, Concern::Backoff, 0);
        access.own_frame(at(1000));
        access.request(at(1010), &ESP32, 15, &mut generator);
        assert_eq!(access.due(&ESP32), Some(at(1028)));
        // It becomes busy before DIFS is over: now there is a backoff.
        access.freeze(at(1020), at(2000), &ESP32, 15, &mut generator);
        let expected = at(2028) + ESP32.slot * u64::from(slots(&access));
        assert_eq!(access.due(&ESP32), Some(expected));
    }

    #[test]
    fn whole_idle_slots_are_counted_and_kept_over_a_busy_air() {
        let mut access = Access {
            busy_until: at(0),
            state: State::Backoff {
                slots: 10,
                since: at(0),
            },
        };
        let mut generator = stream(1, Concern::Backoff, 0);
        assert_eq!(access.due(&ESP32), Some(at(28 + 90)));
        // DIFS and three and a half slots.
        access.freeze(at(28 + 31), at(500), &ESP32, 15, &mut generator);
        assert_eq!(slots(&access), 7);
        assert_eq!(access.due(&ESP32), Some(at(500 + 28 + 63)));
        // Busy again before DIFS is over: nothing counted.
        access.freeze(at(510), at(900), &ESP32, 15, &mut generator);
        assert_eq!(slots(&access), 7);
        // A second frame over the first one's end only prolongs it.
        access.freeze(at(800), at(1000), &ESP32, 15, &mut generator);
        assert_eq!(access.due(&ESP32), Some(at(1000 + 28 + 63)));
    }

    #[test]
    fn two_stations_in_the_same_slot_collide() {
        let mut access = Access {
            busy_until: at(0),
            state: State::Backoff { slots: 1, since: at(0) },
        };
        let mut generator = stream(1, Concern::Backoff, 0);
        access.freeze(at(37), at(900), &ESP32, 15, &mut generator);
        assert_eq!(access.due(&ESP32), Some(at(37)), "its own turn is in this moment");
        // If it has nothing to send after all, it has heard the frame like everybody.
        access.rest();
        access.request(at(40), &ESP32, 15, &mut generator);
        assert!(access.due(&ESP32) >= Some(at(928)));
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
