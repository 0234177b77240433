//! The driver's calls, for [`Sends`] to count.
//!
//! esp-radio keeps one status for all sends, so that it is anybody's when several are on the way or a future was dropped.
//! The driver calls back for each frame, so counting tells more: a sender waits until as many calls came as frames were
//! handed in, sends, and waits again. That is MicroPython's way, too, and needs no order among the calls, which ESP-IDF does
//! not promise.

#![expect(unsafe_code, reason = "the driver's callback is C")]

use core::future::poll_fn;
use core::task::Poll;

use embassy_futures::select::select;
use embassy_sync::waitqueue::AtomicWaker;
#[cfg(feature = "esp32c3")]
use esp_wifi_sys_esp32c3::include as driver;
#[cfg(feature = "esp32s3")]
use esp_wifi_sys_esp32s3::include as driver;
use firmware_shim::sends::{Calls, Room, Sends, Settling};
use protocol::board::Clock as _;
use protocol::espnow::{Delivery, Error};

use crate::clock::ChipClock;
use crate::restart;

static CALLS: Calls = Calls::new();
static WAKER: AtomicWaker = AtomicWaker::new();

/// Frames handed to the driver, and what became of them.
pub(crate) struct SendAccount(Sends);

impl SendAccount {
    /// Listens to the driver in esp-radio's place: its own sends would wait for ever from now on. `None` if ESP-NOW is not there.
    pub(crate) fn open() -> Option<Self> {
        // SAFETY: it takes a function that lives as long as the program, and says so itself where ESP-NOW is not initialised.
        let result = unsafe { driver::esp_now_register_send_cb(Some(sent)) };
        (result == 0).then(|| Self(Sends::new(&CALLS)))
    }

    /// Has `hand_over` give a frame to the driver, if that has few enough already. A driver that takes none although it has none
    /// comes back by a restart alone.
    pub(crate) fn hand(&mut self, hand_over: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        if self.0.room(&CALLS, ChipClock.now()) == Room::Full {
            return Err(Error::NoMem);
        }
        let result = hand_over();
        match result {
            Ok(()) => self.0.handed(),
            Err(Error::NoMem) if self.0.refused(ChipClock.now()) => restart::because(format_args!(
                "the Wi-Fi driver has taken no frame for seconds, and has none"
            )),
            Err(_) => {}
        }
        result
    }

    /// Waits until the driver is done with all frames, or can't be expected to be.
    pub(crate) async fn settled(&mut self) -> Settling {
        loop {
            let seen = CALLS.settled();
            let deadline = match self.0.settling(&CALLS, ChipClock.now()) {
                Settling::Until(deadline) => deadline,
                settled => return settled,
            };
            let called = poll_fn(|context| {
                WAKER.register(context.waker());
                if CALLS.settled() == seen {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            });
            select(called, ChipClock.sleep_until(deadline)).await;
        }
    }

    /// How the last frame fared, which was handed over alone and is settled.
    pub(crate) fn delivery(&self) -> Delivery {
        self.0.delivery(&CALLS)
    }
}

/// Called by the driver's task, one call at a time.
unsafe extern "C" fn sent(_: *const driver::esp_now_send_info_t, status: driver::esp_now_send_status_t) {
    CALLS.count(status == driver::esp_now_send_status_t_ESP_NOW_SEND_SUCCESS);
    WAKER.wake();
}
