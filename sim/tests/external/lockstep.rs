//! Time passes as the protocol says, whatever the machine does.

use std::time::Duration;

use sim::kernel::Time;

use crate::desk::{Desk, address, interpreters};

#[test]
fn a_program_speaks_and_sleeps_in_virtual_time() {
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter)
            .script("import _board\nprint('hello from', _board.info.name)\n_board.wait(3_600_000_000)\nprint('an hour later')\n")
            .run();
        let timed = record.timed();
        assert_eq!(
            record.lines(),
            ["0 hello from board-0", "0 an hour later", "0 finished"]
        );
        assert_eq!(timed[1].0, Time::from_micros(3_600_000_000));
    }
}

/// Sends a broadcast after a second.
const BEACON: &str = "
import _board as b, struct
b.call(b.WIFI_ACTIVE, bytes((0, 1)))
b.call(b.ESPNOW_INIT, struct.pack('<I', 2968))
b.call(b.ESPNOW_ADD_PEER, b'\\xff' * 6 + bytes(19))
b.wait(1_000_000)
b.call(b.ESPNOW_SEND, b'\\xff' * 6 + b'hello')
b.wait(None, b.SENT)
print('sent')
";

const LISTEN: &str = "
import _board as b, struct
b.call(b.WIFI_ACTIVE, bytes((0, 1)))
b.call(b.ESPNOW_INIT, struct.pack('<I', 2968))
";

#[test]
fn a_program_that_asks_again_and_again_sees_a_message_when_one_that_waits_does() {
    let waiting = format!("{LISTEN}b.wait(None, b.RECEIVED)\nprint(b.now())\nprint(b.call(b.ESPNOW_RECEIVE)[11:])\n");
    let asking = format!("{LISTEN}while not b.events() & b.RECEIVED:\n    b.now()\nprint(b.now())\n");
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter)
            .script(BEACON)
            .script(&waiting)
            .script(&asking)
            .run();
        let lines = record.lines();
        let seen = |board: &str| -> u64 {
            let line = lines.iter().find_map(|line| line.strip_prefix(board)).expect("a time");
            line.parse().expect("a number")
        };
        assert!(lines.contains(&"1 b'hello'".to_owned()), "{lines:?}");
        let late = seen("2 ").abs_diff(seen("1 "));
        assert!(late <= 10, "{lines:?}");
    }
}

#[test]
fn the_same_seed_says_the_same_however_slow_a_program_is() {
    let slow = BEACON.replace(
        "b.wait(1_000_000)",
        "b.wait(1_000_000)\nfor i in range(300000):\n    pass\n",
    );
    let listener = format!(
        "{LISTEN}for i in range(2):\n    b.wait(None, b.RECEIVED)\n    print(b.now(), b.call(b.ESPNOW_RECEIVE), b.call(b.RANDOM, b'\\x04\\0'))\n"
    );
    for interpreter in interpreters() {
        let run = |first: &str, second: &str| {
            let desk = Desk::new(&interpreter).script(first).script(second).script(&listener);
            desk.run().timed()
        };
        let later = |script: &str| script.replace("1_000_000", "2_000_000");
        let once = run(BEACON, &later(BEACON));
        assert_eq!(
            once.iter().filter(|(_, line)| line.starts_with("2 ")).count(),
            3,
            "{once:?}"
        );
        assert_eq!(run(BEACON, &later(BEACON)), once);
        assert_eq!(run(&slow, &later(BEACON)), once);
        assert_eq!(run(BEACON, &later(&slow)), once);
    }
}

#[test]
fn a_program_that_computes_for_ever_ends_and_others_go_on() {
    for interpreter in interpreters() {
        let record = Desk::with_patience(&interpreter, Duration::from_secs(2))
            .script("print('thinking')\nwhile True:\n    pass\n")
            .script("import _board\n_board.wait(1000)\nprint('still here')\n")
            .run();
        assert_eq!(
            record.lines(),
            [
                "0 thinking",
                "0 failed: it computed for 2s of real time without a pause, and was ended (--patience)",
                "1 still here",
                "1 finished"
            ]
        );
    }
}

#[test]
fn a_process_that_dies_takes_nobody_with_it() {
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter)
            .script("import _board\nprint('so long')\n_board._writer.write(b'\\1')\nraise MemoryError(open(3, 'rb', 0).close())\n")
            .script("import _board\n_board.wait(1000)\nprint('still here')\n")
            .run();
        let lines = record.lines();
        assert!(lines.contains(&"0 so long".to_owned()), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("0 failed: ")), "{lines:?}");
        assert!(lines.contains(&"1 still here".to_owned()), "{lines:?}");
    }
}

#[test]
fn a_board_knows_who_it_is() {
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter)
            .script("import _board\nprint(_board.info.address, _board.info.pixels, _board.info.reset_cause)\n")
            .run();
        let octets: String = address(0)
            .octets()
            .iter()
            .map(|octet| format!("\\x{octet:02x}"))
            .collect();
        let expected = format!("0 b'{octets}' 25 1").replace("\\x34", "4");
        assert_eq!(record.lines()[0], expected);
    }
}
