//! What a boot loader learns of an image.

use protocol::board::SECTOR;
use protocol::image::{Checker, Description, Header};

/// An image that is whole, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct WholeImage {
    pub(super) length: u32,
    pub(super) header: Header,
    pub(super) description: Description,
}

impl WholeImage {
    /// Goes through what `read` finds in the first `size` octets.
    pub(super) fn find(size: u32, read: impl Fn(u32, &mut [u8])) -> Option<Self> {
        let mut checker = Checker::new();
        let mut piece = vec![0; SECTOR as usize];
        let mut offset = 0;
        let length = loop {
            let octets = piece.len().min((size - offset) as usize);
            if octets == 0 {
                return None;
            }
            read(offset, &mut piece[..octets]);
            match checker.feed(&piece[..octets]).ok()? {
                Some(length) => break length,
                None => offset += octets as u32,
            }
        };
        let mut beginning = [0; Description::OFFSET as usize + Description::LEN];
        read(0, &mut beginning);
        Some(Self {
            length,
            header: Header::parse(&beginning).ok()?,
            description: Description::parse(&beginning[Description::OFFSET as usize..]).ok()?,
        })
    }
}
