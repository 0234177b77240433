//! A virtual board: the seam's other side.
//!
//! ```text
//!    app ──► VirtualBoard { radio, clock, pixels, random, console, button, storage, firmware }
//!                │ each holds the board's Hardware, borrowed only within one call
//!                ▼
//!            Hardware { Endpoint, timers, LED buffer, console line, requests, Flash }
//!                ▲
//!                │ between polls: takes the requests, brings frames, results and the time
//!              lab
//! ```

mod addresses;
mod button;
mod chip;
mod clock;
mod computation;
mod console;
mod firmware;
mod flash;
mod hardware;
mod letter;
mod nonces;
mod peripherals;
mod pins;
mod pixels;
mod pool;
mod profile;
mod radio;
mod random;
mod requests;
mod stock;
mod storage;
mod timer;
mod waking;
mod whole_image;

use std::cell::RefCell;
use std::rc::Rc;

use protocol::board::{Board, Parts};
use protocol::image::Description;

pub(crate) use addresses::{FreeAddresses, PER_BOARD};
pub use chip::Chip;
pub(crate) use computation::Computation;
pub(crate) use hardware::{Attention, Hardware};
pub(crate) use letter::{Landings, Letter, Place};
pub(crate) use peripherals::{Peripherals, RTC_MEMORY};
pub(crate) use pins::{Edges, Mode, Pull};
pub(crate) use pool::FramePool;
pub use profile::Profile;
pub(crate) use requests::{Requests, Restart};
pub(crate) use stock::Stock;
pub use stock::synthetic_image;
pub(crate) use timer::TimerId;
pub(crate) use waking::{Asleep, Condition, WakeCause, WakeSource, WakeSources, Woken};

/// The name of the sensor that a converter reads at a pin.
pub(crate) fn analogue_sensor(pin: u8) -> String {
    format!("adc{pin}")
}

/// A board's hardware, shared by its devices and the lab.
pub(crate) type Shared = Rc<RefCell<Hardware>>;

/// What an application runs on.
#[derive(Debug)]
pub struct VirtualBoard {
    radio: radio::VirtualRadio,
    clock: clock::VirtualClock,
    pixels: pixels::VirtualPixels,
    random: random::VirtualRandom,
    console: console::VirtualConsole,
    button: button::VirtualButton,
    storage: storage::VirtualStorage,
    firmware: firmware::VirtualFirmware,
    hardware: Shared,
}

impl VirtualBoard {
    pub(crate) fn new(hardware: &Shared) -> Self {
        Self {
            radio: radio::VirtualRadio::new(Rc::clone(hardware)),
            clock: clock::VirtualClock::new(Rc::clone(hardware)),
            pixels: pixels::VirtualPixels::new(Rc::clone(hardware)),
            random: random::VirtualRandom::new(Rc::clone(hardware)),
            console: console::VirtualConsole::new(Rc::clone(hardware)),
            button: button::VirtualButton::new(Rc::clone(hardware)),
            storage: storage::VirtualStorage::new(Rc::clone(hardware)),
            firmware: firmware::VirtualFirmware::new(Rc::clone(hardware)),
            hardware: Rc::clone(hardware),
        }
    }

    /// What a sensor shows; `None` until a scenario has set it. The seam has no sensors yet: this door is the simulator's own.
    #[must_use]
    pub fn sensor(&self, name: &str) -> Option<f64> {
        self.hardware.borrow().sensors.get(name).copied()
    }

    /// For programs that ask for more than the seam offers.
    pub(crate) fn hardware(&self) -> &Shared {
        &self.hardware
    }

    /// What the image that runs says of itself: a scenario may have another program for another version.
    #[must_use]
    pub fn image(&self) -> Description {
        *self.hardware.borrow().description()
    }
}

impl Board for VirtualBoard {
    type Radio = radio::VirtualRadio;
    type Clock = clock::VirtualClock;
    type Pixels = pixels::VirtualPixels;
    type Random = random::VirtualRandom;
    type Console = console::VirtualConsole;
    type Button = button::VirtualButton;
    type Storage = storage::VirtualStorage;
    type Firmware = firmware::VirtualFirmware;

    fn parts(&mut self) -> Parts<'_, Self> {
        Parts {
            radio: &mut self.radio,
            clock: &mut self.clock,
            pixels: &mut self.pixels,
            random: &mut self.random,
            console: &mut self.console,
            button: &mut self.button,
            storage: &mut self.storage,
            firmware: &mut self.firmware,
        }
    }
}
