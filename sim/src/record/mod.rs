//! Writing down what happened.
//!
//! ```text
//!                        ┌─► CaptureFile ─► radiotap ─► pcapng     every frame, for Wireshark
//!    observe::Event  ────┼─► Trace                                 every event, one line each
//!                        ├─► Plain                                 what the boards say and show, for a pipe
//!                        ├─► RecordingWriter                       all of it, to be shown again
//!                        ├─► Page ─► Figures                       the run for people, one HTML file
//!                        ├─► Reporter ─► Report                    the run in numbers, one JSON object
//!                        └─► Responses                             how soon a commander's boards obey
//! ```
//!
//! Each is an [`Observer`](crate::observe::Observer) over any [`std::io::Write`]. An observer can't fail, so the first
//! write error is kept, nothing is written after it, and `finish` returns it. Writers are not buffered here: hand in a
//! [`std::io::BufWriter`].

mod capture_file;
mod console;
pub mod figures;
mod flood;
pub(crate) mod lines;
mod page;
mod pcapng;
mod plain;
pub mod radiotap;
pub mod recording;
mod report;
mod responses;
#[cfg(test)]
mod showing;
#[cfg(test)]
mod testing;
pub(crate) mod trace;

pub use capture_file::{CaptureFile, LOSS_AT_ONE_METRE_DB};
pub use flood::{ParseShowError, Show};
pub use page::Page;
pub use pcapng::PcapngWriter;
pub use plain::Plain;
pub use report::{
    AdviceReport, BoardReport, BridgeReport, LeftOut, LostReport, MediumReport, Report, Reporter, RxReport, TxReport,
};
pub use responses::{ResponseReport, Responses};
pub use trace::Trace;
