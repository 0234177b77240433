//! What can be seen of a run, without touching it.
//!
//! The lab reports each thing that happens as an [`Event`] with its time. Recorders, the report, the plain output and the
//! screen are [`Observer`]s: they read events and keep what they need. None of them can change a run, and a run without
//! observers spends nothing on them.

mod limits;
pub(crate) mod serial;
#[cfg(test)]
pub(crate) mod testing;
mod whose;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use protocol::board::Rgb;
use protocol::{Channel, MacAddress, Rate};
use serde::{Deserialize, Serialize};

use crate::kernel::{Span, Time};
use crate::medium::propagation::Position;
pub(crate) use limits::{MOST_BOARDS, MOST_PIXELS, pixels_have_room};
use serial::Name;
pub(crate) use whose::{name_of, whose};

/// A board's place in the scenario, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BoardId(pub u32);

impl BoardId {
    /// For indexing tables that have a row a board.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What does not change about a board during a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardInfo {
    /// The name in the scenario: "sender".
    pub name: Arc<str>,
    /// The chip: "ESP32-S3".
    #[serde(with = "serial::name")]
    pub chip: Name,
    /// The station interface's address.
    #[serde(with = "serial::address")]
    pub address: MacAddress,
    /// How many NeoPixels there are.
    pub pixels: usize,
}

/// What does not change about an interferer during a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InterfererInfo {
    /// `wifi`, `ble` or `microwave`.
    #[serde(with = "serial::name")]
    pub kind: Name,
    /// EIRP while it is on, dBm.
    pub power_dbm: f64,
    /// Where it is.
    pub position: Position,
}

/// One frame on the air, from the first energy to the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transmission {
    /// Counted from 0 in order of start.
    pub id: u64,
    /// Whose antenna it left.
    pub sender: BoardId,
    /// When the program handed it to its driver; for an ACK, its start.
    pub queued_at: Time,
    /// The start of its preamble.
    pub start: Time,
    /// From preamble to last bit.
    pub airtime: Span,
    /// The data rate.
    #[serde(with = "serial::rate")]
    pub rate: Rate,
    /// The channel it is centred on.
    #[serde(with = "serial::channel")]
    pub channel: Channel,
    /// dBm at the antenna.
    pub power_dbm: i8,
    /// The MPDU with its FCS, as on the air.
    pub mpdu: Bytes,
    /// What the MAC sent it as.
    pub kind: TransmissionKind,
}

impl Transmission {
    /// When its last bit is on the air.
    #[must_use]
    pub fn end(&self) -> Time {
        self.start + self.airtime
    }
}

/// What the MAC sent a frame as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransmissionKind {
    /// A frame of ESP-NOW.
    Data {
        /// Address 1.
        #[serde(with = "serial::address")]
        destination: MacAddress,
        /// 1 for the first attempt; more for its repetitions.
        attempt: u8,
    },
    /// The acknowledgement of a unicast frame.
    Ack {
        /// Whom it answers.
        #[serde(with = "serial::address")]
        receiver: MacAddress,
    },
}

impl TransmissionKind {
    /// Whether this is an acknowledgement.
    #[must_use]
    pub const fn is_ack(self) -> bool {
        matches!(self, Self::Ack { .. })
    }
}

/// How a transmission ended at one of the boards in its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reception {
    /// [`Transmission::id`].
    pub transmission: u64,
    /// At whose antenna.
    pub receiver: BoardId,
    /// Whether the frame was for it: its own address, or a group's.
    pub addressed: bool,
    /// dBm at the antenna.
    pub rssi_dbm: i8,
    /// `Ok` if the MAC took the frame in.
    pub outcome: Result<(), Loss>,
}

/// Why a receiver did not get a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Loss {
    /// Another frame overlapped it there.
    Collision,
    /// Too weak over the noise.
    Noise,
    /// A fault set by hand on the link.
    Fault,
    /// The receiver was transmitting itself.
    Busy,
    /// The receiver was off: outside its wake window, or not long enough within it.
    Asleep,
}

impl Loss {
    /// The word in reports and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Collision => "collision",
            Self::Noise => "noise",
            Self::Fault => "fault",
            Self::Busy => "busy",
            Self::Asleep => "asleep",
        }
    }
}

/// Losses by their cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses([u64; 5]);

impl Losses {
    pub(crate) fn count(&mut self, loss: Loss) {
        self.count_many(loss, 1);
    }

    pub(crate) fn count_many(&mut self, loss: Loss, losses: u64) {
        let counter = &mut self.0[loss as usize];
        *counter = counter.saturating_add(losses);
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(more);
        }
    }

    /// Those of one cause.
    #[must_use]
    pub const fn of(&self, loss: Loss) -> u64 {
        self.0[loss as usize]
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().copied().fold(0, u64::saturating_add)
    }
}

/// A trap that a run walked into, told once for each board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Whose program it concerns.
    pub board: BoardId,
    /// A short name that stays the same between versions: "group-address".
    #[serde(with = "serial::name")]
    pub trap: Name,
    /// What happened, what it means on real chips, and how to mend it.
    pub text: String,
}

/// How a board's program came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It returned.
    Finished,
    /// It gave up, with its own words.
    Failed(String),
}

/// Why a board began anew (ESP-IDF: `esp_reset_reason_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResetCause {
    /// Its power came back.
    PowerOn,
    /// Somebody pressed its reset button.
    Pin,
    /// Its program wanted it.
    Software,
    /// Its program crashed.
    Panic,
    /// Its program was silent for longer than its watchdog allows.
    Watchdog,
    /// It sleeps, and wakes to begin anew.
    DeepSleep,
    /// Its interpreter begins anew, at its program's or a person's wish.
    Soft,
}

impl ResetCause {
    /// The words in reports and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PowerOn => "power on",
            Self::Pin => "reset pin",
            Self::Software => "restart",
            Self::Panic => "crash",
            Self::Watchdog => "watchdog",
            Self::DeepSleep => "deep sleep",
            Self::Soft => "soft reset",
        }
    }
}

/// Something that happened.
///
/// Recordings hold events as they are declared here: a variant or field that comes anew, goes or moves is another
/// [version](crate::record::recording) of their format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A frame starts.
    Transmission(Transmission),
    /// A frame ends at one receiver.
    Reception(Reception),
    /// A MAC is done with a frame: acknowledged, given up, or (to a group address) sent.
    Sent {
        /// Whose MAC.
        board: BoardId,
        /// To whom.
        #[serde(with = "serial::address")]
        destination: MacAddress,
        /// Whether an ACK came; `true` for group addresses.
        acknowledged: bool,
        /// MPDUs that it took.
        attempts: u8,
    },
    /// A board took a message in that its application has not read yet.
    Received {
        /// Whose driver.
        board: BoardId,
        /// From whom.
        #[serde(with = "serial::address")]
        source: MacAddress,
        /// Octets of payload.
        length: usize,
        /// When its sender's program handed it to its driver.
        queued_at: Time,
    },
    /// A board's MAC has acknowledged a message that its driver threw away, because the receive queue was full.
    Dropped {
        /// Whose driver.
        board: BoardId,
        /// From whom.
        #[serde(with = "serial::address")]
        source: MacAddress,
    },
    /// Somebody did something to the run that no event of one board tells: boards were parted or moved, a link changed, the
    /// air was jammed.
    Staged {
        /// What, in words.
        what: Arc<str>,
    },
    /// An interferer goes on, off, or to another frequency. Of each that is on at the run's start it is told then.
    Interference {
        /// Which, counted from 0.
        interferer: u32,
        /// The middle of what it radiates; `None` while it is silent.
        centre_mhz: Option<u16>,
    },
    /// A whole line on a board's console, without its line end.
    Console {
        /// Whose.
        board: BoardId,
        /// The line.
        line: Arc<str>,
    },
    /// A board's NeoPixels changed.
    Pixels {
        /// Whose.
        board: BoardId,
        /// All of them.
        #[serde(with = "serial::colours")]
        colours: Arc<[Rgb]>,
    },
    /// An output pin of a board changed.
    Pin {
        /// Whose.
        board: BoardId,
        /// Which.
        pin: u8,
        /// Whether it is high.
        level: bool,
    },
    /// A trap was noticed.
    Advice(Advice),
    /// A board's program ended.
    Ended {
        /// Whose.
        board: BoardId,
        /// How.
        ending: Ending,
    },
    /// Somebody pressed a board's button.
    Pressed {
        /// Whose.
        board: BoardId,
    },
    /// A board is reset: its program is gone, and its boot loader begins.
    Reset {
        /// Which.
        board: BoardId,
        /// Why.
        cause: ResetCause,
    },
    /// A board's boot loader has found an image, and its program begins. Not told of the run's start, when all programs do.
    Started {
        /// Which.
        board: BoardId,
        /// The image's version.
        version: Arc<str>,
        /// Whether the image has yet to confirm itself.
        on_trial: bool,
    },
    /// A board's boot loader has found no image to run. It tries in vain until somebody writes one with a cable.
    Unbootable {
        /// Which.
        board: BoardId,
    },
    /// A board has no power any more.
    PowerOff {
        /// Which.
        board: BoardId,
    },
}

impl Event {
    /// Whose event it is: the sender's of a transmission, the receiver's of a reception.
    #[must_use]
    pub const fn board(&self) -> Option<BoardId> {
        Some(match self {
            Self::Transmission(transmission) => transmission.sender,
            Self::Reception(reception) => reception.receiver,
            Self::Advice(advice) => advice.board,
            Self::Staged { .. } | Self::Interference { .. } => return None,
            Self::Sent { board, .. }
            | Self::Received { board, .. }
            | Self::Dropped { board, .. }
            | Self::Console { board, .. }
            | Self::Pixels { board, .. }
            | Self::Ended { board, .. }
            | Self::Pin { board, .. }
            | Self::Pressed { board }
            | Self::Reset { board, .. }
            | Self::Started { board, .. }
            | Self::Unbootable { board }
            | Self::PowerOff { board } => *board,
        })
    }

    /// Whether it is what a step on the screen stops at: something that one sees happen.
    #[must_use]
    pub const fn is_notable(&self) -> bool {
        match self {
            Self::Transmission(_)
            | Self::Console { .. }
            | Self::Pixels { .. }
            | Self::Pin { .. }
            | Self::Ended { .. }
            | Self::Pressed { .. }
            | Self::Reset { .. }
            | Self::Started { .. }
            | Self::Unbootable { .. }
            | Self::PowerOff { .. }
            | Self::Staged { .. } => true,
            Self::Reception(_)
            | Self::Sent { .. }
            | Self::Received { .. }
            | Self::Dropped { .. }
            | Self::Interference { .. }
            | Self::Advice(_) => false,
        }
    }
}

/// Somebody who watches.
pub trait Observer {
    /// `event` happened at `at`. Times never go back.
    fn observe(&mut self, at: Time, event: &Event);

    /// Whether it wants to see frames: [`Event::Transmission`], [`Event::Reception`], [`Event::Sent`],
    /// [`Event::Received`], [`Event::Dropped`] and [`Event::Interference`]. In a crowded air these are by far the most, and none
    /// is made if nobody wants them.
    fn watches_air(&self) -> bool {
        true
    }

    /// Whether it can't take any more: its reader has left, its disk is full. A run that only such observers watch may as well
    /// end.
    fn has_given_up(&self) -> bool {
        false
    }
}

/// Somebody who watches and can be asked afterwards what was seen.
impl<O: Observer + ?Sized> Observer for Rc<RefCell<O>> {
    fn observe(&mut self, at: Time, event: &Event) {
        self.borrow_mut().observe(at, event);
    }

    fn watches_air(&self) -> bool {
        self.borrow().watches_air()
    }

    fn has_given_up(&self) -> bool {
        self.borrow().has_given_up()
    }
}
