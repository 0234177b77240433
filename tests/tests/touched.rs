//! Whatever is done to a board from outside, at whatever moment, its program is woken when its time has come.

use embassy_futures::select::select;
use proptest::prelude::*;
use protocol::Channel;
use protocol::board::{
    Board as _, Button as _, Clock as _, Console as _, Parts, Pixels as _, Radio as _, Rgb, Storage as _,
};
use protocol::espnow::Peer;
use protocol::time::{Duration, Instant};
use sim::board::{Profile, VirtualBoard};
use sim::kernel::{Span, Time};
use sim::lab::{Action, Intervention, Lab, LabBuilder, LinkChange};
use sim::medium::propagation::Position;
use sim::observe::{BoardId, Ending, Event};
use tests::{address, run};

/// How a program waits for its next second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Sleeps,
    ListensMeanwhile,
    WatchesItsButton,
    ShowsPixels,
    KeepsValues,
    Sends,
}

const WAITS: [Wait; 6] = [
    Wait::Sleeps,
    Wait::ListensMeanwhile,
    Wait::WatchesItsButton,
    Wait::ShowsPixels,
    Wait::KeepsValues,
    Wait::Sends,
];

/// What is done to a board, one of each way into it.
#[derive(Clone, Copy, Debug)]
enum Touch {
    Press,
    Restart,
    Crash,
    PowerOff,
    PowerOn,
    Move,
    Tune,
    Sense,
    Type,
    Interrupt,
    DrivePin,
    LetPinGo,
    SetAnalogue,
    TakeOutput,
    LoseLink,
    MendLink,
    Part,
    Heal,
    Hold,
    Release,
}

const TOUCHES: [Touch; 20] = [
    Touch::Press,
    Touch::Restart,
    Touch::Crash,
    Touch::PowerOff,
    Touch::PowerOn,
    Touch::Move,
    Touch::Tune,
    Touch::Sense,
    Touch::Type,
    Touch::Interrupt,
    Touch::DrivePin,
    Touch::LetPinGo,
    Touch::SetAnalogue,
    Touch::TakeOutput,
    Touch::LoseLink,
    Touch::MendLink,
    Touch::Part,
    Touch::Heal,
    Touch::Hold,
    Touch::Release,
];

const SECOND: u64 = 1_000_000;

/// When the touches end.
const TOUCHED_FOR: u64 = 6 * SECOND;

/// When the run does.
const ENDS: u64 = 12 * SECOND;

async fn wait(board: &mut VirtualBoard, how: Wait, until: Instant, second: u64) {
    let Parts {
        radio,
        clock,
        pixels,
        button,
        storage,
        ..
    } = board.parts();
    match how {
        Wait::Sleeps => {}
        Wait::ListensMeanwhile => {
            let mut buffer = [0; 250];
            let listen = async {
                loop {
                    radio.receive(&mut buffer).await;
                }
            };
            select(listen, clock.sleep_until(until)).await;
        }
        Wait::WatchesItsButton => {
            let watch = async {
                loop {
                    button.pressed().await;
                }
            };
            select(watch, clock.sleep_until(until)).await;
        }
        Wait::ShowsPixels => {
            pixels.set(0, Rgb::new(second as u8, 0, 0));
            pixels.write().await;
        }
        Wait::KeepsValues => storage.store("second", &second.to_le_bytes()).await.expect("room"),
        Wait::Sends => {
            let _ = radio.send(address(1), b"tick").await;
        }
    }
    clock.sleep_until(until).await;
}

/// Says each second of its board's time.
async fn tick(mut board: VirtualBoard, how: Wait) -> Ending {
    if how == Wait::Sends {
        let _ = board.parts().radio.add_peer(Peer::new(address(1)));
    }
    for second in 1.. {
        wait(&mut board, how, Instant::from_micros(second * SECOND), second).await;
        let Parts { clock, console, .. } = board.parts();
        console.line(format_args!("{}", clock.now().as_micros()));
    }
    Ending::Finished
}

/// A board that every other one may send to, and the touched ones after it.
fn desk(waits: &[Wait]) -> LabBuilder {
    let builder = Lab::builder("touched", 1).until(Time::from_micros(ENDS)).board(
        "heard",
        Profile::ESP32_S3,
        address(1),
        async |mut board: VirtualBoard| {
            let mut buffer = [0; 250];
            loop {
                board.parts().radio.receive(&mut buffer).await;
            }
        },
    );
    (2..).zip(waits).fold(builder, |builder, (number, &how)| {
        builder.board(
            &format!("{number} {how:?}"),
            Profile::ESP32_S3,
            address(number),
            async move |board| tick(board, how).await,
        )
    })
}

fn touch(lab: &mut Lab, board: BoardId, touch: Touch) {
    let heard = BoardId(0);
    let link = |loss| LinkChange {
        loss: Some(loss),
        ..LinkChange::default()
    };
    match touch {
        Touch::Press => lab.press(board),
        Touch::Restart => lab.restart(board),
        Touch::Crash => lab.crash(board),
        Touch::PowerOff => lab.power_off(board),
        Touch::PowerOn => lab.power_on(board),
        Touch::Move => lab.act(Action::Move(board, Position::on_ground(3.0, 4.0))),
        Touch::Tune => lab.act(Action::Tune(board, Channel::new(6).expect("one of 14"))),
        Touch::Sense => lab.act(Action::Sense(board, "temperature".into(), 21.5)),
        Touch::Type => lab.type_in(board, b"print(1)\r"),
        Touch::Interrupt => lab.interrupt(board),
        Touch::DrivePin => lab.drive_pin(board, 4, Some(true)),
        Touch::LetPinGo => lab.drive_pin(board, 4, None),
        Touch::SetAnalogue => lab.set_analogue(board, 1, 40_000),
        Touch::TakeOutput => drop(lab.take_output(board)),
        Touch::LoseLink => lab.act(Action::Link(board, heard, link(1.0))),
        Touch::MendLink => lab.act(Action::Link(board, heard, link(0.0))),
        Touch::Part => lab.act(Action::Part(vec![vec![heard], vec![board]])),
        Touch::Heal => lab.act(Action::Heal),
        Touch::Hold => lab.act(Action::Hold(board, heard)),
        Touch::Release => lab.act(Action::Release(board, heard)),
    }
}

/// The ticks of each touched board: when, by the lab's time and by its own.
fn ticks(waits: &[Wait], touches: &[(u64, usize, Touch)]) -> Vec<Vec<(u64, u64)>> {
    let mut lab = desk(waits).build();
    let seen = std::rc::Rc::new(std::cell::RefCell::new(tests::Seen::default()));
    lab.observe(Box::new(std::rc::Rc::clone(&seen)));
    let mut touches = touches.to_vec();
    touches.sort_by_key(|&(at, ..)| at);
    for (at, place, what) in touches {
        lab.run_until(Time::from_micros(at));
        touch(&mut lab, BoardId(1 + place as u32), what);
    }
    lab.run_until(Time::from_micros(TOUCHED_FOR));
    // Whatever was done to them, they are on again.
    for place in 0..waits.len() {
        touch(&mut lab, BoardId(1 + place as u32), Touch::PowerOn);
    }
    lab.run();
    let mut ticks = vec![Vec::new(); waits.len()];
    for (at, event) in &seen.borrow().0 {
        if let Event::Console { board, line } = event
            && let Some(ticks) = board.0.checked_sub(1).and_then(|place| ticks.get_mut(place as usize))
        {
            ticks.push((at.as_micros(), line.parse().expect("a number")));
        }
    }
    ticks
}

/// A program may be late by what it does after its wait: a value in flash, a frame with all its repetitions.
fn is_regular(ticks: &[(u64, u64)], from: u64) -> bool {
    let late = 300_000;
    let mut last = from;
    for &(at, own) in ticks.iter().filter(|(at, _)| *at >= from) {
        if own % SECOND > late || at - last > SECOND + late {
            return false;
        }
        last = at;
    }
    ENDS - last <= SECOND + late
}

fn touches_of(from: &'static [Touch]) -> impl Strategy<Value = Vec<(u64, usize, Touch)>> {
    let touch = (0..TOUCHED_FOR, 0..WAITS.len(), prop::sample::select(from));
    prop::collection::vec(touch, 0..25)
}

/// All that neither resets a board nor takes its power away.
fn harmless() -> &'static [Touch] {
    static HARMLESS: std::sync::LazyLock<Vec<Touch>> = std::sync::LazyLock::new(|| {
        let resets = |touch: &Touch| matches!(touch, Touch::Restart | Touch::Crash | Touch::PowerOff | Touch::PowerOn);
        TOUCHES.into_iter().filter(|touch| !resets(touch)).collect()
    });
    &HARMLESS
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_touched_board_does_not_lose_its_time(touches in touches_of(harmless())) {
        for (how, ticks) in WAITS.iter().zip(ticks(&WAITS, &touches)) {
            prop_assert!(is_regular(&ticks, 0), "{how:?}: {ticks:?}");
            prop_assert_eq!(ticks.len(), 11 + usize::from(ticks.last().is_some_and(|&(at, _)| at == ENDS)), "{:?}", how);
        }
    }

    #[test]
    fn a_board_that_was_reset_finds_its_time_again(touches in touches_of(&TOUCHES)) {
        // From its last start on, each goes on for good.
        let begins = TOUCHED_FOR + 2 * SECOND;
        for (how, ticks) in WAITS.iter().zip(ticks(&WAITS, &touches)) {
            prop_assert!(is_regular(&ticks, begins), "{how:?}: {ticks:?}");
        }
    }
}

/// How long a board sleeps that sleeps again and again.
const ASLEEP: u64 = SECOND;

/// A program that has its board sleep, and sleep again when it has woken: for a second, or until the button is low.
#[cfg(unix)]
fn sleeper() -> Vec<u8> {
    let fields = [&[0x04][..], &[0; 8], &[1], &ASLEEP.to_le_bytes(), &[2, 0, 1], &[0; 7]].concat();
    let length = u16::try_from(fields.len()).expect("it is short");
    [&length.to_le_bytes()[..], &fields].concat().repeat(200)
}

/// When the boards of such programs fell asleep and when they began again, one after the other, and when something that
/// is no sleep reset them.
#[cfg(unix)]
fn sleeps(touches: &[(u64, usize, Touch)]) -> Vec<Vec<(u64, bool)>> {
    let said = || (sleeper(), std::rc::Rc::default());
    let mut lab = sim::external::rehearse(vec![said(), said(), said()]).expect("sockets");
    let seen = std::rc::Rc::new(std::cell::RefCell::new(tests::Seen::default()));
    lab.observe(Box::new(std::rc::Rc::clone(&seen)));
    let mut touches = touches.to_vec();
    touches.sort_by_key(|&(at, ..)| at);
    for (at, place, what) in touches {
        lab.run_until(Time::from_micros(at));
        touch(&mut lab, BoardId(1 + (place % 2) as u32), what);
    }
    lab.run();
    let mut sleeps = vec![Vec::new(); 2];
    for (at, event) in &seen.borrow().0 {
        let (board, sleeps_now) = match event {
            Event::Reset { board, cause } => (board, *cause == sim::observe::ResetCause::DeepSleep),
            Event::Started { board, .. } => (board, false),
            _ => continue,
        };
        if let Some(sleeps) = board.0.checked_sub(1).and_then(|place| sleeps.get_mut(place as usize)) {
            sleeps.push((at.as_micros(), sleeps_now));
        }
    }
    sleeps
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_board_in_deep_sleep_wakes_when_its_time_or_its_button_does(touches in touches_of(harmless())) {
        let touches: Vec<_> = touches.into_iter().map(|(at, place, what)| (at * 4 / 6, place, what)).collect();
        let boot = Profile::ESP32_S3.boot.as_micros();
        for (place, events) in sleeps(&touches).iter().enumerate() {
            prop_assert!(events.len() >= 6, "{:?}", events);
            let presses = touches.iter().filter(|(_, other, what)| other % 2 == place && matches!(what, Touch::Press));
            // A press is a tenth of a second long, and one that comes meanwhile makes it longer.
            let is_low = |at: u64| presses.clone().any(|&(press, ..)| (press..press + 100_000).contains(&at));
            for pair in events.windows(2) {
                let &[(fell, true), (woke, false)] = pair else { continue };
                let next = presses.clone().map(|&(press, ..)| press).filter(|&press| press > fell).min();
                let begins = if is_low(fell) { fell } else { next.unwrap_or(u64::MAX).min(fell + ASLEEP) };
                prop_assert_eq!(woke, begins + boot, "board {} {:?} {:?}", place, events, touches);
            }
            let &(last, is_asleep) = events.last().expect("it slept");
            prop_assert!(is_asleep && 5 * SECOND - last <= ASLEEP + boot, "{:?}", events);
        }
    }

    #[test]
    fn a_sleeping_board_that_was_reset_wakes_again(touches in touches_of(&TOUCHES)) {
        // Half of them come early, so that there is time left to find its rhythm again.
        let mut touches: Vec<_> = touches.into_iter().map(|(at, place, what)| (at * 2 / 6, place, what)).collect();
        touches.extend([0, 1].map(|place| (2 * SECOND + 1, place, Touch::PowerOn)));
        let boot = Profile::ESP32_S3.boot.as_micros();
        for events in sleeps(&touches) {
            let &(last, is_asleep) = events.last().expect("it slept");
            prop_assert!(is_asleep && 5 * SECOND - last <= ASLEEP + boot, "{:?}", events);
        }
    }
}

#[test]
fn a_press_comes_up_again_although_nobody_watches_the_button() {
    // The press is over a tenth of a second later, and a second one can be seen then.
    let mut lab = desk(&[Wait::Sleeps]).build();
    lab.type_in(BoardId(1), b"");
    lab.run_until(Time::from_micros(2_500_000));
    lab.press(BoardId(1));
    lab.run_until(Time::from_micros(2_550_000));
    assert_eq!(lab.next_at(), Some(Time::from_micros(2_600_000)));
}

#[test]
fn a_program_that_waits_for_what_cannot_come_is_told_once() {
    let builder = Lab::builder("in vain", 1)
        .until(Time::from_micros(ENDS))
        .board(
            "lost",
            Profile::ESP32_S3,
            address(1),
            async |mut board: VirtualBoard| {
                board.parts().clock.sleep(Duration::from_secs(1)).await;
                std::future::pending().await
            },
        )
        .intervene_at(Time::from_micros(2 * SECOND), Intervention::Press)
        .board(
            "patient",
            Profile::ESP32_S3,
            address(2),
            async |mut board: VirtualBoard| {
                board.parts().button.pressed().await;
                Ending::Finished
            },
        )
        .ends_when_quiet_for(Span::from_micros(3 * SECOND));
    let (seen, ..) = run(builder);
    let advice: Vec<_> = seen
        .0
        .iter()
        .filter_map(|(at, event)| match event {
            Event::Advice(advice) => Some((at.as_micros(), advice.board, advice.trap)),
            _ => None,
        })
        .collect();
    assert_eq!(advice, [(SECOND, BoardId(0), "waits-in-vain")]);
}
