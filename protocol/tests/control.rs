//! Switches and lights: the octets of others, and every rule of the machines.

mod hand;
mod vectors_file;

use core::time::Duration;

use hand::{Wish, ask, at, load, tell};
use proptest::prelude::*;
use protocol::board::StorageError;
use protocol::message::{Country, FrameHead, Kind, Message, SendChannel};
use protocol::service::control::{
    Attribute, BindError, BindWindow, Binding, Bindings, Command, CommandError, Initiator, InitiatorConfig,
    InitiatorEvent, MAX_BINDINGS, MAX_PAYLOAD, Responder, ResponderConfig, ResponderEvent, Search, Value, Verdict,
};
use protocol::service::{Incoming, Input, Outcome, Service as _};
use protocol::time::Instant;
use protocol::{Channel, MacAddress};
use vectors_file::{integer, octets, vectors};

const SWITCH: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 1]);
const LIGHT: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 2]);

fn say(light: &mut Responder, now: Instant, from: MacAddress, kind: Kind, command: &Command<'_>, rssi_dbm: i8) {
    let mut payload = [0; MAX_PAYLOAD];
    let length = command.emit(None, &mut payload).expect("there is room");
    tell(
        light,
        now,
        from,
        kind,
        FrameHead::BROADCAST,
        &payload[..length],
        rssi_dbm,
    );
}

fn bind(light: &mut Responder, now: Instant, from: MacAddress, key: Attribute, bind: bool, rssi_dbm: i8) {
    let command = Command {
        initiator: key,
        responder: Attribute::NONE,
        value: bind.into(),
    };
    say(light, now, from, Kind::ControlBind, &command, rssi_dbm);
}

fn power(light: &mut Responder, now: Instant, from: MacAddress, key: Attribute, on: bool) {
    let command = Command {
        initiator: key,
        responder: Attribute::POWER,
        value: on.into(),
    };
    say(light, now, from, Kind::ControlData, &command, -30);
}

/// A light whose flash is empty.
fn light() -> Responder {
    let mut light = Responder::new(ResponderConfig::DEFAULT);
    load(&mut light, "bindlist", None);
    light
}

const KEY: Binding = Binding {
    address: SWITCH,
    attribute: Attribute::KEY_1,
};

#[test]
fn commands_are_read_and_written_octet_by_octet() {
    let all = vectors("control-");
    assert_eq!(all.len(), 5);
    for vector in all {
        let name = vector["name"].as_str().expect("a name");
        let expected = octets(&vector["out"]["payload"]);
        let value = match name {
            "control-bind" => Value::from(true),
            "control-unbind" => Value::from(false),
            "control-power-on" => Value::from(1),
            "control-hue-float" => Value::from(212.5_f32),
            "control-string" => Value::text("rainbow").expect("it is short"),
            _ => panic!("{name} is new"),
        };
        let command = Command {
            initiator: Attribute(integer(&vector["in"]["initiator_attribute"])),
            responder: Attribute(integer(&vector["in"]["responder_attribute"])),
            value,
        };
        assert_eq!(Command::parse(&expected), Ok(command), "{name}");
        let mut buffer = [0; MAX_PAYLOAD];
        let length = command.emit(None, &mut buffer).expect("there is room");
        assert_eq!(buffer[..length], expected, "{name}");
    }
}

/// The heads of the vectors are what the switch really sends, magic and source aside.
#[test]
fn a_switch_says_what_the_components_switch_says() {
    type Give = fn(&mut Initiator) -> Result<u16, CommandError>;
    let commands: [(&str, Give); 5] = [
        ("control-bind", |switch| switch.bind(Attribute::KEY_1)),
        ("control-unbind", |switch| switch.unbind(Attribute::KEY_1)),
        ("control-power-on", |switch| {
            switch.send(Attribute::KEY_1, Attribute::POWER, true)
        }),
        ("control-hue-float", |switch| {
            switch.send(Attribute::KEY_2, Attribute::BRIGHTNESS_ADD, 212.5_f32)
        }),
        ("control-string", |switch| {
            switch.send(
                Attribute::KEY_3,
                Attribute::MODE,
                Value::text("rainbow").expect("it is short"),
            )
        }),
    ];
    for (name, give) in commands {
        let expected = octets(&vectors_file::vector(name)["out"]["message"]);
        let expected = Message::parse(&expected).expect("a message");
        let mut switch = Initiator::new(InitiatorConfig::default());
        let number = give(&mut switch).expect("it is idle");
        assert_eq!(give(&mut switch), Err(CommandError::Busy));
        let Wish::Send {
            tag,
            kind,
            head,
            destination,
            payload,
        } = ask(&mut switch, at(0))
        else {
            panic!("it has something to say")
        };
        assert_eq!(destination, MacAddress::BROADCAST);
        assert_eq!(head.magic, 0, "the message layer draws one");
        let head = FrameHead {
            magic: expected.head.magic,
            ..head
        };
        assert_eq!(
            (kind, head, &payload[..]),
            (expected.kind, expected.head, expected.payload),
            "{name}"
        );
        assert_eq!(ask(&mut switch, at(0)), Wish::Wait(None));
        switch.handle(
            at(1),
            Input::Sent {
                tag,
                outcome: Outcome::Sent,
            },
        );
        let verdict = Verdict::Said;
        assert_eq!(switch.poll_event(), Some(InitiatorEvent::Done { number, verdict }));
        assert!(!switch.is_busy());
    }
}

#[test]
fn a_key_commands_only_while_it_is_bound() {
    let mut light = light();
    power(&mut light, at(1), SWITCH, Attribute::KEY_1, true);
    assert_eq!(light.poll_event(), None, "nobody is bound");

    light.open_window(at(10), BindWindow::new(Duration::from_millis(100)));
    bind(&mut light, at(110), SWITCH, Attribute::KEY_1, true, -55);
    assert_eq!(
        light.poll_event(),
        Some(ResponderEvent::Bound(KEY)),
        "the window's last moment, the weakest signal"
    );
    bind(&mut light, at(110), SWITCH, Attribute::KEY_1, true, -55);
    assert_eq!(light.poll_event(), None, "once");

    power(&mut light, at(200), SWITCH, Attribute::KEY_1, true);
    let Some(ResponderEvent::Command {
        from,
        command,
        rssi_dbm,
    }) = light.poll_event()
    else {
        panic!("it is bound")
    };
    assert_eq!(
        (from, command.responder, command.value.as_bool(), rssi_dbm),
        (SWITCH, Attribute::POWER, true, -30)
    );
    power(&mut light, at(200), SWITCH, Attribute::KEY_2, true);
    power(&mut light, at(200), LIGHT, Attribute::KEY_1, true);
    assert_eq!(light.poll_event(), None, "another key, another switch");

    bind(&mut light, at(300), SWITCH, Attribute::KEY_1, false, -90);
    assert_eq!(
        light.poll_event(),
        Some(ResponderEvent::Unbound(KEY)),
        "at any time, from anywhere"
    );
    power(&mut light, at(301), SWITCH, Attribute::KEY_1, true);
    assert_eq!(light.poll_event(), None);
}

#[test]
fn errors_come_in_the_components_order() {
    let mut light = light();
    let error = |light: &mut Responder| match light.poll_event() {
        Some(ResponderEvent::BindError { error, .. }) => error,
        other => panic!("{other:?}"),
    };
    bind(&mut light, at(1), SWITCH, Attribute::KEY_1, true, -30);
    assert_eq!(error(&mut light), BindError::Timeout, "no window was opened");
    light.open_window(at(10), BindWindow::new(Duration::from_millis(100)));
    bind(&mut light, at(50), SWITCH, Attribute::KEY_1, true, -56);
    assert_eq!(error(&mut light), BindError::Rssi);
    for key in 0..MAX_BINDINGS {
        let key = Attribute(key.try_into().expect("small"));
        bind(&mut light, at(50), SWITCH, key, true, -30);
        assert!(matches!(light.poll_event(), Some(ResponderEvent::Bound(_))));
    }
    bind(&mut light, at(50), SWITCH, Attribute::KEY_1, true, -30);
    assert_eq!(error(&mut light), BindError::ListFull);
    bind(&mut light, at(50), SWITCH, Attribute::KEY_1, true, -56);
    assert_eq!(error(&mut light), BindError::Rssi, "before the list");
    bind(&mut light, at(111), SWITCH, Attribute::KEY_1, true, -56);
    assert_eq!(error(&mut light), BindError::Timeout, "before the signal");
    assert_eq!(
        [BindError::Timeout, BindError::Rssi, BindError::ListFull].map(|error| error as u8),
        [1, 2, 3]
    );
}

#[test]
fn the_application_may_decide() {
    let mut light = light();
    let ask_first = BindWindow {
        ask: true,
        ..BindWindow::new(Duration::from_millis(100))
    };
    light.open_window(at(0), ask_first);
    bind(&mut light, at(1), SWITCH, Attribute::KEY_1, true, -40);
    assert_eq!(
        light.poll_event(),
        Some(ResponderEvent::Asked {
            binding: KEY,
            rssi_dbm: -40
        })
    );
    assert!(light.bindings().is_empty());
    assert_eq!(light.accept(at(101), KEY), Err(BindError::Timeout));
    assert_eq!(light.accept(at(100), KEY), Ok(()));
    assert_eq!(light.poll_event(), Some(ResponderEvent::Bound(KEY)));
}

#[test]
fn the_window_closes_and_says_so_once() {
    let mut light = light();
    light.open_window(at(0), BindWindow::new(Duration::from_millis(5)));
    let Wish::Wait(Some(until)) = ask(&mut light, at(0)) else {
        panic!("it waits for the end")
    };
    assert!(light.is_window_open(at(5)) && !light.is_window_open(until));
    assert_eq!(ask(&mut light, until), Wish::Wait(None));
    assert_eq!(light.poll_event(), Some(ResponderEvent::WindowClosed));
    assert_eq!(ask(&mut light, until), Wish::Wait(None));
    assert_eq!(light.poll_event(), None);
}

#[test]
fn the_list_outlives_a_reset() {
    let mut light = light();
    light.open_window(at(0), BindWindow::new(Duration::from_secs(1)));
    bind(&mut light, at(1), SWITCH, Attribute::KEY_1, true, -30);
    bind(&mut light, at(1), SWITCH, Attribute::KEY_2, true, -30);
    bind(&mut light, at(1), LIGHT, Attribute::KEY_2, true, -30);
    bind(&mut light, at(1), SWITCH, Attribute::KEY_2, false, -30);
    let Wish::Store("bindlist", value) = ask(&mut light, at(1)) else {
        panic!("it keeps the list")
    };
    assert_eq!(
        value,
        [
            2, 2, 0x18, 0x43, 0x62, 0x3e, 0x34, 0x85, 0x18, 0, 0, 1, 1, 2, 0, 0, 0x34, 0x85, 0x18, 0, 0, 2, 2, 2, 0, 0
        ],
        "the documented layout"
    );
    // One write at a time, and none that is not needed.
    bind(&mut light, at(2), SWITCH, Attribute::KEY_3, true, -30);
    assert!(matches!(ask(&mut light, at(2)), Wish::Wait(_)));
    light.handle(
        at(3),
        Input::Stored {
            key: "bindlist",
            result: Ok(()),
        },
    );
    assert!(matches!(ask(&mut light, at(3)), Wish::Store("bindlist", _)));
    light.handle(
        at(4),
        Input::Stored {
            key: "bindlist",
            result: Err(StorageError::Full),
        },
    );
    while let Some(event) = light.poll_event() {
        if event == ResponderEvent::NotKept(StorageError::Full) {
            break;
        }
        assert!(matches!(event, ResponderEvent::Bound(_) | ResponderEvent::Unbound(_)));
    }

    let mut again = Responder::new(ResponderConfig::DEFAULT);
    power(&mut again, at(0), SWITCH, Attribute::KEY_1, true);
    load(&mut again, "bindlist", Some(&value));
    assert_eq!(again.poll_event(), None, "nobody commands before the list is read");
    assert_eq!(again.bindings().as_octets(), value);
    power(&mut again, at(1), SWITCH, Attribute::KEY_1, true);
    assert!(matches!(again.poll_event(), Some(ResponderEvent::Command { .. })));
    again.clear();
    assert!(again.bindings().is_empty());
}

#[test]
fn a_damaged_list_is_empty_and_told_about() {
    let group = [1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 0, 0];
    let twice = [
        [1, 2].as_slice(),
        &[2, 0, 0, 0, 0, 1, 1, 0, 0, 0],
        &[2, 0, 0, 0, 0, 1, 1, 0, 0, 0],
    ]
    .concat();
    for value in [&[][..], &[2, 0], &[1], &[1, 1, 2], &group, &twice, &[1, 255]] {
        let mut light = Responder::new(ResponderConfig::DEFAULT);
        load(&mut light, "bindlist", Some(value));
        assert_eq!(light.poll_event(), Some(ResponderEvent::Damaged), "{value:?}");
        assert!(light.bindings().is_empty() && light.is_loaded());
    }
}

#[test]
fn a_secured_light_hears_no_plain_command() {
    let config = ResponderConfig {
        secured: true,
        ..ResponderConfig::DEFAULT
    };
    let mut light = Responder::new(config);
    load(&mut light, "bindlist", None);
    light.open_window(at(0), BindWindow::new(Duration::from_secs(1)));
    light.insert(KEY).expect("there is room");
    while light.poll_event().is_some() {}
    power(&mut light, at(1), KEY.address, KEY.attribute, true);
    bind(&mut light, at(1), LIGHT, Attribute::KEY_2, true, -30);
    assert_eq!(light.poll_event(), None);
    assert_eq!(light.bindings().len(), 1);
    // The same under the key.
    let mut payload = [0; MAX_PAYLOAD];
    let command = Command {
        initiator: KEY.attribute,
        responder: Attribute::POWER,
        value: true.into(),
    };
    let length = command.emit(None, &mut payload).expect("there is room");
    light.handle(
        at(2),
        Input::Message(Incoming {
            message: Message {
                kind: Kind::ControlData,
                head: FrameHead::BROADCAST,
                destination: MacAddress::BROADCAST,
                source: KEY.address,
                payload: &payload[..length],
            },
            secured: true,
            transmitter: KEY.address,
            rssi_dbm: -30,
            channel: Channel::DEFAULT,
            at: at(2),
        }),
    );
    assert!(matches!(light.poll_event(), Some(ResponderEvent::Command { .. })));
}

#[test]
fn a_list_of_version_1_is_read_and_kept_anew_when_it_changes() {
    let old = [&[1, 1][..], &SWITCH.octets(), &Attribute::KEY_1.0.to_le_bytes()].concat();
    let mut light = Responder::new(ResponderConfig::DEFAULT);
    load(&mut light, "bindlist", Some(&old));
    power(&mut light, at(1), SWITCH, Attribute::KEY_1, true);
    assert!(matches!(light.poll_event(), Some(ResponderEvent::Command { .. })));
    light
        .insert(Binding {
            address: LIGHT,
            attribute: Attribute::KEY_2,
        })
        .expect("there is room");
    let Wish::Store("bindlist", value) = ask(&mut light, at(2)) else {
        panic!("it keeps the list")
    };
    assert_eq!((value[0], Bindings::parse(&value)), (2, Some(light.bindings().clone())));
}

#[test]
fn whichever_bit_of_a_list_is_flipped_nobody_else_commands() {
    let mut light = light();
    light.insert(KEY).expect("there is room");
    let kept = light.bindings().as_octets().to_vec();
    for bit in 8..8 * kept.len() {
        let mut flipped = kept.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Bindings::parse(&flipped), None, "bit {bit}");
    }
    // The version's own bits make it another version, or one whose length does not fit.
    for bit in 0..8 {
        let mut flipped = kept.clone();
        flipped[0] ^= 1 << bit;
        assert_eq!(Bindings::parse(&flipped), None, "bit {bit}");
    }
}

#[test]
fn texts_arrive_whole_and_one_at_a_time() {
    let mut light = light();
    light.insert(KEY).expect("there is room");
    assert!(light.poll_event().is_some());
    let long = "x".repeat(254);
    for text in ["", "rainbow", &long] {
        let command = Command {
            initiator: Attribute::KEY_1,
            responder: Attribute::MODE,
            value: Value::text(text).expect("it fits"),
        };
        say(&mut light, at(1), SWITCH, Kind::ControlData, &command, -30);
        say(&mut light, at(1), SWITCH, Kind::ControlData, &command, -30);
        power(&mut light, at(1), SWITCH, Attribute::KEY_1, true);
        let Some(ResponderEvent::Command { command, .. }) = light.poll_event() else {
            panic!("{text}")
        };
        assert_eq!(command.value.as_text(), Some(text));
        assert!(
            matches!(light.poll_event(), Some(ResponderEvent::Command { .. })),
            "the number"
        );
        assert_eq!(light.poll_event(), None);
    }
    assert_eq!(light.missed(), 3);
    assert_eq!(Value::text(&"x".repeat(255)), None);
    assert_eq!(Value::text("a\0b"), None);
}

/// A switch that searches channels 1 to 3.
fn searching() -> Initiator {
    Initiator::new(InitiatorConfig {
        secured: false,
        search: Some(Search {
            country: Country {
                first: Channel::DEFAULT,
                count: 3,
            },
            ..Search::DEFAULT
        }),
    })
}

#[test]
fn a_search_tries_the_channel_of_last_time_first() {
    let mut switch = searching();
    load(&mut switch, "ch_key", Some(&[1, 2]));
    let number = switch
        .send(Attribute::KEY_1, Attribute::POWER, true)
        .expect("it is idle");
    let (mut now, mut tries, mut magics) = (at(0), Vec::new(), Vec::new());
    let mut channel = 0;
    loop {
        match ask(&mut switch, now) {
            Wish::Tune(number) => channel = number,
            Wish::Send {
                tag,
                kind,
                head,
                destination,
                payload,
            } => {
                let (second, command) = Command::parse_with_head(&payload).expect("a second head");
                assert_eq!(destination, MacAddress::BROADCAST);
                assert_eq!((kind, second, payload.len()), (Kind::ControlData, head, 20));
                assert_eq!(head.channel, SendChannel::On(Channel::new(channel).expect("one")));
                assert!(head.ack && head.broadcast && head.filter_adjacent_channel);
                assert_eq!(
                    (head.forward_ttl, head.forward_rssi, head.retransmit_count),
                    (10, -55, 0)
                );
                assert_eq!(command.value.as_i32(), 1);
                tries.push((now.as_millis(), channel));
                magics.push(head.magic);
                switch.handle(
                    now,
                    Input::Sent {
                        tag,
                        outcome: Outcome::Sent,
                    },
                );
            }
            Wish::Wait(Some(until)) => now = until,
            Wish::Wait(None) => break,
            other => panic!("{other:?}"),
        }
    }
    let expected: Vec<_> = [2, 1, 3]
        .into_iter()
        .flat_map(|channel| [channel; 6])
        .zip(0..)
        .map(|(channel, count)| (count * 40, channel))
        .collect();
    assert_eq!(tries, expected);
    assert!(
        magics[0] != 0 && magics.iter().all(|&magic| magic == magics[0]),
        "one message, however often it is tried"
    );
    let verdict = Verdict::Unheard;
    assert_eq!(switch.poll_event(), Some(InitiatorEvent::Done { number, verdict }));
}

/// Passes what the switch wants to the light, and what the light answers to the switch, on the light's channel.
fn search_with(light: &mut Responder, light_channel: u8, switch: &mut Initiator) -> (Instant, Vec<u8>) {
    let (mut now, mut stored) = (at(0), Vec::new());
    let mut channel = 0;
    loop {
        match ask(switch, now) {
            Wish::Tune(number) => channel = number,
            Wish::Store("ch_key", value) => stored = value,
            Wish::Send {
                tag,
                kind,
                head,
                destination,
                payload,
            } => {
                assert_eq!(destination, MacAddress::BROADCAST);
                now = now + Duration::from_millis(1);
                switch.handle(
                    now,
                    Input::Sent {
                        tag,
                        outcome: Outcome::Sent,
                    },
                );
                if channel == light_channel {
                    tell(light, now, SWITCH, kind, head, &payload, -30);
                    while let Wish::Send {
                        kind, head, payload, ..
                    } = ask(light, now)
                    {
                        assert_eq!(kind, Kind::Ack);
                        assert_eq!(payload[..], head.to_octets());
                        tell(switch, now, LIGHT, kind, head, &payload, -30);
                    }
                }
            }
            Wish::Wait(Some(until)) => now = until,
            Wish::Wait(None) => return (now, stored),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_search_ends_with_the_first_ack_and_keeps_the_channel() {
    let mut light = Responder::new(ResponderConfig {
        search: true,
        ack_spread: Duration::ZERO,
        ..ResponderConfig::DEFAULT
    });
    load(&mut light, "bindlist", None);
    light.open_window(at(0), BindWindow::new(Duration::from_secs(1)));
    let mut switch = searching();
    load(&mut switch, "ch_key", None);

    let number = switch.bind(Attribute::KEY_1).expect("it is idle");
    let (took, stored) = search_with(&mut light, 3, &mut switch);
    assert_eq!(took.as_millis(), 12 * 41 + 1, "six tries on each of two other channels");
    let found = Channel::new(3).expect("one");
    let heard = Verdict::Heard {
        by: LIGHT,
        channel: found,
    };
    assert_eq!(
        switch.poll_event(),
        Some(InitiatorEvent::Done { number, verdict: heard })
    );
    assert_eq!(stored, [1, 3]);
    assert_eq!(light.poll_event(), Some(ResponderEvent::Bound(KEY)));
    assert_eq!(light.bindings().len(), 1);

    switch
        .send(Attribute::KEY_1, Attribute::POWER, true)
        .expect("it is idle");
    let (took, stored) = search_with(&mut light, 3, &mut switch);
    assert_eq!(
        (took.as_millis(), stored.len()),
        (1, 0),
        "at once, and nothing new to keep"
    );
    assert!(matches!(light.poll_event(), Some(ResponderEvent::Command { .. })));
}

#[test]
fn a_foreign_ack_ends_no_search() {
    let mut switch = searching();
    load(&mut switch, "ch_key", None);
    switch
        .send(Attribute::KEY_1, Attribute::POWER, true)
        .expect("it is idle");
    assert_eq!(ask(&mut switch, at(0)), Wish::Tune(1));
    let Wish::Send { tag, head, .. } = ask(&mut switch, at(0)) else {
        panic!("it tries")
    };
    let foreign = FrameHead {
        magic: head.magic.wrapping_add(1),
        ..head
    };
    tell(&mut switch, at(0), LIGHT, Kind::Ack, foreign, &[], -30);
    assert!(switch.is_busy());
    // The ack may overtake the radio's word.
    tell(&mut switch, at(0), LIGHT, Kind::Ack, head, &[], -30);
    assert!(!switch.is_busy());
    switch.handle(
        at(1),
        Input::Sent {
            tag,
            outcome: Outcome::Sent,
        },
    );
    assert_eq!(ask(&mut switch, at(1)), Wish::Store("ch_key", vec![1, 1]));
    assert_eq!(ask(&mut switch, at(1)), Wish::Wait(None));
}

#[test]
fn a_damaged_channel_is_told_about() {
    for value in [&[][..], &[1], &[1, 0], &[1, 15], &[2, 1], &[1, 1, 1]] {
        let mut switch = searching();
        load(&mut switch, "ch_key", Some(value));
        assert_eq!(switch.poll_event(), Some(InitiatorEvent::Damaged), "{value:?}");
        switch.bind(Attribute::KEY_1).expect("it is idle");
        assert_eq!(ask(&mut switch, at(0)), Wish::Tune(1));
    }
}

#[test]
fn what_they_weigh() {
    // Octets on a 64-bit host; a chip's are fewer.
    assert!(size_of::<Responder>() <= 1200, "{}", size_of::<Responder>());
    assert!(size_of::<Initiator>() <= 450, "{}", size_of::<Initiator>());
}

fn any_command() -> impl Strategy<Value = (u32, u32, Result<i32, String>)> {
    // Without the standard library, proptest reads no patterns.
    let text = prop::collection::vec(prop::char::range('\u{1}', char::MAX), 0..=60);
    let text = text.prop_map(|text| text.into_iter().collect());
    let value = prop_oneof![any::<i32>().prop_map(Ok), text.prop_map(Err)];
    (any::<u32>(), any::<u32>(), value)
}

proptest! {
    #[test]
    fn reading_gives_back_what_was_written(
        (initiator, responder, value) in any_command(),
        head in prop::option::of(any::<[u8; 6]>()),
    ) {
        let text = value.clone().err().unwrap_or_default();
        let value = value.map_or_else(|_| Value::text(&text).expect("it is short"), Value::from);
        let command = Command { initiator: Attribute(initiator), responder: Attribute(responder), value };
        let head = head.map(FrameHead::from_octets);
        let mut buffer = [0xaa; MAX_PAYLOAD];
        let length = command.emit(head, &mut buffer).expect("there is room");
        prop_assert_eq!(command.emit(head, &mut buffer[..length - 1]), None);
        match head {
            None => prop_assert_eq!(Command::parse(&buffer[..length]), Ok(command)),
            Some(head) => prop_assert_eq!(Command::parse_with_head(&buffer[..length]), Ok((head, command))),
        }
    }

    #[test]
    fn any_octets_are_a_command_or_refused(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(command) = Command::parse(&octets) {
            let mut again = [0; MAX_PAYLOAD];
            let length = command.emit(None, &mut again).expect("there is room");
            prop_assert_eq!(&again[..12], &octets[..12]);
            prop_assert!(length <= octets.len().max(12));
            let _ = (command.value.as_text(), command.value.to_string());
        }
        let _ = Command::parse_with_head(&octets);
        if let Some(bindings) = Bindings::parse(&octets) {
            // A list of version 1 is kept in version 2.
            let kept = bindings.as_octets();
            prop_assert_eq!(Bindings::parse(kept), Some(bindings.clone()));
            prop_assert!(octets[0] == 1 || kept == octets);
        }
    }

    /// Whatever a light hears and whatever its flash holds, it obeys only keys on its list, and keeps a list that it can read.
    #[test]
    fn a_light_obeys_its_list_alone(
        kept in prop::option::of(prop::collection::vec(any::<u8>(), 0..40)),
        search: bool,
        heard in prop::collection::vec((0_u64..50, 0_u8..3, any::<bool>(), -70_i8..-40, prop_oneof![
            (0_u32..3, 0_u32..2).prop_map(|(key, on)| [key.to_le_bytes(), [1, 0, 0, 0], on.to_le_bytes()].concat()),
            prop::collection::vec(any::<u8>(), 0..40),
        ]), 0..80),
    ) {
        let mut light = Responder::new(ResponderConfig { search, ..ResponderConfig::DEFAULT });
        load(&mut light, "bindlist", kept.as_deref());
        let mut now = at(0);
        light.open_window(now, BindWindow::new(Duration::from_secs(1)));
        for (passed, board, is_bind, rssi, payload) in heard {
            now = now + Duration::from_millis(passed);
            let from = MacAddress([2, 0, 0, 0, 0, board]);
            let kind = if is_bind { Kind::ControlBind } else { Kind::ControlData };
            let before = light.bindings().clone();
            tell(&mut light, now, from, kind, FrameHead::BROADCAST, &payload, rssi);
            while let Some(event) = light.poll_event() {
                match event {
                    ResponderEvent::Command { from, command, .. } => {
                        let binding = Binding { address: from, attribute: command.initiator };
                        prop_assert!(before.contains(binding) && !is_bind);
                    }
                    ResponderEvent::Bound(binding) => {
                        prop_assert!(!before.contains(binding) && now <= at(1000) && rssi >= -55);
                    }
                    ResponderEvent::Unbound(binding) => prop_assert!(before.contains(binding)),
                    _ => {}
                }
            }
            loop {
                match ask(&mut light, now) {
                    Wish::Wait(_) => break,
                    Wish::Store(_, value) => {
                        let kept = Bindings::parse(&value);
                        prop_assert_eq!(kept.as_ref(), Some(light.bindings()));
                        light.handle(now, Input::Stored { key: "bindlist", result: Ok(()) });
                    }
                    Wish::Send { kind, .. } => prop_assert!(kind == Kind::Ack && search),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}
