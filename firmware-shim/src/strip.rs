//! A strip's pixels, and the memory that their pulses are clocked out from.
//!
//! The RMT peripheral has a memory of blocks, each of 48 pulse codes. A strip with more pulses than fit is refilled by halves while it
//! is clocked out, by a task: if that comes too late, old codes go out again, and the pixels behind show wrong colours until they are
//! written the next time.

use core::time::Duration;

/// Pulse codes of a block.
const BLOCK: usize = 48;

/// A bit's time on the wire (WS2812B, 800 kHz).
const BIT: Duration = Duration::from_nanos(1250);

/// What a refill may take: an interrupt, the scheduler below Wi-Fi's tasks, code that is not in the cache.
const REFILL: Duration = Duration::from_micros(100);

/// The most pixels that a strip may have.
pub const MOST: usize = 256;

/// The number of pixels that the firmware is built for: `soldered` by the maker, unless `PIXELS` names another.
///
/// # Panics
/// When the firmware is built: `PIXELS` is not a number from 1 to [`MOST`].
#[must_use]
pub const fn count(named: Option<&str>, soldered: usize) -> usize {
    let Some(named) = named else {
        return soldered;
    };
    let (mut rest, mut count) = (named.as_bytes(), 0);
    while let [digit, more @ ..] = rest {
        assert!(digit.is_ascii_digit(), "PIXELS is not a number");
        count = count * 10 + (*digit - b'0') as usize;
        assert!(count <= MOST, "PIXELS is more than 256");
        rest = more;
    }
    assert!(count > 0, "PIXELS is not a number from 1 on");
    count
}

/// Whether so many pixels are clocked out without a fault: all at once, or with time enough for each refill.
#[must_use]
pub const fn is_in_time(pixels: usize, blocks: usize) -> bool {
    // Eight bits for each of three colours, and the end.
    let codes = pixels * 24 + 1;
    let half = BIT.as_nanos() * (blocks * BLOCK / 2) as u128;
    codes <= blocks * BLOCK || half >= REFILL.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builder_says_how_many() {
        assert_eq!(count(None, 1), 1);
        assert_eq!(count(Some("25"), 1), 25);
        assert_eq!(count(Some("256"), 1), MOST);
        for wrong in ["", "0", "257", "-1", "9 ", "99999999999999999999999"] {
            assert!(std::panic::catch_unwind(|| count(Some(wrong), 1)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn few_pixels_need_no_refill_and_many_need_time() {
        assert!(is_in_time(1, 1) && is_in_time(3, 2));
        assert!(!is_in_time(4, 2) && !is_in_time(25, 2));
        // All that the chips have: four blocks on the ESP32-C3, eight on the ESP32-S3.
        assert!(is_in_time(MOST, 4) && is_in_time(MOST, 8));
    }
}
