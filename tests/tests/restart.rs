//! What outlives a reset and what does not, and what a button, storage and two slots do on a virtual board.

use std::fmt::Write as _;

use protocol::board::{
    Board as _, Button as _, Clock as _, Console as _, Firmware as _, FirmwareError, ImageState, Parts, Pixels as _,
    Radio as _, Rgb, Slot, Storage as _, StorageError,
};
use protocol::espnow::Peer;
use protocol::image::{ChipId, Description, HASH_LEN};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::Rng as _;
use sim::board::{Profile, VirtualBoard, synthetic_image};
use sim::kernel::{Span, Time};
use sim::lab::{Intervention, Lab, LabBuilder};
use sim::observe::{BoardId, Ending, Event, ResetCause};
use tests::{address, listen, run};

const BOOT: Duration = Duration::from_millis(326);

fn seconds(seconds: u64) -> Time {
    Time::from_micros(seconds * 1_000_000)
}

/// A board alone, for a minute at most.
fn alone(app: impl AsyncFn(VirtualBoard) -> Ending + 'static) -> LabBuilder {
    Lab::builder("alone", 1)
        .until(seconds(60))
        .board("a", Profile::ESP32_S3, address(1), app)
}

fn console(builder: LabBuilder) -> Vec<String> {
    run(builder).1.boards[0].console.clone()
}

fn resets(events: &[(Time, Event)]) -> Vec<(Time, ResetCause)> {
    let resets = events.iter().filter_map(|(at, event)| match event {
        Event::Reset { cause, .. } => Some((*at, *cause)),
        _ => None,
    });
    resets.collect()
}

/// Which versions started, and whether on trial.
fn starts(events: &[(Time, Event)]) -> Vec<(String, bool)> {
    let starts = events.iter().filter_map(|(_, event)| match event {
        Event::Started { version, on_trial, .. } => Some((version.to_string(), *on_trial)),
        _ => None,
    });
    starts.collect()
}

#[test]
fn a_button_is_waited_for_and_presses_in_between_are_one() {
    let app = async |mut board: VirtualBoard| {
        let Parts {
            button, clock, console, ..
        } = board.parts();
        for _ in 0..2 {
            button.pressed().await;
            console.line(format_args!("{}", clock.now().as_millis()));
            clock.sleep(Duration::from_secs(5)).await;
        }
        button.pressed().await;
        Ending::Failed("a press too many".to_owned())
    };
    let mut builder = alone(app);
    for second in [1, 2, 3] {
        builder = builder.intervene_at(seconds(second), Intervention::Press);
    }
    assert_eq!(console(builder), ["1000", "6000"]);
}

#[test]
fn a_button_can_be_pressed_by_hand() {
    let mut lab = alone(async |mut board: VirtualBoard| {
        board.parts().button.pressed().await;
        Ending::Finished
    })
    .build();
    let seen = std::rc::Rc::new(std::cell::RefCell::new(tests::Seen::default()));
    lab.observe(Box::new(std::rc::Rc::clone(&seen)));
    lab.run_until(seconds(1));
    lab.press(BoardId(0));
    lab.press(BoardId(7));
    lab.run();
    assert!(matches!(seen.borrow().0.last(), Some((_, Event::Ended { .. }))));
}

#[test]
fn storage_outlives_resets_and_has_its_limits() {
    let app = async |mut board: VirtualBoard| {
        let Parts {
            storage,
            firmware,
            console,
            clock,
            ..
        } = board.parts();
        let mut buffer = [0; 16];
        let starts = match storage.load("starts", &mut buffer).await {
            Ok(Some(1)) => buffer[0] + 1,
            Ok(None) => 1,
            other => panic!("{other:?}"),
        };
        storage.store("starts", &[starts]).await.expect("room");
        console.line(format_args!("start {starts}"));
        if starts < 3 {
            firmware.restart().await;
        }
        let long = "a key too long for it";
        assert_eq!(storage.load(long, &mut buffer).await, Err(StorageError::Key));
        assert_eq!(storage.store("", b"x").await, Err(StorageError::Key));
        assert_eq!(storage.store("k", &[0; 2049]).await, Err(StorageError::Value));
        storage.store("k", &[1; 17]).await.expect("room");
        assert_eq!(
            storage.load("k", &mut buffer).await,
            Err(StorageError::Buffer { needed: 17 })
        );
        let before = clock.now();
        storage.store("k", &[1; 17]).await.expect("room");
        assert_eq!(clock.now(), before, "nothing to write");
        storage.store("k", &[2; 17]).await.expect("room");
        assert!(clock.now() > before);
        storage.remove("k").await.expect("a key");
        storage.remove("k").await.expect("a key");
        assert_eq!(storage.load("k", &mut buffer).await, Ok(None));
        for number in 0..9 {
            storage
                .store(&format!("long{number}"), &[number; 2048])
                .await
                .expect("room");
        }
        assert_eq!(storage.store("long9", &[9; 2048]).await, Err(StorageError::Full));
        Ending::Finished
    };
    let (seen, report, _) = run(alone(app));
    assert_eq!(report.boards[0].console, ["start 1", "start 2", "start 3"]);
    assert_eq!(report.boards[0].program, "finished");
    assert_eq!(report.boards[0].resets, ["restart", "restart"]);
    assert!(resets(&seen.0).iter().all(|&(_, cause)| cause == ResetCause::Software));
}

/// All that a reset takes away is there again as it was at first, but not the generator's numbers.
#[test]
fn memory_does_not_outlive_a_reset() {
    let app = async |mut board: VirtualBoard| {
        let Parts {
            radio,
            clock,
            pixels,
            random,
            console,
            ..
        } = board.parts();
        console.line(format_args!(
            "{} {} {} {:?} {}",
            clock.now().as_micros(),
            radio.channel(),
            random.next_u32(),
            radio
                .send(MacAddress::BROADCAST, b"no peer yet")
                .await
                .map_err(protocol::espnow::Error::name),
            radio.try_receive(&mut [0; 250]).is_some(),
        ));
        radio.add_peer(Peer::new(MacAddress::BROADCAST)).expect("no peer yet");
        radio.send(MacAddress::BROADCAST, b"hello").await.expect("a peer");
        radio
            .set_channel(Channel::new(6).expect("a channel"))
            .expect("a channel");
        pixels.fill(Rgb::new(0, 25, 0));
        pixels.write().await;
        pixels.fill(Rgb::new(25, 0, 0));
        let _ = write!(console, "half a line");
        clock.sleep_until(Instant::from_micros(10_000_000)).await;
        Ending::Finished
    };
    let builder = alone(app).intervene_at(seconds(5), Intervention::Restart);
    let (seen, report, _) = run(builder);
    let lines = &report.boards[0].console;
    assert_eq!((lines[1].as_str(), lines[3].as_str()), ("half a line", "half a line"));
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (first, second) = (words(&lines[0]), words(&lines[2]));
    assert_eq!(first[..2], ["0", "1"]);
    assert_eq!(first[..2], second[..2]);
    assert_ne!(first[2], second[2], "a chip's generator does not repeat itself");
    assert_eq!(first[3..], second[3..]);
    assert_eq!(
        report.boards[0].pixels,
        vec![[0, 25, 0]; 25],
        "the strip keeps its colours"
    );
    assert_eq!(u128::from(report.virtual_us), 15_000_000 + BOOT.as_micros());
    // The MAC counts from zero again.
    let numbers: Vec<_> = seen.transmissions().map(|frame| frame.mpdu[22..24].to_vec()).collect();
    assert_eq!(numbers, [[0, 0], [0, 0]]);
}

#[test]
fn flash_takes_its_time_and_has_its_rules() {
    let app = async |mut board: VirtualBoard| {
        let Parts { firmware, clock, .. } = board.parts();
        let mut now = clock.now();
        let mut passed = |then: Instant| (then - std::mem::replace(&mut now, then)).as_micros();
        assert_eq!(firmware.slot_size(), 2 << 20);
        let mut octets = [0; 8];
        firmware
            .read(Slot::Other, 4_000, &mut octets)
            .await
            .expect("in the slot");
        assert_eq!(octets, [0xff; 8]);
        passed(clock.now());
        firmware.erase(0, 4_097).await.expect("in the slot");
        assert_eq!(passed(clock.now()), 90_000, "two sectors");
        firmware.write(4_092, &[0x0f; 8]).await.expect("in the slot");
        assert_eq!(passed(clock.now()), 75, "two pages");
        firmware.write(4_092, &[0xf3; 4]).await.expect("in the slot");
        firmware
            .read(Slot::Other, 4_092, &mut octets)
            .await
            .expect("in the slot");
        assert_eq!(octets, [3, 3, 3, 3, 15, 15, 15, 15], "writing clears bits only");
        firmware.erase(4_096, 1).await.expect("in the slot");
        firmware
            .read(Slot::Other, 4_092, &mut octets)
            .await
            .expect("in the slot");
        assert_eq!(octets, [3, 3, 3, 3, 255, 255, 255, 255]);

        let size = firmware.slot_size();
        assert_eq!(
            firmware.read(Slot::Running, size - 4, &mut octets).await,
            Err(FirmwareError::Range)
        );
        assert_eq!(firmware.write(size, &[0; 4]).await, Err(FirmwareError::Range));
        assert_eq!(firmware.write(u32::MAX - 3, &[0; 8]).await, Err(FirmwareError::Range));
        assert_eq!(firmware.erase(0, size + 1).await, Err(FirmwareError::Range));
        assert_eq!(firmware.erase(4, 4).await, Err(FirmwareError::Alignment));
        assert_eq!(firmware.write(2, &[0; 4]).await, Err(FirmwareError::Alignment));
        assert_eq!(firmware.write(4, &[0; 3]).await, Err(FirmwareError::Alignment));
        assert_eq!(firmware.length(Slot::Other).await, None);
        assert_eq!(firmware.switch().await, Err(FirmwareError::Image));
        assert_eq!(firmware.roll_back().await, Err(FirmwareError::Image));
        assert_eq!(firmware.state(), ImageState::Confirmed);
        assert_eq!(firmware.confirm().await, Ok(()));
        Ending::Finished
    };
    assert_eq!(run(alone(app)).1.boards[0].program, "finished");
}

#[test]
fn the_running_image_can_be_read() {
    let app = async |mut board: VirtualBoard| {
        let known = board.image();
        let Parts { firmware, .. } = board.parts();
        let mut octets = [0; Description::LEN];
        firmware
            .read(Slot::Running, Description::OFFSET, &mut octets)
            .await
            .expect("in the slot");
        assert_eq!(Description::parse(&octets), Ok(known));
        assert_eq!((known.version.as_str(), known.project.as_str()), ("1.0.0", "alone"));
        assert_eq!(firmware.length(Slot::Running).await, Some(304 + HASH_LEN as u32));
        Ending::Finished
    };
    assert_eq!(run(alone(app)).1.boards[0].program, "finished");
}

fn image(version: &str) -> Vec<u8> {
    synthetic_image(ChipId::ESP32_S3, "lamp", version, &[0x5a; 8_192]).into()
}

async fn write_image(board: &mut VirtualBoard, octets: &[u8]) {
    let Parts { firmware, .. } = board.parts();
    firmware.erase(0, octets.len() as u32).await.expect("in the slot");
    firmware.write(0, octets).await.expect("in the slot");
}

/// Version 1 writes version 2 and starts it; version 2 does what the test is about.
fn upgrading(new: Vec<u8>, then: impl AsyncFn(&mut VirtualBoard) + 'static) -> LabBuilder {
    alone(async move |mut board: VirtualBoard| {
        if board.image().version.as_str() == "2" {
            then(&mut board).await;
            return Ending::Finished;
        }
        let mut tries = [0];
        board.parts().storage.load("tries", &mut tries).await.expect("flash");
        if tries[0] > 0 {
            return Ending::Finished;
        }
        board.parts().storage.store("tries", &[1]).await.expect("flash");
        write_image(&mut board, &new).await;
        let Parts { firmware, .. } = board.parts();
        if let Err(error) = firmware.switch().await {
            return Ending::Failed(error.to_string());
        }
        match firmware.restart().await {}
    })
    .image(image("1"))
}

fn versions(builder: LabBuilder) -> Vec<(String, bool)> {
    starts(&run(builder).0.0)
}

fn started(list: &[(&str, bool)]) -> Vec<(String, bool)> {
    list.iter()
        .map(|&(version, on_trial)| (version.to_owned(), on_trial))
        .collect()
}

#[test]
fn a_confirmed_image_stays() {
    let builder = upgrading(image("2"), async |board| {
        let Parts { firmware, clock, .. } = board.parts();
        if firmware.state() == ImageState::Confirmed {
            return;
        }
        assert!(clock.now() < Instant::from_micros(1_000), "a start is the clock's zero");
        assert_eq!(firmware.erase(0, 4).await, Err(FirmwareError::OnTrial));
        assert_eq!(firmware.write(0, &[0; 4]).await, Err(FirmwareError::OnTrial));
        firmware.confirm().await.expect("flash");
        assert_eq!(firmware.state(), ImageState::Confirmed);
    })
    .intervene_at(seconds(30), Intervention::Restart);
    assert_eq!(versions(builder), started(&[("2", true), ("2", false)]));
}

#[test]
fn an_image_that_does_not_confirm_itself_gives_way() {
    let builder = upgrading(image("2"), async |_| ()).intervene_at(seconds(30), Intervention::Crash);
    assert_eq!(versions(builder), started(&[("2", true), ("1", false)]));
}

#[test]
fn an_image_can_give_itself_up() {
    let builder = upgrading(image("2"), async |board| {
        let Parts { firmware, .. } = board.parts();
        firmware.confirm().await.expect("flash");
        firmware.roll_back().await.expect("there is one");
        match firmware.restart().await {}
    });
    assert_eq!(versions(builder), started(&[("2", true), ("1", false)]));
}

#[test]
fn images_that_can_not_run_are_passed_over() {
    let mut broken = image("2");
    broken[4_000] ^= 1;
    let (_, report, _) = run(upgrading(broken, async |_| ()));
    assert_eq!(report.boards[0].program, "failed: there is no whole image");

    let foreign = synthetic_image(ChipId::ESP32_C3, "lamp", "2", &[]).to_vec();
    assert_eq!(versions(upgrading(foreign, async |_| ())), started(&[("1", false)]));

    let unknown = upgrading(image("2"), async |_| ()).boots(|description| description.version.as_str() == "1");
    assert_eq!(versions(unknown), started(&[("1", false)]));
}

#[test]
fn a_board_without_an_image_does_not_start() {
    let builder = alone(listen)
        .image(&[0xff; 64][..])
        .intervene_at(seconds(1), Intervention::Restart)
        .intervene_at(seconds(2), Intervention::Crash);
    let (seen, report, _) = run(builder);
    assert_eq!(report.boards[0].program, "unbootable");
    assert_eq!(resets(&seen.0), [(seconds(1), ResetCause::Pin)]);
    assert_eq!(starts(&seen.0), []);
    let last = seen
        .0
        .last()
        .map(|(at, event)| (*at, matches!(event, Event::Unbootable { .. })));
    assert_eq!(last, Some((seconds(1) + Span::from(BOOT), true)));
}
