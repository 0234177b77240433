//! What virtual boards find, a metre apart on a quiet air: what chips are measured by.
//!
//! `tests/tests/self_test.rs` runs the application in the simulator and compares; when the air's model changes, it says what belongs here.

use core::time::Duration;

use super::{LENGTHS, MESSAGES};
use crate::Rate;
use crate::rate::{GuardInterval, Mcs, Ofdm, Preamble};

const fn mcs(index: u8) -> Rate {
    match Mcs::new(index) {
        Some(mcs) => Rate::Ht20(mcs, GuardInterval::Long),
        // There are 0 to 7.
        None => unreachable!(),
    }
}

/// The rates that are tried, and the mean time from a message to its answer in µs, for each of [`LENGTHS`].
///
/// Long Range's frames are not published, so that its times are a guess (see [`Rate::airtime`]): what chips say will be better.
pub const ROUND_TRIPS_US: [(Rate, [u32; LENGTHS.len()]); 22] = [
    (Rate::Dsss1M, [2128, 5870, 25960]),
    (Rate::Dsss2M(Preamble::Long), [1511, 3380, 13420]),
    (Rate::Cck5M5(Preamble::Long), [1140, 1822, 5472]),
    (Rate::Cck11M(Preamble::Long), [1044, 1381, 3202]),
    (Rate::Ofdm(Ofdm::M6), [746, 1364, 4708]),
    (Rate::Ofdm(Ofdm::M9), [690, 1100, 3332]),
    (Rate::Ofdm(Ofdm::M12), [667, 972, 2644]),
    (Rate::Ofdm(Ofdm::M18), [635, 836, 1956]),
    (Rate::Ofdm(Ofdm::M24), [625, 772, 1612]),
    (Rate::Ofdm(Ofdm::M36), [612, 708, 1268]),
    (Rate::Ofdm(Ofdm::M48), [602, 676, 1092]),
    (Rate::Ofdm(Ofdm::M54), [601, 660, 1036]),
    (mcs(0), [763, 1332, 4428]),
    (mcs(1), [691, 972, 2516]),
    (mcs(2), [667, 852, 1884]),
    (mcs(3), [649, 788, 1564]),
    (mcs(4), [642, 732, 1244]),
    (mcs(5), [635, 700, 1084]),
    (mcs(6), [635, 692, 1036]),
    (mcs(7), [626, 684, 988]),
    (Rate::LongRange250K, [7898, 22913, 103234]),
    (Rate::LongRange500K, [5565, 13087, 53245]),
];

/// How strongly they hear each other. It is the antennas' best; those on a board lose some 5 to 15 dB at each end.
pub const RSSI_DBM: i8 = -20;

/// Of 100 calls, how many are heard by a radio that is on for 25 ms of every 100 ms.
pub const HEARD_ASLEEP: u16 = 25;

/// How much less an antenna on a board may hear than virtual ones.
const ANTENNAS_LOSE_DB: i8 = 30;

/// Whether so many of [`MESSAGES`] are acknowledged or answered: the air of a desk is not quiet, and the MAC repeats.
pub(super) const fn is_delivered(count: u16) -> bool {
    count * 10 >= MESSAGES * 9
}

/// Whether so many of [`MESSAGES`] to everybody are heard, which nobody repeats.
pub(super) const fn is_heard(count: u16) -> bool {
    count * 10 >= MESSAGES * 8
}

/// Whether a round trip takes from half as long as expected to twice as long. What a chip's driver and scheduler take is not known yet.
pub(super) fn is_in_time(round_trip: Duration, expected_us: u32) -> bool {
    let us = round_trip.as_micros();
    let expected = u128::from(expected_us);
    us * 2 >= expected && us <= expected * 2
}

/// Whether boards that are a metre apart hear each other like this.
pub(super) const fn is_near(rssi_dbm: i8) -> bool {
    rssi_dbm >= RSSI_DBM - ANTENNAS_LOSE_DB
}

/// Whether a radio that sleeps hears so many calls.
pub(super) const fn is_asleep(heard: u16) -> bool {
    heard.abs_diff(HEARD_ASLEEP) <= HEARD_ASLEEP / 3
}
