//! Messages whose octets were made by something else than this code, read and written.

mod vectors_file;

use protocol::message::{FrameHead, Kind, Message, SendChannel};
use protocol::{Channel, MacAddress};
use serde_json::Value;
use vectors_file::{address, integer, octets, vectors};

fn head(json: &Value) -> FrameHead {
    let field = |name: &str| json.get(name).map_or(0, integer::<i64>);
    let flag = |name: &str| field(name) != 0;
    FrameHead {
        magic: u16::try_from(field("magic")).expect("16 bits"),
        channel: match u8::try_from(field("channel")).expect("a channel") {
            0 => SendChannel::Current,
            15 => SendChannel::All,
            number => SendChannel::On(Channel::new(number).expect("a channel")),
        },
        filter_adjacent_channel: flag("filter_adjacent_channel"),
        filter_weak_signal: flag("filter_weak_signal"),
        security: flag("security"),
        reserved: 0,
        broadcast: flag("broadcast"),
        group: flag("group"),
        ack: flag("ack"),
        retransmit_count: u8::try_from(field("retransmit_count")).expect("5 bits"),
        forward_ttl: u8::try_from(field("forward_ttl")).expect("5 bits"),
        forward_rssi: i8::try_from(field("forward_rssi")).expect("dBm"),
    }
}

fn kind(name: &Value) -> Kind {
    let name = name.as_str().expect("a name");
    Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .unwrap_or_else(|| panic!("no kind is called {name}"))
}

#[test]
fn every_field_of_a_head_is_in_its_place() {
    for vector in vectors("head-") {
        let head = head(&vector["in"]);
        let expected = octets(&vector["out"]["head"]);
        assert_eq!(head.to_octets()[..], expected, "{}", vector["name"]);
        assert_eq!(FrameHead::from_octets(expected.try_into().expect("six octets")), head);
    }
}

#[test]
fn messages_are_read_and_written_octet_by_octet() {
    let all = vectors("")
        .into_iter()
        .filter(|vector| vector["out"].get("message").is_some());
    let mut count = 0;
    for vector in all {
        let (input, name) = (&vector["in"], &vector["name"]);
        let payload = octets(&vector["out"]["payload"]);
        let expected = octets(&vector["out"]["message"]);
        let message = Message {
            kind: kind(&input["type"]),
            head: FrameHead {
                // Where the vector was made with a random one.
                magic: u16::from_le_bytes([expected[2], expected[3]]),
                ..head(&input["head"])
            },
            destination: address(&input["destination"]),
            source: address(&input["source"]),
            payload: &payload,
        };
        assert_eq!(Message::parse(&expected), Ok(message), "{name}");
        let mut buffer = [0; 1470];
        let length = message.emit(&mut buffer).expect("there is room");
        assert_eq!(buffer[..length], expected, "{name}");
        count += 1;
    }
    assert!(count >= 15, "{count} vectors");
    assert!(MacAddress::BROADCAST.is_group());
}
