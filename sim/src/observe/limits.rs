//! How much a run may have of what is kept for each board. Scenarios and recordings are held to the same.

/// More boards are a mistake.
pub(crate) const MOST_BOARDS: usize = 1_000_000;

/// The longest strip of NeoPixels.
pub(crate) const MOST_PIXELS: usize = u16::MAX as usize;

/// Pixels of all boards together: a million, and a small matrix for each board.
const PIXELS_TOGETHER: usize = 1_000_000;
const PIXELS_A_BOARD: usize = 64;

/// Whether there is room for the strips of boards, given with their names and how many boards have them. The error says whose is too long.
pub(crate) fn pixels_have_room<'a>(boards: impl Iterator<Item = (&'a str, usize, usize)>) -> Result<(), String> {
    let (mut together, mut most) = (0_usize, PIXELS_TOGETHER);
    for (name, pixels, count) in boards {
        if pixels > MOST_PIXELS {
            return Err(format!(
                "{name} has {pixels} NeoPixels, and a strip has {MOST_PIXELS} at most"
            ));
        }
        together += pixels.saturating_mul(count);
        most += PIXELS_A_BOARD * count;
    }
    if together > most {
        return Err(format!(
            "the boards have {together} NeoPixels together, and {most} are the most"
        ));
    }
    Ok(())
}
