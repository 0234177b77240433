//! Firmware upgrade of all boards in reach: the one that has the image, and those that get it.
//!
//! ```text
//!    initiator   scan ─► everybody that answered gets its image ─► who has it, how long it took
//!    responder   on trial? a second's work without a fall, then confirm ─► take what comes ─► restart ─► …
//! ```
//!
//! The strip is a bar: amber while room is made, blue for what is written, green when the next start runs the new image.

use core::fmt;

use super::bar::Bar;
use crate::board::{Board, Clock, Console as _, Firmware, ImageState, Parts, Radio, Rgb, Slot};
use crate::espnow::{Error, Peer};
use crate::image::Description;
use crate::message::UPGRADE_GROUP;
use crate::node::Node;
use crate::service::upgrade::{
    Initiator, InitiatorConfig, InitiatorEvent, Phase, Responder, ResponderConfig, ResponderEvent, Source, Summary,
};
use crate::time::{Duration, Instant};
use crate::{MacAddress, Rate};

/// Boards that an initiator upgrades at most.
pub const MAX_BOARDS: usize = 100;

/// How long the scan takes.
const SCAN: Duration = Duration::from_millis(2500);

/// What an image on trial has to live through before it is kept.
const TRIAL: Duration = Duration::from_secs(1);

const PREPARING: Rgb = Rgb::new(30, 15, 0);
const WRITTEN: Rgb = Rgb::new(0, 0, 40);
const DONE: Rgb = Rgb::new(0, 30, 0);
const FAILED: Rgb = Rgb::new(40, 0, 0);

/// Upgrades every board that answers a scan to an image of this board, and says how it goes.
///
/// `rate` is that of all that goes to everybody, the packets above all; the boards must be near enough for it.
///
/// # Errors
/// What the radio refuses.
pub async fn initiator<B: Board>(
    board: &mut B,
    config: InitiatorConfig,
    slot: Slot,
    rate: Rate,
) -> Result<Option<Report>, Error> {
    let mut parts = board.parts();
    parts.radio.add_peer(Peer::new(MacAddress::BROADCAST).at_rate(rate))?;
    let mut node = Node::<4, 250>::of(&mut parts);
    let mut initiator = Initiator::<MAX_BOARDS>::new(config);
    let mut shown = Bar::default();
    let mut began = parts.clock.now();
    if initiator.scan(began, SCAN).is_err() {
        return Ok(None);
    }
    loop {
        node.work(&mut parts, &mut [&mut initiator]).await;
        let mut told = false;
        while let Some(event) = initiator.poll_event() {
            let now = parts.clock.now();
            let console = &mut *parts.console;
            match event {
                InitiatorEvent::Scanned => {
                    console.line(format_args!("{} boards answer", initiator.targets().len()));
                    if let Err(error) = initiator.start_found(now, Source::Slot(slot)) {
                        console.line(format_args!("{error}"));
                        return Ok(None);
                    }
                    began = now;
                    told = true;
                }
                InitiatorEvent::Found(found) => console.line(format_args!(
                    "{} runs {} {}, {} dBm",
                    found.address, found.project, found.version, found.rssi_dbm
                )),
                InitiatorEvent::Started { image, packets } => {
                    console.line(format_args!("image of {} octets, {packets} packets", image.size));
                }
                InitiatorEvent::Round {
                    number,
                    unfinished,
                    missing,
                    copies,
                    ..
                } => {
                    let at = Seconds(now - began);
                    let times = Times(copies);
                    console.line(format_args!(
                        "{at} round {number}: unfinished {unfinished}, packets missing {missing}, each sent {times}"
                    ));
                }
                InitiatorEvent::Succeeded { address, already } => {
                    let (at, how) = (Seconds(now - began), if already { "runs it already" } else { "has it" });
                    console.line(format_args!("{at} {address} {how}"));
                }
                InitiatorEvent::Refused { address, code } => console.line(format_args!("{address} refuses it: {code}")),
                InitiatorEvent::Finished(summary) => {
                    let report = Report {
                        summary,
                        took: now - began,
                    };
                    console.line(format_args!("{report}"));
                    let colour = if summary.unfinished + summary.refused == 0 {
                        DONE
                    } else {
                        FAILED
                    };
                    shown.show(parts.pixels, colour, 1, 1).await;
                    return Ok(Some(report));
                }
                InitiatorEvent::Progress { size, .. } => {
                    let written = initiator.targets().iter().map(|target| u64::from(target.written)).sum();
                    let all = u64::from(size) * initiator.targets().len() as u64;
                    shown.show(parts.pixels, WRITTEN, written, all).await;
                }
                // Its source is a slot.
                InitiatorEvent::Wanted { .. } => {
                    initiator.provide(None);
                    told = true;
                }
            }
        }
        if !told {
            node.wait(&mut parts, &mut [&mut initiator], None).await;
        }
    }
}

/// How an upgrade went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the initiator says.
    pub summary: Summary,
    /// From the scan's end.
    pub took: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary {
            end,
            succeeded,
            refused,
            unfinished,
            rounds,
            packets_sent,
        } = self.summary;
        let boards = succeeded + refused + unfinished;
        let took = Seconds(self.took);
        write!(
            f,
            "{end}: {succeeded} of {boards} boards have it after {took}, {rounds} rounds, {packets_sent} packets"
        )
    }
}

/// Takes upgrades, restarts into them, and keeps them if they work. Goes on for ever.
pub async fn responder<B: Board>(board: &mut B, config: ResponderConfig) -> core::convert::Infallible {
    let mut parts = board.parts();
    let mut responder = Responder::<636>::new(config);
    let version = running_version(&mut parts).await;
    if parts.firmware.state() == ImageState::OnTrial {
        parts.console.line(format_args!("{version} runs for the first time"));
        parts.clock.sleep(TRIAL).await;
        responder.confirm();
    } else {
        parts.console.line(format_args!("{version} runs"));
    }
    let mut node = Node::<4, 250>::of(&mut parts);
    let mut shown = Bar::default();
    let mut began = Instant::START;
    loop {
        node.work(&mut parts, &mut [&mut responder]).await;
        let mut failed = false;
        while let Some(event) = responder.poll_event() {
            let now = parts.clock.now();
            let console = &mut *parts.console;
            match event {
                ResponderEvent::Started { image, initiator } => {
                    began = now;
                    console.line(format_args!("{initiator} sends {} octets", image.size));
                }
                ResponderEvent::Resumed { image, written } => {
                    node.switchboard().join(UPGRADE_GROUP);
                    console.line(format_args!("goes on after {written} of {} octets", image.size));
                }
                ResponderEvent::RecordDamaged => console.line(format_args!("what was kept of an upgrade is damaged")),
                ResponderEvent::Progress { percent } => {
                    console.line(format_args!("{} {percent} %", Seconds(now - began)));
                }
                ResponderEvent::Verifying => {}
                ResponderEvent::Finished { version } => {
                    console.line(format_args!(
                        "{} {version} runs after the restart",
                        Seconds(now - began)
                    ));
                }
                ResponderEvent::Failed { failure, again } => {
                    failed = !again;
                    console.line(format_args!("no upgrade: {failure}"));
                }
                ResponderEvent::AlreadyRunning => console.line(format_args!("is offered what it runs")),
                ResponderEvent::Confirmed => console.line(format_args!("{version} is kept")),
                ResponderEvent::RolledBack => console.line(format_args!("{version} is given up")),
                ResponderEvent::TrialError(error) => console.line(format_args!("{version} can't be kept: {error}")),
            }
        }
        let (written, size) = responder.progress().unwrap_or_default();
        let (colour, part) = match responder.phase() {
            _ if failed => (FAILED, size),
            Phase::Idle => (Rgb::OFF, size),
            Phase::Preparing => (PREPARING, size),
            Phase::Receiving | Phase::Verifying => (WRITTEN, written),
            Phase::Done => (DONE, size),
        };
        shown.show(parts.pixels, colour, part.into(), size.max(1).into()).await;
        node.wait(&mut parts, &mut [&mut responder], None).await;
    }
}

async fn running_version<B: Board + ?Sized>(parts: &mut Parts<'_, B>) -> crate::image::Text<32> {
    let mut octets = [0; Description::LEN];
    let read = parts
        .firmware
        .read(Slot::Running, Description::OFFSET, &mut octets)
        .await;
    match read {
        Ok(()) => Description::parse(&octets).map_or_else(|_| Default::default(), |description| description.version),
        Err(_) => Default::default(),
    }
}

/// Seconds with a tenth.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.as_millis() / 100;
        write!(f, "{}.{} s", tenths / 10, tenths % 10)
    }
}

struct Times(u8);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("once"),
            2 => f.write_str("twice"),
            times => write!(f, "{times} times"),
        }
    }
}
