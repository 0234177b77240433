//! Finding something in a recording.

use crate::observe::Event;
use crate::record::lines::Names;
use crate::record::recording::{Cursor, Entry};
use crate::record::trace;

/// What is looked for: part of a line as [`Trace`](crate::record::Trace) writes it, without its time, in large or small letters; or
/// octets of a frame, as they are or as `0x18fe34`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    text: String,
    small: String,
    octets: Vec<u8>,
}

impl Needle {
    /// `None` for an empty text, which is everywhere.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let octets = text.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
        let octets = octets.filter(|octets| !octets.is_empty());
        (!text.is_empty()).then(|| Self {
            text: text.to_owned(),
            small: text.to_lowercase(),
            octets: octets.unwrap_or_else(|| text.as_bytes().to_vec()),
        })
    }

    /// What it was made from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn is_in(&self, names: &Names, event: &Event) -> bool {
        if let Event::Transmission(transmission) = event {
            let mut windows = transmission.mpdu.windows(self.octets.len());
            if windows.any(|octets| octets == self.octets) {
                return true;
            }
        }
        let words = trace::words(names, event);
        let name = event.board().map_or("-", |board| names.name(board));
        format!("{name} {words}").to_lowercase().contains(&self.small)
    }
}

/// The number of the next entry that has it, from the cursor's place on; or of the one before.
pub(super) fn find(cursor: &mut Cursor, names: &Names, needle: &Needle, backwards: bool) -> Option<usize> {
    loop {
        let position = cursor.position();
        let (_, entry) = if backwards {
            cursor.retreat()?
        } else {
            cursor.advance()?
        };
        if let Entry::Event(event) = entry
            && needle.is_in(names, event)
        {
            return Some(if backwards { position - 1 } else { position });
        }
    }
}
