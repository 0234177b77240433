//! Boards whose radios sleep, and who calls them.

use protocol::app::sleep::{self, Rhythm};
use protocol::board::WakeWindow;

use super::{App, Call, Kind, Parameter, Refusal, Started, ending, optional};

const RHYTHM: &[Parameter] = &[
    optional("interval", "500ms", Kind::Time, "from one window to the next"),
    optional("window", "20ms", Kind::Time, "how long radios are on in each interval"),
    optional(
        "clock",
        "shared",
        Kind::Word(&["shared", "own"]),
        "whose clock windows are counted by: the caller's, which it tells, or each board's own",
    ),
];

pub(super) const SLEEP_CALLER: App = App {
    name: "sleep-caller",
    summary: "calls boards whose radios sleep, once in every interval, and tells them the time",
    parameters: RHYTHM,
    build: |call| {
        let rhythm = rhythm(call)?;
        Ok(Started::new(async move |mut board| {
            match sleep::caller(&mut board, rhythm).await {}
        }))
    },
};

pub(super) const SLEEP_SLEEPER: App = App {
    name: "sleep-sleeper",
    summary: "lets its radio sleep, and prints which calls it hears",
    parameters: RHYTHM,
    build: |call| {
        let rhythm = rhythm(call)?;
        Ok(Started::new(async move |mut board| {
            ending(sleep::sleeper(&mut board, rhythm).await)
        }))
    },
};

fn rhythm(call: &Call<'_>) -> Result<Rhythm, Refusal> {
    let [interval_ms, window_ms] = [milliseconds(call, "interval")?, milliseconds(call, "window")?];
    Ok(Rhythm {
        window: WakeWindow::new(interval_ms, window_ms).expect("neither is 0"),
        shared: call.word("clock")? == "shared",
    })
}

/// As ESP-IDF takes it.
fn milliseconds(call: &Call<'_>, name: &'static str) -> Result<u16, Refusal> {
    let time = call.time(name)?;
    u16::try_from(time.as_millis())
        .ok()
        .filter(|&ms| ms > 0 && u128::from(ms) * 1_000_000 == time.as_nanos())
        .ok_or_else(|| Refusal {
            key: Some(name.to_owned()),
            message: "it is whole milliseconds, from 1ms to 65535ms".to_owned(),
        })
}
