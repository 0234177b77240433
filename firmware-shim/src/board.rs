//! The boards, and what is soldered to which pin.

use esp_hal::gpio::{Input, InputConfig, InputPin, Pull};
use esp_hal::rng::Trng;
use firmware_shim::country::Country;
use firmware_shim::strip;
use protocol::board::{Board, Parts};

use crate::button::ChipButton;
use crate::clock::ChipClock;
use crate::console::ChipConsole;
use crate::firmware::Slots;
use crate::flash::ChipStorage;
use crate::pixels::Strip;
use crate::radio::ChipRadio;

/// BPI-Leaf-S3: a NeoPixel on GPIO 48, BOOT on GPIO 0.
#[cfg(feature = "esp32s3")]
mod soldered {
    pub(crate) const NAME: &str = "BPI-Leaf-S3";
    pub(super) const PIXELS: usize = 1;
    /// All that the chip has, those for receiving included.
    pub(crate) const PULSE_BLOCKS: u8 = 8;
    macro_rules! neopixel_pin {
        ($peripherals:ident) => {
            $peripherals.GPIO48
        };
    }
    macro_rules! boot_pin {
        ($peripherals:ident) => {
            $peripherals.GPIO0
        };
    }
    pub(crate) use {boot_pin, neopixel_pin};
}

/// ESP32-C3-DevKit-RUST-1: a NeoPixel on GPIO 2, BOOT on GPIO 9.
#[cfg(feature = "esp32c3")]
mod soldered {
    pub(crate) const NAME: &str = "ESP32-C3-DevKit-RUST-1";
    pub(super) const PIXELS: usize = 1;
    /// All that the chip has, those for receiving included.
    pub(crate) const PULSE_BLOCKS: u8 = 4;
    macro_rules! neopixel_pin {
        ($peripherals:ident) => {
            $peripherals.GPIO2
        };
    }
    macro_rules! boot_pin {
        ($peripherals:ident) => {
            $peripherals.GPIO9
        };
    }
    pub(crate) use {boot_pin, neopixel_pin};
}

pub(crate) use soldered::{NAME, PULSE_BLOCKS, boot_pin, neopixel_pin};

/// `PIXELS=25 cargo c3`: a strip was soldered to the pin of the board's own pixel.
pub(crate) const PIXELS: usize = strip::count(option_env!("PIXELS"), soldered::PIXELS);

/// `COUNTRY=US cargo c3`.
pub(crate) const COUNTRY: Country = Country::named(option_env!("COUNTRY"));

/// A button to ground.
pub(crate) fn button(pin: impl InputPin + 'static) -> Input<'static> {
    Input::new(pin, InputConfig::default().with_pull(Pull::Up))
}

/// The chip's devices.
pub(crate) struct Chip {
    pub(crate) radio: ChipRadio,
    pub(crate) clock: ChipClock,
    pub(crate) pixels: Strip,
    pub(crate) random: Trng,
    pub(crate) console: ChipConsole,
    pub(crate) button: ChipButton,
    pub(crate) storage: ChipStorage,
    pub(crate) firmware: Slots,
}

impl Board for Chip {
    type Radio = ChipRadio;
    type Clock = ChipClock;
    type Pixels = Strip;
    type Random = Trng;
    type Console = ChipConsole;
    type Button = ChipButton;
    type Storage = ChipStorage;
    type Firmware = Slots;

    fn parts(&mut self) -> Parts<'_, Self> {
        Parts {
            radio: &mut self.radio,
            clock: &mut self.clock,
            pixels: &mut self.pixels,
            random: &mut self.random,
            console: &mut self.console,
            button: &mut self.button,
            storage: &mut self.storage,
            firmware: &mut self.firmware,
        }
    }
}
