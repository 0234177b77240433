//! How long flash takes: typical times of the W25Q32FV's datasheet (Winbond, AC electrical characteristics), a part like
//! those in Espressif's modules.

use crate::kernel::Span;

/// Erasing a sector of 4 KiB (tSE). It may take up to 400 ms.
pub(super) const ERASE: Span = Span::from_micros(45_000);

/// Octets of a page, the most that is written at once.
pub(super) const PAGE: u32 = 256;

/// Writing so many octets of a page: 30 µs for the first (tBP1), 2.5 µs for each one more (tBP2). A whole page takes 0.7 ms.
pub(super) fn program(octets: usize) -> Span {
    Span::from_nanos(27_500) + Span::from_nanos(2_500) * octets as u64
}

/// Reading: two bits a clock at 80 MHz, as ESP-IDF reads an ESP32-S3's flash unless told otherwise.
pub(super) fn read(octets: usize) -> Span {
    Span::from_nanos(50) * octets as u64
}
