//! Laws of the message layer's octets.

use proptest::prelude::*;
use protocol::MacAddress;
use protocol::message::{FrameHead, HEADER_LEN, Kind, Message, NotAMessage};

prop_compose! {
    fn any_message()(
        kind in 0_u8..16,
        head: [u8; 6],
        destination: [u8; 6],
        source: [u8; 6],
        payload in prop::collection::vec(any::<u8>(), 0..=1450),
    ) -> (Kind, FrameHead, MacAddress, MacAddress, Vec<u8>) {
        (Kind::from_low_bits(kind), FrameHead::from_octets(head), MacAddress(destination), MacAddress(source), payload)
    }
}

proptest! {
    #[test]
    fn reading_gives_back_what_was_written((kind, head, destination, source, payload) in any_message()) {
        let message = Message { kind, head, destination, source, payload: &payload };
        let mut buffer = [0; 1470];
        let length = message.emit(&mut buffer).expect("there is room");
        prop_assert_eq!(length, message.buffer_len());
        prop_assert_eq!(Message::parse(&buffer[..length]), Ok(message));
        prop_assert_eq!(message.emit(&mut buffer[..length - 1]), None);
    }

    #[test]
    fn any_octets_are_a_message_or_refused(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        match Message::parse(&octets) {
            Ok(message) => {
                // All is kept but two unused bits and the length octet, which is not believed.
                let mut again = [0; 300];
                let length = message.emit(&mut again).expect("there is room");
                prop_assert_eq!(again[0], octets[0] & 0x3f);
                prop_assert_eq!(&again[2..length], &octets[2..]);
            }
            Err(NotAMessage::TooShort { have }) => prop_assert!(have == octets.len() && have < HEADER_LEN),
            Err(NotAMessage::Version { found }) => prop_assert_ne!(found, 2),
        }
    }
}
