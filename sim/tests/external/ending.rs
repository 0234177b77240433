//! When a run is over.

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
