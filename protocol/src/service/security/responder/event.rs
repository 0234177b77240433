//! What a responder has to tell.

use core::fmt;

use super::CLOSED_FOR;
use crate::MacAddress;
use crate::board::StorageError;
use crate::service::security::KeptError;
use crate::service::security::packet::Mode;

/// What a [`Responder`](super::Responder) has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponderEvent {
    /// The board has a key; [`Responder::key`](super::Responder::key) gives it.
    Keyed {
        /// Who gave it.
        client: MacAddress,
        /// How.
        mode: Mode,
        /// It was there at the start: it outlived a reset.
        kept: bool,
    },
    /// An initiator has begun.
    Begun {
        /// Who.
        client: MacAddress,
        /// How.
        mode: Mode,
    },
    /// It does not know the proof of possession.
    WrongProof {
        /// Who.
        client: MacAddress,
        /// Nobody is heard for a while: it was one wrong proof too many.
        closed: bool,
    },
    /// Before the last reset somebody had the wrong proof, or a handshake was cut off: nobody is heard for a while.
    Closed,
    /// It wants a mode that this board does not take a key in.
    ModeRefused {
        /// Who.
        client: MacAddress,
        /// How.
        mode: Mode,
    },
    /// It fell silent.
    Abandoned {
        /// Who.
        client: MacAddress,
    },
    /// The key is forgotten.
    Erased,
    /// What was kept can't be read, or was changed: the board takes no key before it is erased, or a later start can read it.
    Shut(KeptError),
    /// The flash refused; a key that could not be kept was not taken.
    Storage(StorageError),
}

impl fmt::Display for ResponderEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyed {
                client,
                mode,
                kept: false,
            } => write!(f, "a key from {client}, {mode}"),
            Self::Keyed {
                client,
                mode,
                kept: true,
            } => write!(f, "still the key from {client}, {mode}"),
            Self::Begun { client, mode } => write!(f, "{client} wants to give a key, {mode}"),
            Self::WrongProof { client, closed: false } => write!(f, "{client} has the wrong proof of possession"),
            Self::WrongProof { client, closed: true } => {
                write!(
                    f,
                    "{client} has the wrong proof of possession once too often: closed for {} s",
                    CLOSED_FOR.as_secs()
                )
            }
            Self::Closed => write!(
                f,
                "somebody may have guessed at the proof of possession before the reset: closed for {} s",
                CLOSED_FOR.as_secs()
            ),
            Self::ModeRefused { client, mode } => write!(f, "{client} would give a key in the {mode} mode: refused"),
            Self::Abandoned { client } => write!(f, "{client} fell silent"),
            Self::Erased => f.write_str("the key is erased"),
            Self::Shut(error) => write!(f, "the board takes no key, as what it keeps of one is unknown: {error}"),
            Self::Storage(error) => write!(f, "the key can't be kept: {error}"),
        }
    }
}
