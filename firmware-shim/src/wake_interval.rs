//! How often the radio wakes: the half of a wake window that esp-radio has no call for.

#![expect(unsafe_code, reason = "the driver's function is C")]

#[cfg(feature = "esp32c3")]
use esp_wifi_sys_esp32c3::include as driver;
#[cfg(feature = "esp32s3")]
use esp_wifi_sys_esp32s3::include as driver;
use protocol::espnow::Error;

/// The interval in which the radio does not sleep (`ESP_WIFI_CONNECTIONLESS_INTERVAL_DEFAULT_MODE`).
pub(crate) const NEVER_SLEEPS: u16 = driver::ESP_WIFI_CONNECTIONLESS_INTERVAL_DEFAULT_MODE as u16;

/// Has the radio wake every so many ms. esp-radio's configuration lets it sleep without an access point.
pub(crate) fn set(milliseconds: u16) -> Result<(), Error> {
    // SAFETY: it takes a number, and whoever has a radio has started Wi-Fi.
    let code = unsafe { driver::esp_wifi_connectionless_module_set_wake_interval(milliseconds) };
    if code == 0 {
        return Ok(());
    }
    Err(Error::from_code(code as u32).unwrap_or(Error::Internal))
}
