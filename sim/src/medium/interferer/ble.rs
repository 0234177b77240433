//! Bluetooth Low Energy at 1 Mbit/s.
//!
//! From the Bluetooth Core Specification 5.4, volume 6:
//!
//! - 40 channels 2 MHz apart, 2402 to 2480 MHz; 2402, 2426 and 2480 MHz are for advertising, the other 37 for connections
//!   (part A, section 2; part B, section 1.4.1).
//! - An *advertiser* sends the same packet on its three channels in turn, every interval (20 ms to 10 485.759375 s) plus 0 to 10 ms
//!   drawn anew (part B, section 4.4.2). With 31 octets of data a packet is 47 octets, 376 µs.
//! - A *connection* has an event every interval (7.5 ms to 4 s), on the next of its channels: with c the last one's number and
//!   h, 5 to 16, the connection's hop, (c + h) mod 37 (part B, sections 4.5.1 and 4.5.8.2, algorithm #1). One packet, and 150 µs
//!   later its answer. With 27 octets of data, sealed, a packet is 41 octets, 328 µs.
//!
//! Assumed: the packets of an advertiser begin 1 ms after one another (the standard allows up to 10 ms); both ends of a
//! connection are at one place with the same power; each packet is full.
//!
//! Left out: scan requests and answers, extended advertising, 2 Mbit/s and coded, longer packets and more of them in an
//! event, channel maps that keep away from Wi-Fi, algorithm #2, drifting clocks.

use super::spectrum::Spectrum;
use super::{InterfererError, Pattern, Phase};
use crate::kernel::{Generator, Span, unit};

const ADVERTISING_MHZ: [f64; 3] = [2402.0, 2426.0, 2480.0];
const ADVERTISEMENT: Span = Span::from_micros(376);
/// Between the ends and starts of an advertiser's packets.
const ADVERTISING_GAP: Span = Span::from_micros(1_000 - 376);
/// The longest delay that is drawn for an advertising event.
const ADVERTISING_DELAY: Span = Span::from_micros(10_000);

const DATA_CHANNELS: u8 = 37;
const DATA_PACKET: Span = Span::from_micros(328);
/// Between a packet and its answer.
const INTERFRAME_SPACE: Span = Span::from_micros(150);

/// A Bluetooth Low Energy device or connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ble {
    mode: Mode,
    interval: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Advertising,
    Connection,
}

impl Ble {
    /// A device that advertises: a beacon, a headset that looks for its phone.
    ///
    /// # Errors
    /// If the interval is not from 20 ms to 10 485.759375 s.
    pub fn advertising(interval: Span) -> Result<Self, InterfererError> {
        Self::new(Mode::Advertising, interval, "advertisements", 20_000, 10_485_759_375)
    }

    /// Two devices in a connection.
    ///
    /// # Errors
    /// If the interval is not from 7.5 ms to 4 s.
    pub fn connection(interval: Span) -> Result<Self, InterfererError> {
        Self::new(Mode::Connection, interval, "connection events", 7_500, 4_000_000)
    }

    fn new(
        mode: Mode,
        interval: Span,
        what: &'static str,
        least_us: u64,
        most_us: u64,
    ) -> Result<Self, InterfererError> {
        if !(Span::from_micros(least_us)..=Span::from_micros(most_us)).contains(&interval) {
            return Err(InterfererError::Interval {
                what,
                least_us,
                most_us,
                interval_us: interval.as_micros(),
            });
        }
        Ok(Self { mode, interval })
    }

    /// Between the starts of its events, what is drawn for an advertiser's apart.
    #[must_use]
    pub const fn interval(&self) -> Span {
        self.interval
    }

    const fn packets(self) -> usize {
        match self.mode {
            Mode::Advertising => ADVERTISING_MHZ.len(),
            Mode::Connection => 2,
        }
    }

    const fn packet(self) -> Span {
        match self.mode {
            Mode::Advertising => ADVERTISEMENT,
            Mode::Connection => DATA_PACKET,
        }
    }

    const fn gap(self) -> Span {
        match self.mode {
            Mode::Advertising => ADVERTISING_GAP,
            Mode::Connection => INTERFRAME_SPACE,
        }
    }
}

/// The packets of a device or connection, event after event.
#[derive(Debug)]
pub(super) struct Events {
    ble: Ble,
    /// Which packet of the event is next.
    packet: usize,
    /// Whether it is on the air already.
    sending: bool,
    /// A connection's last channel and hop; `None` before the first event.
    hopping: Option<(u8, u8)>,
}

impl Events {
    pub(super) fn new(ble: Ble) -> Self {
        Self {
            ble,
            packet: 0,
            sending: false,
            hopping: None,
        }
    }

    /// The silence before the packet that is next.
    fn silence(&mut self, generator: &mut Generator) -> Span {
        let Self { ble, packet, .. } = *self;
        if packet > 0 {
            return ble.gap();
        }
        let share = |span: Span, generator: &mut Generator| {
            let nanos = span.as_nanos() as f64 * unit(generator);
            Span::from_nanos(nanos as u64)
        };
        let Some((channel, hop)) = self.hopping else {
            let hop = 5 + (unit(generator) * 12.0) as u8;
            self.hopping = Some((hop, hop));
            return share(ble.interval, generator);
        };
        self.hopping = Some(((channel + hop) % DATA_CHANNELS, hop));
        let event = ble.packet() * ble.packets() as u64 + ble.gap() * (ble.packets() as u64 - 1);
        let rest = Span::from_nanos(ble.interval.as_nanos().saturating_sub(event.as_nanos()));
        match ble.mode {
            Mode::Advertising => rest + share(ADVERTISING_DELAY, generator),
            Mode::Connection => rest,
        }
    }

    fn mhz(&self) -> f64 {
        match (self.ble.mode, self.hopping) {
            (Mode::Connection, Some((channel, _))) => data_channel_mhz(channel),
            _ => ADVERTISING_MHZ.get(self.packet).copied().unwrap_or(ADVERTISING_MHZ[0]),
        }
    }
}

/// Channels 0 to 10 are below 2426 MHz, 11 to 36 above.
fn data_channel_mhz(channel: u8) -> f64 {
    2404.0 + 2.0 * f64::from(channel) + if channel > 10 { 2.0 } else { 0.0 }
}

impl Pattern for Events {
    fn next(&mut self, generator: &mut Generator) -> Phase {
        self.sending = !self.sending;
        if self.sending {
            return Phase::silent(self.silence(generator));
        }
        let spectrum = Spectrum::Narrow { mhz: self.mhz() };
        self.packet = (self.packet + 1) % self.ble.packets();
        Phase::on(spectrum, self.ble.packet())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::testing::{phases, share_on};
    use super::*;

    const MILLISECOND: Span = Span::from_micros(1_000);

    fn frequencies(phases: &[Phase]) -> Vec<u32> {
        phases
            .iter()
            .filter_map(|phase| match phase.spectrum {
                Some(Spectrum::Narrow { mhz }) => Some(mhz as u32),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn an_advertiser_takes_its_three_channels_in_turn() {
        let phases = phases(Ble::advertising(MILLISECOND * 100).expect("an interval"), 60_000);
        for event in frequencies(&phases).chunks(3) {
            assert_eq!(event, [2402, 2426, 2480]);
        }
        // 376 µs every 105 ms in the mean.
        let expected = 0.376 / 105.0;
        for channel in [1, 4, 13] {
            let share = share_on(&phases, channel);
            assert!((share - expected).abs() < 0.02 * expected, "{share} on {channel}");
        }
        assert_eq!(share_on(&phases, 8), 0.0);
    }

    #[test]
    fn a_connection_visits_all_its_channels_alike() {
        let phases = phases(Ble::connection(MILLISECOND * 10).expect("an interval"), 4 * 37 * 20);
        let frequencies = frequencies(&phases);
        for event in frequencies.chunks(2) {
            assert_eq!(event[0], event[1], "the answer comes on the same channel");
        }
        let visited: BTreeSet<_> = frequencies[..74].iter().collect();
        assert_eq!(visited.len(), 37);
        assert!(visited.iter().all(|mhz| (2404..=2478).contains(*mhz)));
        assert!(!visited.contains(&2426));
        // Channel 6, 2437 MHz, covers the 11 data channels from 2426 to 2448 MHz that are even and not 2426.
        let expected = 2.0 * 0.328 / 10.0 * 11.0 / 37.0;
        let share = share_on(&phases, 6);
        assert!(
            (share - expected).abs() < 0.02 * expected,
            "{share}, expected {expected}"
        );
    }

    #[test]
    fn intervals_are_bluetooths() {
        for (interval, legal) in [(19, false), (20, true), (10_485_759, true), (10_485_760, false)] {
            assert_eq!(Ble::advertising(MILLISECOND * interval).is_ok(), legal, "{interval} ms");
        }
        for (micros, legal) in [(7_499, false), (7_500, true), (4_000_000, true), (4_000_001, false)] {
            assert_eq!(Ble::connection(Span::from_micros(micros)).is_ok(), legal, "{micros} µs");
        }
    }
}
