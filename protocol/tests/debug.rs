//! Logs and commands: every rule of agent and operator, moved by hand.

mod hand;

use core::time::Duration;

use hand::{Wish, ask, at, tell};
use proptest::prelude::*;
use protocol::message::{FrameHead, Kind, SendChannel};
use protocol::service::debug::{
    Agent, AgentConfig, AgentEvent, Command, LEAST_INTERVAL, LONGEST_LINE, LONGEST_WAIT, Level, Line, NotAProbe,
    Operator, OperatorError, OperatorEvent, Probe, ProbeKind, Question, Recipient, SEGMENT_LEN, SEGMENTS, Sink,
    Threshold, Thresholds,
};
use protocol::service::{Input, Outcome, Service as _};
use protocol::time::Instant;
use protocol::{Channel, MacAddress};

const OPERATOR: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 1]);
const BOARD: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 2]);
const OTHER: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 3]);

type TestAgent = Agent<1024>;

/// Answers what an agent wants of an empty flash.
fn started() -> TestAgent {
    let mut agent = TestAgent::new(AgentConfig::new("lamp 1.4.2"));
    for key in ["log0", "log1", "log2", "log3"] {
        hand::load(&mut agent, key, None);
    }
    agent
}

fn log(agent: &mut TestAgent, now: Instant, level: Level, text: &str) -> String {
    let mut console = String::new();
    agent.log(now, &mut console, level, "light", format_args!("{text}"));
    console
}

/// Lets the radio take all that the agent wants to say; the lines, to whom, and what else it wanted.
fn drain(agent: &mut TestAgent, now: Instant) -> (Vec<(MacAddress, String)>, Vec<Wish>) {
    let (mut lines, mut others) = (Vec::new(), Vec::new());
    loop {
        match ask(agent, now) {
            Wish::Send {
                tag,
                kind: Kind::DebugLog,
                head,
                destination,
                payload,
            } => {
                assert_eq!(head, FrameHead::BROADCAST);
                let text = payload.strip_suffix(b"\n\0").expect("a line feed and a NUL");
                lines.push((destination, String::from_utf8(text.to_vec()).expect("UTF-8")));
                agent.handle(
                    now,
                    Input::Sent {
                        tag,
                        outcome: Outcome::Sent,
                    },
                );
            }
            Wish::Wait(_) => return (lines, others),
            Wish::Store(key, value) => {
                agent.handle(now, Input::Stored { key, result: Ok(()) });
                others.push(Wish::Store(key, value));
            }
            Wish::Load(key) => panic!("{key} again"),
            Wish::Restart => {
                others.push(Wish::Restart);
                return (lines, others);
            }
            other => others.push(other),
        }
    }
}

fn command(agent: &mut TestAgent, now: Instant, line: &str) {
    let payload = [line.as_bytes(), &[0]].concat();
    tell(
        agent,
        now,
        OPERATOR,
        Kind::DebugCommand,
        FrameHead::UNICAST,
        &payload,
        -50,
    );
}

/// The answer to a command, all to who gave it, without times and tags.
fn answer(agent: &mut TestAgent, line: &str) -> Vec<String> {
    command(agent, at(1), line);
    let (lines, _) = drain(agent, at(1));
    let strip = |line: String| line.split_once(" console: ").expect("an answer's tag").1.to_owned();
    assert!(lines.iter().all(|(to, _)| *to == OPERATOR));
    lines.into_iter().map(|(_, line)| strip(line)).collect()
}

#[test]
fn lines_go_where_their_level_takes_them() {
    let mut agent = started();
    agent.set_thresholds(Thresholds {
        console: Threshold::up_to(Level::Debug),
        air: Threshold::up_to(Level::Info),
        flash: Threshold::NONE,
    });
    assert_eq!(log(&mut agent, at(7), Level::Verbose, "a"), "");
    assert_eq!(log(&mut agent, at(7), Level::Debug, "b"), "D (7) light: b\n");
    assert_eq!(log(&mut agent, at(8), Level::Info, "c"), "I (8) light: c\n");
    assert_eq!(log(&mut agent, at(9), Level::Error, "d"), "E (9) light: d\n");
    let (lines, others) = drain(&mut agent, at(9));
    let expected = ["I (8) light: c", "E (9) light: d"].map(|line| (MacAddress::BROADCAST, line.to_owned()));
    assert_eq!((lines, others.len()), (expected.to_vec(), 0));
}

#[test]
fn lines_are_cut_between_two_characters() {
    let mut agent = started();
    log(&mut agent, at(1), Level::Info, &"ä".repeat(200));
    let (lines, _) = drain(&mut agent, at(1));
    let [(_, line)] = &lines[..] else { panic!("one line") };
    assert!(line.len() <= LONGEST_LINE && line.len() > LONGEST_LINE - 2 && line.ends_with('ä'));
}

#[test]
fn what_has_no_room_is_counted() {
    let mut agent = started();
    for _ in 0..40 {
        log(&mut agent, at(1), Level::Info, &"x".repeat(80));
    }
    let (lines, _) = drain(&mut agent, at(1));
    let kept = lines.len() - 1;
    let expected = format!("W (1) console: {} lines dropped: no room", 40 - kept);
    assert_eq!(lines.last().map(|(_, line)| line), Some(&expected));
    assert!((5..15).contains(&kept), "{kept}");
}

#[test]
fn commands_are_read() {
    let board: MacAddress = "24:0a:c4:00:00:01".parse().expect("an address");
    for (line, expected) in [
        ("help", Command::Help),
        (" version ", Command::Version),
        ("beacon", Command::Version),
        ("reboot", Command::Reboot),
        ("channel", Command::Channel(None)),
        ("channel 6", Command::Channel(Channel::new(6))),
        (
            "ping 24:0a:c4:00:00:01",
            Command::Ping {
                to: board,
                count: 4,
                length: 64,
            },
        ),
        (
            "ping 24:0a:c4:00:00:01 9 230",
            Command::Ping {
                to: board,
                count: 9,
                length: 230,
            },
        ),
        (
            "throughput 24:0a:c4:00:00:01 2",
            Command::Throughput {
                to: board,
                duration: Duration::from_secs(2),
                length: 230,
            },
        ),
        ("log", Command::Log(None)),
        (
            "log air DEBUG",
            Command::Log(Some((Sink::Air, Threshold::up_to(Level::Debug)))),
        ),
        ("log flash none", Command::Log(Some((Sink::Flash, Threshold::NONE)))),
    ] {
        assert_eq!(Command::parse(line), Ok(expected), "{line}");
    }
}

#[test]
fn what_is_no_command_gets_a_line_that_helps() {
    for (line, expected) in [
        ("", "an empty line; `help` lists the commands"),
        (
            "pnig",
            "there is no command \"pnig\"; did you mean ping? `help` lists all",
        ),
        (
            "through",
            "there is no command \"through\"; did you mean throughput? `help` lists all",
        ),
        ("frobnicate", "there is no command \"frobnicate\"; `help` lists all"),
        ("ping", "an argument is missing: ping ADDRESS [COUNT] [OCTETS]"),
        (
            "ping bb:bb:bb:bb:bb:bb",
            "\"bb:bb:bb:bb:bb:bb\" does not fit: ping ADDRESS [COUNT] [OCTETS]",
        ),
        (
            "ping 24:0a:c4:00:00:01 0",
            "\"0\" does not fit: ping ADDRESS [COUNT] [OCTETS]",
        ),
        ("channel 15", "\"15\" does not fit: channel [1-14]"),
        ("channel 1 2", "\"2\" does not fit: channel [1-14]"),
        ("stats now", "\"now\" does not fit: stats"),
        ("log air", "an argument is missing: log [console|air|flash LEVEL]"),
        ("log sky info", "\"sky\" does not fit: log [console|air|flash LEVEL]"),
    ] {
        assert_eq!(Command::parse(line).expect_err(line).to_string(), expected);
        assert_eq!(answer(&mut started(), line), [expected]);
    }
}

#[test]
fn commands_are_answered_with_lines() {
    let mut agent = started();
    assert_eq!(answer(&mut agent, "version"), ["lamp 1.4.2"]);
    assert_eq!(answer(&mut agent, "channel"), ["channel 1"]);
    let help = answer(&mut agent, "help");
    assert!(
        help.len() == 12 && help.contains(&"channel [1-14]: show or change the channel".to_owned()),
        "{help:?}"
    );
    assert_eq!(answer(&mut agent, "log"), ["log console info, air info, flash warn"]);
    assert_eq!(
        answer(&mut agent, "log air none"),
        ["log console info, air none, flash warn"]
    );
    log(&mut agent, at(2), Level::Info, "not to the air");
    assert_eq!(drain(&mut agent, at(2)).0.len(), 0);
    assert_eq!(answer(&mut agent, "stop"), ["nothing to end"]);
}

#[test]
fn who_is_asked_with_others_does_not_answer_at_once() {
    let mut agent = started();
    let to_many = FrameHead::BROADCAST;
    tell(
        &mut agent,
        at(1),
        OPERATOR,
        Kind::DebugCommand,
        to_many,
        b"version\0",
        -50,
    );
    let Wish::Wait(Some(until)) = ask(&mut agent, at(1)) else {
        panic!("it waits")
    };
    assert!(until > at(1) && until <= at(501));
    assert!(matches!(ask(&mut agent, until), Wish::Send { .. }));
}

#[test]
fn what_only_the_application_knows_it_is_asked() {
    let mut agent = started();
    for (line, question) in [("stats", Question::Stats), ("peers", Question::Peers)] {
        command(&mut agent, at(1), line);
        assert!(matches!(
            agent.poll_event(),
            Some(AgentEvent::Commanded { by: OPERATOR, .. })
        ));
        assert_eq!(agent.poll_event(), Some(AgentEvent::Asked { by: OPERATOR, question }));
        agent.answer(at(1), OPERATOR, format_args!("17 messages"));
        let expected = (OPERATOR, "I (1) console: 17 messages".to_owned());
        assert_eq!(drain(&mut agent, at(1)).0, [expected]);
    }
}

#[test]
fn a_board_answers_before_it_goes() {
    let mut agent = started();
    command(&mut agent, at(1), "channel 6");
    let (lines, others) = drain(&mut agent, at(1));
    assert_eq!(lines[0].1, "I (1) console: channel 1, going to 6");
    assert_eq!(others, [Wish::Tune(6)]);

    log(&mut agent, at(2), Level::Warn, "not kept yet");
    command(&mut agent, at(3), "reboot");
    let (lines, others) = drain(&mut agent, at(3));
    assert_eq!(lines.last().expect("an answer").1, "I (3) console: restarting");
    assert!(matches!(&others[..], [Wish::Store("log0", kept), Wish::Restart] if kept.ends_with(b"not kept yet\n")));
}

#[test]
fn with_security_nothing_plain_is_obeyed() {
    let mut agent = TestAgent::new(AgentConfig {
        secured: true,
        ..AgentConfig::new("lamp")
    });
    for key in ["log0", "log1", "log2", "log3"] {
        hand::load(&mut agent, key, None);
    }
    command(&mut agent, at(1), "reboot");
    assert_eq!(ask(&mut agent, at(1)), Wish::Wait(None));
    log(&mut agent, at(1), Level::Info, "hello");
    assert!(matches!(
        ask(&mut agent, at(1)),
        Wish::Send {
            head: FrameHead { security: true, .. },
            ..
        }
    ));
}

/// Writes lines as fast as `every` says for so long; when the flash was written, and its values.
fn write_for(
    agent: &mut TestAgent,
    every: Duration,
    duration: Duration,
    level: Level,
) -> Vec<(Instant, &'static str, Vec<u8>)> {
    let (mut now, mut writes) = (at(10), Vec::new());
    while now < at(10) + duration {
        log(agent, now, level, &format!("line at {}", now.as_millis()));
        let (_, others) = drain(agent, now);
        for other in others {
            if let Wish::Store(key, value) = other {
                assert!(value.len() <= SEGMENT_LEN);
                writes.push((now, key, value));
            }
        }
        now = now + every;
    }
    writes
}

#[test]
fn writes_to_the_flash_are_bounded() {
    for (every, level) in [
        (1, Level::Error),
        (1, Level::Warn),
        (300, Level::Warn),
        (7000, Level::Warn),
    ] {
        let mut agent = started();
        let duration = Duration::from_secs(120);
        let writes = write_for(&mut agent, Duration::from_millis(every), duration, level);
        for three in writes.windows(3) {
            assert!(
                three[2].0 - three[0].0 >= LEAST_INTERVAL,
                "{every} ms: {:?}",
                three[0].0
            );
        }
        let most = duration.as_secs() / LEAST_INTERVAL.as_secs() + 2;
        assert!(writes.len() as u64 <= most, "{every} ms: {} writes", writes.len());
        assert!(writes.len() >= 3, "{every} ms: {} writes", writes.len());
        assert_eq!(agent.missed() > 0, every == 1, "only what comes too fast is missed");
    }
}

#[test]
fn what_is_not_urgent_waits() {
    let mut agent = started();
    log(&mut agent, at(10), Level::Warn, "warning");
    drain(&mut agent, at(10));
    assert_eq!(ask(&mut agent, at(11)), Wish::Wait(Some(at(10) + LONGEST_WAIT)));
    log(&mut agent, at(20), Level::Error, "error");
    let (_, others) = drain(&mut agent, at(20));
    let [Wish::Store("log0", value)] = &others[..] else {
        panic!("{others:?}")
    };
    let expected = b"\x01\0\0\0\0W (10) light: warning\nE (20) light: error\n";
    assert_eq!(value[..], expected[..], "the documented layout");
}

/// Starts an agent over what was kept, and asks it for it.
fn read_back(kept: &[(&'static str, Vec<u8>)]) -> (TestAgent, Vec<String>) {
    let find = |key| {
        kept.iter()
            .rev()
            .find(|(kept, _)| *kept == key)
            .map(|(_, value)| value.as_slice())
    };
    let mut agent = TestAgent::new(AgentConfig::new("lamp"));
    let mut lines = Vec::new();
    for round in 0..2 {
        loop {
            match ask(&mut agent, at(1)) {
                Wish::Load(key) => agent.handle(
                    at(1),
                    Input::Loaded {
                        key,
                        value: Ok(find(key)),
                    },
                ),
                Wish::Send {
                    tag,
                    payload,
                    destination,
                    ..
                } => {
                    assert_eq!(destination, OPERATOR);
                    lines.push(Line::parse(&payload).to_string());
                    agent.handle(
                        at(1),
                        Input::Sent {
                            tag,
                            outcome: Outcome::Sent,
                        },
                    );
                }
                _ => break,
            }
        }
        if round == 0 {
            command(&mut agent, at(1), "history");
        }
    }
    (agent, lines)
}

#[test]
fn what_was_kept_outlives_a_reset() {
    let mut agent = started();
    let writes = write_for(
        &mut agent,
        Duration::from_secs(2),
        Duration::from_secs(400),
        Level::Error,
    );
    let kept: Vec<_> = writes.into_iter().map(|(_, key, value)| (key, value)).collect();
    let (mut again, lines) = read_back(&kept);
    assert!(lines.len() > 60, "{} lines", lines.len());
    let numbers: Vec<u64> = lines
        .iter()
        .map(|line| {
            line.split_once("line at ")
                .expect("a line")
                .1
                .parse()
                .expect("a number")
        })
        .collect();
    assert!(numbers.is_sorted_by_key(|number| *number) && numbers.windows(2).all(|pair| pair[1] - pair[0] == 2000));
    assert!(*numbers.last().expect("one") >= 390_000, "the newest are there");

    // It goes on where it was, and does not push out what is older.
    log(&mut again, at(5), Level::Error, "after the reset");
    let (_, others) = drain(&mut again, at(5));
    let [Wish::Store(key, value)] = &others[..] else {
        panic!("{others:?}")
    };
    let (last, newest) = kept.last().expect("one");
    assert!(
        key == last && value.starts_with(newest) || value.len() < 64,
        "continued, or begun anew for want of room"
    );
}

#[test]
fn damaged_segments_are_left_out() {
    let good = [&[1, 5, 0, 0, 0][..], b"E (1) light: good\n"].concat();
    for damaged in [
        vec![],
        vec![1],
        vec![2, 4, 0, 0, 0, b'x', b'\n'],
        vec![1, 9, 0, 0, 0, b'x', b'\n'],
    ] {
        // Segment 5 belongs to log1, segment 9 does, too: in log0 it is out of place.
        let (_, lines) = read_back(&[("log0", damaged), ("log1", good.clone())]);
        assert_eq!(lines, ["E (1) light: good"]);
    }
    let (_, lines) = read_back(&[("log3", [&[1, 7, 0, 0, 0][..], b"\xff\xfe\n\nE (2) a\xc3\n"].concat())]);
    assert_eq!(lines, ["", "E (2) a"]);
    assert_eq!(SEGMENTS, 4);
}

#[test]
fn probes_are_read_and_written_octet_by_octet() {
    let probe = Probe {
        kind: ProbeKind::PingAck,
        sequence: 0x0102_0304,
    };
    assert_eq!(probe.to_octets(), [4, 0, 0, 0, 4, 3, 2, 1]);
    assert_eq!(Probe::parse(&[4, 0, 0, 0, 4, 3, 2, 1, 0xff]), Ok(probe));
    assert_eq!(Probe::parse(&[5, 0, 0, 0, 4, 3, 2, 1]), Err(NotAProbe));
    assert_eq!(Probe::parse(&[0; 7]), Err(NotAProbe));
}

#[test]
fn pings_are_answered_at_once_and_as_long_as_they_were() {
    let mut agent = started();
    log(&mut agent, at(1), Level::Info, "a line that waits");
    let ping = [
        &Probe {
            kind: ProbeKind::Ping,
            sequence: 7,
        }
        .to_octets()[..],
        &[9; 92],
    ]
    .concat();
    tell(&mut agent, at(1), OTHER, Kind::Reserved, FrameHead::UNICAST, &ping, -50);
    let Wish::Send {
        kind,
        destination,
        payload,
        head,
        ..
    } = ask(&mut agent, at(1))
    else {
        panic!("an answer")
    };
    assert_eq!(
        (kind, destination, head, payload.len()),
        (Kind::Reserved, OTHER, FrameHead::UNICAST, 100)
    );
    assert_eq!(
        Probe::parse(&payload),
        Ok(Probe {
            kind: ProbeKind::PingAck,
            sequence: 7
        })
    );
}

#[test]
fn an_operator_says_it_as_the_component_does() {
    let mut operator = Operator::<8>::new(false);
    let group = MacAddress(*b"\x01lamps");
    let to_many = FrameHead {
        broadcast: true,
        retransmit_count: 31,
        forward_ttl: 1,
        forward_rssi: -25,
        filter_adjacent_channel: true,
        ..FrameHead::UNICAST
    };
    for (to, everywhere, destination, head) in [
        (
            Recipient::Board(BOARD),
            false,
            BOARD,
            FrameHead {
                filter_adjacent_channel: true,
                ..FrameHead::UNICAST
            },
        ),
        (Recipient::Everybody, false, MacAddress::BROADCAST, to_many),
        (
            Recipient::Group(group),
            false,
            group,
            FrameHead { group: true, ..to_many },
        ),
        (
            Recipient::Everybody,
            true,
            MacAddress::BROADCAST,
            FrameHead {
                channel: SendChannel::All,
                filter_adjacent_channel: false,
                ..to_many
            },
        ),
    ] {
        let number = operator.command(to, "stats", everywhere).expect("it is idle");
        assert_eq!(operator.command(to, "stats", everywhere), Err(OperatorError::Busy));
        let Wish::Send {
            tag,
            kind,
            head: sent,
            destination: sent_to,
            payload,
        } = ask(&mut operator, at(1))
        else {
            panic!("a command")
        };
        assert_eq!(
            (kind, sent, sent_to, &payload[..]),
            (Kind::DebugCommand, head, destination, &b"stats\0"[..])
        );
        let outcome = Outcome::Sent;
        operator.handle(at(2), Input::Sent { tag, outcome });
        assert_eq!(operator.poll_event(), Some(OperatorEvent::Given { number, outcome }));
    }
    assert_eq!(
        operator.command(Recipient::Everybody, &"x".repeat(217), false),
        Err(OperatorError::TooLong)
    );
}

fn shown(operator: &mut Operator<8>) -> Vec<String> {
    let mut shown = Vec::new();
    while let Some(OperatorEvent::Line { from, line }) = operator.poll_event() {
        shown.push(format!("{} {line}", from.octets()[5]));
    }
    shown
}

#[test]
fn an_operator_shows_chosen_boards_in_order() {
    let mut operator = Operator::<8>::new(false);
    operator.watch(BOARD).expect("there is room");
    operator.set_threshold(Threshold::up_to(Level::Info));
    let say = |operator: &mut Operator<8>, ms, from, line: &str| {
        tell(
            operator,
            at(ms),
            from,
            Kind::DebugLog,
            FrameHead::BROADCAST,
            line.as_bytes(),
            -50,
        );
    };
    say(&mut operator, 10, BOARD, "I (2) light: second\n\0");
    say(&mut operator, 12, OTHER, "I (1) light: not chosen\n\0");
    say(&mut operator, 14, BOARD, "\x1b[0;31mE (1) light: first\x1b[0m\n\0");
    say(&mut operator, 15, BOARD, "D (1) light: too fine\n\0");
    say(&mut operator, 16, BOARD, "I (2) light: third\n\0");
    let Wish::Wait(Some(until)) = ask(&mut operator, at(16)) else {
        panic!("it waits")
    };
    assert_eq!(shown(&mut operator), Vec::<String>::new());
    ask(&mut operator, until);
    let Wish::Wait(Some(until)) = ask(&mut operator, until) else {
        panic!("it waits")
    };
    ask(&mut operator, until + Duration::from_millis(10));
    assert_eq!(
        shown(&mut operator),
        ["2 E (1) light: first", "2 I (2) light: second", "2 I (2) light: third"]
    );

    operator.watch_all();
    for number in 0..10 {
        say(&mut operator, 100, OTHER, &format!("plain {number}"));
    }
    ask(&mut operator, at(100));
    assert_eq!(
        shown(&mut operator).len(),
        8,
        "when it gets narrow, all are shown at once"
    );
    assert_eq!(operator.missed(), 2);
}

#[test]
fn what_they_weigh() {
    // Octets on a 64-bit host; a chip's are fewer.
    assert!(size_of::<TestAgent>() <= 3500, "{}", size_of::<TestAgent>());
    assert!(size_of::<Operator<8>>() <= 3200, "{}", size_of::<Operator<8>>());
}

const COMMANDS: [&str; 8] = [
    "help",
    "history",
    "stats",
    "reboot",
    "channel 3",
    "stop",
    "ping 02:00:00:00:00:01",
    "throughput 02:00:00:00:00:01 1",
];

/// Text of these letters. Without the standard library, proptest reads no patterns.
fn text_of(letters: &str, length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let letters: Vec<char> = letters.chars().collect();
    prop::collection::vec(prop::sample::select(letters), length).prop_map(|text| text.into_iter().collect())
}

/// Text without control characters.
fn any_text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let letter = any::<char>().prop_filter("a control character", |letter| !letter.is_control());
    prop::collection::vec(letter, length).prop_map(|text| text.into_iter().collect())
}

proptest! {
    #[test]
    fn any_octets_are_a_line(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let shown = Line::parse(&octets).to_string();
        prop_assert_eq!(Line::parse(shown.as_bytes()).to_string(), shown);
    }

    #[test]
    fn lines_are_read_as_they_were_written(level in 0_usize..5, at_ms: u64, text in text_of("abcxyzäöü ", 1..40)) {
        let text = format!("tag: {text}.");
        let line = Line { level: Some(Level::ALL[level]), at_ms: Some(at_ms), text: &text };
        let written = format!("{line}\n\0");
        prop_assert_eq!(Line::parse(written.as_bytes()), line);
    }

    #[test]
    fn any_line_is_a_command_or_helped(
        word in prop::sample::select(vec!["", "help", "log", "ping", "channel", "throughput"]),
        rest in prop_oneof![text_of("abcxyz0123:- ", 0..80), any_text(0..80)],
    ) {
        let line = format!("{word} {rest}");
        if let Err(error) = Command::parse(&line) {
            let text = error.to_string();
            prop_assert!(!text.is_empty() && !text.contains('\n'), "{text}");
        }
    }

    /// Whatever it hears and whatever its flash holds, an agent settles.
    #[test]
    fn an_agent_settles(
        kept in prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..800)), 4),
        heard in prop::collection::vec((any::<bool>(), prop_oneof![
            prop::collection::vec(any::<u8>(), 0..250),
            prop::sample::select(COMMANDS.to_vec()).prop_map(|command| command.as_bytes().to_vec()),
        ]), 0..20),
    ) {
        let mut agent = TestAgent::new(AgentConfig::new("lamp"));
        let mut now = at(0);
        for (is_command, octets) in heard {
            let kind = if is_command { Kind::DebugCommand } else { Kind::Reserved };
            tell(&mut agent, now, OPERATOR, kind, FrameHead::UNICAST, &octets, -50);
            log(&mut agent, now, Level::Error, "something");
            let mut wishes = 0;
            loop {
                match ask(&mut agent, now) {
                    Wish::Wait(_) | Wish::Restart => break,
                    Wish::Load(key) => {
                        let index = usize::from(key.as_bytes()[3] - b'0');
                        agent.handle(now, Input::Loaded { key, value: Ok(kept[index].as_deref()) });
                    }
                    Wish::Store(key, _) => agent.handle(now, Input::Stored { key, result: Ok(()) }),
                    Wish::Send { tag, .. } => {
                        now = now + Duration::from_millis(10);
                        agent.handle(now, Input::Sent { tag, outcome: Outcome::Unacknowledged });
                    }
                    Wish::Tune(_) => {}
                }
                wishes += 1;
                prop_assert!(wishes < 5000, "it never waits");
            }
            now = now + Duration::from_millis(100);
        }
    }
}
