//! A frame to send.

use core::fmt;

use super::ccmp::{CCMP_HEADER_LEN, MIC_LEN};
use super::element::{ESPRESSIF, elements_len, emit_elements};
use super::room::{Writer, reserve};
use super::{BufferTooSmall, HEADER_LEN, Header, PacketNumber, Payload, TemporalKey, Version};

/// The vendor specific category (IEEE 802.11-2020, table 9-51).
pub(super) const CATEGORY: u8 = 127;

/// Category, organisation and random octets.
const PREFIX_LEN: usize = 8;

/// Octets of the longest frame between MAC header and FCS, in plain.
pub(super) const MAX_BODY_LEN: usize = body_len(Version::V2.max_payload());

/// An ESP-NOW frame before it is emitted.
///
/// ```
/// use protocol::MacAddress;
/// use protocol::frame::{ActionFrame, Header, Mpdu, Payload, Version};
///
/// let (lamp, desk) = (MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]), MacAddress([0x24, 0x0a, 0xc4, 0, 0, 2]));
/// let frame = ActionFrame {
///     header: Header::new(lamp, desk),
///     random: [1, 2, 3, 4],
///     payload: Payload::new(Version::V1, b"on")?,
/// };
/// let mut buffer = [0; ActionFrame::MAX_LEN];
/// let length = frame.emit(&mut buffer)?;
///
/// let Mpdu::Plain(packet) = Mpdu::parse(&buffer[..length])? else { panic!("it is not sealed") };
/// assert_eq!(packet.header().source, desk);
/// assert_eq!(packet.first_element(), b"on");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionFrame<'a> {
    /// The MAC header.
    pub header: Header,
    /// Random octets, fresh for every frame, against relaying (ESP-IDF's "Random Values").
    pub random: [u8; 4],
    /// The application's data.
    pub payload: Payload<'a>,
}

impl ActionFrame<'_> {
    /// Octets of the longest MPDU, sealed, without FCS: room for any frame.
    pub const MAX_LEN: usize = Self::max_len(usize::MAX);

    /// Octets of the longest MPDU with this payload, sealed, without FCS. A payload too long for a frame counts as the longest.
    #[must_use]
    pub const fn max_len(payload: usize) -> usize {
        let longest = Version::V2.max_payload();
        let payload = if payload < longest { payload } else { longest };
        HEADER_LEN + CCMP_HEADER_LEN + body_len(payload) + MIC_LEN
    }

    /// Octets of the plain MPDU without FCS.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN + self.body_len()
    }

    /// Octets of the sealed MPDU without FCS.
    #[must_use]
    pub const fn sealed_len(&self) -> usize {
        HEADER_LEN + CCMP_HEADER_LEN + self.body_len() + MIC_LEN
    }

    const fn body_len(&self) -> usize {
        body_len(self.payload.bytes().len())
    }

    /// Writes the plain MPDU without FCS to the front of `buffer`; gives its length.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] below [`buffer_len`](Self::buffer_len).
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let length = self.buffer_len();
        let mut writer = Writer::new(reserve(buffer, length)?);
        self.header.emit(false, &mut writer);
        self.emit_body(&mut writer);
        Ok(length)
    }

    /// Writes the MPDU without FCS, encrypted and authenticated, to the front of `buffer`; gives its length.
    ///
    /// The caller never uses a packet number twice under one key: two frames with the same one give away both.
    ///
    /// # Errors
    ///
    /// [`SealError::GroupAddress`]; [`SealError::BufferTooSmall`] below [`sealed_len`](Self::sealed_len).
    pub fn emit_sealed(&self, key: &TemporalKey, number: PacketNumber, buffer: &mut [u8]) -> Result<usize, SealError> {
        if self.header.destination.is_group() {
            return Err(SealError::GroupAddress);
        }
        let length = self.sealed_len();
        let (head, rest) = reserve(buffer, length)?.split_at_mut(HEADER_LEN + CCMP_HEADER_LEN);
        let (body, mic) = rest.split_at_mut(self.body_len());
        let mut writer = Writer::new(head);
        self.header.emit(true, &mut writer);
        writer.put(&number.emit());
        self.emit_body(&mut Writer::new(body));
        mic.copy_from_slice(&key.seal(&self.header, number, body));
        Ok(length)
    }

    fn emit_body(&self, writer: &mut Writer<'_>) {
        writer.put(&[CATEGORY]);
        writer.put(&ESPRESSIF);
        writer.put(&self.random);
        emit_elements(&self.payload, writer);
    }
}

/// From the category octet to the end of the last element.
const fn body_len(payload: usize) -> usize {
    PREFIX_LEN + elements_len(payload)
}

/// Why a frame was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// The destination is a group address, which ESP-NOW can't encrypt for.
    GroupAddress,
    /// The buffer is shorter than the sealed frame.
    BufferTooSmall(BufferTooSmall),
}

impl From<BufferTooSmall> for SealError {
    fn from(error: BufferTooSmall) -> Self {
        Self::BufferTooSmall(error)
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupAddress => f.write_str("the destination is a group address: send it plain"),
            Self::BufferTooSmall(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SealError {}
