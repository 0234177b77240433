//! What a payload says, if it is a message of Espressif's `esp-now` component or of the services here.

use protocol::MacAddress;
use protocol::message::{AppKey, FrameHead, GroupChange, Kind, Message, SEAL_LEN, SendChannel};
use protocol::service::control::{Command, Value};
use protocol::service::debug::{Line, Probe};
use protocol::service::provisioning::Record;
use protocol::service::reliable::{self, Body};
use protocol::service::security::{self, SealedKey};
use protocol::service::{time, upgrade};
use serde::Serialize;

use super::explanation::as_text;
use crate::record::lines::one_line;

/// A message of the component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentLayer {
    /// What it is about.
    pub kind: &'static str,
    /// Its identity: receivers take one of several with the same kind and magic.
    pub magic: u16,
    /// On which channel it was sent, `current` or `all`.
    pub channel: String,
    /// What its head asks for.
    pub flags: Vec<&'static str>,
    /// How often it is sent.
    pub retransmit_count: u8,
    /// How many more boards may pass it on.
    pub forward_ttl: u8,
    /// Boards that hear it weaker don't.
    pub forward_rssi_dbm: i8,
    /// For whom; a group's name if it is for a group.
    pub destination: String,
    /// Who made it.
    #[serde(serialize_with = "as_text")]
    pub source: MacAddress,
    /// Whether it was secured, and opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
    /// Octets of its payload, sealed or not.
    pub octets: usize,
    /// What the payload says, if that can be read.
    pub says: Vec<Said>,
}

/// What became of a secured payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// One of the keys opened it.
    Opened,
    /// None did.
    Closed,
}

/// A field of a service's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub value: String,
}

/// Reads a raw payload as a message, with these keys to try if it is secured; `None` if it does not look like one.
pub(super) fn component(payload: &[u8], keys: &[AppKey]) -> Option<ComponentLayer> {
    let message = Message::parse(payload).ok()?;
    // Two unused bits and a length octet: without them, one text in 85 would be taken for a message.
    let [first, length, ..] = *payload else { return None };
    if first & 0xc0 != 0 || length != message.payload.len().to_le_bytes()[0] {
        return None;
    }
    let head = message.head;
    let opened = if head.security {
        open(message.payload, keys)
    } else {
        None
    };
    let readable = match (head.security, &opened) {
        (true, None) => None,
        (true, Some(plain)) => Some(&plain[..]),
        (false, _) => Some(message.payload),
    };
    let says = readable.map(|payload| says(&Message { payload, ..message }));
    Some(ComponentLayer {
        kind: message.kind.name(),
        magic: head.magic,
        channel: match head.channel {
            SendChannel::Current => "current".to_owned(),
            SendChannel::On(channel) => channel.to_string(),
            SendChannel::All => "all".to_owned(),
        },
        flags: flags(&head),
        retransmit_count: head.retransmit_count,
        forward_ttl: head.forward_ttl,
        forward_rssi_dbm: head.forward_rssi,
        destination: if head.group {
            group_name(message.destination)
        } else {
            message.destination.to_string()
        },
        source: message.source,
        seal: head.security.then_some(match opened {
            Some(_) => Seal::Opened,
            None => Seal::Closed,
        }),
        octets: message.payload.len(),
        says: says.unwrap_or_default(),
    })
}

fn open(sealed: &[u8], keys: &[AppKey]) -> Option<Vec<u8>> {
    keys.iter().find_map(|key| {
        let mut octets = sealed.to_vec();
        key.open(&mut octets).ok()?;
        octets.truncate(sealed.len() - SEAL_LEN);
        Some(octets)
    })
}

fn flags(head: &FrameHead) -> Vec<&'static str> {
    [
        (head.broadcast, "broadcast"),
        (head.group, "group"),
        (head.ack, "ack"),
        (head.security, "secured"),
        (head.filter_adjacent_channel, "filter adjacent channel"),
        (head.filter_weak_signal, "filter weak signal"),
    ]
    .into_iter()
    .filter_map(|(set, name)| set.then_some(name))
    .collect()
}

/// Letters, where a group's name has some; else its octets.
fn group_name(group: MacAddress) -> String {
    let octets = group.octets();
    let name = str::from_utf8(&octets).unwrap_or_default().trim_end_matches('\0');
    if !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_graphic()) {
        name.to_owned()
    } else {
        group.to_string()
    }
}

fn says(message: &Message<'_>) -> Vec<Said> {
    let mut said = Words(Vec::new());
    let readable = match message.kind {
        Kind::Ack | Kind::Forward => Some(()),
        Kind::Group => group(message.payload, &mut said),
        Kind::Provisioning => provisioning(message.payload, &mut said),
        Kind::ControlBind | Kind::ControlData => control(message, &mut said),
        Kind::UpgradeStatus | Kind::UpgradeData => upgrade(message, &mut said),
        Kind::DebugLog => log(message.payload, &mut said),
        Kind::DebugCommand => command(message.payload, &mut said),
        Kind::Security | Kind::SecurityStatus => security(message.payload, &mut said),
        Kind::TimeSync => time(message.payload, &mut said),
        Kind::Reserved => reserved(message, &mut said),
        Kind::Data | Kind::SecurityData => Some(()),
    };
    if readable.is_none() {
        said.say("unreadable", "not what this kind of message has");
    }
    said.0
}

struct Words(Vec<Said>);

impl Words {
    /// What came over the air may hold anything, and a terminal must not obey it.
    fn say(&mut self, name: &'static str, value: impl ToString) {
        let value = one_line(&value.to_string());
        self.0.push(Said { name, value });
    }
}

fn group(payload: &[u8], said: &mut Words) -> Option<()> {
    let change = GroupChange::parse(payload).ok()?;
    said.say(if change.join() { "join" } else { "leave" }, group_name(change.group()));
    for member in change.members() {
        said.say("member", member);
    }
    Some(())
}

fn provisioning(payload: &[u8], said: &mut Words) -> Option<()> {
    match Record::parse(payload).ok()? {
        Record::Beacon(beacon) => {
            said.say("record", "beacon");
            said.say("product", lossy(beacon.product_id.octets()));
            said.say("device", lossy(beacon.device_name.octets()));
        }
        Record::Device(device) => {
            said.say("record", "device");
            said.say("product", lossy(device.product_id.octets()));
            said.say("device", lossy(device.device_name.octets()));
            said.say("auth mode", format!("{:?}", device.auth_mode));
        }
        Record::Wifi(wifi) => {
            said.say("record", "Wi-Fi");
            said.say("SSID", lossy(wifi.ssid.octets()));
            // Whoever has the capture has it; it need not stand in a terminal's history too.
            said.say("password", "(not shown)");
        }
    }
    Some(())
}

fn control(message: &Message<'_>, said: &mut Words) -> Option<()> {
    let command = Command::parse(message.payload).ok()?;
    if message.kind == Kind::ControlBind {
        said.say(
            if command.value.as_bool() { "bind" } else { "unbind" },
            command.initiator,
        );
        return Some(());
    }
    said.say("from", command.initiator);
    said.say("sets", command.responder);
    said.say("to", number(command.value));
    Some(())
}

/// Nothing on the air says whether a value is a whole number or a float; what can hardly be the one is shown as the other, too.
fn number(value: Value<'_>) -> String {
    let float = value.as_f32();
    if value.as_text().is_none() && float.is_normal() && (1e-3..1e9).contains(&float.abs()) {
        return format!("{value} (or {float})");
    }
    value.to_string()
}

fn upgrade(message: &Message<'_>, said: &mut Words) -> Option<()> {
    use upgrade::{Answer, Command};

    let status = if message.kind == Kind::UpgradeData {
        match Command::parse(message.payload).ok()? {
            Command::Request => {
                said.say("packet", "request: who is there?");
                return Some(());
            }
            Command::Packet(packet) => {
                said.say(
                    "packet",
                    format!("image packet {}, {} octets", packet.number, packet.data.len()),
                );
                return Some(());
            }
            Command::Status(status) => status,
        }
    } else {
        match Answer::parse(message.payload).ok()? {
            Answer::Info(info) => {
                said.say("packet", "info");
                let description = info.description().ok()?;
                said.say("project", description.project);
                said.say("version", description.version);
                return Some(());
            }
            Answer::Status(status) => status,
        }
    };
    said.say("packet", "status");
    said.say("image", hex::encode(status.image.hash));
    said.say("code", status.code);
    said.say("written", format!("{} of {} octets", status.written, status.image.size));
    if !status.bitmap.is_empty() {
        let missing: u32 = status.bitmap.iter().map(|octet| octet.count_zeros()).sum();
        said.say("page", format!("{}, {missing} bits not set", status.page));
    }
    Some(())
}

fn log(payload: &[u8], said: &mut Words) -> Option<()> {
    said.say("line", Line::parse(payload));
    Some(())
}

fn command(payload: &[u8], said: &mut Words) -> Option<()> {
    said.say("command", lossy(payload));
    Some(())
}

fn security(payload: &[u8], said: &mut Words) -> Option<()> {
    use security::Packet;

    match Packet::parse(payload).ok()? {
        Packet::Request => said.say("packet", "request: who is there?"),
        Packet::Info(info) => {
            said.say("packet", "info");
            said.say(
                "key",
                info.keyed.map_or("none".to_owned(), |mode| format!("given, {mode}")),
            );
            said.say("client", info.client);
        }
        Packet::Hello { mode, client_public } => {
            said.say("packet", format!("session command 0, {mode}"));
            said.say("client's key", hex::encode(client_public));
        }
        Packet::Answer {
            mode,
            device_public,
            device_random,
        } => {
            said.say("packet", format!("session response 0, {mode}"));
            said.say("device's key", hex::encode(device_public));
            said.say("random", hex::encode(device_random));
        }
        Packet::Proof { mode, proof } => {
            said.say("packet", format!("session command 1, {mode}"));
            said.say("proof", hex::encode(proof));
        }
        Packet::DeviceProof { mode, proof } => {
            said.say("packet", format!("session response 1, {mode}"));
            said.say("proof", hex::encode(proof));
        }
        Packet::Refused { mode } => said.say("packet", format!("refused: a wrong proof of possession, {mode}")),
        Packet::Key(SealedKey::Compatible(_)) => said.say("packet", "the application's key, sealed, compatible"),
        Packet::Key(SealedKey::Strong(_)) => said.say("packet", "the application's key, sealed, strong"),
        Packet::Receipt { mode, .. } => said.say("packet", format!("receipt of the key, {mode}")),
        Packet::Reset { .. } => said.say("packet", "reset: forget the key"),
    }
    Some(())
}

fn time(payload: &[u8], said: &mut Words) -> Option<()> {
    let packet = time::Packet::parse(payload).ok()?;
    said.say("packet", format!("{:?}", packet.kind).to_lowercase());
    said.say("time", format!("{} µs", packet.timestamp_us));
    if let Some(utc_us) = packet.utc_us {
        said.say("UTC", format!("{utc_us} µs since 1970"));
    }
    if let Some(follow_up) = packet.follow_up {
        let previous = follow_up.previous_sent_us;
        let previous = previous.map_or("not known".to_owned(), |us| format!("{us} µs"));
        said.say("previous sent", previous);
    }
    Some(())
}

/// Kind 15 is the component's probes and our reliable delivery; the latter has a check.
fn reserved(message: &Message<'_>, said: &mut Words) -> Option<()> {
    if let Ok(packet) = reliable::Packet::parse(message.payload, message.source, message.destination) {
        said.say("session", format!("{:08x}", packet.session));
        said.say("number", packet.number);
        match packet.body {
            Body::Open { segment } => said.say("packet", format!("open, segments of {segment} octets")),
            Body::Confirm { .. } => said.say("packet", "confirm"),
            Body::Data {
                sequence,
                mark,
                poll,
                segment,
            } => {
                let first = if mark.first { ", first" } else { "" };
                let last = if mark.last { ", last" } else { "" };
                let poll = if poll { ", poll" } else { "" };
                said.say(
                    "packet",
                    format!("data {sequence}, {} octets{first}{last}{poll}", segment.len()),
                );
            }
            Body::Poll { next } => said.say("packet", format!("poll, {next} sent")),
            Body::Close => said.say("packet", "close"),
            Body::Accept { room, .. } => said.say("packet", format!("accept, room for {room}")),
            Body::Report { next, room, held } => {
                said.say("packet", format!("report, all before {next}, room for {room}"));
                said.say("held beyond", format!("{held:032b}"));
            }
            Body::Reset { reason } => said.say("packet", format!("reset: {reason:?}").to_lowercase()),
        }
        return Some(());
    }
    let probe = Probe::parse(message.payload).ok()?;
    said.say("probe", format!("{:?}", probe.kind));
    said.say("sequence", probe.sequence);
    Some(())
}

/// Text up to its first NUL; what is not UTF-8 is shown as such.
fn lossy(octets: &[u8]) -> String {
    let text = octets.split(|&octet| octet == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::Channel;
    use serde_json::Value as Json;

    use super::*;

    /// The messages that were made by something else, by name.
    fn vectors() -> Vec<(String, Vec<u8>)> {
        let file: Json = serde_json::from_str(include_str!("../../../protocol/vectors/messages.json")).expect("JSON");
        let vectors = file["vectors"].as_array().expect("a list").iter();
        let messages = vectors.filter_map(|vector| {
            let message = hex::decode(vector["out"]["message"].as_str()?).expect("digits");
            Some((vector["name"].as_str().expect("a name").to_owned(), message))
        });
        messages.collect()
    }

    fn words(name: &str) -> Vec<String> {
        let (_, octets) = vectors().into_iter().find(|(of, _)| of == name).expect("a vector");
        let layer = component(&octets, &[]).expect("a message");
        layer
            .says
            .into_iter()
            .map(|said| format!("{}: {}", said.name, said.value))
            .collect()
    }

    #[test]
    fn every_vector_is_readable() {
        assert!(vectors().len() >= 15);
        for (name, octets) in vectors() {
            let layer = component(&octets, &[]).expect("a message");
            assert!(
                layer.says.iter().all(|said| said.name != "unreadable"),
                "{name}: {layer:?}"
            );
        }
    }

    #[test]
    fn services_are_put_into_words() {
        assert_eq!(words("control-bind"), ["bind: key_1"]);
        assert_eq!(words("control-power-on"), ["from: key_1", "sets: power", "to: 1"]);
        assert_eq!(words("control-hue-float")[2], "to: 1129611264 (or 212.5)");
        assert_eq!(words("control-string")[2], "to: \"rainbow\"");
        assert_eq!(words("ota-info")[1..], ["project: porch-light", "version: 1.4.2"]);
        assert_eq!(words("ota-data-last"), ["packet: image packet 1601, 77 octets"]);
        assert_eq!(words("timesync-broadcast")[1], "time: 987654321 µs");
        assert_eq!(words("message-group-join").len(), 4);
    }

    #[test]
    fn secured_payloads_open_with_the_right_key_only() {
        let (right, wrong) = (AppKey::new([7; AppKey::LEN]), AppKey::new([8; AppKey::LEN]));
        let mut payload = *b"lights\0\0\0\0\0\0\0\0\0\0\0\0\0";
        payload[6] = 0;
        let mut random = crate::kernel::stream(1, crate::kernel::Concern::Board, 0);
        let length = right.seal(&mut random, &mut payload, 7).expect("there is room");
        let message = Message {
            kind: Kind::DebugCommand,
            head: FrameHead {
                security: true,
                channel: SendChannel::On(Channel::DEFAULT),
                ..FrameHead::BROADCAST
            },
            destination: MacAddress::BROADCAST,
            source: MacAddress([2, 0, 0, 0, 0, 1]),
            payload: &payload[..length],
        };
        let mut octets = [0; 64];
        let length = message.emit(&mut octets).expect("there is room");
        let layer = |keys: &[AppKey]| component(&octets[..length], keys).expect("a message");
        assert_eq!(layer(&[]).seal, Some(Seal::Closed));
        assert_eq!(layer(std::slice::from_ref(&wrong)).seal, Some(Seal::Closed));
        assert!(layer(&[]).says.is_empty());
        let opened = layer(&[wrong, right]);
        assert_eq!(opened.seal, Some(Seal::Opened));
        assert_eq!(opened.says[0].value, "lights");
    }

    #[test]
    fn a_text_is_no_message() {
        assert_eq!(component(b"(a text of more than twenty octets)", &[]), None);
        assert_eq!(component(b"", &[]), None);
    }

    proptest! {
        #[test]
        fn any_payload_is_put_into_words(kind in 0_u8..16, head: [u8; 6], payload in prop::collection::vec(any::<u8>(), 0..230)) {
            let message = Message {
                kind: Kind::from_low_bits(kind),
                head: FrameHead::from_octets(head),
                destination: MacAddress([2, 0, 0, 0, 0, 2]),
                source: MacAddress([2, 0, 0, 0, 0, 1]),
                payload: &payload,
            };
            let mut octets = [0; 250];
            let length = message.emit(&mut octets).expect("there is room");
            let layer = component(&octets[..length], &[AppKey::new([1; AppKey::LEN])]).expect("a message");
            prop_assert_eq!(layer.octets, payload.len());
        }
    }
}
