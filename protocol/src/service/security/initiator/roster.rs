//! The boards that a key is given to, and how far each has come.

use super::event::{BoardResult, Reached};
use crate::MacAddress;
use crate::message::AppKey;
use crate::service::security::packet::{Mode, Packet};
use crate::service::security::proof::ProofOfPossession;
use crate::service::security::session::{EphemeralKey, Session, Transcript, same};
use crate::service::security::session_data::{PUBLIC_LEN, RANDOM_LEN};
use crate::time::{Duration, Instant};

/// After so many unanswered proofs, the handshake begins anew: the component's responder forgets it when it gets a message twice.
const PROOFS: u8 = 3;

/// After so many unanswered keys, the handshake begins anew. A board that has the key answers nothing else.
const KEYS: u8 = 12;

/// After so many refusals, a board is believed.
const REFUSALS: u8 = 3;

/// A board waits this long for an answer, and [`PATIENCE_PER_BOARD`] for each board that is not done.
const PATIENCE: Duration = Duration::from_millis(150);

/// See [`PATIENCE`]: what a message and its answer take on the air at 1 Mbit/s.
const PATIENCE_PER_BOARD: Duration = Duration::from_millis(5);

/// How long an answer is waited for while so many boards are not done.
pub(super) fn patience(waiting: usize) -> Duration {
    PATIENCE + PATIENCE_PER_BOARD * u32::try_from(waiting).unwrap_or(u32::MAX)
}

/// What is the same for all boards of a round.
#[derive(Debug)]
pub(super) struct Gift {
    pub(super) client: MacAddress,
    pub(super) mode: Mode,
    pub(super) proof: ProofOfPossession,
    pub(super) key: AppKey,
    pub(super) ephemeral: EphemeralKey,
}

/// A board: some 100 octets, of which most is the session.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) address: MacAddress,
    stage: Stage,
    /// How often the stage's message went out.
    tries: u8,
    refusals: u8,
    pub(super) reached: Reached,
    /// The application knows the result.
    pub(super) told: bool,
    due: Instant,
    shared: Shared,
}

/// What a board is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Hello,
    Proof,
    Key,
    Done,
    WrongProof,
}

/// What is known from the board's answer.
#[derive(Debug)]
enum Shared {
    Nothing,
    /// The agreement is yet to be worked out: that takes a chip some 10 ms, and other answers come meanwhile.
    Heard {
        device_public: [u8; PUBLIC_LEN],
        device_random: [u8; RANDOM_LEN],
    },
    Agreed {
        device_public: [u8; PUBLIC_LEN],
        session: Session,
    },
}

impl Candidate {
    pub(super) const fn new(address: MacAddress) -> Self {
        Self {
            address,
            stage: Stage::Hello,
            tries: 0,
            refusals: 0,
            reached: Reached::Nothing,
            told: false,
            due: Instant::START,
            shared: Shared::Nothing,
        }
    }

    pub(super) const fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::Done | Stage::WrongProof)
    }

    pub(super) const fn result(&self) -> BoardResult {
        match self.stage {
            Stage::Done => BoardResult::Succeeded,
            Stage::WrongProof => BoardResult::WrongProof,
            _ => BoardResult::Unfinished { reached: self.reached },
        }
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        if self.is_settled() { None } else { Some(self.due) }
    }

    /// The group was asked: from `due` on, this board is asked for itself.
    pub(super) fn begin(&mut self, due: Instant) {
        if !self.is_settled() {
            self.go_back(due);
        }
    }

    /// Forgets every secret.
    pub(super) fn forget(&mut self) {
        self.shared = Shared::Nothing;
    }

    fn go_back(&mut self, due: Instant) {
        self.stage = Stage::Hello;
        self.tries = 0;
        self.due = due;
        self.shared = Shared::Nothing;
    }

    fn go_on(&mut self, now: Instant, stage: Stage, reached: Reached) {
        self.stage = stage;
        self.tries = 0;
        self.due = now;
        self.reached = self.reached.max(reached);
    }

    /// The next message for this board, which is due.
    pub(super) fn next(&mut self, now: Instant, waiting: usize, gift: &Gift) -> Packet {
        let limit = match self.stage {
            Stage::Proof => PROOFS,
            Stage::Key => KEYS,
            Stage::Hello | Stage::Done | Stage::WrongProof => u8::MAX,
        };
        if self.tries >= limit {
            self.go_back(now);
        }
        self.tries = self.tries.saturating_add(1);
        self.due = now + patience(waiting);
        let (mode, stage) = (gift.mode, self.stage);
        if let Some((device_public, session)) = self.agree(gift) {
            return match stage {
                Stage::Key => Packet::Key(session.seal_key(&gift.key)),
                _ => Packet::Proof {
                    mode,
                    proof: session.client_proof(device_public),
                },
            };
        }
        // Nothing was heard, or a key that is none.
        self.stage = Stage::Hello;
        Packet::Hello {
            mode,
            client_public: *gift.ephemeral.public(),
        }
    }

    fn agree(&mut self, gift: &Gift) -> Option<(&[u8; PUBLIC_LEN], &Session)> {
        if let Shared::Heard {
            device_public,
            device_random,
        } = &self.shared
        {
            let transcript = Transcript {
                client: gift.client,
                device: self.address,
                client_public: gift.ephemeral.public(),
                device_public,
                device_random,
            };
            let session = Session::agree(gift.mode, &gift.ephemeral, device_public, &gift.proof, &transcript);
            self.shared = match session {
                Some(session) => Shared::Agreed {
                    device_public: *device_public,
                    session,
                },
                None => Shared::Nothing,
            };
        }
        match &self.shared {
            Shared::Agreed { device_public, session } => Some((device_public, session)),
            Shared::Nothing | Shared::Heard { .. } => None,
        }
    }

    /// The board said something.
    pub(super) fn handle(&mut self, now: Instant, packet: &Packet, gift: &Gift) {
        match (self.stage, packet) {
            (
                Stage::Hello,
                &Packet::Answer {
                    mode,
                    device_public,
                    device_random,
                },
            ) if mode == gift.mode => {
                self.shared = Shared::Heard {
                    device_public,
                    device_random,
                };
                self.go_on(now, Stage::Proof, Reached::Answer);
            }
            (Stage::Proof, Packet::DeviceProof { mode, proof }) if *mode == gift.mode && self.is_proof(proof, gift) => {
                self.go_on(now, Stage::Key, Reached::Proof);
            }
            (Stage::Proof, Packet::Refused { mode }) if *mode == gift.mode && self.tries > 0 => {
                self.refusals += 1;
                if self.refusals >= REFUSALS {
                    self.stage = Stage::WrongProof;
                    self.forget();
                } else {
                    self.go_back(now);
                }
            }
            (Stage::Key, Packet::Receipt { mode, receipt }) if *mode == gift.mode && self.is_receipt(receipt, gift) => {
                self.stage = Stage::Done;
                self.forget();
            }
            _ => {}
        }
    }

    fn is_proof(&self, proof: &[u8; PUBLIC_LEN], gift: &Gift) -> bool {
        self.session()
            .is_some_and(|session| same(proof, &session.device_proof(gift.ephemeral.public())))
    }

    fn is_receipt(&self, receipt: &[u8; PUBLIC_LEN], gift: &Gift) -> bool {
        self.session()
            .is_some_and(|session| same(receipt, &session.receipt(&gift.key)))
    }

    const fn session(&self) -> Option<&Session> {
        match &self.shared {
            Shared::Agreed { session, .. } => Some(session),
            Shared::Nothing | Shared::Heard { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_light() {
        assert!(size_of::<Candidate>() <= 112, "{} octets", size_of::<Candidate>());
    }
}
