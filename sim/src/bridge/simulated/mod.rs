//! A simulated serial board, for who has none: a pseudo-terminal, behind it [`protocol::app::antenna`] on a virtual
//! board, and in its air another virtual board that plays the real one.
//!
//! ```text
//!    sim run --bridge ══ pseudo-terminal ══ faults ══ app::antenna ─ virtual air ─ hello::receiver or beacon
//! ```
//!
//! What it shows is that both ends of the line and all between them work, and that they bear with a driver that loses, doubles or delays its
//! calls, if it is told to. It shows nothing about a chip or its USB.

mod faults;
mod octets;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use protocol::MacAddress;
use protocol::app::{antenna, beacon, hello};
use protocol::board::{Board as _, Clock as _, Parts};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub use faults::LineFaults;
use octets::Octets;

use crate::board::{DriverFaults, Profile, VirtualBoard};
use crate::host::Metronome;
use crate::kernel::{Concern, Generator, stream};
use crate::lab::Lab;
use crate::observe::{Ending, Observer};
use crate::pace::Pace;
use crate::pty::Pty;
use crate::signals::{Signals, Stop};

/// The address of the board with the antenna.
pub const ANTENNA: MacAddress = MacAddress([0x34, 0x85, 0x18, 0xff, 0x00, 0x01]);

/// The address of the board in its air.
pub const BOARD: MacAddress = MacAddress([0x34, 0x85, 0x18, 0xff, 0x00, 0x02]);

/// What the board in the antenna's air does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// The product page's receiver.
    #[default]
    Receiver,
    /// The product page's sender, to the antenna's address, half a second after somebody has opened the port.
    Sender,
    /// Broadcasts twice a second.
    Beacon,
}

/// A simulated serial board.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimulatedBoard {
    /// What the board in the antenna's air does.
    pub program: Program,
    /// What the line does to octets.
    pub faults: LineFaults,
    /// What the antenna's driver does wrong.
    pub driver: DriverFaults,
    /// Where random numbers come from.
    pub seed: u64,
}

impl SimulatedBoard {
    /// Runs it until a signal, which it returns. `announce` is told the pseudo-terminal's path when it can be opened, and `observer` what
    /// the boards do.
    ///
    /// # Errors
    /// If there is no pseudo-terminal to be had, or it fails.
    pub async fn run(
        self,
        announce: impl FnOnce(&Path) -> io::Result<()>,
        observer: Box<dyn Observer>,
    ) -> io::Result<Stop> {
        let mut pty = Pty::open()?;
        let mut signals = Signals::listen()?;
        let (inward, outward) = (Octets::shared(), Octets::shared());
        let mut lab = self.lab(&inward, &outward);
        lab.observe(observer);
        let [mut to_board, mut to_host] = [0, 1].map(|direction| stream(self.seed, Concern::Line, direction));
        announce(&pty.path)?;
        let mut metronome = Metronome::new(Pace::default(), lab.now());
        let mut output = VecDeque::new();
        let mut input = [0; 1024];
        loop {
            metronome.advance(&mut lab);
            lab.poll_woken();
            if output.is_empty() {
                let octets = outward.borrow_mut().take_all();
                output.extend(self.suffer(octets, &mut to_host));
            }
            tokio::select! {
                biased;
                stop = signals.received() => return Ok(stop),
                read = pty.reader.read(&mut input) => {
                    let octets = input[..read?].iter().copied().collect();
                    inward.borrow_mut().extend(self.suffer(octets, &mut to_board));
                }
                written = pty.writer.write(output.as_slices().0), if !output.is_empty() => {
                    output.drain(..written?);
                }
                () = metronome.wait(&lab) => {}
            }
        }
    }

    fn suffer(self, octets: VecDeque<u8>, generator: &mut Generator) -> impl Iterator<Item = u8> {
        octets
            .into_iter()
            .filter_map(move |octet| self.faults.apply(octet, generator))
    }

    fn lab(self, inward: &Rc<RefCell<Octets>>, outward: &Rc<RefCell<Octets>>) -> Lab {
        let (input, output) = (octets::Reader(Rc::clone(inward)), octets::Writer(Rc::clone(outward)));
        let (program, line) = (self.program, Rc::clone(inward));
        Lab::builder("simulated serial board", self.seed)
            .board(
                "antenna",
                Profile {
                    driver: self.driver,
                    ..Profile::ANTENNA
                },
                ANTENNA,
                async move |mut board| match antenna::serve(&mut board, input.clone(), output.clone()).await {
                    Ok(never) => match never {},
                    Err(error) => Ending::Failed(error.to_string()),
                },
            )
            .board("board", Profile::ESP32_S3, BOARD, async move |mut board| {
                if program == Program::Sender {
                    wait_for_host(&line, &mut board).await;
                }
                let result = match program {
                    Program::Receiver => hello::receiver(&mut board).await.map(|_| ()),
                    Program::Sender => hello::sender(&mut board, ANTENNA).await,
                    Program::Beacon => beacon::beacon(&mut board, Duration::from_millis(500), None, 20)
                        .await
                        .map(|_| ()),
                };
                match result {
                    Ok(()) => Ending::Finished,
                    Err(error) => Ending::Failed(error.to_string()),
                }
            })
            .build()
    }
}

/// A person would press the board's reset when the run has begun.
async fn wait_for_host(line: &RefCell<Octets>, board: &mut VirtualBoard) {
    let Parts { clock, .. } = board.parts();
    while !line.borrow().was_used() {
        clock.sleep(Duration::from_millis(50)).await;
    }
    clock.sleep(Duration::from_millis(500)).await;
}
