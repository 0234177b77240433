//! CCMP as ESP-NOW uses it (ESP-IDF, "ESP-NOW", Security; IEEE 802.11-2020, clause 12.5.3).
//!
//! ```text
//! CCMP header: PN0 │ PN1 │ 0 │ e0 │ PN2 │ PN3 │ PN4 │ PN5      e0: key identifier 3, extended IV
//! nonce:       00 │ A2 │ PN5 … PN0
//! AAD:         80 40 │ A1 │ A2 │ A3 │ sequence control without its sequence number
//! ```
//!
//! Two things differ from a management frame protected by 802.11w: the nonce's flags octet has no management bit, and
//! the AAD masks the subtype as if this were a data frame. Both are how real chips do it.

use core::fmt;

use aes::Aes128Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use ccm::aead::AeadInOut;
use ccm::consts::{U8, U13};
use ccm::{Ccm, Tag};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Header, Refusal};
use crate::MacAddress;
use crate::espnow::Key;

/// Octets between the MAC header and the encrypted part.
pub(super) const CCMP_HEADER_LEN: usize = 8;

/// Octets of the message integrity code.
pub(super) const MIC_LEN: usize = 8;

const NONCE_LEN: usize = 13;
const AAD_LEN: usize = 22;

const RESERVED_BITS: u8 = 0x1f;
const EXTENDED_IV: u8 = 0x20;
const KEY_ID_SHIFT: u32 = 6;
const KEY_ID: u8 = 3;

/// The 48-bit packet number, which rises with every frame under one key.
///
/// A receiver drops a frame whose number is not above the last one it accepted from that peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketNumber(u64);

impl PacketNumber {
    /// 1, the first under a new key.
    pub const FIRST: Self = Self(1);

    const MAX: u64 = (1 << 48) - 1;

    /// The packet number with this value; `None` above 48 bits.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if number <= Self::MAX { Some(Self(number)) } else { None }
    }

    /// The value.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number after this one; `None` after the last, where the key has to be changed.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }

    /// PN5 to PN0, the most significant first.
    const fn octets(self) -> [u8; 6] {
        let [_, _, pn5, pn4, pn3, pn2, pn1, pn0] = self.0.to_be_bytes();
        [pn5, pn4, pn3, pn2, pn1, pn0]
    }

    pub(super) const fn emit(self) -> [u8; CCMP_HEADER_LEN] {
        let [pn5, pn4, pn3, pn2, pn1, pn0] = self.octets();
        let key_octet = KEY_ID << KEY_ID_SHIFT | EXTENDED_IV;
        [pn0, pn1, 0, key_octet, pn2, pn3, pn4, pn5]
    }

    pub(super) const fn parse(header: [u8; CCMP_HEADER_LEN]) -> Result<Self, Refusal> {
        let [pn0, pn1, reserved, key_octet, pn2, pn3, pn4, pn5] = header;
        if key_octet & EXTENDED_IV == 0 {
            return Err(Refusal::NoExtendedIv);
        }
        if reserved != 0 || key_octet & RESERVED_BITS != 0 {
            return Err(Refusal::CcmpReserved);
        }
        let key_id = key_octet >> KEY_ID_SHIFT;
        if key_id != KEY_ID {
            return Err(Refusal::KeyId { found: key_id });
        }
        Ok(Self(u64::from_le_bytes([pn0, pn1, pn2, pn3, pn4, pn5, 0, 0])))
    }
}

impl Default for PacketNumber {
    /// [`PacketNumber::FIRST`].
    fn default() -> Self {
        Self::FIRST
    }
}

impl fmt::Display for PacketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The key that frames between two peers are sealed under: 16 octets, wiped when dropped and never printed.
///
/// The cipher's key schedule, eleven times as large, is made for each frame and wiped after it. That costs some 100 ns of
/// the 1.2 µs that a full frame takes on a host, and spares a device with 20 peers, or a simulator with 10 000 devices, the
/// memory.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TemporalKey([u8; 16]);

impl TemporalKey {
    /// The key for a peer: its local master key, encrypted as one AES-128 block under the primary master key.
    #[must_use]
    pub fn derive(pmk: &Key, lmk: &Key) -> Self {
        let mut block = *lmk.octets();
        Aes128Enc::new(pmk.octets().into()).encrypt_block((&mut block).into());
        let key = Self(block);
        block.zeroize();
        key
    }

    fn cipher(&self) -> Ccm<Aes128Enc, U8, U13> {
        Ccm::new((&self.0).into())
    }

    /// Encrypts `body` in place and gives its message integrity code.
    pub(super) fn seal(&self, header: &Header, number: PacketNumber, body: &mut [u8]) -> [u8; MIC_LEN] {
        self.cipher()
            .encrypt_inout_detached(&nonce(header.source, number).into(), &aad(header), body.into())
            .expect("a frame is far below the 65535 octets that CCM takes with L = 2")
            .into()
    }

    /// Decrypts `body` in place. When `mic` is not its code, `body` holds zeros afterwards.
    pub(super) fn open(
        &self,
        header: &Header,
        number: PacketNumber,
        body: &mut [u8],
        mic: &[u8; MIC_LEN],
    ) -> Result<(), Refusal> {
        let mic: &Tag<U8> = mic.into();
        self.cipher()
            .decrypt_inout_detached(&nonce(header.source, number).into(), &aad(header), body.into(), mic)
            .map_err(|_| Refusal::Authentication)
    }
}

impl fmt::Debug for TemporalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TemporalKey(…)")
    }
}

fn nonce(source: MacAddress, number: PacketNumber) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[1..7].copy_from_slice(&source.octets());
    nonce[7..].copy_from_slice(&number.octets());
    nonce
}

/// The fragment number at the end is always 0: fragments never come this far.
fn aad(header: &Header) -> [u8; AAD_LEN] {
    let mut aad = [0; AAD_LEN];
    aad[..2].copy_from_slice(&[0x80, 0x40]);
    aad[2..8].copy_from_slice(&header.destination.octets());
    aad[8..14].copy_from_slice(&header.source.octets());
    aad[14..20].copy_from_slice(&header.bssid.octets());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_numbers_have_48_bits_and_end() {
        assert_eq!(PacketNumber::new(1 << 48), None);
        let last = PacketNumber::new((1 << 48) - 1).expect("48 bits");
        assert_eq!(last.next(), None);
        assert_eq!(PacketNumber::default(), PacketNumber::FIRST);
        assert_eq!(PacketNumber::FIRST.next(), PacketNumber::new(2));
    }

    #[test]
    fn the_header_holds_the_number_around_the_key_identifier() {
        let number = PacketNumber::new(0x0605_0403_0201).expect("48 bits");
        let header = number.emit();
        assert_eq!(header, [1, 2, 0, 0xe0, 3, 4, 5, 6]);
        assert_eq!(PacketNumber::parse(header), Ok(number));
    }

    #[test]
    fn keys_are_wiped_small_and_unprinted() {
        extern crate std;

        // Only with the cipher's `zeroize` feature.
        fn is_wiped_on_drop<T: ZeroizeOnDrop>() {}
        is_wiped_on_drop::<Aes128Enc>();
        is_wiped_on_drop::<TemporalKey>();
        assert_eq!(size_of::<TemporalKey>(), 16);
        let key = TemporalKey::derive(&Key::new([1; 16]), &Key::new([2; 16]));
        assert_eq!(std::format!("{key:?}"), "TemporalKey(…)");
    }
}
