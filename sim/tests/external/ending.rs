//! When a run is over.

use sim::external::Interpreter;
use sim::lab::Awaited;
use sim::observe::BoardId;

use crate::desk::{Desk, interpreters};

#[test]
fn a_run_ends_when_its_programs_have() {
    let script = "
import time, network, espnow
network.WLAN(0).active(True)
e = espnow.ESPNow()
e.active(True)
if SPEAKS:
    e.add_peer(b'\\xff' * 6)
    time.sleep(1)
    e.send(b'\\xff' * 6, b'hello')
else:
    print(e.recv(60_000)[1])
    time.sleep_ms(1)
";
    for interpreter in interpreters() {
        let (mut lab, record) = Desk::new(&interpreter)
            .script(&script.replace("SPEAKS", "True"))
            .script(&script.replace("SPEAKS", "False"))
            .lab();
        lab.run();
        let lines = record.timed();
        let (last, line) = lines.last().expect("an end");
        assert_eq!(line, "1 finished", "{lines:?}");
        assert_eq!(
            lab.now(),
            *last,
            "it does not end with the wait that nobody waits for any more"
        );
        assert!((1_000_000..1_100_000).contains(&last.as_micros()), "{last}");
    }
}

#[test]
fn what_a_program_waits_for_in_the_end_and_a_line_that_it_has_begun_are_told() {
    for interpreter in interpreters() {
        let (mut lab, record) = Desk::new(&interpreter).script("input('name? ')").lab();
        lab.run();
        assert_eq!(record.lines(), ["0 name? "]);
        assert_eq!(lab.waiting(), [(BoardId(0), Awaited::Pins)]);
        let listens =
            "import espnow, network\nnetwork.WLAN(0).active(True)\ne = espnow.ESPNow()\ne.active(True)\ne.recv(-1)\n";
        let (mut lab, _) = Desk::new(&interpreter).script(listens).script("print('gone')").lab();
        lab.run();
        assert_eq!(lab.waiting(), [(BoardId(0), Awaited::Radio)]);
    }
}

#[test]
fn how_a_process_ended_is_told_as_it_was() {
    let said = |interpreter: &Interpreter, script: &str| {
        let script = format!("import _modules\nprint('so long')\n{script}\n");
        let record = Desk::new(interpreter)
            .script(&script)
            .script("import time\ntime.sleep(1)\nprint('still here')\n")
            .run();
        let lines = record.lines();
        assert!(lines.contains(&"1 still here".to_owned()), "{lines:?}");
        let told = lines.iter().find_map(|line| line.strip_prefix("0 failed: "));
        told.unwrap_or_else(|| panic!("{lines:?}")).to_owned()
    };
    let fault = "its process ended: signal 11 (segmentation fault)";
    for interpreter in interpreters() {
        let closes = "import _board as b\nb._reader.close()\nb._writer.close()\ntry:\n    _modules.host('os').close(3)\nexcept Exception:\n    pass\nwhile True:\n    pass";
        assert_eq!(
            said(&interpreter, closes),
            "it closed its line to the lab, and was ended"
        );
        if interpreter.is_micropython() {
            assert_eq!(
                said(&interpreter, "_modules.host('uctypes').bytearray_at(1, 4)[0]"),
                fault
            );
            continue;
        }
        let told = |script: &str| said(&interpreter, &format!("os = _modules.host('os')\n{script}"));
        assert_eq!(told("os._exit(3)"), "its process ended: exit status 3");
        assert_eq!(told("os.kill(os.getpid(), 11)"), fault);
        assert_eq!(
            told("os.kill(os.getpid(), 9)"),
            "its process ended: signal 9, as the system ends processes when memory is short"
        );
    }
}
