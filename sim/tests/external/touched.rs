//! Whatever is done to a board whose program is a process, at whatever moment, the program is woken when its time has come.

use sim::kernel::Time;
use sim::lab::Action;
use sim::observe::BoardId;

use crate::desk::{Desk, interpreters};

/// Programs that say each second what their clock shows, each waiting in another way.
const PROGRAMS: [(&str, &str); 10] = [
    (
        "sleep",
        "import time
for i in range(8):
    time.sleep(1)
    print(time.ticks_ms() // 1000)
",
    ),
    (
        "sleep, with an interrupt of the button",
        "import time
from machine import Pin
Pin(0, Pin.IN, Pin.PULL_UP).irq(lambda pin: None, Pin.IRQ_FALLING | Pin.IRQ_RISING)
for i in range(8):
    time.sleep(1)
    print(time.ticks_ms() // 1000)
",
    ),
    (
        "lightsleep",
        "import machine, time
for i in range(8):
    machine.lightsleep(1000)
    print(time.ticks_ms() // 1000)
",
    ),
    (
        "lightsleep, which the button ends",
        "import esp32, machine, time
esp32.wake_on_ext0(0, esp32.WAKEUP_ALL_LOW)
for i in range(8):
    while time.ticks_ms() < (i + 1) * 1000:
        machine.lightsleep((i + 1) * 1000 - time.ticks_ms())
    print(time.ticks_ms() // 1000)
",
    ),
    (
        "deepsleep",
        "import machine
starts = len(machine.RTC().memory()) + 1
machine.RTC().memory(bytes(starts))
print(starts)
if starts < 8:
    machine.deepsleep(1000)
",
    ),
    (
        "deepsleep, which the button and a pin end",
        "import esp32, machine
from machine import Pin
starts = len(machine.RTC().memory()) + 1
machine.RTC().memory(bytes(starts))
print(starts)
esp32.wake_on_ext0(0, esp32.WAKEUP_ALL_LOW)
esp32.wake_on_ext1((Pin(4, Pin.IN, Pin.PULL_DOWN),), esp32.WAKEUP_ANY_HIGH)
if starts < 8:
    machine.deepsleep(1000)
",
    ),
    (
        "timer",
        "import time
from machine import Timer
ticks = 0
def tick(timer):
    global ticks
    ticks += 1
    print(ticks)
    if ticks == 8:
        timer.deinit()
Timer(0).init(period=1000, callback=tick)
",
    ),
    (
        "asyncio",
        "import asyncio, time
async def main():
    for i in range(8):
        await asyncio.sleep(1)
        print(time.ticks_ms() // 1000)
asyncio.run(main())
",
    ),
    (
        "receive",
        "import espnow, network, time
network.WLAN(network.WLAN.IF_STA).active(True)
e = espnow.ESPNow()
e.active(True)
for i in range(8):
    begin = time.ticks_ms()
    e.recv(max(0, (i + 1) * 1000 - begin))
    print((time.ticks_ms() + 5) // 1000)
",
    ),
    (
        "busy",
        "import time
for i in range(8):
    while time.ticks_ms() < (i + 1) * 1000:
        pass
    print(time.ticks_ms() // 1000)
",
    ),
];

#[test]
fn a_touched_program_does_not_lose_its_time() {
    for interpreter in interpreters() {
        let mut desk = Desk::new(&interpreter);
        for (_, program) in PROGRAMS {
            desk = desk.script(program);
        }
        let (mut lab, record) = desk.lab();
        let mut at = 0;
        for round in 0.. {
            // Far from every second, near to one, and right after the last touch.
            at += [137_000, 450_003, 9, 301_777, 12_000, 600_000][round % 6];
            if at > 7_500_000 {
                break;
            }
            lab.run_until(Time::from_micros(at));
            for index in 0..PROGRAMS.len() as u32 {
                let board = BoardId(index);
                match (round + index as usize) % PROGRAMS.len() {
                    0 | 1 | 7 => lab.press(board),
                    2 => lab.type_in(board, b"x"),
                    3 | 8 => lab.drive_pin(board, 4, Some(round % 2 == 0)),
                    4 => lab.set_analogue(board, 1, 4000),
                    5 => drop(lab.take_output(board)),
                    _ => lab.act(Action::Sense(board, "temperature".into(), 20.0)),
                }
            }
        }
        lab.run_until(Time::from_micros(20_000_000));
        let lines = record.lines();
        for (index, (name, _)) in PROGRAMS.iter().enumerate() {
            let start = format!("{index} ");
            let mut said: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix(&start)).collect();
            // A program that still has an interrupt goes on after its last line.
            said.retain(|&line| !["finished", "reset: deep sleep"].contains(&line));
            assert_eq!(
                said,
                ["1", "2", "3", "4", "5", "6", "7", "8"],
                "{name} on {interpreter:?}"
            );
        }
    }
}
