//! A guarded message's payload.
//!
//! ```text
//! kind 4 bits, long tag 1, version 3 bits = 1 │ epoch 4 │ counter 4 │ ciphertext │ tag 8 or 16         little-endian
//!
//! key        HKDF(application's key; "sender" │ source │ first octet │ epoch), 16 octets
//! nonce      counter 4 │ zeros 9
//! associated the message's header: kind, destination, source, and the head without channel and time to live;
//!            then the envelope's first nine octets
//! ```
//!
//! The channel is filled in when the message goes out, once for each where it goes out on all; the time to live is counted down by
//! who passes it on. The length octet means nothing. Everything else in the header reaches the receiver as the sender made it.

use core::fmt;

use aes::Aes128Enc;
use ccm::aead::AeadInOut;
use ccm::consts::{U8, U13, U16};
use ccm::{Ccm, KeyInit, Tag};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::MacAddress;
use crate::message::{AppKey, FrameHead, HEADER_LEN, Kind, Message, SendChannel};

const VERSION: u8 = 1;
const VERSION_SHIFT: u32 = 5;
const LONG_TAG: u8 = 0x10;

/// Octets before the ciphertext.
pub(super) const ENVELOPE_LEN: usize = 9;

const AAD_LEN: usize = HEADER_LEN + ENVELOPE_LEN;

/// How long a message's tag is. A receiver takes only its own length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TagLength {
    /// 8 octets: a forgery passes once in 2⁶⁴.
    #[default]
    Eight,
    /// 16 octets.
    Sixteen,
}

impl TagLength {
    /// Octets.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }

    /// What guarding adds to a payload: 17 or 25 octets, where the component's sealing adds 12.
    #[must_use]
    pub const fn overhead(self) -> usize {
        ENVELOPE_LEN + self.octets()
    }
}

/// Which message of which sender: what the ciphertext's key and nonce come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) kind: Kind,
    pub(super) tag: TagLength,
    /// Drawn when a board begins to count: it tells this counting from an earlier one, which its flash has lost.
    pub(super) epoch: u32,
    pub(super) counter: u32,
}

impl Envelope {
    /// Reads it, and gives what comes after it. `None` if it is none of this version, or too short for its tag.
    pub(super) fn parse(payload: &[u8]) -> Option<(Self, &[u8])> {
        let (&[first, e0, e1, e2, e3, c0, c1, c2, c3], rest) = payload.split_first_chunk::<ENVELOPE_LEN>()?;
        let tag = if first & LONG_TAG == 0 {
            TagLength::Eight
        } else {
            TagLength::Sixteen
        };
        let envelope = Self {
            kind: Kind::from_low_bits(first),
            tag,
            epoch: u32::from_le_bytes([e0, e1, e2, e3]),
            counter: u32::from_le_bytes([c0, c1, c2, c3]),
        };
        (first >> VERSION_SHIFT == VERSION && rest.len() >= tag.octets()).then_some((envelope, rest))
    }

    const fn first(&self) -> u8 {
        let long = match self.tag {
            TagLength::Eight => 0,
            TagLength::Sixteen => LONG_TAG,
        };
        VERSION << VERSION_SHIFT | long | self.kind.number()
    }

    pub(super) fn to_octets(self) -> [u8; ENVELOPE_LEN] {
        let [e0, e1, e2, e3] = self.epoch.to_le_bytes();
        let [c0, c1, c2, c3] = self.counter.to_le_bytes();
        [self.first(), e0, e1, e2, e3, c0, c1, c2, c3]
    }

    fn nonce(&self) -> [u8; 13] {
        let mut nonce = [0; 13];
        nonce[..4].copy_from_slice(&self.counter.to_le_bytes());
        nonce
    }
}

/// What of a message's header does not change on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lasting {
    pub(super) head: FrameHead,
    pub(super) destination: MacAddress,
    pub(super) source: MacAddress,
}

impl Lasting {
    fn aad(&self, envelope: &Envelope) -> [u8; AAD_LEN] {
        let mut aad = [0; AAD_LEN];
        let header = Message {
            kind: Kind::SecurityData,
            head: FrameHead {
                channel: SendChannel::Current,
                forward_ttl: 0,
                ..self.head
            },
            destination: self.destination,
            source: self.source,
            payload: &[],
        };
        header
            .emit(&mut aad)
            .expect("a header fits where its length is counted");
        aad[HEADER_LEN..].copy_from_slice(&envelope.to_octets());
        aad
    }
}

/// What all senders' keys come from: wiped when dropped and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct MasterKey([u8; 32]);

impl MasterKey {
    pub(super) fn derive(key: &AppKey) -> Self {
        let (mut extracted, _) = Hkdf::<Sha256>::extract(Some(b"ESP-NOW guarded messages 1"), key.expose());
        let mut octets = [0; 32];
        octets.copy_from_slice(&extracted);
        extracted.as_mut_slice().zeroize();
        Self(octets)
    }

    fn expand<const N: usize>(&self, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        Hkdf::<Sha256>::from_prk(&self.0)
            .expect("a hash's length is a key's")
            .expand_multi_info(info, &mut *out)
            .expect("far below 255 hashes");
        out
    }

    /// Tells what was kept under this key from what was kept under another.
    pub(super) fn fingerprint(&self) -> [u8; 8] {
        *self.expand(&[b"fingerprint"])
    }

    fn sender_key(&self, source: MacAddress, envelope: &Envelope) -> Zeroizing<[u8; 16]> {
        let epoch = envelope.epoch.to_le_bytes();
        self.expand(&[b"sender", &source.octets(), &[envelope.first()], &epoch])
    }

    /// Seals `plain` in place and writes its tag to `tag`, which is as long as the envelope says.
    pub(super) fn seal(&self, lasting: &Lasting, envelope: &Envelope, plain: &mut [u8], tag: &mut [u8]) {
        const SHORT: &str = "a payload is far below the 65535 octets that CCM takes with L = 2";
        let key = self.sender_key(lasting.source, envelope);
        let (nonce, aad) = (envelope.nonce().into(), lasting.aad(envelope));
        match envelope.tag {
            TagLength::Eight => {
                let code = Ccm::<Aes128Enc, U8, U13>::new((&*key).into())
                    .encrypt_inout_detached(&nonce, &aad, plain.into())
                    .expect(SHORT);
                tag.copy_from_slice(&code);
            }
            TagLength::Sixteen => {
                let code = Ccm::<Aes128Enc, U16, U13>::new((&*key).into())
                    .encrypt_inout_detached(&nonce, &aad, plain.into())
                    .expect(SHORT);
                tag.copy_from_slice(&code);
            }
        }
    }

    /// Opens `sealed`, ciphertext and tag, in place: how long what it says is, or `None` if it is forged.
    pub(super) fn open(&self, lasting: &Lasting, envelope: &Envelope, sealed: &mut [u8]) -> Option<usize> {
        let length = sealed.len().checked_sub(envelope.tag.octets())?;
        let key = self.sender_key(lasting.source, envelope);
        let (nonce, aad) = (envelope.nonce().into(), lasting.aad(envelope));
        let (text, tag) = sealed.split_at_mut(length);
        match envelope.tag {
            TagLength::Eight => Ccm::<Aes128Enc, U8, U13>::new((&*key).into())
                .decrypt_inout_detached(&nonce, &aad, text.into(), &Tag::<U8>::try_from(&*tag).ok()?)
                .ok()?,
            TagLength::Sixteen => Ccm::<Aes128Enc, U16, U13>::new((&*key).into())
                .decrypt_inout_detached(&nonce, &aad, text.into(), &Tag::<U16>::try_from(&*tag).ok()?)
                .ok()?,
        }
        Some(length)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_envelope_is_read_as_written(kind in 0..16_u8, long: bool, epoch: u32, counter: u32) {
            let tag = if long { TagLength::Sixteen } else { TagLength::Eight };
            let envelope = Envelope { kind: Kind::from_low_bits(kind), tag, epoch, counter };
            let mut payload = [0; ENVELOPE_LEN + 16];
            payload[..ENVELOPE_LEN].copy_from_slice(&envelope.to_octets());
            prop_assert_eq!(Envelope::parse(&payload).map(|(envelope, _)| envelope), Some(envelope));
            prop_assert_eq!(Envelope::parse(&payload[..tag.overhead() - 1]), None);
        }
    }
}
