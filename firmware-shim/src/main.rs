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
mod send_account;
mod wake_interval;

use core::fmt::Write as _;

use embassy_executor::Spawner;
// Says what went wrong, and where, when the program panics.
use esp_backtrace as _;
use esp_hal::rng::Trng;
use esp_hal::timer::timg::TimerGroup;
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;
use esp_radio::wifi::{ControllerConfig, WifiController};
use protocol::board::Radio as _;
use protocol::espnow::MAX_ENCRYPTED_PEERS;

use crate::board::{Chip, NAME};
use crate::button::ChipButton;
use crate::clock::ChipClock;
use crate::console::Serial;
use crate::firmware::Slots;
use crate::flash::{ChipStorage, Flash};
use crate::pixels::Strip;
use crate::radio::ChipRadio;

esp_bootloader_esp_idf::esp_app_desc!();

/// The Wi-Fi driver and messages that nobody has read yet live here.
const HEAP_OCTETS: usize = 72 * 1024;

#[esp_rtos::main]
async fn main(spawner: Spawner) {
    let peripherals = esp_hal::init(esp_hal::Config::default().with_cpu_clock(esp_hal::clock::CpuClock::max()));
    esp_alloc::heap_allocator!(size: HEAP_OCTETS);
    let timers = TimerGroup::new(peripherals.TIMG0);
    esp_rtos::start(timers.timer0, peripherals.FROM_CPU_INTR0);

    let mut serial = Serial::start(UsbSerialJtag::new(peripherals.USB_DEVICE), spawner);
    let button = ChipButton::start(board::button(board::boot_pin!(peripherals)), spawner);
    let flash = Flash::new(peripherals.FLASH);
    let slots = Slots::start(flash);
    let storage = ChipStorage::open(flash).await;
    let pixels = Strip::new(peripherals.RMT, board::neopixel_pin!(peripherals));

    // As many keys as the hardware has, and as virtual boards have.
    let config = ControllerConfig::default().with_espnow_max_encrypt_num(MAX_ENCRYPTED_PEERS as u8);
    let controller =
        WifiController::new(peripherals.WIFI, config).expect("a Wi-Fi driver that has just been linked starts");
    let radio = ChipRadio::start(controller.esp_now());
    // Keys come from here. The radio is what makes the numbers true noise, and without one there are none to be had.
    let random = Trng::try_new().expect("the radio is on, which is a source of noise");
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
