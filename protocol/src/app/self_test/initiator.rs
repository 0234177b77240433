//! The board that tests, and says what it finds.

use core::fmt;

use super::expected::{self, HEARD_ASLEEP, ROUND_TRIPS_US, RSSI_DBM};
use super::link::{Heard, Link, Loop};
use super::sheet::Sheet;
use super::{CALLS, LENGTHS, MESSAGES, WINDOW, devices};
use crate::board::{Board, Clock, Console, Parts, Radio};
use crate::espnow::Error;
use crate::{MacAddress, Rate};

/// Tests this board, and the radio with a [`responder`](super::responder): with this one, or with whichever answers first. Prints a line for
/// each finding, and how many there are.
///
/// # Errors
/// What the radio refuses, but for rates: those are findings.
pub async fn initiator<B: Board>(board: &mut B, peer: Option<MacAddress>) -> Result<(), Error> {
    let Parts {
        radio,
        clock,
        pixels,
        console,
        button,
        storage,
        firmware,
        ..
    } = board.parts();
    let mut sheet = Sheet::new(console);
    devices::reset(&mut sheet, firmware);
    devices::flash(&mut sheet, storage, clock).await;
    sheet.say(format_args!("  looks for a board that runs self-test-responder"));
    match Link::find(radio, clock, peer).await? {
        Some(mut link) => test_radio(&mut sheet, &mut link).await?,
        None => sheet.found(
            "radio",
            false,
            format_args!("nobody answers; expected a self-test-responder"),
        ),
    }
    devices::pixels(&mut sheet, pixels, clock).await;
    devices::button(&mut sheet, button, clock).await;
    sheet.sum_up();
    Ok(())
}

async fn test_radio<O: Console, R: Radio, C: Clock>(
    sheet: &mut Sheet<'_, O>,
    link: &mut Link<'_, R, C>,
) -> Result<(), Error> {
    let (here, there) = (link.radio.version(), link.version);
    sheet.found(
        "ESP-NOW",
        here == there,
        format_args!(
            "version {} here and {} at {}",
            here.number(),
            there.number(),
            link.peer()
        ),
    );
    let longest = here.max_payload().min(there.max_payload());
    let mut heard = None;
    for (rate, expected_us) in ROUND_TRIPS_US {
        if let Err(error) = link.set_rate(rate) {
            sheet.found(rate, false, format_args!("the driver refuses it with {error}"));
            continue;
        }
        let mut found = AtRate {
            loops: [None; LENGTHS.len()],
            broadcasts: None,
            heard: None,
            expected_us,
        };
        for (length, slot) in LENGTHS.into_iter().zip(&mut found.loops) {
            if length <= longest {
                let one = link.round_trips(rate, length).await?;
                found.heard = one.rssi_dbm.or(found.heard);
                *slot = Some(one);
            }
        }
        found.broadcasts = link.broadcasts().await?;
        heard = heard.or(found.heard.filter(|_| rate == Rate::default()));
        sheet.found(rate, found.is_expected(), format_args!("{found}"));
    }
    link.set_rate(Rate::default())?;
    match heard {
        Some(Heard { here, there }) => sheet.found(
            "RSSI",
            expected::is_near(here) && expected::is_near(there),
            format_args!(
                "{here} dBm here, {there} dBm there; virtual boards have {RSSI_DBM} dBm at a metre, antennas on boards 10 to 30 dB less"
            ),
        ),
        None => sheet.skipped("RSSI", format_args!("nothing was heard at 1 Mbit/s")),
    }
    let (window, interval) = (WINDOW.window_ms(), WINDOW.interval_ms());
    match link.calls().await? {
        Some(calls) => sheet.found(
            "wake windows",
            expected::is_asleep(calls),
            format_args!(
                "{calls} of {CALLS} calls heard by a radio that is on for {window} ms of {interval}; expected {HEARD_ASLEEP}"
            ),
        ),
        None => sheet.found(
            "wake windows",
            false,
            format_args!("the other board does not say what it heard"),
        ),
    }
    Ok(())
}

/// What was found at a rate.
struct AtRate {
    /// By length; `None` for what one of the boards can't say.
    loops: [Option<Loop>; LENGTHS.len()],
    /// Heard of what was said to everybody.
    broadcasts: Option<u16>,
    heard: Option<Heard>,
    expected_us: [u32; LENGTHS.len()],
}

impl AtRate {
    /// What was tried, with its length and the time that is expected.
    fn tried(&self) -> impl Iterator<Item = (usize, Loop, u32)> {
        let expected = LENGTHS.into_iter().zip(self.expected_us);
        let tried = self.loops.into_iter().zip(expected);
        tried.filter_map(|(found, (length, expected_us))| Some((length, found?, expected_us)))
    }

    fn is_expected(&self) -> bool {
        self.broadcasts.is_some_and(expected::is_heard)
            && self.tried().all(|(_, found, expected_us)| {
                expected::is_delivered(found.acknowledged)
                    && expected::is_delivered(found.answered)
                    && expected::is_in_time(found.round_trip, expected_us)
            })
    }
}

impl fmt::Display for AtRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (length, found, expected_us) in self.tried() {
            write!(f, "{length} octets ")?;
            if found.acknowledged != found.answered {
                write!(f, "{}/{MESSAGES} acknowledged, ", found.acknowledged)?;
            }
            write!(f, "{}/{MESSAGES}", found.answered)?;
            if found.answered > 0 {
                write!(f, " {} µs", found.round_trip.as_micros())?;
            }
            if !expected::is_in_time(found.round_trip, expected_us) {
                write!(f, " (expected {expected_us})")?;
            }
            f.write_str(", ")?;
        }
        match self.broadcasts {
            Some(heard) => write!(f, "broadcast {heard}/{MESSAGES}")?,
            None => f.write_str("of broadcasts the other board does not say")?,
        }
        if let Some(Heard { here, there }) = self.heard {
            write!(f, ", {here} and {there} dBm")?;
        }
        Ok(())
    }
}
