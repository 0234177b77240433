//! What wakes a chip from its sleep, and what has woken it.
//!
//! ```text
//!   program ── pins and levels ──► deep sleep:  the lab looks at the pins with every touch ──► the board boots
//!                             └──► light sleep: the program's wait ends
//!                                                             either way: what has woken it ──► wake_reason()
//! ```

use super::Hardware;
use super::pins::{Pins, Pull};
use crate::observe::ResetCause;

/// What can wake a chip; the number is that of ESP-IDF's `esp_sleep_source_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WakeCause {
    /// One pin, which the domain of the real-time clock watches.
    Ext0 = 2,
    /// Several such pins.
    Ext1 = 3,
    /// Its time is over.
    Timer = 4,
    /// Pins as any program sees them.
    Gpio = 7,
}

/// What the pins of a source have to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    AnyLow,
    AnyHigh,
    AllLow,
}

/// Pins that wake a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WakeSource {
    pub(crate) condition: Condition,
    /// A bit for each; there is one at least.
    pub(crate) pins: u64,
}

/// What has woken a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Woken {
    pub(crate) cause: WakeCause,
    /// The pins that had the level, a bit for each.
    pub(crate) pins: u64,
}

/// All pins that wake a chip from one sleep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WakeSources {
    pub(crate) ext0: Option<WakeSource>,
    pub(crate) ext1: Option<WakeSource>,
    pub(crate) gpio: Option<WakeSource>,
}

/// A chip in deep sleep: the program is gone, and of what it had set only the resistors of these pins stay.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asleep {
    sources: WakeSources,
    /// Pins that are high if nobody drives them, a bit for each.
    pulled_up: u64,
}

const fn bit(pin: u8) -> u64 {
    if pin < 64 { 1 << pin } else { 0 }
}

impl WakeSource {
    /// The pins that wake a chip now.
    fn waking(self, level: impl Fn(u8) -> bool) -> Option<u64> {
        let pins = (0..64).filter(|&pin| self.pins & bit(pin) != 0);
        let high: u64 = pins.filter(|&pin| level(pin)).map(bit).sum();
        let low = self.pins & !high;
        let waking = match self.condition {
            Condition::AnyHigh => high,
            Condition::AllLow if high != 0 => 0,
            Condition::AnyLow | Condition::AllLow => low,
        };
        (waking != 0).then_some(waking)
    }
}

impl WakeSources {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each, in the order of its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (WakeCause, WakeSource)> {
        let Self { ext0, ext1, gpio } = *self;
        [
            (WakeCause::Ext0, ext0),
            (WakeCause::Ext1, ext1),
            (WakeCause::Gpio, gpio),
        ]
        .into_iter()
        .filter_map(|(cause, source)| Some((cause, source?)))
    }

    /// What wakes a chip whose pins have these levels. Of several at once, a chip tells the first in this order.
    pub(crate) fn woken(&self, level: impl Fn(u8) -> bool) -> Option<Woken> {
        let order = [
            (WakeCause::Gpio, self.gpio),
            (WakeCause::Ext0, self.ext0),
            (WakeCause::Ext1, self.ext1),
        ];
        order.into_iter().find_map(|(cause, source)| {
            let pins = source?.waking(&level)?;
            Some(Woken { cause, pins })
        })
    }
}

impl Asleep {
    /// A chip that falls asleep while its program has these pins.
    pub(crate) fn new(sources: WakeSources, pins: &Pins) -> Self {
        let all = sources.iter().fold(0, |all, (_, source)| all | source.pins);
        let is_pulled_up = |pin: u8| match sources.gpio {
            // ESP-IDF gives these the resistor that keeps them from waking the chip by themselves.
            Some(source) if source.pins & bit(pin) != 0 => source.condition != Condition::AnyHigh,
            _ => pins.pull(pin) == Pull::Up,
        };
        let pins = (0..64).filter(|&pin| all & bit(pin) != 0);
        Self {
            sources,
            pulled_up: pins.filter(|&pin| is_pulled_up(pin)).map(bit).sum(),
        }
    }

    /// Whether any pin can wake it.
    pub(crate) fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// What wakes it, as the world drives its pins.
    pub(crate) fn woken(&self, pins: &Pins) -> Option<Woken> {
        let level = |pin| pins.outside(pin).unwrap_or(self.pulled_up & bit(pin) != 0);
        self.sources.woken(level)
    }
}

impl Hardware {
    /// The board begins anew for this reason, after it has slept like this. Only boards with peripherals sleep.
    pub(crate) fn begin_anew(&mut self, cause: ResetCause, asleep: Asleep) {
        self.cause = cause;
        if self.used_peripherals().is_none() {
            return;
        }
        let peripherals = self.peripherals();
        peripherals.asleep = asleep;
        // A soft reset is the program's own matter: the chip has not begun anew.
        if cause != ResetCause::Soft {
            peripherals.woken = None;
        }
    }

    /// What wakes the sleeping board now, if anything does.
    pub(crate) fn woken_by_pins(&self) -> Option<Woken> {
        let peripherals = self.used_peripherals()?;
        peripherals.asleep.woken(&peripherals.pins)
    }

    /// Whether a pin can wake the sleeping board.
    pub(crate) fn can_be_woken(&self) -> bool {
        self.used_peripherals()
            .is_some_and(|peripherals| peripherals.asleep.has_sources())
    }

    /// The board is awake: this has woken it.
    pub(crate) fn wake_up(&mut self, woken: Woken) {
        let peripherals = self.peripherals();
        (peripherals.asleep, peripherals.woken) = (Asleep::default(), Some(woken));
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::Instant;

    use super::super::pins::{BUTTON, Mode};
    use super::*;

    const NOW: Instant = Instant::from_micros(7);

    const fn source(condition: Condition, pins: u64) -> Option<WakeSource> {
        Some(WakeSource { condition, pins })
    }

    #[test]
    fn a_condition_is_for_one_pin_or_for_all() {
        for (condition, low, waking) in [
            (Condition::AnyLow, 0b01, Some(0b01)),
            (Condition::AnyLow, 0b00, None),
            (Condition::AnyHigh, 0b01, Some(0b10)),
            (Condition::AnyHigh, 0b11, None),
            (Condition::AllLow, 0b01, None),
            (Condition::AllLow, 0b11, Some(0b11)),
        ] {
            let source = WakeSource { condition, pins: 0b11 };
            assert_eq!(
                source.waking(|pin| low & bit(pin) == 0),
                waking,
                "{condition:?} {low:b}"
            );
        }
    }

    #[test]
    fn of_several_sources_one_is_told() {
        let sources = WakeSources {
            ext0: source(Condition::AnyLow, 1),
            ext1: source(Condition::AnyLow, 3),
            gpio: None,
        };
        let woken = |low: u64| sources.woken(|pin| low & bit(pin) == 0);
        let of = |cause, pins| Some(Woken { cause, pins });
        assert_eq!(woken(0), None);
        assert_eq!(woken(1), of(WakeCause::Ext0, 1));
        assert_eq!(woken(2), of(WakeCause::Ext1, 2));
        assert_eq!(WakeSources::default().woken(|_| true), None);
    }

    #[test]
    fn a_sleeping_chip_keeps_the_resistors_of_its_pins() {
        let mut pins = Pins::default();
        pins.set_mode(4, Mode::Input, Pull::Up, NOW);
        let sources = WakeSources {
            ext1: source(Condition::AnyLow, bit(4) | bit(BUTTON)),
            ..WakeSources::default()
        };
        let asleep = Asleep::new(sources, &pins);
        pins.reset();
        assert_eq!(
            asleep.woken(&pins),
            None,
            "4 is pulled up, and the button has a resistor of its own"
        );
        pins.drive(4, Some(false), NOW);
        let cause = WakeCause::Ext1;
        assert_eq!(asleep.woken(&pins), Some(Woken { cause, pins: bit(4) }));
        pins.drive(4, None, NOW);
        assert_eq!(asleep.woken(&pins), None);
        let without = Asleep::new(sources, &Pins::default());
        assert!(without.woken(&pins).is_some(), "without a resistor it is low");
        let gpio = WakeSources {
            gpio: source(Condition::AnyLow, bit(5)),
            ..WakeSources::default()
        };
        assert_eq!(Asleep::new(gpio, &Pins::default()).woken(&pins), None);
    }
}
