//! How strongly the radio sends.

use protocol::board::TRANSMIT_POWER_DBM;

/// [`TRANSMIT_POWER_DBM`] as the driver takes it, in quarters of a dBm. Unless it is told, esp-radio has it send with 5 dBm. That some boards could not
/// log in to access points with more than 16 dBm, as its page says, is no matter here: ESP-NOW has no access points.
pub const MAX_TX_POWER: i8 = TRANSMIT_POWER_DBM * 4;

const _: () = assert!(
    MAX_TX_POWER >= 8 && MAX_TX_POWER <= 84,
    "the driver takes 2 to 21 dBm, and another power is an error"
);
