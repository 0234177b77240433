//! What comes in from files: the one door.
//!
//! ```text
//!    path ─► regular file? ─► Bounded ─► octets, text, a copy      a limit for each kind of file
//!    folder ─► Folders ─► its entries, in order                    no folder twice, a limit on depth and on how many
//! ```
//!
//! A size in a file, and the size of a file, are claims of whoever made it. So nothing is read without a limit, and nothing but a regular
//! file: a pipe would be waited for, and a device has no end. Links are followed, and what they lead to counts. No other room opens a
//! file of the user's; a test looks for that in the sources. Text may be UTF-8 or UTF-16, with a byte order mark or without.

mod encoding;
mod file;
mod folders;
#[cfg(test)]
mod tests;

pub(crate) use encoding::Decoded;
#[cfg(test)]
use file::Bounded;
use file::Refusal;
pub(crate) use file::{Kind, copy, is_file, open, read, text};
pub(crate) use folders::Folders;
