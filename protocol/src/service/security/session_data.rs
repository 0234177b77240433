//! protocomm's handshake messages (ESP-IDF, `protocomm/proto/session.proto`, `sec1.proto`, `constants.proto`).
//!
//! ```text
//! SessionData { sec_ver 2 = 1, sec1 11: Sec1Payload { msg 1, one of sc0 20, sr0 21, sc1 22, sr1 23 } }
//!     sc0 { client_pubkey 1 }    sr0 { status 1, device_pubkey 2, device_random 3 }
//!     sc1 { client_verify_data 2 }    sr1 { status 1, device_verify_data 3 }
//! ```

use core::fmt;

use super::protobuf::{Fields, Value, Writer};

/// Octets of a public key, of a proof, and of all else that the handshake carries but [`RANDOM_LEN`].
pub const PUBLIC_LEN: usize = 32;

/// Octets of the device's random number, which the key stream begins with.
pub const RANDOM_LEN: usize = 16;

/// Octets of the longest, response 0.
pub const MAX_SESSION_DATA: usize = 64;

const SCHEME: u64 = 1;
const SUCCESS: u64 = 0;

mod field {
    pub(super) const SCHEME: u64 = 2;
    pub(super) const PAYLOAD: u64 = 11;
    pub(super) const MESSAGE: u64 = 1;
    /// Command 0's; the others follow.
    pub(super) const FIRST_BODY: u64 = 20;
    pub(super) const CLIENT_PUBLIC: u64 = 1;
    pub(super) const CLIENT_PROOF: u64 = 2;
    pub(super) const STATUS: u64 = 1;
    pub(super) const DEVICE_PUBLIC: u64 = 2;
    pub(super) const DEVICE_RANDOM: u64 = 3;
    pub(super) const DEVICE_PROOF: u64 = 3;
}

/// `Status` where something is wrong with the other's proof (`CryptoError`).
pub const CRYPTO_ERROR: u8 = 6;

/// One of the four messages of security 1's handshake, or a response that says no.
///
/// ```
/// use protocol::service::security::SessionData;
///
/// let command0 = SessionData::Command0 { client_public: [7; 32] };
/// let mut buffer = [0; 64];
/// let length = command0.emit(&mut buffer).expect("there is room");
/// assert_eq!(SessionData::parse(&buffer[..length]), Ok(command0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionData {
    /// The client begins.
    Command0 {
        /// Its ephemeral Curve25519 key.
        client_public: [u8; PUBLIC_LEN],
    },
    /// The device goes along.
    Response0 {
        /// Its ephemeral Curve25519 key.
        device_public: [u8; PUBLIC_LEN],
        /// Where the key stream begins.
        device_random: [u8; RANDOM_LEN],
    },
    /// The client shows that it knows the proof of possession.
    Command1 {
        /// The device's key under the key stream.
        client_proof: [u8; PUBLIC_LEN],
    },
    /// The device shows it too.
    Response1 {
        /// The client's key under the key stream.
        device_proof: [u8; PUBLIC_LEN],
    },
    /// A response whose status is not success.
    Refused {
        /// 0 or 1: the response that it is.
        response: u8,
        /// Which status; never 0.
        status: u8,
    },
}

impl SessionData {
    /// Reads a message. Fields may stand in any order, and unknown ones are skipped, as protobuf has it.
    ///
    /// # Errors
    /// [`NotSessionData`].
    pub fn parse(octets: &[u8]) -> Result<Self, NotSessionData> {
        let (mut scheme, mut payload) = (0, None);
        for item in Fields::of(octets) {
            match item? {
                (field::SCHEME, Value::Varint(found)) => scheme = found,
                (field::PAYLOAD, Value::Octets(octets)) => payload = Some(octets),
                _ => {}
            }
        }
        if scheme != SCHEME {
            return Err(NotSessionData::Scheme { found: scheme });
        }
        let (mut message, mut body) = (0, None);
        for item in Fields::of(payload.ok_or(NotSessionData::Missing)?) {
            match item? {
                (field::MESSAGE, Value::Varint(found)) => message = found,
                (number, Value::Octets(octets)) if (field::FIRST_BODY..field::FIRST_BODY + 4).contains(&number) => {
                    body = Some((number - field::FIRST_BODY, octets));
                }
                _ => {}
            }
        }
        let (number, body) = body.ok_or(NotSessionData::Missing)?;
        if number != message {
            return Err(NotSessionData::Message { found: message });
        }
        Self::parse_body(number, body)
    }

    fn parse_body(message: u64, body: &[u8]) -> Result<Self, NotSessionData> {
        let mut status = SUCCESS;
        let mut values = [None; 4];
        for item in Fields::of(body) {
            match item? {
                // Clients have octets there.
                (field::STATUS, Value::Varint(found)) => status = found,
                (number @ 1..4, Value::Octets(octets)) => values[number as usize] = Some(octets),
                _ => {}
            }
        }
        let is_response = message == 1 || message == 3;
        if is_response && status != SUCCESS {
            return Ok(Self::Refused {
                response: u8::from(message == 3),
                status: u8::try_from(status).unwrap_or(u8::MAX),
            });
        }
        Ok(match message {
            0 => Self::Command0 {
                client_public: exactly(values[field::CLIENT_PUBLIC as usize])?,
            },
            1 => Self::Response0 {
                device_public: exactly(values[field::DEVICE_PUBLIC as usize])?,
                device_random: exactly(values[field::DEVICE_RANDOM as usize])?,
            },
            2 => Self::Command1 {
                client_proof: exactly(values[field::CLIENT_PROOF as usize])?,
            },
            _ => Self::Response1 {
                device_proof: exactly(values[field::DEVICE_PROOF as usize])?,
            },
        })
    }

    /// `msg`, which is also the body's place.
    const fn message(&self) -> u64 {
        match self {
            Self::Command0 { .. } => 0,
            Self::Response0 { .. } => 1,
            Self::Command1 { .. } => 2,
            Self::Response1 { .. } => 3,
            Self::Refused { response, .. } => 1 + 2 * *response as u64,
        }
    }

    fn emit_body(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Command0 { client_public } => writer.bytes(field::CLIENT_PUBLIC, client_public),
            Self::Response0 {
                device_public,
                device_random,
            } => {
                writer.bytes(field::DEVICE_PUBLIC, device_public);
                writer.bytes(field::DEVICE_RANDOM, device_random);
            }
            Self::Command1 { client_proof } => writer.bytes(field::CLIENT_PROOF, client_proof),
            Self::Response1 { device_proof } => writer.bytes(field::DEVICE_PROOF, device_proof),
            Self::Refused { status, .. } => writer.number(field::STATUS, u64::from(*status)),
        }
    }

    fn emit_payload(&self, writer: &mut Writer<'_>) {
        let mut measure = Writer::new(&mut []);
        self.emit_body(&mut measure);
        writer.number(field::MESSAGE, self.message());
        writer.message(field::FIRST_BODY + self.message(), measure.length());
        self.emit_body(writer);
    }

    /// Writes it to the beginning of `buffer` and returns its length, at most [`MAX_SESSION_DATA`]; `None` if it does not fit.
    ///
    /// The octets are those that protobuf-c writes: fields by number, zeros left out.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut measure = Writer::new(&mut []);
        self.emit_payload(&mut measure);
        let mut writer = Writer::new(buffer);
        writer.number(field::SCHEME, SCHEME);
        writer.message(field::PAYLOAD, measure.length());
        self.emit_payload(&mut writer);
        writer.finish()
    }
}

fn exactly<const N: usize>(octets: Option<&[u8]>) -> Result<[u8; N], NotSessionData> {
    let octets = octets.ok_or(NotSessionData::Missing)?;
    octets.try_into().map_err(|_| NotSessionData::Length {
        have: octets.len(),
        want: N,
    })
}

/// Why octets are none of the handshake's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSessionData {
    /// They end within a field.
    TooShort,
    /// A number has more than 64 bits.
    Varint,
    /// A field is of a kind that protobuf no longer has, or never had.
    WireType {
        /// The kind.
        found: u8,
    },
    /// They belong to another security scheme than 1.
    Scheme {
        /// Which.
        found: u64,
    },
    /// The number of the message and what it has in it don't belong together.
    Message {
        /// The number.
        found: u64,
    },
    /// A field is not there.
    Missing,
    /// A field is too long or too short.
    Length {
        /// Octets that it has.
        have: usize,
        /// Octets that it should have.
        want: usize,
    },
}

impl fmt::Display for NotSessionData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("ends within a field"),
            Self::Varint => f.write_str("a number has more than 64 bits"),
            Self::WireType { found } => write!(f, "no field is of protobuf's kind {found}"),
            Self::Scheme { found } => write!(f, "security scheme {found}, not 1"),
            Self::Message { found } => write!(f, "message {found} with the body of another"),
            Self::Missing => f.write_str("a field is missing"),
            Self::Length { have, want } => write!(f, "a field of {have} octets, not {want}"),
        }
    }
}

impl core::error::Error for NotSessionData {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_data() -> impl Strategy<Value = SessionData> {
        prop_oneof![
            any::<[u8; 32]>().prop_map(|client_public| SessionData::Command0 { client_public }),
            any::<([u8; 32], [u8; 16])>().prop_map(|(device_public, device_random)| SessionData::Response0 {
                device_public,
                device_random
            }),
            any::<[u8; 32]>().prop_map(|client_proof| SessionData::Command1 { client_proof }),
            any::<[u8; 32]>().prop_map(|device_proof| SessionData::Response1 { device_proof }),
            (0..2_u8, 1_u8..).prop_map(|(response, status)| SessionData::Refused { response, status }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(data in any_data()) {
            let mut buffer = [0; MAX_SESSION_DATA];
            let length = data.emit(&mut buffer).expect("there is room");
            prop_assert_eq!(SessionData::parse(&buffer[..length]), Ok(data));
            prop_assert_eq!(data.emit(&mut buffer[..length - 1]), None);
            for shorter in 0..length {
                prop_assert!(SessionData::parse(&buffer[..shorter]).is_err());
            }
        }

        #[test]
        fn unknown_fields_are_skipped(data in any_data(), number in 30_u64..1000, text in prop::collection::vec(any::<u8>(), 0..9)) {
            let mut buffer = [0; 100];
            let length = data.emit(&mut buffer).expect("there is room");
            let mut more = Writer::new(&mut buffer[length..]);
            more.bytes(number, &text);
            more.number(number + 1, u64::MAX);
            let length = length + more.finish().expect("there is room");
            prop_assert_eq!(SessionData::parse(&buffer[..length]), Ok(data));
        }

        #[test]
        fn arbitrary_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = SessionData::parse(&octets);
        }

        #[test]
        fn a_changed_octet_is_another_message_or_none(data in any_data(), place: prop::sample::Index, by in 1_u8..) {
            let mut buffer = [0; MAX_SESSION_DATA];
            let length = data.emit(&mut buffer).expect("there is room");
            buffer[place.index(length)] ^= by;
            let _ = SessionData::parse(&buffer[..length]);
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert_eq!(SessionData::parse(&[]), Err(NotSessionData::Scheme { found: 0 }));
        assert_eq!(SessionData::parse(&[0x10, 2]), Err(NotSessionData::Scheme { found: 2 }));
        assert_eq!(SessionData::parse(&[0x10, 1]), Err(NotSessionData::Missing));
        assert_eq!(SessionData::parse(&[0x10]), Err(NotSessionData::TooShort));
        assert_eq!(SessionData::parse(&[0xff; 11]), Err(NotSessionData::Varint));
        assert_eq!(SessionData::parse(&[0x13]), Err(NotSessionData::WireType { found: 3 }));
        // Command 0 with a key of two octets, and a body that is not the message's.
        let short = [0x10, 1, 0x5a, 7, 0xa2, 1, 4, 0x0a, 2, 0, 0];
        assert_eq!(
            SessionData::parse(&short),
            Err(NotSessionData::Length { have: 2, want: 32 })
        );
        let other = [0x10, 1, 0x5a, 5, 0x08, 2, 0xa2, 1, 0];
        assert_eq!(SessionData::parse(&other), Err(NotSessionData::Message { found: 2 }));
    }
}
