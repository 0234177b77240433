//! How long an answer takes, and how much a link carries: the component's `espnow_iperf` on the air.
//!
//! ```text
//!    ping:         Ping, n ────► PingAck, n (as long as the question)                         … 100 ms apart
//!    throughput:   Bandwidth, 0 ────►  Bandwidth, 1 ────► …  as fast as they go, for so long
//!                  BandwidthStop ────►
//!                                ◄──── BandwidthStopAck, how many came     asked up to six times, 1 s each
//! ```

mod frame;
mod prober;
mod responder;

pub use frame::{NotAProbe, PROBE_LEN, Probe, ProbeKind};
pub(super) use prober::Millis;
pub use prober::{PingReport, Prober, ProberBusy, ProberEvent, ThroughputReport};
pub use responder::{ProbeResponder, ProbesReceived};
