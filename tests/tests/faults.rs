//! Boards that are crashed, reset and cut off from their power, at any moment and in the middle of anything.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use protocol::board::{
    Board as _, Clock as _, Console as _, Firmware as _, Parts, Pixels as _, Radio as _, Rgb, Slot, Storage as _,
};
use protocol::espnow::{Delivery, Error, Peer};
use protocol::image::ChipId;
use protocol::time::Duration;
use protocol::{MacAddress, Rate};
use sim::board::{Profile, VirtualBoard, synthetic_image};
use sim::kernel::{Span, Time};
use sim::lab::{Intervention, Lab, LabBuilder};
use sim::medium::propagation::{Environment, LogDistance, PathLoss, Position};
use sim::medium::{Link, Links};
use sim::observe::{Ending, Event, Loss, ResetCause};
use sim::record::{Plain, Trace};
use tests::{Seen, Speech, address, demo, listen, run, speak};

const BOOT: Span = Span::from_micros(326_000);

fn millis(millis: u64) -> Time {
    Time::from_micros(millis * 1_000)
}

/// What a trace and the plain lines tell of a run.
fn told(builder: LabBuilder) -> (String, String) {
    let mut lab = builder.build();
    let boards: Vec<_> = lab.boards().cloned().collect();
    let trace = Rc::new(RefCell::new(Trace::new(Vec::new(), boards.clone())));
    let plain = Rc::new(RefCell::new(Plain::new(Vec::new(), boards)));
    lab.observe(Box::new(Rc::clone(&trace)));
    lab.observe(Box::new(Rc::clone(&plain)));
    lab.run();
    drop(lab);
    let text = |octets: std::io::Result<Vec<u8>>| String::from_utf8(octets.expect("memory")).expect("text");
    let trace = Rc::into_inner(trace).expect("the lab is gone").into_inner();
    let plain = Rc::into_inner(plain).expect("the lab is gone").into_inner();
    (text(trace.finish()), text(plain.finish()))
}

/// Shows a colour and waits.
async fn lamp(mut board: VirtualBoard) -> Ending {
    let Parts { pixels, radio, .. } = board.parts();
    pixels.set(0, Rgb::new(0, 25, 0));
    pixels.write().await;
    let mut buffer = [0; 250];
    loop {
        radio.receive(&mut buffer).await;
    }
}

#[test]
fn everybody_who_watches_is_told() {
    let mut builder = Lab::builder("lamp", 1)
        .until(millis(5_000))
        .board("lamp", Profile::ESP32_S3, address(1), lamp);
    for (at, what) in [
        (1_000, Intervention::PowerOn),
        (1_001, Intervention::Press),
        (1_002, Intervention::Crash),
        (1_003, Intervention::Crash),
        (2_000, Intervention::PowerOff),
        (2_001, Intervention::Restart),
        (2_002, Intervention::PowerOff),
        (2_003, Intervention::Press),
        (3_000, Intervention::PowerOn),
        (3_001, Intervention::PowerOff),
        (3_002, Intervention::PowerOn),
    ] {
        builder = builder.intervene_at(millis(at), what);
    }
    let (trace, plain) = told(builder);
    assert_eq!(
        trace,
        "0.000800 lamp pixels #0 (0, 25, 0)\n\
         1.001000 lamp pressed\n\
         1.002000 lamp reset: crash\n\
         1.328000 lamp started version 1.0.0\n\
         1.328800 lamp pixels #0 (0, 25, 0)\n\
         2.000000 lamp pixels off\n\
         2.000000 lamp off\n\
         2.003000 lamp pressed\n\
         3.000000 lamp reset: power on\n\
         3.001000 lamp off\n\
         3.002000 lamp reset: power on\n\
         3.328000 lamp started version 1.0.0\n\
         3.328800 lamp pixels #0 (0, 25, 0)\n"
    );
    let words = [
        "[  1.001000 lamp] button pressed",
        "[  1.002000 lamp] reset: crash",
        "[  1.328000 lamp] started version 1.0.0",
        "[  2.000000 lamp] power off",
    ];
    for line in words {
        assert!(plain.lines().any(|told| told == line), "{line:?} is not in\n{plain}");
    }
}

#[test]
fn a_report_tells_how_a_board_is_and_why_it_began_anew() {
    let builder = Lab::builder("lamp", 1)
        .board("off", Profile::ESP32_S3, address(1), lamp)
        .intervene_at(millis(1_000), Intervention::Crash)
        .intervene_at(millis(2_000), Intervention::PowerOff)
        .board("starting", Profile::ESP32_S3, address(2), lamp)
        .intervene_at(millis(2_900), Intervention::Restart)
        .board("running", Profile::ESP32_S3, address(3), lamp)
        .intervene_at(millis(1_000), Intervention::PowerOff)
        .intervene_at(millis(1_500), Intervention::PowerOn)
        .until(millis(3_000));
    let boards = run(builder).1.boards;
    let told: Vec<_> = boards
        .iter()
        .map(|board| (board.program.as_str(), &board.resets[..]))
        .collect();
    let expected: [(_, &[_]); 3] = [
        ("off", &["crash"]),
        ("starting", &["reset pin"]),
        ("running", &["power on"]),
    ];
    assert_eq!(told, expected);
    assert_eq!(boards[0].pixels, vec![[0; 3]; 25], "no power, no light");
}

// ---- radio ----

/// Sends a message every 100 ms and prints how each went.
async fn caller(mut board: VirtualBoard) -> Ending {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    radio.add_peer(Peer::new(address(2))).expect("a new peer");
    loop {
        let delivery = radio.send(address(2), b"are you there?").await;
        console.line(format_args!("{}", delivery == Ok(Delivery::Acknowledged)));
        clock.sleep(Duration::from_millis(100)).await;
    }
}

/// Prints what comes.
async fn callee(mut board: VirtualBoard) -> Ending {
    let Parts { radio, console, .. } = board.parts();
    loop {
        let received = radio.receive(&mut [0; 250]).await;
        console.line(format_args!("at {}", received.at.as_millis()));
    }
}

#[test]
fn a_board_without_power_is_not_there() {
    let builder = Lab::builder("calls", 1)
        .board("caller", Profile::ESP32_S3, address(1), caller)
        .board("callee", Profile::ESP32_S3, address(2), callee)
        .intervene_at(millis(250), Intervention::PowerOff)
        .intervene_at(millis(450), Intervention::PowerOn)
        .until(millis(1_150));
    let (seen, report, _) = run(builder);
    let calls: Vec<_> = report.boards[0].console.iter().map(|line| line == "true").collect();
    // Off from 250 ms on, back at 776.
    let off = calls.iter().position(|&answered| !answered).expect("some are in vain");
    let back = calls.iter().rposition(|&answered| !answered).expect("some are in vain") + 1;
    assert_eq!(off, 3, "{calls:?}");
    assert!((7..=8).contains(&back) && back < calls.len(), "{calls:?}");
    assert!(
        calls[..off].iter().chain(&calls[back..]).all(|&answered| answered),
        "{calls:?}"
    );
    let (gone, there) = (millis(250), millis(450) + BOOT);
    for reception in seen.0.iter().filter(|(at, _)| (gone..there).contains(at)) {
        assert!(
            !matches!(reception.1, Event::Reception(_) | Event::Received { .. }),
            "{reception:?}"
        );
    }
    // Its clock began anew, and the counters did not.
    let times = &report.boards[1].console;
    assert!(
        times[off..]
            .iter()
            .all(|line| line[3..].parse::<u64>().expect("ms") < 400),
        "{times:?}"
    );
    assert_eq!(report.boards[1].rx.frames as usize, times.len());
    assert!(report.advice.is_empty(), "{:?}", report.advice);
}

/// A frame of 12 ms from `a` to `b`, and a power cut in its middle at the board that is added last.
fn cut_in_a_frame(order: [&'static str; 3]) -> (Seen, sim::record::Report) {
    let mut builder = Lab::builder("cut", 1);
    for name in order {
        builder = match name {
            "a" => builder.board(name, Profile::ESP32_S3, address(1), |board| {
                let speech = Speech {
                    to: address(2),
                    rate: Rate::Dsss1M,
                    payload: 1_400,
                    at_us: vec![100_000],
                };
                speak(board, speech)
            }),
            "b" => builder.board(name, Profile::ESP32_S3, address(2), listen),
            _ => builder.board(name, Profile::ESP32_S3, address(3), listen),
        };
    }
    let (seen, report, _) = run(builder.intervene_at(millis(105), Intervention::PowerOff));
    (seen, report)
}

#[test]
fn a_frame_whose_sender_dies_reaches_nobody() {
    let (seen, report) = cut_in_a_frame(["b", "c", "a"]);
    assert_eq!(seen.transmissions().count(), 1, "it is not sent again");
    assert_eq!(seen.outcomes(2, 0), [Err(Loss::Fault)]);
    assert_eq!(seen.outcomes(2, 1), [Err(Loss::Fault)]);
    assert_eq!((report.medium.receptions, report.medium.lost.fault), (0, 2));
    assert_eq!((report.boards[2].tx.acked, report.boards[2].tx.failed), (0, 0));
}

#[test]
fn a_bystander_that_dies_disturbs_nobody() {
    let (seen, report) = cut_in_a_frame(["a", "b", "c"]);
    assert_eq!(seen.outcomes(0, 1), [Ok(())]);
    assert_eq!(seen.outcomes(0, 2), [], "it was no longer there");
    assert_eq!(report.boards[0].tx.acked, 1);
}

#[test]
fn what_is_on_its_way_to_a_driver_is_lost_with_it() {
    let link = Link {
        latency: Span::from_micros(500_000),
        ..Link::default()
    };
    let speech = Speech {
        to: address(2),
        rate: Rate::Dsss1M,
        payload: 10,
        at_us: vec![0, 600_000],
    };
    let builder = Lab::builder("late", 1)
        .links(Links::all(link))
        .board("a", Profile::ESP32_S3, address(1), move |board| {
            speak(board, speech.clone())
        })
        .board("b", Profile::ESP32_S3, address(2), callee)
        .intervene_at(millis(100), Intervention::Crash);
    let (_, report, _) = run(builder);
    assert_eq!(report.boards[1].console.len(), 1, "{:?}", report.boards[1].console);
    assert_eq!(report.boards[0].tx.acked, 2);
}

// ---- flash ----

const SIZE: usize = 9_000;

fn new_image() -> Vec<u8> {
    synthetic_image(ChipId::ESP32_S3, "lamp", "2", &[0x5a; SIZE]).into()
}

/// Version 1 upgrades to version 2 as often as it is started; version 2 confirms itself. Both count their starts.
async fn upgrade(mut board: VirtualBoard) -> Ending {
    let version = board.image().version;
    let Parts {
        firmware,
        storage,
        console,
        ..
    } = board.parts();
    let mut count = [0; 4];
    match storage.load("starts", &mut count).await {
        Ok(None | Some(4)) => {}
        other => return Ending::Failed(format!("a value is neither old nor new: {other:?}")),
    }
    let starts = u32::from_le_bytes(count) + 1;
    storage.store("starts", &starts.to_le_bytes()).await.expect("room");
    console.line(format_args!("version {version}, start {starts}"));
    if version.as_str() == "2" {
        firmware.confirm().await.expect("flash");
        return Ending::Finished;
    }
    let new = new_image();
    firmware.erase(0, new.len() as u32).await.expect("in the slot");
    firmware.write(0, &new).await.expect("in the slot");
    firmware.switch().await.expect("it is whole");
    match firmware.restart().await {}
}

fn upgrading(cuts: &[u64]) -> LabBuilder {
    let mut builder = Lab::builder("upgrade", 1)
        .board("lamp", Profile::ESP32_S3, address(1), upgrade)
        .image(synthetic_image(ChipId::ESP32_S3, "lamp", "1", &[0xa5; SIZE]));
    let mut at = Time::ZERO;
    for &micros in cuts {
        at += Span::from_micros(micros);
        builder = builder.intervene_at(at, Intervention::PowerOff);
        at += Span::from_micros(1_000);
        builder = builder.intervene_at(at, Intervention::PowerOn);
    }
    builder
}

/// How long an upgrade takes that nobody disturbs.
fn undisturbed() -> u64 {
    let (_, report, _) = run(upgrading(&[]));
    assert_eq!(report.boards[0].console, ["version 1, start 1", "version 2, start 2"]);
    assert_eq!(report.boards[0].program, "finished");
    report.virtual_us
}

fn survives(cuts: &[u64]) -> Result<(), TestCaseError> {
    let (seen, report, lab) = run(upgrading(cuts));
    let board = &report.boards[0];
    prop_assert_eq!(&board.program, "finished", "{:?} {:?}", cuts, board.console);
    let last = seen.0.iter().rev().find_map(|(_, event)| match event {
        Event::Console { line, .. } => Some(line.to_string()),
        _ => None,
    });
    prop_assert!(
        last.is_some_and(|line| line.starts_with("version 2")),
        "{:?} {:?}",
        cuts,
        board.console
    );
    let stuck = seen
        .0
        .iter()
        .any(|(_, event)| matches!(event, Event::Unbootable { .. }));
    prop_assert!(!stuck, "{:?}", cuts);
    // A start that printed had stored its number; one that did not may have.
    let mut before = 0;
    for line in &board.console {
        let number: u32 = line
            .rsplit(' ')
            .next()
            .and_then(|word| word.parse().ok())
            .expect("a number");
        prop_assert!(number > before, "{:?} {:?}", cuts, board.console);
        before = number;
    }
    drop(lab);
    Ok(())
}

#[test]
fn a_power_cut_at_any_step_of_an_upgrade_leaves_a_board_that_starts() {
    let whole = undisturbed();
    // Erasing 3 sectors, 36 pages, switching, restarting, confirming: in steps that are no multiple of any of theirs.
    assert!((500_000..1_000_000).contains(&whole), "{whole}");
    for cut in (1..whole + 10_000).step_by(1_237) {
        survives(&[cut]).unwrap_or_else(|error| panic!("{error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_number_of_power_cuts_leaves_a_board_that_starts(cuts in vec(1_u64..800_000, 1..6)) {
        survives(&cuts)?;
    }
}

/// Erases or writes, and after the cut tells what there is.
fn torn(cut_at: u64) -> (u8, u8, usize) {
    let found = Rc::new(RefCell::new(None));
    let tell = Rc::clone(&found);
    let builder = Lab::builder("torn", 1)
        .board(
            "a",
            Profile::ESP32_S3,
            address(1),
            async move |mut board: VirtualBoard| {
                let Parts { firmware, storage, .. } = board.parts();
                if storage.load("begun", &mut [0]).await == Ok(Some(1)) {
                    let mut octets = vec![0; 4_096];
                    firmware.read(Slot::Other, 0, &mut octets).await.expect("in the slot");
                    let changes = octets.windows(2).filter(|pair| pair[0] != pair[1]).count();
                    *tell.borrow_mut() = Some((octets[0], octets[4_095], changes));
                    return Ending::Finished;
                }
                storage.store("begun", &[1]).await.expect("room");
                // From here on 1 s to 1.0109 s: 16 pages; then 45 ms: a sector.
                let Parts { firmware, clock, .. } = board.parts();
                clock.sleep_until(millis(1_000).into()).await;
                firmware.write(0, &[0x5a; 4_096]).await.expect("in the slot");
                firmware.erase(0, 4_096).await.expect("in the slot");
                std::future::pending().await
            },
        )
        .intervene_at(Time::from_micros(cut_at), Intervention::PowerOff)
        .intervene_at(millis(2_000), Intervention::PowerOn);
    run(builder);
    found.take().expect("it started again")
}

#[test]
fn a_torn_write_leaves_a_part_of_it() {
    assert_eq!(torn(1_005_000), (0x5a, 0xff, 1), "half written");
    assert_eq!(torn(1_030_000), (0xff, 0x5a, 1), "half erased");
    assert_eq!(torn(1_100_000), (0xff, 0xff, 0), "erased");
}

#[test]
fn a_reset_does_not_stop_flash() {
    let builder = Lab::builder("reset", 1)
        .board("a", Profile::ESP32_S3, address(1), async |mut board: VirtualBoard| {
            let Parts { storage, console, .. } = board.parts();
            let kept = storage.load("k", &mut [0]).await;
            console.line(format_args!("{kept:?}"));
            storage.store("k", &[1]).await.expect("room");
            Ending::Finished
        })
        .intervene_at(Time::from_micros(100), Intervention::Crash);
    assert_eq!(run(builder).1.boards[0].console, ["Ok(None)", "Ok(Some(1))"]);
    let builder = Lab::builder("cut", 1)
        .board("a", Profile::ESP32_S3, address(1), async |mut board: VirtualBoard| {
            let Parts { storage, console, .. } = board.parts();
            let kept = storage.load("k", &mut [0]).await;
            console.line(format_args!("{kept:?}"));
            storage.store("k", &[1]).await.expect("room");
            Ending::Finished
        })
        .intervene_at(Time::from_micros(100), Intervention::PowerOff)
        .intervene_at(Time::from_micros(200), Intervention::PowerOn);
    assert_eq!(run(builder).1.boards[0].console, ["Ok(None)", "Ok(None)"]);
}

// ---- laws ----

/// Broadcasts whenever it likes, and reads what comes.
async fn chatter(mut board: VirtualBoard, peer: MacAddress) -> Ending {
    use rand_core::Rng as _;
    let Parts {
        radio, clock, random, ..
    } = board.parts();
    radio.add_peer(Peer::new(MacAddress::BROADCAST)).expect("a new peer");
    radio.add_peer(Peer::new(peer)).expect("a new peer");
    loop {
        clock.sleep(Duration::from_micros(random.next_u64() % 20_000)).await;
        let to = if random.next_u32() % 2 == 0 {
            peer
        } else {
            MacAddress::BROADCAST
        };
        let length = 1 + random.next_u32() as usize % 250;
        match radio.enqueue(to, &vec![0x55; length]) {
            Ok(()) | Err(Error::NoMem) => {}
            Err(error) => return Ending::Failed(error.name().to_owned()),
        }
        while radio.try_receive(&mut []).is_some() {}
    }
}

fn crowd(interventions: &[(u64, usize, Intervention)], spread_m: f64, latency: Span) -> LabBuilder {
    let link = Link {
        latency,
        ..Link::default()
    };
    let environment = Environment {
        path_loss: PathLoss::LogDistance(LogDistance::from_1_m(3.5)),
        ..Environment::desk()
    };
    let mut builder = Lab::builder("crowd", 5)
        .environment(environment)
        .links(Links::all(link))
        .until(millis(1_500));
    for index in 0..5_u16 {
        let peer = address((index + 1) % 5);
        builder = builder
            .board(&format!("b{index}"), Profile::ESP32_S3, address(index), move |board| {
                chatter(board, peer)
            })
            .at(Position::on_ground(spread_m * f64::from(index), 0.0));
        for &(at, board, what) in interventions {
            if board == usize::from(index) {
                builder = builder.intervene_at(Time::from_micros(at), what);
            }
        }
    }
    builder
}

fn any_intervention() -> impl Strategy<Value = (u64, usize, Intervention)> {
    use Intervention::{Crash, PowerOff, PowerOn, Press, Restart};
    (
        0_u64..1_500_000,
        0_usize..5,
        select(vec![Press, Restart, Crash, PowerOff, PowerOn]),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The medium's accounts are closed whatever happens to the boards (its own assertions say so), and a run is a function of
    /// its scenario and seed.
    #[test]
    fn runs_with_faults_are_the_same_again(
        interventions in vec(any_intervention(), 0..12),
        spread_m in select(vec![1.0, 40.0]),
        latency in select(vec![Span::ZERO, Span::from_micros(3_000)]),
    ) {
        let once = told(crowd(&interventions, spread_m, latency));
        let again = told(crowd(&interventions, spread_m, latency));
        prop_assert_eq!(once.0, again.0);

        let (seen, report, _) = run(crowd(&interventions, spread_m, latency));
        for board in &report.boards {
            prop_assert!(!board.program.starts_with("failed"), "{}", board.program);
        }
        // Nobody without a running program sends or receives.
        let mut up = [true; 5];
        for (at, event) in &seen.0 {
            match event {
                Event::Reset { board, .. } | Event::PowerOff { board } => up[board.index()] = false,
                Event::Started { board, .. } => up[board.index()] = true,
                Event::Transmission(frame) => prop_assert!(up[frame.sender.index()], "{} {:?}", at, event),
                Event::Reception(reception) => prop_assert!(up[reception.receiver.index()], "{} {:?}", at, event),
                Event::Received { board, .. } | Event::Sent { board, .. } => {
                    prop_assert!(up[board.index()], "{} {:?}", at, event);
                }
                _ => {}
            }
        }
    }
}

/// A button that nobody waits for changes nothing for anybody.
#[test]
fn a_press_disturbs_no_one() {
    let quiet = told(crowd(&[], 1.0, Span::ZERO)).0;
    let pressed = told(crowd(&[(700_000, 2, Intervention::Press)], 1.0, Span::ZERO)).0;
    let others: String = pressed
        .lines()
        .filter(|line| !line.ends_with("pressed"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(quiet, others);
}

#[test]
fn a_demo_can_be_disturbed_too() {
    let mut lab = demo("field", 1, &[("boards", "20")]).build();
    lab.run_until(millis(500));
    for board in 0..20 {
        lab.crash(sim::observe::BoardId(board));
    }
    let seen = Rc::new(RefCell::new(Seen::default()));
    lab.observe(Box::new(Rc::clone(&seen)));
    lab.run_until(millis(2_000));
    let seen = seen.borrow();
    let causes = seen.0.iter().filter(|(_, event)| {
        matches!(
            event,
            Event::Reset {
                cause: ResetCause::Panic,
                ..
            }
        )
    });
    assert_eq!(causes.count(), 20);
    let first = seen.transmissions().next().map(|frame| frame.start);
    assert!(first.is_some_and(|at| at >= millis(500) + BOOT), "{first:?}");
}
