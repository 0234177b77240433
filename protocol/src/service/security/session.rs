//! What two boards agree on in a handshake, and what follows from it.
//!
//! ```text
//! compatible   key = X25519 ⊕ SHA-256(proof of possession)
//!              AES-256-CTR under it, from the device's random number on, one stream:
//!              0  device's public key → proof │ 32 client's public key → device's proof │ 64 app key │ 96 app key → receipt
//!
//! strong       T = SHA-256(label │ client's address │ device's address │ client's key │ device's key │ random)
//!              PRK = HKDF-extract(salt T, X25519 │ SHA-256(proof of possession))
//!              HKDF-expand(PRK, name): proof, device's proof, receipt, and the AES-128-CCM key that the app key is sealed under
//! ```

use core::fmt;

use aes::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use aes::{Aes128Enc, Aes256Enc};
use ccm::aead::AeadInOut;
use ccm::consts::{U13, U16};
use ccm::{Ccm, KeyInit, Tag};
use ctr::Ctr128BE;
use hkdf::Hkdf;
use rand_core::Rng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::packet::{CHALLENGE_LEN, KEY_TAG_LEN, Mode, RESET_PROOF_LEN, SealedKey};
use super::proof::ProofOfPossession;
use super::session_data::{PUBLIC_LEN, RANDOM_LEN};
use crate::MacAddress;
use crate::message::AppKey;

const TRANSCRIPT_LABEL: &[u8] = b"ESP-NOW strong handshake 1";

/// Where in the key stream what stands.
mod place {
    pub(super) const PROOF: u32 = 0;
    pub(super) const DEVICE_PROOF: u32 = 32;
    pub(super) const KEY: u32 = 64;
    pub(super) const RECEIPT: u32 = 96;
}

/// An ephemeral Curve25519 key: wiped when dropped and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct EphemeralKey {
    secret: [u8; 32],
    #[zeroize(skip)]
    public: [u8; PUBLIC_LEN],
}

impl EphemeralKey {
    pub(super) fn generate(random: &mut (impl Rng + ?Sized)) -> Self {
        let mut secret = [0; 32];
        random.fill_bytes(&mut secret);
        let public = x25519(secret, X25519_BASEPOINT_BYTES);
        Self { secret, public }
    }

    pub(super) const fn public(&self) -> &[u8; PUBLIC_LEN] {
        &self.public
    }

    /// What both sides know; `None` where the other's key is one of the few that make it zero whatever the secret is, which
    /// would leave the proof of possession alone as the key.
    fn agree(&self, other: &[u8; PUBLIC_LEN]) -> Option<Zeroizing<[u8; 32]>> {
        let shared = Zeroizing::new(x25519(self.secret, *other));
        (!bool::from(shared.ct_eq(&[0; 32]))).then_some(shared)
    }
}

impl fmt::Debug for EphemeralKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralKey(…)")
    }
}

/// What both sides show each other in the open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transcript<'a> {
    pub(super) client: MacAddress,
    pub(super) device: MacAddress,
    pub(super) client_public: &'a [u8; PUBLIC_LEN],
    pub(super) device_public: &'a [u8; PUBLIC_LEN],
    pub(super) device_random: &'a [u8; RANDOM_LEN],
}

impl Transcript<'_> {
    fn digest(&self) -> [u8; 32] {
        Sha256::new()
            .chain_update(TRANSCRIPT_LABEL)
            .chain_update(self.client.octets())
            .chain_update(self.device.octets())
            .chain_update(self.client_public)
            .chain_update(self.device_public)
            .chain_update(self.device_random)
            .finalize()
            .into()
    }
}

/// The secret of one handshake: wiped when dropped and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Session {
    #[zeroize(skip)]
    mode: Mode,
    /// The key stream's key, or the pseudo-random key.
    secret: [u8; 32],
    /// Where the key stream begins.
    random: [u8; RANDOM_LEN],
}

impl Session {
    /// `None` if the other's public key is none.
    pub(super) fn agree(
        mode: Mode,
        own: &EphemeralKey,
        other: &[u8; PUBLIC_LEN],
        proof: &ProofOfPossession,
        transcript: &Transcript<'_>,
    ) -> Option<Self> {
        let shared = own.agree(other)?;
        let mut session = Self {
            mode,
            secret: [0; 32],
            random: *transcript.device_random,
        };
        match mode {
            Mode::Compatible => {
                for ((secret, shared), proof) in session.secret.iter_mut().zip(&*shared).zip(proof.digest()) {
                    *secret = shared ^ proof;
                }
            }
            Mode::Strong => {
                let mut material = Zeroizing::new([0; 64]);
                material[..32].copy_from_slice(&*shared);
                material[32..].copy_from_slice(proof.digest());
                let (mut key, _) = Hkdf::<Sha256>::extract(Some(&transcript.digest()), &*material);
                session.secret.copy_from_slice(&key);
                key.as_mut_slice().zeroize();
            }
        }
        Some(session)
    }

    /// `octets` under the key stream.
    fn stream(&self, place: u32, octets: &[u8; 32]) -> [u8; 32] {
        let mut stream = Ctr128BE::<Aes256Enc>::new((&self.secret).into(), (&self.random).into());
        stream.seek(place);
        let mut out = *octets;
        stream.apply_keystream(&mut out);
        out
    }

    fn expand<const N: usize>(&self, name: &[u8]) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        Hkdf::<Sha256>::from_prk(&self.secret)
            .expect("a hash's length is a key's")
            .expand(name, &mut *out)
            .expect("far below 255 hashes");
        out
    }

    /// What shows the device that the client knows the proof of possession.
    pub(super) fn client_proof(&self, device_public: &[u8; PUBLIC_LEN]) -> [u8; 32] {
        match self.mode {
            Mode::Compatible => self.stream(place::PROOF, device_public),
            Mode::Strong => *self.expand(b"client's proof"),
        }
    }

    /// What shows the client that the device knows it.
    pub(super) fn device_proof(&self, client_public: &[u8; PUBLIC_LEN]) -> [u8; 32] {
        match self.mode {
            Mode::Compatible => self.stream(place::DEVICE_PROOF, client_public),
            Mode::Strong => *self.expand(b"device's proof"),
        }
    }

    /// What shows the client that the device has taken `key`.
    pub(super) fn receipt(&self, key: &AppKey) -> [u8; 32] {
        match self.mode {
            Mode::Compatible => self.stream(place::RECEIPT, key.expose()),
            Mode::Strong => *self.expand(b"receipt"),
        }
    }

    fn transport(&self) -> Ccm<Aes128Enc, U16, U13> {
        let key = self.expand::<16>(b"key transport");
        Ccm::new((&*key).into())
    }

    pub(super) fn seal_key(&self, key: &AppKey) -> SealedKey {
        match self.mode {
            Mode::Compatible => SealedKey::Compatible(self.stream(place::KEY, key.expose())),
            Mode::Strong => {
                let mut sealed = [0; AppKey::LEN + KEY_TAG_LEN];
                let (octets, tag) = sealed.split_at_mut(AppKey::LEN);
                octets.copy_from_slice(key.expose());
                // One message under this key: it needs no nonce.
                let code = self
                    .transport()
                    .encrypt_inout_detached(&Default::default(), &[], octets.into())
                    .expect("32 octets are below CCM's limit");
                tag.copy_from_slice(&code);
                SealedKey::Strong(sealed)
            }
        }
    }

    /// `None` if it was sealed in the other mode, or in the strong one by somebody else.
    pub(super) fn open_key(&self, sealed: &SealedKey) -> Option<AppKey> {
        match (self.mode, sealed) {
            // Nothing says whether these octets are what was sent.
            (Mode::Compatible, SealedKey::Compatible(octets)) => Some(AppKey::new(self.stream(place::KEY, octets))),
            (Mode::Strong, SealedKey::Strong(sealed)) => {
                let mut octets = Zeroizing::new([0; AppKey::LEN]);
                let (ciphertext, tag) = sealed.split_at(AppKey::LEN);
                octets.copy_from_slice(ciphertext);
                let tag = Tag::<U16>::try_from(tag).ok()?;
                self.transport()
                    .decrypt_inout_detached(&Default::default(), &[], octets.as_mut_slice().into(), &tag)
                    .ok()?;
                Some(AppKey::new(*octets))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({}, …)", self.mode)
    }
}

/// What shows `device` that a reset comes from one of the key's holders: the challenge was its own, and is good once.
pub(super) fn reset_proof(key: &AppKey, device: MacAddress, challenge: [u8; CHALLENGE_LEN]) -> [u8; RESET_PROOF_LEN] {
    let mut proof = [0; RESET_PROOF_LEN];
    Hkdf::<Sha256>::new(Some(b"ESP-NOW strong reset 1"), key.expose())
        .expand_multi_info(&[&device.octets(), &challenge], &mut proof)
        .expect("far below 255 hashes");
    proof
}

/// Whether two proofs or receipts are the same, in constant time.
pub(super) fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use proptest::prelude::*;

    use super::*;

    /// Always the same octet.
    struct Same(u8);

    impl rand_core::TryRng for Same {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::from_le_bytes([self.0; 4]))
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::from_le_bytes([self.0; 8]))
        }

        fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
            octets.fill(self.0);
            Ok(())
        }
    }

    const CLIENT: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const DEVICE: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

    fn both_sides(
        mode: Mode,
        client_proof: &[u8],
        device_proof: &[u8],
    ) -> (Session, Session, EphemeralKey, EphemeralKey) {
        let (client, device) = (
            EphemeralKey::generate(&mut Same(1)),
            EphemeralKey::generate(&mut Same(2)),
        );
        let transcript = Transcript {
            client: CLIENT,
            device: DEVICE,
            client_public: client.public(),
            device_public: device.public(),
            device_random: &[9; RANDOM_LEN],
        };
        let agree = |own: &EphemeralKey, other: &EphemeralKey, proof: &[u8]| {
            Session::agree(mode, own, other.public(), &ProofOfPossession::new(proof), &transcript).expect("a key")
        };
        (
            agree(&client, &device, client_proof),
            agree(&device, &client, device_proof),
            client,
            device,
        )
    }

    #[test]
    fn both_sides_agree_if_both_know_the_proof() {
        for mode in [Mode::Compatible, Mode::Strong] {
            for (text, agrees) in [(&b"pop"[..], true), (b"pup", false), (b"", false)] {
                let (client_session, device_session, client, device) = both_sides(mode, b"pop", text);
                let proofs = [&client_session, &device_session].map(|session| session.client_proof(device.public()));
                assert_eq!(same(&proofs[0], &proofs[1]), agrees);
                let proofs = [&client_session, &device_session].map(|session| session.device_proof(client.public()));
                assert_eq!(same(&proofs[0], &proofs[1]), agrees);
            }
        }
    }

    #[test]
    fn keys_that_make_the_agreement_zero_are_refused() {
        let own = EphemeralKey::generate(&mut Same(1));
        let mut one = [0; 32];
        one[0] = 1;
        for other in [[0; 32], one] {
            assert!(own.agree(&other).is_none());
        }
    }

    #[test]
    fn secrets_are_wiped_and_unprinted() {
        fn is_wiped_on_drop<T: ZeroizeOnDrop>() {}
        is_wiped_on_drop::<Session>();
        is_wiped_on_drop::<EphemeralKey>();
        is_wiped_on_drop::<ProofOfPossession>();
        let (session, _, own, _) = both_sides(Mode::Strong, b"pop", b"pop");
        assert_eq!(
            std::format!("{session:?} {own:?}"),
            "Session(strong, …) EphemeralKey(…)"
        );
    }

    proptest! {
        /// The strong mode notices any change; in the compatible one whoever changes the sealed key changes the key.
        #[test]
        fn a_changed_key_is_noticed_in_the_strong_mode(key: [u8; AppKey::LEN], place in 0..48_usize, by in 1_u8..) {
            let key = AppKey::new(key);
            let (client, device, ..) = both_sides(Mode::Strong, b"pop", b"pop");
            let SealedKey::Strong(mut sealed) = client.seal_key(&key) else { panic!("strong") };
            prop_assert_eq!(device.open_key(&SealedKey::Strong(sealed)), Some(key.clone()));
            sealed[place] ^= by;
            prop_assert_eq!(device.open_key(&SealedKey::Strong(sealed)), None);

            let (client, device, ..) = both_sides(Mode::Compatible, b"pop", b"pop");
            let SealedKey::Compatible(mut sealed) = client.seal_key(&key) else { panic!("compatible") };
            let place = place % AppKey::LEN;
            sealed[place] ^= by;
            let mut changed = *key.expose();
            changed[place] ^= by;
            prop_assert_eq!(device.open_key(&SealedKey::Compatible(sealed)), Some(AppKey::new(changed)));
        }

        /// Whatever of what both sides show each other is changed, in the strong mode nothing that follows is the same.
        #[test]
        fn the_strong_mode_is_bound_to_its_transcript(place in 0..92_usize, by in 1_u8..) {
            let (client, device) = (EphemeralKey::generate(&mut Same(1)), EphemeralKey::generate(&mut Same(2)));
            let mut shown = [0; 92];
            shown[..6].copy_from_slice(&CLIENT.octets());
            shown[6..12].copy_from_slice(&DEVICE.octets());
            shown[12..44].copy_from_slice(client.public());
            shown[44..76].copy_from_slice(device.public());
            let session = |shown: &[u8; 92]| {
                let transcript = Transcript {
                    client: MacAddress::from_prefix(shown).expect("six octets"),
                    device: MacAddress::from_prefix(&shown[6..]).expect("six octets"),
                    client_public: shown[12..44].try_into().expect("32 octets"),
                    device_public: shown[44..76].try_into().expect("32 octets"),
                    device_random: shown[76..].try_into().expect("16 octets"),
                };
                let proof = ProofOfPossession::new(b"pop");
                Session::agree(Mode::Strong, &client, device.public(), &proof, &transcript).expect("a key")
            };
            let honest = session(&shown);
            shown[place] ^= by;
            let other = session(&shown);
            prop_assert_ne!(honest.client_proof(device.public()), other.client_proof(device.public()));
            prop_assert_ne!(honest.device_proof(client.public()), other.device_proof(client.public()));
            prop_assert_eq!(other.open_key(&honest.seal_key(&AppKey::new([1; 32]))), None);
        }
    }
}
