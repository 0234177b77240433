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
//! Before that, [`lines`] takes off byte order marks and colours, and decodes UTF-16.
//!
//! A dump's offsets say where a frame begins. Octets without offsets are a frame a line, unless a line is no whole frame and those
//! that follow it without an empty line complete it. Other text is a mistake, unless a dump or a list follows it, which it may be the
//! heading of. Nothing that has to do with octets is passed over in silence: a line that goes on with a dump and has none is an error.

mod dump;
mod frame;
mod line;
mod lines;
mod literal;
mod offset;

use std::collections::VecDeque;
use std::io::Read;

use super::CaptureError;
use super::error::HexError;
use super::frame::Packet;
use super::is_capture_file;
use dump::Dump;
use frame::{Block, packet};
use line::Line;
use lines::{Lines, Next};
use literal::{Literal, Then};

/// More octets are no frame.
const MAX_FRAME_LEN: usize = 65_536;

/// Lines without offsets that are kept until it is known which of them belong together.
const KEPT_LINES: usize = 1024;

pub(super) struct HexLines<R: Read> {
    lines: Lines<R>,
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

impl<R: Read> HexLines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader),
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
            if let Err(error) = self.advance() {
                // What is whole before it is given first.
                self.end_block();
                self.ended = true;
                self.failure = Some(error);
            }
        }
    }

    /// Reads one line.
    fn advance(&mut self) -> Result<(), CaptureError> {
        let next = self.lines.next().map_err(CaptureError::Read)?;
        self.line += 1;
        let line = self.line;
        let failed = |reason| CaptureError::Hex { line, reason };
        let text = match next {
            Next::Line(text) => text,
            Next::NoText => return Err(CaptureError::UnknownFormat),
            Next::TooLong => return Err(failed(HexError::TooLong)),
            Next::End => {
                self.line -= 1;
                self.ended = true;
                return self.end();
            }
        };
        // hexdump and od end with an offset alone.
        if self.block.ends_at(&text).map_err(failed)? {
            self.end_block();
            return Ok(());
        }
        match line::read(&text, self.block.within()) {
            Line::Blank => {
                if !self.block.is_unfinished() {
                    self.end_block();
                }
                Ok(())
            }
            Line::Logged => Ok(()),
            Line::Text(_) | Line::Octets(_) if self.block.goes_on_at(&text) => Err(failed(HexError::NoOctets)),
            Line::Text(_) if self.block.closes_with(&text) => {
                self.end_block();
                Ok(())
            }
            Line::Text(reason) => self.take_text(reason),
            Line::Octets(octets) => self.take_octets(octets),
            Line::Literal(literal) => self.take_literal(literal),
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
        if matches!(self.block, Block::List(_)) || matches!(reason, HexError::OtherWords | HexError::Bits) {
            // What it would be taken for is none.
            self.block = Block::None;
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
        let failed = |reason| CaptureError::Hex { line, reason };
        if octets.len() > MAX_FRAME_LEN {
            return Err(failed(HexError::TooLong));
        }
        if is_capture_file(&octets) {
            return Err(failed(HexError::CaptureFile));
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
        let offset = dump.offset;
        let failed = |reason| CaptureError::Hex { line, reason };
        if self.block.is_continued_at(&offset).map_err(failed)? {
            return self.block.extend_dump(&dump).map_err(failed);
        }
        if offset.begins() {
            self.end_block();
            self.announced();
            self.block = Block::begin(&offset);
            return self.block.extend_dump(&dump).map_err(failed);
        }
        match dump.otherwise {
            Ok(octets) if !offset.has_colon => self.take_octets(octets),
            _ => Err(failed(HexError::Offset {
                found: offset.hexadecimal(),
                expected: self.block.len(),
            })),
        }
    }

    fn take_literal(&mut self, literal: Literal) -> Result<(), CaptureError> {
        let Literal { opens, octets, then } = literal;
        if opens || !self.block.is_string_that_goes_on() {
            self.end_block();
            self.announced();
            self.block = Block::Literal {
                octets: Vec::new(),
                then,
            };
        }
        let line = self.line;
        let failed = |reason| CaptureError::Hex { line, reason };
        self.block.extend(&octets).map_err(failed)?;
        if then == Then::Ends {
            self.end_block();
        } else {
            self.block.goes_on(then);
        }
        Ok(())
    }

    fn end_block(&mut self) {
        self.ready.extend(std::mem::take(&mut self.block).into_frames());
    }
}

#[cfg(test)]
mod law;
#[cfg(test)]
mod tests;
