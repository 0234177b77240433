//! What is said in an upgrade, against octets that were made by something else than this code, and against arbitrary ones.

mod vectors_file;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::service::upgrade::{
    Answer, Code, Command, ImageId, Info, Layout, PACKET_HEADER_LEN, Packet, STATUS_LEN, Status,
};
use vectors_file::{array, integer, octets, vector};

fn payload(name: &str) -> Vec<u8> {
    octets(&vector(name)["out"]["payload"])
}

fn emit(status: &Status<'_>) -> Vec<u8> {
    let mut buffer = [0; 300];
    let length = status.emit(&mut buffer).expect("there is room");
    buffer[..length].to_vec()
}

#[test]
fn the_request_is_one_octet() {
    let expected = payload("ota-request");
    assert_eq!(Command::parse(&expected), Ok(Command::Request));
    assert_eq!(Command::REQUEST[..], expected);
}

#[test]
fn an_info_is_a_description_without_its_end() {
    let input = &vector("ota-info")["in"];
    let expected = payload("ota-info");
    let Ok(Answer::Info(info)) = Answer::parse(&expected) else {
        panic!("no info");
    };
    let description = info.description().expect("a description");
    assert_eq!(description.version.as_str(), input["version"]);
    assert_eq!(description.project.as_str(), input["project_name"]);
    let written = Info {
        description: &description.emit(),
    };
    assert_eq!(written.to_octets()[..], expected);
}

#[test]
fn the_question_names_the_image() {
    let input = &vector("ota-status-request")["in"];
    let expected = payload("ota-status-request");
    let image = ImageId {
        hash: array(&input["sha_256"]),
        size: integer(&input["total_size"]),
    };
    let question = Status::question(image, integer(&input["packet_num"]));
    assert_eq!(Layout::PLAIN.packets(image.size), Some(question.packets));
    assert_eq!(Command::parse(&expected), Ok(Command::Status(question)));
    assert_eq!(emit(&question), expected);
}

#[test]
fn a_bit_of_the_bitmap_is_a_packet() {
    let input = &vector("ota-status-progress")["in"];
    let expected = payload("ota-status-progress");
    let Ok(Answer::Status(status)) = Answer::parse(&expected) else {
        panic!("no status");
    };
    let missing: Vec<u16> = (0..1600)
        .filter(|number| status.bitmap[usize::from(number / 8)] >> (number % 8) & 1 == 0)
        .collect();
    let told = input["missing"].as_array().expect("a list");
    assert_eq!(missing, told.iter().map(integer::<u16>).collect::<Vec<_>>());
    assert_eq!((status.code, status.page), (Code::OK, 0));
    assert_eq!(emit(&status), expected);
}

#[test]
fn the_last_packet_is_filled_up() {
    let input = &vector("ota-data-last")["in"];
    let (expected, data) = (payload("ota-data-last"), octets(&input["data"]));
    let packet = Packet {
        number: integer(&input["seq"]),
        data: &data,
    };
    assert_eq!(Command::parse(&expected), Ok(Command::Packet(packet)));
    let mut buffer = [0xaa; 228];
    assert_eq!(packet.emit(Layout::PLAIN, &mut buffer), Some(228));
    assert_eq!(buffer[..], expected);
    assert_eq!(packet.emit(Layout::PLAIN, &mut buffer[..227]), None);
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(octets in vec(any::<u8>(), 0..300)) {
        if let Ok(Command::Status(status)) = Command::parse(&octets) {
            prop_assert_eq!(&emit(&status), &octets);
        }
        match Answer::parse(&octets) {
            Ok(Answer::Info(info)) => {
                let _ = info.description();
                let written = info.to_octets();
                let length = written.len().min(octets.len());
                prop_assert_eq!(&written[4..length.max(4)], octets.get(4..length).unwrap_or_default());
            }
            Ok(Answer::Status(status)) => prop_assert_eq!(&emit(&status), &octets),
            Err(_) => {}
        }
        if let Ok(Command::Packet(packet)) = Command::parse(&octets) {
            let mut buffer = [0; PACKET_HEADER_LEN + 224];
            match packet.emit(Layout::PLAIN, &mut buffer) {
                Some(_) => prop_assert_eq!(Command::parse(&buffer), Ok(Command::Packet(packet))),
                None => prop_assert!(packet.data.len() > 224),
            }
        }
        prop_assert_eq!(Status::question(ImageId::default(), 0).emit(&mut [0; STATUS_LEN - 1]), None);
    }
}
