//! A received frame under CCMP.

use super::action::MAX_BODY_LEN;
use super::ccmp::MIC_LEN;
use super::octets::Octets;
use super::{Header, Packet, PacketNumber, Refusal, TemporalKey};

/// An encrypted unicast frame. All but its payload is readable, none of it trustworthy before it is opened.
#[derive(Clone, Copy, Debug)]
pub struct Sealed<'a> {
    header: Header,
    number: PacketNumber,
    ciphertext: &'a [u8],
    mic: &'a [u8; MIC_LEN],
}

impl<'a> Sealed<'a> {
    /// `octets` follow the MAC header.
    pub(super) fn parse(header: Header, mut octets: Octets<'a>) -> Result<Self, Refusal> {
        let number = PacketNumber::parse(*octets.array()?)?;
        if header.destination.is_group() {
            return Err(Refusal::SealedGroupAddress);
        }
        let ciphertext = octets.slice(octets.rest().len().saturating_sub(MIC_LEN))?;
        let mic = octets.array()?;
        let have = ciphertext.len();
        if have > MAX_BODY_LEN {
            // CCM would go on to 65535 octets; past them it leaves unauthenticated plaintext behind.
            let most = MAX_BODY_LEN;
            return Err(Refusal::TooLong { have, most });
        }
        Ok(Self {
            header,
            number,
            ciphertext,
            mic,
        })
    }

    /// The MAC header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The packet number; compare it with the peer's last one once the frame is open.
    #[must_use]
    pub const fn packet_number(&self) -> PacketNumber {
        self.number
    }

    /// Decrypts into `scratch`, authenticates and reads the frame. [`ActionFrame::MAX_LEN`] octets of scratch do for
    /// every frame that is ESP-NOW.
    ///
    /// Address 3 is authenticated as it came, whatever it is.
    ///
    /// # Errors
    ///
    /// [`Refusal::ScratchTooSmall`]; [`Refusal::Authentication`], with nothing decrypted left in `scratch`; or the rule
    /// that the frame breaks although its key is right.
    ///
    /// [`ActionFrame::MAX_LEN`]: super::ActionFrame::MAX_LEN
    pub fn open<'b>(&self, key: &TemporalKey, scratch: &'b mut [u8]) -> Result<Packet<'b>, Refusal> {
        let need = self.ciphertext.len();
        let have = scratch.len();
        let body = scratch.get_mut(..need).ok_or(Refusal::ScratchTooSmall { have, need })?;
        body.copy_from_slice(self.ciphertext);
        key.open(&self.header, self.number, body, self.mic)?;
        Packet::parse(self.header, body)
    }
}
