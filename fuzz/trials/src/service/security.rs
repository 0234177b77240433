//! Giving and taking the application's key.

use arbitrary::{Arbitrary, Unstructured};
use protocol::message::AppKey;
use protocol::service::Service;
use protocol::service::security::{
    Initiator, MAX_PACKET, MAX_SESSION_DATA, Mode, Modes, Packet, ProofOfPossession, Responder, SessionData,
};
use protocol::time::Instant;

use super::{Subject, address, try_boards};

/// What an attacker would like to know.
const KEY: [u8; 32] = *b"the key of all boards, 32 octets";
const OLD_KEY: [u8; 32] = *b"an older key, which is 32 octets";
const PROOF: &[u8] = b"proof on the label";

/// The octets are a packet, and what happens to an initiator, two boards that it gives a key to, and one with another proof. Neither
/// keys nor the proof go out in the clear.
pub fn security(octets: &[u8]) {
    check_packet(octets);
    let initiator = |index, _| -> Box<dyn Subject> { Box::new(Giver(Box::new(Initiator::new(address(index))))) };
    let board = |index, way: u8| -> Box<dyn Subject> {
        let modes = [Modes::Compatible, Modes::Strong, Modes::Both][usize::from(way) % 3];
        Box::new(Taker {
            responder: Box::new(Responder::new(address(index), ProofOfPossession::new(PROOF), modes)),
        })
    };
    let stranger = |index, _| -> Box<dyn Subject> {
        Box::new(Taker {
            responder: Box::new(Responder::new(
                address(index),
                ProofOfPossession::new(b"another"),
                Modes::Both,
            )),
        })
    };
    try_boards(octets, &[initiator, board, board, stranger]);
}

fn check_packet(octets: &[u8]) {
    if let Ok(packet) = Packet::parse(octets) {
        let mut buffer = [0; MAX_PACKET];
        let length = packet.emit(&mut buffer).expect("room for the longest");
        assert_eq!(Packet::parse(&buffer[..length]), Ok(packet));
    }
    if let Ok(data) = SessionData::parse(octets) {
        let mut buffer = [0; MAX_SESSION_DATA];
        let length = data.emit(&mut buffer).expect("room for the longest");
        assert_eq!(SessionData::parse(&buffer[..length]), Ok(data));
    }
}

struct Giver(Box<Initiator<8>>);

#[derive(Arbitrary)]
enum GiverCommand {
    Give {
        strong: bool,
        old: bool,
        boards: [u8; 3],
    },
    /// To the two boards, as it should be.
    GiveToBoth {
        strong: bool,
    },
    Scan,
    Reset {
        board: u8,
        key: Option<bool>,
    },
    Stop,
}

const fn key(old: bool) -> AppKey {
    AppKey::new(if old { OLD_KEY } else { KEY })
}

impl Giver {
    fn give(&mut self, strong: bool, old: bool, boards: &[u8]) {
        let boards: Vec<_> = boards.iter().map(|board| address(*board)).collect();
        let (proof, key) = (ProofOfPossession::new(PROOF), key(old));
        let terms = protocol::service::security::Terms {
            mode: if strong { Mode::Strong } else { Mode::Compatible },
            proof: &proof,
            key: &key,
        };
        let _ = self.0.give(&terms, &boards);
    }
}

impl Subject for Giver {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.0
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        match script.arbitrary()? {
            GiverCommand::Give { strong, old, boards } => self.give(strong, old, &boards),
            GiverCommand::GiveToBoth { strong } => self.give(strong, false, &[1, 2]),
            GiverCommand::Scan => {
                let _ = self.0.scan(now);
            }
            GiverCommand::Reset { board, key: old } => {
                let _ = self.0.reset(now, address(board), old.map(key).as_ref());
            }
            GiverCommand::Stop => self.0.stop(),
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        self.0.poll_event().is_some()
    }

    fn secrets(&self) -> &[&[u8]] {
        &[&KEY, &OLD_KEY, PROOF]
    }
}

struct Taker {
    responder: Box<Responder>,
}

impl Subject for Taker {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.responder
    }

    fn command(&mut self, _: Instant, _: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        self.responder.erase();
        assert!(self.responder.key().is_none());
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        let event = self.responder.poll_event();
        let _ = event.map(|event| event.to_string());
        event.is_some()
    }

    fn secrets(&self) -> &[&[u8]] {
        &[&KEY, &OLD_KEY, PROOF]
    }
}
