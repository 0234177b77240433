//! Writing a recording while the run goes on.

use std::io::{self, Write};

use serde::Serialize;

use super::entry::{Conclusion, Description};
use super::{BLOCK, CRC, LONGEST_BLOCK, MAGIC};
use crate::kernel::{Span, Time};
use crate::observe::{Event, Observer};

/// A block ends when it is this old.
const BLOCK_SPAN: Span = Span::from_micros(1_000_000);

/// Writes all that is seen of a run; see [the format](super).
pub struct RecordingWriter<W: Write> {
    writer: W,
    /// The block in the making.
    block: Vec<u8>,
    /// When it began.
    since: Time,
    /// Its last entry's time.
    last: Time,
    is_fresh: bool,
    outcome: io::Result<()>,
}

/// An entry as it is written, without having it.
#[derive(Serialize)]
enum Borrowed<'a> {
    Event(&'a Event),
    Loss(f64),
    Conclusion(&'a Conclusion),
}

impl<W: Write> RecordingWriter<W> {
    /// Starts a recording.
    ///
    /// # Errors
    /// What the writer says.
    pub fn new(mut writer: W, description: &Description) -> io::Result<Self> {
        writer.write_all(&MAGIC)?;
        let mut recording = Self {
            writer,
            block: Vec::with_capacity(BLOCK + BLOCK / 8),
            since: Time::ZERO,
            last: Time::ZERO,
            is_fresh: true,
            outcome: Ok(()),
        };
        recording.encode(description)?;
        recording.end_block()?;
        Ok(recording)
    }

    /// Somebody set the loss of all links.
    pub fn set_loss(&mut self, at: Time, loss: f64) {
        self.put(at, Borrowed::Loss(loss));
    }

    /// Ends the recording and gives the writer back, unflushed.
    ///
    /// # Errors
    /// The first error that the writer had.
    pub fn finish(mut self, conclusion: &Conclusion) -> io::Result<W> {
        self.put(conclusion.at, Borrowed::Conclusion(conclusion));
        std::mem::replace(&mut self.outcome, Ok(()))?;
        self.end_block()?;
        Ok(self.writer)
    }

    fn put(&mut self, at: Time, entry: Borrowed<'_>) {
        if self.outcome.is_ok() {
            self.outcome = self.append(at, entry);
        }
    }

    fn append(&mut self, at: Time, entry: Borrowed<'_>) -> io::Result<()> {
        if !self.is_fresh && (self.block.len() >= BLOCK || at - self.since > BLOCK_SPAN) {
            self.end_block()?;
        }
        let before = if self.is_fresh { Time::ZERO } else { self.last };
        if self.is_fresh {
            self.since = at;
            self.is_fresh = false;
        }
        self.last = at;
        self.encode(&(at - before, entry))
    }

    fn encode(&mut self, value: &impl Serialize) -> io::Result<()> {
        let block = std::mem::take(&mut self.block);
        self.block = postcard::to_extend(value, block).map_err(io::Error::other)?;
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.block.len() > LONGEST_BLOCK {
            return Err(io::Error::other("an event is too long for a recording"));
        }
        let packed = lz4_flex::block::compress(&self.block);
        let lengths = [packed.len(), self.block.len()];
        for length in lengths {
            let length = u32::try_from(length).map_err(io::Error::other)?;
            self.writer.write_all(&length.to_le_bytes())?;
        }
        self.writer.write_all(&CRC.checksum(&packed).to_le_bytes())?;
        self.writer.write_all(&packed)?;
        // What a killed run leaves behind is whole blocks.
        self.writer.flush()?;
        self.block.clear();
        self.is_fresh = true;
        Ok(())
    }
}

impl<W: Write> Observer for RecordingWriter<W> {
    fn has_given_up(&self) -> bool {
        self.outcome.is_err()
    }

    fn observe(&mut self, at: Time, event: &Event) {
        self.put(at, Borrowed::Event(event));
    }
}
