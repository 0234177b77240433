//! The board seam on a chip: the applications of `protocol::app` on real ESP32-S3 and ESP32-C3 boards.
//!
//! ```text
//!    main      starts the chip, the scheduler, the radio; lends the devices as a Board
//!    apps      reads which application is wanted, runs it
//!    devices   one room each: radio, clock, pixels, random numbers, console, button, storage, firmware
//! ```

#![no_std]
#![no_main]

mod apps;
mod board;
mod button;
mod clock;
mod console;
mod firmware;
mod flash;
mod pixels;
mod radio;
mod rates;
mod restart;
mod send_account;
mod wake_interval;

use core::fmt::Write as _;

use embassy_executor::Spawner;
// Says what went wrong, and where, when the program panics.
use esp_backtrace as _;
use esp_hal::peripherals::WIFI;
use esp_hal::rng::Trng;
use esp_hal::rtc_cntl::Rtc;
use esp_hal::timer::timg::TimerGroup;
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{Config, ControllerConfig, CountryInfo, Protocol, Protocols, WifiController};
use firmware_shim::heap;
use firmware_shim::power::MAX_TX_POWER;
use protocol::board::Radio as _;
use protocol::espnow::MAX_ENCRYPTED_PEERS;

use crate::board::{COUNTRY, Chip, NAME};
use crate::button::ChipButton;
use crate::clock::ChipClock;
use crate::console::Serial;
use crate::firmware::Slots;
use crate::flash::{ChipStorage, Flash};
use crate::pixels::Strip;
use crate::radio::ChipRadio;

esp_bootloader_esp_idf::esp_app_desc!();

/// Switches Wi-Fi on, as all boards have it.
fn start_wifi(wifi: WIFI<'static>) -> Result<WifiController<'static>, esp_radio::wifi::WifiError> {
    // A station hears no Long Range frame unless it is told to, and sends them all the same.
    let protocols = Protocols::default().with_2_4(Protocol::B | Protocol::G | Protocol::N | Protocol::LR);
    let config = ControllerConfig::default()
        .with_initial_config(Config::Station(StationConfig::default().with_protocols(protocols)))
        .with_country_info(CountryInfo::from(COUNTRY.code()))
        // As many keys as the hardware has, and as virtual boards have.
        .with_espnow_max_encrypt_num(MAX_ENCRYPTED_PEERS as u8);
    let mut controller = WifiController::new(wifi, config)?;
    controller.set_max_tx_power(MAX_TX_POWER)?;
    Ok(controller)
}

#[esp_rtos::main]
async fn main(spawner: Spawner) {
    let peripherals = esp_hal::init(esp_hal::Config::default().with_cpu_clock(esp_hal::clock::CpuClock::max()));
    // The Wi-Fi driver and messages that nobody has read yet live here.
    esp_alloc::heap_allocator!(size: heap::OCTETS);
    esp_alloc::heap_allocator!(#[esp_hal::ram(reclaimed)] size: heap::RECLAIMED_OCTETS);
    let timers = TimerGroup::new(peripherals.TIMG0);
    esp_rtos::start(timers.timer0, peripherals.FROM_CPU_INTR0);

    let mut serial = Serial::start(UsbSerialJtag::new(peripherals.USB_DEVICE), spawner);
    let button = ChipButton::start(board::button(board::boot_pin!(peripherals)), spawner);
    let flash = Flash::new(peripherals.FLASH);
    let (slots, on_trial) = Slots::start(flash, Rtc::new(peripherals.RTC_TIMER).rwdt);
    let storage = ChipStorage::open(flash).await;
    let pixels = Strip::new(peripherals.RMT, board::neopixel_pin!(peripherals));

    let controller = match start_wifi(peripherals.WIFI) {
        Ok(controller) => controller,
        Err(error) => match restart::after_failed_start(format_args!("Wi-Fi does not start: {error:?}")).await {},
    };
    let Some(radio) = ChipRadio::start(controller.esp_now()) else {
        match restart::after_failed_start(format_args!("ESP-NOW does not start")).await {}
    };
    // Keys come from here. The radio is what makes the numbers true noise, and without one there are none to be had.
    let Ok(random) = Trng::try_new() else {
        match restart::after_failed_start(format_args!("there is no source of noise for random numbers")).await {}
    };
    if let Some(on_trial) = on_trial {
        spawner.spawn(firmware::end_trial(on_trial).expect("there is one such task"));
    }
    let _ = writeln!(serial.console, "{NAME}, {}", radio.address());

    let mut chip = Chip {
        radio,
        clock: ChipClock,
        pixels,
        random,
        console: serial.console,
        button,
        storage,
        firmware: slots,
    };
    apps::run(&mut chip, &mut serial.keyboard).await;
}
