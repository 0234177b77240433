//! The key is given: to many at once, over a bad air, to boards that restart, among liars.

mod ether;

use ether::{Air, Ether, Services};
use proptest::prelude::*;
use protocol::board::StorageError;
use protocol::message::{AppKey, Kind, Message};
use protocol::service::Service;
use protocol::service::security::{
    BoardResult, CLOSED_FOR, Initiator, InitiatorEvent, KeptError, MAX_BOARDS, Mode, Modes, Packet, ProofOfPossession,
    Reached, ResetOutcome, Responder, ResponderEvent, STORED_GUESSES, STORED_KEY, Terms,
};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::{Rng, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

const TEXT: &[u8] = b"a proof of possession";

#[allow(
    clippy::large_enum_variant,
    reason = "there are a hundred of the small one, in a test"
)]
enum Role {
    Giver(Initiator<MAX_BOARDS>),
    Taker(Responder),
}

struct Station {
    role: Role,
    given: Vec<InitiatorEvent>,
    taken: Vec<ResponderEvent>,
}

impl Station {
    fn giver(address: MacAddress) -> Self {
        Self::new(Role::Giver(Initiator::new(address)))
    }

    fn taker(address: MacAddress, text: &[u8], modes: Modes) -> Self {
        Self::new(Role::Taker(Responder::new(
            address,
            ProofOfPossession::new(text),
            modes,
        )))
    }

    const fn new(role: Role) -> Self {
        Self {
            role,
            given: Vec::new(),
            taken: Vec::new(),
        }
    }

    fn key(&self) -> Option<(&AppKey, Mode)> {
        match &self.role {
            Role::Giver(_) => None,
            Role::Taker(responder) => responder.key(),
        }
    }

    fn initiator(&mut self) -> &mut Initiator<MAX_BOARDS> {
        match &mut self.role {
            Role::Giver(initiator) => initiator,
            Role::Taker(_) => panic!("no initiator"),
        }
    }

    fn result(&self, address: MacAddress) -> Option<BoardResult> {
        self.given.iter().find_map(|event| match event {
            InitiatorEvent::Board { address: board, result } if *board == address => Some(*result),
            _ => None,
        })
    }

    fn is_finished(&self) -> bool {
        matches!(self.given.last(), Some(InitiatorEvent::Finished { .. }))
    }
}

impl Services for Station {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        match &mut self.role {
            Role::Giver(initiator) => {
                self.given.extend(std::iter::from_fn(|| initiator.poll_event()));
                vec![initiator]
            }
            Role::Taker(responder) => {
                self.taken.extend(std::iter::from_fn(|| responder.poll_event()));
                vec![responder]
            }
        }
    }
}

fn address(index: usize) -> MacAddress {
    Ether::<Station>::address(index)
}

fn key() -> AppKey {
    AppKey::new(std::array::from_fn(|index| 0xa0 ^ index as u8))
}

/// Board 0 gives, boards 1 to `boards` take.
fn world(boards: usize, seed: u64, air: Air, modes: Modes) -> Ether<Station> {
    let mut ether = Ether::new(seed, air);
    ether.add(Station::giver(address(0)));
    for index in 1..=boards {
        ether.add(Station::taker(address(index), TEXT, modes));
    }
    ether.run_until(Instant::from_micros(10_000));
    ether
}

fn give(ether: &mut Ether<Station>, mode: Mode) {
    let boards: Vec<_> = (1..ether.boards.len()).map(address).collect();
    let (proof, key) = (ProofOfPossession::new(TEXT), key());
    ether.tell(0, |station, _| {
        let terms = Terms {
            mode,
            proof: &proof,
            key: &key,
        };
        station.initiator().give(&terms, &boards).expect("it is idle");
    });
}

fn run_to_the_end(ether: &mut Ether<Station>, time: Duration) {
    let until = ether.now() + time;
    let finished = ether.run_while(until, |ether| !ether.boards[0].services.is_finished());
    assert!(finished, "not finished after {time:?}");
}

/// What must never be on the air.
fn assert_no_secret_was_sent(ether: &Ether<Station>) {
    let key = key();
    for (_, _, octets) in &ether.frames {
        for part in key.expose().chunks(8) {
            assert!(
                !octets.windows(part.len()).any(|window| window == part),
                "a part of the key"
            );
        }
        assert!(
            !octets.windows(TEXT.len()).any(|window| window == TEXT),
            "the proof of possession"
        );
    }
}

/// How long it takes until all have the key, in ms: boards, loss, mode, time.
#[test]
fn sixteen_boards_and_a_hundred_have_the_key_in_five_seconds() {
    for mode in [Mode::Compatible, Mode::Strong] {
        for boards in [16, MAX_BOARDS] {
            for loss in [0.0, 0.1, 0.3] {
                let mut slowest = Duration::ZERO;
                for seed in 0..2 {
                    let mut ether = world(boards, seed, Air { loss, ..Air::default() }, Modes::Both);
                    let begin = ether.now();
                    give(&mut ether, mode);
                    run_to_the_end(&mut ether, Duration::from_secs(60));
                    slowest = slowest.max(ether.now() - begin);
                    for index in 1..=boards {
                        assert_eq!(
                            ether.boards[0].services.result(address(index)),
                            Some(BoardResult::Succeeded)
                        );
                        assert_eq!(ether.boards[index].services.key(), Some((&key(), mode)));
                    }
                    assert_no_secret_was_sent(&ether);
                }
                println!(
                    "{mode:>10}  {boards:>3} boards  loss {loss:.1}  {:>5} ms",
                    slowest.as_millis()
                );
                assert!(
                    slowest < Duration::from_secs(5),
                    "{boards} boards, loss {loss}: {slowest:?}"
                );
            }
        }
    }
}

#[test]
fn a_wrong_proof_of_possession_is_refused_and_said() {
    for mode in [Mode::Compatible, Mode::Strong] {
        let mut ether = world(4, 1, Air::default(), Modes::Both);
        let odd = ether.add(Station::taker(address(5), b"something else", Modes::Both));
        give(&mut ether, mode);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        let given = &ether.boards[0].services;
        assert_eq!(given.result(address(odd)), Some(BoardResult::WrongProof));
        assert_eq!(
            given.given.last(),
            Some(&InitiatorEvent::Finished { succeeded: 4, asked: 5 })
        );
        let board = &ether.boards[odd];
        assert_eq!(board.services.key(), None);
        assert_eq!(board.flash.values.get(STORED_KEY), None);
        let wrong = ResponderEvent::WrongProof {
            client: address(0),
            closed: false,
        };
        assert!(board.services.taken.contains(&wrong));
        // It was asked three times, and never sent the key, not even sealed.
        let types: Vec<_> = ether
            .frames
            .iter()
            .map(|(_, _, octets)| Message::parse(octets).expect("a message"))
            .filter(|message| message.destination == address(odd))
            .map(|message| message.payload[0] & 0x0f)
            .collect();
        assert_eq!(types, [2; 5], "proof, hello, proof, hello, proof");
        assert_no_secret_was_sent(&ether);
    }
}

#[test]
fn a_board_that_never_refuses_is_unfinished_and_one_that_is_absent_too() {
    let mut ether = world(1, 1, Air::default(), Modes::Both);
    let absent = address(9);
    let (proof, key) = (ProofOfPossession::new(TEXT), key());
    ether.tell(0, |station, _| {
        let terms = Terms {
            mode: Mode::Strong,
            proof: &proof,
            key: &key,
        };
        station
            .initiator()
            .give(&terms, &[absent, address(1)])
            .expect("it is idle");
    });
    run_to_the_end(&mut ether, Duration::from_secs(10));
    let reached = Reached::Nothing;
    assert_eq!(
        ether.boards[0].services.result(absent),
        Some(BoardResult::Unfinished { reached })
    );
    assert_eq!(
        ether.boards[0].services.result(address(1)),
        Some(BoardResult::Succeeded)
    );
    // Two rounds: 1.2 s + 2 × 0.3 s, 1.2 s + 0.3 s, and what the groups take.
    let took = ether.now().as_millis();
    assert!((3300..3600).contains(&took), "{took} ms");
}

#[test]
fn nobody_goes_from_one_mode_to_the_other() {
    for (modes, mode) in [(Modes::Strong, Mode::Compatible), (Modes::Compatible, Mode::Strong)] {
        let mut ether = world(2, 1, Air::default(), modes);
        give(&mut ether, mode);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        for index in 1..=2 {
            let reached = Reached::Nothing;
            let result = ether.boards[0].services.result(address(index));
            assert_eq!(result, Some(BoardResult::Unfinished { reached }));
            let taken = &ether.boards[index].services;
            assert_eq!(taken.key(), None);
            assert_eq!(
                taken.taken,
                [ResponderEvent::ModeRefused {
                    client: address(0),
                    mode
                }]
            );
        }
    }
}

#[test]
fn a_key_outlives_a_reset_and_is_asked_for_no_more() {
    for mode in [Mode::Compatible, Mode::Strong] {
        let mut ether = world(1, 1, Air::default(), Modes::Both);
        give(&mut ether, mode);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        ether.power_on(1, Station::taker(address(1), TEXT, Modes::Both));
        let until = ether.now() + Duration::from_millis(10);
        ether.run_until(until);
        assert_eq!(ether.boards[1].services.key(), Some((&key(), mode)));
        let client = address(0);
        assert_eq!(
            ether.boards[1].services.taken,
            [ResponderEvent::Keyed {
                client,
                mode,
                kept: true
            }]
        );
        // Another key is not taken.
        let (proof, other) = (ProofOfPossession::new(TEXT), AppKey::new([1; 32]));
        ether.tell(0, |station, _| {
            station.given.clear();
            let terms = Terms {
                mode,
                proof: &proof,
                key: &other,
            };
            station.initiator().give(&terms, &[address(1)]).expect("it is idle");
        });
        run_to_the_end(&mut ether, Duration::from_secs(10));
        assert_eq!(ether.boards[1].services.key(), Some((&key(), mode)));

        // A firmware that demands more than it was given begins without a key.
        let stricter = if mode == Mode::Strong {
            Modes::Compatible
        } else {
            Modes::Strong
        };
        ether.power_on(1, Station::taker(address(1), TEXT, stricter));
        let until = ether.now() + Duration::from_millis(10);
        ether.run_until(until);
        assert_eq!(ether.boards[1].services.key(), None);
        assert_eq!(
            ether.boards[1].services.taken,
            [ResponderEvent::ModeRefused { client, mode }]
        );
    }
}

#[test]
fn a_key_that_is_damaged_or_cant_be_read_keeps_the_board_shut_until_it_is_erased() {
    for damaged in [true, false] {
        let mut ether = world(1, 1, Air::default(), Modes::Both);
        give(&mut ether, Mode::Strong);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        let error = if damaged {
            ether.boards[1].flash.values.get_mut(STORED_KEY).expect("it is there")[20] ^= 1;
            KeptError::Damaged
        } else {
            ether.boards[1].flash.unreadable = Some(StorageError::Flash);
            KeptError::Unreadable(StorageError::Flash)
        };
        let kept = ether.boards[1].flash.values.clone();
        ether.power_on(1, Station::taker(address(1), TEXT, Modes::Both));
        let until = ether.now() + Duration::from_millis(10);
        ether.run_until(until);
        assert_eq!(ether.boards[1].services.taken, [ResponderEvent::Shut(error)]);
        // It takes no key, and does not say that it has none.
        ether.tell(0, |station, _| station.given.clear());
        give(&mut ether, Mode::Strong);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        assert_eq!(ether.boards[1].services.key(), None);
        assert_eq!(ether.boards[1].flash.values, kept);
        ether.tell(0, |station, now| {
            station.given.clear();
            station
                .initiator()
                .reset(now, address(1), Some(&key()))
                .expect("it is idle");
        });
        let until = ether.now() + Duration::from_secs(5);
        ether.run_until(until);
        let unanswered = InitiatorEvent::Reset {
            address: address(1),
            outcome: ResetOutcome::Unanswered,
        };
        assert_eq!(ether.boards[0].services.given, [unanswered]);
        // Its owner erases it; then it takes one.
        ether.boards[1].flash.unreadable = None;
        ether.tell(1, |station, _| match &mut station.role {
            Role::Taker(responder) => responder.erase(),
            Role::Giver(_) => panic!("board 1 takes"),
        });
        ether.tell(0, |station, _| station.given.clear());
        give(&mut ether, Mode::Strong);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        assert_eq!(ether.boards[1].services.key(), Some((&key(), Mode::Strong)));
    }
}

/// A packet from an initiator at `from`, at `now`.
fn say(responder: &mut Responder, now: Instant, from: MacAddress, packet: &Packet) {
    let mut octets = [0; protocol::service::security::MAX_PACKET];
    let length = packet.emit(&mut octets).expect("it is no longer than the longest");
    let message = Message {
        kind: packet.kind(),
        head: protocol::message::FrameHead::UNICAST,
        destination: address(1),
        source: from,
        payload: &octets[..length],
    };
    let incoming = protocol::service::Incoming {
        message,
        secured: false,
        transmitter: from,
        rssi_dbm: -40,
        channel: Channel::DEFAULT,
        at: now,
    };
    responder.handle(now, protocol::service::Input::Message(incoming));
}

#[test]
fn packets_that_do_not_advance_a_dialogue_do_not_hold_it_open() {
    use protocol::service::{Input, Output};

    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut responder = Responder::new(address(1), ProofOfPossession::new(TEXT), Modes::Both);
    let mode = Mode::Strong;
    let mut last = None;
    // Greetings under ever other keys, and proofs in the mode that was not named: for ten seconds.
    for step in 0..100_u8 {
        let now = Instant::START + Duration::from_millis(100) * u32::from(step);
        while let Output::Load { key } = responder.poll(now, &mut random) {
            responder.handle(now, Input::Loaded { key, value: Ok(None) });
        }
        let mut client_public = [9; 32];
        client_public[0] = step;
        say(&mut responder, now, address(7), &Packet::Hello { mode, client_public });
        while !matches!(responder.poll(now, &mut random), Output::Wait(_)) {}
        let proof = Packet::Proof {
            mode: Mode::Compatible,
            proof: [0; 32],
        };
        say(&mut responder, now, address(7), &proof);
        while let Some(event) = responder.poll_event() {
            if matches!(event, ResponderEvent::Abandoned { .. }) {
                last.get_or_insert(now);
            }
        }
    }
    let freed = last.expect("it is given up") - Instant::START;
    assert!(freed < Duration::from_millis(3500), "{} ms", freed.as_millis());
}

#[test]
fn a_key_is_erased_by_command_and_by_who_may() {
    for mode in [Mode::Compatible, Mode::Strong] {
        // With which key the reset is ordered, and whether it is obeyed.
        let wrong = AppKey::new([1; 32]);
        let cases = [
            (Some(key()), true),
            (None, mode == Mode::Compatible),
            (Some(wrong), mode == Mode::Compatible),
        ];
        for (reset_key, obeyed) in cases {
            let mut ether = world(
                1,
                1,
                Air {
                    loss: 0.2,
                    ..Air::default()
                },
                Modes::Both,
            );
            give(&mut ether, mode);
            run_to_the_end(&mut ether, Duration::from_secs(10));
            ether.tell(0, |station, now| {
                station.given.clear();
                station
                    .initiator()
                    .reset(now, address(1), reset_key.as_ref())
                    .expect("it is idle");
            });
            let until = ether.now() + Duration::from_secs(5);
            ether.run_until(until);
            let outcome = if obeyed {
                ResetOutcome::Claimed
            } else {
                ResetOutcome::Unanswered
            };
            let expected = InitiatorEvent::Reset {
                address: address(1),
                outcome,
            };
            assert_eq!(ether.boards[0].services.given, [expected], "{mode}, {reset_key:?}");
            assert_eq!(ether.boards[1].services.key().is_none(), obeyed);
            assert_eq!(ether.boards[1].flash.values.contains_key(STORED_KEY), !obeyed);
        }
        let mut ether = world(1, 1, Air::default(), Modes::Both);
        give(&mut ether, mode);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        ether.tell(1, |station, _| match &mut station.role {
            Role::Taker(responder) => responder.erase(),
            Role::Giver(_) => panic!("board 1 takes"),
        });
        let until = ether.now() + Duration::from_secs(1);
        ether.run_until(until);
        assert_eq!(ether.boards[1].services.taken.last(), Some(&ResponderEvent::Erased));
        assert_eq!(ether.boards[1].flash.values.get(STORED_KEY), None);
    }
}

#[test]
fn a_scan_finds_each_board_once_and_says_how_it_stands() {
    let mut ether = world(
        20,
        1,
        Air {
            loss: 0.3,
            ..Air::default()
        },
        Modes::Both,
    );
    give(&mut ether, Mode::Strong);
    run_to_the_end(&mut ether, Duration::from_secs(10));
    ether.add(Station::taker(address(21), TEXT, Modes::Strong));
    ether.tell(0, |station, now| {
        station.given.clear();
        station.initiator().scan(now).expect("it is idle");
    });
    let until = ether.now() + Duration::from_secs(4);
    ether.run_until(until);
    let given = &ether.boards[0].services.given;
    assert_eq!(given.last(), Some(&InitiatorEvent::Scanned { found: 21 }));
    for index in 1..=21 {
        let mut found = given.iter().filter_map(|event| match event {
            InitiatorEvent::Found(found) if found.address == address(index) => Some(found.info),
            _ => None,
        });
        let info = found.next().expect("found");
        assert_eq!(found.next(), None);
        assert_eq!(info.keyed, (index <= 20).then_some(Mode::Strong));
        assert_eq!(info.client == address(0), index <= 20);
        assert_eq!(
            info.ours.expect("ours").modes,
            if index <= 20 { Modes::Both } else { Modes::Strong }
        );
    }
}

#[test]
fn guessing_is_slowed_down() {
    let mut ether = world(1, 1, Air::default(), Modes::Strong);
    let mut guesses = 0;
    let begin = ether.now();
    while !ether.boards[1].services.taken.contains(&ResponderEvent::WrongProof {
        client: address(0),
        closed: true,
    }) {
        guesses += 1;
        let proof = ProofOfPossession::new(&[guesses]);
        ether.tell(0, |station, _| {
            station.given.clear();
            let terms = Terms {
                mode: Mode::Strong,
                proof: &proof,
                key: &key(),
            };
            station.initiator().give(&terms, &[address(1)]).expect("it is idle");
        });
        run_to_the_end(&mut ether, Duration::from_secs(10));
    }
    assert!(ether.now() - begin < Duration::from_secs(10));
    // Now it hears nobody, not even who knows.
    ether.tell(0, |station, _| station.given.clear());
    give(&mut ether, Mode::Strong);
    run_to_the_end(&mut ether, Duration::from_secs(10));
    assert_eq!(ether.boards[1].services.key(), None);
    let until = ether.now() + CLOSED_FOR;
    ether.run_until(until);
    ether.tell(0, |station, _| station.given.clear());
    give(&mut ether, Mode::Strong);
    run_to_the_end(&mut ether, Duration::from_secs(10));
    assert_eq!(ether.boards[1].services.key(), Some((&key(), Mode::Strong)));
}

/// One try with this proof of possession, to its end.
fn guess(ether: &mut Ether<Station>, text: &[u8]) -> Option<BoardResult> {
    ether.tell(0, |station, _| {
        station.given.clear();
        let terms = Terms {
            mode: Mode::Strong,
            proof: &ProofOfPossession::new(text),
            key: &key(),
        };
        station.initiator().give(&terms, &[address(1)]).expect("it is idle");
    });
    run_to_the_end(ether, Duration::from_secs(10));
    ether.boards[0].services.result(address(1))
}

#[test]
fn a_reset_gives_no_more_guesses() {
    let mut ether = world(1, 1, Air::default(), Modes::Strong);
    assert_eq!(guess(&mut ether, b"wrong"), Some(BoardResult::WrongProof));
    assert!(ether.boards[1].flash.values.contains_key(STORED_GUESSES));
    let mut begin = ether.now();
    // After each reset nobody is heard for a while, not even who knows.
    for _ in 0..3 {
        ether.power_on(1, Station::taker(address(1), TEXT, Modes::Strong));
        begin = ether.now();
        let until = begin + Duration::from_millis(10);
        ether.run_until(until);
        assert_eq!(ether.boards[1].services.taken, [ResponderEvent::Closed]);
        assert_ne!(guess(&mut ether, TEXT), Some(BoardResult::Succeeded));
        assert_eq!(ether.boards[1].services.key(), None);
    }
    let until = begin + CLOSED_FOR;
    ether.run_until(until);
    assert_eq!(guess(&mut ether, TEXT), Some(BoardResult::Succeeded));
    assert!(!ether.boards[1].flash.values.contains_key(STORED_GUESSES));
}

#[test]
fn a_guess_costs_no_write_but_the_first_and_a_right_one() {
    use protocol::service::{Input, Output};

    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut responder = Responder::new(address(1), ProofOfPossession::new(TEXT), Modes::Strong);
    let (mode, from) = (Mode::Strong, address(7));
    let (mut now, mut wrong, mut writes) = (Instant::START, 0, 0);
    let mut settle = |responder: &mut Responder, now: Instant| {
        loop {
            match responder.poll(now, &mut random) {
                Output::Load { key } => responder.handle(now, Input::Loaded { key, value: Ok(None) }),
                Output::Store { key, .. } => {
                    writes += 1;
                    assert_eq!(
                        (key, responder.poll_event()),
                        (STORED_GUESSES, None),
                        "judged before it is written"
                    );
                    responder.handle(now, Input::Stored { key, result: Ok(()) });
                }
                Output::Wait(_) => break,
                _ => {}
            }
        }
        while let Some(event) = responder.poll_event() {
            wrong += u32::from(matches!(event, ResponderEvent::WrongProof { .. }));
        }
        (writes, wrong)
    };
    settle(&mut responder, now);
    for step in 0..20_u8 {
        now = now + Duration::from_secs(31);
        let mut client_public = [9; 32];
        client_public[0] = step;
        say(&mut responder, now, from, &Packet::Hello { mode, client_public });
        settle(&mut responder, now);
        say(
            &mut responder,
            now,
            from,
            &Packet::Proof {
                mode,
                proof: [step; 32],
            },
        );
        settle(&mut responder, now);
    }
    assert_eq!(settle(&mut responder, now), (1, 20));
}

/// What an evil board does: sends what it likes, or what it heard with some of it changed, in whoever's name.
fn evil_octets(ether: &Ether<Station>, random: &mut Xoshiro256PlusPlus) -> Vec<u8> {
    let mut below = |limit: usize| (random.next_u64() % limit.max(1) as u64) as usize;
    let mut octets = match ether.frames.len() {
        0 => vec![0; 60],
        count => ether.frames[below(count)].2.clone(),
    };
    // Not taken for a repetition.
    octets[2] = below(256) as u8;
    octets[3] = below(256) as u8;
    for _ in 0..below(4) {
        let place = below(octets.len());
        octets[place] ^= 1 << below(8);
    }
    if below(4) == 0 {
        octets.truncate(below(octets.len()));
    }
    octets
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever the air does, whenever boards restart, whatever is said by others: a board has no key or the key, and a board
    /// of which it is said that it has it, had it.
    #[test]
    fn a_board_has_the_key_or_none(
        seed: u64,
        loss in 0.0..0.4,
        duplication in 0.0..0.3,
        jitter_ms in 0_u64..40,
        restarts in prop::collection::vec((0_u64..4000, 0_usize..6), 0..6),
        evil in 0_usize..60,
        strong: bool,
    ) {
        let air = Air { loss, duplication, jitter: Duration::from_millis(jitter_ms), ..Air::default() };
        let mode = if strong { Mode::Strong } else { Mode::Compatible };
        let mut ether = world(5, seed, air, Modes::Both);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        give(&mut ether, mode);
        // In the compatible mode whoever changes octets on the way changes the key: the part that `Mode::Strong` is for.
        let evil = if strong { evil } else { 0 };
        let mut happenings: Vec<_> = restarts.into_iter().map(|(at, board)| (at, Some(board))).collect();
        happenings.extend((0..evil).map(|_| (random.next_u64() % 2000, None)));
        happenings.sort_unstable();
        let begin = ether.now();
        for (at, what) in happenings {
            ether.run_until(begin + Duration::from_millis(at));
            match what {
                Some(0) => {
                    ether.power_on(0, Station::giver(address(0)));
                    give(&mut ether, mode);
                }
                Some(board) => ether.power_on(board, Station::taker(address(board), TEXT, Modes::Both)),
                None => {
                    let octets = evil_octets(&ether, &mut random);
                    ether.inject(address(0), Channel::DEFAULT, &octets);
                }
            }
        }
        run_to_the_end(&mut ether, Duration::from_secs(60));
        let until = ether.now() + Duration::from_secs(10);
        ether.run_until(until);
        for index in 1..=5 {
            let board = &ether.boards[index];
            prop_assert!(board.services.key().is_none_or(|(found, found_mode)| (found, found_mode) == (&key(), mode)));
            if ether.boards[0].services.result(address(index)) == Some(BoardResult::Succeeded) {
                prop_assert!(board.services.key().is_some());
            }
        }
        assert_no_secret_was_sent(&ether);
    }

    #[test]
    fn arbitrary_payloads_change_nothing(
        seed: u64,
        payloads in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..100)), 1..30),
    ) {
        let mut ether = world(1, seed, Air::default(), Modes::Both);
        for (to_giver, payload) in payloads {
            let kind = if to_giver { Kind::SecurityStatus } else { Kind::Security };
            let message = Message {
                kind,
                head: protocol::message::FrameHead { magic: seed as u16 ^ payload.len() as u16, ..Default::default() },
                destination: MacAddress::BROADCAST,
                source: address(7),
                payload: &payload,
            };
            let mut octets = [0; 250];
            let length = message.emit(&mut octets).expect("room");
            ether.inject(address(7), Channel::DEFAULT, &octets[..length]);
            let until = ether.now() + Duration::from_millis(1);
            ether.run_until(until);
        }
        prop_assert_eq!(ether.boards[1].services.key(), None);
        let until = ether.now() + Duration::from_secs(4);
        ether.run_until(until);
        give(&mut ether, Mode::Strong);
        run_to_the_end(&mut ether, Duration::from_secs(10));
        prop_assert_eq!(ether.boards[1].services.key(), Some((&key(), Mode::Strong)));
    }
}
