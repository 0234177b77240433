//! A security handshake whose octets were made by something else than this code, from either side.

mod scripted;
mod vectors_file;

use protocol::message::{AppKey, FrameHead, Kind, Message};
use protocol::service::security::{
    BoardResult, Initiator, InitiatorEvent, Mode, Modes, ProofOfPossession, Responder, ResponderEvent, STORED_GUESSES,
    STORED_KEY, Terms,
};
use protocol::service::{Incoming, Input, Outcome, Output, Service};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use scripted::Scripted;
use serde_json::Value;
use vectors_file::{array, octets, vector};

const CLIENT: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]);
const DEVICE: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 2]);

fn packet(vector: &Value, name: &str) -> Vec<u8> {
    octets(&vector["out"][name])
}

fn tell(service: &mut dyn Service, from: MacAddress, payload: &[u8]) {
    let message = Message {
        kind: Kind::Security,
        head: FrameHead::UNICAST,
        destination: if from == CLIENT { DEVICE } else { CLIENT },
        source: from,
        payload,
    };
    service.handle(
        Instant::START,
        Input::Message(Incoming {
            message,
            secured: false,
            transmitter: from,
            rssi_dbm: -40,
            channel: Channel::DEFAULT,
            at: Instant::START,
        }),
    );
}

/// The next message of kind security that goes out; those about groups are passed over.
fn said(service: &mut dyn Service, random: &mut Scripted) -> (MacAddress, Vec<u8>) {
    loop {
        let (tag, kind, destination, payload) = match service.poll(Instant::START, random) {
            Output::Send(send) => (send.tag, send.kind, send.destination, send.payload.to_vec()),
            other => panic!("{other:?}"),
        };
        let outcome = Outcome::Sent;
        service.handle(Instant::START, Input::Sent { tag, outcome });
        if kind == Kind::Security {
            return (destination, payload);
        }
    }
}

#[test]
fn the_initiator_says_what_the_vector_says() {
    let vector = vector("security-handshake");
    let input = &vector["in"];
    let mut initiator = Initiator::<4>::new(CLIENT);
    let terms = Terms {
        mode: Mode::Compatible,
        proof: &ProofOfPossession::new(input["proof_of_possession"].as_str().expect("a text").as_bytes()),
        key: &AppKey::new(array(&input["app_key"])),
    };
    initiator.give(&terms, &[DEVICE]).expect("one board");
    let mut random = Scripted::new(&octets(&input["client_secret"]));
    let (destination, command0) = said(&mut initiator, &mut random);
    assert_eq!(destination, MacAddress(*b"SEC\0\0\0"));
    assert_eq!(command0, packet(&vector, "command0"));
    for (response, command) in [("response0", "command1"), ("response1", "key")] {
        tell(&mut initiator, DEVICE, &packet(&vector, response));
        assert_eq!(said(&mut initiator, &mut random), (DEVICE, packet(&vector, command)));
    }
    assert_eq!(initiator.poll_event(), None);
    tell(&mut initiator, DEVICE, &packet(&vector, "key_response"));
    let result = BoardResult::Succeeded;
    assert_eq!(
        initiator.poll_event(),
        Some(InitiatorEvent::Board {
            address: DEVICE,
            result
        })
    );
    assert!(matches!(
        initiator.poll(Instant::START, &mut random),
        Output::Wait(None)
    ));
    assert_eq!(
        initiator.poll_event(),
        Some(InitiatorEvent::Finished { succeeded: 1, asked: 1 })
    );
}

#[test]
fn the_responder_says_what_the_vector_says() {
    let vector = vector("security-handshake");
    let input = &vector["in"];
    let proof = ProofOfPossession::new(input["proof_of_possession"].as_str().expect("a text").as_bytes());
    let mut responder = Responder::new(DEVICE, proof, Modes::Compatible);
    let mut random = Scripted::new(&[octets(&input["device_secret"]), octets(&input["device_random"])].concat());
    for wanted in [STORED_KEY, STORED_GUESSES] {
        let Output::Load { key } = responder.poll(Instant::START, &mut random) else {
            panic!("it looks first whether it has a key, and whether somebody has guessed");
        };
        assert_eq!(key, wanted);
        responder.handle(Instant::START, Input::Loaded { key, value: Ok(None) });
    }

    for (command, response, judges) in [("command0", "response0", false), ("command1", "response1", true)] {
        tell(&mut responder, CLIENT, &packet(&vector, command));
        if judges {
            let Output::Store { key, .. } = responder.poll(Instant::START, &mut random) else {
                panic!("that somebody may be guessing is kept before the proof is judged");
            };
            assert_eq!(key, STORED_GUESSES);
            responder.handle(Instant::START, Input::Stored { key, result: Ok(()) });
        }
        assert_eq!(said(&mut responder, &mut random), (CLIENT, packet(&vector, response)));
    }
    tell(&mut responder, CLIENT, &packet(&vector, "key"));
    let Output::Store { key, .. } = responder.poll(Instant::START, &mut random) else {
        panic!("the key is kept before it is confirmed");
    };
    assert_eq!(responder.key(), None);
    responder.handle(Instant::START, Input::Stored { key, result: Ok(()) });
    assert_eq!(
        said(&mut responder, &mut random),
        (CLIENT, packet(&vector, "key_response"))
    );
    let expected = AppKey::new(array(&input["app_key"]));
    assert_eq!(responder.key(), Some((&expected, Mode::Compatible)));

    // What is said again is answered again.
    tell(&mut responder, CLIENT, &packet(&vector, "key"));
    assert_eq!(
        said(&mut responder, &mut random),
        (CLIENT, packet(&vector, "key_response"))
    );
    let mode = Mode::Compatible;
    assert_eq!(
        responder.poll_event(),
        Some(ResponderEvent::Begun { client: CLIENT, mode })
    );
    let keyed = ResponderEvent::Keyed {
        client: CLIENT,
        mode,
        kept: false,
    };
    assert_eq!(responder.poll_event(), Some(keyed));
    assert_eq!(responder.poll_event(), None);
    let Output::Remove { key } = responder.poll(Instant::START, &mut random) else {
        panic!("who knows the proof does not guess");
    };
    assert_eq!(key, STORED_GUESSES);
    responder.handle(Instant::START, Input::Stored { key, result: Ok(()) });
    // The session is forgotten, the key is not.
    let later = Instant::START + Duration::from_secs(60);
    assert!(matches!(responder.poll(later, &mut random), Output::Wait(None)));
    assert!(responder.key().is_some());
}
