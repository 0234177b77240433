//! What a board has besides its radio.

use embassy_futures::poll_once;
use embassy_futures::select::{Either, select};

use super::sheet::Sheet;
use crate::board::{Button, Clock, Console, Firmware, Pixels, ResetCause, Rgb, Storage, StorageError};
use crate::time::Duration;

/// The name under which a value is kept for a moment.
const KEY: &str = "self-test";

/// How long each colour is shown.
const SHOWN: Duration = Duration::from_millis(700);

/// How long somebody has to press the button.
const PRESS_WITHIN: Duration = Duration::from_secs(10);

const COLOURS: [(&str, Rgb); 4] = [
    ("red", Rgb::new(40, 0, 0)),
    ("green", Rgb::new(0, 40, 0)),
    ("blue", Rgb::new(0, 0, 40)),
    ("white", Rgb::new(20, 20, 20)),
];

pub(super) fn reset<C: Console>(sheet: &mut Sheet<'_, C>, firmware: &impl Firmware) {
    let cause = firmware.reset_cause();
    let is_expected = matches!(cause, ResetCause::PowerOn | ResetCause::Usb);
    let expected = if is_expected {
        ""
    } else {
        "; expected power on, which RESET is too, or USB"
    };
    sheet.found("reset", is_expected, format_args!("{cause}{expected}"));
}

/// What flash does with a value.
enum Kept {
    Well(Duration),
    /// Something else was read than written.
    Changed,
    /// It is there although it was removed.
    Stayed,
}

pub(super) async fn flash<C: Console>(sheet: &mut Sheet<'_, C>, storage: &mut impl Storage, clock: &impl Clock) {
    match keep(storage, clock).await {
        Ok(Kept::Well(took)) => sheet.found(
            "flash",
            true,
            format_args!("a value kept in {} µs, read back and removed", took.as_micros()),
        ),
        Ok(Kept::Changed) => sheet.found("flash", false, format_args!("a value that was kept is another one")),
        Ok(Kept::Stayed) => sheet.found("flash", false, format_args!("a value that was removed is still there")),
        Err(error) => sheet.found("flash", false, format_args!("{error}")),
    }
}

async fn keep(storage: &mut impl Storage, clock: &impl Clock) -> Result<Kept, StorageError> {
    let mut value = [0; 64];
    for (octet, number) in value.iter_mut().zip(0..) {
        // Each bit is once set and once not.
        *octet = if number % 2 == 0 { number } else { !number };
    }
    let began = clock.now();
    storage.store(KEY, &value).await?;
    let took = clock.now() - began;
    let mut read = [0; 64];
    let length = storage.load(KEY, &mut read).await?;
    storage.remove(KEY).await?;
    Ok(if length != Some(value.len()) || read != value {
        Kept::Changed
    } else if storage.load(KEY, &mut read).await?.is_some() {
        Kept::Stayed
    } else {
        Kept::Well(took)
    })
}

pub(super) async fn pixels<C: Console>(sheet: &mut Sheet<'_, C>, pixels: &mut impl Pixels, clock: &mut impl Clock) {
    let count = pixels.count();
    if count == 0 {
        sheet.skipped("pixels", format_args!("there are none"));
        return;
    }
    sheet.look(
        "pixels",
        format_args!("{count} of them are now red, green, blue and white, one colour after the other, then off"),
    );
    for (name, colour) in COLOURS {
        sheet.say(format_args!("  {name}"));
        pixels.paint(colour).await;
        clock.sleep(SHOWN).await;
    }
    pixels.paint(Rgb::OFF).await;
}

pub(super) async fn button<C: Console>(sheet: &mut Sheet<'_, C>, button: &mut impl Button, clock: &mut impl Clock) {
    let seconds = PRESS_WITHIN.as_secs();
    // Who flashes a board presses BOOT as well: that was before.
    let _ = poll_once(button.pressed());
    sheet.say(format_args!("  press the button (BOOT) within {seconds} s"));
    match select(button.pressed(), clock.sleep(PRESS_WITHIN)).await {
        Either::First(()) => sheet.found("button", true, format_args!("pressed")),
        Either::Second(()) => sheet.skipped("button", format_args!("nobody pressed it within {seconds} s")),
    }
}
