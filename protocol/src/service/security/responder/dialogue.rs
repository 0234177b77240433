//! What a responder knows of the initiator that it talks with.

use rand_core::Rng;

use crate::MacAddress;
use crate::message::AppKey;
use crate::service::security::packet::{Mode, Packet};
use crate::service::security::proof::ProofOfPossession;
use crate::service::security::session::{EphemeralKey, Session, Transcript};
use crate::service::security::session_data::{PUBLIC_LEN, RANDOM_LEN};
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct Dialogue {
    pub(super) client: MacAddress,
    pub(super) mode: Mode,
    pub(super) client_public: [u8; PUBLIC_LEN],
    pub(super) stage: Stage,
    /// When it last went on. What is repeated, wrong or out of turn does not count, or anybody could hold it open.
    pub(super) heard_at: Instant,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// The answer is yet to be worked out, which takes a chip some 20 ms.
    Greeted,
    Answered(Answered),
    Proven(Session),
    /// The key is to be stored, or is being stored.
    Taking {
        session: Session,
        key: AppKey,
        asked: bool,
    },
    Taken(Session),
}

#[derive(Debug)]
pub(super) struct Answered {
    pub(super) session: Session,
    pub(super) device_public: [u8; PUBLIC_LEN],
    pub(super) device_random: [u8; RANDOM_LEN],
    /// The client's proof, which is judged when the flash says that somebody may be guessing.
    pub(super) unjudged: Option<[u8; PUBLIC_LEN]>,
}

impl Dialogue {
    /// Goes along; `None` if the client's key is none.
    pub(super) fn answer(
        &self,
        device: MacAddress,
        proof: &ProofOfPossession,
        random: &mut dyn Rng,
    ) -> Option<Answered> {
        let own = EphemeralKey::generate(random);
        let mut device_random = [0; RANDOM_LEN];
        random.fill_bytes(&mut device_random);
        let transcript = Transcript {
            client: self.client,
            device,
            client_public: &self.client_public,
            device_public: own.public(),
            device_random: &device_random,
        };
        let session = Session::agree(self.mode, &own, &self.client_public, proof, &transcript)?;
        Some(Answered {
            session,
            device_public: *own.public(),
            device_random,
            unjudged: None,
        })
    }
}

impl Answered {
    pub(super) const fn packet(&self, mode: Mode) -> Packet {
        Packet::Answer {
            mode,
            device_public: self.device_public,
            device_random: self.device_random,
        }
    }
}
