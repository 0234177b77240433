//! What a kind of board has.

use protocol::MacAddress;
use protocol::board::TRANSMIT_POWER_DBM;
use protocol::espnow::{Config, DEFAULT_RECEIVE_BUFFER, Unencrypted, Version};
use protocol::image::ChipId;

use crate::kernel::Span;
use crate::medium::RadioParameters;
use crate::station::MacParameters;

/// A kind of board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// The chip's name as Espressif writes it.
    pub chip: &'static str,
    /// How many NeoPixels it has.
    pub pixels: usize,
    /// The pin they hang on.
    pub pixel_pin: u8,
    /// dBm at the antenna.
    pub power_dbm: i8,
    /// The highest version of ESP-NOW that it speaks.
    pub version: Version,
    /// Octets of the receive queue (MicroPython's `rxbuf`).
    pub receive_buffer: usize,
    /// What its driver does with plain frames from peers that have a key. Reports differ ([`Unencrypted`]); all profiles here deliver them, which is
    /// the case that a program has to reckon with.
    pub unencrypted: Unencrypted,
    /// The chip that images are for.
    pub image_chip: ChipId,
    /// Octets of each of the two slots for images.
    pub slot_size: u32,
    /// From reset to the program's beginning.
    pub boot: Span,
    /// The MAC's constants.
    pub mac: MacParameters,
    /// The receiver's constants.
    pub radio: RadioParameters,
}

/// 2 MiB, of which a chip with 8 MiB of flash has two with room to spare.
const SLOT_SIZE: u32 = 2 << 20;

/// 326 ms were measured from an ESP32's reset pin to its program's first line
/// (<https://blog.oit.cloud/posts/2020-02-13-esp32-startup-time/>), most of which go into reading and checking the image.
const BOOT: Span = Span::from_micros(326_000);

impl Profile {
    /// BPI-Leaf-S3: an ESP32-S3, with a strip of 25 NeoPixels soldered to pin 48. The board as it is sold has one there.
    pub const ESP32_S3: Self = Self {
        chip: "ESP32-S3",
        pixels: 25,
        pixel_pin: 48,
        power_dbm: TRANSMIT_POWER_DBM,
        version: Version::V2,
        receive_buffer: DEFAULT_RECEIVE_BUFFER,
        unencrypted: Unencrypted::Deliver,
        image_chip: ChipId::ESP32_S3,
        slot_size: SLOT_SIZE,
        boot: BOOT,
        mac: MacParameters::ESP32,
        radio: RadioParameters::ESP32_S3,
    };

    /// An ESP32 with as many pixels. Its datasheet's receiver is within a decibel of the S3's, which stands in for it.
    pub const ESP32: Self = Self {
        chip: "ESP32",
        image_chip: ChipId::ESP32,
        ..Self::ESP32_S3
    };

    /// An ESP32-C3 with as many pixels, likewise.
    pub const ESP32_C3: Self = Self {
        chip: "ESP32-C3",
        image_chip: ChipId::ESP32_C3,
        ..Self::ESP32_S3
    };

    /// ESP8266EX: ESP-NOW 1, its own rates for repetitions. 20 dBm is what the datasheet (v7.0, table 1-1) gives for
    /// 802.11b. Its images are in another format; here it has an ESP32's.
    pub const ESP8266: Self = Self {
        chip: "ESP8266",
        pixels: 0,
        pixel_pin: 0,
        power_dbm: 20,
        version: Version::V1,
        receive_buffer: DEFAULT_RECEIVE_BUFFER,
        unencrypted: Unencrypted::Deliver,
        image_chip: ChipId::ESP32,
        slot_size: SLOT_SIZE,
        boot: BOOT,
        mac: MacParameters::ESP8266,
        radio: RadioParameters::ESP8266,
    };

    /// The seat of an antenna to real boards: an ESP32-S3 without pixels.
    pub const ANTENNA: Self = Self {
        chip: "antenna",
        pixels: 0,
        pixel_pin: 0,
        ..Self::ESP32_S3
    };

    /// A station by the textbook, for comparisons: 802.11b's MAC, an ideal receiver, no host, no pixels, and a
    /// receive queue that holds whatever comes in a second.
    pub const IEEE_80211B: Self = Self {
        chip: "802.11b",
        pixels: 0,
        pixel_pin: 0,
        power_dbm: 20,
        version: Version::V2,
        receive_buffer: 1 << 16,
        unencrypted: Unencrypted::Deliver,
        image_chip: ChipId::ESP32,
        slot_size: SLOT_SIZE,
        boot: BOOT,
        mac: MacParameters::IEEE_80211B,
        radio: RadioParameters::NS3,
    };

    /// The configuration of its ESP-NOW driver.
    #[must_use]
    pub const fn endpoint(&self, address: MacAddress) -> Config {
        let mut config = Config::new(address);
        config.version = self.version;
        config.receive_buffer = self.receive_buffer;
        config.unencrypted = self.unencrypted;
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_chips_speak_the_old_version() {
        let address = MacAddress([2, 0, 0, 0, 0, 1]);
        assert_eq!(Profile::ESP8266.endpoint(address).version, Version::V1);
        assert_eq!(Profile::ESP32_S3.endpoint(address).version, Version::V2);
    }
}
