//! The octets of ping and throughput tests.

use core::fmt;

/// Octets before what only fills the frame.
pub const PROBE_LEN: usize = 8;

/// What a probe is (`iperf_type_t` in the component's `cmd_iperf.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ProbeKind {
    /// One of many.
    Bandwidth = 0,
    /// The last of many: how many were there?
    BandwidthStop = 1,
    /// So many.
    BandwidthStopAck = 2,
    /// Answer this.
    Ping = 3,
    /// The answer.
    PingAck = 4,
}

/// A probe (`espnow_iperf_data_t`): kind u32, sequence u32, octets that mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it is.
    pub kind: ProbeKind,
    /// Counts from 0; in [`ProbeKind::BandwidthStopAck`] how many came.
    pub sequence: u32,
}

impl Probe {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`NotAProbe`].
    pub fn parse(octets: &[u8]) -> Result<Self, NotAProbe> {
        let [k0, k1, k2, k3, s0, s1, s2, s3] = *octets.first_chunk::<PROBE_LEN>().ok_or(NotAProbe)?;
        let kind = match u32::from_le_bytes([k0, k1, k2, k3]) {
            0 => ProbeKind::Bandwidth,
            1 => ProbeKind::BandwidthStop,
            2 => ProbeKind::BandwidthStopAck,
            3 => ProbeKind::Ping,
            4 => ProbeKind::PingAck,
            _ => return Err(NotAProbe),
        };
        let sequence = u32::from_le_bytes([s0, s1, s2, s3]);
        Ok(Self { kind, sequence })
    }

    /// Its octets, without what fills the frame.
    #[must_use]
    pub const fn to_octets(self) -> [u8; PROBE_LEN] {
        let [k0, k1, k2, k3] = (self.kind as u32).to_le_bytes();
        let [s0, s1, s2, s3] = self.sequence.to_le_bytes();
        [k0, k1, k2, k3, s0, s1, s2, s3]
    }
}

/// A payload is no probe: too short, or of no kind that there is. Other services use the same kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAProbe;

impl fmt::Display for NotAProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a probe has {PROBE_LEN} octets or more and one of five kinds")
    }
}

impl core::error::Error for NotAProbe {}
