//! Testing fleets of boards: a scenario, its expectations, many seeds.
//!
//! ```text
//!   Scenario ─► try_seed: lab + Judge ─► Trial          one run
//!            ─► run: seeds over the cores ─► CaseResult  many; failures with their last frames and their command
//!            ─► shrink: less that fails as well
//! ```

mod bench;
mod judge;
mod report;
mod runner;
mod seeds;
mod shrink;
mod trial;

pub use bench::{Bench, Line, TimedOut};
pub use judge::{Failure, Judge, Verdict};
pub use report::{json, junit, text};
pub use runner::{Case, CaseResult, ExpectationResult, Outcome, ToldFailure, Workforce, all_cores, run};
pub use seeds::for_seeds;
pub use shrink::{Shrunk, shrink, shrink_unless};
pub use trial::{Trial, capture, last_lines, try_seed};
pub(crate) use trial::{end_of, words};
