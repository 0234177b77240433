//! Data rates under the driver's names.

use esp_radio::esp_now::{PhyMode, RateConfig, WifiPhyRate};
use protocol::Rate;
use protocol::rate::{GuardInterval, Ofdm, Preamble};

/// What `esp_now_set_peer_rate_config` takes.
pub(crate) const fn config(rate: Rate) -> RateConfig {
    let (phy_mode, rate) = match rate {
        Rate::Dsss1M => (PhyMode::_11b, WifiPhyRate::Rate1mL),
        Rate::Dsss2M(Preamble::Long) => (PhyMode::_11b, WifiPhyRate::Rate2m),
        Rate::Dsss2M(Preamble::Short) => (PhyMode::_11b, WifiPhyRate::Rate2mS),
        Rate::Cck5M5(Preamble::Long) => (PhyMode::_11b, WifiPhyRate::Rate5mL),
        Rate::Cck5M5(Preamble::Short) => (PhyMode::_11b, WifiPhyRate::Rate5mS),
        Rate::Cck11M(Preamble::Long) => (PhyMode::_11b, WifiPhyRate::Rate11mL),
        Rate::Cck11M(Preamble::Short) => (PhyMode::_11b, WifiPhyRate::Rate11mS),
        Rate::Ofdm(Ofdm::M6) => (PhyMode::_11g, WifiPhyRate::Rate6m),
        Rate::Ofdm(Ofdm::M9) => (PhyMode::_11g, WifiPhyRate::Rate9m),
        Rate::Ofdm(Ofdm::M12) => (PhyMode::_11g, WifiPhyRate::Rate12m),
        Rate::Ofdm(Ofdm::M18) => (PhyMode::_11g, WifiPhyRate::Rate18m),
        Rate::Ofdm(Ofdm::M24) => (PhyMode::_11g, WifiPhyRate::Rate24m),
        Rate::Ofdm(Ofdm::M36) => (PhyMode::_11g, WifiPhyRate::Rate36m),
        Rate::Ofdm(Ofdm::M48) => (PhyMode::_11g, WifiPhyRate::Rate48m),
        Rate::Ofdm(Ofdm::M54) => (PhyMode::_11g, WifiPhyRate::Rate54m),
        Rate::Ht20(mcs, GuardInterval::Long) => (
            PhyMode::Ht20,
            match mcs.index() {
                0 => WifiPhyRate::RateMcs0Lgi,
                1 => WifiPhyRate::RateMcs1Lgi,
                2 => WifiPhyRate::RateMcs2Lgi,
                3 => WifiPhyRate::RateMcs3Lgi,
                4 => WifiPhyRate::RateMcs4Lgi,
                5 => WifiPhyRate::RateMcs5Lgi,
                6 => WifiPhyRate::RateMcs6Lgi,
                _ => WifiPhyRate::RateMcs7Lgi,
            },
        ),
        Rate::Ht20(mcs, GuardInterval::Short) => (
            PhyMode::Ht20,
            match mcs.index() {
                0 => WifiPhyRate::RateMcs0Sgi,
                1 => WifiPhyRate::RateMcs1Sgi,
                2 => WifiPhyRate::RateMcs2Sgi,
                3 => WifiPhyRate::RateMcs3Sgi,
                4 => WifiPhyRate::RateMcs4Sgi,
                5 => WifiPhyRate::RateMcs5Sgi,
                6 => WifiPhyRate::RateMcs6Sgi,
                _ => WifiPhyRate::RateMcs7Sgi,
            },
        ),
        Rate::LongRange250K => (PhyMode::Lr, WifiPhyRate::RateLora250k),
        Rate::LongRange500K => (PhyMode::Lr, WifiPhyRate::RateLora500k),
    };
    RateConfig {
        phy_mode,
        rate,
        ersu: false,
        dcm: false,
    }
}
