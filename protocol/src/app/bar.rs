//! A strip of pixels as a progress bar.

use crate::board::{Pixels, Rgb};

/// A strip that shows how far something is. It is written only when it changes.
#[derive(Debug, Default)]
pub(super) struct Bar {
    shown: Option<(Rgb, usize)>,
}

impl Bar {
    pub(super) async fn show<P: Pixels>(&mut self, pixels: &mut P, colour: Rgb, part: u64, whole: u64) {
        let count = pixels.count();
        let lit = (count as u64 * part).checked_div(whole).unwrap_or_default() as usize;
        if self.shown == Some((colour, lit)) {
            return;
        }
        self.shown = Some((colour, lit));
        for index in 0..count {
            pixels.set(index, if index < lit { colour } else { Rgb::OFF });
        }
        pixels.write().await;
    }
}
