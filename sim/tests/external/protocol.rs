//! Programs that break the protocol, and what the world does to a board.

use sim::kernel::Time;
use sim::observe::BoardId;

use crate::desk::{Desk, interpreters};

/// Speaks octets of its own choice.
const RAW: &str = "
import _board as b, struct
def raw(octets):
    b._writer.write(struct.pack('<H', len(octets)) + octets)
    return b._read(struct.unpack('<H', b._read(2))[0])
";

#[test]
fn who_breaks_the_protocol_is_told_and_goes_on() {
    let script = format!(
        "{RAW}
print(raw(b'')[0], raw(b'\\x02' + bytes(8))[0], raw(b'\\xff' + bytes(30))[0])
print(raw(b'\\x02' + bytes(8) + bytes(10))[0])
print(raw(b'\\x30' + bytes(8) + b'\\x30\\x05abcde')[0])
try:
    b.call(b.WIFI_ACTIVE, b'\\x07\\x01')
except OSError as e:
    print(e.args[0])
"
    );
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter).script(&script).run();
        assert_eq!(record.lines(), ["0 64 64 64", "0 0", "0 64", "0 19", "0 finished"]);
    }
}

#[test]
fn a_request_cut_in_the_middle_ends_the_program() {
    for interpreter in interpreters() {
        let script = "import _board as b, _modules\nb._writer.write(b'\\x20\\x00abc')\n_modules.host('os').system('kill -9 $PPID')\n";
        let record = Desk::new(&interpreter)
            .script(script)
            .script("import time\ntime.sleep(1)\nprint('still here')\n")
            .run();
        let lines = record.lines();
        assert!(
            lines.iter().any(|line| line.starts_with("0 failed: its process ended")),
            "{lines:?}"
        );
        assert!(lines.contains(&"1 still here".to_owned()), "{lines:?}");
    }
}

#[test]
fn buttons_sensors_and_keys_reach_the_program_when_they_are_touched() {
    let script = "
from machine import Pin, ADC
import sys
button = Pin(0, Pin.IN, Pin.PULL_UP)
print(button.value(), ADC(Pin(4)).read_u16())
pressed = []
button.irq(lambda pin: pressed.append(pin.value()), Pin.IRQ_FALLING)
print('typed', sys.stdin.readline())
print(pressed, button.value(), ADC(Pin(4)).read_u16())
led = Pin(2, Pin.OUT)
led.on()
led.on()
led.off()
";
    for interpreter in interpreters() {
        let (mut lab, record) = Desk::new(&interpreter).script(script).lab();
        let board = BoardId(0);
        lab.set_analogue(board, 4, 1000);
        lab.run_until(Time::from_micros(1_000_000));
        lab.press(board);
        lab.run_until(Time::from_micros(1_500_000));
        lab.set_analogue(board, 4, 2000);
        lab.type_in(board, b"hello\r");
        lab.run_until(Time::from_micros(2_000_000));
        let lines = record.lines();
        assert_eq!(lines[0], "0 1 1000", "{lines:?}");
        assert_eq!(lines[1], "0 typed hello", "{lines:?}");
        assert!(lines.contains(&"0 [0] 1 2000".to_owned()), "{lines:?}");
        let pins: Vec<_> = lines.iter().filter(|line| line.contains("pin 2")).collect();
        assert_eq!(pins, ["0 pin 2 high", "0 pin 2 low"], "{lines:?}");
    }
}

#[test]
fn an_interrupt_is_a_keyboard_interrupt() {
    let script = "
import time
try:
    time.sleep(1000)
except KeyboardInterrupt:
    print('interrupted', time.ticks_ms() // 1000)
while True:
    time.sleep(1)
";
    for interpreter in interpreters() {
        let (mut lab, record) = Desk::new(&interpreter).script(script).lab();
        lab.run_until(Time::from_micros(2_500_000));
        lab.interrupt(BoardId(0));
        lab.run_until(Time::from_micros(4_000_000));
        assert_eq!(record.lines(), ["0 interrupted 2"]);
        lab.interrupt(BoardId(0));
        lab.run();
        let lines = record.lines();
        assert_eq!(
            lines.last().map(String::as_str),
            Some("0 failed: KeyboardInterrupt:"),
            "{lines:?}"
        );
    }
}
