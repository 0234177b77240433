//! Capture files in the pcapng format.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::{PcapNgWriteError, PcapNgWriter};
use pcap_file::{DataLink, Endianness};

use super::radiotap;
use crate::kernel::Time;

/// Longer than any frame with its radiotap header.
const SNAPLEN: u32 = 65_535;

/// Writes 802.11 frames with radiotap headers: one section, one interface called "air", times in nanoseconds.
///
/// The file depends on its contents alone: little-endian on every machine, and no wall clock.
pub struct PcapngWriter<W: Write> {
    inner: PcapNgWriter<W>,
    /// The packet in the making, kept for its allocation.
    packet: Vec<u8>,
}

impl<W: Write> PcapngWriter<W> {
    /// Starts the file: section header and interface description. The comment shows up in Wireshark's file properties.
    ///
    /// # Errors
    /// What the writer says; or a comment of more than 65 535 octets.
    pub fn new(writer: W, comment: Option<&str>) -> io::Result<Self> {
        let mut options = vec![SectionHeaderOption::UserApplication(Cow::Borrowed("sim"))];
        options.extend(comment.map(|text| SectionHeaderOption::Common(CommonOption::Comment(Cow::Borrowed(text)))));
        let section = SectionHeaderBlock {
            endianness: Endianness::Little,
            options,
            ..SectionHeaderBlock::default()
        };
        let interface = InterfaceDescriptionBlock {
            linktype: DataLink::IEEE802_11_RADIOTAP,
            snaplen: SNAPLEN,
            options: vec![
                InterfaceDescriptionOption::IfName(Cow::Borrowed("air")),
                InterfaceDescriptionOption::IfTsResol(InterfaceTsResolution::NANO),
            ],
        };
        let mut inner = PcapNgWriter::with_section_header(writer, section).map_err(into_io)?;
        inner.write_pcapng_block(interface).map_err(into_io)?;
        Ok(Self {
            inner,
            packet: Vec::new(),
        })
    }

    /// Appends one frame. Time 0 is written as 1970-01-01 00:00:00 UTC.
    ///
    /// # Errors
    /// What the writer says. The file's end is damaged then.
    pub fn write_frame(&mut self, time: Time, header: &radiotap::Header, mpdu: &[u8]) -> io::Result<()> {
        self.packet.clear();
        header.emit(&mut self.packet);
        self.packet.extend_from_slice(mpdu);
        let original_len = u32::try_from(self.packet.len()).map_err(io::Error::other)?;
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_nanos(time.as_nanos()),
            original_len,
            data: Cow::Borrowed(&self.packet),
            options: Vec::new(),
        };
        self.inner.write_pcapng_block(block).map_err(into_io)?;
        Ok(())
    }

    /// Gives the writer back. Nothing is kept: pcapng has no trailer.
    pub fn into_inner(self) -> W {
        self.inner.into_inner()
    }
}

fn into_io(error: PcapNgWriteError) -> io::Error {
    match error {
        PcapNgWriteError::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidInput, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_these_octets() {
        let mut writer = PcapngWriter::new(Vec::new(), Some("hello, seed 1")).expect("memory");
        let header = radiotap::Header {
            signal_dbm: Some(-20),
            ..radiotap::Header::default()
        };
        writer
            .write_frame(Time::from_nanos(0x1_0000_0002), &header, &[0xd4, 0, 0])
            .expect("memory");
        let expected = [
            // Section header, 60 octets: byte-order magic, version 1.0, length unknown
            "0a0d0d0a 3c000000 4d3c2b1a 01000000 ffffffffffffffff",
            // shb_userappl "sim", opt_comment "hello, seed 1", end of options
            "04000300 73696d00",
            "01000d00 68656c6c6f2c2073656564203100 0000",
            "00000000 3c000000",
            // Interface description, 40 octets: link type 127, snaplen 65535, if_name "air", if_tsresol 9
            "01000000 28000000 7f000000 ffff0000",
            "02000300 61697200",
            "09000100 09000000",
            "00000000 28000000",
            // Enhanced packet, 44 octets: interface 0, time (high, low), 12 octets of 12
            "06000000 2c000000 00000000 01000000 02000000 0c000000 0c000000",
            "00000900 20000000 ec d40000",
            "2c000000",
        ]
        .concat()
        .replace(' ', "");
        assert_eq!(hex::encode(writer.into_inner()), expected);
    }

    #[test]
    fn an_endless_comment_is_refused() {
        let comment = "x".repeat(65_536);
        let error = PcapngWriter::new(Vec::new(), Some(&comment)).err().expect("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
