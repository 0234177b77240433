//! Radiotap, the header that tells of a captured frame how it was on the air ([radiotap.org]).
//!
//! ```text
//!   0        1        2            4                8
//!   ┌────────┬────────┬────────────┬────────────────┬───── ─ ─
//!   │ 0      │ pad    │ length     │ present bits   │ fields, in the order of their bits
//!   └────────┴────────┴────────────┴────────────────┴───── ─ ─
//! ```
//!
//! Little-endian, each field aligned to its own size, counted from the header's first octet.
//!
//! [radiotap.org]: https://www.radiotap.org/

use protocol::rate::{GuardInterval, Mcs, Ofdm, Preamble};
use protocol::{Channel, Rate};

/// The fixed part: version, pad, length, one word of present bits.
const FIXED_LEN: usize = 8;

mod present {
    pub(super) const TSFT: u32 = 0;
    pub(super) const FLAGS: u32 = 1;
    pub(super) const RATE: u32 = 2;
    pub(super) const CHANNEL: u32 = 3;
    pub(super) const SIGNAL: u32 = 5;
    pub(super) const MCS: u32 = 19;
    /// Another word of present bits follows.
    pub(super) const EXTENDED: u32 = 31;
}

/// Alignment and size of the fields by their present bit, up to the last that is read here.
const FIELDS: [(usize, usize); 20] = [
    (8, 8), // TSFT
    (1, 1), // flags
    (1, 1), // rate
    (2, 4), // channel
    (2, 2), // FHSS
    (1, 1), // dBm antenna signal
    (1, 1), // dBm antenna noise
    (2, 2), // lock quality
    (2, 2), // TX attenuation
    (2, 2), // dB TX attenuation
    (1, 1), // dBm TX power
    (1, 1), // antenna
    (1, 1), // dB antenna signal
    (1, 1), // dB antenna noise
    (2, 2), // RX flags
    (2, 2), // TX flags
    (1, 1), // RTS retries
    (1, 1), // data retries
    (4, 8), // XChannel
    (1, 3), // MCS
];

/// Bits of [`Header::flags`].
pub mod flags {
    /// Sent with the short preamble.
    pub const SHORT_PREAMBLE: u8 = 0x02;
    /// The frame ends with its FCS.
    pub const FCS_AT_END: u8 = 0x10;
    /// The receiver found the FCS wrong.
    pub const BAD_FCS: u8 = 0x40;
}

/// Bits of [`ChannelField::flags`].
pub mod channel_flags {
    /// DSSS or CCK.
    pub const CCK: u16 = 0x0020;
    /// OFDM.
    pub const OFDM: u16 = 0x0040;
    /// The 2.4 GHz band.
    pub const GHZ2: u16 = 0x0080;
    /// CCK and OFDM by turns.
    pub const DYNAMIC: u16 = 0x0400;
}

/// Bits of the MCS field.
mod mcs {
    /// Bandwidth, index, guard interval, format, FEC, STBC and Ness are known: all that there is.
    pub(super) const ALL_KNOWN: u8 = 0x7f;
    pub(super) const INDEX_KNOWN: u8 = 0x02;
    pub(super) const BANDWIDTH_MASK: u8 = 0x03;
    pub(super) const BANDWIDTH_20: u8 = 0x00;
    pub(super) const SHORT_GUARD: u8 = 0x04;
}

/// The channel field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelField {
    /// Centre frequency.
    pub mhz: u16,
    /// See [`channel_flags`].
    pub flags: u16,
}

/// The MCS field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct McsField {
    /// Which of the others are meant.
    pub known: u8,
    /// Bandwidth, guard interval, format, FEC, STBC.
    pub flags: u8,
    /// The scheme's index.
    pub index: u8,
}

/// The fields of a radiotap header that matter here; others are skipped when reading.
///
/// ```
/// use protocol::Rate;
/// use sim::record::radiotap::Header;
///
/// let header = Header { signal_dbm: Some(-20), ..Header::default() }.with_rate(Rate::Dsss1M);
/// let mut octets = Vec::new();
/// header.emit(&mut octets);
/// octets.extend(b"frame");
/// assert_eq!(Header::parse(&octets), Ok((header, &b"frame"[..])));
/// assert_eq!(header.rate(), Some(Rate::Dsss1M));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The MAC's clock, in µs.
    pub tsft_micros: Option<u64>,
    /// See [`flags`].
    pub flags: Option<u8>,
    /// Data rate in units of 500 kbit/s, for DSSS, CCK and OFDM.
    pub rate_500k: Option<u8>,
    /// The channel.
    pub channel: Option<ChannelField>,
    /// Signal strength at the antenna in dBm.
    pub signal_dbm: Option<i8>,
    /// HT modulation and coding.
    pub mcs: Option<McsField>,
}

impl Header {
    /// The same header with the fields that say `rate`.
    ///
    /// Long Range has no place in radiotap: its frames get no rate.
    #[must_use]
    pub fn with_rate(self, rate: Rate) -> Self {
        let mut header = Self {
            rate_500k: None,
            mcs: None,
            ..self
        };
        match rate {
            Rate::Ht20(scheme, guard) => {
                header.mcs = Some(McsField {
                    known: mcs::ALL_KNOWN,
                    flags: match guard {
                        GuardInterval::Long => mcs::BANDWIDTH_20,
                        GuardInterval::Short => mcs::BANDWIDTH_20 | mcs::SHORT_GUARD,
                    },
                    index: scheme.index(),
                });
            }
            Rate::LongRange250K | Rate::LongRange500K => {}
            legacy => header.rate_500k = u8::try_from(legacy.kilobits_per_second() / 500).ok(),
        }
        if let Rate::Dsss2M(preamble) | Rate::Cck5M5(preamble) | Rate::Cck11M(preamble) = rate {
            let others = header.flags.unwrap_or(0) & !flags::SHORT_PREAMBLE;
            header.flags = Some(match preamble {
                Preamble::Long => others,
                Preamble::Short => others | flags::SHORT_PREAMBLE,
            });
        }
        header
    }

    /// The same header on `channel`, with the modulation of `rate`.
    #[must_use]
    pub fn on_channel(self, channel: Channel, rate: Rate) -> Self {
        let modulation = match rate {
            Rate::Dsss1M | Rate::Dsss2M(_) | Rate::Cck5M5(_) | Rate::Cck11M(_) => channel_flags::CCK,
            Rate::Ofdm(_) => channel_flags::OFDM,
            Rate::Ht20(..) => channel_flags::DYNAMIC,
            Rate::LongRange250K | Rate::LongRange500K => 0,
        };
        Self {
            channel: Some(ChannelField {
                mhz: channel.centre_mhz(),
                flags: channel_flags::GHZ2 | modulation,
            }),
            ..self
        }
    }

    /// The rate that the fields say, if it is one of the chips'.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        if let Some(field) = self.mcs {
            let known = field.known & mcs::INDEX_KNOWN != 0 && field.flags & mcs::BANDWIDTH_MASK == mcs::BANDWIDTH_20;
            let guard = match field.flags & mcs::SHORT_GUARD {
                0 => GuardInterval::Long,
                _ => GuardInterval::Short,
            };
            return Mcs::new(field.index)
                .filter(|_| known)
                .map(|scheme| Rate::Ht20(scheme, guard));
        }
        let preamble = match self.has_flag(flags::SHORT_PREAMBLE) {
            true => Preamble::Short,
            false => Preamble::Long,
        };
        Some(match self.rate_500k? {
            2 => Rate::Dsss1M,
            4 => Rate::Dsss2M(preamble),
            11 => Rate::Cck5M5(preamble),
            22 => Rate::Cck11M(preamble),
            12 => Rate::Ofdm(Ofdm::M6),
            18 => Rate::Ofdm(Ofdm::M9),
            24 => Rate::Ofdm(Ofdm::M12),
            36 => Rate::Ofdm(Ofdm::M18),
            48 => Rate::Ofdm(Ofdm::M24),
            72 => Rate::Ofdm(Ofdm::M36),
            96 => Rate::Ofdm(Ofdm::M48),
            108 => Rate::Ofdm(Ofdm::M54),
            _ => return None,
        })
    }

    /// Whether the flags are there and have all bits of `flag`.
    #[must_use]
    pub fn has_flag(&self, flag: u8) -> bool {
        self.flags.is_some_and(|flags| flags & flag == flag)
    }

    /// Appends the header to `out`.
    pub fn emit(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend([0; FIXED_LEN]);
        let mut bits = 0_u32;
        let mut put = |bit: u32, octets: &[u8]| {
            let (alignment, _) = FIELDS[bit as usize];
            let here = out.len() - start;
            out.resize(start + here.next_multiple_of(alignment), 0);
            out.extend(octets);
            bits |= 1 << bit;
        };
        if let Some(tsft) = self.tsft_micros {
            put(present::TSFT, &tsft.to_le_bytes());
        }
        if let Some(flags) = self.flags {
            put(present::FLAGS, &[flags]);
        }
        if let Some(rate) = self.rate_500k {
            put(present::RATE, &[rate]);
        }
        if let Some(channel) = self.channel {
            let [a, b] = channel.mhz.to_le_bytes();
            let [c, d] = channel.flags.to_le_bytes();
            put(present::CHANNEL, &[a, b, c, d]);
        }
        if let Some(signal) = self.signal_dbm {
            put(present::SIGNAL, &signal.to_le_bytes());
        }
        if let Some(mcs) = self.mcs {
            put(present::MCS, &[mcs.known, mcs.flags, mcs.index]);
        }
        // At most 8 + 8 + 1 + 1 + 4 + 1 + 3 octets.
        let length = (out.len() - start) as u16;
        out[start + 2..start + 4].copy_from_slice(&length.to_le_bytes());
        out[start + 4..start + 8].copy_from_slice(&bits.to_le_bytes());
    }

    /// Reads the header in front of a frame and returns the frame with it.
    ///
    /// Further words of present bits (they describe single antennas, or belong to vendors) are skipped.
    ///
    /// # Errors
    /// Where the header contradicts itself or the octets end before it does.
    pub fn parse(packet: &[u8]) -> Result<(Self, &[u8]), RadiotapError> {
        let [version, _, a, b, first_bits @ ..] = packet.first_chunk::<FIXED_LEN>().ok_or(RadiotapError::Short)?;
        if *version != 0 {
            return Err(RadiotapError::Version(*version));
        }
        let length = usize::from(u16::from_le_bytes([*a, *b]));
        let (header, frame) = packet.split_at_checked(length).ok_or(RadiotapError::Short)?;

        let bits = u32::from_le_bytes(*first_bits);
        let mut offset = FIXED_LEN;
        let mut more = bits;
        while more & (1 << present::EXTENDED) != 0 {
            let word = header.get(offset..).and_then(<[u8]>::first_chunk);
            more = u32::from_le_bytes(*word.ok_or(RadiotapError::Field)?);
            offset += 4;
        }
        if offset > length {
            return Err(RadiotapError::Field);
        }

        let mut read = Self::default();
        for (bit, (alignment, size)) in (0_u32..).zip(FIELDS) {
            if bits & (1 << bit) == 0 {
                continue;
            }
            offset = offset.next_multiple_of(alignment);
            let field = header.get(offset..offset + size).ok_or(RadiotapError::Field)?;
            offset += size;
            match (bit, field) {
                (present::TSFT, field) => read.tsft_micros = field.first_chunk().copied().map(u64::from_le_bytes),
                (present::FLAGS, &[flags]) => read.flags = Some(flags),
                (present::RATE, &[rate]) => read.rate_500k = Some(rate),
                (present::CHANNEL, &[a, b, c, d]) => {
                    read.channel = Some(ChannelField {
                        mhz: u16::from_le_bytes([a, b]),
                        flags: u16::from_le_bytes([c, d]),
                    });
                }
                (present::SIGNAL, &[signal]) => read.signal_dbm = Some(i8::from_le_bytes([signal])),
                (present::MCS, &[known, flags, index]) => read.mcs = Some(McsField { known, flags, index }),
                _ => {}
            }
        }
        Ok((read, frame))
    }
}

/// Why octets are no radiotap header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RadiotapError {
    /// The packet ends inside the header.
    #[error("the packet ends inside its radiotap header")]
    Short,
    /// Only version 0 exists.
    #[error("radiotap version {0}; only 0 exists")]
    Version(u8),
    /// A field that the present bits announce lies outside the header.
    #[error("the radiotap header is shorter than the fields it announces")]
    Field,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;

    fn emitted(header: Header) -> Vec<u8> {
        let mut octets = Vec::new();
        header.emit(&mut octets);
        octets
    }

    #[test]
    fn fields_stand_where_radiotap_wants_them() {
        let channel = Channel::new(6).expect("6 is a channel");
        let header = Header {
            tsft_micros: Some(0x0102_0304_0506_0708),
            flags: Some(flags::FCS_AT_END),
            signal_dbm: Some(-20),
            ..Header::default()
        };
        let legacy = header.with_rate(Rate::Dsss1M).on_channel(channel, Rate::Dsss1M);
        assert_eq!(
            hex::encode(emitted(legacy)),
            // version, pad, length 23, present; TSFT; flags; rate; 2437 MHz, 2 GHz + CCK; -20 dBm
            "00001700\
             2f000000\
             0807060504030201\
             10\
             02\
             8509a000\
             ec"
        );
        let rate = Rate::Ht20(Mcs::new(7).expect("7 is a scheme"), GuardInterval::Short);
        let ht = header.with_rate(rate).on_channel(channel, rate);
        assert_eq!(
            hex::encode(emitted(ht)),
            // no rate: one octet of padding aligns the channel
            "00001a00\
             2b000800\
             0807060504030201\
             10\
             00\
             85098004\
             ec\
             7f0407"
        );
    }

    #[test]
    fn every_rate_but_long_range_survives() {
        let mcs0 = Mcs::new(0).expect("0 is a scheme");
        for rate in [
            Rate::Dsss1M,
            Rate::Dsss2M(Preamble::Short),
            Rate::Cck5M5(Preamble::Long),
            Rate::Cck11M(Preamble::Short),
            Rate::Ofdm(Ofdm::M6),
            Rate::Ofdm(Ofdm::M54),
            Rate::Ht20(mcs0, GuardInterval::Long),
            Rate::Ht20(mcs0, GuardInterval::Short),
        ] {
            assert_eq!(Header::default().with_rate(rate).rate(), Some(rate));
        }
        assert_eq!(Header::default().with_rate(Rate::LongRange250K).rate(), None);
    }

    #[test]
    fn words_of_single_antennas_are_skipped() {
        // Two words of present bits: the first says flags and signal, the second signal and antenna again.
        let octets = hex::decode("000010002200008020080000".to_owned() + "10d8" + "d801" + "d040").expect("hex");
        let (header, frame) = Header::parse(&octets).expect("legal");
        assert_eq!(header.flags, Some(flags::FCS_AT_END));
        assert_eq!(header.signal_dbm, Some(-40));
        assert_eq!(frame, [0xd0, 0x40]);
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(Header::parse(&[0; 7]), Err(RadiotapError::Short));
        assert_eq!(Header::parse(&[1, 0, 8, 0, 0, 0, 0, 0]), Err(RadiotapError::Version(1)));
        assert_eq!(Header::parse(&[0, 0, 9, 0, 0, 0, 0, 0]), Err(RadiotapError::Short));
        assert_eq!(Header::parse(&[0, 0, 0, 0, 0, 0, 0, 0]), Err(RadiotapError::Field));
        assert_eq!(Header::parse(&[0, 0, 8, 0, 1, 0, 0, 0]), Err(RadiotapError::Field));
        assert_eq!(Header::parse(&[0, 0, 8, 0, 0, 0, 0, 0x80]), Err(RadiotapError::Field));
    }

    prop_compose! {
        fn any_header()(
            tsft_micros in option::of(any::<u64>()),
            flags in option::of(any::<u8>()),
            rate_500k in option::of(any::<u8>()),
            channel in option::of(any::<(u16, u16)>()),
            signal_dbm in option::of(any::<i8>()),
            mcs in option::of(any::<(u8, u8, u8)>()),
        ) -> Header {
            Header {
                tsft_micros,
                flags,
                rate_500k,
                channel: channel.map(|(mhz, flags)| ChannelField { mhz, flags }),
                signal_dbm,
                mcs: mcs.map(|(known, flags, index)| McsField { known, flags, index }),
            }
        }
    }

    proptest! {
        #[test]
        fn headers_round_trip(header in any_header(), frame: Vec<u8>, before in 0_usize..9) {
            let mut octets = vec![0xee; before];
            header.emit(&mut octets);
            octets.extend(&frame);
            prop_assert_eq!(Header::parse(&octets[before..]), Ok((header, &frame[..])));
        }

        #[test]
        fn any_octets_are_read_or_refused(length in 0_u8..64, rest in prop::collection::vec(any::<u8>(), 4..60)) {
            let _ = Header::parse(&rest);
            let _ = Header::parse(&[&[0, 0, length, 0], &rest[..]].concat());
        }
    }
}
