//! No sequence of requests keeps a lab at one moment for longer than a program's patience.

use std::time::{Duration, Instant};

use crate::desk::{Desk, interpreters};

/// Only a failing test takes so long.
const FAILING: Duration = Duration::from_secs(120);

/// Computes for so long that a hundred times are more than a second, and lets its board's time go on as little as it can. It never ends by itself.
fn crawls(how: &str) -> String {
    format!(
        "
import _board as b, struct, time
from machine import Pin
pin = Pin(2, Pin.OUT)
def raw(octets):
    b._writer.write(struct.pack('<H', len(octets)) + octets)
    return b._read(struct.unpack('<H', b._read(2))[0])
while True:
    for i in range(3000000):
        pass
    {how}
"
    )
}

#[test]
fn who_computes_between_requests_is_ended_like_who_asks_nothing() {
    let ways = [
        "time.sleep_us(1)",
        "pin.value(not pin.value())",
        "b.wait(b.now(), 0)",
        "raw(b'no')",
        "raw(struct.pack('<BQQH', b.WAIT, 0, 0, 0))",
    ];
    for interpreter in interpreters() {
        let mut desk = Desk::with_patience(&interpreter, Duration::from_secs(1));
        for way in ways {
            desk = desk.script(&crawls(way));
        }
        let (mut lab, record) = desk.script("import time\ntime.sleep(1)\nprint('still here')\n").lab();
        let began = Instant::now();
        while lab.step() {
            assert!(began.elapsed() < FAILING, "{:?}", record.lines());
        }
        let lines = record.lines();
        for (board, way) in ways.iter().enumerate() {
            let began = format!("{board} failed: it computed for 1s of real time ");
            let told = lines
                .iter()
                .find(|line| line.starts_with(&began) && line.ends_with("and was ended (--patience)"));
            assert!(told.is_some(), "{way}: {lines:?}");
        }
        assert!(lines.contains(&"5 still here".to_owned()), "{lines:?}");
    }
}
