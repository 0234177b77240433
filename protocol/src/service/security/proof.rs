//! The proof of possession: what whoever may give a board its key must know.

use core::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A proof of possession, kept as its SHA-256: wiped when dropped and never printed.
///
/// It is on the board's label, or in its firmware. The handshake can't hide a poor one from somebody who takes part in it under
/// a false name: see [`super`], "What the proof of possession is worth".
///
/// ```
/// use protocol::service::security::ProofOfPossession;
///
/// assert_ne!(ProofOfPossession::new(b"espnow_pop"), ProofOfPossession::new(b"another"));
/// assert_eq!(format!("{:?}", ProofOfPossession::new(b"espnow_pop")), "ProofOfPossession(…)");
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ProofOfPossession([u8; 32]);

impl ProofOfPossession {
    /// From the text. An empty one is none at all: protocomm leaves it out.
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        if text.is_empty() {
            return Self([0; 32]);
        }
        Self(Sha256::digest(text).into())
    }

    pub(super) const fn digest(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for ProofOfPossession {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for ProofOfPossession {}

impl fmt::Debug for ProofOfPossession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofOfPossession(…)")
    }
}
