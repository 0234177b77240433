//! Frames as text: what sniffers, hexdump tools and source files show, and what people paste of it.
//!
//! ```text
//! # comments are passed over
//! d4000000240ac4000001                              a frame a line
//! d4 00 00 00  24:0a:c4:00:00:01                    separators are free
//! 0000  d4 00 00 00 24 0a c4 00 00 01   ....$.....  Wireshark, tshark, xxd, hexdump, od: several lines a frame
//!     0x0000:  d400 0000 240a c400 0001             tcpdump
//! I (1234) sniffer: d4 00 00 00 24 0a c4 00 00 01   ESP-IDF's log
//! uint8_t frame[] = {0xd4, 0x00, 0x00, 0x00, …};    C
//! frame = b'\xd4\x00\x00\x00$\n\xc4\x00\x00\x01'    Python
//! ```
//!
//! A dump's offsets say where a frame begins. Octets without offsets are a frame a line, unless a line is no whole frame and those
//! that follow it without an empty line complete it. Other text is a mistake, unless a dump or a list follows it, which it may be the
//! heading of.

mod frame;
mod line;
mod offset;

use std::collections::VecDeque;
use std::io::{BufRead, Read};

use super::CaptureError;
use super::error::HexError;
use super::frame::Packet;
use frame::{Block, packet};
use line::{Dump, Line};

/// The longest frame has some 1600 octets; this leaves room for `0x`, separators and a long comment.
const MAX_LINE_LEN: u64 = 65_536;

/// More octets are no frame.
const MAX_FRAME_LEN: usize = 65_536;

/// Lines without offsets that are kept until it is known which of them belong together.
const KEPT_LINES: usize = 1024;

pub(super) struct HexLines<R: BufRead> {
    reader: R,
    /// Lines read so far.
    line: u64,
    /// What has been read of the next frames.
    block: Block,
    /// Frames that are whole.
    ready: VecDeque<Vec<u8>>,
    /// The first line of text that nothing has followed yet that it could belong to.
    text: Option<(u64, HexError)>,
    /// Whether text may be the end: something has come that tools write text around.
    may_end_in_text: bool,
    /// What is wrong, when the frames before it have been given.
    failure: Option<CaptureError>,
    ended: bool,
}

impl<R: BufRead> HexLines<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self {
            reader,
            line: 0,
            block: Block::None,
            ready: VecDeque::new(),
            text: None,
            may_end_in_text: false,
            failure: None,
            ended: false,
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Packet>, CaptureError> {
        let mut octets = Vec::new();
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(Some(packet(frame)));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.ended {
                return Ok(None);
            }
            octets.clear();
            if let Err(error) = self.advance(&mut octets) {
                // What is whole before it is given first.
                self.end_block();
                self.ended = true;
                self.failure = Some(error);
            }
        }
    }

    /// Reads one line.
    fn advance(&mut self, octets: &mut Vec<u8>) -> Result<(), CaptureError> {
        let mut limited = self.reader.by_ref().take(MAX_LINE_LEN);
        if limited.read_until(b'\n', octets).map_err(CaptureError::Read)? == 0 {
            self.ended = true;
            return self.end();
        }
        self.line += 1;
        let line = self.line;
        let is_text = |text: &&str| !text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace());
        let text = str::from_utf8(octets).ok().filter(is_text);
        let text = text.ok_or(CaptureError::UnknownFormat)?;
        let failed = |reason| CaptureError::Hex { line, reason };
        if octets.len() as u64 == MAX_LINE_LEN && !text.ends_with('\n') {
            return Err(failed(HexError::TooLong));
        }
        // hexdump and od end with an offset alone.
        if self.block.ends_at(text) {
            self.end_block();
            return Ok(());
        }
        match line::read(text, matches!(self.block, Block::List(_))) {
            Line::Blank => {
                if !matches!(self.block, Block::List(_)) {
                    self.end_block();
                }
                Ok(())
            }
            Line::Logged => Ok(()),
            Line::Text(reason) => self.take_text(reason),
            Line::Octets(octets) => self.take_octets(octets),
            Line::Dump(dump) => self.take_dump(dump),
            Line::Repeated => self.block.repeat().map_err(failed),
            Line::List { opens, octets, closes } => {
                if opens {
                    self.end_block();
                    self.announced();
                    self.block = Block::List(Vec::new());
                }
                self.block.extend(&octets).map_err(failed)?;
                if closes {
                    self.end_block();
                }
                Ok(())
            }
        }
    }

    /// The input is over.
    fn end(&mut self) -> Result<(), CaptureError> {
        let is_open = matches!(self.block, Block::List(_));
        self.end_block();
        let line = self.line;
        match self.text.take() {
            _ if is_open => Err(CaptureError::Hex {
                line,
                reason: HexError::Unclosed,
            }),
            Some((line, reason)) if !self.may_end_in_text => Err(CaptureError::Hex { line, reason }),
            _ => Ok(()),
        }
    }

    /// What comes now is something that text belongs to.
    fn announced(&mut self) {
        self.text = None;
        self.may_end_in_text = true;
    }

    fn take_text(&mut self, reason: HexError) -> Result<(), CaptureError> {
        let line = self.line;
        if matches!(self.block, Block::List(_)) || reason == HexError::OctalWords {
            return Err(CaptureError::Hex { line, reason });
        }
        self.end_block();
        self.text.get_or_insert((line, reason));
        Ok(())
    }

    fn take_octets(&mut self, octets: Vec<u8>) -> Result<(), CaptureError> {
        let line = self.line;
        if let Some((line, reason)) = self.text.take() {
            return Err(CaptureError::Hex { line, reason });
        }
        self.may_end_in_text = false;
        if octets.len() > MAX_FRAME_LEN {
            let reason = HexError::TooLong;
            return Err(CaptureError::Hex { line, reason });
        }
        if !self.block.may_be_continued_by(&octets) {
            self.end_block();
        }
        match &mut self.block {
            Block::Lines(lines) => lines.push(octets),
            Block::None if frame::is_whole(&octets) => self.ready.push_back(octets),
            _ => self.block = Block::Lines(vec![octets]),
        }
        Ok(())
    }

    fn take_dump(&mut self, dump: Dump) -> Result<(), CaptureError> {
        let line = self.line;
        let Dump {
            offset,
            octets,
            otherwise,
        } = dump;
        let failed = |reason| CaptureError::Hex { line, reason };
        if self.block.is_continued_at(&offset).map_err(failed)? {
            return self.block.extend(&octets).map_err(failed);
        }
        if offset.begins() {
            self.end_block();
            self.announced();
            self.block = Block::begin(&offset);
            return self.block.extend(&octets).map_err(failed);
        }
        match otherwise {
            Ok(octets) if !offset.has_colon => self.take_octets(octets),
            _ => Err(failed(HexError::Offset {
                found: offset.hexadecimal(),
                expected: self.block.len(),
            })),
        }
    }

    fn end_block(&mut self) {
        self.ready.extend(std::mem::take(&mut self.block).into_frames());
    }
}

#[cfg(test)]
mod tests;
