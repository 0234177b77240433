//! Boards whose radios sleep.

use std::time::Duration;

use protocol::app::sleep::{self, Rhythm};
use protocol::board::WakeWindow;

use super::{App, Call, Kind, Parameter, Refusal, Started, ending, optional};

const PARAMETERS: &[Parameter] = &[
    optional(
        "interval",
        "500ms",
        Kind::Time,
        "from one window to the next, 1ms to 65535ms",
    ),
    optional("window", "20ms", Kind::Time, "how long radios are on in each interval"),
    optional(
        "clock",
        "shared",
        Kind::Word(&["shared", "own"]),
        "whose clock windows are counted by: the caller's, which it tells, or each board's own",
    ),
];

fn rhythm(call: &Call<'_>) -> Result<Rhythm, Refusal> {
    let milliseconds = |name: &'static str| {
        let time = call.time(name)?;
        let whole = u16::try_from(time.as_millis()).ok();
        let whole = whole.filter(|&ms| ms > 0 && Duration::from_millis(ms.into()) == time);
        whole.ok_or_else(|| Refusal {
            key: Some(name.to_owned()),
            message: format!("{time:?} is not in whole milliseconds, 1ms to 65535ms"),
        })
    };
    let (interval, window) = (milliseconds("interval")?, milliseconds("window")?);
    let window = WakeWindow::new(interval, window).ok_or_else(|| Refusal {
        key: None,
        message: "a radio needs an interval and a window".to_owned(),
    })?;
    Ok(Rhythm {
        window,
        shared: call.word("clock")? == "shared",
    })
}

pub(super) const SLEEP_CALLER: App = App {
    name: "sleep-caller",
    summary: "calls boards that sleep, when they are awake, and tells them the time",
    parameters: PARAMETERS,
    build: |call| {
        let rhythm = rhythm(call)?;
        Ok(Started::new(async move |mut board| {
            match sleep::caller(&mut board, rhythm).await {}
        }))
    },
};

pub(super) const SLEEP_SLEEPER: App = App {
    name: "sleep-sleeper",
    summary: "has its radio off most of the time, and says which calls it hears",
    parameters: PARAMETERS,
    build: |call| {
        let rhythm = rhythm(call)?;
        Ok(Started::new(async move |mut board| {
            ending(sleep::sleeper(&mut board, rhythm).await)
        }))
    },
};
