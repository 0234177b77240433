//! What a guard has to tell of itself.

use core::fmt;

use crate::service::security::KeptError;

/// What a [`Guarded`](super::Guarded) has to tell of itself, beside what its service has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardEvent {
    /// Nothing is taken any more: which messages were taken before is not known.
    Shut(KeptError),
    /// Nothing is sent any more: which numbers were used before is not known.
    Mute(KeptError),
    /// The flash gave what it refused before, or the owner made the guard forget: messages are taken and sent again.
    Opened,
    /// The count of what was sent is damaged. It begins anew in an epoch of its own, which has keys of its own.
    NewEpoch,
    /// What the owner made the guard forget could not be removed from the flash: the guard stays as it was.
    NotForgotten(crate::board::StorageError),
}

impl fmt::Display for GuardEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shut(error) => write!(f, "the guard takes nothing, as what it took before is unknown: {error}"),
            Self::Mute(error) => write!(f, "the guard sends nothing, as its last number is unknown: {error}"),
            Self::Opened => f.write_str("the guard is open"),
            Self::NewEpoch => f.write_str("the guard's count is damaged: it begins anew"),
            Self::NotForgotten(error) => write!(f, "the guard stays shut: {error}"),
        }
    }
}
