//! What the world does to a board: somebody types, presses a button, changes what a sensor reads.

use sim::kernel::Time;
use sim::observe::BoardId;

use crate::desk::{Desk, interpreters};

const PROGRAM: &str = r#"
import select
import sys
import time
from machine import ADC, Pin

button = Pin(0, Pin.IN, Pin.PULL_UP)
button.irq(lambda pin: print("pressed", pin.value()), Pin.IRQ_FALLING)
sensor = ADC(Pin(1))
print(sensor.read_u16())
print(input("name? "))
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
print(poll.poll(100))
print(poll.poll()[0][1], repr(sys.stdin.read(3)), repr(sys.stdin.readline()))
while button.value():
    pass
print("held", sensor.read_u16())
try:
    while True:
        time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"#;

#[test]
fn a_program_notices_what_happens_to_its_board() {
    for interpreter in interpreters() {
        let (mut lab, record) = Desk::new(&interpreter).script(PROGRAM).lab();
        let board = BoardId(0);
        let seconds = |seconds: u64| Time::from_micros(seconds * 1_000_000);
        lab.run_until(seconds(1));
        lab.type_in(board, "lämx\u{7f}p\r".as_bytes());
        lab.run_until(seconds(2));
        lab.type_in(board, b"abcdef\n");
        lab.run_until(seconds(3));
        lab.set_analogue(board, 1, 40_000);
        lab.drive_pin(board, 0, Some(false));
        lab.run_until(seconds(4));
        lab.drive_pin(board, 0, None);
        lab.run_until(seconds(5));
        lab.drive_pin(board, 0, Some(false));
        lab.run_until(seconds(6));
        lab.interrupt(board);
        lab.run_until(seconds(7));
        assert_eq!(
            record.lines(),
            [
                "0 0",
                "0 name? lämx\u{8} \u{8}p",
                "0 lämp",
                "0 []",
                r"0 1 'abc' 'def\n'",
                "0 pressed 0",
                "0 held 40000",
                "0 pressed 0",
                "0 interrupted",
            ],
            "{interpreter:?}"
        );
    }
}

#[test]
fn ctrl_c_is_the_main_threads() {
    let program = "
import _thread, time
def turn():
    while True:
        time.sleep_ms(10)
_thread.start_new_thread(turn, ())
try:
    time.sleep(60)
except KeyboardInterrupt:
    print('interrupted')
_thread.start_new_thread(__import__('machine').soft_reset, ())
time.sleep(60)
";
    for interpreter in interpreters() {
        let (mut lab, record) = Desk::new(&interpreter).script(program).lab();
        lab.run_until(Time::from_micros(1_000_000));
        lab.interrupt(BoardId(0));
        lab.run_until(Time::from_micros(2_000_000));
        assert_eq!(
            record.lines()[..2],
            ["0 interrupted", "0 reset: soft reset"],
            "{interpreter:?}"
        );
    }
}

#[test]
fn a_wish_to_connect_is_told_once() {
    let program = "
import network, time
sta = network.WLAN()
sta.active(True)
for name in ('home', 'elsewhere'):
    sta.connect(name, 'secret')
    time.sleep(3)
print(sta.isconnected(), sta.status())
";
    for interpreter in interpreters() {
        let (mut lab, record) = Desk::new(&interpreter).script(program).lab();
        lab.run();
        assert_eq!(record.lines(), ["0 False 201", "0 finished"]);
        let told: Vec<&str> = lab.advice().iter().map(|advice| advice.trap).collect();
        assert_eq!(told, ["no-access-point"], "{interpreter:?}");
    }
}
