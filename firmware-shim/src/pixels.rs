//! NeoPixels, clocked out by the RMT peripheral.

use esp_hal::Async;
use esp_hal::gpio::interconnect::PeripheralOutput;
use esp_hal::peripherals::RMT;
use esp_hal::rmt::Rmt;
use esp_hal::time::Rate;
use esp_hal_smartled::{RmtSmartLeds, WS2812_TIMING, buffer_size, color_order};
use firmware_shim::strip;
use protocol::board::{Pixels, Rgb};
use smart_leds::{RGB8, SmartLedsWriteAsync as _};

use crate::board::{PIXELS, PULSE_BLOCKS};

const _: () = assert!(
    strip::is_in_time(PIXELS, PULSE_BLOCKS as usize),
    "the peripheral's memory would be refilled too late"
);

type Driver = RmtSmartLeds<'static, { buffer_size::<RGB8>(PIXELS) }, Async, RGB8, color_order::Grb>;

/// The board's strip.
pub(crate) struct Strip {
    driver: Driver,
    colours: [Rgb; PIXELS],
}

impl Strip {
    /// Takes the strip on `pin`, all off.
    pub(crate) fn new(rmt: RMT<'static>, pin: impl PeripheralOutput<'static>) -> Self {
        let frequency = Rate::from_mhz(80);
        let rmt = Rmt::new(rmt, frequency)
            .expect("80 MHz is the source clock")
            .into_async();
        let driver = RmtSmartLeds::new_with_memsize(WS2812_TIMING, rmt.channel0, pin, PULSE_BLOCKS, frequency)
            .expect("WS2812's pulses are within reach at 80 MHz");
        Self {
            driver,
            colours: [Rgb::OFF; PIXELS],
        }
    }
}

impl Pixels for Strip {
    fn count(&self) -> usize {
        PIXELS
    }

    fn set(&mut self, index: usize, colour: Rgb) {
        if let Some(pixel) = self.colours.get_mut(index) {
            *pixel = colour;
        }
    }

    async fn write(&mut self) {
        let colours = self.colours.map(|Rgb { red, green, blue }| RGB8::new(red, green, blue));
        // There is nobody to tell: a strip never answers.
        let _ = self.driver.write(colours).await;
    }
}
