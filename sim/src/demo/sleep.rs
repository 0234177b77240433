//! Boards whose radios sleep, and somebody who calls them.

use std::time::Duration;

use protocol::app::sleep::{self, Rhythm};
use protocol::board::WakeWindow;

use super::{Demo, Kind, Parameter, ParameterError, Settings, address, ending};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};

const LIMIT: Time = Time::from_micros(60_000_000);

/// Boards are powered on one after the other, so far apart: at no part of any interval.
const APART: Span = Span::from_micros(731_377);

pub(super) const SLEEP: Demo = Demo {
    name: "sleep",
    summary: "boards whose radios sleep most of the time are called: who shares the caller's clock hears all, others a call now and then",
    watch_at: 1.0,
    parameters: &[
        Parameter {
            name: "clock",
            summary: "whose clock the windows are counted by: the caller's, which it tells, or each board's own",
            default: "shared",
            kind: Kind::Word(&["shared", "own"]),
        },
        Parameter {
            name: "interval",
            summary: "from one window to the next, 1ms to 65535ms",
            default: "500ms",
            kind: Kind::Time,
        },
        Parameter {
            name: "window",
            summary: "how long the radio is on in each interval",
            default: "20ms",
            kind: Kind::Time,
        },
        Parameter {
            name: "sleepers",
            summary: "how many boards sleep",
            default: "4",
            kind: Kind::Count(1, 100),
        },
        Parameter {
            name: "ppm",
            summary: "by how much crystals are wrong at most",
            default: "10",
            kind: Kind::Real(0.0, 50.0),
        },
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let interval_ms = milliseconds("interval", parameters.time("interval")?)?;
    let window_ms = milliseconds("window", parameters.time("window")?)?;
    let rhythm = Rhythm {
        window: WakeWindow::new(interval_ms, window_ms).expect("neither is 0"),
        shared: parameters.word("clock")? == "shared",
    };
    let mut builder = Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .crystals(parameters.real("ppm")?)
        .board(
            "caller",
            Profile::ESP32_S3,
            address(1),
            async move |mut board| match sleep::caller(&mut board, rhythm).await {},
        );
    for number in 1..=parameters.count("sleepers")? {
        builder = builder
            .board(
                &format!("sleeper {number}"),
                Profile::ESP32_S3,
                address(1 + number),
                async move |mut board| ending(sleep::sleeper(&mut board, rhythm).await),
            )
            .powered_on_at(Time::ZERO + APART * number as u64);
    }
    Ok(builder)
}

/// As ESP-IDF takes it.
fn milliseconds(key: &'static str, time: Duration) -> Result<u16, ParameterError> {
    u16::try_from(time.as_millis())
        .ok()
        .filter(|&ms| ms > 0 && Duration::from_millis(ms.into()) == time)
        .ok_or_else(|| ParameterError::Value {
            key,
            value: format!("{time:?}"),
            expected: "whole milliseconds from 1ms to 65535ms".to_owned(),
        })
}
