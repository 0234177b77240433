//! What the heap has to hold, and that it does.
//!
//! The Wi-Fi driver allocates as it likes and lives with a refusal; esp-radio does not: a message for which there is no memory
//! is a panic. So there must be room for all that can be there at once.

use crate::sends::MOST_OPEN;

/// The heap in the RAM that the program has anyway.
pub const OCTETS: usize = 72 * 1024;

/// The heap in the RAM that the boot loader leaves behind. The ESP32-C3 has 66 320 octets of it, the ESP32-S3 73 744 (esp-hal's
/// `memory.x`); the linker says so if it is too much.
pub const RECLAIMED_OCTETS: usize = 64 * 1024;

/// What Wi-Fi takes as a station, its tasks' stacks included: 47 to 57 KiB were measured (esp-radio, "Expected heap memory usage").
const WIFI: usize = 57 * 1024;

/// The longest message's payload.
const PAYLOAD: usize = protocol::espnow::Version::V2.max_payload();

/// The allocator's own part of each piece, and what rounds it up.
const PIECE: usize = 16;

/// Messages that wait to be read: esp-radio keeps 10, and makes room for the eleventh before it drops one.
const UNREAD: usize = 11;

/// A place in the queue of messages, whose room is doubled as it grows.
const PLACES: usize = 16 * 108;

/// A frame that the driver has: its payload, headers, descriptors.
const FRAME: usize = PAYLOAD + 168;

/// For what was not thought of: messages as they come in, what the driver allocates for scans and peers.
const SPARE: usize = 24 * 1024;

/// What may be there at once while the driver has so many frames.
const fn wanted(frames: usize) -> usize {
    WIFI + UNREAD * (PAYLOAD + PIECE) + PLACES + frames * (FRAME + PIECE)
}

const _: () = assert!(
    wanted(MOST_OPEN as usize) + SPARE <= OCTETS + RECLAIMED_OCTETS,
    "the heap is too small for what may be in it at once"
);

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames that the driver would take if it was let.
    const DRIVERS_FRAMES: usize = 32;

    #[test]
    fn neither_half_would_do() {
        assert!(wanted(MOST_OPEN as usize) > OCTETS);
        assert!(wanted(DRIVERS_FRAMES) + SPARE > OCTETS + RECLAIMED_OCTETS);
    }

    #[test]
    fn the_chips_have_what_is_reclaimed() {
        for (chip, octets) in [("ESP32-C3", 66_320), ("ESP32-S3", 73_744)] {
            assert!(RECLAIMED_OCTETS <= octets, "{chip}");
        }
    }
}
