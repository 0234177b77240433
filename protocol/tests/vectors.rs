//! Frames whose octets were made by something else than this code, read and written.

use protocol::MacAddress;
use protocol::espnow::Key;
use protocol::frame::{
    ActionFrame, FCS_LEN, Header, MacFields, Mpdu, Packet, PacketNumber, Payload, SequenceNumber, TemporalKey, Version,
    append_fcs, check_fcs, fcs, stamp,
};
use serde_json::Value;

struct Vector {
    name: String,
    frame_octets: Vec<u8>,
    header: Header,
    random: [u8; 4],
    version: Version,
    body: Vec<u8>,
    json: Value,
}

impl Vector {
    /// All vectors of a kind; each file entry is one.
    fn load(prefix: &str) -> Vec<Self> {
        let file: Value = serde_json::from_str(include_str!("../vectors/espnow.json")).expect("the file is JSON");
        let entries = file["vectors"].as_array().expect("a list of vectors");
        let vectors: Vec<_> = entries
            .iter()
            .filter(|entry| entry["name"].as_str().is_some_and(|name| name.starts_with(prefix)))
            .map(Self::read)
            .collect();
        assert!(!vectors.is_empty(), "no vectors called {prefix}…");
        vectors
    }

    fn read(json: &Value) -> Self {
        let input = &json["in"];
        let mac_fields = MacFields {
            duration_us: integer(&input["duration_us"]),
            sequence: SequenceNumber::new(integer(&input["sequence"])).expect("12 bits"),
            retry: false,
        };
        let header = Header {
            duration_us: mac_fields.duration_us,
            sequence: mac_fields.sequence,
            retry: mac_fields.retry,
            ..Header::new(
                MacAddress(array(&input["destination"])),
                MacAddress(array(&input["source"])),
            )
        };
        Self {
            name: json["name"].as_str().expect("a name").to_owned(),
            frame_octets: octets(&json["out"]["mpdu"]),
            header,
            random: array(&input["random"]),
            version: Version::from_number(integer(&input["version"])).expect("1 or 2"),
            body: octets(&input["body"]),
            json: json.clone(),
        }
    }

    fn frame(&self) -> ActionFrame<'_> {
        ActionFrame {
            header: self.header,
            random: self.random,
            payload: Payload::new(self.version, &self.body).expect("it fits"),
        }
    }

    fn key(&self) -> TemporalKey {
        let input = &self.json["in"];
        TemporalKey::derive(&Key::new(array(&input["pmk"])), &Key::new(array(&input["lmk"])))
    }

    fn packet_number(&self) -> PacketNumber {
        PacketNumber::new(integer(&self.json["in"]["packet_number"])).expect("48 bits")
    }

    fn assert_read_as(&self, packet: &Packet<'_>) {
        let name = &self.name;
        assert_eq!(*packet.header(), self.header, "{name}");
        assert_eq!(packet.random(), self.random, "{name}");
        assert_eq!(packet.version(), self.version, "{name}");
        assert_eq!(packet.payload_len(), self.body.len(), "{name}");
        assert_eq!(packet.segments().collect::<Vec<_>>().concat(), self.body, "{name}");
    }
}

fn integer<T: TryFrom<u64>>(value: &Value) -> T {
    let number = value.as_u64().expect("an integer");
    T::try_from(number).unwrap_or_else(|_| panic!("{number} is out of range"))
}

fn octets(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("hexadecimal digits")).expect("hexadecimal digits")
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    octets(value).try_into().expect("as many octets as the field has")
}

#[test]
fn plain_frames_are_emitted_octet_by_octet() {
    for vector in Vector::load("raw-") {
        let frame = vector.frame();
        let mut buffer = [0; ActionFrame::MAX_LEN + FCS_LEN];
        let length = frame.emit(&mut buffer).expect("room for any frame");
        assert_eq!(length, frame.buffer_len(), "{}", vector.name);
        assert_eq!(buffer[..length], vector.frame_octets, "{}", vector.name);

        let whole = append_fcs(&mut buffer, length).expect("room for the FCS");
        assert_eq!(buffer[length..whole], array::<FCS_LEN>(&vector.json["out"]["fcs"]));
    }
}

#[test]
fn plain_frames_are_read_field_by_field() {
    for vector in Vector::load("raw-") {
        let check: [u8; FCS_LEN] = array(&vector.json["out"]["fcs"]);
        assert_eq!(fcs(&vector.frame_octets), u32::from_le_bytes(check), "{}", vector.name);
        let on_air = [&vector.frame_octets[..], &check].concat();
        let mpdu = check_fcs(&on_air).expect("the FCS is right");
        match Mpdu::parse(mpdu) {
            Ok(Mpdu::Plain(packet)) => vector.assert_read_as(&packet),
            other => panic!("{}: {other:?}", vector.name),
        }
    }
}

#[test]
fn sealed_frames_are_emitted_octet_by_octet() {
    for vector in Vector::load("ccmp-") {
        let frame = vector.frame();
        let mut buffer = [0; ActionFrame::MAX_LEN];
        let length = frame
            .emit_sealed(&vector.key(), vector.packet_number(), &mut buffer)
            .expect("room for any frame");
        assert_eq!(length, frame.sealed_len(), "{}", vector.name);
        assert_eq!(buffer[..length], vector.frame_octets, "{}", vector.name);
    }
}

#[test]
fn sealed_frames_are_read_field_by_field() {
    for vector in Vector::load("ccmp-") {
        let Ok(Mpdu::Sealed(sealed)) = Mpdu::parse(&vector.frame_octets) else {
            panic!("{}", vector.name)
        };
        assert_eq!(*sealed.header(), vector.header, "{}", vector.name);
        assert_eq!(sealed.packet_number(), vector.packet_number(), "{}", vector.name);
        let mut scratch = [0; ActionFrame::MAX_LEN];
        let packet = sealed.open(&vector.key(), &mut scratch).expect("the key is right");
        vector.assert_read_as(&packet);
    }
}

#[test]
fn stamping_an_unfinished_frame_gives_the_vector() {
    for vector in Vector::load("ccmp-") {
        let Header {
            destination,
            source,
            duration_us,
            sequence,
            retry,
            ..
        } = vector.header;
        let unstamped = ActionFrame {
            header: Header::new(destination, source),
            ..vector.frame()
        };
        let mut buffer = [0; ActionFrame::MAX_LEN];
        let length = unstamped
            .emit_sealed(&vector.key(), vector.packet_number(), &mut buffer)
            .expect("room for any frame");
        let fields = MacFields {
            duration_us,
            sequence,
            retry,
        };
        stamp(&mut buffer[..length], fields).expect("it has a header");
        assert_eq!(buffer[..length], vector.frame_octets, "{}", vector.name);
    }
}
