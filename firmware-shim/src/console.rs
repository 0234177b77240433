//! USB serial, by the chip's own controller: no driver is needed on the host.
//!
//! What is printed goes into a pipe and a task moves it on. If no host reads, the pipe fills, and what does not fit is
//! dropped: a program goes on the same whether somebody looks or not. Panics come out beside it, through esp-println, which is told to use
//! this controller: left to choose, version 0.18 looks at another register on the ESP32-S3 than it means, and may print where there
//! is no socket.

use core::fmt;

use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_time::{Duration, Timer};
use embedded_io_async::{Read as _, Write as _};
use esp_hal::usb::usb_serial_jtag::{UsbSerialJtag, UsbSerialJtagRx, UsbSerialJtagTx};
use esp_hal::{Async, Blocking};

/// Octets that wait for the host.
const ROOM: usize = 4096;

/// Octets that are handed to the driver at a time; it makes packets of 64 of them.
const AT_ONCE: usize = 512;

/// How often somebody who waits for the host looks again.
const LOOKS: Duration = Duration::from_millis(5);

type Out = Pipe<CriticalSectionRawMutex, ROOM>;

static OUT: Out = Pipe::new();

/// Both directions of the serial port. An application that owns the port takes both halves; the others get the console.
pub(crate) struct Serial {
    /// What is printed.
    pub(crate) console: ChipConsole,
    /// What is typed.
    pub(crate) keyboard: Keyboard,
}

impl Serial {
    /// Moves what is printed to the host.
    pub(crate) fn start(port: UsbSerialJtag<'static, Blocking>, spawner: Spawner) -> Self {
        let (rx, tx) = port.into_async().split();
        spawner.spawn(drain(tx).expect("there is one such task"));
        Self {
            console: ChipConsole(()),
            keyboard: Keyboard(rx),
        }
    }
}

#[embassy_executor::task]
async fn drain(mut tx: UsbSerialJtagTx<'static, Async>) {
    let mut octets = [0; AT_ONCE];
    loop {
        let length = OUT.read(&mut octets).await;
        // Its error is none.
        let _ = tx.write_all(&octets[..length]).await;
        // A flush is a packet of its own: only where nothing follows.
        if OUT.is_empty() {
            let _ = tx.flush().await;
        }
    }
}

/// Waits until nothing waits for the host any more. It may not have fetched the last packet.
pub(crate) async fn drained() {
    while !OUT.is_empty() {
        Timer::after(LOOKS).await;
    }
}

/// Where applications print.
pub(crate) struct ChipConsole(());

impl fmt::Write for ChipConsole {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut left = text.as_bytes();
        while !left.is_empty() {
            match OUT.try_write(left) {
                Ok(length) => left = &left[length..],
                // Nobody reads.
                Err(_) => break,
            }
        }
        Ok(())
    }
}

/// Lines that somebody types.
pub(crate) struct Keyboard(UsbSerialJtagRx<'static, Async>);

impl Keyboard {
    /// Both directions of the port as octets, for who has it to himself.
    pub(crate) fn port(&mut self) -> (&mut UsbSerialJtagRx<'static, Async>, &'static Out) {
        (&mut self.0, &OUT)
    }

    /// Waits for a line and shows what is typed, since terminals don't. Of a line longer than `buffer` the rest is left out;
    /// what is no ASCII, too.
    pub(crate) async fn line<'b>(&mut self, echo: &mut ChipConsole, buffer: &'b mut [u8]) -> &'b str {
        let mut length = 0;
        loop {
            let mut octet = [0];
            let Ok(1) = self.0.read(&mut octet).await else {
                continue;
            };
            let shown = match octet[0] {
                b'\r' | b'\n' if length > 0 => {
                    let _ = fmt::Write::write_str(echo, "\r\n");
                    break;
                }
                0x08 | 0x7f if length > 0 => {
                    length -= 1;
                    "\x08 \x08"
                }
                octet @ b' '..=b'~' if length < buffer.len() => {
                    buffer[length] = octet;
                    length += 1;
                    core::str::from_utf8(&buffer[length - 1..length]).unwrap_or_default()
                }
                _ => "",
            };
            let _ = fmt::Write::write_str(echo, shown);
        }
        core::str::from_utf8(&buffer[..length]).unwrap_or_default()
    }
}
