//! Recordings: all that was seen of a run, to be shown again.
//!
//! ```text
//!    magic, version    "sim rec" 01
//!    block             length │ length unpacked │ CRC-32 │ packed octets       of 4, 4, 4 and `length` octets, little-endian
//!    block             …
//!    block             …
//!
//!    unpacked:         Description  Entry Entry … │ Entry Entry … │ … Entry Conclusion
//! ```
//!
//! **What is written** is [`observe`](crate::observe)'s events as they are, through serde and `postcard`: an event that comes anew is
//! recorded without a line here, integers take as many octets as they need, and nothing has to be parsed that serde does not
//! check. A hand-made format would have saved an octet here and there. Blocks are packed with LZ4, since frames and
//! consoles repeat themselves: a recording takes 5 to 12 octets an event, a tenth of the trace. Zstandard packs closer, and needs a C
//! compiler.
//!
//! **A block ends** after 64 KiB, or a second of virtual time, and is written out whole: what a killed run leaves behind is good
//! up to then. It stands for itself, so that a viewer can go back to it. The CRC tells a damaged block from a program's error.
//!
//! **What is read is not trusted.** The description is held to what a scenario may say, entries are of boards that there are, and no entry
//! begins behind a block's 64 KiB, so that reading takes memory for one block, whatever a file unpacks to.
//!
//! **The version** goes up whenever an old reader would misread: with any change to events or to what is here. Octets of
//! version 1 are pinned by a test.

mod check;
mod entry;
mod reader;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod writer;

pub use entry::{Conclusion, Description, Ended, Entry};
pub use reader::{Cursor, Damage, Recording, RecordingError};
pub use writer::RecordingWriter;

use crc::{CRC_32_ISO_HDLC, Crc};

/// How a recording begins; the last octet is the version.
const MAGIC: [u8; 8] = *b"sim rec\x01";

/// The head of a block: three numbers of 4 octets.
const HEAD: usize = 12;

/// A block is not made longer than this by more than an entry, unpacked.
const BLOCK: usize = 64 * 1024;

/// No block is longer, unpacked: 16 MiB, which only a single entry can fill: the end of a run of very many boards.
const LONGEST_BLOCK: usize = 16 * 1024 * 1024;

/// More entries than any run leaves in a file that can be read.
const MOST_ENTRIES: usize = 1 << 28;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
