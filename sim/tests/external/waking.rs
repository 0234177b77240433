//! What wakes a board whose program sleeps, and what the program is told of it.

use sim::board::Profile;
use sim::external::Interpreter;
use sim::kernel::Time;
use sim::lab::Awaited;
use sim::observe::BoardId;

use crate::desk::{Desk, interpreters};

const BOARD: BoardId = BoardId(0);

/// What is done to the board.
#[derive(Clone, Copy, Debug)]
enum Touch {
    Press,
    Drive(u8, Option<bool>),
    Restart,
    PowerOff,
    PowerOn,
}

use Touch::{Drive, PowerOff, PowerOn, Press, Restart};

/// Says how the board has begun, with the names that the cases use.
const BEGIN: &str = "
import esp32, machine, time
from machine import Pin
LOW, HIGH = esp32.WAKEUP_ALL_LOW, esp32.WAKEUP_ANY_HIGH
print(machine.reset_cause(), machine.wake_reason(), machine.wake_pins())
def doze(*ms):
    begin = time.ticks_ms()
    machine.lightsleep(*ms)
    print('dozed', time.ticks_diff(time.ticks_ms(), begin), machine.wake_reason(), machine.wake_pins())
";

fn desk(interpreter: &Interpreter, chip: Profile, script: &str) -> Desk {
    Desk::new(interpreter).chip(chip).script(&format!("{BEGIN}{script}"))
}

/// What the board says and when, in ms.
fn seen(interpreter: &Interpreter, chip: Profile, script: &str, touches: &[(u64, Touch)]) -> Vec<String> {
    // Another board's time keeps the run going.
    let clock = "import time\ntime.sleep(30)\n";
    let (mut lab, record) = desk(interpreter, chip, script).script(clock).lab();
    for &(at, touch) in touches {
        lab.run_until(Time::from_micros(at * 1000));
        match touch {
            Press => lab.press(BOARD),
            Drive(pin, level) => lab.drive_pin(BOARD, pin, level),
            Restart => lab.restart(BOARD),
            PowerOff => lab.power_off(BOARD),
            PowerOn => lab.power_on(BOARD),
        }
    }
    lab.run_until(Time::from_micros(20_000_000));
    let lines = record.timed().into_iter();
    lines
        .filter_map(|(at, line)| Some(format!("{} {}", at.as_micros() / 1000, line.strip_prefix("0 ")?)))
        .collect()
}

#[track_caller]
fn check(chip: Profile, script: &str, touches: &[(u64, Touch)], expected: &[&str]) {
    for interpreter in interpreters() {
        let seen = seen(&interpreter, chip, script, touches);
        assert_eq!(seen, expected, "on {}", interpreter.path().display());
    }
}

#[test]
fn a_press_wakes_a_board_from_deep_sleep() {
    check(
        Profile::ESP32_S3,
        "esp32.wake_on_ext0(Pin(0, Pin.IN, Pin.PULL_UP), LOW)\nmachine.deepsleep()",
        &[(3000, Press), (8000, Press)],
        &[
            "0 1 0 ()",
            "1 reset: deep sleep",
            "3326 4 2 ()",
            "3327 reset: deep sleep",
            "8326 4 2 ()",
            "8327 reset: deep sleep",
        ],
    );
}

#[test]
fn what_comes_first_wakes_it() {
    // The time, a press, and neither a press of a board that boots already nor a pin that was not named.
    check(
        Profile::ESP32_S3,
        "esp32.wake_on_ext0(0, LOW)\nmachine.deepsleep(4000)",
        &[(500, Drive(4, Some(true))), (4010, Press), (6000, Press), (6200, Press)],
        &[
            "0 1 0 ()",
            "1 reset: deep sleep",
            "4327 4 4 ()",
            "4328 reset: deep sleep",
            "6326 4 2 ()",
            "6327 reset: deep sleep",
            "10653 4 4 ()",
            "10654 reset: deep sleep",
            "14980 4 4 ()",
            "14981 reset: deep sleep",
            "19307 4 4 ()",
            "19308 reset: deep sleep",
        ],
    );
}

#[test]
fn a_level_that_is_there_wakes_at_once() {
    check(
        Profile::ESP32_S3,
        "
esp32.wake_on_ext1((Pin(4, Pin.IN, Pin.PULL_DOWN),), HIGH)
if machine.reset_cause() == machine.PWRON_RESET:
    time.sleep(2)
    doze()
    machine.deepsleep()
",
        &[(1000, Drive(4, Some(true)))],
        &[
            "0 1 0 ()",
            "2000 dozed 0 3 (4,)",
            "2001 reset: deep sleep",
            "2327 4 3 (4,)",
            "2327 finished",
        ],
    );
}

#[test]
fn several_pins_are_any_or_all_as_the_chip_has_it() {
    let script = "
pins = [Pin(pin, Pin.IN, Pin.PULL_UP) for pin in (0, 4)]
esp32.wake_on_ext1(pins, LOW)
machine.deepsleep()
";
    let touches = [(1000, Drive(4, Some(false))), (1100, Drive(4, None))];
    let woken = [
        "0 1 0 ()",
        "1 reset: deep sleep",
        "1326 4 3 (4,)",
        "1327 reset: deep sleep",
    ];
    check(Profile::ESP32_S3, script, &touches, &woken);
    check(Profile::ESP32, script, &touches, &woken[..2]);
    let both = [(1000, Drive(4, Some(false))), (1100, Press)];
    let woken = [
        "0 1 0 ()",
        "1 reset: deep sleep",
        "1426 4 3 (0, 4)",
        "1427 reset: deep sleep",
    ];
    check(Profile::ESP32, script, &both, &woken);
}

#[test]
fn the_pins_of_a_c3_wake_it_without_a_resistor_of_the_programs() {
    check(
        Profile::ESP32_C3,
        "esp32.wake_on_gpio([Pin(4), Pin(0)], LOW)\nmachine.deepsleep()",
        &[(3000, Press), (5000, Drive(4, Some(false))), (5100, Drive(4, None))],
        &[
            "0 1 0 ()",
            "1 reset: deep sleep",
            "3326 4 7 (0,)",
            "3327 reset: deep sleep",
            "5326 4 7 (4,)",
            "5327 reset: deep sleep",
        ],
    );
}

#[test]
fn a_pin_wakes_from_the_kinds_of_sleep_that_were_named() {
    let script = |wake: &str| {
        format!(
            "Pin(0, Pin.IN, Pin.PULL_UP).irq(trigger=Pin.WAKE_LOW, wake={wake})\ndoze(1500)\nif machine.reset_cause() == 4: time.sleep(100)\nmachine.deepsleep(1500)"
        )
    };
    let touches = [(1000, Press), (2000, Press)];
    check(
        Profile::ESP32,
        &script("machine.SLEEP"),
        &touches,
        &[
            "0 1 0 ()",
            "1000 dozed 1000 2 ()",
            "1001 reset: deep sleep",
            "2827 4 4 ()",
            "4327 dozed 1500 4 ()",
        ],
    );
    check(
        Profile::ESP32,
        &script("machine.DEEPSLEEP"),
        &touches,
        &[
            "0 1 0 ()",
            "1500 dozed 1500 4 ()",
            "1501 reset: deep sleep",
            "2326 4 2 ()",
            "3826 dozed 1500 4 ()",
        ],
    );
}

#[test]
fn a_light_sleep_ends_although_pins_have_interrupts() {
    // The handlers see their own edges and no others, before and after.
    check(
        Profile::ESP32_S3,
        "
button = Pin(0, Pin.IN, Pin.PULL_UP)
button.irq(lambda pin: print('pressed'), Pin.IRQ_FALLING)
esp32.wake_on_gpio([button], LOW)
doze()
time.sleep(1)
doze(2000)
",
        &[(1000, Press)],
        &[
            "0 1 0 ()",
            "1000 pressed",
            "1000 dozed 1000 7 ()",
            "4000 dozed 2000 4 ()",
        ],
    );
}

#[test]
fn who_sleeps_is_reset_and_loses_its_power_like_others() {
    check(
        Profile::ESP32_S3,
        "esp32.wake_on_ext0(0, LOW)\nif machine.reset_cause() != machine.HARD_RESET: machine.deepsleep()",
        &[
            (1000, PowerOff),
            (2000, Press),
            (3000, PowerOn),
            (5000, Press),
            (7000, Restart),
            (9000, Press),
        ],
        &[
            "0 1 0 ()",
            "1 reset: deep sleep",
            "3000 reset: power on",
            "3326 1 0 ()",
            "3327 reset: deep sleep",
            "5326 4 2 ()",
            "5327 reset: deep sleep",
            "7000 reset: reset pin",
            "7326 2 0 ()",
            "7326 finished",
        ],
    );
}

#[test]
fn a_soft_reset_does_not_forget_what_has_woken_the_chip() {
    check(
        Profile::ESP32_S3,
        "
if machine.reset_cause() == machine.PWRON_RESET:
    machine.deepsleep(500)
if machine.reset_cause() == machine.DEEPSLEEP_RESET:
    machine.soft_reset()
",
        &[],
        &[
            "0 1 0 ()",
            "1 reset: deep sleep",
            "827 4 4 ()",
            "828 reset: soft reset",
            "1154 5 4 ()",
            "1154 finished",
        ],
    );
}

#[test]
fn who_sleeps_for_ever_is_told_what_can_end_it() {
    for interpreter in interpreters() {
        for (script, awaited, advice) in [
            ("machine.deepsleep()", Awaited::Nothing, vec!["waits-in-vain"]),
            (
                "esp32.wake_on_touch(True)\nmachine.deepsleep()",
                Awaited::Nothing,
                vec!["waits-in-vain"],
            ),
            (
                "esp32.wake_on_ext0(0, LOW)\nmachine.deepsleep()",
                Awaited::Waking,
                vec![],
            ),
            ("machine.lightsleep()", Awaited::Nothing, vec!["waits-in-vain"]),
            (
                "esp32.wake_on_ext0(0, LOW)\nmachine.lightsleep()",
                Awaited::Pins,
                vec![],
            ),
        ] {
            let (mut lab, _) = desk(&interpreter, Profile::ESP32_S3, script).lab();
            lab.run();
            let told: Vec<_> = lab.advice().iter().map(|advice| advice.trap).collect();
            assert_eq!(told, advice, "{script}");
            assert_eq!(lab.waiting(), [(BOARD, awaited)], "{script}");
            // The run is over; a press goes on with it.
            lab.press(BOARD);
            lab.run();
        }
    }
}
