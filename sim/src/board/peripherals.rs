//! What a board has besides what every application uses: pins, a console to type at, memory that survives a deep sleep, and the
//! Wi-Fi driver's settings.

use std::collections::{BTreeMap, VecDeque};

use protocol::MacAddress;

use super::pins::Pins;
use super::waking::{Asleep, Woken};
use crate::kernel::Time;

/// Octets of RTC memory that a program may keep.
pub(crate) const RTC_MEMORY: usize = 2048;

/// What somebody typed and the program has not read; more is lost, as on a serial line.
const KEPT_INPUT: usize = 1 << 16;

/// What the program said and nobody has taken; more is lost.
const KEPT_OUTPUT: usize = 1 << 20;

/// See the module. Made when it is first used, as most boards of a crowd never do.
#[derive(Debug, Default)]
pub(crate) struct Peripherals {
    pub(crate) pins: Pins,
    pub(crate) rtc_memory: Vec<u8>,
    pub(crate) input: VecDeque<u8>,
    /// What the program has said to whoever is at its console, if anybody is.
    pub(crate) output: Option<Vec<u8>>,
    /// Somebody wants the program interrupted.
    pub(crate) interrupted: bool,
    /// When the button comes up again.
    pub(crate) released_at: Option<Time>,
    pub(crate) wifi: WifiSettings,
    /// What wakes the board while it is in deep sleep.
    pub(crate) asleep: Asleep,
    /// What has woken it from its last deep sleep, if it began with that.
    pub(crate) woken: Option<Woken>,
    /// Keys of peers whose frames are not encrypted: the driver shows them all the same.
    pub(crate) idle_keys: BTreeMap<MacAddress, [u8; 16]>,
}

/// What can be set about the Wi-Fi driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WifiSettings {
    /// Quarters of a dBm.
    pub(crate) transmit_power: i8,
    /// `wifi_ps_type_t` as MicroPython numbers it.
    pub(crate) power_save: u8,
    /// Bits: 1 B, 2 G, 4 N, 8 LR.
    pub(crate) protocol: u8,
}

impl Default for WifiSettings {
    fn default() -> Self {
        Self {
            transmit_power: 80,
            power_save: 1,
            protocol: 7,
        }
    }
}

impl Peripherals {
    pub(crate) fn type_in(&mut self, octets: &[u8]) {
        let room = KEPT_INPUT.saturating_sub(self.input.len());
        self.input.extend(&octets[..octets.len().min(room)]);
    }

    /// Says something at the console, with line ends as on a serial line.
    pub(crate) fn say(&mut self, text: &str) {
        let Some(output) = &mut self.output else { return };
        for octet in text.bytes().take(KEPT_OUTPUT.saturating_sub(output.len())) {
            if octet == b'\n' {
                output.push(b'\r');
            }
            output.push(octet);
        }
    }

    pub(crate) fn keep(&mut self, memory: &[u8]) {
        self.rtc_memory = memory[..memory.len().min(RTC_MEMORY)].to_vec();
    }

    /// What a reset takes away. RTC memory stays.
    pub(crate) fn reset(&mut self) {
        self.pins.reset();
        self.input.clear();
        self.interrupted = false;
        self.wifi = WifiSettings::default();
        self.idle_keys.clear();
    }
}
