//! How the board starts again: when it is told to, when it can't go on, and when the program panics.
//!
//! Nobody stands beside most boards. One that stands still after a fault stays so until somebody cuts its power, and an image on trial would
//! stand still with it. So a panic, which every exception of the processor ends in, is printed and restarts the board.

#![expect(
    unsafe_code,
    reason = "esp-backtrace finds both functions by their names, and a panic owns nothing"
)]

use core::convert::Infallible;
use core::fmt;

use embassy_time::Timer;
use esp_hal::delay::Delay;
use esp_hal::peripherals::RTC_TIMER;
use esp_hal::rtc_cntl::{Rtc, RwdtStage};
use esp_hal::system::software_reset;
use esp_hal::time::Duration;

use crate::console;

/// For so long a host may fetch what was printed.
const PRINTED: embassy_time::Duration = embassy_time::Duration::from_millis(200);

/// What was taken out of the console's pipe, and the packet that the controller has, are fetched in this time.
const FETCHED: embassy_time::Duration = embassy_time::Duration::from_millis(10);

/// Between a fault and the restart: a terminal can be read, and a board that fails at every start does not come and go on the USB all
/// the time.
const SHOWN_MS: u32 = 1000;

/// What a panic may take, from its beginning to the restart.
const PANIC: Duration = Duration::from_secs(5);

/// What was tried and failed at the start may go better later.
const START_AGAIN: embassy_time::Duration = embassy_time::Duration::from_secs(5);

/// Restarts when a host has what was printed, or does not take it.
pub(crate) async fn when_printed() -> Infallible {
    let _ = embassy_time::with_timeout(PRINTED, console::drained()).await;
    Timer::after(FETCHED).await;
    software_reset()
}

/// Says what did not start, and starts again.
pub(crate) async fn after_failed_start(what: fmt::Arguments<'_>) -> Infallible {
    esp_println::println!("{what}; the board starts again in {} s", START_AGAIN.as_secs());
    Timer::after(START_AGAIN).await;
    software_reset()
}

/// Says why, and restarts. It stops everything else meanwhile.
pub(crate) fn because(why: fmt::Arguments<'_>) -> ! {
    esp_println::println!("{why}: the board starts again");
    custom_halt()
}

/// esp-backtrace calls it before it prints: if the panic's own way to its end fails, by a second panic or a lock that is held, the
/// watchdog ends it.
#[unsafe(no_mangle)]
extern "Rust" fn custom_pre_backtrace() {
    // SAFETY: nobody else goes on.
    let mut watchdog = Rtc::new(unsafe { RTC_TIMER::steal() }).rwdt;
    watchdog.set_timeout(RwdtStage::Stage0, PANIC);
    watchdog.enable();
    watchdog.feed();
}

/// esp-backtrace calls it when it has printed; without it, it would stand still with all interrupts off.
#[unsafe(no_mangle)]
extern "Rust" fn custom_halt() -> ! {
    Delay::new().delay_millis(SHOWN_MS);
    software_reset()
}
