//! The bridge over a real pseudo-terminal, with a simulated serial board at the other end: its line loses and breaks
//! octets, the board is killed, stopped, and started again.
//!
//! Real time passes here, but no test depends on how much: each waits for what has to happen.
#![cfg(unix)]

mod board;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};
use std::rc::Rc;
use std::sync::mpsc;

use board::{Board, PATIENCE};
use protocol::board::{Board as _, Clock as _, Parts, Radio as _};
use protocol::espnow::{Delivery, Peer};
use protocol::time::Duration;
use protocol::{Channel, MacAddress};
use rustix::process::Signal;
use sim::board::{Profile, VirtualBoard};
use sim::bridge::{Bridge, BridgeError, BridgeStatistics, PortSettings};
use sim::host::{self, Outcome};
use sim::kernel::Time;
use sim::lab::{AntennaPlan, Lab, LabBuilder};
use sim::observe::{Ending, Event, Observer};

const REAL: MacAddress = MacAddress([0x34, 0x85, 0x18, 0xff, 0x00, 0x02]);
const ONE: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 1]);

fn sim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(args)
        .stdin(Stdio::null())
        .env_remove("RUST_LOG")
        .output()
        .expect("the command starts")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// A virtual sender and a real receiver. Returns what both printed, and the report.
fn hello(board: &mut Board) -> (String, serde_json::Value) {
    let link = board.link();
    let report = board.path("report.json");
    let receiver = format!("receiver={REAL}");
    let output = sim(&[
        "run",
        "--headless",
        "--demo",
        "hello-unicast",
        "--set",
        "virtual=sender",
        "--set",
        &receiver,
        "--bridge",
        &link,
        "--report",
        &report,
    ]);
    let stdout = text(&output.stdout);
    assert_eq!(
        (output.status.code(), &*text(&output.stderr)),
        (Some(0), ""),
        "{stdout}"
    );
    let report = std::fs::read(report).expect("a report");
    (stdout, serde_json::from_slice(&report).expect("one JSON object"))
}

/// The product page's messages, as the receiver prints them.
fn assert_all_came_once(lines: &[String]) {
    let came: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split_once(" b'"))
        .map(|(_, rest)| rest)
        .collect();
    let mut expected = vec!["Starting...'".to_owned()];
    expected.extend((0..100).map(|number| format!("{}'", number.to_string().repeat(20))));
    expected.push("end'".to_owned());
    assert_eq!(came, expected);
}

#[test]
fn a_virtual_sender_talks_to_a_real_receiver() {
    let mut board = Board::start(&[]);
    let (stdout, report) = hello(&mut board);
    assert!(
        stdout.contains("34:85:18:ff:00:01 on the real air, channel 1"),
        "{stdout}"
    );
    assert_eq!(stdout.matches("sender ] True").count(), 102, "{stdout}");
    assert!(stdout.contains(&format!("{REAL} b'All received.'")), "{stdout}");
    assert!(stdout.contains("pixels: #0 (0, 0, 25)"), "{stdout}");
    assert!(
        stdout.contains("\nbridge: 102 messages to real boards (102 acknowledged, 0 not), 1 from them"),
        "{stdout}"
    );
    let bridge = &report["bridge"];
    assert_eq!((&bridge["acknowledged"], &bridge["inward"]), (&102.into(), &1.into()));
    assert_eq!(
        (&bridge["line_broken"], &bridge["interruptions"]),
        (&0.into(), &0.into())
    );
    assert!(bridge["round_trip_us"][0].as_u64() > Some(0));
    assert_all_came_once(&board.stop());
}

#[test]
fn a_line_that_loses_and_breaks_octets_delays_and_repeats_nothing() {
    let mut board = Board::start(&["--line-loss", "0.001", "--line-corruption", "0.001"]);
    let (stdout, report) = hello(&mut board);
    assert_eq!(stdout.matches("sender ] True").count(), 102, "{stdout}");
    let bridge = &report["bridge"];
    assert!(
        bridge["line_broken"].as_u64() > Some(0) && bridge["line_repeated"].as_u64() > Some(0),
        "{bridge}"
    );
    assert_eq!(
        (&bridge["acknowledged"], &bridge["interruptions"]),
        (&102.into(), &0.into())
    );
    assert_all_came_once(&board.stop());
}

/// Each call that is lost costs the antenna a second and the sender a `False`, and nothing else.
#[test]
fn an_antenna_whose_driver_breaks_its_rules_goes_on() {
    let faults = [
        "--callbacks-lost",
        "0.03",
        "--callbacks-doubled",
        "0.1",
        "--callbacks-late",
        "0.03",
    ];
    let mut board = Board::start(&faults);
    let (stdout, report) = hello(&mut board);
    let acknowledged = stdout.matches("sender ] True").count();
    let unacknowledged = stdout.matches("sender ] False").count();
    assert_eq!(acknowledged + unacknowledged, 102, "{stdout}");
    assert!((1..=12).contains(&unacknowledged), "{stdout}");
    let bridge = &report["bridge"];
    assert_eq!(
        (&bridge["acknowledged"], &bridge["interruptions"]),
        (&acknowledged.into(), &0.into())
    );
    assert_all_came_once(&board.stop());
}

#[test]
fn a_real_sender_talks_to_a_virtual_receiver() {
    let mut board = Board::start(&["--program", "sender"]);
    let link = board.link();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command
        .args([
            "run",
            "--headless",
            "--demo",
            "hello-unicast",
            "--set",
            "virtual=receiver",
            "--bridge",
            &link,
        ])
        .stdin(Stdio::null());
    let mut run = board::Lines::start(command);
    board.wait_for("pixels: #0 (0, 0, 25)");
    run.signal(Signal::INT);
    let lines = run.rest();
    assert!(
        lines.iter().any(|line| line.starts_with("interrupted at ")),
        "{lines:?}"
    );
    let boards: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("receiver] 34:"))
        .cloned()
        .collect();
    assert!(boards.iter().all(|line| line.contains(&REAL.to_string())), "{boards:?}");
    assert_all_came_once(&boards);
}

#[test]
fn a_message_to_all_is_heard_by_all() {
    let board = Board::start(&["--program", "beacon"]);
    let link = board.link();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command
        .args([
            "run",
            "--headless",
            "--demo",
            "hello-unicast",
            "--set",
            "virtual=receiver",
            "--bridge",
            &link,
        ])
        .stdin(Stdio::null());
    let mut run = board::Lines::start(command);
    run.wait_for(&format!("receiver] {REAL} b'UUUUUUUUUUUUUUUUUUUU'"));
}

/// Prints go to whoever holds this.
struct Console(Rc<RefCell<Vec<String>>>);

impl Observer for Console {
    fn observe(&mut self, _: Time, event: &Event) {
        if let Event::Console { line, .. } = event {
            self.0.borrow_mut().push(line.to_string());
        }
    }

    fn watches_air(&self) -> bool {
        false
    }
}

/// Runs a lab with a bridge to its end. Returns what was printed in it and what passed.
fn run_bridged(settings: PortSettings, lab: LabBuilder) -> (Vec<String>, BridgeStatistics) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut bridge = Bridge::open(settings, Channel::DEFAULT).await.expect("it answers");
        let lines = Rc::default();
        let plan = AntennaPlan {
            address: bridge.greeting().address,
            channel: Channel::DEFAULT,
            speaks_for: None,
        };
        let lab = lab.antenna(&plan).expect("a seat for it");
        let mut lab = lab.observe(Box::new(Console(Rc::clone(&lines)))).build();
        let outcome = host::run_bridged(&mut lab, &mut bridge).await.expect("signals");
        assert_eq!(outcome, Outcome::Over);
        let lines = lines.borrow().clone();
        (lines, bridge.statistics())
    })
}

/// Sends to the real board until one is acknowledged, then until one is not, then until one is again, and says so each
/// time.
async fn feel(mut board: VirtualBoard, told: mpsc::Sender<Delivery>) -> Ending {
    let Parts { radio, clock, .. } = board.parts();
    radio.add_peer(Peer::new(REAL)).expect("room for one");
    let mut number = 0_u32;
    for wanted in [Delivery::Acknowledged, Delivery::Unacknowledged, Delivery::Acknowledged] {
        loop {
            number += 1;
            let message = format!("number {number}");
            let delivery = radio.send(REAL, message.as_bytes()).await.expect("a peer");
            if delivery == wanted {
                break;
            }
            clock.sleep(Duration::from_millis(20)).await;
        }
        told.send(wanted).expect("the test waits");
    }
    Ending::Finished
}

/// What happens to the board when a message was acknowledged for the first time, and when one was not; the lab's lines.
fn interrupt(
    mut board: Board,
    at_first: impl FnOnce(&mut Board) + Send + 'static,
    then: impl FnOnce(&mut Board) + Send + 'static,
) -> (Vec<String>, BridgeStatistics, Board) {
    let settings: PortSettings = board.link().parse().expect("a path");
    let (told, heard) = mpsc::channel();
    let meanwhile = std::thread::spawn(move || {
        assert_eq!(heard.recv_timeout(PATIENCE), Ok(Delivery::Acknowledged));
        at_first(&mut board);
        assert_eq!(heard.recv_timeout(PATIENCE), Ok(Delivery::Unacknowledged));
        then(&mut board);
        assert_eq!(heard.recv_timeout(PATIENCE), Ok(Delivery::Acknowledged));
        board
    });
    let lab = Lab::builder("interrupted", 1)
        .board("one", Profile::ESP32_S3, ONE, move |board| feel(board, told.clone()))
        .ends_after_it(sim::kernel::Span::ZERO);
    let (lines, passed) = run_bridged(settings, lab);
    (lines, passed, meanwhile.join().expect("no patience was lost"))
}

/// No message was printed twice by the real board.
fn assert_none_twice(lines: &[String]) {
    let messages: Vec<_> = lines.iter().filter_map(|line| line.split_once(" b'number ")).collect();
    let different: BTreeSet<_> = messages.iter().map(|(_, number)| number).collect();
    assert!(!messages.is_empty() && different.len() == messages.len(), "{lines:?}");
}

#[test]
fn a_board_that_is_unplugged_is_found_again_and_the_run_goes_on() {
    let (lines, passed, mut board) = interrupt(Board::start(&[]), Board::unplug, Board::plug_in);
    let lost = lines.iter().find(|line| line.starts_with("lost "));
    let found = lines.iter().filter(|line| line.contains("on the real air")).count();
    assert!(lost.is_some_and(|line| line.ends_with("; trying again")), "{lines:?}");
    assert!(found >= 2 && passed.interruptions >= 1, "{lines:?}");
    assert_none_twice(&board.stop());
}

#[test]
fn a_board_that_falls_silent_is_given_up_and_found_again() {
    let (lines, passed, mut board) = interrupt(Board::start(&[]), Board::freeze, Board::thaw);
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("lost ") && line.contains("silent")),
        "{lines:?}"
    );
    assert!(passed.interruptions >= 1 && passed.unacknowledged >= 1);
    assert_none_twice(&board.stop());
}

#[test]
fn a_port_where_nobody_answers_is_told() {
    let (_pty, pts) = pty_process::blocking::open().expect("a pseudo-terminal");
    let path = rustix::termios::ttyname(&pts, Vec::new()).expect("it has a name");
    let output = sim(&["run", "--headless", "--bridge", path.to_str().expect("UTF-8")]);
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), &*text(&output.stdout)), (Some(2), ""));
    assert!(
        stderr.starts_with("sim: nobody answers on ") && stderr.matches('\n').count() == 1,
        "{stderr}"
    );
}

#[test]
fn a_wrong_command_line_is_refused_before_anything_is_opened() {
    for (args, because) in [
        (&["--bridge", "/dev/no such port"][..], "there is no /dev/no such port"),
        (&["--bridge", "/dev/null"], "/dev/null is no serial port"),
        (&["--bridge", "/"], "/ is no serial port"),
        (&["--bridge", "/dev/null,fast"], "/dev/ttyUSB0,921600"),
        (&["--bridge", "/dev/null", "--speed", "2"], "leave --speed out"),
        (&["--bridge", "/dev/null", "--bridge-channel", "15"], "from 1 to 14"),
        (&["--bridge-channel", "3"], "--bridge"),
        (&["--bridge-as", "sender"], "--bridge"),
        (
            &["--demo", "hello-unicast", "--set", "virtual=none"],
            "both, sender, receiver",
        ),
        (
            &["--demo", "hello-unicast", "--set", "receiver=bb:bb:bb:bb:bb:bb"],
            "a board's address",
        ),
    ] {
        let output = sim(&[&["run", "--headless"], args].concat());
        let stderr = text(&output.stderr);
        assert_eq!(
            (output.status.code(), output.stdout.len()),
            (Some(2), 0),
            "{args:?}: {stderr}"
        );
        assert!(
            stderr.contains(because) && stderr.matches('\n').count() == 1,
            "{args:?}: {stderr}"
        );
    }
}

#[test]
fn who_the_antenna_speaks_for_has_to_be_there() {
    let board = Board::start(&[]);
    let output = sim(&["run", "--headless", "--bridge", &board.link(), "--bridge-as", "nobody"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("there are sender, receiver"), "{stderr}");
}

#[test]
fn a_port_that_is_not_there_is_an_error_with_a_type() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let settings = "/dev/no such port".parse().expect("a path");
    let error = runtime.block_on(Bridge::open(settings, Channel::DEFAULT));
    assert!(matches!(error, Err(BridgeError::Port(_))));
}
