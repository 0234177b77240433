//! When a radio listens that sleeps.

use crate::time::Duration;

/// The part of every interval in which a radio listens. Otherwise its receiver is off, and it draws next to no current.
///
/// ```text
///            the call
///   receiver │▓▓▓▓▓▓░░░░░░░░░░░░░░░░│▓▓▓▓▓▓░░░░░░░░░░░░░░░░│▓▓▓▓▓▓     ▓ on, ░ off
///            ├ window ┤             │
///            ├────── interval ──────┤
/// ```
///
/// ESP-IDF's two settings in one, `esp_wifi_connectionless_module_set_wake_interval` and `esp_now_set_wake_window`, each in whole milliseconds
/// from 1 to 65535 ([ESP-IDF, Wi-Fi Driver, Connectionless Modules Power-saving]). Who is to be awake together is not the radio's
/// business: see [`crate::service::wake`].
///
/// [ESP-IDF, Wi-Fi Driver, Connectionless Modules Power-saving]: https://docs.espressif.com/projects/esp-idf/en/stable/esp32s3/api-guides/wifi.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WakeWindow {
    interval_ms: u16,
    window_ms: u16,
}

impl WakeWindow {
    /// A window at the beginning of each interval, both in ms. `None` if one of them is 0: an interval of 0 is ESP-IDF's way to say that
    /// the radio is not to sleep at all, and a window of 0 that it is never to listen.
    ///
    /// ```
    /// use protocol::board::WakeWindow;
    ///
    /// let window = WakeWindow::new(500, 20).expect("neither is 0");
    /// assert_eq!(window.interval().as_millis(), 500);
    /// assert_eq!(WakeWindow::new(500, 0), None);
    /// ```
    #[must_use]
    pub const fn new(interval_ms: u16, window_ms: u16) -> Option<Self> {
        if interval_ms == 0 || window_ms == 0 {
            return None;
        }
        Some(Self { interval_ms, window_ms })
    }

    /// From one opening to the next.
    #[must_use]
    pub const fn interval(self) -> Duration {
        Duration::from_millis(self.interval_ms as u64)
    }

    /// From opening to close.
    #[must_use]
    pub const fn window(self) -> Duration {
        Duration::from_millis(self.window_ms as u64)
    }

    /// [`WakeWindow::interval`] as ESP-IDF takes it, ms.
    #[must_use]
    pub const fn interval_ms(self) -> u16 {
        self.interval_ms
    }

    /// [`WakeWindow::window`] as ESP-IDF takes it, ms.
    #[must_use]
    pub const fn window_ms(self) -> u16 {
        self.window_ms
    }

    /// Whether it never closes: ESP-IDF keeps the receiver on where the window is as long as the interval, or longer.
    #[must_use]
    pub const fn is_always_open(self) -> bool {
        self.window_ms >= self.interval_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_open_for_good_from_the_interval_on() {
        let is_open = |window_ms| WakeWindow::new(100, window_ms).map(WakeWindow::is_always_open);
        assert_eq!([0, 1, 99].map(is_open), [None, Some(false), Some(false)]);
        assert_eq!([100, u16::MAX].map(is_open), [Some(true); 2]);
    }
}
