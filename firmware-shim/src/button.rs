//! The BOOT button: to ground when it is pressed.

use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use esp_hal::gpio::Input;
use protocol::board::Button;

/// Contacts bounce for less than this.
const BOUNCE: Duration = Duration::from_millis(20);

/// One press at the most, as the seam has it.
static PRESSED: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// The button, watched by a task of its own, so that no press is missed.
pub(crate) struct ChipButton(());

impl ChipButton {
    /// Watches the button on `input`.
    pub(crate) fn start(input: Input<'static>, spawner: Spawner) -> Self {
        spawner.spawn(watch(input).expect("there is one such task"));
        Self(())
    }
}

impl Button for ChipButton {
    async fn pressed(&mut self) {
        PRESSED.wait().await;
    }
}

#[embassy_executor::task]
async fn watch(mut input: Input<'static>) {
    loop {
        input.wait_for_falling_edge().await;
        Timer::after(BOUNCE).await;
        if input.is_low() {
            PRESSED.signal(());
        }
    }
}
