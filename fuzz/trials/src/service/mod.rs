//! Services: machines that are told anything that can happen, in any order.
//!
//! ```text
//!    octets ─► Setup, Turn, Turn, …          Bench ── boards: a Subject each, flash, what is under way
//!                        │                        ── letters: what was sent, to be delivered, changed, repeated
//!                        └──────────────────────► one thing happens; the board is asked until it waits
//! ```
//!
//! To add a service: its roles as [`Subject`]s, and a function that calls [`try_boards`] with one for each board.

mod bench;
mod control;
mod data;
mod debug;
#[allow(dead_code, reason = "there is no duration of flash commands here")]
#[path = "../../../../protocol/tests/ether/flash.rs"]
mod flash;
mod provisioning;
mod reliable;
mod script;
mod security;
mod time;
mod upgrade;

use arbitrary::Unstructured;
use protocol::MacAddress;
use protocol::service::Service;
use protocol::time::Instant;

use bench::Bench;
pub use control::control;
pub use data::data;
pub use debug::debug;
pub use provisioning::provisioning;
pub use reliable::reliable;
pub use security::security;
pub use time::time;
pub use upgrade::upgrade;

/// A service in one of its roles, and what an application does with it.
trait Subject {
    /// The machine.
    fn service(&mut self) -> &mut dyn Service;

    /// One of the application's commands, as the script says.
    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()>;

    /// Takes the next thing that there is to tell. `false` if there is none.
    fn take_event(&mut self, now: Instant) -> bool;

    /// Octets that never go out in the clear.
    fn secrets(&self) -> &[&[u8]] {
        &[]
    }
}

/// Makes the board with this index anew: at the beginning, and after every restart. The octet is the script's, and the same for all: which of
/// its ways the service works in.
type Make = fn(u8, u8) -> Box<dyn Subject>;

/// Runs the script on boards that are made by these.
fn try_boards(octets: &[u8], boards: &[Make]) {
    // A script that ends early is one all the same.
    let _ = Bench::run(&mut Unstructured::new(octets), boards);
}

/// The address of the board with this index; the first that are no board's are strangers.
const fn address(index: u8) -> MacAddress {
    match index {
        0xff => MacAddress::BROADCAST,
        index => MacAddress([0x24, 0x0a, 0xc4, 0, 0, index % 8]),
    }
}
