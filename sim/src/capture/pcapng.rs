//! The packets of a pcapng file.

use std::io::Read;
use std::time::Duration;

use pcap_file::pcapng::blocks::{
    ENHANCED_PACKET_BLOCK, INTERFACE_DESCRIPTION_BLOCK, PACKET_BLOCK, SECTION_HEADER_BLOCK, SIMPLE_PACKET_BLOCK,
};
use pcap_file::pcapng::{Block, PcapNgReadError, PcapNgReader};

use super::CaptureError;
use super::error::{from_io, with_causes};
use super::frame::{LinkType, Packet};

/// Interfaces of a section, at most, and octets that describe them. All are kept while their section is read; a capture has a few.
const MOST_INTERFACES: usize = 16_384;
const MOST_DESCRIBING: u64 = 16 << 20;

pub(super) struct PcapngPackets<R: Read> {
    reader: PcapNgReader<R>,
    /// Octets that describe the section's interfaces.
    describing: u64,
}

impl<R: Read> PcapngPackets<R> {
    pub(super) fn new(input: R) -> Result<Self, CaptureError> {
        let reader = PcapNgReader::new(input).map_err(|error| into_capture(error, 1, 0))?;
        Ok(Self { reader, describing: 0 })
    }

    /// The next packet, which is number `index`. Blocks of other kinds are passed over unread.
    pub(super) fn next(&mut self, index: u64) -> Result<Option<Packet>, CaptureError> {
        loop {
            let offset = self.reader.bytes_parsed();
            let Some(block) = self.reader.next_raw_block() else {
                return Ok(None);
            };
            let (block, state) = block.map_err(|error| into_capture(error, index, offset))?;
            let length = u64::try_from(block.body.len()).unwrap_or(u64::MAX);
            match block.type_ {
                SECTION_HEADER_BLOCK => self.describing = 0,
                INTERFACE_DESCRIPTION_BLOCK => self.describing = self.describing.saturating_add(length),
                _ => {}
            }
            if self.describing > MOST_DESCRIBING || state.interfaces().len() > MOST_INTERFACES {
                return Err(CaptureError::Damaged {
                    packet: index,
                    offset,
                    reason: format!(
                        "there are more than {MOST_INTERFACES} interfaces, or they are described at great length"
                    ),
                });
            }
            if !matches!(block.type_, ENHANCED_PACKET_BLOCK | SIMPLE_PACKET_BLOCK | PACKET_BLOCK) {
                continue;
            }
            let damaged = |reason| CaptureError::Damaged {
                packet: index,
                offset,
                reason,
            };
            let block = block
                .try_into_block(state)
                .map_err(|error| damaged(with_causes(&error)))?;
            let (interface, time, original_len, data) = match block {
                Block::EnhancedPacket(packet) => (
                    packet.interface_id as usize,
                    Some(packet.timestamp),
                    packet.original_len,
                    packet.data,
                ),
                Block::Packet(packet) => (
                    usize::from(packet.interface_id),
                    Some(packet.timestamp),
                    packet.original_len,
                    packet.data,
                ),
                Block::SimplePacket(packet) => (0, None, packet.original_len, packet.data),
                _ => continue,
            };
            let interface = state
                .interfaces()
                .get(interface)
                .ok_or_else(|| damaged(format!("interface {interface} is not described")))?;
            return Ok(Some(Packet {
                timestamp_ns: time
                    .as_ref()
                    .map(Duration::as_nanos)
                    .and_then(|ns| u64::try_from(ns).ok()),
                link_type: LinkType(interface.linktype.into()),
                original_len: original_len as usize,
                data: data.into_owned(),
                is_pasted: false,
            }));
        }
    }
}

fn into_capture(error: PcapNgReadError, packet: u64, offset: u64) -> CaptureError {
    match error {
        PcapNgReadError::Io(error) => from_io(error, packet, offset),
        other => CaptureError::Damaged {
            packet,
            offset,
            reason: with_causes(&other),
        },
    }
}
