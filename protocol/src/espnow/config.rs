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
            rate: Rate::Dsss1M,
        }
    }
}
