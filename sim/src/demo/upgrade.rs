//! New firmware for many boards at once.

use std::fmt;

use protocol::Rate;
use protocol::app::upgrade::{self, MAX_BOARDS};
use protocol::board::{Board as _, Console as _, Slot};
use protocol::frame::FCS_LEN;
use protocol::message::HEADER_LEN;
use protocol::service::upgrade::{InitiatorConfig, Layout, PACKET_HEADER_LEN, ResponderConfig};
use protocol::time::Duration;
use rand_core::Rng as _;

use super::surroundings::{FADING, SHADOWING, surroundings};
use super::{Demo, Kind, Parameter, ParameterError, Settings, address, ending};
use crate::board::{Profile, synthetic_image};
use crate::kernel::{Concern, Span, Time, stream, unit};
use crate::lab::{Lab, LabBuilder};
use crate::medium::propagation::{Environment, LogDistance, PathLoss, Position};

const LIMIT: Time = Time::from_micros(1_200_000_000);

/// The exponent of the path loss in a room full of things.
const INDOORS: f64 = 3.0;

/// Time for all boards to restart, and to confirm what they run.
const GRACE: Span = Span::from_micros(6_000_000);

pub(super) const UPGRADE: Demo = Demo {
    name: "upgrade",
    summary: "a board upgrades all others at once; strips are bars of what is written",
    watch_at: 5.0,
    parameters: &[
        Parameter {
            name: "boards",
            summary: "how many are upgraded",
            default: "50",
            kind: Kind::Count(1, MAX_BOARDS as u64),
        },
        Parameter {
            name: "size",
            summary: "KiB of the image",
            default: "1024",
            kind: Kind::Count(1, 1050),
        },
        Parameter {
            name: "mode",
            summary: "thrifty: our own way; component: that of Espressif's component; mixed: its boards, our initiator",
            default: "thrifty",
            kind: Kind::Word(&["thrifty", "component", "mixed"]),
        },
        Parameter {
            name: "room",
            summary: "metres of the square that the boards are in, the initiator in its middle; 0: all equally near, on a desk",
            default: "0",
            kind: Kind::Real(0.0, 1000.0),
        },
        SHADOWING,
        FADING,
        Parameter {
            name: "rate",
            summary: "the data rate of what goes to everybody",
            default: "1M",
            kind: Kind::Rate,
        },
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let boards = parameters.count("boards")?;
    let size = parameters.count("size")? * 1024;
    let rate = parameters.rate("rate")?;
    let mode = parameters.word("mode")?;
    let initiator = match mode {
        "component" => InitiatorConfig::COMPONENT,
        _ => InitiatorConfig::THRIFTY,
    };
    let responder = match mode {
        "thrifty" => ResponderConfig::default(),
        _ => ResponderConfig {
            restart_after: Some(Duration::from_secs(3)),
            ..ResponderConfig::COMPONENT
        },
    };
    let room_m = parameters.real("room")?;
    let path_loss = if room_m > 0.0 {
        PathLoss::LogDistance(LogDistance::from_1_m(INDOORS))
    } else {
        Environment::desk().path_loss
    };
    let bound = Bound {
        rate,
        size: size as u32,
        boards,
        loss: settings.links.everywhere.loss,
    };

    // Header, description, checksum and hash are the rest.
    let mut data = vec![0; size - 336];
    stream(settings.seed, Concern::Image, 0).fill_bytes(&mut data);
    let profile = Profile::ESP32_S3;
    let image = synthetic_image(profile.image_chip, demo.name, "2.0.0", &data);

    let mut builder = Lab::builder(demo.name, settings.seed)
        .environment(surroundings(&parameters, path_loss, Vec::new())?)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("initiator", profile, address(1), async move |mut board| {
            let result = upgrade::initiator(&mut board, initiator, Slot::Running, rate).await;
            board.parts().console.line(format_args!("{bound}"));
            ending(result)
        })
        .image(image)
        .ends_after_it(GRACE);
    let mut places = stream(settings.seed, Concern::Place, 0);
    let mut place = || (unit(&mut places) - 0.5) * room_m;
    for index in 1..=boards {
        builder = builder.board(
            &format!("board {index}"),
            profile,
            address(index + 1),
            async move |mut board| match upgrade::responder(&mut board, responder).await {},
        );
        if room_m > 0.0 {
            builder = builder.at(Position::on_ground(place(), place()));
        }
    }
    Ok(builder)
}

/// What the air alone takes: each packet by broadcast, again and again until the last board has it, and nothing else.
#[derive(Clone, Copy, Debug)]
struct Bound {
    rate: Rate,
    size: u32,
    boards: usize,
    loss: f64,
}

impl Bound {
    /// How often a packet goes out on average until all have it: Σ(1 − (1 − pᵏ)ⁿ).
    fn copies(&self) -> f64 {
        let (mut copies, mut all_lost) = (0.0, 1.0);
        // Where all is lost it never ends.
        for _ in 0..10_000 {
            let anybody_lacks = 1.0 - libm::pow(1.0 - all_lost, self.boards as f64);
            copies += anybody_lacks;
            all_lost *= self.loss;
            if anybody_lacks < 1e-9 {
                break;
            }
        }
        copies
    }

    /// A packet's frame, and DIFS and the mean backoff before it.
    fn packet(&self) -> Duration {
        let mac = Profile::ESP32_S3.mac;
        let payload = HEADER_LEN + PACKET_HEADER_LEN + Layout::PLAIN.packet_len();
        // MAC header, category, organisation, random octets, element.
        let frame = 24 + 4 + 4 + 7 + payload + FCS_LEN;
        let backoff = Duration::from_nanos(mac.slot.as_nanos() * u64::from(mac.cw_min) / 2);
        self.rate.airtime(frame) + Duration::from_nanos(mac.difs().as_nanos()) + backoff
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packets = Layout::PLAIN.packets(self.size).unwrap_or(u16::MAX);
        let once = self.packet().as_secs_f64() * f64::from(packets);
        let copies = self.copies();
        write!(
            f,
            "the air alone: {packets} packets × {copies:.2} × {} µs = {:.1} s at {}",
            self.packet().as_micros(),
            once * copies,
            self.rate
        )
    }
}
