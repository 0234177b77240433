//! What the security service's messages say (`espnow_security_handshake.h`), and what ours say beside them.
//!
//! ```text
//! kind security         0 request
//! kind security status  1 │ version │ client 6                            and from ours: │ modes │ challenge 8
//! kind security         2 │ size │ SessionData        handshake
//!                       3 │ size │ 32                 the application's key under the key stream
//!                       4 │ size │ 32                 the same, further on in the key stream
//!                       5                             reset
//! ours                  12 │ size │ version 1 │ step │ …       hello 32, answer 32 + 16, proof 32, device's proof 32, no
//!                       13 │ size │ 32 + tag 16        the application's key
//!                       14 │ size │ 32                 a receipt
//!                       15 │ size │ 16                 reset, with proof                        (types in hexadecimal)
//! ```
//!
//! The component's responder answers none of our types, and its initiator reads no further than the client's address.

use core::fmt;

use super::session_data::{CRYPTO_ERROR, NotSessionData, PUBLIC_LEN, RANDOM_LEN, SessionData};
use crate::MacAddress;
use crate::message::{AppKey, Kind};

/// Octets of the longest packet.
pub const MAX_PACKET: usize = 80;

/// Octets of the number that a reset must prove itself against.
pub const CHALLENGE_LEN: usize = 8;

/// Octets of a reset's proof.
pub const RESET_PROOF_LEN: usize = 16;

/// Octets of the tag after a key in [`Mode::Strong`].
pub(super) const KEY_TAG_LEN: usize = 16;

/// What a type of ours has more than the component's.
const STRONG: u8 = 0x10;

const STRONG_VERSION: u8 = 1;

mod number {
    pub(super) const REQUEST: u8 = 0;
    pub(super) const INFO: u8 = 1;
    pub(super) const HANDSHAKE: u8 = 2;
    pub(super) const KEY: u8 = 3;
    pub(super) const KEY_RESPONSE: u8 = 4;
    pub(super) const RESET: u8 = 5;
}

mod step {
    pub(super) const HELLO: u8 = 0;
    pub(super) const ANSWER: u8 = 1;
    pub(super) const PROOF: u8 = 2;
    pub(super) const DEVICE_PROOF: u8 = 3;
    pub(super) const REFUSED: u8 = 4;
}

/// How a key is given and used. A board never goes from one to the other by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mode {
    /// As Espressif's component does it, with its weaknesses.
    Compatible = 1,
    /// Ours: bound to its transcript, authenticated throughout.
    Strong = 2,
}

impl Mode {
    pub(super) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Compatible),
            2 => Some(Self::Strong),
            _ => None,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Compatible => "compatible",
            Self::Strong => "strong",
        })
    }
}

/// The modes in which a responder takes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modes {
    /// Only from the component, and ours in [`Mode::Compatible`].
    Compatible,
    /// Only in [`Mode::Strong`].
    Strong,
    /// In either: in which one is the initiator's choice, and the application is told.
    Both,
}

impl Modes {
    /// Whether `mode` is one of them.
    #[must_use]
    pub const fn contains(self, mode: Mode) -> bool {
        self.bits() & mode as u8 != 0
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Compatible => 1,
            Self::Strong => 2,
            Self::Both => 3,
        }
    }

    const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            3 => Self::Both,
            2 => Self::Strong,
            _ => Self::Compatible,
        }
    }
}

/// What a responder says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// The mode that its key was given in; `None` without a key. The component knows only 0 and 1.
    pub keyed: Option<Mode>,
    /// Who gave it the key, or is about to; zeros for nobody.
    pub client: MacAddress,
    /// What only our responders say.
    pub ours: Option<OurInfo>,
}

/// What our responders say beyond the component's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OurInfo {
    /// How they take a key.
    pub modes: Modes,
    /// What a reset has to prove itself against; new with every info.
    pub challenge: [u8; CHALLENGE_LEN],
}

/// A message of the security service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Who is there?
    Request,
    /// I am, and this is my state.
    Info(Info),
    /// Command 0: an initiator begins.
    Hello {
        /// How.
        mode: Mode,
        /// Its ephemeral key.
        client_public: [u8; PUBLIC_LEN],
    },
    /// Response 0.
    Answer {
        /// How.
        mode: Mode,
        /// The responder's ephemeral key.
        device_public: [u8; PUBLIC_LEN],
        /// Its random number.
        device_random: [u8; RANDOM_LEN],
    },
    /// Command 1: the initiator knows the proof of possession.
    Proof {
        /// How.
        mode: Mode,
        /// What shows it.
        proof: [u8; PUBLIC_LEN],
    },
    /// Response 1: so does the responder.
    DeviceProof {
        /// How.
        mode: Mode,
        /// What shows it.
        proof: [u8; PUBLIC_LEN],
    },
    /// Response 1, or ours: the proof was wrong. The component says nothing.
    Refused {
        /// How.
        mode: Mode,
    },
    /// The application's key, sealed.
    Key(SealedKey),
    /// It was taken.
    Receipt {
        /// How.
        mode: Mode,
        /// The key, or what only its receiver can know.
        receipt: [u8; PUBLIC_LEN],
    },
    /// The key is to be forgotten.
    Reset {
        /// In [`Mode::Strong`], what only the key's holders can know.
        proof: Option<[u8; RESET_PROOF_LEN]>,
    },
}

/// The application's key as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedKey {
    /// Under the key stream.
    Compatible([u8; AppKey::LEN]),
    /// With a tag.
    Strong([u8; AppKey::LEN + KEY_TAG_LEN]),
}

impl Packet {
    /// The kind of message that it travels as.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Info(_) => Kind::SecurityStatus,
            _ => Kind::Security,
        }
    }

    /// Reads a packet. Octets after its end are ignored, as in the component.
    ///
    /// # Errors
    /// [`NotAPacket`].
    pub fn parse(octets: &[u8]) -> Result<Self, NotAPacket> {
        let (&[number], rest) = octets.split_first_chunk().ok_or(NotAPacket::TooShort)?;
        match number {
            number::REQUEST => return Ok(Self::Request),
            number::INFO => return Ok(Self::Info(parse_info(rest)?)),
            number::RESET => return Ok(Self::Reset { proof: None }),
            _ => {}
        }
        let (&[size], rest) = rest.split_first_chunk().ok_or(NotAPacket::TooShort)?;
        let data = rest.get(..usize::from(size)).ok_or(NotAPacket::TooShort)?;
        const STRONG_HANDSHAKE: u8 = STRONG | number::HANDSHAKE;
        const STRONG_KEY: u8 = STRONG | number::KEY;
        const STRONG_KEY_RESPONSE: u8 = STRONG | number::KEY_RESPONSE;
        const STRONG_RESET: u8 = STRONG | number::RESET;
        Ok(match number {
            number::HANDSHAKE => SessionData::parse(data).map_err(NotAPacket::SessionData)?.into(),
            number::KEY => Self::Key(SealedKey::Compatible(take(data)?.0)),
            number::KEY_RESPONSE => Self::Receipt {
                mode: Mode::Compatible,
                receipt: take(data)?.0,
            },
            STRONG_HANDSHAKE => parse_strong(data)?,
            STRONG_KEY => Self::Key(SealedKey::Strong(take(data)?.0)),
            STRONG_KEY_RESPONSE => Self::Receipt {
                mode: Mode::Strong,
                receipt: take(data)?.0,
            },
            STRONG_RESET => Self::Reset {
                proof: Some(take(data)?.0),
            },
            found => return Err(NotAPacket::Type { found }),
        })
    }

    /// Writes it to the beginning of `buffer` and returns its length, at most [`MAX_PACKET`]; `None` if it does not fit.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        const COMPATIBLE: Mode = Mode::Compatible;
        match self {
            Self::Request => write(buffer, &[&[number::REQUEST]]),
            Self::Info(info) => emit_info(info, buffer),
            Self::Reset { proof: None } => write(buffer, &[&[number::RESET]]),
            Self::Reset { proof: Some(proof) } => write_sized(buffer, STRONG | number::RESET, &[proof]),
            Self::Key(SealedKey::Compatible(sealed)) => write_sized(buffer, number::KEY, &[sealed]),
            Self::Key(SealedKey::Strong(sealed)) => write_sized(buffer, STRONG | number::KEY, &[sealed]),
            Self::Receipt { mode, receipt } => write_sized(buffer, bits(*mode) | number::KEY_RESPONSE, &[receipt]),
            &Self::Hello {
                mode: COMPATIBLE,
                client_public,
            } => write_session_data(buffer, &SessionData::Command0 { client_public }),
            &Self::Answer {
                mode: COMPATIBLE,
                device_public,
                device_random,
            } => write_session_data(
                buffer,
                &SessionData::Response0 {
                    device_public,
                    device_random,
                },
            ),
            &Self::Proof {
                mode: COMPATIBLE,
                proof: client_proof,
            } => write_session_data(buffer, &SessionData::Command1 { client_proof }),
            &Self::DeviceProof {
                mode: COMPATIBLE,
                proof: device_proof,
            } => write_session_data(buffer, &SessionData::Response1 { device_proof }),
            Self::Refused { mode: COMPATIBLE } => write_session_data(
                buffer,
                &SessionData::Refused {
                    response: 1,
                    status: CRYPTO_ERROR,
                },
            ),
            Self::Hello { client_public, .. } => write_step(buffer, step::HELLO, &[client_public]),
            Self::Answer {
                device_public,
                device_random,
                ..
            } => write_step(buffer, step::ANSWER, &[device_public, device_random]),
            Self::Proof { proof, .. } => write_step(buffer, step::PROOF, &[proof]),
            Self::DeviceProof { proof, .. } => write_step(buffer, step::DEVICE_PROOF, &[proof]),
            Self::Refused { .. } => write_step(buffer, step::REFUSED, &[]),
        }
    }
}

impl From<SessionData> for Packet {
    fn from(data: SessionData) -> Self {
        let mode = Mode::Compatible;
        match data {
            SessionData::Command0 { client_public } => Self::Hello { mode, client_public },
            SessionData::Response0 {
                device_public,
                device_random,
            } => Self::Answer {
                mode,
                device_public,
                device_random,
            },
            SessionData::Command1 { client_proof } => Self::Proof {
                mode,
                proof: client_proof,
            },
            SessionData::Response1 { device_proof } => Self::DeviceProof {
                mode,
                proof: device_proof,
            },
            SessionData::Refused { .. } => Self::Refused { mode },
        }
    }
}

const fn bits(mode: Mode) -> u8 {
    match mode {
        Mode::Compatible => 0,
        Mode::Strong => STRONG,
    }
}

fn take<const N: usize>(octets: &[u8]) -> Result<([u8; N], &[u8]), NotAPacket> {
    let (taken, rest) = octets.split_first_chunk().ok_or(NotAPacket::TooShort)?;
    Ok((*taken, rest))
}

fn parse_info(octets: &[u8]) -> Result<Info, NotAPacket> {
    let ([version], rest) = take(octets)?;
    let (client, rest) = take(rest)?;
    let ours = take(rest).and_then(|([modes], rest)| {
        let (challenge, _) = take(rest)?;
        Ok(OurInfo {
            modes: Modes::from_bits(modes),
            challenge,
        })
    });
    Ok(Info {
        keyed: Mode::from_number(version),
        client: MacAddress(client),
        ours: ours.ok(),
    })
}

fn emit_info(info: &Info, buffer: &mut [u8]) -> Option<usize> {
    let version = info.keyed.map_or(0, |mode| mode as u8);
    let client = info.client.octets();
    let fixed: [&[u8]; 2] = [&[number::INFO, version], &client];
    match &info.ours {
        None => write(buffer, &fixed),
        Some(ours) => write(buffer, &[fixed[0], fixed[1], &[ours.modes.bits()], &ours.challenge]),
    }
}

fn parse_strong(data: &[u8]) -> Result<Packet, NotAPacket> {
    let mode = Mode::Strong;
    let ([version, step], rest) = take(data)?;
    if version != STRONG_VERSION {
        return Err(NotAPacket::Version { found: version });
    }
    Ok(match step {
        step::HELLO => Packet::Hello {
            mode,
            client_public: take(rest)?.0,
        },
        step::ANSWER => {
            let (device_public, rest) = take(rest)?;
            Packet::Answer {
                mode,
                device_public,
                device_random: take(rest)?.0,
            }
        }
        step::PROOF => Packet::Proof {
            mode,
            proof: take(rest)?.0,
        },
        step::DEVICE_PROOF => Packet::DeviceProof {
            mode,
            proof: take(rest)?.0,
        },
        step::REFUSED => Packet::Refused { mode },
        found => return Err(NotAPacket::Step { found }),
    })
}

fn write(buffer: &mut [u8], parts: &[&[u8]]) -> Option<usize> {
    let mut length = 0;
    for part in parts {
        buffer.get_mut(length..length + part.len())?.copy_from_slice(part);
        length += part.len();
    }
    Some(length)
}

fn write_sized(buffer: &mut [u8], number: u8, parts: &[&[u8]]) -> Option<usize> {
    let (header, data) = buffer.split_first_chunk_mut()?;
    let length = write(data, parts)?;
    *header = [number, u8::try_from(length).ok()?];
    Some(header.len() + length)
}

fn write_step(buffer: &mut [u8], step: u8, parts: &[&[u8]]) -> Option<usize> {
    let (first, second) = (parts.first().copied(), parts.get(1).copied());
    let data: [&[u8]; 3] = [&[STRONG_VERSION, step], first.unwrap_or(&[]), second.unwrap_or(&[])];
    write_sized(buffer, STRONG | number::HANDSHAKE, &data)
}

fn write_session_data(buffer: &mut [u8], data: &SessionData) -> Option<usize> {
    let (header, rest) = buffer.split_first_chunk_mut()?;
    let length = data.emit(rest)?;
    *header = [number::HANDSHAKE, u8::try_from(length).ok()?];
    Some(header.len() + length)
}

/// Why octets are no packet of the security service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAPacket {
    /// They end within a field.
    TooShort,
    /// No packet has this type.
    Type {
        /// Which.
        found: u8,
    },
    /// A handshake of ours in another version.
    Version {
        /// Which.
        found: u8,
    },
    /// A handshake of ours has no such step.
    Step {
        /// Which.
        found: u8,
    },
    /// What protocomm says in it can't be read.
    SessionData(NotSessionData),
}

impl fmt::Display for NotAPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("ends within a field"),
            Self::Type { found } => write!(f, "no packet of the security service has type {found}"),
            Self::Version { found } => write!(f, "strong handshake in version {found}, not {STRONG_VERSION}"),
            Self::Step { found } => write!(f, "the strong handshake has no step {found}"),
            Self::SessionData(error) => write!(f, "protocomm's part: {error}"),
        }
    }
}

impl core::error::Error for NotAPacket {}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn any_mode() -> impl Strategy<Value = Mode> {
        prop_oneof![Just(Mode::Compatible), Just(Mode::Strong)]
    }

    fn any_info() -> impl Strategy<Value = Info> {
        let modes = prop_oneof![Just(Modes::Compatible), Just(Modes::Strong), Just(Modes::Both)];
        let ours = (modes, any::<[u8; CHALLENGE_LEN]>()).prop_map(|(modes, challenge)| OurInfo { modes, challenge });
        (prop::option::of(any_mode()), any::<[u8; 6]>(), prop::option::of(ours)).prop_map(|(keyed, client, ours)| {
            Info {
                keyed,
                client: MacAddress(client),
                ours,
            }
        })
    }

    fn any_packet() -> impl Strategy<Value = Packet> {
        prop_oneof![
            Just(Packet::Request),
            any_info().prop_map(Packet::Info),
            (any_mode(), any::<[u8; 32]>()).prop_map(|(mode, client_public)| Packet::Hello { mode, client_public }),
            (any_mode(), any::<[u8; 32]>(), any::<[u8; 16]>()).prop_map(|(mode, device_public, device_random)| {
                Packet::Answer {
                    mode,
                    device_public,
                    device_random,
                }
            }),
            (any_mode(), any::<[u8; 32]>()).prop_map(|(mode, proof)| Packet::Proof { mode, proof }),
            (any_mode(), any::<[u8; 32]>()).prop_map(|(mode, proof)| Packet::DeviceProof { mode, proof }),
            any_mode().prop_map(|mode| Packet::Refused { mode }),
            any::<[u8; 32]>().prop_map(|sealed| Packet::Key(SealedKey::Compatible(sealed))),
            any::<([u8; 32], [u8; 16])>().prop_map(|(key, tag)| {
                let mut sealed = [0; 48];
                sealed[..32].copy_from_slice(&key);
                sealed[32..].copy_from_slice(&tag);
                Packet::Key(SealedKey::Strong(sealed))
            }),
            (any_mode(), any::<[u8; 32]>()).prop_map(|(mode, receipt)| Packet::Receipt { mode, receipt }),
            prop::option::of(any::<[u8; 16]>()).prop_map(|proof| Packet::Reset { proof }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(packet in any_packet(), more in prop::collection::vec(any::<u8>(), 0..4)) {
            let mut buffer = [0; MAX_PACKET + 4];
            let length = packet.emit(&mut buffer).expect("there is room");
            prop_assert!(length <= MAX_PACKET);
            prop_assert_eq!(Packet::parse(&buffer[..length]), Ok(packet));
            prop_assert_eq!(packet.emit(&mut buffer[..length - 1]), None);
            if !matches!(packet, Packet::Info(Info { ours: None, .. })) {
                packet.emit(&mut buffer);
                buffer[length..length + more.len()].copy_from_slice(&more);
                prop_assert_eq!(Packet::parse(&buffer[..length + more.len()]), Ok(packet));
            }
        }

        #[test]
        fn arbitrary_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..MAX_PACKET)) {
            let _ = Packet::parse(&octets);
        }
    }
}
