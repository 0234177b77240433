//! Upgrades between boards.

mod ether;
mod fleet;

use std::collections::BTreeSet;

use ether::{Air, Ether};
use fleet::{Fleet, LAYOUT, Role, id, image};
use protocol::MacAddress;
use protocol::board::{FirmwareError, Slot};
use protocol::image::ChipId;
use protocol::message::{FrameHead, Kind, Message, UPGRADE_GROUP};
use protocol::service::upgrade::{
    Code, Command, End, Failure, ImageId, Initiator, InitiatorConfig, InitiatorEvent, Packet, Phase, Responder,
    ResponderConfig, ResponderEvent, Source, StartError, Status, Summary, Target, TargetState, TooLate,
};
use protocol::service::{Incoming, Input, Outcome, Output, Service as _};
use protocol::time::{Duration, Instant};
use rand_core::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

const MINUTE: Duration = Duration::from_secs(60);

const STRANGER: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 9, 9, 9]);

fn lossy(loss: f64) -> Air {
    Air { loss, ..Air::default() }
}

fn packets(fleet: &Fleet) -> u32 {
    LAYOUT.packets(fleet.new.len() as u32).expect("few").into()
}

fn outcome(summary: Summary) -> (End, u16, u16, u16) {
    (summary.end, summary.succeeded, summary.refused, summary.unfinished)
}

/// Lets all restart, and looks at what they run then.
fn all_run_the_new_image(fleet: &mut Fleet) {
    fleet.run_for(Duration::from_secs(10));
    for board in fleet.boards() {
        assert!(fleet.runs(board, &fleet.new), "board {board}");
    }
}

/// A message as if `source` had sent it to the upgrade group.
fn forge(fleet: &mut Fleet, source: MacAddress, magic: u16, payload: &[u8]) {
    let message = Message {
        kind: Kind::UpgradeData,
        head: FrameHead {
            magic,
            group: true,
            ..FrameHead::BROADCAST
        },
        destination: UPGRADE_GROUP,
        source,
        payload,
    };
    let mut octets = [0; 300];
    let length = message.emit(&mut octets).expect("there is room");
    fleet
        .ether
        .inject(source, protocol::Channel::DEFAULT, &octets[..length]);
}

fn forged_packet(number: u16, data: &[u8]) -> Vec<u8> {
    let mut octets = vec![0; 228];
    Packet { number, data }
        .emit(LAYOUT, &mut octets)
        .expect("there is room");
    octets
}

fn forged_question(image: ImageId) -> Vec<u8> {
    let mut octets = vec![0; 30];
    let packets = LAYOUT.packets(image.size).unwrap_or(u16::MAX);
    Status::question(image, packets)
        .emit(&mut octets)
        .expect("there is room");
    octets
}

/// Goes on until a board has so much of the image.
fn until_written(fleet: &mut Fleet, board: usize, octets: u32) {
    let until = fleet.ether.now() + MINUTE;
    let there = fleet.run_until(until, |fleet| {
        let progress = fleet.responder(board).progress();
        progress.is_some_and(|(written, _)| written >= octets)
    });
    assert!(there, "board {board} gets so far");
}

#[test]
fn all_boards_run_the_new_image_and_nothing_is_sent_twice() {
    let mut fleet = Fleet::new(3, 1, Air::default(), 20_000);
    fleet.send();
    let summary = fleet.summary(MINUTE);
    assert_eq!(outcome(summary), (End::Complete, 3, 0, 0));
    assert_eq!(summary.packets_sent, packets(&fleet));
    all_run_the_new_image(&mut fleet);
    for board in fleet.boards() {
        assert!(!fleet.ether.boards[board].flash.on_trial, "board {board}");
        assert!(fleet.ether.boards[board].flash.values.is_empty(), "nothing is kept");
        let told = &fleet.told[board];
        assert!(matches!(told[0], ResponderEvent::Started { .. }));
        let finished = |event: &ResponderEvent| matches!(event, ResponderEvent::Finished { version } if version.as_str() == "2.0.0");
        assert!(told.iter().any(finished));
        assert!(told.contains(&ResponderEvent::Confirmed));
    }
}

#[test]
fn the_components_algorithm_sends_everything_twice_and_asks_the_group() {
    let mut fleet = Fleet::new(3, 1, Air::default(), 20_000);
    fleet.configure(InitiatorConfig::COMPONENT, ResponderConfig::COMPONENT);
    fleet.send();
    let summary = fleet.summary(MINUTE);
    assert_eq!(outcome(summary), (End::Complete, 3, 0, 0));
    assert_eq!(summary.packets_sent, 2 * packets(&fleet));
    assert_eq!(fleet.count_frames(7, 2) as u32, 2 * packets(&fleet));
    let questions = fleet
        .ether
        .frames
        .iter()
        .map(|(_, _, octets)| Message::parse(octets).expect("a message"));
    let mut questions = questions.filter(|message| message.kind == Kind::UpgradeData && message.payload[0] == 3);
    assert!(questions.all(|question| question.destination == UPGRADE_GROUP && question.head.group));
}

/// Who was built from the component and who from this: all understand each other, through losses, duplicates and disorder.
#[test]
fn all_ways_understand_each_other() {
    let air = Air {
        loss: 0.3,
        duplication: 0.1,
        jitter: Duration::from_millis(15),
        ..Air::default()
    };
    for initiator in [InitiatorConfig::COMPONENT, InitiatorConfig::THRIFTY] {
        for responder in [ResponderConfig::COMPONENT, ResponderConfig::default()] {
            let mut fleet = Fleet::new(4, 7, air, 60_000);
            let restart_after = Some(Duration::from_secs(3));
            fleet.configure(
                initiator,
                ResponderConfig {
                    restart_after,
                    ..responder
                },
            );
            fleet.send();
            let summary = fleet.summary(10 * MINUTE);
            assert_eq!(
                outcome(summary),
                (End::Complete, 4, 0, 0),
                "{initiator:?} {responder:?}"
            );
            all_run_the_new_image(&mut fleet);
        }
    }
}

#[test]
fn pages_are_completed_one_after_the_other() {
    let mut fleet = Fleet::new(2, 3, lossy(0.1), 500_000);
    fleet.send();
    assert_eq!(outcome(fleet.summary(10 * MINUTE)), (End::Complete, 2, 0, 0));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn packets_can_be_sealable() {
    use protocol::service::upgrade::Layout;
    let mut fleet = Fleet::new(2, 3, lossy(0.1), 60_000);
    fleet.configure(
        InitiatorConfig {
            layout: Layout::SEALABLE,
            ..InitiatorConfig::THRIFTY
        },
        ResponderConfig {
            layout: Layout::SEALABLE,
            ..ResponderConfig::default()
        },
    );
    fleet.send();
    assert_eq!(outcome(fleet.summary(10 * MINUTE)), (End::Complete, 2, 0, 0));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn a_board_goes_on_after_a_power_cut() {
    let mut fleet = Fleet::new(2, 5, Air::default(), 100_000);
    fleet.send();
    until_written(&mut fleet, 1, 55_000);
    fleet.start(1);
    let summary = fleet.summary(10 * MINUTE);
    assert_eq!(outcome(summary), (End::Complete, 2, 0, 0));
    let resumed = fleet.told[1].iter().find_map(|event| match event {
        ResponderEvent::Resumed { written, .. } => Some(*written),
        _ => None,
    });
    let kept = resumed.expect("it goes on");
    assert!((50_000..56_000).contains(&kept), "{kept} octets: what was kept at 50 %");
    let more = summary.packets_sent - packets(&fleet);
    assert!(more < packets(&fleet) * 2 / 10, "{more} packets again");
    all_run_the_new_image(&mut fleet);
}

#[test]
fn another_initiator_goes_on_where_one_lost_its_power() {
    let mut fleet = Fleet::new(2, 5, Air::default(), 100_000);
    fleet.send();
    until_written(&mut fleet, 1, 80_000);
    fleet.start(0);
    fleet.send();
    let summary = fleet.summary(10 * MINUTE);
    assert_eq!(outcome(summary), (End::Complete, 2, 0, 0));
    assert!(
        summary.packets_sent < packets(&fleet) / 3,
        "{} packets",
        summary.packets_sent
    );
    all_run_the_new_image(&mut fleet);
}

#[test]
fn a_cut_between_switch_and_restart_costs_nothing() {
    for after in 0..40 {
        let mut fleet = Fleet::new(1, after, Air::default(), 10_000);
        fleet.send();
        let until = fleet.ether.now() + MINUTE;
        fleet.run_until(until, |fleet| fleet.responder(1).phase() == Phase::Verifying);
        fleet.run_for(Duration::from_millis(3 * after));
        fleet.start(1);
        fleet.with_responder(1, Responder::confirm);
        assert_eq!(
            outcome(fleet.summary(MINUTE)),
            (End::Complete, 1, 0, 0),
            "after {after}"
        );
        all_run_the_new_image(&mut fleet);
        assert!(fleet.ether.boards[1].flash.values.is_empty());
    }
}

#[test]
fn what_runs_already_is_not_sent() {
    let mut fleet = Fleet::new(2, 1, Air::default(), 20_000);
    let new = fleet.new.clone();
    fleet.ether.boards[1].flash.running = new;
    fleet.send();
    let summary = fleet.summary(MINUTE);
    assert_eq!(outcome(summary), (End::Complete, 2, 0, 0));
    assert!(fleet.told[1].contains(&ResponderEvent::AlreadyRunning));
    let state = fleet.with_initiator(|initiator, _| initiator.targets()[0].state);
    assert_eq!(state, TargetState::AlreadyRunning);
}

/// Sends an image that board 1 refuses, and gives why.
fn refusal(fleet: &mut Fleet) -> Failure {
    fleet.send();
    let summary = fleet.summary(MINUTE);
    assert_eq!(outcome(summary), (End::Complete, 0, 1, 0));
    assert!(fleet.runs(1, &fleet.old));
    let failure = fleet.told[1].iter().find_map(|event| match event {
        ResponderEvent::Failed { failure, .. } => Some(*failure),
        _ => None,
    });
    assert!(summary.packets_sent <= packets(fleet), "it is not sent again and again");
    failure.expect("it says why")
}

fn fleet_with(new: Vec<u8>) -> Fleet {
    let mut fleet = Fleet::new(1, 1, Air::default(), 10_000);
    fleet.ether.boards[0].flash.running.clone_from(&new);
    fleet.new = new;
    fleet
}

#[test]
fn images_that_do_not_belong_here_are_refused() {
    let mut same_version = fleet_with(image("1.0", ChipId::ESP32_S3, 5_000));
    assert_eq!(refusal(&mut same_version), Failure::SameVersion);
    let mut other_chip = fleet_with(image("2.0.0", ChipId::ESP32_C3, 5_000));
    assert_eq!(refusal(&mut other_chip), Failure::Chip);
    let mut too_large = fleet_with(image("2.0.0", ChipId::ESP32_S3, 720_000));
    assert_eq!(refusal(&mut too_large), Failure::TooLarge);
    let mut on_trial = Fleet::new(1, 1, Air::default(), 10_000);
    on_trial.ether.boards[1].flash.on_trial = true;
    assert_eq!(refusal(&mut on_trial), Failure::OnTrial);
}

#[test]
fn the_same_version_can_be_taken() {
    let mut fleet = fleet_with(image("1.0", ChipId::ESP32_S3, 5_000));
    let responder = ResponderConfig {
        same_version: true,
        ..ResponderConfig::default()
    };
    fleet.configure(InitiatorConfig::THRIFTY, responder);
    fleet.send();
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 1, 0, 0));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn a_board_on_trial_takes_an_image_once_it_has_confirmed_its_own() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 10_000);
    fleet.ether.boards[1].flash.on_trial = true;
    assert_eq!(refusal(&mut fleet), Failure::OnTrial);
    fleet.with_responder(1, Responder::confirm);
    fleet.run_for(Duration::from_secs(1));
    fleet.initiator_told.clear();
    fleet.send();
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 1, 0, 0));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn an_image_that_does_not_confirm_itself_is_given_up() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 10_000);
    fleet.confirms = false;
    fleet.send();
    fleet.summary(MINUTE);
    all_run_the_new_image(&mut fleet);
    fleet.start(1);
    assert!(fleet.runs(1, &fleet.old));
    fleet.run_for(Duration::from_secs(1));
    assert_eq!(fleet.responder(1).phase(), Phase::Idle);
}

#[test]
fn an_image_can_give_itself_up() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 10_000);
    fleet.confirms = false;
    fleet.send();
    fleet.summary(MINUTE);
    all_run_the_new_image(&mut fleet);
    fleet.with_responder(1, Responder::roll_back);
    fleet.run_for(Duration::from_secs(1));
    assert_eq!(fleet.told[1].last(), Some(&ResponderEvent::RolledBack));
    fleet.start(1);
    assert!(fleet.runs(1, &fleet.old));
}

#[test]
fn a_forged_packet_costs_another_try_and_no_more() {
    let mut fleet = Fleet::new(2, 1, Air::default(), 40_000);
    fleet.send();
    until_written(&mut fleet, 1, 10_000);
    let initiator = Ether::<Role>::address(0);
    forge(&mut fleet, initiator, 77, &forged_packet(150, &[0x5a; 224]));
    let summary = fleet.summary(10 * MINUTE);
    assert_eq!(outcome(summary), (End::Complete, 2, 0, 0));
    let broken = |event: &ResponderEvent| {
        matches!(
            event,
            ResponderEvent::Failed {
                failure: Failure::Image(_) | Failure::OtherImage,
                again: true
            }
        )
    };
    assert!(fleet.told[1].iter().any(broken));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn strangers_and_nonsense_change_nothing() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 40_000);
    fleet.send();
    until_written(&mut fleet, 1, 10_000);
    let initiator = Ether::<Role>::address(0);
    let size = fleet.new.len() as u32;
    let other = ImageId {
        hash: [9; 16],
        size: 5_000,
    };
    // Whoever it comes from: lengths and numbers that can't be.
    forge(&mut fleet, initiator, 1, &forged_packet(150, &[0x5a; 200]));
    forge(&mut fleet, initiator, 2, &forged_packet(40_000, &[0x5a; 224]));
    forge(&mut fleet, initiator, 3, &[2, 1]);
    forge(
        &mut fleet,
        initiator,
        4,
        &forged_question(ImageId { hash: [9; 16], size: 0 }),
    );
    forge(
        &mut fleet,
        initiator,
        5,
        &forged_question(ImageId {
            hash: [9; 16],
            size: u32::MAX,
        }),
    );
    // From others: packets, other images.
    forge(&mut fleet, STRANGER, 6, &forged_packet(150, &[0x5a; 224]));
    forge(&mut fleet, STRANGER, 7, &forged_question(other));
    forge(&mut fleet, STRANGER, 8, &forged_question(ImageId { size, ..other }));
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 1, 0, 0));
    assert!(
        !fleet.told[1]
            .iter()
            .any(|event| matches!(event, ResponderEvent::Failed { .. }))
    );
    let started = |event: &&ResponderEvent| matches!(event, ResponderEvent::Started { .. });
    assert_eq!(fleet.told[1].iter().filter(started).count(), 1);
    all_run_the_new_image(&mut fleet);
}

#[test]
fn bitmaps_of_strangers_and_lies_do_not_end_an_upgrade_early() {
    let mut fleet = Fleet::new(1, 1, lossy(0.2), 40_000);
    fleet.send();
    let image = id(&fleet.new);
    let packets = packets(&fleet) as u16;
    let address = Ether::<Role>::address(1);
    let until = fleet.ether.now() + MINUTE;
    let mut magic = 100;
    let done = fleet.run_until(until, |fleet| {
        magic += 1;
        let lies = [
            Status {
                written: image.size,
                ..Status::question(image, packets)
            },
            Status {
                code: Code::RUNNING,
                ..Status::question(image, packets)
            },
            Status {
                written: 5,
                page: 200,
                bitmap: &[0; 40],
                ..Status::question(image, packets)
            },
        ];
        let other = ImageId { hash: [1; 16], ..image };
        let about_another = Status {
            written: image.size,
            ..Status::question(other, packets)
        };
        let told = lies
            .iter()
            .map(|status| (STRANGER, status))
            .chain([(address, &about_another), (address, &lies[2])]);
        for (source, status) in told.filter(|_| magic % 50 == 0).collect::<Vec<_>>() {
            let mut payload = [0; 300];
            let length = status.emit(&mut payload).expect("there is room");
            let message = Message {
                kind: Kind::UpgradeStatus,
                head: FrameHead {
                    magic: magic + status.page as u16 + status.code.0 as u16,
                    ..FrameHead::UNICAST
                },
                destination: Ether::<Role>::address(0),
                source,
                payload: &payload[..length],
            };
            let mut octets = [0; 400];
            let length = message.emit(&mut octets).expect("there is room");
            fleet
                .ether
                .inject(source, protocol::Channel::DEFAULT, &octets[..length]);
        }
        fleet
            .initiator_told
            .iter()
            .any(|event| matches!(event, InitiatorEvent::Finished(_)))
    });
    assert!(done);
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 1, 0, 0));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn another_initiator_takes_over_from_a_silent_one() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 40_000);
    fleet.send();
    until_written(&mut fleet, 1, 10_000);
    fleet.with_initiator(|initiator, _| initiator.stop());
    assert_eq!(fleet.summary(MINUTE).end, End::Stopped);
    let other = image("3.0", ChipId::ESP32_S3, 4_000);
    forge(&mut fleet, STRANGER, 1, &forged_question(id(&other)));
    fleet.run_for(Duration::from_secs(1));
    assert_eq!(fleet.responder(1).phase(), Phase::Receiving);
    let started = |event: &&ResponderEvent| matches!(event, ResponderEvent::Started { .. });
    assert_eq!(
        fleet.told[1].iter().filter(started).count(),
        1,
        "the first has not been silent for long"
    );
    fleet.run_for(ResponderConfig::default().takeover_after);
    // It left the group, but hears what is for itself.
    let message = Message {
        kind: Kind::UpgradeData,
        head: FrameHead {
            magic: 5,
            ..FrameHead::UNICAST
        },
        destination: Ether::<Role>::address(1),
        source: STRANGER,
        payload: &forged_question(id(&other)),
    };
    let mut octets = [0; 100];
    let length = message.emit(&mut octets).expect("there is room");
    fleet
        .ether
        .inject(STRANGER, protocol::Channel::DEFAULT, &octets[..length]);
    fleet.run_for(Duration::from_secs(1));
    let last = fleet.told[1]
        .iter()
        .rfind(|event| matches!(event, ResponderEvent::Started { .. }));
    assert_eq!(
        last,
        Some(&ResponderEvent::Started {
            image: id(&other),
            initiator: STRANGER
        })
    );
}

#[test]
fn a_board_can_stop() {
    let mut fleet = Fleet::new(2, 1, Air::default(), 40_000);
    fleet.send();
    until_written(&mut fleet, 1, 10_000);
    fleet.with_responder(1, Responder::stop).expect("not too late");
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 1, 1, 0));
    fleet.run_for(Duration::from_secs(10));
    assert!(fleet.runs(1, &fleet.old) && fleet.runs(2, &fleet.new));
    assert!(fleet.ether.boards[1].flash.values.is_empty());
    fleet.with_responder(1, Responder::start);
    fleet.initiator_told.clear();
    fleet.send();
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 2, 0, 0));
    assert_eq!(fleet.with_responder(1, Responder::stop), Err(TooLate));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn what_can_not_begin_says_why() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 5_000);
    let board = Ether::<Role>::address(1);
    let slot = Source::Slot(Slot::Running);
    let mut start = |source, targets: &[MacAddress]| {
        fleet.with_initiator(|initiator, now| {
            let result = initiator.start(now, source, targets);
            if result.is_ok() {
                initiator.stop();
            }
            result
        })
    };
    assert_eq!(start(slot, &[]), Err(StartError::NoTargets));
    assert_eq!(start(slot, &[MacAddress::BROADCAST]), Err(StartError::GroupAddress));
    let many: Vec<_> = (0..9).map(|last| MacAddress([2, 0, 0, 0, 0, last])).collect();
    assert_eq!(start(slot, &many), Err(StartError::TooManyTargets));
    for size in [0, 4800 * 224 + 1, u32::MAX] {
        let image = ImageId { hash: [0; 16], size };
        assert_eq!(
            start(Source::Application(image), &[board]),
            Err(StartError::Size),
            "{size} octets"
        );
    }
    assert_eq!(start(slot, &[board]), Ok(()));
    assert_eq!(start(slot, &[board]), Err(StartError::Busy));
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Stopped, 0, 0, 1));
}

#[test]
fn without_an_image_there_is_no_upgrade() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 5_000);
    fleet.ether.boards[0].flash.running[40] ^= 1;
    fleet.send();
    assert!(matches!(fleet.summary(MINUTE).end, End::Image(_)));
}

#[test]
fn who_is_not_there_does_not_hold_up_the_others() {
    let mut fleet = Fleet::new(2, 1, Air::default(), 20_000);
    fleet.ether.power_off(2);
    fleet.send();
    let summary = fleet.summary(10 * MINUTE);
    assert_eq!(outcome(summary), (End::NobodyAnswers, 1, 0, 1));
    assert!(fleet.ether.now() < Instant::START + MINUTE);
}

/// Sends the new image, as an application that has it, under this name.
fn send_from_application(fleet: &mut Fleet, image: ImageId) -> Summary {
    let board = Ether::<Role>::address(1);
    fleet
        .with_initiator(|initiator, now| initiator.start(now, Source::Application(image), &[board]))
        .expect("it can begin");
    let until = fleet.ether.now() + MINUTE;
    let mut seen = 0;
    let done = fleet.run_until(until, |fleet| {
        while let Some(&event) = fleet.initiator_told.get(seen) {
            seen += 1;
            if let InitiatorEvent::Wanted { offset, length } = event {
                let part = fleet.new[offset as usize..][..usize::from(length)].to_vec();
                fleet.with_initiator(|initiator, _| initiator.provide(Some(&part)));
            }
        }
        matches!(fleet.initiator_told.last(), Some(InitiatorEvent::Finished(_)))
    });
    assert!(done);
    fleet.summary(MINUTE)
}

#[test]
fn the_application_can_have_the_image() {
    let mut fleet = Fleet::new(1, 1, lossy(0.1), 20_000);
    fleet.ether.boards[0].flash.running.clear();
    let image = id(&fleet.new);
    assert_eq!(
        outcome(send_from_application(&mut fleet, image)),
        (End::Complete, 1, 0, 0)
    );
    all_run_the_new_image(&mut fleet);
}

#[test]
fn an_image_that_was_announced_as_another_is_not_run() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 5_000);
    let image = ImageId {
        hash: [1; 16],
        ..id(&fleet.new)
    };
    let summary = send_from_application(&mut fleet, image);
    assert_eq!(outcome(summary), (End::Complete, 0, 1, 0));
    fleet.run_for(Duration::from_secs(10));
    assert!(fleet.runs(1, &fleet.old));
    let tries = fleet.told[1].iter().filter_map(|event| match event {
        ResponderEvent::Failed { failure, again } => Some((*failure, *again)),
        _ => None,
    });
    let other = Failure::OtherImage;
    assert!(tries.eq([(other, true), (other, true), (other, false)]));
}

#[test]
fn a_scan_finds_everybody_once_and_what_they_run() {
    let mut fleet = Fleet::new(5, 1, lossy(0.3), 5_000);
    fleet
        .with_initiator(|initiator, now| initiator.scan(now, Duration::from_secs(3)))
        .expect("it is idle");
    fleet.run_for(Duration::from_secs(4));
    let mut found = Vec::new();
    for event in &fleet.initiator_told {
        if let InitiatorEvent::Found(board) = event {
            assert_eq!((board.version.as_str(), board.project.as_str()), ("1.0", "lamp"));
            assert_eq!((board.rssi_dbm, board.channel.number()), (-40, 1));
            found.push(board.address);
        }
    }
    found.sort_unstable();
    assert_eq!(found, fleet.addresses());
    assert_eq!(fleet.initiator_told.last(), Some(&InitiatorEvent::Scanned));
    fleet
        .with_initiator(|initiator, now| initiator.start_found(now, Source::Slot(Slot::Running)))
        .expect("some were found");
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 5, 0, 0));
}

/// Answers become due while the flash is busy, more than one at a time, and descriptions are read one after the other.
#[test]
fn whoever_asks_at_once_gets_an_answer() {
    let now = Instant::START;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut responder = Responder::<636>::new(ResponderConfig {
        spread: Duration::ZERO,
        ..ResponderConfig::default()
    });
    assert!(matches!(responder.poll(now, &mut random), Output::Load { .. }));
    let mut asked = BTreeSet::new();
    for number in 1..=4 {
        let source = MacAddress([2, 0, 0, 0, 0, number]);
        asked.insert(source);
        responder.handle(now, request(source));
    }
    assert!(matches!(responder.poll(now, &mut random), Output::Wait(None)));
    responder.handle(
        now,
        Input::Loaded {
            key: "upgrade",
            value: Ok(None),
        },
    );
    let mut answered = BTreeSet::new();
    // What is sent stays under way while the flash is read.
    let mut under_way = None;
    for _ in 0..100 {
        let at = now + Duration::from_millis(100);
        match responder.poll(at, &mut random) {
            Output::Send(send) => {
                assert!(answered.insert(send.destination), "twice");
                under_way = Some(send.tag);
            }
            Output::Image(_) => responder.handle(at, Input::Image(Err(FirmwareError::Image))),
            Output::Wait(deadline) => {
                assert!(deadline.is_none_or(|deadline| deadline > at), "waits for the past");
                let Some(tag) = under_way.take() else { break };
                let outcome = Outcome::Acknowledged;
                responder.handle(at, Input::Sent { tag, outcome });
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(answered, asked);
}

#[test]
fn a_secured_board_hears_no_plain_question() {
    let now = Instant::START;
    for (security, secured, answers) in [(false, false, true), (true, false, false), (true, true, true)] {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut responder = Responder::<636>::new(ResponderConfig {
            spread: Duration::ZERO,
            security,
            ..ResponderConfig::default()
        });
        let Output::Load { key } = responder.poll(now, &mut random) else {
            panic!("it looks first what it has");
        };
        responder.handle(now, Input::Loaded { key, value: Ok(None) });
        let Input::Message(plain) = request(MacAddress([2, 0, 0, 0, 0, 1])) else {
            panic!("a message")
        };
        responder.handle(now, Input::Message(Incoming { secured, ..plain }));
        let (at, mut has_answered) = (now + Duration::from_millis(100), false);
        loop {
            match responder.poll(at, &mut random) {
                Output::Image(_) => responder.handle(at, Input::Image(Err(FirmwareError::Image))),
                Output::Send(_) => has_answered = true,
                Output::Wait(_) => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(has_answered, answers, "{security}, {secured}");
    }
}

fn request(source: MacAddress) -> Input<'static> {
    Input::Message(Incoming {
        message: Message {
            kind: Kind::UpgradeData,
            head: FrameHead::BROADCAST,
            destination: MacAddress::BROADCAST,
            source,
            payload: &Command::REQUEST,
        },
        secured: false,
        transmitter: source,
        rssi_dbm: -40,
        channel: protocol::Channel::DEFAULT,
        at: Instant::START,
    })
}

#[test]
fn a_damaged_record_is_forgotten() {
    let mut fleet = Fleet::new(1, 1, Air::default(), 40_000);
    fleet.send();
    until_written(&mut fleet, 1, 20_000);
    fleet.ether.boards[1]
        .flash
        .values
        .get_mut("upgrade")
        .expect("it is kept")[50] ^= 1;
    fleet.start(1);
    fleet.run_for(Duration::from_millis(10));
    assert_eq!(fleet.told[1].last(), Some(&ResponderEvent::RecordDamaged));
    assert_eq!(outcome(fleet.summary(MINUTE)), (End::Complete, 1, 0, 0));
    all_run_the_new_image(&mut fleet);
}

#[test]
fn weights() {
    assert!(size_of::<Responder>() <= 2048, "{}", size_of::<Responder>());
    assert!(size_of::<Initiator>() <= 4096, "{}", size_of::<Initiator>());
    assert!(size_of::<Target>() <= 24, "{}", size_of::<Target>());
}
