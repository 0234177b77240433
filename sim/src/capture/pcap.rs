//! The packets of a pcap file.

use std::io::Read;

use pcap_file::pcap::{PcapReadError, PcapReader, PcapTsResolution};

use super::CaptureError;
use super::error::{from_io, with_causes};
use super::frame::{LinkType, Packet};

const FILE_HEADER_LEN: u64 = 24;
const PACKET_HEADER_LEN: u64 = 16;

/// The upper bits of the link type field tell the length of an FCS.
const LINK_TYPE_MASK: u32 = 0x03ff_ffff;

pub(super) struct PcapPackets<R: Read> {
    reader: PcapReader<R>,
    offset: u64,
}

impl<R: Read> PcapPackets<R> {
    pub(super) fn new(input: R) -> Result<Self, CaptureError> {
        let reader = PcapReader::new(input).map_err(|error| into_capture(error, 1, 0))?;
        Ok(Self {
            reader,
            offset: FILE_HEADER_LEN,
        })
    }

    /// The next packet, which is number `index`.
    pub(super) fn next(&mut self, index: u64) -> Result<Option<Packet>, CaptureError> {
        let header = self.reader.header();
        // Not checked against the file's snapshot length: many writers don't keep to it.
        let Some(packet) = self.reader.next_raw_packet() else {
            return Ok(None);
        };
        let packet = packet.map_err(|error| into_capture(error, index, self.offset))?;
        self.offset += PACKET_HEADER_LEN + u64::from(packet.incl_len);
        let nanos_per_unit = match header.ts_resolution {
            PcapTsResolution::MicroSecond => 1_000,
            PcapTsResolution::NanoSecond => 1,
        };
        Ok(Some(Packet {
            timestamp_ns: Some(u64::from(packet.ts_sec) * 1_000_000_000 + u64::from(packet.ts_frac) * nanos_per_unit),
            link_type: LinkType(u32::from(header.datalink) & LINK_TYPE_MASK),
            original_len: packet.orig_len as usize,
            data: packet.data.into_owned(),
            is_pasted: false,
        }))
    }
}

fn into_capture(error: PcapReadError, packet: u64, offset: u64) -> CaptureError {
    match error {
        PcapReadError::Io(error) => from_io(error, packet, offset),
        other => CaptureError::Damaged {
            packet,
            offset,
            reason: with_causes(&other),
        },
    }
}
