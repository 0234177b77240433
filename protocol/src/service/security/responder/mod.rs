//! The board that takes a key.
//!
//! ```text
//!  starting ─ loaded: none ─► open ─ hello ─► greeted ─ proof ─► proven ─ key ─► taking ─ stored ─► keyed
//!      │                       ▲                 │ wrong proof, silence │                            │
//!      ├─ loaded: a key ───────┼─────────────────┘◄─────────────────────┘                            │
//!      │                       ├──────────────────────── reset, or erase ◄───────────────────────────┘
//!      └─ unreadable, damaged ─► shut ─ erase ─► open
//! ```
//!
//! A board whose key can't be read, or was changed, had a key: it takes no other and answers nobody, until its owner erases it or a
//! later start can read the key.
//!
//! The receipt goes out when the key is in the flash, so that who has the receipt knows that a power cut does not take it back.

mod dialogue;
mod event;
mod flash;
mod guesses;

pub use event::ResponderEvent;

use rand_core::Rng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::kept::KeptError;
use super::packet::{CHALLENGE_LEN, Info, MAX_PACKET, Mode, Modes, OurInfo, Packet};
use super::proof::ProofOfPossession;
use super::record::{RECORD_LEN, Record};
use super::session::{reset_proof, same};
use super::session_data::PUBLIC_LEN;
use crate::MacAddress;
use crate::message::{AppKey, FrameHead, Kind, Kinds};
use crate::service::{Incoming, Input, Output, Send, Service};
use crate::time::{Duration, Instant};
use dialogue::{Dialogue, Stage};
use flash::FlashUse;
use guesses::{Guesses, MARK};

/// The name that the key is kept under.
pub const STORED_KEY: &str = "security";

/// The name that it is kept under that somebody may be guessing the proof of possession.
pub const STORED_GUESSES: &str = "security.guess";

/// A dialogue that does not go on for so long is given up. The component's responder waits for it until it is reset.
pub const SILENCE: Duration = Duration::from_secs(3);

/// For so long after the right proof, a greeting does not begin the dialogue anew.
const PROVEN_HOLDS: Duration = Duration::from_secs(1);

/// After so many wrong proofs in a row, nobody is heard for [`CLOSED_FOR`]; nor after a reset with a wrong proof before it.
pub const MAX_WRONG_PROOFS: u8 = 8;

/// See [`MAX_WRONG_PROOFS`]. It makes guessing slow: 8 guesses in 30 s are 23 000 a day.
pub const CLOSED_FOR: Duration = Duration::from_secs(30);

const EVENTS: usize = 4;

/// The board that takes a key: a service, which weighs less than 740 octets.
///
/// In the component this is `espnow_sec_responder_start`. What differs: a repeated message is answered again, a wrong proof is
/// answered with a refusal (which the component's initiator ignores), a silent initiator is given up, guessing is slowed down, and
/// the key outlives a reset.
#[derive(Debug)]
pub struct Responder {
    address: MacAddress,
    proof: ProofOfPossession,
    modes: Modes,
    state: State,
    dialogue: Option<Dialogue>,
    reply: Option<Reply>,
    info_to: Option<MacAddress>,
    challenge: Option<[u8; CHALLENGE_LEN]>,
    /// Who last wanted a mode that is not taken, and when.
    refused: Option<(MacAddress, Instant)>,
    guesses: Guesses,
    flash: FlashUse,
    erasing: bool,
    packet: [u8; MAX_PACKET],
    record: Zeroizing<[u8; RECORD_LEN]>,
    events: heapless::Deque<ResponderEvent, EVENTS>,
}

#[derive(Debug)]
enum State {
    /// Nobody knows yet whether there is a key.
    Starting,
    Open,
    Keyed(Record),
    /// There is, or may be, a key, and nobody knows which.
    Shut(KeptError),
}

/// What is owed to the dialogue's client.
#[derive(Clone, Copy, Debug)]
enum Reply {
    Answer,
    DeviceProof,
    Receipt,
    Refused { client: MacAddress, mode: Mode },
}

impl Responder {
    /// A responder on the board with this address, which takes a key from whoever knows `proof`, in one of these modes.
    #[must_use]
    pub fn new(address: MacAddress, proof: ProofOfPossession, modes: Modes) -> Self {
        Self {
            address,
            proof,
            modes,
            state: State::Starting,
            dialogue: None,
            reply: None,
            info_to: None,
            challenge: None,
            refused: None,
            guesses: Guesses::new(),
            flash: FlashUse::None,
            erasing: false,
            packet: [0; MAX_PACKET],
            record: Zeroizing::new([0; RECORD_LEN]),
            events: heapless::Deque::new(),
        }
    }

    /// The key, if there is one, and the mode that it was given in: it is to be used in no other.
    #[must_use]
    pub const fn key(&self) -> Option<(&AppKey, Mode)> {
        match &self.state {
            State::Keyed(record) => Some((&record.key, record.mode)),
            State::Starting | State::Open | State::Shut(_) => None,
        }
    }

    /// Why no key is taken, if what is kept of one is not known.
    #[must_use]
    pub const fn is_shut(&self) -> Option<KeptError> {
        match self.state {
            State::Shut(error) => Some(error),
            State::Starting | State::Open | State::Keyed(_) => None,
        }
    }

    /// Forgets the key, and whoever is about to give one; the way back of a board that is shut. [`ResponderEvent::Erased`] comes when the flash has forgotten it too.
    /// Whoever was closed out by wrong proofs before is heard again.
    pub fn erase(&mut self) {
        self.forget();
        self.guesses.pardon();
    }

    fn forget(&mut self) {
        self.state = State::Open;
        self.dialogue = None;
        self.reply = None;
        self.erasing = true;
    }

    /// What has happened since.
    pub fn poll_event(&mut self) -> Option<ResponderEvent> {
        self.events.pop_front()
    }

    /// When nobody asks for events, the latest are lost.
    fn tell(&mut self, event: ResponderEvent) {
        let _ = self.events.push_back(event);
    }

    fn handle_message(&mut self, now: Instant, incoming: &Incoming<'_>) {
        let client = incoming.message.source;
        let Ok(packet) = Packet::parse(incoming.message.payload) else {
            return;
        };
        match packet {
            Packet::Request => self.info_to = Some(client),
            Packet::Reset { proof } => self.handle_reset(proof),
            Packet::Hello { mode, client_public } => self.handle_hello(now, client, mode, client_public),
            Packet::Proof { mode, proof } => self.handle_proof(now, client, mode, &proof),
            Packet::Key(sealed) => {
                let Some(dialogue) = self.dialogue_with(client) else {
                    return;
                };
                match &dialogue.stage {
                    Stage::Proven(session) => {
                        if let Some(key) = session.open_key(&sealed) {
                            let session = session.clone();
                            dialogue.stage = Stage::Taking {
                                session,
                                key,
                                asked: false,
                            };
                        }
                    }
                    Stage::Taken(session) => {
                        let repeated = session.open_key(&sealed);
                        if repeated.is_some() && repeated.as_ref() == self.key().map(|(key, _)| key) {
                            self.reply = Some(Reply::Receipt);
                        }
                    }
                    Stage::Greeted | Stage::Answered(_) | Stage::Taking { .. } => {}
                }
            }
            Packet::Info(_)
            | Packet::Answer { .. }
            | Packet::DeviceProof { .. }
            | Packet::Refused { .. }
            | Packet::Receipt { .. } => {}
        }
    }

    fn handle_reset(&mut self, proof: Option<[u8; super::RESET_PROOF_LEN]>) {
        let obey = match (&self.state, proof) {
            (State::Starting | State::Shut(_), _) => false,
            // As in the component: anybody may. It ends a handshake, and makes a key be forgotten.
            (State::Open, None) => self.modes.contains(Mode::Compatible) && self.dialogue.is_some(),
            (State::Keyed(record), None) => record.mode == Mode::Compatible,
            (State::Open, Some(_)) => false,
            (State::Keyed(record), Some(proof)) => self
                .challenge
                .take()
                .is_some_and(|challenge| proof.ct_eq(&reset_proof(&record.key, self.address, challenge)).into()),
        };
        if obey {
            if self.key().is_some() {
                self.forget();
            }
            self.dialogue = None;
        }
    }

    fn handle_hello(&mut self, now: Instant, client: MacAddress, mode: Mode, client_public: [u8; PUBLIC_LEN]) {
        if !matches!(self.state, State::Open) || self.erasing || self.guesses.is_closed(now) {
            return;
        }
        if !self.modes.contains(mode) {
            // It asks again and again; that is told once.
            let known = self
                .refused
                .is_some_and(|(known, at)| known == client && now < at + SILENCE);
            self.refused = Some((client, now));
            if !known {
                self.tell(ResponderEvent::ModeRefused { client, mode });
            }
            return;
        }
        match &mut self.dialogue {
            Some(dialogue) if dialogue.client != client => return,
            Some(Dialogue {
                stage: Stage::Taking { .. },
                ..
            }) => return,
            // Whoever has shown the proof is not put off by a greeting that anybody can send under its address.
            Some(Dialogue {
                stage: Stage::Proven(_),
                heard_at,
                ..
            }) if now < *heard_at + PROVEN_HOLDS => return,
            Some(dialogue) if dialogue.mode == mode && dialogue.client_public == client_public => {
                if let Stage::Answered(_) = dialogue.stage {
                    self.reply = Some(Reply::Answer);
                    return;
                }
            }
            Some(_) | None => {}
        }
        if self.dialogue.is_none() {
            self.tell(ResponderEvent::Begun { client, mode });
        }
        // A greeting anew is no progress.
        let heard_at = self.dialogue.as_ref().map_or(now, |dialogue| dialogue.heard_at);
        self.dialogue = Some(Dialogue {
            client,
            mode,
            client_public,
            stage: Stage::Greeted,
            heard_at,
        });
        self.reply = Some(Reply::Answer);
    }

    fn handle_proof(&mut self, now: Instant, client: MacAddress, mode: Mode, proof: &[u8; PUBLIC_LEN]) {
        let Some(dialogue) = self.dialogue_with(client) else {
            return;
        };
        if dialogue.mode != mode {
            return;
        }
        match &mut dialogue.stage {
            // Whoever repeats a proof that waits for the flash has not made another guess.
            Stage::Answered(answered) => {
                answered.unjudged.get_or_insert(*proof);
                self.judge(now);
            }
            // What is asked again is answered again; what was asked need not be looked at, the answer is the same.
            Stage::Proven(_) => self.reply = Some(Reply::DeviceProof),
            Stage::Greeted | Stage::Taking { .. } | Stage::Taken(_) => {}
        }
    }

    /// The proof that waits for that, if the flash says that somebody may be guessing.
    fn judge(&mut self, now: Instant) {
        let Some(dialogue) = self.dialogue.as_mut().filter(|_| self.guesses.may_judge()) else {
            return;
        };
        let Stage::Answered(answered) = &mut dialogue.stage else {
            return;
        };
        let Some(proof) = answered.unjudged.take() else { return };
        if same(&proof, &answered.session.client_proof(&answered.device_public)) {
            dialogue.stage = Stage::Proven(answered.session.clone());
            dialogue.heard_at = now;
            self.reply = Some(Reply::DeviceProof);
            self.guesses.handle_right();
            return;
        }
        let (client, mode) = (dialogue.client, dialogue.mode);
        self.dialogue = None;
        self.reply = Some(Reply::Refused { client, mode });
        let closed = self.guesses.handle_wrong(now);
        self.tell(ResponderEvent::WrongProof { client, closed });
    }

    /// Whether a proof waits until the flash says that somebody may be guessing.
    fn proof_waits(&self) -> bool {
        let stage = self.dialogue.as_ref().map(|dialogue| &dialogue.stage);
        matches!(stage, Some(Stage::Answered(answered)) if answered.unjudged.is_some())
    }

    fn dialogue_with(&mut self, client: MacAddress) -> Option<&mut Dialogue> {
        self.dialogue.as_mut().filter(|dialogue| dialogue.client == client)
    }

    fn expire(&mut self, now: Instant) {
        self.guesses.expire(now);
        let Some(dialogue) = &self.dialogue else { return };
        if now < dialogue.heard_at + SILENCE || matches!(dialogue.stage, Stage::Taking { .. }) {
            return;
        }
        let (client, taken) = (dialogue.client, matches!(dialogue.stage, Stage::Taken(_)));
        self.dialogue = None;
        if !taken {
            self.tell(ResponderEvent::Abandoned { client });
        }
    }

    /// What is owed, worked out.
    fn reply(&mut self, random: &mut dyn Rng) -> Option<(MacAddress, Packet)> {
        let reply = self.reply.take()?;
        if let Reply::Refused { client, mode } = reply {
            return Some((client, Packet::Refused { mode }));
        }
        let dialogue = self.dialogue.as_mut()?;
        let (client, mode) = (dialogue.client, dialogue.mode);
        let packet = match (reply, &dialogue.stage) {
            (Reply::Answer, Stage::Greeted) => {
                let Some(answered) = dialogue.answer(self.address, &self.proof, random) else {
                    // No honest initiator has such a key.
                    self.dialogue = None;
                    return None;
                };
                let packet = answered.packet(mode);
                dialogue.stage = Stage::Answered(answered);
                packet
            }
            (Reply::Answer, Stage::Answered(answered)) => answered.packet(mode),
            (Reply::DeviceProof, Stage::Proven(session)) => Packet::DeviceProof {
                mode,
                proof: session.device_proof(&dialogue.client_public),
            },
            (Reply::Receipt, Stage::Taken(session)) => {
                let State::Keyed(record) = &self.state else { return None };
                Packet::Receipt {
                    mode,
                    receipt: session.receipt(&record.key),
                }
            }
            _ => return None,
        };
        Some((client, packet))
    }

    fn info(&mut self, random: &mut dyn Rng) -> Packet {
        let mut challenge = [0; CHALLENGE_LEN];
        random.fill_bytes(&mut challenge);
        self.challenge = Some(challenge);
        let client = match (&self.state, &self.dialogue) {
            (State::Keyed(record), _) => record.client,
            (_, Some(dialogue)) => dialogue.client,
            _ => MacAddress([0; 6]),
        };
        Packet::Info(Info {
            keyed: self.key().map(|(_, mode)| mode),
            client,
            ours: Some(OurInfo {
                modes: self.modes,
                challenge,
            }),
        })
    }

    fn send(&mut self, destination: MacAddress, packet: &Packet) -> Output<'_> {
        let length = packet
            .emit(&mut self.packet)
            .expect("the buffer is as long as the longest");
        Output::Send(Send {
            tag: 0,
            kind: packet.kind(),
            head: FrameHead {
                retransmit_count: 1,
                filter_adjacent_channel: true,
                ..FrameHead::UNICAST
            },
            destination,
            payload: &self.packet[..length],
        })
    }
}

impl Service for Responder {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Security])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.expire(now);
        match input {
            Input::Message(incoming) if incoming.message.kind == Kind::Security => self.handle_message(now, &incoming),
            Input::Loaded { key: STORED_KEY, value } => {
                self.flash = FlashUse::None;
                self.handle_loaded(value);
            }
            Input::Loaded {
                key: STORED_GUESSES,
                value,
            } => {
                self.flash = FlashUse::None;
                let has_key = self.key().is_some();
                let closes = self.guesses.is_unread() && self.guesses.handle_loaded(now, value, has_key);
                if closes && self.is_shut().is_none() {
                    self.tell(ResponderEvent::Closed);
                }
            }
            Input::Stored {
                key: STORED_KEY | STORED_GUESSES,
                result,
            } => self.handle_stored(now, result),
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        self.expire(now);
        if self.flash == FlashUse::None {
            if self.erasing {
                self.erasing = false;
                self.flash = FlashUse::Remove;
                return Output::Remove { key: STORED_KEY };
            }
            if matches!(self.state, State::Starting) {
                self.flash = FlashUse::Load;
                return Output::Load { key: STORED_KEY };
            }
            if self.guesses.is_unread() {
                self.flash = FlashUse::LoadGuesses;
                return Output::Load { key: STORED_GUESSES };
            }
            if let Some(Dialogue {
                client,
                mode,
                stage: Stage::Taking { key, asked, .. },
                ..
            }) = &mut self.dialogue
                && !*asked
            {
                *asked = true;
                self.flash = FlashUse::Store;
                let record = Record {
                    mode: *mode,
                    client: *client,
                    key: key.clone(),
                };
                self.record = record.to_octets();
                return Output::Store {
                    key: STORED_KEY,
                    value: &*self.record,
                };
            }
            if self.guesses.wants_mark() && self.proof_waits() {
                self.flash = FlashUse::MarkGuesses;
                return Output::Store {
                    key: STORED_GUESSES,
                    value: MARK,
                };
            }
        }
        if let Some((client, packet)) = self.reply(random) {
            return self.send(client, &packet);
        }
        // Who does not know whether there is a key does not say that there is none.
        if let Some(asker) = self.info_to.take()
            && !matches!(self.state, State::Starting | State::Shut(_))
        {
            let info = self.info(random);
            return self.send(asker, &info);
        }
        // Nobody waits for that.
        if self.flash == FlashUse::None && self.guesses.take_done() {
            self.flash = FlashUse::UnmarkGuesses;
            return Output::Remove { key: STORED_GUESSES };
        }
        let silent_at = self.dialogue.as_ref().and_then(|dialogue| {
            (!matches!(dialogue.stage, Stage::Taking { .. })).then_some(dialogue.heard_at + SILENCE)
        });
        Output::Wait(silent_at.into_iter().chain(self.guesses.closed_until()).min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_responder_is_light() {
        assert!(size_of::<Responder>() <= 740, "{} octets", size_of::<Responder>());
    }
}
