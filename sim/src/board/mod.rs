//! A virtual board: the seam's other side.
//!
//! ```text
//!    app ──► VirtualBoard { radio, clock, pixels, random, console }
//!                │ each holds the board's Hardware, borrowed only within one call
//!                ▼
//!            Hardware { Endpoint, timers, LED buffer, console line, requests }
//!                ▲
//!                │ between polls: takes the requests, brings frames, results and the time
//!              lab
//! ```

mod clock;
mod console;
mod hardware;
mod letter;
mod pixels;
mod pool;
mod profile;
mod radio;

use std::cell::RefCell;
use std::rc::Rc;

use protocol::board::{Board, Parts};

pub(crate) use hardware::{Hardware, Requests};
pub(crate) use letter::{Landed, Letter};
pub(crate) use pool::FramePool;
pub use profile::Profile;

use crate::kernel::{Concern, Generator, stream};

/// A board's hardware, shared by its devices and the lab.
pub(crate) type Shared = Rc<RefCell<Hardware>>;

/// What an application runs on.
#[derive(Debug)]
pub struct VirtualBoard {
    radio: radio::VirtualRadio,
    clock: clock::VirtualClock,
    pixels: pixels::VirtualPixels,
    random: Generator,
    console: console::VirtualConsole,
}

impl VirtualBoard {
    pub(crate) fn new(hardware: &Shared, seed: u64, index: u32) -> Self {
        Self {
            radio: radio::VirtualRadio::new(Rc::clone(hardware)),
            clock: clock::VirtualClock::new(Rc::clone(hardware)),
            pixels: pixels::VirtualPixels::new(Rc::clone(hardware)),
            random: stream(seed, Concern::Board, index),
            console: console::VirtualConsole::new(Rc::clone(hardware)),
        }
    }
}

impl Board for VirtualBoard {
    type Radio = radio::VirtualRadio;
    type Clock = clock::VirtualClock;
    type Pixels = pixels::VirtualPixels;
    type Random = Generator;
    type Console = console::VirtualConsole;

    fn parts(&mut self) -> Parts<'_, Self> {
        Parts {
            radio: &mut self.radio,
            clock: &mut self.clock,
            pixels: &mut self.pixels,
            random: &mut self.random,
            console: &mut self.console,
        }
    }
}
