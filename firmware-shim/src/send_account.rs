//! How the frames that were handed to the driver fared.
//!
//! esp-radio keeps one status for all sends, so that it is anybody's when several are on the way or a future was dropped.
//! The driver calls back for each frame, so counting tells more: a sender waits until as many calls came as frames were
//! handed in, sends, and waits again. That is MicroPython's way, too, and needs no order among the calls, which ESP-IDF does
//! not promise.

#![expect(unsafe_code, reason = "the driver's callback is C")]

use core::future::poll_fn;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Poll;

use embassy_sync::waitqueue::AtomicWaker;
#[cfg(feature = "esp32c3")]
use esp_wifi_sys_esp32c3::include as driver;
#[cfg(feature = "esp32s3")]
use esp_wifi_sys_esp32s3::include as driver;

/// Written by the callback alone.
static SETTLED: AtomicU32 = AtomicU32::new(0);
static FAILED: AtomicU32 = AtomicU32::new(0);
static WAKER: AtomicWaker = AtomicWaker::new();

/// Frames handed to the driver, and what became of them.
pub(crate) struct SendAccount {
    handed: u32,
}

impl SendAccount {
    /// Listens to the driver in esp-radio's place: its own sends would wait for ever from now on.
    pub(crate) fn open() -> Self {
        // SAFETY: ESP-NOW is initialised, as its owner calls this, and the function lives as long as the program.
        let result = unsafe { driver::esp_now_register_send_cb(Some(sent)) };
        assert!(result == 0, "ESP-NOW is initialised");
        Self {
            handed: SETTLED.load(Ordering::Acquire),
        }
    }

    /// Counts a frame in if `hand_over` gives it to the driver.
    pub(crate) fn hand<E>(&mut self, hand_over: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        hand_over()?;
        self.handed = self.handed.wrapping_add(1);
        Ok(())
    }

    /// Waits until the driver is done with all frames, and returns how many failed since the start.
    pub(crate) async fn settled(&self) -> u32 {
        poll_fn(|context| {
            WAKER.register(context.waker());
            if SETTLED.load(Ordering::Acquire) == self.handed {
                Poll::Ready(FAILED.load(Ordering::Relaxed))
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

/// Called by the driver's task, one call at a time, so that there is nobody else to add.
unsafe extern "C" fn sent(_: *const driver::esp_now_send_info_t, status: driver::esp_now_send_status_t) {
    let add_one =
        |counter: &AtomicU32| counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    if status != driver::esp_now_send_status_t_ESP_NOW_SEND_SUCCESS {
        add_one(&FAILED);
    }
    add_one(&SETTLED);
    WAKER.wake();
}
