//! Boards that blink in step.

use std::time::Duration;

use protocol::Rate;
use protocol::app::{beacon, clock};
use protocol::service::time::{Discipline, HOST_LATENCY, InitiatorConfig, ResponderConfig, one_step_latency};

use super::{Demo, Kind, Parameter, ParameterError, Settings, address, ending};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};

const LIMIT: Time = Time::from_micros(60_000_000);

/// Boards are powered on one after the other, so far apart.
const APART: Span = Span::from_micros(730_000);

/// What keeps the initiator's period would always meet its messages, or never.
const CROWD_PERIOD: Duration = Duration::from_millis(97);

pub(super) const CLOCK: Demo = Demo {
    name: "clock",
    summary: "boards started at different times, with different crystals, blink in step: how many microseconds are they apart?",
    watch_at: 1.0,
    parameters: &[
        Parameter {
            name: "mode",
            summary: "as the component does it; a line through its messages; or with messages that say when they were sent",
            default: "two-step",
            kind: Kind::Word(&["component", "one-step", "two-step"]),
        },
        Parameter {
            name: "responders",
            summary: "how many take the time",
            default: "3",
            kind: Kind::Count(1, 50),
        },
        Parameter {
            name: "interval",
            summary: "from one broadcast of the time to the next",
            default: "2s",
            kind: Kind::Time,
        },
        Parameter {
            name: "ppm",
            summary: "by how much crystals are wrong at most",
            default: "10",
            kind: Kind::Real(0.0, 50.0),
        },
        Parameter {
            name: "crowd",
            summary: "boards that broadcast 200 octets ten times a second beside them",
            default: "10",
            kind: Kind::Count(0, 100),
        },
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let mode = parameters.word("mode")?;
    let responders = parameters.count("responders")?;
    let crowd = parameters.count("crowd")?;
    let tells = InitiatorConfig {
        sync_interval: Some(parameters.time("interval")?),
        two_step: mode == "two-step",
        ..InitiatorConfig::default()
    };
    let takes = ResponderConfig {
        discipline: match mode {
            "component" => Discipline::default(),
            _ => Discipline::Line {
                latency: one_step_latency(Rate::default(), HOST_LATENCY),
            },
        },
        ..ResponderConfig::default()
    };
    let mut builder = Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .crystals(parameters.real("ppm")?)
        .board(
            "initiator",
            Profile::ESP32_S3,
            address(1),
            async move |mut board| match clock::initiator(&mut board, tells).await {},
        )
        .board(
            "referee",
            Profile::ESP32_S3,
            address(2),
            async |mut board| match clock::referee(&mut board).await {},
        );
    for number in 1..=responders {
        builder = builder
            .board(
                &format!("responder {number}"),
                Profile::ESP32_S3,
                address(2 + number),
                async move |mut board| match clock::responder(&mut board, takes).await {},
            )
            .powered_on_at(Time::ZERO + APART * number as u64);
    }
    for number in 1..=crowd {
        builder = builder.board(
            &format!("crowd {number}"),
            Profile {
                pixels: 0,
                ..Profile::ESP32_S3
            },
            address(2 + responders + number),
            async |mut board| ending(beacon::beacon(&mut board, CROWD_PERIOD, None, 200).await),
        );
    }
    Ok(builder)
}
