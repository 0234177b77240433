//! What comes in from files: the one door.
//!
//! ```text
//!    path ─► regular file? ─► Bounded ─► octets, text, a copy      a limit for each kind of file
//!    folder ─► Folders ─► its entries, in order                    no folder twice, a limit on depth and on how many
//!    paths ─► Snapshot ─► copies with their digests                what many runs read is the same for all of them
//! ```
//!
//! A size in a file, and the size of a file, are claims of whoever made it. So nothing is read without a limit, and nothing but a regular
//! file: a pipe would be waited for, and a device has no end. Links are followed, and what they lead to counts. No other room opens a
//! file of the user's; a test looks for that in the sources. Text may be UTF-8 or UTF-16, with a byte order mark or without.

mod encoding;
mod file;
mod folders;
mod snapshot;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use encoding::Decoded;
use file::Refusal;
pub(crate) use file::{Bounded, Kind, copy, is_file, open, open_or_make, read, text};
pub(crate) use folders::Folders;
pub(crate) use snapshot::Snapshot;
pub(crate) use tree::{TreeError, copy_tree, digest, digest_of};
