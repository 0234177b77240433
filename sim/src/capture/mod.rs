//! Reading captured frames.
//!
//! ```text
//!    pcap, pcapng  ─►  packet  ─►  link type: radiotap or bare 802.11  ─►  CapturedFrame
//!    text: octets in hexadecimal digits  ────────────────────────────────►
//! ```
//!
//! The format is told by the first octets. Packets come one at a time, so a capture may be of any length or a pipe. After
//! an error nothing more comes: what stood before the damage has been given already.

mod error;
mod frame;
mod pcap;
mod pcapng;
mod text;

use std::io::{self, Cursor, Read};

pub use error::CaptureError;
pub use frame::{CapturedFrame, FcsStatus};

use frame::Packet;
use pcap::PcapPackets;
use pcapng::PcapngPackets;
use text::HexLines;

/// The magic numbers of pcap: µs and ns, little- and big-endian.
const PCAP_MAGICS: [[u8; 4]; 4] = [
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
];

/// The type of pcapng's section header block, the same in both byte orders.
const PCAPNG_MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Whether a pcap or pcapng file begins so. No frame does.
fn is_capture_file(octets: &[u8]) -> bool {
    let begins = |magic: &[u8; 4]| octets.starts_with(magic);
    begins(&PCAPNG_MAGIC) || PCAP_MAGICS.iter().any(begins)
}

/// The input with its first octets put back.
type Input<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The frames of a capture, in their order.
///
/// ```
/// use sim::capture::Capture;
///
/// let lines = "# an acknowledgement\nd4 00 00 00 24:0a:c4:00:00:01\n";
/// let frames: Vec<_> = Capture::new(lines.as_bytes())?.collect::<Result<_, _>>()?;
/// assert_eq!(frames[0].mpdu.len(), 10);
/// # Ok::<(), sim::capture::CaptureError>(())
/// ```
pub struct Capture<R: Read> {
    source: Source<R>,
    /// Frames given so far.
    given: u64,
    ended: bool,
}

enum Source<R: Read> {
    Pcap(PcapPackets<Input<R>>),
    Pcapng(PcapngPackets<Input<R>>),
    Hex(HexLines<Input<R>>),
}

impl<R: Read> Capture<R> {
    /// Looks at the first octets of `reader` to tell the format. Buffering is done here.
    ///
    /// # Errors
    /// [`CaptureError::Empty`], [`CaptureError::UnknownFormat`], [`CaptureError::Read`], or what is wrong with the file's
    /// header.
    pub fn new(mut reader: R) -> Result<Self, CaptureError> {
        let mut magic = Vec::new();
        reader
            .by_ref()
            .take(4)
            .read_to_end(&mut magic)
            .map_err(CaptureError::Read)?;
        if magic.is_empty() {
            return Err(CaptureError::Empty);
        }
        let input = Cursor::new(magic.clone()).chain(reader);
        let source = if magic == PCAPNG_MAGIC {
            Source::Pcapng(PcapngPackets::new(input)?)
        } else if is_capture_file(&magic) {
            Source::Pcap(PcapPackets::new(input)?)
        } else {
            Source::Hex(HexLines::new(input))
        };
        Ok(Self {
            source,
            given: 0,
            ended: false,
        })
    }

    fn read(&mut self) -> Result<Option<CapturedFrame>, CaptureError> {
        let index = self.given + 1;
        let packet = match &mut self.source {
            Source::Pcap(packets) => packets.next(index)?,
            Source::Pcapng(packets) => packets.next(index)?,
            Source::Hex(lines) => lines.next()?,
        };
        packet.map(|packet: Packet| packet.into_frame(index)).transpose()
    }
}

impl<R: Read> Iterator for Capture<R> {
    type Item = Result<CapturedFrame, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.read().transpose();
        match item {
            Some(Ok(_)) => self.given += 1,
            Some(Err(_)) | None => self.ended = true,
        }
        item
    }
}

#[cfg(test)]
mod tests;
