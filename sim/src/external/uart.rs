//! A console's UART: what is printed takes its time.

/// Octets that find room before the line has taken them.
const FIFO: u64 = 128;

/// In parts of a µs, of which there are [`PARTS`] in one: ten bits at 115200 baud.
const OCTET: u64 = 3125;

const PARTS: u64 = 36;

/// The line's state, on its board's clock.
#[derive(Debug, Default)]
pub(super) struct Uart {
    /// When the last octet is out, in parts of a µs.
    idle_at: u64,
}

impl Uart {
    /// So many octets are printed at `now` µs. Returns when all of them are out or in the FIFO.
    pub(super) fn print(&mut self, now: u64, octets: u64) -> u64 {
        let begins_at = self.idle_at.max(now.saturating_mul(PARTS));
        self.idle_at = begins_at.saturating_add(octets.saturating_mul(OCTET));
        self.idle_at.saturating_sub(FIFO * OCTET).div_ceil(PARTS)
    }
}

/// Octets on the line: a line's end is two of them there.
pub(super) fn on_the_line(printed: &[u8]) -> u64 {
    let ends = printed.iter().filter(|&&octet| octet == b'\n').count();
    (printed.len() + ends) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fifo_holds_takes_no_time_and_the_rest_takes_the_lines() {
        let mut uart = Uart::default();
        assert_eq!(uart.print(1000, 128), 1000);
        // 36 octets more are 3125 µs.
        assert_eq!(uart.print(1000, 36), 4125);
        // Half a second later it is empty again.
        assert_eq!(uart.print(500_000, 128), 500_000);
        assert_eq!(on_the_line(b"ab\nc\n"), 7);
        assert_eq!(
            uart.print(u64::MAX, u64::MAX),
            u64::MAX.div_ceil(PARTS) - FIFO * OCTET / PARTS
        );
    }
}
