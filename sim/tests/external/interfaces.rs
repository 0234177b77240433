//! A board has two interfaces, each with an address: what is active is heard and acknowledged at its own, and at no other.

use sim::external::Interpreter;

use crate::desk::{Desk, Record, interpreters};

/// Everybody's beginning. The board that answers comes last, so that its access point has an address that is nobody else's.
const BEGIN: &str = "
import espnow, network, time
sta, ap = network.WLAN(network.WLAN.IF_STA), network.WLAN(network.WLAN.IF_AP)
e = espnow.ESPNow()
ALL = b'\\xff' * 6
def say(words, ifidx, to=ALL):
    e.add_peer(to, ifidx=ifidx)
    return e.send(to, words)
def hear():
    mac, words = e.recv(500)
    while mac:
        print(mac[-1], words)
        mac, words = e.recv(500)
";

/// Calls, and sends to the address that answers and to the one before and after it.
const NODE: &str = "
sta.active(True)
e.active(True)
mac, words = e.recv(1000)
print(mac[-1], words)
for last in (mac[-1] - 1, mac[-1], mac[-1] + 1):
    time.sleep_ms(20)
    print(last, say(b'to %d' % last, network.WLAN.IF_STA, mac[:5] + bytes([last])))
time.sleep_ms(20)
say(b'to all', network.WLAN.IF_STA)
hear()
";

fn run(interpreter: &Interpreter, answering: &str) -> (Vec<String>, Vec<&'static str>) {
    let desk = Desk::new(interpreter)
        .script(&format!("{BEGIN}{NODE}"))
        .script(&format!("{BEGIN}{answering}"));
    let (mut lab, record) = desk.lab();
    lab.run();
    let traps = lab.advice().iter().map(|advice| advice.trap).collect();
    (said(&record, '0').chain(said(&record, '1')).collect(), traps)
}

/// What a board says, without its end.
fn said(record: &Record, board: char) -> impl Iterator<Item = String> + use<> {
    let lines = record.lines().into_iter();
    lines.filter(move |line| line.starts_with(board) && !line.ends_with("finished"))
}

#[test]
fn an_access_point_is_heard_and_acknowledges_at_its_own_address_alone() {
    for interpreter in interpreters() {
        let (lines, traps) = run(
            &interpreter,
            "ap.active(True)\ne.active(True)\ntime.sleep_ms(500)\nprint(say(b'who?', network.WLAN.IF_AP))\nhear()\n",
        );
        assert_eq!(
            lines,
            [
                // The station's address is 1, and is not active; 2 is the access point's; 3 is nobody's.
                "0 2 b'who?'",
                "0 1 False",
                "0 2 True",
                "0 3 False",
                "1 True",
                "1 0 b'to 2'",
                "1 0 b'to all'",
            ],
            "{interpreter:?}"
        );
        assert_eq!(traps, ["inactive-interface"]);
    }
}

#[test]
fn with_both_interfaces_a_board_has_two_addresses_and_hears_groups_once() {
    for interpreter in interpreters() {
        let (lines, traps) = run(
            &interpreter,
            "sta.active(True)\nap.active(True)\ne.active(True)\ntime.sleep_ms(500)\nprint(say(b'who?', network.WLAN.IF_STA))\nhear()\nprint(e.stats())\n",
        );
        assert_eq!(
            lines,
            [
                "0 1 b'who?'",
                // Its own.
                "0 0 False",
                "0 1 True",
                "0 2 True",
                "1 True",
                "1 0 b'to 1'",
                "1 0 b'to 2'",
                "1 0 b'to all'",
                "1 (1, 1, 0, 3, 0)",
            ],
            "{interpreter:?}"
        );
        assert!(traps.is_empty(), "{traps:?}");
    }
}

#[test]
fn what_an_access_point_sends_is_acknowledged_to_its_address() {
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter)
            .script(&format!("{BEGIN}sta.active(True)\ne.active(True)\nhear()\n"))
            .script(&format!(
                "{BEGIN}ap.active(True)\ne.active(True)\ntime.sleep_ms(100)\nto = ap.config('mac')[:5] + bytes([0])\nprint(say(b'hello', network.WLAN.IF_AP, to))\n"
            ))
            .run();
        let lines: Vec<_> = said(&record, '0').chain(said(&record, '1')).collect();
        assert_eq!(lines, ["0 2 b'hello'", "1 True"], "{interpreter:?}");
    }
}

#[test]
fn a_radio_that_is_off_acknowledges_nothing() {
    for interpreter in interpreters() {
        let record = Desk::new(&interpreter)
            .script(&format!(
                "{BEGIN}sta.active(True)\ne.active(True)\ntime.sleep_ms(100)\nto = sta.config('mac')[:5] + bytes([1])\nprint(say(b'hello', network.WLAN.IF_STA, to))\n"
            ))
            .script("import time\ntime.sleep(1)\n")
            .run();
        assert_eq!(said(&record, '0').collect::<Vec<_>>(), ["0 False"], "{interpreter:?}");
    }
}

/// Who was told that two boards answer to one address, and what. The first board's access point has the second one's address.
fn shared(interpreter: &Interpreter, [first, second]: [&str; 2]) -> Vec<(u32, String)> {
    let desk = Desk::new(interpreter)
        .script(&format!("{BEGIN}{first}"))
        .script(&format!("{BEGIN}{second}"));
    let (mut lab, _) = desk.lab();
    lab.run();
    let shared = lab.advice().iter().filter(|advice| advice.trap == "shared-address");
    shared.map(|advice| (advice.board.0, advice.text.clone())).collect()
}

#[test]
fn two_boards_that_answer_to_one_address_are_told() {
    const LATER: &str = "time.sleep_ms(10)\n";
    const REST: &str = "time.sleep_ms(50)\n";
    for interpreter in interpreters() {
        let (ap, sta) = (format!("ap.active(True)\n{REST}"), format!("sta.active(True)\n{REST}"));
        let told = shared(&interpreter, [&ap, &format!("{LATER}{sta}")]);
        assert!(
            matches!(&*told, [(1, words)] if words.starts_with("its station has the address 34:85:18:00:01:01, and so has board-0's access point:")),
            "{told:?}"
        );
        let told = shared(&interpreter, [&format!("{LATER}{ap}"), &sta]);
        assert!(
            matches!(&*told, [(0, words)] if words.starts_with("its access point has the address 34:85:18:00:01:01, and so has board-1's station:")),
            "{told:?}"
        );
        // Nobody is disturbed by an address that is not used, or not any more.
        for programs in [
            [&*sta, &*sta],
            [&*ap, &*ap],
            [&*ap, REST],
            [&*ap, &*format!("{LATER}sta.active(False)\n{REST}")],
            [
                "ap.active(True)\nap.active(False)\ntime.sleep_ms(50)\n",
                &*format!("{LATER}{sta}"),
            ],
        ] {
            assert_eq!(shared(&interpreter, programs), [], "{programs:?}");
        }
    }
}
