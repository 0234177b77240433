//! Payloads sealed under the application's key, as the component's `espnow_security.c` does it.
//!
//! ```text
//! payload = ciphertext │ tag 4 │ nonce 8      AES-128-CCM, key = the application key's first 16 octets, no associated data
//! ```
//!
//! What this does not do: the header in front is not authenticated, the nonce is random and no counter, and everybody has the
//! same key. So whoever was given the key can speak for anybody, and whoever was not can repeat what he heard, to whom he
//! likes, once the receiver has forgotten its magic.

use core::fmt;

use aes::Aes128Enc;
use aes::cipher::KeyInit;
use ccm::aead::AeadInOut;
use ccm::consts::{U4, U8};
use ccm::{Ccm, Tag};
use rand_core::Rng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Octets that sealing adds to a payload: tag and nonce.
pub const SEAL_LEN: usize = TAG_LEN + NONCE_LEN;

const TAG_LEN: usize = 4;
const NONCE_LEN: usize = 8;

/// Octets of the part that payloads are sealed under (`KEY_LEN`).
const CIPHER_KEY_LEN: usize = 16;

/// The key that an application's boards share: 32 octets (`APP_KEY_LEN`), wiped when dropped, never printed, and compared in
/// constant time.
///
/// ```
/// use protocol::message::{AppKey, SEAL_LEN};
/// # struct Counter(u8);
/// # impl rand_core::TryRng for Counter {
/// #     type Error = core::convert::Infallible;
/// #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(0) }
/// #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(0) }
/// #     fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> { self.0 += 1; octets.fill(self.0); Ok(()) }
/// # }
/// # let mut random = Counter(0);
///
/// let key = AppKey::generate(&mut random);
/// let mut buffer = [0; 5 + SEAL_LEN];
/// buffer[..5].copy_from_slice(b"green");
/// let length = key.seal(&mut random, &mut buffer, 5).expect("there is room");
/// assert_ne!(buffer[..5], *b"green");
/// assert_eq!(key.open(&mut buffer[..length]).expect("sealed under this key"), b"green");
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AppKey([u8; Self::LEN]);

impl AppKey {
    /// Octets of a key.
    pub const LEN: usize = 32;

    /// The key with these octets.
    #[must_use]
    pub const fn new(octets: [u8; Self::LEN]) -> Self {
        Self(octets)
    }

    /// A new key.
    #[must_use]
    pub fn generate(random: &mut (impl Rng + ?Sized)) -> Self {
        let mut key = Self([0; Self::LEN]);
        random.fill_bytes(&mut key.0);
        key
    }

    /// Its octets, for those who store it or hand it on.
    #[must_use]
    pub const fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Seals the first `length` octets of `buffer` in place, under a random nonce, and returns the length with tag and nonce:
    /// [`SEAL_LEN`] more. `None` if `buffer` has no room for them.
    ///
    /// An empty payload can be sealed, but the component would not open it.
    pub fn seal(&self, random: &mut (impl Rng + ?Sized), buffer: &mut [u8], length: usize) -> Option<usize> {
        let sealed = length.checked_add(SEAL_LEN)?;
        let (payload, seal) = buffer.get_mut(..sealed)?.split_at_mut(length);
        let (tag_place, nonce_place) = seal.split_at_mut(TAG_LEN);
        let mut nonce = [0; NONCE_LEN];
        random.fill_bytes(&mut nonce);
        let tag = self
            .cipher()
            .encrypt_inout_detached(&nonce.into(), &[], payload.into())
            .expect("a payload is far below the 2^56 octets that CCM takes with L = 7");
        tag_place.copy_from_slice(&tag);
        nonce_place.copy_from_slice(&nonce);
        Some(sealed)
    }

    /// Opens a sealed payload in place and returns what it said.
    ///
    /// # Errors
    /// [`NotOpened::TooShort`]; [`NotOpened::Forged`], after which `sealed` holds nothing that was decrypted.
    pub fn open<'a>(&self, sealed: &'a mut [u8]) -> Result<&'a mut [u8], NotOpened> {
        let have = sealed.len();
        let too_short = NotOpened::TooShort { have };
        let (rest, &mut nonce) = sealed.split_last_chunk_mut::<NONCE_LEN>().ok_or(too_short)?;
        let (payload, &mut tag) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(too_short)?;
        self.cipher()
            .decrypt_inout_detached(&nonce.into(), &[], (&mut *payload).into(), &Tag::<U4>::from(tag))
            .map_err(|_| NotOpened::Forged)?;
        Ok(payload)
    }

    fn cipher(&self) -> Ccm<Aes128Enc, U4, U8> {
        let (first, _) = self.0.split_first_chunk::<CIPHER_KEY_LEN>().expect("16 of 32");
        Ccm::new(first.into())
    }
}

impl PartialEq for AppKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for AppKey {}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppKey(…)")
    }
}

/// Why a sealed payload can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// It is shorter than tag and nonce.
    TooShort {
        /// Octets that there are.
        have: usize,
    },
    /// It was not sealed under this key, or was changed since.
    Forged,
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { have } => write!(f, "{have} octets, a sealed payload has at least {SEAL_LEN}"),
            Self::Forged => f.write_str("not sealed under this key, or changed since"),
        }
    }
}

impl core::error::Error for NotOpened {}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn keys_are_wiped_small_and_unprinted() {
        fn is_wiped_on_drop<T: ZeroizeOnDrop>() {}
        is_wiped_on_drop::<AppKey>();
        assert_eq!(size_of::<AppKey>(), AppKey::LEN);
        assert_eq!(std::format!("{:?}", AppKey::new([7; AppKey::LEN])), "AppKey(…)");
        assert_ne!(AppKey::new([7; AppKey::LEN]), AppKey::new([8; AppKey::LEN]));
    }
}
