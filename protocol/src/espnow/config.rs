//! What makes one device's ESP-NOW differ from another's.

use super::{DEFAULT_RECEIVE_BUFFER, Version};
use crate::{MacAddress, Rate};

/// What a v1 device does with a v2 frame whose payload it can't hold. Versions of ESP-IDF differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongFrames {
    /// Drop it.
    #[default]
    Drop,
    /// Keep the first element.
    Truncate,
}

/// What happens to an encrypted frame whose packet number is not above the last one accepted from its sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replays {
    /// It is refused, as CCMP asks (IEEE 802.11-2020, clause 12.5.3.4.4). A sender that counts from the start again, after a
    /// reset, is not heard until its peer entry here is made anew.
    #[default]
    Refuse,
    /// It is delivered. Chips were seen to do so unless the retry bit is set (espressif/esp-idf#9544, ESP-IDF 4.4), and
    /// sensors that wake from deep sleep rely on it.
    Deliver,
}

/// What happens to a plain unicast frame from a peer that has a key here.
///
/// ESP-IDF's documentation does not say. espressif/esp-idf#8577 ("plain frames from an encrypted peer are received") is closed as done without
/// naming a release, and espressif/esp-idf#15179, of January 2025 and open, says that they still are. So a program
/// should count on neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unencrypted {
    /// It is delivered, as chips were last reported to do: anybody can speak in the peer's name, so the key protects nobody.
    #[default]
    Deliver,
    /// It is refused, as 802.11 asks of a link with a key. The MAC has acknowledged it all the same.
    Drop,
}

/// What an endpoint is, from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The station interface's address, never a group's: nobody takes a frame from one.
    pub address: MacAddress,
    /// The highest version spoken.
    pub version: Version,
    /// How many peers may be encrypted (`CONFIG_ESP_WIFI_ESPNOW_MAX_ENCRYPT_NUM`): 7 unless configured otherwise, at
    /// most [`MAX_ENCRYPTED_PEERS`](super::MAX_ENCRYPTED_PEERS) (ESP32-C2: 2, at most 4). A higher number counts as
    /// that.
    pub max_encrypted_peers: usize,
    /// Octets of the receive queue; each message takes 14 and its payload.
    pub receive_buffer: usize,
    /// Frames that the MAC takes before the first is done.
    pub transmit_queue: usize,
    /// What to do with frames longer than `version` takes.
    pub long_frames: LongFrames,
    /// What to do with encrypted frames that may be replays.
    pub replays: Replays,
    /// What to do with plain frames from peers that have a key.
    pub unencrypted: Unencrypted,
    /// The interface's data rate, for peers that have none of their own.
    pub rate: Rate,
}

impl Config {
    /// ESP-IDF's defaults for an ESP32-S3 or C3: v2, 7 encrypted peers, 32 frames to transmit, 1 Mbit/s.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            version: Version::V2,
            max_encrypted_peers: 7,
            receive_buffer: DEFAULT_RECEIVE_BUFFER,
            transmit_queue: 32,
            long_frames: LongFrames::Drop,
            replays: Replays::Refuse,
            unencrypted: Unencrypted::Deliver,
            rate: Rate::Dsss1M,
        }
    }
}
