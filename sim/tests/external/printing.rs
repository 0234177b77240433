//! What a program prints takes its UART's time: 115200 baud, ten bits a character, after 128 of them.

use std::time::Duration;

use sim::kernel::Time;

use crate::desk::{Desk, interpreters};

#[test]
fn what_is_more_than_the_fifo_holds_takes_the_lines_time() {
    let script = "
import sys, time
def took(write, text):
    time.sleep(1)
    begin = time.ticks_us()
    write(text)
    return time.ticks_diff(time.ticks_us(), begin)
import json
json.dump([1], sys.stdout)
sys.stdout.buffer.write(b' \\xc3\\xa9 ')
print('both', file=sys.stdout)
spent = [took(print, 'x' * 100), took(print, 'x' * 1000), took(sys.stdout.write, 'y' * 1000), took(print, '\\u00e9' * 500)]
print(spent)
";
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter).script(script).run();
        let lines = record.lines();
        assert_eq!(lines[0], "0 [1] \u{e9} both");
        // 1002 characters less 128, and 1000 less 128, at 86.8 µs.
        assert_eq!(lines[lines.len() - 2], "0 [10, 75879, 75705, 75879]", "{lines:?}");
    }
}

#[test]
fn a_loop_that_prints_and_never_sleeps_lets_timers_in() {
    let script = "
import time
from machine import Timer
Timer(0).init(period=1000, callback=lambda t: print('timer', time.ticks_ms()))
while True:
    print('x' * 60)
";
    let mut runs = interpreters().into_iter().map(|interpreter| {
        let (mut lab, record) = Desk::with_patience(&interpreter, Duration::from_secs(2))
            .script(script)
            .lab();
        lab.run_until(Time::from_micros(3_500_000));
        record.timed()
    });
    let first = runs.next().expect("a run");
    let timers: Vec<u64> = first
        .iter()
        .filter_map(|(_, line)| line.strip_prefix("0 timer ")?.parse().ok())
        .collect();
    let due = [1000, 2000, 3000];
    assert_eq!(timers.len(), 3, "{timers:?}");
    // It comes after the line that is being printed, which takes some 5 ms.
    assert!(
        timers.iter().zip(due).all(|(at, due)| (due..due + 10).contains(at)),
        "{timers:?}"
    );
    let printed = first.iter().filter(|(_, line)| line.contains("xxx")).count();
    assert!(
        (640..660).contains(&printed),
        "{printed} lines of 62 characters in 3.5 s"
    );
    for other in runs {
        assert_eq!(other, first);
    }
}

/// Not even one that goes round the board's own console, and asks for nothing.
#[test]
fn a_flood_of_words_neither_ends_a_program_nor_stops_time() {
    let flood = "import _console\nwhile True:\n    _console._output.write('x' * 60 + '\\n')\n";
    let good = "import time\nfor i in range(3):\n    time.sleep(1)\n    print('still here', time.ticks_ms() // 1000)\n";
    for interpreter in interpreters() {
        let desk = Desk::with_patience(&interpreter, Duration::from_secs(5))
            .script(flood)
            .script(good);
        let (mut lab, record) = desk.lab();
        lab.run_until(Time::from_micros(3_500_000));
        let lines = record.lines();
        let seen: Vec<_> = lines.iter().filter(|line| line.starts_with("1 ")).collect();
        assert_eq!(
            seen,
            ["1 still here 1", "1 still here 2", "1 still here 3", "1 finished"]
        );
        assert!(!lines.iter().any(|line| line.starts_with("0 failed")), "{lines:?}");
        let printed = lines.iter().filter(|line| line.starts_with("0 xxx")).count();
        assert!(
            (600..760).contains(&printed),
            "{printed} lines of 62 characters in 3.5 s"
        );
    }
}

#[test]
fn all_that_is_printed_comes() {
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter)
            .script("print('x' * 200_000)\nfor i in range(300):\n    print('y' * 999)\n")
            .run();
        let lines = record.timed();
        let count = |letter: char| -> usize { lines.iter().map(|(_, line)| line.matches(letter).count()).sum() };
        assert_eq!((count('x'), count('y')), (200_000, 299_700));
        let (end, last) = lines.last().expect("an end");
        assert_eq!(last, "0 finished");
        // Half a million characters.
        assert!((43_000_000..44_000_000).contains(&end.as_micros()), "{end}");
    }
}

/// A program that looks at its clock asks nothing for up to a second, and less often the more happens around it.
#[test]
fn a_line_has_the_time_at_which_it_was_printed_whoever_else_is_there() {
    let stamp = "import time\nfor at in (300, 700, 1500):\n    while time.ticks_ms() < at:\n        pass\n    print('at', at)\n\
                 while time.ticks_ms() < 5000:\n    pass\n";
    let ticker = "import time\nfor i in range(4000):\n    time.sleep_us(997)\n";
    for interpreter in interpreters() {
        let times = |others: usize| -> Vec<u64> {
            let mut desk = Desk::new(&interpreter).script(stamp);
            for _ in 0..others {
                desk = desk.script(ticker);
            }
            let lines = desk.run().timed();
            let stamps = lines.iter().filter(|(_, line)| line.starts_with("0 at "));
            stamps.map(|(at, _)| at.as_micros()).collect()
        };
        let alone = times(0);
        assert_eq!(
            alone.iter().map(|at| at / 1000).collect::<Vec<_>>(),
            [300, 700, 1500],
            "{alone:?}"
        );
        assert_eq!(times(2), alone);
    }
}
