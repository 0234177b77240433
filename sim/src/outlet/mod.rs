//! Where what is written goes: files that are complete or not there, and streams.
//!
//! ```text
//!    path ─► Place ─┬─► Whole     written beside the file, and renamed when it is complete
//!                   └─► stream    written in place, for those who follow it; readable up to where it was cut
//!            Written             a kind of file: whether what is there is one, and not a file of the user's own
//!            Place ─► is_same     one file, by whatever names: links, hard links, descriptors
//! ```

mod place;
mod whole;
mod written;

pub(crate) use place::{Place, stream};
pub(crate) use whole::Whole;
pub(crate) use written::Written;
