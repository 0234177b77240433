//! Whatever happens, and whenever: a board runs the old image or the new one, octet by octet.

mod ether;
mod fleet;

use ether::{Air, Ether};
use fleet::{Fleet, LAYOUT, Role, id, image};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::board::Slot;
use protocol::image::ChipId;
use protocol::message::{FrameHead, Kind, Message, UPGRADE_GROUP};
use protocol::service::upgrade::{
    Code, ImageId, InitiatorConfig, Packet, RECORD_HEAD_LEN, Responder, ResponderConfig, Status, TargetState,
};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};

const BOARDS: usize = 3;

/// What may happen to boards and air.
#[derive(Clone, Debug)]
enum Fate {
    /// A board's power is cut, and comes back so much later. Board 0 is the initiator, who then begins anew.
    Cut { board: usize, dark_millis: u64 },
    /// The air is another from now on.
    Air {
        loss: f64,
        duplication: f64,
        jitter_millis: u64,
    },
    /// Octets from nowhere.
    Noise(Vec<u8>),
    /// An upgrade's message from somebody: another board, the initiator, a stranger.
    Forgery { source: u8, answer: bool, payload: Vec<u8> },
    /// The initiator's application stops it, and begins again, with this image or the other one.
    Stop { rival: bool },
    /// A board's application takes everything again.
    Start { board: usize },
}

fn status() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![Just(0_u32), 1..60_000_u32, any::<u32>()];
    let code = prop_oneof![Just(0_i16), 0x1001..=0x100b_i16, any::<i16>()];
    (
        any::<bool>(),
        size,
        code,
        any::<Option<u16>>(),
        any::<u32>(),
        any::<u8>(),
        vec(any::<u8>(), 0..200),
    )
        .prop_map(|(ours, size, code, packets, written, page, bitmap)| {
            let new = image("2.0.0", ChipId::ESP32_S3, SIZE);
            let image = if ours {
                id(&new)
            } else {
                ImageId { hash: [3; 16], size }
            };
            let packets = packets.or(LAYOUT.packets(image.size)).unwrap_or_default();
            let status = Status {
                image,
                code: Code(code),
                packets,
                written,
                page,
                bitmap: &bitmap,
            };
            let mut octets = vec![0; status.buffer_len()];
            status.emit(&mut octets).expect("there is room");
            octets
        })
}

fn packet() -> impl Strategy<Value = Vec<u8>> {
    (0..120_u16, vec(any::<u8>(), 0..=224)).prop_map(|(number, data)| {
        let mut octets = vec![0; 228];
        Packet { number, data: &data }
            .emit(LAYOUT, &mut octets)
            .expect("there is room");
        octets
    })
}

fn fate() -> impl Strategy<Value = Fate> {
    let payload = prop_oneof![status(), packet(), vec(any::<u8>(), 0..230)];
    prop_oneof![
        4 => (0..=BOARDS, 0..4000_u64).prop_map(|(board, dark_millis)| Fate::Cut { board, dark_millis }),
        2 => (0.0..0.5, 0.0..0.3, 0..40_u64)
            .prop_map(|(loss, duplication, jitter_millis)| Fate::Air { loss, duplication, jitter_millis }),
        1 => vec(any::<u8>(), 0..250).prop_map(Fate::Noise),
        3 => (0..=5_u8, any::<bool>(), payload)
            .prop_map(|(source, answer, payload)| Fate::Forgery { source, answer, payload }),
        2 => any::<bool>().prop_map(|rival| Fate::Stop { rival }),
        1 => (1..=BOARDS).prop_map(|board| Fate::Start { board }),
    ]
}

const SIZE: usize = 20_000;

fn suffer(fleet: &mut Fleet, fate: &Fate, magic: u16) {
    match fate {
        Fate::Cut { board, dark_millis } => {
            fleet.ether.power_off(*board);
            fleet.run_for(Duration::from_millis(*dark_millis));
            fleet.start(*board);
            if *board == 0 {
                fleet.send();
            } else {
                fleet.with_responder(*board, Responder::confirm);
            }
        }
        Fate::Air {
            loss,
            duplication,
            jitter_millis,
        } => {
            fleet.ether.air = Air {
                loss: *loss,
                duplication: *duplication,
                jitter: Duration::from_millis(*jitter_millis),
                ..Air::default()
            };
        }
        Fate::Noise(octets) => {
            fleet.ether.inject(MacAddress([2; 6]), Channel::DEFAULT, octets);
        }
        Fate::Forgery {
            source,
            answer,
            payload,
        } => {
            let source = Ether::<Role>::address((*source).into());
            let message = Message {
                kind: if *answer {
                    Kind::UpgradeStatus
                } else {
                    Kind::UpgradeData
                },
                head: FrameHead {
                    magic,
                    group: !answer,
                    ..FrameHead::BROADCAST
                },
                destination: if *answer {
                    Ether::<Role>::address(0)
                } else {
                    UPGRADE_GROUP
                },
                source,
                payload,
            };
            let mut octets = [0; 300];
            let length = message.emit(&mut octets).expect("there is room");
            fleet.ether.inject(source, Channel::DEFAULT, &octets[..length]);
        }
        Fate::Stop { rival } => {
            fleet.with_initiator(|initiator, _| initiator.stop());
            fleet.run_for(Duration::from_secs(1));
            if !fleet.with_initiator(|initiator, _| initiator.is_busy()) {
                fleet.send_slot(if *rival { Slot::Other } else { Slot::Running });
            }
        }
        Fate::Start { board } => fleet.with_responder(*board, Responder::start),
    }
}

/// What holds at every moment.
fn check(fleet: &Fleet, forged: bool) -> Result<(), TestCaseError> {
    let images = [&fleet.old, &fleet.new, &fleet.rival];
    for board in fleet.boards() {
        let flash = &fleet.ether.boards[board].flash;
        let runs = images.into_iter().find(|image| fleet.runs(board, image));
        prop_assert!(runs.is_some(), "board {} runs something else", board);
        let next = images.iter().any(|image| flash.other.starts_with(image));
        prop_assert!(next || !flash.switched, "board {} will run something else", board);
        // What is kept is true of the flash, unless somebody forged a packet, or the slots were exchanged since.
        let Some(record) = flash.values.get("upgrade").filter(|_| !forged) else {
            continue;
        };
        let announced = images.into_iter().find(|image| id(image).hash == record[8..24]);
        let announced = announced.expect("nothing else was announced");
        if Some(announced) == runs || flash.switched {
            continue;
        }
        for (number, part) in announced.chunks(LAYOUT.packet_len()).enumerate() {
            if record[RECORD_HEAD_LEN + number / 8] >> (number % 8) & 1 == 1 {
                let there = flash.other.get(number * LAYOUT.packet_len()..).unwrap_or_default();
                prop_assert!(
                    there.starts_with(part),
                    "board {} does not have packet {}",
                    board,
                    number
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_old_image_runs_or_the_new_one(
        seed: u64,
        component: bool,
        component_boards: bool,
        fates in vec((0..1500_u64, fate()), 0..14),
    ) {
        let mut fleet = Fleet::new(BOARDS, seed, Air::default(), SIZE);
        let initiator = if component { InitiatorConfig::COMPONENT } else { InitiatorConfig::THRIFTY };
        let responder = if component_boards { ResponderConfig::COMPONENT } else { ResponderConfig::default() };
        let restart_after = Some(Duration::from_secs(3));
        fleet.configure(initiator, ResponderConfig { restart_after, same_version: false, ..responder });
        fleet.send();
        // The component's initiator lets boards take the packets of one image for those of another, as a forger would.
        let forged = fates.iter().any(|(_, fate)| match fate {
            Fate::Forgery { .. } => true,
            Fate::Stop { rival } => component && *rival,
            _ => false,
        });
        for (magic, (millis, fate)) in (1000..).zip(&fates) {
            let until = fleet.ether.now() + Duration::from_millis(*millis);
            let mut result = Ok(());
            fleet.run_until(until, |fleet| {
                result = check(fleet, forged);
                result.is_err()
            });
            result?;
            suffer(&mut fleet, fate, magic);
            check(&fleet, forged)?;
        }
        // Peace comes: the next upgrade gets through everywhere.
        fleet.ether.air = Air { loss: 0.1, ..Air::default() };
        fleet.run_for(ResponderConfig::default().takeover_after);
        for board in fleet.boards() {
            fleet.start(board);
            fleet.with_responder(board, |board| {
                board.confirm();
                board.start();
            });
        }
        fleet.run_for(Duration::from_secs(2));
        fleet.start(0);
        fleet.initiator_told.clear();
        fleet.send();
        let summary = fleet.summary(Duration::from_secs(1200));
        let states: Vec<_> = fleet.with_initiator(|initiator, _| initiator.targets().iter().map(|target| target.state).collect());
        if !component {
            prop_assert_eq!(summary.unfinished, 0, "{:?}", states);
            prop_assert!(states.iter().all(|state| matches!(state, TargetState::Succeeded | TargetState::AlreadyRunning)), "{:?} {:?}", states, fleet.told);
            fleet.run_for(Duration::from_secs(70));
            for board in fleet.boards() {
                prop_assert!(fleet.runs(board, &fleet.new), "board {} {:?}", board, fleet.told[board]);
            }
        }
        check(&fleet, forged)?;
        prop_assert!(fleet.ether.now() > Instant::START);
    }
}
