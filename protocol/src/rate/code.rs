//! Data rates in an octet: the numbers of ESP-IDF's `wifi_phy_rate_t` on an ESP32-S3.

use super::{GuardInterval, Mcs, Ofdm, Preamble, Rate};

impl Rate {
    /// Its number in ESP-IDF's `wifi_phy_rate_t`, as an ESP32-S3 has them.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Rate::Dsss1M => 0x00,
            Rate::Dsss2M(Preamble::Long) => 0x01,
            Rate::Cck5M5(Preamble::Long) => 0x02,
            Rate::Cck11M(Preamble::Long) => 0x03,
            Rate::Dsss2M(Preamble::Short) => 0x05,
            Rate::Cck5M5(Preamble::Short) => 0x06,
            Rate::Cck11M(Preamble::Short) => 0x07,
            Rate::Ofdm(Ofdm::M48) => 0x08,
            Rate::Ofdm(Ofdm::M24) => 0x09,
            Rate::Ofdm(Ofdm::M12) => 0x0a,
            Rate::Ofdm(Ofdm::M6) => 0x0b,
            Rate::Ofdm(Ofdm::M54) => 0x0c,
            Rate::Ofdm(Ofdm::M36) => 0x0d,
            Rate::Ofdm(Ofdm::M18) => 0x0e,
            Rate::Ofdm(Ofdm::M9) => 0x0f,
            Rate::Ht20(mcs, GuardInterval::Long) => 0x10 + mcs.index(),
            Rate::Ht20(mcs, GuardInterval::Short) => 0x18 + mcs.index(),
            Rate::LongRange250K => 0x29,
            Rate::LongRange500K => 0x2a,
        }
    }

    /// The rate with this number; `None` if it is none's.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x00 => Rate::Dsss1M,
            0x01 => Rate::Dsss2M(Preamble::Long),
            0x02 => Rate::Cck5M5(Preamble::Long),
            0x03 => Rate::Cck11M(Preamble::Long),
            0x05 => Rate::Dsss2M(Preamble::Short),
            0x06 => Rate::Cck5M5(Preamble::Short),
            0x07 => Rate::Cck11M(Preamble::Short),
            0x08 => Rate::Ofdm(Ofdm::M48),
            0x09 => Rate::Ofdm(Ofdm::M24),
            0x0a => Rate::Ofdm(Ofdm::M12),
            0x0b => Rate::Ofdm(Ofdm::M6),
            0x0c => Rate::Ofdm(Ofdm::M54),
            0x0d => Rate::Ofdm(Ofdm::M36),
            0x0e => Rate::Ofdm(Ofdm::M18),
            0x0f => Rate::Ofdm(Ofdm::M9),
            0x10..=0x17 => Rate::Ht20(
                match Mcs::new(code - 0x10) {
                    Some(mcs) => mcs,
                    None => return None,
                },
                GuardInterval::Long,
            ),
            0x18..=0x1f => Rate::Ht20(
                match Mcs::new(code - 0x18) {
                    Some(mcs) => mcs,
                    None => return None,
                },
                GuardInterval::Short,
            ),
            0x29 => Rate::LongRange250K,
            0x2a => Rate::LongRange500K,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_is_one_rate_or_none() {
        let rates = (0..=u8::MAX).filter_map(|octet| {
            let rate = Rate::from_code(octet)?;
            assert_eq!(rate.code(), octet);
            Some(rate)
        });
        assert_eq!(rates.count(), 33);
        assert_eq!(Rate::from_code(u8::MAX), None);
    }
}
